//! What the benchmarks work on: a generated ledger and its files, made when they are first asked for.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrears::calendar::{AsOf, Day, Month};
use arrears::generate::{CheckedGenerateParams, GenerateParams, generate_in_parts};
use arrears::history::Groups;
use arrears::import::{self, ImportParams, Profile};
use arrears::ledger::{Ledger, store};
use arrears::metrics::segments;
use arrears::output::{Format, GrowingFile};
use arrears::records::Records;

/// Months of history.
const N_MONTHS: u32 = 48;
/// Tables that a history is made of; the others cost an import as many rows again.
const TABLES: [&str; 5] = ["customers", "invoices", "receipts", "fx_rates", "gl_balances"];

/// A folder that is gone when the benchmarks end.
pub struct Folder(PathBuf);

/// A ledger on disk, opened.
pub struct Stored {
    /// Where it is.
    pub folder: PathBuf,
    /// As the program opens it.
    pub ledger: Ledger,
    /// Every currency by itself.
    pub groups: Groups,
    // A ledger of somebody else stays.
    _own: Option<Folder>,
}

/// The size asked for by `ARREARS_BENCH_INVOICES`, by default a size that takes seconds.
pub static N_INVOICES: LazyLock<u64> = LazyLock::new(|| {
    let asked = std::env::var("ARREARS_BENCH_INVOICES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(100_000)
});

/// CSV files of the tables.
pub static FILES: LazyLock<(Folder, Vec<PathBuf>)> = LazyLock::new(|| {
    let folder = Folder::new("files");
    let mut parts = generate_in_parts(&params(), params().customers_with(100_000))
        .only(&TABLES)
        .expect("the generator makes these tables");
    let paths: Vec<PathBuf> = parts
        .tables()
        .map(|table| folder.0.join(format!("{table}.csv")))
        .collect();
    let open = |path: &PathBuf| GrowingFile::open(path, Format::Csv).expect("the folder can be written");
    let mut files: Vec<GrowingFile> = paths.iter().map(open).collect();
    for part in &mut parts {
        for (file, table) in files.iter_mut().zip(&part.tables) {
            file.append(table).expect("the folder can be written");
        }
    }
    for file in files {
        file.finish().expect("the folder can be written");
    }
    (folder, paths)
});

/// The ledger of those files, or the one that `ARREARS_BENCH_LEDGER` names.
pub static STORED: LazyLock<Stored> = LazyLock::new(|| {
    let (folder, own) = match std::env::var_os("ARREARS_BENCH_LEDGER") {
        Some(folder) => (PathBuf::from(folder), None),
        None => {
            let own = Folder::new("ledger");
            let folder = own.0.clone();
            import_into(&folder, &FILES.1);
            (folder, Some(own))
        }
    };
    let ledger = Ledger::open(&folder).expect("the ledger is complete");
    let groups = segments::groups(&ledger, last_day(), &[])
        .expect("no attribute is asked for")
        .value;
    Stored {
        folder,
        ledger,
        groups,
        _own: own,
    }
});

/// The first month of the history.
pub fn first_month() -> Month {
    params().params().first_month
}

/// The last month of the history.
pub fn last_month() -> Month {
    first_month() + (N_MONTHS as i32 - 1)
}

/// The end of the history.
pub fn last_day() -> AsOf {
    AsOf(last_month().last())
}

/// The number of customers, whose ids are `C00001` and so on.
pub fn n_customers() -> u64 {
    params().params().n_customers.expect("checked parameters say how many")
}

fn params() -> CheckedGenerateParams {
    let params = GenerateParams::new(*N_INVOICES, N_MONTHS, 1).check();
    params.expect("the size is within the limits")
}

/// Imports files into a new folder.
pub fn import_into(folder: &Path, files: &[PathBuf]) {
    let profile = Profile::open("canonical").expect("the profile is built in");
    let imported = import::read(files, &profile, &ImportParams::default(), &mut |_, _| {});
    let records = imported
        .expect("the generator writes what the profile reads")
        .value
        .records;
    append_to(folder, records, last_day().0);
}

/// Appends records to a ledger.
pub fn append_to(folder: &Path, records: Records, imported_on: Day) {
    store::append(folder, records, imported_on, "canonical").expect("the folder can be written");
}

impl Folder {
    /// Makes a folder of its own for a purpose.
    pub fn new(purpose: &str) -> Folder {
        let name = format!("arrears-bench-{}-{purpose}", std::process::id());
        Folder(std::env::temp_dir().join(name))
    }

    /// Makes a copy of a ledger; its files never change, so that a second name for each is enough.
    pub fn copy_of(ledger: &Path, purpose: &str) -> Folder {
        let copy = Folder::new(purpose);
        copy.remove();
        link(ledger, &copy.0);
        copy
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn remove(&self) {
        // What a benchmark leaves behind is only disk; failing to remove it changes no figure.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}

fn link(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("the ledger is complete") {
        let (path, name) = {
            let entry = entry.expect("the ledger is complete");
            (entry.path(), entry.file_name())
        };
        if path.is_dir() {
            link(&path, &to.join(name));
        } else {
            fs::hard_link(&path, to.join(name)).expect("both folders are on one disk");
        }
    }
}
