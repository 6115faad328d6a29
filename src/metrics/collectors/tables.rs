//! Collectors as a table: the money of their books, their contacts, the promises of their customers.

use std::collections::{BTreeMap, BTreeSet};

use super::{CollectorRow, Collectors, ContactWork, METRIC_ID};
use crate::metrics::promises::KeptCounts;
use crate::metrics::{NullReason, view_note, wilson_interval};
use crate::money::Total;
use crate::table::Table;

impl Collectors {
    /// Returns one row per group and collector; estimates of money are rounded to cents.
    pub fn table(&self) -> Table {
        let rows = || self.rows.iter();
        let groups: Vec<usize> = rows().map(|row| row.group).collect();
        let estimate = |of: fn(&CollectorRow) -> Option<f64>| {
            rows()
                .map(move |row| of(row).and_then(Total::from_estimate))
                .collect::<Vec<_>>()
        };
        let none = ContactWork::default();
        // Whoever holds a book and made no contact made none; without the table it is not known.
        let work = |row: &CollectorRow| {
            let all = self.work.as_ref()?;
            Some(*all.get(&row.collector).unwrap_or(&none))
        };
        let confidence = self.params.bootstrap.confidence;
        let reached = |row: &CollectorRow| {
            let work = work(row)?;
            wilson_interval(work.n_reached, work.n_known, confidence)
        };
        // Promises are known of every book; one without any has none.
        let promises = |row: &CollectorRow| {
            let all = self.promises.as_ref().ok_or(NullReason::NotImported)?;
            Ok::<KeptCounts, NullReason>(all.get(&row.collector).copied().unwrap_or_default())
        };
        let kept_rate = |row: &CollectorRow| promises(row)?.kept_rate();
        let kept_interval = |row: &CollectorRow| promises(row).ok()?.interval(confidence);
        let table = self
            .labels
            .start("collectors", METRIC_ID, &groups)
            .text("collector", rows().map(|row| row.collector.clone()))
            .int("n_customers", rows().map(|row| row.n_customers as i64))
            .money("opening", rows().map(|row| row.opening))
            .money("collected", rows().map(|row| row.collected))
            .money("opening_compared", rows().map(|row| row.opening_compared))
            .money("collected_compared", rows().map(|row| row.collected_compared))
            .money("expected", estimate(|row| row.expected.ok()))
            .money("difference", estimate(|row| row.difference().ok()))
            .money("difference_low", estimate(|row| row.interval.map(|(low, _)| low)))
            .money("difference_high", estimate(|row| row.interval.map(|(_, high)| high)))
            .text(
                "reason",
                rows().map(|row| row.expected.err().map(|reason| reason.to_string())),
            )
            .int(
                "n_contacts",
                rows().map(|row| work(row).map(|work| work.n_attempts as i64)),
            )
            .int(
                "n_reached",
                rows().map(|row| work(row).map(|work| work.n_reached as i64)),
            )
            .real(
                "reached_rate",
                rows().map(|row| work(row).and_then(|work| work.reached_rate())),
            )
            .real("reached_low", rows().map(|row| reached(row).map(|(low, _)| low)))
            .real("reached_high", rows().map(|row| reached(row).map(|(_, high)| high)))
            .real(
                "contacts_an_hour",
                rows().map(|row| work(row).and_then(|work| work.an_hour())),
            )
            .int(
                "n_promises_judged",
                rows().map(|row| promises(row).ok().map(|kept| kept.n_judged as i64)),
            )
            .int(
                "n_promises_kept",
                rows().map(|row| promises(row).ok().map(|kept| kept.n_kept as i64)),
            )
            .real("kept_rate", rows().map(|row| kept_rate(row).ok()))
            .real(
                "kept_rate_low",
                rows().map(|row| kept_interval(row).map(|(low, _)| low)),
            )
            .real(
                "kept_rate_high",
                rows().map(|row| kept_interval(row).map(|(_, high)| high)),
            )
            .text(
                "kept_rate_reason",
                rows().map(|row| kept_rate(row).err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "months",
                format!("{} to {}", self.months.month(0), self.months.month(self.months.n() - 1)),
            )
            .note("confidence", confidence)
            .note(
                "draws",
                format!(
                    "{} of customers, seed {}",
                    self.params.bootstrap.n_draws, self.params.bootstrap.seed
                ),
            );
        self.note_promises(self.note_contacts(table))
    }

    fn note_contacts(&self, table: Table) -> Table {
        let Some(all) = &self.work else {
            return table.note("contacts", "not available: import contacts");
        };
        let table = table.note(
            "contacts",
            "all of the collector's work, the same in each of his or her rows; contacts have no currency",
        );
        match self.without_row(all, |work| work.n_attempts) {
            0 => table,
            n => table.note(
                "contacts_without_book",
                format!("{n} contacts by those who held no book"),
            ),
        }
    }

    fn note_promises(&self, table: Table) -> Table {
        let Some(all) = &self.promises else {
            return table.note("promises", "not available: import promises");
        };
        let table = table.note(
            "promises",
            format!(
                "of customers who were the collector's on the day of the promise, judged on {} with {} days after the promised day; the same in each of his or her rows",
                self.months.last_day(),
                self.params.tolerance_days
            ),
        );
        match self.without_row(all, |kept| kept.n_judged) {
            0 => table,
            n => table.note(
                "promises_without_book",
                format!("{n} judged promises of customers whose collector held no claim at an opening"),
            ),
        }
    }

    /// How much of what was counted by collector belongs to nobody who has a row.
    fn without_row<T>(&self, all: &BTreeMap<Option<String>, T>, n: fn(&T) -> u64) -> u64 {
        let holders: BTreeSet<&Option<String>> = self.rows.iter().map(|row| &row.collector).collect();
        let others = all.iter().filter(|(name, _)| !holders.contains(name));
        others.map(|(_, counted)| n(counted)).sum()
    }
}
