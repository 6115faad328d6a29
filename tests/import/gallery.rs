//! The gallery of issues: for every code an import can report, a minimal input and the exact text.

use std::fs;
use std::path::{Path, PathBuf};

use arrears::import::{ISSUE_CODES, Profile};
use arrears::outcome::IssueCode;

use super::support::import;

/// The canonical invoices, whatever the file is called.
const INVOICES: &str = r#"
name = "invoices"
[[records]]
table = "invoices"
by_name = true
"#;

fn folder(code: IssueCode) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/issues")
        .join(code.as_str())
}

/// Imports the example of a code and returns every issue as it is printed.
fn issues_of(code: IssueCode) -> String {
    let folder = folder(code);
    let own_profile = folder.join("profile.toml");
    let profile = if own_profile.exists() {
        Profile::open(own_profile.to_str().unwrap()).unwrap()
    } else {
        Profile::from_toml(INVOICES, "invoices").unwrap()
    };
    let input = folder.join("input.csv");
    let checked = import(std::slice::from_ref(&input), &profile).unwrap();
    assert!(
        checked.issues.count(code) > 0,
        "the example of `{code}` does not show it"
    );
    assert_eq!(
        checked.issues.total(),
        1,
        "the example of `{code}` shows something else too"
    );
    let quarantines = code.meaning().contains("quarantined");
    assert_eq!(checked.value.rows.quarantined, u64::from(quarantines), "`{code}`");
    let printed: Vec<String> = checked.issues.examples().iter().map(ToString::to_string).collect();
    printed.join("\n").replace(&input.display().to_string(), "input.csv") + "\n"
}

#[test]
fn every_import_issue_has_an_example_with_its_exact_text() {
    let mut differences = Vec::new();
    for &code in ISSUE_CODES {
        let found = issues_of(code);
        let expected = fs::read_to_string(folder(code).join("expected.txt")).unwrap_or_default();
        if found != expected {
            differences.push(format!("{code}: found\n{found}expected\n{expected}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_code_of_the_import_block_is_in_the_list() {
    // The list of codes is in the order of the gallery: import first, then the ledger from `duplicate-row` on.
    let first_of_ledger = IssueCode::ALL
        .iter()
        .position(|code| *code == IssueCode::DuplicateRow)
        .unwrap();
    assert_eq!(ISSUE_CODES, &IssueCode::ALL[..first_of_ledger]);
}
