//! What goes wrong says what was found, what was expected, where, and what to do; exit codes are 0, 1 and 2.

use std::path::Path;

use super::{arrears, fine};

fn small_ledger(at: &Path) {
    let invoices = "invoice_id,customer_id,issued_on,due_on,amount,currency\n1,acme,2024-01-10,2024-02-09,100.00,EUR\n";
    std::fs::write(at.join("invoices.csv"), invoices).unwrap();
    std::fs::write(at.join("customers.csv"), "customer_id,region\nacme,north\n").unwrap();
    fine(
        at,
        "import --ledger L --imported-on 2024-06-30 invoices.csv customers.csv",
    );
}

/// Runs a line that has to fail with code 2 and returns its message.
fn refused(at: &Path, line: &str) -> String {
    let run = arrears(at, line);
    assert_eq!(run.code, 2, "arrears {line}\n{}{}", run.stdout, run.stderr);
    assert_eq!(run.stdout, "", "a refusal prints no result");
    run.stderr
}

#[test]
fn a_missing_ledger_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let message = refused(folder.path(), "aging --ledger nowhere");
    assert!(
        message.contains("found no ledger in nowhere") && message.contains("arrears import --ledger nowhere"),
        "{message}"
    );
}

#[test]
fn a_day_before_the_history_is_refused_with_the_first_day() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path());
    let message = refused(folder.path(), "aging --ledger L --as-of 2024-01-09");
    assert!(message.contains("the first is dated 2024-01-10"), "{message}");
}

#[test]
fn an_undated_attribute_is_refused_for_a_past_day_unless_declared_timeless() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    small_ledger(at);
    let message = refused(at, "aging --ledger L --as-of 2024-03-31 --by region");
    assert!(
        message.contains("region") && message.contains("--timeless"),
        "{message}"
    );
    fine(at, "import --ledger T --timeless region invoices.csv customers.csv");
    let table = fine(at, "aging --ledger T --as-of 2024-03-31 --by region --format csv");
    assert!(table.contains("EUR,north,"), "{table}");
}

#[test]
fn an_unknown_attribute_lists_those_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path());
    let message = refused(folder.path(), "aging --ledger L --as-of 2024-12-31 --by regoin");
    assert!(message.contains("regoin") && message.contains("region"), "{message}");
}

#[test]
fn a_destination_that_cannot_be_written_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path());
    let message = refused(folder.path(), "aging --ledger L -o missing/aging.csv");
    assert!(message.contains("missing"), "{message}");
}

#[test]
fn a_damaged_ledger_is_named_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    small_ledger(at);
    let tables = std::fs::read_dir(at.join("L/tables")).unwrap();
    let path = tables
        .map(|entry| entry.unwrap().path())
        .find(|path| path.display().to_string().contains("invoices"))
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let message = refused(at, "aging --ledger L");
    assert!(message.contains("is not the file that was written"), "{message}");
}

#[test]
fn findings_exit_with_one_unless_the_settings_allow_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let invoices = "invoice_id,customer_id,issued_on,due_on,amount,currency\n1,acme,2024-03-01,2024-02-01,100.00,EUR\n";
    std::fs::write(at.join("invoices.csv"), invoices).unwrap();
    std::fs::write(at.join("mine.toml"), "[check]\nmax_findings = 1\n").unwrap();
    fine(at, "import --ledger L invoices.csv");
    let run = arrears(at, "check --ledger L");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("issue[due-before-issue]"), "{}", run.stderr);
    assert_eq!(arrears(at, "check --ledger L --config mine.toml").code, 0);
}

#[test]
fn refused_rows_go_to_quarantine_and_exit_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let invoices = "invoice_id,customer_id,issued_on,due_on,amount,currency\n1,acme,2024-03-01,2024-04-01,ten,EUR\n2,acme,2024-03-01,2024-04-01,10.00,EUR\n";
    std::fs::write(at.join("invoices.csv"), invoices).unwrap();
    let run = arrears(at, "import --ledger L invoices.csv");
    assert_eq!(run.code, 1, "{}", run.stderr);
    let quarantine = std::fs::read_to_string(at.join("quarantine.csv")).unwrap();
    assert!(
        quarantine.contains("amount-unreadable") && quarantine.contains("ten"),
        "{quarantine}"
    );
    let strict = arrears(at, "import --ledger S --strict invoices.csv");
    assert_eq!(strict.code, 2);
    assert!(!at.join("S").exists(), "a strict import that is refused writes nothing");
}
