//! What moved between two runs: each cause alone, all of them together, and what cannot be told.

use std::collections::BTreeMap;
use std::path::Path;

use arrears::money::{Amount, Total};
use serde_json::Value;

use super::{arrears, fine, json_table};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency,posted_on
1,acme,2024-01-10,2024-02-09,1000.00,EUR,2024-01-10
2,bolt,2024-01-10,2024-02-09,3000.00,EUR,2024-01-10
3,cato,2024-02-01,2024-05-01,400.00,EUR,2024-02-01
";
const CUSTOMERS: &str = "customer_id,valid_from,limit_kind,credit_limit,currency
acme,2023-01-01,amount,9000.00,EUR
bolt,2023-01-01,amount,9000.00,EUR
cato,2023-01-01,amount,9000.00,EUR
";

fn write(at: &Path, name: &str, text: &str) {
    std::fs::write(at.join(name), text).unwrap();
}

/// A ledger in `L` as it was on 2024-03-31.
fn books(at: &Path) {
    write(at, "invoices.csv", INVOICES);
    write(at, "customers.csv", CUSTOMERS);
    fine(
        at,
        "import --ledger L --imported-on 2024-03-31 invoices.csv customers.csv",
    );
}

fn import_receipt(at: &Path, line: &str) {
    write(
        at,
        "receipts.csv",
        &format!("receipt_id,customer_id,invoice_id,paid_on,amount,posted_on\n{line}\n"),
    );
    fine(at, "import --ledger L --imported-on 2024-04-02 receipts.csv");
}

fn money(text: &Value) -> Total {
    Amount::parse(text.as_str().unwrap()).unwrap().into()
}

/// Causes with their change of money and the rows they moved.
fn totals(json: &str, change: &str) -> Vec<(String, Total, i64)> {
    let row = |row: &Value| {
        (
            row["cause"].as_str().unwrap().to_owned(),
            money(&row[change]),
            row["n_moved"].as_i64().unwrap(),
        )
    };
    json_table(json, "totals").iter().map(row).collect()
}

fn total(text: &str) -> Total {
    Amount::parse(text).unwrap().into()
}

fn diff(at: &Path, line: &str) -> String {
    fine(at, &format!("diff runs {line} --format json"))
}

#[test]
fn a_run_against_itself_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    for (verb, ending) in [
        ("worklist", "json"),
        ("holds", "parquet"),
        ("forecast --items", "json"),
        ("forecast", "csv --manifest"),
    ] {
        let name = verb.replace(' ', "");
        if verb.starts_with("forecast") {
            import_receipt(at, "h,acme,1,2024-02-20,1.00,2024-02-20");
        }
        fine(at, &format!("{verb} --ledger L --as-of 2024-03-31 -o {name}.{ending}"));
        let file = format!("{name}.{}", ending.split(' ').next().unwrap());
        let run = arrears(at, &format!("diff runs {file} {file} --ledger L --format json"));
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            run.stderr.contains("the two runs are the same, row by row"),
            "{}",
            run.stderr
        );
        assert!(json_table(&run.stdout, "moved").is_empty());
        assert!(json_table(&run.stdout, "differs").is_empty());
    }
}

#[test]
fn new_facts_alone_are_new_facts() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    fine(at, "holds --ledger L --as-of 2024-03-31 -o a.json");
    import_receipt(at, "r,acme,1,2024-04-01,250.00,2024-04-01");
    fine(at, "holds --ledger L --as-of 2024-04-01 -o b.json");
    let found = diff(at, "a.json b.json --ledger L");
    assert_eq!(
        totals(&found, "exposure_change"),
        [
            ("new facts".to_owned(), total("-250.00"), 1),
            ("all".to_owned(), total("-250.00"), 1)
        ]
    );
    let moved = &json_table(&found, "moved")[0];
    assert_eq!(moved["customer_id"], "acme");
    assert_eq!(moved["because"], "payment r of 250.00 on 2024-04-01");
}

#[test]
fn what_was_posted_late_is_a_correction() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    fine(at, "holds --ledger L --as-of 2024-03-31 -o a.json");
    import_receipt(at, "r,bolt,2,2024-03-28,3000.00,2024-04-01");
    fine(at, "holds --ledger L --as-of 2024-04-01 -o b.json");
    let found = diff(at, "a.json b.json --ledger L");
    assert_eq!(
        totals(&found, "exposure_change"),
        [
            ("corrections".to_owned(), total("-3000.00"), 1),
            ("all".to_owned(), total("-3000.00"), 1)
        ]
    );
    let totals = json_table(&found, "totals");
    assert_eq!(
        (&totals[0]["n_holds_lifted"], &totals[0]["n_left"]),
        (&0.into(), &1.into())
    );
    assert_eq!(
        json_table(&found, "moved")[0]["because"],
        "payment r of 3000.00 on 2024-03-28 (known 2024-04-01)"
    );
}

