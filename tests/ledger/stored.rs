//! A ledger on disk: facts read as they were stored are the facts made from the tables.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use arrears::calendar::{AsOf, Month};
use arrears::generate::embedded::demo_files;
use arrears::import::from_text;
use arrears::ledger::{Ledger, LedgerError, Manifest, interruptible, store};
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::metrics::roll_rates::{RollRatesParams, roll_rates};
use arrears::metrics::segments;
use arrears::records::Records;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::random::{cases, ledger_lines};
use crate::support::{day, records};

fn stored(records: Records) -> TempDir {
    let folder = TempDir::new().unwrap();
    store::append(folder.path(), records, day("2025-12-31"), "test").unwrap();
    folder
}

fn assert_same_facts(left: &Ledger, right: &Ledger) {
    assert_eq!(left.differing_facts(right), None);
    assert_eq!(left.issues().counts(), right.issues().counts());
}

fn demo() -> Records {
    let tables: Vec<(&str, &str)> = demo_files()
        .iter()
        .filter_map(|(name, text)| Some((name.strip_suffix(".csv")?, *text)))
        .collect();
    from_text(&tables).unwrap()
}

/// Rewrites the manifest of a ledger.
fn edit_manifest(folder: &Path, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = folder.join("manifest.json");
    let mut manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut manifest);
    fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

#[test]
fn every_kind_of_fact_comes_back_as_it_was_made() {
    let folder = stored(demo());
    let opened = Ledger::open(folder.path()).unwrap();
    assert!(opened.contacts().all().len() > 100 && opened.holds().all().len() > 10);
    assert_same_facts(&opened, &opened.rebuilt());
    assert_eq!(opened.table("invoices").unwrap().n_rows(), 1_998);
    assert!(opened.has("promises") && !opened.has("bills"));
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn facts_come_back_for_any_ledger(lines in ledger_lines()) {
        let folder = stored(records(&lines.join("\n")));
        let opened = Ledger::open(folder.path()).unwrap();
        assert_same_facts(&opened, &opened.rebuilt());
    }
}

/// What a ledger says of itself through passes: by currency, by an attribute of customers, of documents, of both.
fn answers(ledger: &Ledger) -> String {
    let (first, last) = (Month::new(2023, 6), Month::new(2025, 6));
    let as_of = AsOf(last.last());
    let by = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        segments::groups(ledger, as_of, &names).unwrap().value
    };
    let mut answers = String::new();
    for groups in [
        by(&[]),
        by(&["region"]),
        by(&["salesperson"]),
        by(&["segment", "entity"]),
        segments::groups_by_entity(ledger),
    ] {
        let aging = aging(ledger, as_of, &groups, Some(as_of.0), &AgingParams::default()).unwrap();
        let flow = flow(ledger, first, last, &groups, None, &FlowParams::default()).unwrap();
        let dso = dso(ledger, first, last, &groups, None, &DsoParams::default()).unwrap();
        let rolls = roll_rates(ledger, first, last, &groups, None, &RollRatesParams::default()).unwrap();
        for table in [
            aging.value.table(),
            flow.value.table(),
            dso.value.table(),
            rolls.value.table(),
        ] {
            write!(answers, "{table:?}").unwrap();
        }
    }
    answers
}

#[test]
fn a_pass_over_stretches_on_disk_says_what_a_pass_over_memory_says() {
    let folder = stored(demo());
    let in_memory = Ledger::open(folder.path()).unwrap().rebuilt();
    assert_eq!(in_memory.n_stretches(), None);
    let expected = answers(&in_memory);
    for n_threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let opened = Ledger::open(folder.path()).unwrap();
        assert!(opened.n_stretches().unwrap() > 5);
        assert_eq!(pool.install(|| answers(&opened)), expected);
    }
}

#[test]
fn ledgers_of_other_facts_differ() {
    let ledger = |text| Ledger::from_records(records(text), day("2024-12-31")).value.0;
    let one = ledger("invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR");
    let paid = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 7 acme on 2024-02-05 40.00 EUR",
    );
    let other = ledger("invoice 1 acme issued 2024-01-10 due 2024-02-09 100.01 EUR");
    assert_eq!(one.differing_facts(&paid), Some("unapplied"));
    assert_eq!(one.differing_facts(&other), Some("documents"));
}

