//! Scores from the first day on: the model that comes with the program, explanations, orders about to ship, models made anew.

use std::path::Path;

use super::{arrears, column, fine, json_table};

const ON: &str = "--as-of 2025-09-30";

/// A generated ledger in `L`, from exports in `G`.
fn books(at: &Path) {
    fine(at, "generate --out G --invoices 3000 --months 24 --seed 3");
    let mut files: Vec<String> = std::fs::read_dir(at.join("G"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| format!("G/{}", path.file_name().unwrap().to_str().unwrap()))
        .collect();
    files.sort();
    let run = arrears(
        at,
        &format!("import --ledger L --imported-on 2026-01-01 {}", files.join(" ")),
    );
    assert!(run.code <= 1, "{}", run.stderr);
}

#[test]
fn the_model_that_comes_with_the_program_scores_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let mark = "illustrative, not validated on real receivables";
    for unit in ["invoice", "customer"] {
        let scores = fine(at, &format!("score --ledger L {ON} --unit {unit} --format csv"));
        let marks = column(&scores, "mark");
        assert!(!marks.is_empty() && marks.iter().all(|own| own == mark));
        let id = format!("default-{unit}s/v1");
        assert!(column(&scores, "model_id").iter().all(|own| *own == id));
    }
    let card = include_str!("../../models/default-customers/v1/card.md");
    assert!(
        card.contains(mark),
        "the card of the default model does not say what it is"
    );
    // It may rank a worklist, which says so; nobody is put on hold for it.
    let worklist = fine(
        at,
        &format!("worklist --ledger L {ON} --base EUR --model default-customers --format json"),
    );
    assert!(worklist.contains(mark));
    let refused = arrears(
        at,
        &format!("holds --ledger L {ON} --base EUR --model default-customers"),
    );
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains(&format!(
            "default-customers/v1 is {mark}: no customer is put on hold for it"
        )),
        "{}",
        refused.stderr
    );
    fine(
        at,
        &format!("holds --ledger L {ON} --base EUR --model default-customers --accept-illustrative --format csv"),
    );
}

#[test]
fn a_score_is_explained_by_its_customer_or_its_invoice() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    for (unit, ids) in [("customer", "customer_id"), ("invoice", "invoice_id")] {
        let scores = fine(at, &format!("score --ledger L {ON} --unit {unit} --format csv"));
        let position = column(&scores, "basis")
            .iter()
            .position(|basis| basis == "history")
            .unwrap();
        let id = &column(&scores, ids)[position];
        let asked = if unit == "invoice" {
            format!("--invoice {id}")
        } else {
            id.clone()
        };
        let explained = fine(at, &format!("explain {asked} --ledger L {ON} --format json"));
        let steps = json_table(&explained, "arithmetic");
        let points = |row: &serde_json::Value| row["points"].as_f64().unwrap();
        let (score, parts) = steps.split_last().unwrap();
        assert_eq!(
            (&steps[0]["step"], &score["step"]),
            (&"reference".into(), &"score".into())
        );
        let sum: f64 = parts.iter().map(points).sum();
        assert!((sum - points(score)).abs() < 1e-6, "{sum} {score}");
        let printed: f64 = column(&scores, "score")[position].parse().unwrap();
        assert_eq!(points(score), printed);
        let reasons = json_table(&explained, "reasons");
        let first = column(&scores, "reason_1")[position].clone();
        assert_eq!(
            reasons
                .first()
                .map(|row| row["reason"].as_str().unwrap().to_owned())
                .unwrap_or_default(),
            first
        );
        assert!(explained.contains("\"changes\""));
        // As text, and as one file a table.
        assert!(fine(at, &format!("explain {asked} --ledger L {ON}")).contains("arithmetic"));
        fine(at, &format!("explain {asked} --ledger L {ON} -o {unit}-files/"));
        assert!(at.join(format!("{unit}-files/arithmetic.csv")).is_file());
    }
    let run = arrears(at, &format!("explain nobody --ledger L {ON}"));
    assert_eq!(
        (run.code, run.stderr.lines().last().unwrap()),
        (2, "error: no customer `nobody` in the ledger")
    );
    let run = arrears(at, &format!("explain --invoice none --ledger L {ON}"));
    assert_eq!(
        (run.code, run.stderr.lines().last().unwrap()),
        (2, "error: no invoice `none` in the ledger")
    );
}

