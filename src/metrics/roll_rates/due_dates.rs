//! Which due day was in force when: invoices whose due day was changed by a later version.

use crate::calendar::Day;
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ledger::{DueDay, Ledger, Reads};

/// Which due day a claim is judged by at a month end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollDueDates {
    /// The one that was in force then: that of the last version posted by the month end. A change in between is `re_aged`.
    #[default]
    InForce,
    /// The last one, also before it was agreed: what the ageing of an earlier day says today. Nothing is `re_aged`.
    Latest,
}

/// How the due day of a claim is found that was in force on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueDates {
    has_changes: bool,
    known_on: Option<Day>,
}

/// The due days of one claim.
#[derive(Clone, Copy, Debug)]
pub(super) struct DueDays<'a> {
    latest: Option<Day>,
    // Empty where none was ever changed.
    versions: &'a [DueDay],
    known_on: Option<Day>,
}

impl DueDates {
    /// Settles how due days are found in a ledger; `known_on` leaves out versions posted after that day.
    pub fn of(ledger: &Ledger, known_on: Option<Day>, rule: RollDueDates) -> DueDates {
        // The last version is the document.
        let is_changed = |versions: &[DueDay]| {
            let latest = versions.last().and_then(|last| last.due_on);
            let mut known = versions.iter().filter(|version| is_known(version, known_on));
            known.any(|version| version.due_on != latest)
        };
        let has_changed = |all: &[DueDay]| all.chunk_by(|a, b| a.document == b.document).any(is_changed);
        DueDates {
            has_changes: rule == RollDueDates::InForce && ledger.any_due_days(has_changed),
            known_on,
        }
    }

    /// Tells whether any due day was changed.
    pub fn has_changes(&self) -> bool {
        self.has_changes
    }

    /// Says what it looks at, beyond what every pass reads.
    pub fn reads(&self) -> Reads {
        match self.has_changes {
            true => Reads::DUE_DAYS,
            false => Reads::BALANCES,
        }
    }

    /// Tells whether the due day of a claim was ever changed.
    #[inline]
    pub(in crate::metrics) fn has_several(&self, customer: &CustomerHistory<'_>, claim: &DocumentHistory<'_>) -> bool {
        !self.of_claim(customer, claim).versions.is_empty()
    }

    /// Returns the due days of one of a customer's claims.
    #[inline]
    pub(super) fn of_claim<'a>(&self, customer: &CustomerHistory<'a>, claim: &DocumentHistory<'_>) -> DueDays<'a> {
        let of_customer = match self.has_changes {
            true => customer.due_days,
            false => &[],
        };
        DueDays {
            latest: claim.document.due_on,
            versions: match of_customer {
                [] => of_customer,
                versions => {
                    let from = versions.partition_point(|version| version.document < claim.ix);
                    let n = versions[from..].partition_point(|version| version.document == claim.ix);
                    &versions[from..from + n]
                }
            },
            known_on: self.known_on,
        }
    }
}

impl DueDays<'_> {
    /// Tells whether there is but one.
    #[inline]
    pub fn is_one(&self) -> bool {
        self.versions.is_empty()
    }

    /// Returns the one in force at the end of a day; before the first version was known, that of the first.
    #[inline]
    pub fn on(&self, day: Day) -> Option<Day> {
        if self.versions.is_empty() {
            return self.latest;
        }
        let mut known = self.versions.iter().filter(|version| is_known(version, self.known_on));
        let in_force = known.clone().rev().find(|version| version.known_on <= day);
        in_force.or(known.next()).map_or(self.latest, |version| version.due_on)
    }
}

fn is_known(version: &DueDay, known_on: Option<Day>) -> bool {
    known_on.is_none_or(|day| version.known_on <= day)
}
