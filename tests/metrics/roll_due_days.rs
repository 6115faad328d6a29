//! Due days that later versions changed: which of them a ledger keeps, and that a ledger in a folder judges by the same ones.

use std::collections::BTreeMap;

use arrears::calendar::{AsOf, Day};
use arrears::ledger::{Ledger, store};
use arrears::metrics::roll_rates::steps::roll_steps;
use arrears::metrics::roll_rates::{DueDates, RollDueDates, RollPeriods, RollRatesParams, RollUnit, roll_rates};
use arrears::metrics::timeline::{TimelineParams, timeline};
use proptest::prelude::*;
use tempfile::TempDir;

use super::roll_laws::lines_with_changed_due_days;
use super::{groups, month};
use crate::support::random::{any_day, cases};
use crate::support::{day, ledger, records};

/// The versions of each document's due day, for those documents whose versions differ, as the rows of the table tell them.
fn versions_that_differ(ledger: &Ledger) -> Vec<(Day, Option<Day>)> {
    let invoices = ledger.table("invoices").unwrap();
    let text = |column: &str, row: usize| invoices.texts(column).unwrap()[row].clone();
    let days = |column: &str, row: usize| invoices.days(column).ok().and_then(|days| days[row]);
    let mut versions: BTreeMap<_, Vec<(Day, Option<Day>)>> = BTreeMap::new();
    for row in 0..invoices.n_rows() {
        let instalment = invoices.ints("instalment").ok().and_then(|numbers| numbers[row]);
        let key = (text("customer_id", row), text("invoice_id", row), instalment);
        let known_on = days("posted_on", row).or(days("issued_on", row)).unwrap();
        versions.entry(key).or_default().push((known_on, days("due_on", row)));
    }
    let differing = versions
        .into_values()
        .filter(|versions| versions.iter().any(|(_, due_on)| *due_on != versions[0].1));
    differing.flatten().collect()
}

/// What the roll rates and all histories say.
fn answers(ledger: &Ledger, known_on: Option<Day>) -> String {
    let (from, to) = (month("2024-02"), month("2024-12"));
    let groups = groups(ledger, &["region"]);
    let rolls = [RollUnit::Item, RollUnit::Customer].map(|unit| {
        let params = RollRatesParams {
            unit,
            periods: RollPeriods::EachMonth,
            n_draws: 20,
            ..RollRatesParams::default()
        };
        let rolls = roll_rates(ledger, from, to, &groups, known_on, &params).unwrap().value;
        rolls.table()
    });
    let params = RollRatesParams::default();
    let steps = roll_steps(ledger, from, to, &groups, known_on, 3, &params)
        .unwrap()
        .value;
    let as_of = AsOf(to.last());
    let all = timeline(ledger, as_of, from, to, &groups, known_on, &TimelineParams::default());
    format!("{rolls:?}{steps:?}{:?}", all.unwrap().value.tables())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_due_days_kept_are_the_versions_that_differ(lines in lines_with_changed_due_days()) {
        let ledger = ledger(&lines.join("\n"));
        let kept = ledger.due_days().all().iter().map(|version| (version.known_on, version.due_on));
        prop_assert_eq!(kept.collect::<Vec<_>>(), versions_that_differ(&ledger));
        let due_dates = DueDates::of(&ledger, None, RollDueDates::InForce);
        prop_assert_eq!(due_dates.has_changes(), !ledger.due_days().all().is_empty());
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_ledger_in_a_folder_judges_by_the_same_due_days(
        lines in lines_with_changed_due_days(), known_on in prop::option::of(any_day()),
    ) {
        // Versions come later than what they change: as a second layer over the first.
        let (later, first): (Vec<String>, Vec<String>) = lines.into_iter().partition(|line| line.contains(" posted "));
        let folder = TempDir::new().unwrap();
        for part in [first, later] {
            store::append(folder.path(), records(&part.join("\n")), day("2025-12-31"), "test").unwrap();
        }
        let (opened, in_memory) = (Ledger::open(folder.path()).unwrap(), Ledger::open(folder.path()).unwrap().rebuilt());
        prop_assert_eq!(opened.differing_facts(&in_memory), None);
        // The facts compared are in memory now; a ledger just opened passes over its stretches.
        let opened = Ledger::open(folder.path()).unwrap();
        prop_assert_eq!(answers(&opened, known_on), answers(&in_memory, known_on));
        prop_assert!(opened.n_stretches().is_some());
    }
}
