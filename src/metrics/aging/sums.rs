//! What the ageing adds up for one group.

use super::AgingDisputes;
use crate::metrics::sums;
use crate::money::Total;

/// Sums of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgingSums {
    /// Claims not past due.
    pub not_due: Total,
    /// Claims past due, one entry per bucket.
    pub past_due: Vec<Total>,
    /// Claims without the day that age is counted from.
    pub no_due_date: Total,
    /// Part of the claims that is in dispute; inside the buckets.
    pub disputed: Total,
    /// Disputed claims that were carved out of the buckets; zero in the other views.
    pub carved_out: Total,
    /// Cash on no claim, and what was applied to claims beyond their amounts; positive.
    pub unapplied_cash: Total,
    /// Open credit notes and credits on no claim; positive.
    pub unapplied_credits: Total,
    /// Documents with something open.
    pub n_open_items: u64,
}

/// Where a claim stands among the sums of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    NotDue,
    PastDue(usize),
    NoDueDate,
}

impl AgingSums {
    /// Returns sums of nothing.
    pub fn empty(n_buckets: usize) -> AgingSums {
        AgingSums {
            past_due: vec![Total::ZERO; n_buckets],
            ..AgingSums::default()
        }
    }

    /// Returns everything past due.
    pub fn overdue(&self) -> Total {
        self.past_due.iter().copied().sum()
    }

    /// Returns what the ledger says is owed: the balance of all documents and unapplied items.
    pub fn control(&self) -> Total {
        self.not_due + self.overdue() + self.no_due_date + self.carved_out
            - self.unapplied_cash
            - self.unapplied_credits
    }

    pub(super) fn slot(&mut self, slot: Slot) -> &mut Total {
        match slot {
            Slot::NotDue => &mut self.not_due,
            Slot::PastDue(bucket) => &mut self.past_due[bucket],
            Slot::NoDueDate => &mut self.no_due_date,
        }
    }

    /// Returns the sum of claims at a place of [`super::AgingScheme::place`].
    #[inline]
    pub(in crate::metrics) fn at_place(&mut self, place: usize) -> &mut Total {
        match place.checked_sub(1) {
            None => &mut self.not_due,
            Some(bucket) if bucket < self.past_due.len() => &mut self.past_due[bucket],
            Some(_) => &mut self.no_due_date,
        }
    }

    /// Adds cash or a credit on no claim, given as a positive amount, to its column.
    pub(in crate::metrics) fn add_unapplied(&mut self, amount: Total, is_credit: bool) {
        if is_credit {
            self.unapplied_credits += amount;
        } else {
            self.unapplied_cash += amount;
        }
    }

    /// Takes the disputed part of a claim that stands in a slot to where the view of disputes wants it.
    pub(super) fn dispute(&mut self, view: AgingDisputes, slot: Slot, disputed: Total) {
        *self.slot(slot) -= disputed;
        match view.place(slot) {
            Some(place) => {
                self.disputed += disputed;
                *self.slot(place) += disputed;
            }
            None => self.carved_out += disputed,
        }
    }
}

impl AgingDisputes {
    /// Returns where the disputed part of a claim stands; `None` where it is carved out.
    pub(super) fn place(self, slot: Slot) -> Option<Slot> {
        match (self, slot) {
            (AgingDisputes::Net, _) => None,
            (AgingDisputes::AsLate, Slot::NotDue | Slot::NoDueDate) => Some(Slot::PastDue(0)),
            _ => Some(slot),
        }
    }
}

sums!(AgingSums {
    not_due,
    past_due,
    no_due_date,
    disputed,
    carved_out,
    unapplied_cash,
    unapplied_credits,
    n_open_items,
});