#[test]
fn orders_about_to_ship_are_scored_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let scores = fine(at, &format!("score --ledger L {ON} --unit customer --format csv"));
    let known = &column(&scores, "customer_id")[0];
    std::fs::write(
        at.join("orders.csv"),
        format!(
            "invoice_id,customer_id,issued_on,due_on,amount,currency\n\
             o1,{known},2025-09-30,2025-10-30,1200.00,EUR\n\
             o2,newcomer,2025-09-30,2025-10-30,80.00,EUR\n\
             o3,{known},2025-09-30,,80.00,EUR\n\
             o4,{known},soon,2025-10-30,80.00,EUR\n"
        ),
    )
    .unwrap();
    let run = arrears(
        at,
        &format!("score --ledger L {ON} --candidates orders.csv --format csv"),
    );
    assert_eq!(run.code, 1, "rows that were not scored are a finding: {}", run.stderr);
    assert_eq!(column(&run.stdout, "invoice_id"), ["o1", "o2"]);
    assert_eq!(column(&run.stdout, "basis"), ["history", "prior"]);
    for said in [
        "issue[date-unreadable] orders.csv:5",
        "issue[due-on-missing] orders.csv:4",
        "issue[customer-unknown] orders.csv:3",
        "2 rows of orders.csv were not scored",
    ] {
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    let run = arrears(
        at,
        &format!("score --ledger L {ON} --unit customer --candidates orders.csv"),
    );
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("scores customers, asked for: invoices"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_model_is_refitted_and_calibrated_anew_from_what_it_says_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    fine(
        at,
        "train --ledger L --as-of 2025-03-31 --unit invoice --days-late 10 --name own --models M --keep-refused -o train.json",
    );
    let same = arrears(at, "models refit M/own --ledger L");
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert!(
        same.stderr.contains("own/v1 was made again, byte for byte"),
        "{}",
        same.stderr
    );
    let anew = arrears(
        at,
        "models recalibrate M/own --ledger L --from 2025-04 --to 2025-10 --keep-refused --format csv",
    );
    assert_eq!(anew.code, 0, "{}", anew.stderr);
    assert_eq!(column(&anew.stdout, "calibration"), ["old", "new"]);
    assert!(at.join("M/own/v2/card.md").is_file());
    let same = arrears(at, "models refit M/own/v2 --ledger L");
    assert!(
        same.stderr.contains("own/v2 was made again, byte for byte"),
        "{}",
        same.stderr
    );
    // One invoice more, and it is another ledger.
    std::fs::write(
        at.join("invoices.csv"),
        "invoice_id,customer_id,issued_on,due_on,amount,currency\nlate-one,C1,2025-12-01,2025-12-31,5.00,EUR\n",
    )
    .unwrap();
    arrears(at, "import --ledger L --imported-on 2026-01-02 invoices.csv");
    for version in ["v1", "v2"] {
        let other = arrears(at, &format!("models refit M/own/{version} --ledger L"));
        assert_eq!(other.code, 2);
        assert!(
            other.stderr.contains("repeating needs the same rows"),
            "{}",
            other.stderr
        );
    }
    let own = at.join("M/own/v1/model.json");
    let text = std::fs::read_to_string(&own).unwrap();
    std::fs::write(&own, text.replacen("\"seed\": 1", "\"seed\": 2", 1)).unwrap();
    let changed = arrears(at, &format!("score --ledger L {ON} --unit invoice --model M/own/v1"));
    assert_eq!(changed.code, 2);
    assert!(
        changed.stderr.contains("was changed after it was stored"),
        "{}",
        changed.stderr
    );
}
