//! The whole chain on real receivables, from the raw files, with the commands a user would type.

use std::path::{Path, PathBuf};

use arrears::money::{Amount, Total};

use super::{arrears, arrears_words, column, fine, json_table};

/// Returns the folder of the real data; says in one line that the test is skipped where it is absent.
fn real_data() -> Option<PathBuf> {
    let folder = match std::env::var_os("ARREARS_REAL_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
    };
    if !folder.is_dir() {
        println!("skipped: no real data in {}", folder.display());
        return None;
    }
    Some(folder)
}

fn import(at: &Path, profile: &str, file: &Path) -> String {
    let words = [
        "import",
        "--ledger",
        "L",
        "--profile",
        profile,
        "--format",
        "json",
        "--imported-on",
        "2026-01-01",
    ];
    let run = arrears_words(at, &[&words[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

fn own_profile(name: &str) -> String {
    format!("{}/tests/real/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Every verb that reads history, on one day; each has to succeed.
fn every_metric(at: &Path, as_of: &str) {
    for verb in ["aging", "flow", "roll-rates", "cohorts", "dso", "forecast"] {
        let table = fine(at, &format!("{verb} --ledger L --as-of {as_of} --format csv"));
        assert!(table.lines().count() > 1, "{verb} printed nothing");
    }
    fine(at, &format!("report --ledger L --as-of {as_of} -o report.html"));
}

/// Decisions of a ledger in one currency; small accounts may all be left alone, but each is accounted for.
fn decisions(at: &Path, as_of: &str) {
    let worklist = fine(at, &format!("worklist --ledger L --as-of {as_of} --format csv"));
    let excluded = fine(
        at,
        &format!("worklist --ledger L --as-of {as_of} --excluded --format csv"),
    );
    let holds = fine(at, &format!("holds --ledger L --as-of {as_of} --format csv"));
    let (listed, left_alone) = (column(&worklist, "customer_id"), column(&excluded, "customer_id"));
    assert!(!listed.iter().any(|customer| left_alone.contains(customer)));
    assert!(listed.len() + left_alone.len() > 1);
    assert!(holds.lines().count() > 1);
}

#[test]
fn highradius_runs_from_the_raw_file_to_a_report() {
    let Some(data) = real_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let imported = import(
        at,
        &own_profile("highradius-closed.toml"),
        &data.join("highradius/closed_40000_reconstructed.csv.gz"),
    );
    let rows = &json_table(&imported, "source_rows")[0];
    assert_eq!((&rows["kept"], &rows["quarantined"]), (&40_000.into(), &0.into()));
    let check = fine(at, "check --ledger L --format json");
    let invoiced: Total = json_table(&check, "control_totals")
        .iter()
        .map(|row| Total::from(Amount::parse(row["invoiced"].as_str().unwrap()).unwrap()))
        .sum();
    assert_eq!(invoiced.to_string(), "1282601395.74");

    every_metric(at, "2019-08-31");
    for verb in ["worklist", "holds"] {
        let run = arrears(at, &format!("{verb} --ledger L --as-of 2019-08-31"));
        assert_eq!(run.code, 2, "several currencies without rates are refused");
        assert!(run.stderr.contains("fx_rates"), "{}", run.stderr);
    }
    for unit in ["invoice", "customer"] {
        fine(
            at,
            &format!(
                "train --ledger L --as-of 2019-08-31 --unit {unit} --days-late 5 --name {unit} --models models -o {unit}.json"
            ),
        );
        let scores = fine(
            at,
            &format!("score --ledger L --as-of 2019-08-31 --unit {unit} --model models/{unit} --format csv"),
        );
        for probability in column(&scores, "probability") {
            assert!((0.0..=1.0).contains(&probability.parse::<f64>().unwrap()));
        }
    }
    // Rates are the user's to give; these are declared for the test, with unknown money counted as dollars.
    std::fs::write(
        at.join("fx_rates.csv"),
        "date,currency,to_base\n2019-01-01,USD,1\n2019-01-01,CAD,0.75\n2019-01-01,XXX,1\n",
    )
    .unwrap();
    fine(at, "import --ledger L fx_rates.csv");
    decisions(at, "2019-08-31 --base USD --model models/customer");
}

#[test]
fn ibm_runs_and_a_sixty_day_label_is_refused_with_the_reason() {
    let Some(data) = real_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let file = data.join("ibm-late-payments/WA_Fn-UseC_-Accounts-Receivable.csv");
    let imported = import(at, "ibm-late-payments", &file);
    assert_eq!(json_table(&imported, "source_rows")[0]["kept"], 2_466);
    every_metric(at, "2013-09-30");
    decisions(at, "2013-09-30");
    fine(
        at,
        "train --ledger L --as-of 2013-09-30 --unit invoice --days-late 5 --name ibm --models models -o train.json",
    );
    let refused = arrears(
        at,
        "train --ledger L --as-of 2013-09-30 --unit invoice --days-late 60 --name late --models models",
    );
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("45 days"), "{}", refused.stderr);
    assert!(!at.join("models/late").exists());
}

#[test]
fn cassandra_runs_by_a_profile_of_its_own() {
    let Some(data) = real_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let imported = import(
        at,
        &own_profile("cassandra.toml"),
        &data.join("cassandra/trainData.csv.gz"),
    );
    assert_eq!(json_table(&imported, "source_rows")[0]["read"], 8_753);
    every_metric(at, "2017-02-28");
    decisions(at, "2017-02-28");
    fine(
        at,
        "train --ledger L --as-of 2017-02-28 --unit invoice --days-late 30 --name cassandra --models models -o train.json",
    );
    let scores = fine(
        at,
        "score --ledger L --as-of 2017-02-28 --unit invoice --model models/cassandra --format csv",
    );
    assert!(scores.lines().count() > 1);
}

#[test]
fn the_sap_list_of_open_items_ages_to_its_own_total() {
    let Some(data) = real_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(
        at,
        "sap-open-items",
        &data.join("highradius/open_sample_B_full_columns.csv.gz"),
    );
    let aging = fine(at, "aging --ledger L --as-of 2020-06-30 --format csv");
    let control: Total = column(&aging, "control")
        .iter()
        .map(|text| Total::from(Amount::parse(text).unwrap()))
        .sum();
    assert_eq!(control.to_string(), "319584725.91");
}
