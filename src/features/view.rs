//! One customer as seen at the end of one day of a panel after another: earlier claims, open items, payments.
//!
//! A day starts from where the day before ended and adds what it sees first, so that a panel of many days reads each fact once.

use super::days::Days;
use super::sorted::Sorted;
use super::timeline::{Change, Claim, NEVER, Sights, Timeline};
use super::{CheckedLabelParams, Unit};
use crate::calendar::Day;
use crate::history::CustomerHistory;
use crate::ids::DocumentIx;
use crate::money::{Amount, Currency, Total};

/// Days late beyond these bounds say no more about habits.
const DAYS_LATE_BOUNDS: (i32, i32) = (-60, 120);

/// Delays of claims, of which some are not settled yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Delays {
    settled: Sorted<i32>,
    n_never: usize,
}

impl Delays {
    pub fn clear(&mut self) {
        self.settled.clear();
        self.n_never = 0;
    }

    /// Adds a delay that counts from the next [`Delays::sort`].
    pub fn push(&mut self, delay: i32) {
        match delay {
            NEVER => self.n_never += 1,
            delay => self.settled.push(delay),
        }
    }

    fn remove(&mut self, delay: i32) {
        match delay {
            NEVER => self.n_never -= 1,
            delay => self.settled.remove(&delay),
        }
    }

    pub fn sort(&mut self) {
        self.settled.sort();
    }

    pub fn len(&self) -> usize {
        self.settled.values().len() + self.n_never
    }

    /// Returns the number of claims settled later than `days` after due, those that are not settled among them.
    pub fn after(&self, days: i32) -> usize {
        self.len() - self.settled.values().partition_point(|delay| *delay <= days)
    }
}

/// A customer at the end of a day.
#[derive(Debug)]
pub(super) struct View<'a> {
    days: &'a Days,
    params: &'a CheckedLabelParams,
    timeline: Timeline,
    day: Day,
    day_before: Option<Day>,
    sees_back_to: Option<Day>,
    // How many of the timeline's changes, of its changes of unapplied items and of its payment days have been seen.
    n_changes: usize,
    n_unapplied: usize,
    n_paid: usize,
    // How many claims, in order of due days, are due for `days_late` days or more, seen or not.
    n_matured: usize,
    unapplied: Vec<(Currency, Total)>,
    open: Sorted<u32>,
    // The day and the days late, within bounds, of every claim that is settled.
    settled: Sorted<(Day, i32)>,
    // The issue day and the position of every claim.
    issued: Sorted<(Day, u32)>,
    paid: Sorted<Day>,
    // Due days of settled claims, in a panel of invoices.
    settled_dues: Sorted<Day>,
    /// What the days so far saw.
    pub sights: Sights,
    /// Delays of the claims whose fate is known: they are due for `days_late` days or more.
    pub delays: Delays,
    /// Sum of the days late of settled claims, each within bounds.
    pub days_late: i64,
    /// Number of claims that were given up.
    pub n_given_up: usize,
    /// Amounts of claims by currency, in a panel of invoices.
    pub amounts: Sorted<(Currency, Amount)>,
}