#[test]
fn facts_of_another_version_are_made_again_from_the_tables() {
    let folder = stored(demo());
    let opened = Ledger::open(folder.path()).unwrap();
    edit_manifest(folder.path(), |manifest| manifest["facts_version"] = 0.into());
    fs::remove_dir_all(folder.path().join("facts")).unwrap();
    assert_same_facts(&opened, &Ledger::open(folder.path()).unwrap());
}

/// Returns the file of a ledger in one of its folders that is named for something.
fn file_of(folder: &TempDir, below: &str, wanted: &str) -> PathBuf {
    let files = fs::read_dir(folder.path().join(below)).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    let named = files.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(wanted));
    named.unwrap()
}

#[test]
fn a_file_cut_short_after_it_was_opened_is_an_error_of_the_pass() {
    let folder = stored(demo());
    let opened = Ledger::open(folder.path()).unwrap();
    let (groups, as_of) = (segments::groups_by_entity(&opened), AsOf(day("2025-06-30")));
    let aged = || {
        aging(&opened, as_of, &groups, None, &AgingParams::default())
            .unwrap()
            .value
    };
    let whole = interruptible(aged).unwrap();
    for (below, name) in [("facts", "postings"), ("tables", "invoices")] {
        let path = file_of(&folder, below, name);
        let bytes = fs::read(&path).unwrap();
        // Cut in place: the ledger holds the same file open.
        fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(1_000)
            .unwrap();
        let error = match below {
            "facts" => interruptible(aged).unwrap_err(),
            _ => interruptible(|| opened.table("invoices").map(|table| table.n_rows())).unwrap_err(),
        };
        let message = error.to_string();
        assert!(message.contains("cannot be read"), "{message}");
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(interruptible(aged).unwrap(), whole);
    assert_eq!(opened.table("invoices").unwrap().n_rows(), 1_998);
}

#[test]
fn a_panic_of_other_work_stays_a_panic() {
    let panicked = std::panic::catch_unwind(|| interruptible(|| std::panic::resume_unwind(Box::new("not a ledger"))));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"not a ledger"));
}

#[test]
fn a_check_compares_the_hash_that_auditors_know() {
    let folder = stored(demo());
    let manifest = Manifest::read(folder.path()).unwrap();
    manifest.compare_sha256(folder.path()).unwrap();
    edit_manifest(folder.path(), |manifest| {
        manifest["layers"][0]["tables"]["receipts"]["sha256"] = "0".repeat(64).into();
    });
    // Opening compares the other hash.
    Ledger::open(folder.path()).unwrap();
    match Manifest::read(folder.path()).unwrap().compare_sha256(folder.path()) {
        Err(LedgerError::HashDiffers { path, .. }) => assert_eq!(path, file_of(&folder, "tables", "receipts")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn facts_that_were_changed_or_are_gone_are_named() {
    let folder = stored(demo());
    let postings = file_of(&folder, "facts", "postings");
    let mut bytes = fs::read(&postings).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&postings, bytes).unwrap();
    match Ledger::open(folder.path()) {
        Err(LedgerError::HashDiffers { path, .. }) => assert_eq!(path, postings),
        other => panic!("{other:?}"),
    }
    edit_manifest(folder.path(), |manifest| {
        manifest["layers"][0]["facts"]
            .as_object_mut()
            .unwrap()
            .remove("documents");
    });
    let message = Ledger::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("names no facts `documents`"), "{message}");
}

#[test]
fn a_second_import_leaves_one_set_of_facts() {
    let folder = stored(records("invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR"));
    let more = records("payment 7 acme on 2024-02-05 40.00 EUR -> 1");
    store::append(folder.path(), more, day("2025-12-31"), "test").unwrap();
    let files = fs::read_dir(folder.path().join("facts")).unwrap().count();
    assert_eq!(files, 16);
    let opened = Ledger::open(folder.path()).unwrap();
    assert_eq!(opened.postings().len(), 1);
    assert_same_facts(&opened, &opened.rebuilt());
}
