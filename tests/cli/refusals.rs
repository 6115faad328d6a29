//! What goes wrong says what was found, what was expected, where, and what to do; exit codes are 0, 1 and 2.

use std::path::Path;
use std::process::{Command, Stdio};

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
fn a_metric_whose_table_was_never_imported_is_not_available_and_never_zero() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path());
    for table in ["promises", "plans", "disputes"] {
        let message = refused(folder.path(), &format!("{table} --ledger L --as-of 2024-06-30"));
        assert!(message.contains(&format!("not available: import {table}")), "{message}");
    }
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(folder.path());
    for format in ["table", "csv", "json", "parquet"] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_arrears"))
            .args([
                "roll-rates",
                "--ledger",
                "L",
                "--as-of",
                "2024-06-30",
                "--format",
                format,
            ])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(run.stdout.take());
        let ended = run.wait_with_output().unwrap();
        assert_eq!(
            ended.status.code(),
            Some(0),
            "{format}: {}",
            String::from_utf8_lossy(&ended.stderr)
        );
    }
}

#[test]
fn a_demo_leaves_a_folder_alone_that_no_demo_made() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir_all(at.join("mine/ledger")).unwrap();
    std::fs::write(at.join("mine/ledger/precious.txt"), "mine").unwrap();
    let message = refused(at, "demo --out mine");
    assert!(message.contains("no demo made"), "{message}");
    assert!(at.join("mine/ledger/precious.txt").exists());
}

#[test]
fn an_import_removes_nothing_that_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    small_ledger(at);
    std::fs::write(at.join("L/tables/precious.txt"), "mine").unwrap();
    fine(at, "import --ledger L invoices.csv");
    assert!(at.join("L/tables/precious.txt").exists());
    std::fs::remove_file(at.join("L/manifest.json")).unwrap();
    let n_files = std::fs::read_dir(at.join("L/tables")).unwrap().count();
    let message = refused(at, "import --ledger L invoices.csv");
    assert!(message.contains("manifest.json"), "{message}");
    assert_eq!(std::fs::read_dir(at.join("L/tables")).unwrap().count(), n_files);
}

#[test]
fn what_cannot_be_written_is_found_before_the_ledger_changes() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    small_ledger(at);
    for line in [
        "import --ledger N --quarantine invoices.csv invoices.csv",
        "import --ledger N --quarantine missing/q.csv invoices.csv",
        "import --ledger N -o result.csv invoices.csv",
    ] {
        refused(at, line);
        assert!(!at.join("N").exists(), "{line}");
    }
    assert!(
        std::fs::read_to_string(at.join("invoices.csv"))
            .unwrap()
            .starts_with("invoice_id")
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
