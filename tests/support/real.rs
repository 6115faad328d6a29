//! The real sets, imported by the profiles a user would write. A test without them says so in one line and is skipped.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrears::calendar::Day;
use arrears::import::{ImportParams, Imported, Profile, read};
use arrears::ledger::Ledger;
use arrears::outcome::Checked;

/// Closed invoices of a food seller, 40,000 of them.
pub const HIGHRADIUS_CLOSED: &str = "highradius/closed_40000_reconstructed.csv.gz";
/// Invoices with their payments, 2,466 of them.
pub const IBM: &str = "ibm-late-payments/WA_Fn-UseC_-Accounts-Receivable.csv";

/// Returns the path of a real file, or says that the test is skipped.
pub fn file(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ARREARS_REAL_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: `{name}` is not in {}", folder.display());
    None
}

/// Reads a profile of `tests/real`.
pub fn profile(name: &str) -> Profile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real").join(name);
    Profile::open(path.to_str().unwrap()).unwrap()
}

/// Imports a real file, if it is there.
pub fn imported(name: &str, profile: &Profile) -> Option<Checked<Imported>> {
    Some(read(&[file(name)?], profile, &ImportParams::default(), &mut |_, _| {}).unwrap())
}

/// Returns the import of the closed invoices, made once for all tests.
pub fn highradius_imported() -> Option<&'static Checked<Imported>> {
    static IMPORTED: LazyLock<Option<Checked<Imported>>> =
        LazyLock::new(|| imported(HIGHRADIUS_CLOSED, &profile("highradius-closed.toml")));
    IMPORTED.as_ref()
}

/// Returns the ledger of the closed invoices, made once for all tests.
pub fn highradius() -> Option<&'static Ledger> {
    static LEDGER: LazyLock<Option<Ledger>> = LazyLock::new(|| highradius_imported().map(ledger_of));
    LEDGER.as_ref()
}

/// Returns the ledger of the invoices with disputes.
pub fn ibm() -> Option<Ledger> {
    let profile = Profile::builtin("ibm-late-payments").unwrap();
    imported(IBM, &profile).as_ref().map(ledger_of)
}

fn ledger_of(imported: &Checked<Imported>) -> Ledger {
    Ledger::from_records(imported.value.records.clone(), Day::LATEST)
        .value
        .0
}
