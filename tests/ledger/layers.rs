//! Imports one after the other make layers; the ledger is the one that a single import of everything makes.

use arrears::generate::embedded::demo_files;
use arrears::import::from_text;
use arrears::ledger::{Ledger, Manifest, store};
use arrears::outcome::IssueCode;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::random::cases;
use crate::support::{day, records};

/// The rows of the demo, each with the number of the import that brings it; `when` is asked for its table and its line.
pub fn imports(n: usize, when: impl Fn(&str, &str) -> usize) -> Vec<Vec<(&'static str, String)>> {
    let mut imports = vec![Vec::new(); n];
    for (file, text) in demo_files() {
        let Some(table) = file.strip_suffix(".csv") else {
            continue;
        };
        let (header, rows) = text.split_once('\n').unwrap();
        let mut texts = vec![format!("{header}\n"); n];
        for row in rows.lines() {
            let import = when(table, row);
            texts[import].push_str(row);
            texts[import].push('\n');
        }
        for (tables, text) in imports.iter_mut().zip(texts) {
            if text.lines().count() > 1 {
                tables.push((table, text));
            }
        }
    }
    imports
}

/// Imports some tables into the ledger in a folder.
pub fn append(folder: &TempDir, tables: &[(&str, String)]) -> store::Appended {
    let tables: Vec<(&str, &str)> = tables.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let records = from_text(&tables).unwrap();
    store::append(folder.path(), records, day("2025-12-31"), "test")
        .unwrap()
        .value
}

fn whole() -> (TempDir, Manifest) {
    let folder = TempDir::new().unwrap();
    let manifest = append(&folder, &imports(1, |_, _| 0)[0]).manifest;
    (folder, manifest)
}

/// A number that looks random and is the same every time.
pub fn scattered(seed: u64, text: &str) -> u64 {
    text.bytes().fold(seed.wrapping_mul(0x9e37_79b9), |mixed, byte| {
        (mixed ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3).rotate_left(17)
    })
}

fn assert_same(folder: &TempDir, manifest: &Manifest, whole: &Ledger, of_whole: &Manifest) {
    let opened = Ledger::open(folder.path()).unwrap();
    assert_eq!(opened.differing_facts(whole), None);
    assert_eq!(opened.differing_facts(&opened.rebuilt()), None);
    assert_eq!(opened.span(), whole.span());
    assert_eq!(opened.issues().counts(), whole.issues().counts());
    assert_eq!(manifest.ledger_hash, of_whole.ledger_hash);
    assert_eq!(manifest.n_rows, of_whole.n_rows);
    assert_eq!(manifest.control_totals, of_whole.control_totals);
    for name in manifest.n_rows.keys() {
        assert_eq!(opened.table(name), whole.table(name), "{name}");
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn any_order_of_imports_makes_the_ledger_of_one_import(seed in any::<u64>(), one_in in 20_u64..400) {
        let (in_one, of_one) = whole();
        let in_one = Ledger::open(in_one.path()).unwrap();
        let folder = TempDir::new().unwrap();
        let mut manifest = None;
        let later = |table: &str, row: &str| {
            let number = scattered(seed, &format!("{table}{row}")) >> 8;
            if number.is_multiple_of(one_in) { 1 + (number / one_in % 4) as usize } else { 0 }
        };
        for tables in imports(5, later) {
            manifest = Some(append(&folder, &tables).manifest);
        }
        assert_same(&folder, &manifest.unwrap(), &in_one, &of_one);
    }
}

#[test]
fn an_import_writes_the_customers_it_touches_and_nobody_else() {
    let (in_one, of_one) = whole();
    let in_one = Ledger::open(in_one.path()).unwrap();
    let (first, last) = (",C00003,", ",C00041,");
    let folder = TempDir::new().unwrap();
    let imports = imports(3, |table, row| match table {
        "receipts" if row.contains(first) => 1,
        "receipts" if row.contains(last) => 2,
        _ => 0,
    });
    assert_eq!(append(&folder, &imports[0]).manifest.layers.len(), 1);
    assert_eq!(append(&folder, &imports[1]).manifest.layers.len(), 2);
    let manifest = append(&folder, &imports[2]).manifest;
    // The second small layer is about as large as the first: they are written as one.
    assert_eq!(manifest.layers.len(), 2);
    assert_eq!(manifest.layers[1].facts["customer_ids"].n_rows, 2);
    assert_same(&folder, &manifest, &in_one, &of_one);
    // Nothing new: the ledger stays as it is, whatever is imported again.
    let again = append(&folder, &imports[1]);
    assert!(
        again
            .merged
            .records
            .values()
            .all(|fate| fate.kept == 0 && fate.merged == fate.read)
    );
    assert_eq!(again.manifest.ledger_hash, of_one.ledger_hash);
}

#[test]
fn a_key_that_another_customer_has_is_refused_whichever_layer_keeps_it() {
    let folder = TempDir::new().unwrap();
    let many: String = (0..40)
        .map(|n| format!("invoice {n} cato{n} issued 2024-01-10 due 2024-02-09 100.00 EUR\n"))
        .collect();
    let import = |text: &str| store::append(folder.path(), records(text), day("2025-12-31"), "test").unwrap();
    import(&format!("{many}payment 7 acme on 2024-02-05 40.00 EUR\n"));
    let same = import("payment 7 bolt on 2024-02-06 40.00 EUR");
    assert_eq!(same.issues.counts().get(&IssueCode::ReceiptConflict), Some(&1));
    assert_eq!(same.value.merged.rejected.len(), 1);
    assert!(same.value.ledger.find_customer("bolt").is_none());
    assert_eq!(same.value.manifest.n_rows["receipts"], 1);
}
