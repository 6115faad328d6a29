//! What the ageing adds up for one group.

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

    pub(super) fn add(&mut self, other: &AgingSums) {
        self.not_due += other.not_due;
        for (own, more) in self.past_due.iter_mut().zip(&other.past_due) {
            *own += *more;
        }
        self.no_due_date += other.no_due_date;
        self.disputed += other.disputed;
        self.carved_out += other.carved_out;
        self.unapplied_cash += other.unapplied_cash;
        self.unapplied_credits += other.unapplied_credits;
        self.n_open_items += other.n_open_items;
    }
}