#[test]
fn other_settings_are_policy_and_need_no_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    write(at, "mine.toml", "[worklist]\ncost_per_minute = 0.25\n");
    fine(at, "worklist --ledger L --as-of 2024-03-31 -o a.json");
    fine(
        at,
        "worklist --ledger L --as-of 2024-03-31 --config mine.toml -o b.json",
    );
    let found = diff(at, "a.json b.json");
    let differs = json_table(&found, "differs");
    assert_eq!(
        (&differs[0]["what"], &differs[0]["before"], &differs[0]["after"]),
        (&"worklist.cost_per_minute".into(), &"0.75".into(), &"0.25".into())
    );
    let totals = totals(&found, "value_change");
    assert_eq!(totals[0].0, "policy");
    assert_eq!(totals[0].1, totals[1].1);
    assert!(
        json_table(&found, "moved")
            .iter()
            .all(|row| row["because"] == "worklist.cost_per_minute: 0.75 -> 0.25")
    );
    // Another order is asked for in words rather than by settings.
    fine(at, "worklist --ledger L --as-of 2024-03-31 --order balance -o c.json");
    let found = diff(at, "a.json c.json");
    assert_eq!(json_table(&found, "differs")[0]["after"], "worklist --order balance");
}

#[test]
fn another_model_is_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    // Falls due soon: the late share is that of the others, all late; the model sees a customer that never was.
    write(
        at,
        "invoices.csv",
        "invoice_id,customer_id,issued_on,due_on,amount,currency,posted_on\n4,cato,2024-03-01,2024-04-05,5000.00,EUR,2024-03-01\n",
    );
    fine(at, "import --ledger L --imported-on 2024-03-31 invoices.csv");
    fine(at, "worklist --ledger L --as-of 2024-03-31 -o a.json");
    fine(
        at,
        "worklist --ledger L --as-of 2024-03-31 --model default-customers -o b.json",
    );
    let found = diff(at, "a.json b.json");
    let moved = json_table(&found, "moved");
    assert!(!moved.is_empty());
    assert!(
        moved
            .iter()
            .all(|row| row["cause"] == "model" && row["because"] == "model: none -> default-customers/v1")
    );
}

#[test]
fn all_causes_at_once_are_told_apart_and_sum_to_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fine(
        at,
        "generate --out G --invoices 2000 --months 18 --seed 3 --tables customers,invoices,receipts,promises,disputes,contacts,fx_rates",
    );
    let files = [
        "customers",
        "invoices",
        "receipts",
        "promises",
        "disputes",
        "contacts",
        "fx_rates",
    ];
    let files: Vec<String> = files.iter().map(|name| format!("G/{name}.csv")).collect();
    let imported = arrears(
        at,
        &format!("import --ledger L --imported-on 2026-01-01 {}", files.join(" ")),
    );
    assert!(imported.code <= 1, "{}", imported.stderr);
    write(
        at,
        "mine.toml",
        "[worklist]\ncost_per_minute = 0.25\naction_window_days = 21\n",
    );
    let ask = |day: &str, more: &str, name: &str| {
        fine(
            at,
            &format!("worklist --ledger L --as-of {day} --base EUR{more} -o {name}"),
        );
    };
    ask("2025-08-31", "", "a.json");
    // A payment that was made before the first run and posted after it.
    let open = fine(at, "forecast --items --ledger L --as-of 2025-08-31 --format json");
    let open: Value = serde_json::from_str(&open).unwrap();
    let late = &open["rows"][0];
    write(
        at,
        "late.csv",
        &format!(
            "receipt_id,customer_id,invoice_id,paid_on,amount,posted_on\nlate,{},{},2025-08-20,1.00,2025-09-05\n",
            late["customer_id"].as_str().unwrap(),
            late["invoice_id"].as_str().unwrap()
        ),
    );
    std::fs::rename(at.join("late.csv"), at.join("receipts.csv")).unwrap();
    fine(at, "import --ledger L --imported-on 2026-01-02 receipts.csv");
    ask(
        "2025-09-14",
        " --model default-customers --config mine.toml",
        "b.parquet",
    );
    let run = arrears(at, "diff runs a.json b.parquet --ledger L --format json");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found = run.stdout;
    let totals = totals(&found, "value_change");
    let causes: Vec<&str> = totals.iter().map(|(cause, ..)| cause.as_str()).collect();
    for cause in ["new facts", "policy", "model", "all"] {
        assert!(causes.contains(&cause), "{causes:?} {}", run.stderr);
    }
    assert!(!causes.contains(&"not attributable"), "{}", run.stderr);
    let (all, parts) = totals.split_last().unwrap();
    let sum: Total = parts.iter().map(|(_, change, _)| *change).sum();
    assert_eq!(sum, all.1);
    // Each customer's moves form a chain from the one list to the other.
    let mut by_customer: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in json_table(&found, "moved") {
        by_customer
            .entry(row["customer_id"].as_str().unwrap().to_owned())
            .or_default()
            .push(row);
    }
    let first: Value = serde_json::from_str(&std::fs::read_to_string(at.join("a.json")).unwrap()).unwrap();
    for row in first["rows"].as_array().unwrap() {
        if let Some(moves) = by_customer.get(row["customer_id"].as_str().unwrap()) {
            assert_eq!(
                (&moves[0]["rank_before"], &moves[0]["value_before"]),
                (&row["rank"], &row["value"])
            );
            for pair in moves.windows(2) {
                assert_eq!(pair[0]["value_after"], pair[1]["value_before"]);
                assert_eq!(pair[0]["rank_after"], pair[1]["rank_before"]);
            }
        }
    }
    // Without the ledger nobody can tell.
    let run = arrears(at, "diff runs a.json b.parquet --format json");
    assert!(
        run.stderr
            .contains("facts and policy and model differ at once; name the ledger"),
        "{}",
        run.stderr
    );
    let causes = totals_causes(&run.stdout);
    assert_eq!(causes, ["not attributable", "all"]);
}

