//! The demo does the whole job with public verbs, and generated ledgers tie out.

use std::collections::BTreeMap;

use arrears::money::{Amount, Total};

use super::{arrears, column, csv, fine, json_table};

fn total(text: &str) -> Total {
    Amount::parse(text).unwrap().into()
}

#[test]
fn the_demo_goes_from_exports_to_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let run = arrears(folder.path(), "demo --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("open out/report.html first"), "{}", run.stderr);
    let out = folder.path().join("out");
    let report = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("tie out to the cent"));

    let scores = std::fs::read_to_string(out.join("scores-invoices.csv")).unwrap();
    let expected = [
        "invoice_id",
        "customer_id",
        "probability",
        "score",
        "grade",
        "reason_1",
        "reason_2",
        "reason_3",
        "reason_4",
        "model_id",
        "as_of",
    ];
    assert_eq!(csv(&scores).0[..expected.len()], expected);

    let worklist = fine(
        folder.path(),
        "worklist --ledger out/ledger --as-of 2025-12-31 --model out/models/customers --format csv",
    );
    let expected = [
        "rank",
        "collector",
        "customer_id",
        "currency",
        "value",
        "balance",
        "overdue",
        "oldest_days",
        "probability",
        "action",
        "reasons",
    ];
    assert_eq!(csv(&worklist).0[..expected.len()], expected);
    let ranks = column(&worklist, "rank");
    assert_eq!(
        ranks,
        (1..=ranks.len()).map(|rank| rank.to_string()).collect::<Vec<_>>()
    );
    let customers = column(&worklist, "customer_id");
    assert_eq!(
        customers.len(),
        customers.iter().collect::<std::collections::BTreeSet<_>>().len(),
        "a row per customer"
    );
}

#[test]
fn forecast_rows_sum_to_the_control_balance_of_the_ageing() {
    let folder = tempfile::tempdir().unwrap();
    fine(
        folder.path(),
        "generate --out export --invoices 600 --months 18 --seed 4",
    );
    fine(
        folder.path(),
        &format!("import --ledger ledger {}", exports(folder.path())),
    );
    let aging = fine(folder.path(), "aging --ledger ledger --as-of 2025-10-15 --format csv");
    let control: BTreeMap<_, _> = column(&aging, "currency")
        .into_iter()
        .zip(column(&aging, "control").iter().map(|text| total(text)))
        .collect();
    let forecast = fine(
        folder.path(),
        "forecast --ledger ledger --as-of 2025-10-15 --format csv",
    );
    let (header, _) = csv(&forecast);
    assert_eq!(
        header[..8],
        [
            "period_start",
            "period_end",
            "currency",
            "expected",
            "p10",
            "p50",
            "p90",
            "row"
        ]
    );
    let mut sums: BTreeMap<String, Total> = BTreeMap::new();
    for (currency, expected) in column(&forecast, "currency")
        .into_iter()
        .zip(column(&forecast, "expected"))
    {
        *sums.entry(currency).or_default() += total(&expected);
    }
    for (currency, sum) in sums {
        assert_eq!(Some(&sum), control.get(&currency), "{currency}");
    }
}

#[test]
fn a_generated_ledger_ties_out_with_its_general_ledger() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["csv", "parquet"] {
        let export = format!("export-{format}");
        fine(
            folder.path(),
            &format!("generate --out {export} --invoices 500 --months 12 --seed 9 --format {format}"),
        );
        let files = files(&folder.path().join(&export));
        fine(
            folder.path(),
            &format!("import --ledger {format} --imported-on 2026-01-01 {files}"),
        );
        let check = fine(folder.path(), &format!("check --ledger {format} --format json"));
        let tie_outs = json_table(&check, "tie_out");
        assert!(tie_outs.len() > 12);
        for tie_out in tie_outs {
            assert_eq!(tie_out["difference"], "0.00", "{tie_out}");
        }
    }
    let totals = |ledger| {
        json_table(
            &fine(folder.path(), &format!("check --ledger {ledger} --format json")),
            "control_totals",
        )
    };
    assert_eq!(totals("csv"), totals("parquet"));
}

fn exports(folder: &std::path::Path) -> String {
    files(&folder.join("export"))
}

fn files(folder: &std::path::Path) -> String {
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.display().to_string())
        .collect();
    files.sort();
    files.join(" ")
}
