//! Sums kept beside a ledger: whatever is imported after them, the histories are those of everybody walked anew.

use std::fs;
use std::path::PathBuf;

use arrears::calendar::AsOf;
use arrears::history;
use arrears::ledger::{Ledger, LedgerParts};
use arrears::metrics::segments::groups;
use arrears::metrics::timeline::{SumsSource, TiedPlan, TimelineParams};
use proptest::prelude::*;
use tempfile::TempDir;

use super::month;
use crate::ledger::layers::{append, imports, scattered};
use crate::support::random::cases;

/// What came of the kept sums, after comparing the histories with those of a pass over everybody.
fn compared(folder: &TempDir, by: &[&str]) -> SumsSource {
    let ledger = Ledger::open(folder.path()).unwrap();
    let as_of = AsOf(ledger.span().unwrap().1);
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    let groups = groups(&ledger, as_of, &by).unwrap().value;
    let (from, to) = (month("2025-02"), month("2025-10"));
    let plan = TiedPlan::new(&ledger, as_of, from, to, None, &TimelineParams::default()).unwrap();
    let parts = LedgerParts::open(folder.path(), &ledger).unwrap();
    let found = plan.run_kept(&ledger, parts.as_ref(), &groups, as_of, &by);
    let walked = history::run(&ledger, None, plan.empty(&groups));
    let books = |sums: &_| plan.books.result(&ledger, sums);
    assert_eq!(books(&found.sums.books), books(&walked.books));
    let result = |sums| plan.timeline.clone().result(&groups, sums).value;
    assert_eq!(result(found.sums.timeline.sums()), result(walked.timeline.sums()));
    found.source
}

fn kept_files(folder: &TempDir) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.path().join("sums")).into_iter().flatten();
    files.map(|file| file.unwrap().path()).collect()
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn kept_sums_with_the_customers_changed_since_are_the_sums_over_everybody(seed in any::<u64>(), one_in in 20_u64..400) {
        let folder = TempDir::new().unwrap();
        let later = |table: &str, row: &str| {
            let number = scattered(seed, &format!("{table}{row}")) >> 8;
            if number.is_multiple_of(one_in) { 1 + (number / one_in % 3) as usize } else { 0 }
        };
        for tables in imports(4, later) {
            append(&folder, &tables);
            compared(&folder, &[]);
            compared(&folder, &["customer_id"]);
            compared(&folder, &["business_unit"]);
            // What belongs to a customer may change with the day: nothing is kept.
            prop_assert!(matches!(compared(&folder, &["region"]), SumsSource::Everyone));
        }
    }
}

#[test]
fn the_second_run_walks_the_customers_of_later_imports_alone() {
    let folder = TempDir::new().unwrap();
    let imports = imports(3, |table, row| match table {
        "receipts" if row.contains(",C00003,") => 1,
        "receipts" if row.contains(",C00041,") => 2,
        _ => 0,
    });
    append(&folder, &imports[0]);
    assert!(matches!(compared(&folder, &[]), SumsSource::Added(Ok(()))));
    assert!(matches!(compared(&folder, &[]), SumsSource::Kept { n_over: 0 }));
    append(&folder, &imports[1]);
    assert!(matches!(compared(&folder, &[]), SumsSource::Kept { n_over: 1 }));
    append(&folder, &imports[2]);
    assert!(matches!(compared(&folder, &[]), SumsSource::Kept { n_over: 2 }));
    assert_eq!(kept_files(&folder).len(), 1);
}

#[test]
fn sums_that_were_damaged_are_added_up_again() {
    let folder = TempDir::new().unwrap();
    append(&folder, &imports(1, |_, _| 0)[0]);
    compared(&folder, &[]);
    let [path] = &kept_files(&folder)[..] else {
        panic!("one file")
    };
    let whole = fs::read(path).unwrap();
    let step = whole.len() / 40;
    for at in (0..whole.len()).step_by(step.max(1)) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(path, damaged).unwrap();
        assert!(matches!(compared(&folder, &[]), SumsSource::Added(Ok(()))), "byte {at}");
        assert_eq!(fs::read(path).unwrap(), whole);
    }
    fs::write(path, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(compared(&folder, &[]), SumsSource::Added(Ok(()))));
}

#[test]
fn sums_over_a_first_layer_that_is_gone_go_with_it() {
    let folder = TempDir::new().unwrap();
    let imports = imports(2, |_, row| usize::from(scattered(7, row).is_multiple_of(2)));
    append(&folder, &imports[0]);
    compared(&folder, &[]);
    let before = kept_files(&folder);
    // Half of everything is new: the layers are written as one.
    assert_eq!(append(&folder, &imports[1]).manifest.layers.len(), 1);
    assert!(!before[0].exists());
    assert!(matches!(compared(&folder, &[]), SumsSource::Added(Ok(()))));
}