fn totals_causes(json: &str) -> Vec<String> {
    totals(json, "value_change")
        .into_iter()
        .map(|(cause, ..)| cause)
        .collect()
}

#[test]
fn rows_that_came_late_without_their_day_cannot_be_attributed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    fine(at, "holds --ledger L --as-of 2024-03-31 -o a.json");
    import_receipt(at, "r,acme,1,2024-03-28,250.00,");
    fine(at, "holds --ledger L --as-of 2024-04-01 -o b.json");
    let run = arrears(at, "diff runs a.json b.json --ledger L --format json");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("rows came late without `posted_on`"),
        "{}",
        run.stderr
    );
    assert_eq!(totals(&run.stdout, "exposure_change")[0].0, "not attributable");
}

#[test]
fn folders_are_compared_table_by_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    // From 60 to 61 days past due, a contact moves less and a hold is asked for.
    for (day, name) in [("2024-04-09", "monday/"), ("2024-04-10", "tuesday/")] {
        std::fs::create_dir(at.join(name)).unwrap();
        for verb in ["worklist", "holds"] {
            fine(
                at,
                &format!("{verb} --ledger L --as-of {day} -o {name}{verb}.csv --manifest"),
            );
        }
    }
    let found = diff(at, "monday tuesday --ledger L");
    for name in ["totals_worklist", "moved_holds", "differs_holds"] {
        json_table(&found, name);
    }
    let differs = json_table(&found, "differs_worklist");
    assert_eq!(differs[0]["what"], "as_of");
    let text = fine(at, "diff runs monday tuesday --ledger L");
    assert!(text.contains("a day passed; no fact of its own is new"), "{text}");
}

#[test]
fn the_text_says_what_moved_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    write(
        at,
        "mine.toml",
        "[holds]\ndays_overdue = { watch = 30.0, hold = 50.0, release = 15.0 }\n",
    );
    fine(at, "holds --ledger L --as-of 2024-03-29 -o a.json");
    import_receipt(at, "r,bolt,2,2024-03-28,2990.00,2024-04-01");
    fine(
        at,
        "holds --ledger L --as-of 2024-04-01 --config mine.toml -o b.csv --manifest",
    );
    let text = fine(at, "diff runs a.json b.csv --ledger L");
    let stable: Vec<&str> = text.lines().filter(|line| !line.starts_with("runs: ")).collect();
    insta::assert_snapshot!(stable.join("\n"));
}

#[test]
fn runs_that_cannot_be_compared_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    fine(at, "worklist --ledger L --as-of 2024-03-31 -o a.json");
    fine(at, "worklist --ledger L --as-of 2024-04-02 -o later.json");
    fine(at, "holds --ledger L --as-of 2024-03-31 -o h.json");
    fine(at, "worklist --ledger L --as-of 2024-03-31 -o bare.csv");
    fine(at, "aging --ledger L --as-of 2024-03-31 -o aging.json");
    write(
        at,
        "invoices.csv",
        "invoice_id,customer_id,issued_on,due_on,amount,currency\n1,zeta,2024-01-10,2024-02-09,5.00,EUR\n",
    );
    fine(at, "import --ledger O --imported-on 2024-03-31 invoices.csv");
    for (line, expected) in [
        ("a.json h.json", "have no table in common; compare runs of one verb"),
        ("later.json a.json", "give the earlier run first"),
        ("a.json bare.csv", "csv with its manifest"),
        ("a.json aging.json", "found no run in aging.json"),
        (
            "a.json later.json --ledger O",
            "is of another ledger: the one that was named has no customer",
        ),
    ] {
        let run = arrears(at, &format!("diff runs {line} --format json"));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{line}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{line}: {}", run.stderr);
    }
}

#[test]
fn a_manifest_stands_beside_the_file_and_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    fine(
        at,
        "worklist --ledger L --as-of 2024-03-31 --order balance -o w.csv --manifest",
    );
    let manifest = std::fs::read_to_string(at.join("w.csv.run.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let notes = &manifest["tables"][0]["notes"];
    assert_eq!(notes["asked"], "worklist --order balance");
    let settings = notes["settings"].as_str().unwrap();
    let again = arrears::config::Config::from_toml(settings, "manifest").unwrap();
    assert_eq!(again.hash(), notes["configuration"].as_str().unwrap());
    let run = arrears(at, "worklist --ledger L --as-of 2024-03-31 --manifest");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--output"), "{}", run.stderr);
}
