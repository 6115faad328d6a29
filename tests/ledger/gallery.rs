//! The gallery of issues that the ledger finds: a minimal ledger for each code, and the exact text.

use std::fs;
use std::path::{Path, PathBuf};

use arrears::ledger::reconcile;
use arrears::outcome::IssueCode;

use crate::support::checked_ledger;

fn folder(code: IssueCode) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/issues")
        .join(code.as_str())
}

#[test]
fn every_ledger_issue_has_an_example_with_its_exact_text() {
    let first = IssueCode::ALL
        .iter()
        .position(|code| *code == IssueCode::DuplicateRow)
        .unwrap();
    let mut differences = Vec::new();
    for &code in &IssueCode::ALL[first..] {
        let lines = fs::read_to_string(folder(code).join("ledger.txt")).unwrap();
        let checked = checked_ledger(&lines);
        let mut issues = checked.issues;
        issues.extend(reconcile(&checked.value).issues());
        let printed: Vec<String> = issues.examples().iter().map(ToString::to_string).collect();
        let found = printed.join("\n") + "\n";
        let path = folder(code).join("expected.txt");
        if std::env::var_os("UPDATE_GUIDE").is_some() {
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if found != expected || issues.count(code) != 1 || issues.total() != 1 {
            differences.push(format!("{code}: found\n{found}expected\n{expected}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_folder_of_the_gallery_is_a_code() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/issues")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            IssueCode::ALL.iter().any(|code| code.as_str() == name),
            "`{name}` is no code"
        );
    }
}
