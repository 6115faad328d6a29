//! Every verb reads a ledger in a folder stretch by stretch and column by column, and says what it says of one in memory.

use super::{arrears, fine};

/// Each verb with arguments under which its passes read different facts.
const LINES: [&str; 31] = [
    "aging --certificate",
    "aging --by region,entity",
    "aging --basis posting --credits fifo --by salesperson",
    "aging --disputes net --credits own-date --base EUR",
    "flow --by customer",
    "flow --base EUR",
    "roll-rates --draws 20",
    "roll-rates --level customer --each-month --by segment",
    "roll-rates --net-flow",
    "roll-rates --steps 3",
    "cohorts",
    "cohorts --time-to-pay --weight money",
    "cohorts --time-to-pay --by region",
    "cohorts --origin entering:31-60",
    "dso --by entity",
    "dso --bridge 2025-06,2025-09",
    "promises --by collector",
    "plans",
    "disputes --by reason",
    "disputes --rate",
    "disputes --buckets",
    "recovery",
    "recoveries",
    "loss-rates --by segment",
    "collectors",
    "funnel",
    "sla",
    "agencies",
    "root-causes",
    "concentration --by region",
    "segments --explain overdue",
];

#[test]
fn a_verb_says_the_same_of_a_ledger_on_disk_and_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fine(at, "generate --invoices 4000 --months 24 --seed 11 --out E");
    let files = std::fs::read_dir(at.join("E"))
        .unwrap()
        .map(|file| file.unwrap().path());
    let files = files
        .filter(|path| path.is_file())
        .map(|path| path.to_str().unwrap().to_owned());
    // A few receipts come later: the ledger consists of two layers.
    let receipts = std::fs::read_to_string(at.join("E/receipts.csv")).unwrap();
    let (header, rows) = receipts.split_once('\n').unwrap();
    let (rest, late) = rows.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(at.join("E/receipts.csv"), format!("{header}\n{rest}\n")).unwrap();
    std::fs::write(at.join("late.csv"), format!("{header}\n{late}\n")).unwrap();
    fine(
        at,
        &format!("import --ledger L {}", files.collect::<Vec<_>>().join(" ")),
    );
    std::fs::rename(at.join("late.csv"), at.join("receipts.csv")).unwrap();
    fine(at, "import --ledger L receipts.csv");
    // The same ledger by a program that knows other facts: they are made from the tables, in memory.
    std::fs::create_dir_all(at.join("M/tables")).unwrap();
    for file in std::fs::read_dir(at.join("L/tables")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), at.join("M/tables").join(file.file_name())).unwrap();
    }
    let manifest = std::fs::read_to_string(at.join("L/manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    manifest["facts_version"] = 0.into();
    let layers = manifest["layers"].as_array_mut().unwrap();
    assert_eq!(layers.len(), 2);
    for layer in layers {
        layer["facts"] = serde_json::json!({});
    }
    std::fs::write(at.join("M/manifest.json"), manifest.to_string()).unwrap();
    let mut n_compared = 0;
    for line in LINES {
        let on_disk = arrears(at, &format!("--threads 3 {line} --ledger L --format json"));
        let in_memory = arrears(at, &format!("--threads 1 {line} --ledger M --format json"));
        assert_eq!(
            (on_disk.code, &on_disk.stderr),
            (in_memory.code, &in_memory.stderr),
            "{line}"
        );
        assert_eq!(on_disk.stdout, in_memory.stdout, "{line}");
        assert!(on_disk.code == 0, "{line}: {}", on_disk.stderr);
        n_compared += 1;
    }
    assert_eq!(n_compared, LINES.len());
}
