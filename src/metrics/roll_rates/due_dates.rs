//! Which due day was in force when: invoices whose due day was changed by a later version.

use std::collections::HashMap;

use crate::calendar::Day;
use crate::history::DocumentHistory;
use crate::ids::DocumentIx;
use crate::ledger::Ledger;

/// Which due day a claim is judged by at a month end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollDueDates {
    /// The one that was in force then: that of the last version posted by the month end. A change in between is `re_aged`.
    #[default]
    InForce,
    /// The last one, also before it was agreed: what the ageing of an earlier day says today. Nothing is `re_aged`.
    Latest,
}

/// The due days of the documents that had several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueDates {
    // First day known and due day of each version, in order.
    versions: HashMap<DocumentIx, Vec<(Day, Option<Day>)>>,
}

impl DueDates {
    /// Reads the due days of a ledger's invoices; `known_on` leaves out versions posted after that day.
    pub fn of(ledger: &Ledger, known_on: Option<Day>, rule: RollDueDates) -> DueDates {
        let mut versions = HashMap::new();
        // One row a document: nothing was ever changed, and the table need not be read.
        let has_versions = ledger.n_rows("invoices") != ledger.n_documents();
        if rule == RollDueDates::Latest || !has_versions {
            return DueDates { versions };
        }
        let Some(invoices) = ledger.table("invoices") else {
            return DueDates { versions };
        };
        let day = |column: &str, row: usize| invoices.days(column).ok().and_then(|days| days[row]);
        let is_same = |a: usize, b: usize| {
            let text = |column: &str, row: usize| invoices.texts(column).ok().and_then(|texts| texts[row].as_deref());
            let instalment = |row: usize| invoices.ints("instalment").ok().and_then(|numbers| numbers[row]);
            ["customer_id", "invoice_id"]
                .iter()
                .all(|column| text(column, a) == text(column, b))
                && instalment(a) == instalment(b)
        };
        let mut next_row = 0;
        for (at, document) in ledger.documents().all().iter().enumerate() {
            // Versions stand one below the other, the last of them is the document.
            let last = document.row as usize;
            let rows = std::mem::replace(&mut next_row, last + 1)..=last;
            if rows.clone().count() < 2 {
                continue;
            }
            let known = rows.filter(|&row| is_same(row, last)).filter_map(|row| {
                let known = day("posted_on", row).or_else(|| day("issued_on", row))?;
                known_on
                    .is_none_or(|known_on| known <= known_on)
                    .then(|| (known, day("due_on", row)))
            });
            let known: Vec<(Day, Option<Day>)> = known.collect();
            if known.iter().any(|(_, due_on)| *due_on != document.due_on) {
                versions.insert(DocumentIx(at as u32), known);
            }
        }
        DueDates { versions }
    }

    /// Tells whether no due day was ever changed.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Tells whether the due day of a document was ever changed.
    #[inline]
    pub(in crate::metrics) fn has_several(&self, document: DocumentIx) -> bool {
        !self.versions.is_empty() && self.versions.contains_key(&document)
    }

    /// Returns the due days of a document.
    #[inline]
    pub(super) fn of_document(&self, history: &DocumentHistory<'_>) -> DueDays<'_> {
        let one = DueDays::One(history.document.due_on);
        if self.versions.is_empty() {
            return one;
        }
        let versions = self.versions.get(&history.ix);
        versions.map_or(one, |versions| DueDays::Versions(versions))
    }

    /// Returns the due day of a document that was in force at the end of a day; before its first version was known, that of the first.
    pub fn on(&self, history: &DocumentHistory<'_>, day: Day) -> Option<Day> {
        self.of_document(history).on(day)
    }
}

/// The due days of one document.
#[derive(Clone, Copy, Debug)]
pub(super) enum DueDays<'a> {
    /// It has, or lacks, one that was never changed.
    One(Option<Day>),
    /// First day known and due day of each version, in order.
    Versions(&'a [(Day, Option<Day>)]),
}

impl DueDays<'_> {
    /// Returns the one in force at the end of a day; before the first version was known, that of the first.
    pub fn on(self, day: Day) -> Option<Day> {
        match self {
            DueDays::One(due_on) => due_on,
            DueDays::Versions(versions) => {
                let in_force = versions.iter().rev().find(|(known, _)| *known <= day);
                in_force.or(versions.first()).and_then(|(_, due_on)| *due_on)
            }
        }
    }
}
