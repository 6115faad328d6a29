//! An import that memory does not hold waits in runs on disk, and makes the ledger that it would have made in memory.

use std::fs;
use std::path::{Path, PathBuf};

use arrears::generate::embedded::demo_files;
use arrears::import::{self, ImportParams, Profile};
use arrears::ledger::store::{Appended, Intake};
use arrears::ledger::{Ledger, LedgerError, Stage};
use arrears::outcome::{Checked, Issues};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::day;
use crate::support::random::cases;

/// Rows of the demo for an import: each table in two files, some rows in both of them, some of these changed.
fn files(folder: &Path, seed: u64) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (name, text) in demo_files() {
        let Some(table) = name.strip_suffix(".csv") else {
            continue;
        };
        let (header, rows) = text.split_once('\n').unwrap();
        let mut parts = [format!("{header}\n"), format!("{header}\n")];
        for (at, row) in (0..).zip(rows.lines()) {
            let number: u64 = (seed ^ at).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let part = (number % 2) as usize;
            parts[part].push_str(&format!("{row}\n"));
            match number % 23 {
                0 => parts[1 - part].push_str(&format!("{row}\n")),
                // The key of a row in euros, with something else to say.
                1 => parts[1].push_str(&format!("{}\n", row.replace(",EUR", ",USD"))),
                2 => parts[part].push_str("not a row\n"),
                _ => {}
            }
        }
        for (number, text) in (1..).zip(parts) {
            let path = folder.join(format!("{table}-{number}.csv"));
            fs::write(&path, text).unwrap();
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What an import says and leaves, but for the ledger itself.
struct Outcome {
    appended: Appended,
    read: Issues,
    found: Issues,
    rejected: Vec<String>,
    n_handed_on: usize,
}

fn import_into(folder: &Path, files: &[PathBuf], room: usize, shares: &(dyn Fn(Stage, u64, u64) + Sync)) -> Outcome {
    let mut intake = Intake::new(folder, day("2025-12-31"), room);
    let mut n_handed_on = 0;
    let canonical = Profile::builtin("canonical").unwrap();
    let Checked { value, issues, .. } = import::read_in_parts::<anyhow::Error>(
        files,
        &canonical,
        &ImportParams::default(),
        room,
        &mut |records| {
            n_handed_on += 1;
            Ok(intake.put(records)?)
        },
        &mut |_, _| {},
    )
    .unwrap();
    let rejected = value.rejected.iter().map(|refused| format!("{refused:?}")).collect();
    let Checked {
        value: appended,
        issues: found,
        ..
    } = intake.append(value.records, "canonical", shares).unwrap();
    Outcome {
        appended,
        read: issues,
        found,
        rejected,
        n_handed_on,
    }
}

fn assert_same(left: &Outcome, right: &Outcome) {
    let (of_left, of_right) = (&left.appended.manifest, &right.appended.manifest);
    assert_eq!(of_left.ledger_hash, of_right.ledger_hash);
    // Files are named by their content: the same entries are the same bytes.
    assert_eq!(of_left.layers, of_right.layers);
    assert_eq!(of_left.tables, of_right.tables);
    assert_eq!(of_left, of_right);
    assert_eq!(left.read, right.read);
    assert_eq!(left.found, right.found);
    assert_eq!(left.rejected, right.rejected);
    let (left, right) = (&left.appended.merged, &right.appended.merged);
    assert_eq!(left.records, right.records);
    assert_eq!(left.money, right.money);
    assert_eq!(left.rejected, right.rejected);
    assert_eq!(left.timeless, right.timeless);
}

fn names_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

proptest! {
    #![proptest_config(cases(3))]

    #[test]
    fn whatever_memory_there_is_the_ledger_is_the_same(seed in any::<u64>(), room in 1_usize..60_000) {
        let from = TempDir::new().unwrap();
        let files = files(from.path(), seed);
        let (in_memory, on_disk) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let held = import_into(in_memory.path(), &files, usize::MAX, &|_, _, _| {});
        let waited = import_into(on_disk.path(), &files, room, &|_, _, _| {});
        prop_assert_eq!(held.n_handed_on, 0);
        prop_assert!(waited.n_handed_on > 0);
        prop_assert!(held.appended.merged.rejected.len() > 10);
        assert_same(&held, &waited);
        prop_assert_eq!(names_in(on_disk.path()), ["facts", "manifest.json", "tables"]);
        let opened = Ledger::open(on_disk.path()).unwrap();
        prop_assert_eq!(opened.differing_facts(&opened.rebuilt()), None);
    }

    #[test]
    fn rows_that_wait_find_the_rows_that_are_there(seed in any::<u64>(), room in 1_usize..60_000) {
        let from = TempDir::new().unwrap();
        let files = files(from.path(), seed);
        let (first, second): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.to_string_lossy().ends_with("1.csv"));
        let (in_memory, on_disk) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        import_into(in_memory.path(), &first, usize::MAX, &|_, _, _| {});
        import_into(on_disk.path(), &first, usize::MAX, &|_, _, _| {});
        let held = import_into(in_memory.path(), &second, usize::MAX, &|_, _, _| {});
        let waited = import_into(on_disk.path(), &second, room, &|_, _, _| {});
        prop_assert!(waited.n_handed_on > 0);
        assert_same(&held, &waited);
    }
}

#[test]
fn what_a_killed_import_left_is_gone_after_the_next_one() {
    let from = TempDir::new().unwrap();
    let files = files(from.path(), 7);
    for room in [1, usize::MAX] {
        let folder = TempDir::new().unwrap();
        let runs = folder.path().join("import-runs");
        fs::create_dir(&runs).unwrap();
        fs::write(runs.join("invoices-0"), "half a run").unwrap();
        fs::write(runs.join("invoices-0.keys"), "").unwrap();
        import_into(folder.path(), &files, room, &|_, _, _| {});
        assert_eq!(names_in(folder.path()), ["facts", "manifest.json", "tables"]);
        // What is not ours stays where it is.
        fs::create_dir(&runs).unwrap();
        fs::write(runs.join("notes.txt"), "mine").unwrap();
        import_into(folder.path(), &files, room, &|_, _, _| {});
        assert_eq!(names_in(&runs), ["notes.txt"]);
    }
}

#[test]
fn an_import_that_is_given_up_leaves_nothing() {
    let from = TempDir::new().unwrap();
    let files = files(from.path(), 7);
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("ledger");
    let mut intake = Intake::new(&folder, day("2025-12-31"), 1);
    let canonical = Profile::builtin("canonical").unwrap();
    let params = ImportParams::default();
    let read = import::read_in_parts::<anyhow::Error>(
        &files,
        &canonical,
        &params,
        1,
        &mut |records| Ok(intake.put(records)?),
        &mut |_, _| {},
    );
    read.unwrap();
    assert_eq!(names_in(&folder), ["import-runs"]);
    drop(intake);
    assert!(!folder.exists());
    assert!(matches!(Ledger::open(&folder), Err(LedgerError::NotALedger { .. })));
}

#[test]
fn each_stage_says_how_far_it_is_never_less_and_all_of_it_in_the_end() {
    let from = TempDir::new().unwrap();
    let files = files(from.path(), 7);
    for room in [1, usize::MAX] {
        let folder = TempDir::new().unwrap();
        let told = std::sync::Mutex::new(Vec::new());
        import_into(folder.path(), &files, room, &|stage, done, all| {
            told.lock().unwrap().push((stage, done, all));
        });
        let told = told.into_inner().unwrap();
        for stage in [Stage::Sorting, Stage::Writing] {
            let mut own: Vec<_> = told.iter().filter(|(other, ..)| *other == stage).collect();
            let &&(_, _, all) = own.first().unwrap();
            assert!(all > 0 && own.iter().all(|(.., other)| *other == all), "{stage:?}");
            // Threads report out of turn; what counts is that nothing is counted twice and nothing is left.
            own.sort_by_key(|(_, done, _)| *done);
            assert_eq!(own.last().unwrap().1, all, "{stage:?}");
        }
        let first_written = told.iter().position(|(stage, ..)| *stage == Stage::Writing).unwrap();
        assert!(told[first_written..].iter().all(|(stage, ..)| *stage == Stage::Writing));
    }
}
