//! What fell due: how much of it was late, and how much of its money came in.

use crate::calendar::{AsOf, Day};
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::Nature;
use crate::metrics::ByGroup;
use crate::money::Total;

/// Adds up the claims that fell due between two days, by group.
#[derive(Clone, Debug)]
pub struct FallenDueByGroup<'a> {
    groups: &'a Groups,
    as_of: AsOf,
    from: Day,
    to: Day,
    within_days: i32,
    sums: ByGroup<FallenDue>,
}

/// Claims that fell due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FallenDue {
    /// Claims above zero that fell due.
    pub n_due: u64,
    /// Those of which something was open at the end of the due day.
    pub n_late: u64,
    /// Claims whose days for coming in were over on the as-of day.
    pub n_matured: u64,
    /// Their amounts.
    pub matured: Total,
    /// Cash applied to them by the last of those days, reversed cash taken off.
    pub collected: Total,
}

impl<'a> FallenDueByGroup<'a> {
    /// Starts from nothing; both days count, and money counts until `within_days` after the due day.
    pub fn new(groups: &'a Groups, as_of: AsOf, from: Day, to: Day, within_days: i32) -> FallenDueByGroup<'a> {
        FallenDueByGroup {
            groups,
            as_of,
            from,
            to: to.min(as_of.0),
            within_days,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<FallenDue> {
        &self.sums
    }
}

impl Accumulator for FallenDueByGroup<'_> {
    /// Adds one customer's claims.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        for history in customer.documents() {
            let document = history.document;
            let Some(due_on) = document.due_on.filter(|due_on| (self.from..=self.to).contains(due_on)) else {
                continue;
            };
            let amount = Total::from(document.amount);
            if !document.is_claim() || amount.is_zero() || document.issued_on > self.as_of.0 {
                continue;
            }
            let sums = self.sums.at(
                self.groups.of_document(history.ix, history.document),
                FallenDue::default,
            );
            sums.n_due += 1;
            // What was issued after its due day is judged on its first day.
            let judged_on = due_on.max(document.issued_on);
            sums.n_late += u64::from(history.open_on(judged_on) > Total::ZERO);
            let last_day = due_on + self.within_days;
            if last_day > self.as_of.0 {
                continue;
            }
            sums.n_matured += 1;
            sums.matured += amount;
            let in_time = history.postings().take_while(|posting| posting.on <= last_day);
            for posting in in_time.filter(|posting| posting.money == Nature::Cash) {
                sums.collected -= posting.delta;
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| {
            own.n_due += more.n_due;
            own.n_late += more.n_late;
            own.n_matured += more.n_matured;
            own.matured += more.matured;
            own.collected += more.collected;
        });
    }
}
