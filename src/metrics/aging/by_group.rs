//! One pass over the documents: each where it stands on the day, then what is unapplied.

use super::disputed::{DisputedInvoice, OpenDisputes};
use super::sums::Slot;
use super::{AgingBasis, AgingCredits, AgingDisputes, AgingScheme, AgingSums};
use crate::calendar::{AsOf, Day};
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::Reads;
use crate::metrics::{ByGroup, Sums};
use crate::money::Total;

/// Adds up the ageing of one day by group.
#[derive(Clone, Debug)]
pub struct AgingByGroup<'a> {
    groups: &'a Groups,
    as_of: AsOf,
    known_on: Option<Day>,
    scheme: &'a AgingScheme,
    basis: AgingBasis,
    credits: AgingCredits,
    disputes: AgingDisputes,
    sums: ByGroup<AgingSums>,
    open_disputes: OpenDisputes,
    claims: Vec<Claim>,
    unapplied: Vec<Unapplied>,
}

/// An open claim that credits may be set against: group, the day its age is counted from, where it stands, what is open.
type Claim = (usize, Option<Day>, Slot, Total);

/// Cash or a credit on no claim, one entry a receipt line: group, line, its first day, what is open, whether it is a credit.
type Unapplied = (usize, u32, Day, Total, bool);

impl<'a> AgingByGroup<'a> {
    /// Starts from nothing.
    pub fn new(
        groups: &'a Groups,
        as_of: AsOf,
        known_on: Option<Day>,
        scheme: &'a AgingScheme,
        basis: AgingBasis,
    ) -> AgingByGroup<'a> {
        AgingByGroup {
            groups,
            as_of,
            known_on,
            scheme,
            basis,
            credits: AgingCredits::default(),
            disputes: AgingDisputes::default(),
            sums: ByGroup::default(),
            open_disputes: OpenDisputes::default(),
            claims: Vec::new(),
            unapplied: Vec::new(),
        }
    }

    /// Takes other views of credits and disputes than the default ones.
    pub fn with_views(self, credits: AgingCredits, disputes: AgingDisputes) -> AgingByGroup<'a> {
        AgingByGroup {
            credits,
            disputes,
            ..self
        }
    }

    /// Adds an open claim to its bucket, its disputed part as the view of disputes says.
    fn add_claim(&mut self, group: usize, from: Option<Day>, open: Total, disputed: Total) {
        let slot = self.scheme.slot(from, self.as_of);
        let sums = self.sums.at(group, || AgingSums::empty(self.scheme.n_buckets()));
        *sums.slot(slot) += open;
        sums.dispute(self.disputes, slot, disputed);
        if self.credits == AgingCredits::Fifo {
            let apart = self.disputes.place(slot).filter(|place| *place != slot);
            let rest = match self.disputes.place(slot) {
                Some(place) if place == slot => open,
                _ => open - disputed,
            };
            let parts = [apart.map(|place| (place, disputed)), Some((slot, rest))];
            let parts = parts.into_iter().flatten().filter(|(_, money)| !money.is_zero());
            self.claims
                .extend(parts.map(|(slot, money)| (group, from, slot, money)));
        }
    }

    /// Adds cash or a credit on no claim, given as a positive amount, to its column or to the bucket of its own day.
    fn add_unapplied(&mut self, group: usize, from: Day, amount: Total, is_credit: bool) {
        let sums = self.sums.at(group, || AgingSums::empty(self.scheme.n_buckets()));
        match self.credits {
            AgingCredits::OwnDate => *sums.slot(self.scheme.slot(Some(from), self.as_of)) -= amount,
            _ => sums.add_unapplied(amount, is_credit),
        }
    }

    /// Sets what is unapplied against the open claims of its group, the oldest first, cash before credits.
    fn offset_oldest_first(&mut self) {
        // Claims without a day come last; claims of one day keep their order.
        self.claims
            .sort_by_key(|&(group, from, ..)| (group, from.is_none(), from));
        let mut at = 0;
        while let Some(&(group, ..)) = self.claims.get(at) {
            let sums = self.sums.at(group, || AgingSums::empty(self.scheme.n_buckets()));
            // What this customer has waiting in the group, not what others have there; a debit sets nothing off.
            let waiting = |is_credit: bool| {
                let own = self
                    .unapplied
                    .iter()
                    .filter(|entry| entry.0 == group && entry.4 == is_credit);
                own.map(|entry| entry.3).sum::<Total>().max(Total::ZERO)
            };
            let (mut cash, mut credits) = (waiting(false), waiting(true));
            while let Some(&(_, _, slot, open)) = self.claims.get(at).filter(|claim| claim.0 == group) {
                let by_cash = open.min(cash);
                let by_credits = (open - by_cash).min(credits);
                *sums.slot(slot) -= by_cash + by_credits;
                sums.unapplied_cash -= by_cash;
                sums.unapplied_credits -= by_credits;
                cash -= by_cash;
                credits -= by_credits;
                at += 1;
            }
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<AgingSums> {
        &self.sums
    }
}

impl Accumulator for AgingByGroup<'_> {
    /// Adds one customer: each document where it stands on the day, then the unapplied items.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let n_buckets = self.scheme.n_buckets();
        self.open_disputes.find(customer, self.as_of.0, self.known_on);
        self.claims.clear();
        self.unapplied.clear();
        let mut disputed = DisputedInvoice::default();
        for history in customer.documents() {
            let (document, open) = (history.document, history.open_on(self.as_of.0));
            disputed.reach(&history, self.open_disputes.all());
            if open.is_zero() {
                continue;
            }
            let group = self.groups.of_document(history.ix, history.document);
            self.sums.at(group, || AgingSums::empty(n_buckets)).n_open_items += 1;
            let from = self.basis.day_of(document);
            if document.is_claim() && open > Total::ZERO {
                let disputed = disputed.take(open);
                self.add_claim(group, from, open, disputed);
            } else {
                let entry = (
                    group,
                    u32::MAX,
                    from.unwrap_or(document.issued_on),
                    Total::ZERO - open,
                    !document.is_claim(),
                );
                self.unapplied.push(entry);
            }
        }
        let first_line = self.unapplied.len();
        for posting in customer.unapplied().filter(|posting| posting.on <= self.as_of.0) {
            let group = self
                .groups
                .of_unapplied(customer.customer, posting.currency, posting.entity);
            let is_credit = posting.is_credit();
            let entry = (
                group,
                posting.row,
                posting.on,
                Total::ZERO - posting.delta.into(),
                is_credit,
            );
            self.unapplied.push(entry);
        }
        // Money that waited and was applied since adds up to nothing: one entry a line, from its first day.
        self.unapplied[first_line..].sort_unstable_by_key(|&(group, row, on, ..)| (group, row, on));
        self.unapplied.dedup_by(|later, earlier| {
            let is_same_line = later.1 != u32::MAX && (later.0, later.1) == (earlier.0, earlier.1);
            if is_same_line {
                earlier.3 += later.3;
            }
            is_same_line
        });
        for at in 0..self.unapplied.len() {
            let (group, _, from, amount, is_credit) = self.unapplied[at];
            self.add_unapplied(group, from, amount, is_credit);
        }
        if self.credits == AgingCredits::Fifo && !self.unapplied.is_empty() {
            self.offset_oldest_first();
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }

    fn reads(&self) -> Reads {
        self.basis
            .reads()
            .and(self.groups.reads())
            .and(Reads::UNAPPLIED)
            .and(OpenDisputes::READS)
    }
}