impl<'a> View<'a> {
    /// Starts a view whose buffers serve one customer after another.
    pub fn new(days: &'a Days, params: &'a CheckedLabelParams) -> View<'a> {
        View {
            days,
            params,
            timeline: Timeline::default(),
            day: Day::EARLIEST,
            day_before: None,
            sees_back_to: None,
            n_changes: 0,
            n_unapplied: 0,
            n_paid: 0,
            n_matured: 0,
            unapplied: Vec::new(),
            open: Sorted::default(),
            settled: Sorted::default(),
            issued: Sorted::default(),
            paid: Sorted::default(),
            settled_dues: Sorted::default(),
            sights: Sights::default(),
            delays: Delays::default(),
            days_late: 0,
            n_given_up: 0,
            amounts: Sorted::default(),
        }
    }

    /// Turns to a customer before the first day; `customer` must not be limited to what was known on some day.
    pub fn start(&mut self, customer: &CustomerHistory<'_>) {
        self.timeline.read(customer, self.days, self.params);
        self.reset();
    }

    /// Turns to a customer of whom nothing is known.
    pub fn start_unknown(&mut self) {
        self.timeline.clear(self.days);
        self.reset();
    }

    /// Adds a claim that the ledger does not have, as if it had been issued by the end of the last day.
    pub fn add(&mut self, candidate: Claim) {
        self.timeline.add(candidate);
    }

    /// Supposes that an open claim is paid in full on the last day.
    pub fn pay(&mut self, document: DocumentIx) {
        if let Some(day) = self.days.all().last() {
            self.timeline.pay(document, day.0);
        }
    }

    fn reset(&mut self) {
        (self.n_changes, self.n_unapplied, self.n_paid, self.n_matured) = (0, 0, 0, 0);
        self.unapplied.clear();
        self.open.clear();
        self.settled.clear();
        self.issued.clear();
        self.paid.clear();
        self.settled_dues.clear();
        self.sights = Sights::default();
        self.delays.clear();
        self.days_late = 0;
        self.n_given_up = 0;
        self.amounts.clear();
    }

    /// Goes on to the end of the next day of the panel, `at` being its position.
    pub fn go_on(&mut self, at: usize) {
        self.day_before = at.checked_sub(1).map(|before| self.days.all()[before].0);
        self.day = self.days.all()[at].0;
        self.sees_back_to = self.timeline.sights[at].posted.map(|(first, _)| first);
        self.sights.add(&self.timeline.sights[at]);
        while let Some(&(_, currency, delta)) = self
            .timeline
            .unapplied
            .get(self.n_unapplied)
            .filter(|seen| seen.0 <= at)
        {
            self.n_unapplied += 1;
            match self.unapplied.iter_mut().find(|(known, _)| *known == currency) {
                Some((_, sum)) => *sum += delta,
                None => self.unapplied.push((currency, delta.into())),
            }
        }
        while let Some(&(_, on)) = self.timeline.paid.get(self.n_paid).filter(|seen| seen.0 <= at) {
            self.n_paid += 1;
            self.paid.push(on);
        }
        self.paid.sort();
        let n_changes = self.n_changes;
        while let Some(&change) = self
            .timeline
            .changes
            .get(self.n_changes)
            .filter(|change| change.at as usize <= at)
        {
            self.n_changes += 1;
            self.apply(change);
        }
        while let Some(claim) = self
            .timeline
            .claims
            .get(self.n_matured)
            .filter(|claim| claim.due + self.params.days_late <= self.day)
        {
            self.n_matured += 1;
            if claim.is_known {
                self.delays.push(claim.delay);
            }
        }
        self.delays.sort();
        if self.n_changes > n_changes {
            self.open.sort();
            let claims = &self.timeline.claims;
            self.open.retain(|&claim| claims[claim as usize].is_open());
            self.settled.sort();
            self.issued.sort();
            self.settled_dues.sort();
            self.amounts.sort();
        }
    }

    fn apply(&mut self, change: Change) {
        let position = change.claim as usize;
        let before = self.timeline.claims[position];
        let after = Claim {
            is_known: true,
            delay: change.delay,
            open: change.open,
            ..before
        };
        self.timeline.claims[position] = after;
        if !before.is_known {
            self.issued.push((after.issued, change.claim));
            if self.params.unit == Unit::Invoice {
                self.amounts.push((after.currency, after.amount));
            }
        }
        if position < self.n_matured {
            if before.is_known {
                self.delays.remove(before.delay);
            }
            self.delays.push(after.delay);
        }
        let is_of_invoices = self.params.unit == Unit::Invoice;
        if before.delay != NEVER {
            let (settled, days_late) = settlement(&before);
            self.settled.remove(&(settled, days_late));
            self.days_late -= i64::from(days_late);
            if is_of_invoices {
                self.settled_dues.remove(&before.due);
            }
        }
        if after.delay != NEVER {
            let (settled, days_late) = settlement(&after);
            self.settled.push((settled, days_late));
            self.days_late += i64::from(days_late);
            if is_of_invoices {
                self.settled_dues.push(after.due);
            }
        }
        self.n_given_up += usize::from(after.is_given_up());
        self.n_given_up -= usize::from(before.is_known && before.is_given_up());
        if after.is_open() && !before.is_open() {
            self.open.push(change.claim);
        }
    }

    /// Returns the panel's day before the day reached.
    pub fn day_before(&self) -> Option<Day> {
        self.day_before
    }

    /// Returns the earliest day from which a posting counts that the day reached was the first to see.
    pub fn sees_back_to(&self) -> Option<Day> {
        self.sees_back_to
    }

    /// Returns the claims that are neither settled nor given up, by due day.
    pub fn open(&self) -> impl Iterator<Item = &Claim> {
        self.open
            .values()
            .iter()
            .map(|&position| &self.timeline.claims[position as usize])
    }

    /// Returns the number of open claims due on a day.
    pub fn n_open_due_on(&self, due: Day) -> usize {
        let open = self.open.values();
        let due_of = |claim: &u32| self.timeline.claims[*claim as usize].due;
        open.partition_point(|claim| due_of(claim) <= due) - open.partition_point(|claim| due_of(claim) < due)
    }

    /// Returns the claims whose fate is known, by due day, the last first.
    pub fn matured(&self) -> impl Iterator<Item = &Claim> {
        let matured = self.timeline.claims[..self.n_matured].iter();
        matured.rev().filter(|claim| claim.is_known)
    }

    /// Returns the day and the days late, within bounds, of the claims settled so far, the last first.
    pub fn settled(&self) -> impl ExactSizeIterator<Item = (Day, i32)> {
        self.settled.values().iter().rev().copied()
    }

    /// Returns the claims issued in the days up to the day reached, the last first.
    pub fn issued_within(&self, days: i32) -> impl Iterator<Item = &Claim> {
        let first = self.day - days;
        let issued = self.issued.values().iter().rev();
        let issued = issued.take_while(move |(issued, _)| *issued > first);
        issued.map(|&(_, claim)| &self.timeline.claims[claim as usize])
    }

    /// Returns the customer's usual amount in a currency, the upper of two middle ones; `None` of fewer than two claims.
    pub fn usual_amount(&self, currency: Currency) -> Option<Amount> {
        let amounts = self.amounts.values();
        let from = amounts.partition_point(|(own, _)| *own < currency);
        let to = amounts.partition_point(|(own, _)| *own <= currency);
        let same = &amounts[from..to];
        let usual = same.get(same.len() / 2)?.1;
        (same.len() > 1 && usual > Amount::ZERO).then_some(usual)
    }

    /// Returns the number of claims.
    pub fn n_claims(&self) -> usize {
        self.issued.values().len()
    }

    /// Returns the days with a payment, in order.
    pub fn paid(&self) -> &[Day] {
        self.paid.values()
    }

    /// Returns how many claims due on a day, and how many due later, are settled already; in a panel of invoices.
    pub fn settled_around(&self, due: Day) -> (usize, usize) {
        let dues = self.settled_dues.values();
        let (from, to) = (
            dues.partition_point(|settled| *settled < due),
            dues.partition_point(|settled| *settled <= due),
        );
        (to - from, dues.len() - to)
    }

    /// Returns the unapplied cash and credits in a currency, positive where there are any.
    pub fn unapplied(&self, currency: Currency) -> Total {
        let of_currency = self.unapplied.iter().find(|(known, _)| *known == currency);
        of_currency.map_or(Total::ZERO, |(_, sum)| Total::ZERO - *sum)
    }
}

fn settlement(claim: &Claim) -> (Day, i32) {
    let days_late = claim.delay.clamp(DAYS_LATE_BOUNDS.0, DAYS_LATE_BOUNDS.1);
    (claim.due + claim.delay, days_late)
}
