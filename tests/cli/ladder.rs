//! The verbs after the worklist: the ladder and what follows it, settlements, late interest, limits.

use std::path::Path;

use super::{arrears, column, fine};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency
1,acme,2024-01-10,2024-02-01,400.00,EUR
2,acme,2024-01-10,2024-02-20,100.00,EUR
=3,bolt,2023-06-01,2023-07-01,900.00,EUR
";
const STEPS: &str = "customer_id,invoice_id,level,done_on
bolt,=3,1,2023-07-10
bolt,=3,2,2023-08-01
bolt,=3,3,2023-09-01
bolt,=3,4,2023-10-01
";

fn books(at: &Path) {
    std::fs::write(at.join("invoices.csv"), INVOICES).unwrap();
    std::fs::write(at.join("steps.csv"), STEPS).unwrap();
    fine(at, "import --ledger L --imported-on 2024-06-30 invoices.csv steps.csv");
}

#[test]
fn steps_that_were_done_are_imported_and_the_ladder_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let contacts = fine(at, "escalation --ledger L --as-of 2024-02-26 --format csv");
    assert_eq!(column(&contacts, "customer_id"), ["acme"]);
    assert_eq!(column(&contacts, "step"), ["reminder"]);
    assert_eq!(column(&contacts, "money"), ["500.00"]);
    fine(at, "escalation --ledger L --as-of 2024-02-26 --show steps -o steps.csv");
    fine(at, "import --ledger L --imported-on 2024-06-30 steps.csv");
    let run = arrears(at, "escalation --ledger L --as-of 2024-02-26 --format csv");
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    let items = fine(at, "escalation --ledger L --as-of 2024-02-26 --show items --format csv");
    assert_eq!(column(&items, "level_done"), ["1", "1", "4"]);
    // Ten days after the reminder, and 20 after the due day.
    assert_eq!(column(&items, "next_on"), ["2024-03-07", "2024-03-11", ""]);
    assert_eq!(column(&items, "state"), ["not yet", "not yet", "through"]);
}

#[test]
fn claims_are_handed_off_in_a_file_a_kind_that_no_spreadsheet_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let line = "escalation --ledger L --as-of 2024-02-26 --show candidates --hand-off out/ --format csv";
    let candidates = fine(at, line);
    assert_eq!(column(&candidates, "candidate"), ["agency"]);
    let read = |name: &str| std::fs::read_to_string(at.join("out").join(name)).unwrap();
    assert_eq!(column(&read("agency.csv"), "invoice_id"), ["'=3"]);
    assert_eq!(column(&read("agency.csv"), "handed_over"), ["900.00"]);
    for empty in ["legal.csv", "write_off.csv"] {
        assert_eq!(read(empty).lines().count(), 1, "{empty}");
    }
}

#[test]
fn a_simulation_counts_contacts_by_month() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let line = "escalation --ledger L --as-of 2024-04-30 --simulate-from 2024-02-01 --format csv";
    let printed = fine(at, line);
    // Both are reminded by 26 February; 20 and 45 days after their due days the next steps are due, in contacts three days apart.
    assert_eq!(column(&printed, "month")[0], "2024-02");
    assert_eq!(column(&printed, "level"), ["1", "2", "2", "3", "3", "4"]);
    let run = arrears(
        at,
        "escalation --ledger L --as-of 2024-01-31 --simulate-from 2024-02-01",
    );
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("is after the as-of day"), "{}", run.stderr);
}

#[test]
fn a_settlement_prints_its_calculation() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let line = "settle acme --ledger L --as-of 2024-02-26 --offer 0.7 --instalments 2 --first-on 2024-03-31 -o out/";
    fine(at, line);
    let lines = std::fs::read_to_string(at.join("out/settlement.csv")).unwrap();
    assert_eq!(column(&lines, "line")[..2], ["owed", "offered"]);
    assert_eq!(column(&lines, "money")[..2], ["500.00", "350.00"]);
    let parts = std::fs::read_to_string(at.join("out/settlement_instalments.csv")).unwrap();
    assert_eq!(column(&parts, "due_on"), ["2024-03-31", "2024-04-30"]);
    let one = fine(at, "settle --invoice 2 --ledger L --as-of 2024-02-26 --offer 1");
    assert!(one.contains("100.00"), "{one}");
    for (line, expected) in [
        (
            "settle nobody --ledger L --offer 0.5",
            "no customer `nobody` in the ledger",
        ),
        (
            "settle acme --invoice 9 --ledger L --offer 0.5",
            "no invoice `9` in the ledger",
        ),
        (
            "settle acme --ledger L --offer 1.5",
            "offer: must be above 0 and at most 1, is 1.50",
        ),
    ] {
        let run = arrears(at, &format!("{line} --as-of 2024-02-26"));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{line}");
        assert!(run.stderr.contains(expected), "{line}: {}", run.stderr);
    }
}

#[test]
fn late_interest_comes_by_item_stretch_and_currency() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let items = fine(at, "interest --ledger L --as-of 2024-02-26 --format csv");
    assert_eq!(column(&items, "days"), ["25", "6", "240"]);
    // 400 x 0.08 x 25 / 365 = 2.1918, 100 x 0.08 x 6 / 365 = 0.1315, 900 x 0.08 x 240 / 365 = 47.3425.
    assert_eq!(column(&items, "interest"), ["2.19", "0.13", "47.34"]);
    let totals = fine(at, "interest --ledger L --as-of 2024-02-26 --show totals --format csv");
    assert_eq!(column(&totals, "total"), ["49.66"]);
    let segments = fine(
        at,
        "interest --ledger L --as-of 2024-02-26 --show segments --format csv",
    );
    assert_eq!(column(&segments, "yearly_rate"), ["0.08"; 3]);
}

#[test]
fn limits_that_are_not_available_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let limits = fine(at, "limits --ledger L --as-of 2024-02-26 --format csv");
    assert_eq!(column(&limits, "action"), ["suspend", "not available"]);
    assert_eq!(column(&limits, "proposed_limit"), ["0.00", ""]);
    let one = fine(at, "limits --ledger L --as-of 2024-02-26 --customer acme --format csv");
    assert_eq!(column(&one, "how")[0], "1 complete months of history, 6 are needed");
}

#[test]
fn no_digit_depends_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fine(at, "generate --out export --invoices 1500 --months 14 --seed 7");
    let mut files: Vec<_> = std::fs::read_dir(at.join("export"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .map(|path| path.display().to_string())
        .collect();
    files.sort();
    fine(at, &format!("import --ledger L {}", files.join(" ")));
    for line in [
        "escalation --show items",
        "escalation --simulate-from 2025-11-01",
        "interest --settled",
        "limits",
    ] {
        let with = |threads: usize| {
            let run = arrears(
                at,
                &format!("{line} --ledger L --as-of 2025-12-31 --format csv --threads {threads}"),
            );
            assert_ne!(run.code, 2, "{line}: {}", run.stderr);
            run.stdout
        };
        let one = with(1);
        assert!(one.lines().count() > 1, "{line}");
        assert_eq!(one, with(3), "{line}");
    }
}
