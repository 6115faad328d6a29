//! Counting contacted claims and uncontacted days, customer by customer.

use std::ops::Range;

use crate::calendar::{AsOf, Day};
use crate::decide::DecideError;
use crate::decide::worklist::WorklistPolicy;
use crate::forecast::Attributes;
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Nature};
use crate::metrics::base_currency::Converter;
use crate::money::Total;

/// Groups of customers that are left out in turn for the error.
pub(super) const GROUPS: usize = 20;
/// Days past due after which age no longer counts.
const OLDEST: i32 = 400;
/// Earlier claims from which a payer is known.
const MIN_EARLIER: usize = 3;
/// Sizes: thirds of the claims. Payers: unknown, seldom late, often late.
const SIZES: usize = 3;
const PAYERS: usize = 3;

/// Counts of contacted claims and uncontacted days of one age, size and payer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    pub n_contacted: u64,
    pub n_paid: u64,
    pub n_free_days: u64,
    pub n_free_paid: u64,
}

/// Cells by size, payer and age in days, from the first day on which a contact is considered.
pub(super) type Cells = Vec<Cell>;

/// What every customer is measured by.
pub(super) struct Study<'a> {
    ledger: &'a Ledger,
    pub as_of: AsOf,
    converter: &'a Converter,
    pub policy: &'a WorklistPolicy,
    attributes: Attributes<'a>,
    /// Upper ends of the lower two thirds of the claims.
    size_edges: [Total; SIZES - 1],
}

/// One claim with what became of it.
struct Claim {
    issued_on: Day,
    due_on: Day,
    settled_on: Option<Day>,
    in_cash: bool,
    size: usize,
    payer: usize,
}

impl<'a> Study<'a> {
    pub fn new(
        ledger: &'a Ledger,
        as_of: AsOf,
        converter: &'a Converter,
        policy: &'a WorklistPolicy,
    ) -> Result<Study<'a>, DecideError> {
        let mut study = Study {
            ledger,
            as_of,
            converter,
            policy,
            attributes: Attributes::on(ledger, as_of),
            size_edges: [Total::ZERO; SIZES - 1],
        };
        let mut amounts = Vec::new();
        for customer in ledger.customers() {
            for item in study.claims(customer) {
                amounts.push(converter.convert(item.document.currency, item.document.amount.into())?);
            }
        }
        amounts.sort_unstable();
        if !amounts.is_empty() {
            study.size_edges = std::array::from_fn(|third| amounts[(third + 1) * (amounts.len() - 1) / SIZES]);
        }
        Ok(study)
    }

    pub fn n_cells(&self) -> usize {
        SIZES * PAYERS * self.n_ages()
    }

    pub fn n_ages(&self) -> usize {
        (self.policy.action_window_days + OLDEST + 1) as usize
    }

    fn first_day(&self) -> Day {
        self.as_of.0 - self.policy.uplift.history_days
    }

    /// Returns the claims with a due day that were open in the time that counts and never disputed.
    fn claims(&self, customer: CustomerIx) -> impl Iterator<Item = DocumentHistory<'a>> {
        let day = self.as_of.0;
        let history = CustomerHistory::of(self.ledger, customer, Some(day));
        let disputes = history.disputes;
        let disputed_all = disputes
            .iter()
            .any(|dispute| dispute.known_on <= day && dispute.document.is_none());
        history.documents().filter(move |item| {
            let is_disputed = disputes
                .iter()
                .any(|dispute| dispute.known_on <= day && dispute.document == Some(item.ix));
            let is_claim = item.document.is_claim() && item.document.due_on.is_some();
            is_claim && item.document.issued_on <= day && !is_disputed && !disputed_all
        })
    }

    pub fn add(&self, customer: CustomerIx, cells: &mut Cells) {
        let day = self.as_of.0;
        let contacts = self.ledger.contacts().of(customer).iter();
        let contacts: Vec<Day> = contacts
            .filter(|contact| contact.contacted_on <= day && contact.known_on <= day && contact.outbound != Some(false))
            .map(|contact| contact.contacted_on)
            .collect();
        let hold_out_by = &self.policy.uplift.hold_out_by;
        let is_held_out = (!hold_out_by.is_empty())
            .then(|| self.attributes.written(customer, hold_out_by).as_deref() == Some("true"));
        let until = self.contactable_until(customer);
        for claim in self.with_payers(customer) {
            if is_held_out != Some(true) {
                self.add_contacted(&claim, &contacts, cells);
            }
            if is_held_out != Some(false) {
                self.add_free(&claim, &contacts, until, cells);
            }
        }
    }

    /// Returns the claims by due day, each with what was known of the payer when it fell due.
    fn with_payers(&self, customer: CustomerIx) -> Vec<Claim> {
        let until = self.as_of.0;
        let mut claims: Vec<Claim> = self
            .claims(customer)
            .filter_map(|item| {
                let settled_on = item.settled_on(until);
                let last = item.postings().filter(|posting| settled_on == Some(posting.on)).last();
                let amount = self
                    .converter
                    .convert(item.document.currency, item.document.amount.into());
                Some(Claim {
                    issued_on: item.document.issued_on,
                    due_on: item.document.due_on?,
                    settled_on,
                    in_cash: last.is_some_and(|posting| posting.money == Nature::Cash),
                    size: self
                        .size_edges
                        .iter()
                        .filter(|edge| amount.as_ref().is_ok_and(|amount| amount > edge))
                        .count(),
                    payer: 0,
                })
            })
            .collect();
        claims.sort_by_key(|claim| claim.due_on);
        // A claim is judged when it can be told whether it was late; those judged before another fell due say how its payer was known.
        let patience = self.policy.late_share.days_late;
        let (mut judged, mut n_late) = (0, 0);
        for at in 0..claims.len() {
            while claims[judged].due_on + patience < claims[at].due_on {
                let limit = claims[judged].due_on + patience;
                n_late += usize::from(claims[judged].settled_on.is_none_or(|settled_on| settled_on > limit));
                judged += 1;
            }
            claims[at].payer = match judged {
                few if few < MIN_EARLIER => 0,
                n if n_late * 5 <= n => 1,
                _ => 2,
            };
        }
        claims
    }

    fn add_contacted(&self, claim: &Claim, contacts: &[Day], cells: &mut Cells) {
        let window = self.policy.action_window_days;
        let first = claim.issued_on.max(self.first_day() + 1);
        let last = (self.as_of.0 - window).min(claim.settled_on.map_or(self.as_of.0, |settled_on| settled_on - 1));
        let from = contacts.partition_point(|contacted_on| *contacted_on < first);
        for &contacted_on in contacts[from..]
            .iter()
            .take_while(|contacted_on| **contacted_on <= last)
        {
            if let Some(cell) = self.cell(claim, contacted_on) {
                let settled = claim.settled_on.filter(|_| claim.in_cash);
                cells[cell].n_contacted += 1;
                cells[cell].n_paid += u64::from(settled.is_some_and(|settled_on| settled_on <= contacted_on + window));
            }
        }
    }

    /// Returns the first day on which the customer was not to be contacted any more: bankrupt, in litigation, or by its own wish.
    fn contactable_until(&self, customer: CustomerIx) -> Day {
        let status = self.attributes.text(customer, "status");
        let since = self.attributes.day(customer, "status_on");
        match (status, since) {
            (None | Some("active"), _) => self.as_of.0,
            (Some(_), Some(since)) => since,
            (Some(_), None) => Day::EARLIEST,
        }
    }

    fn add_free(&self, claim: &Claim, contacts: &[Day], until: Day, cells: &mut Cells) {
        let window = self.policy.action_window_days;
        let first = claim.issued_on.max(claim.due_on - window).max(self.first_day());
        let end = claim.settled_on.unwrap_or(self.as_of.0).min(until);
        let mut next_contact = 0;
        for offset in 0..(end - first).max(0) {
            let day = first + offset;
            while next_contact < contacts.len() && contacts[next_contact] <= day {
                next_contact += 1;
            }
            let is_free = next_contact == 0 || day - contacts[next_contact - 1] >= window;
            if let Some(cell) = self.cell(claim, day).filter(|_| is_free) {
                cells[cell].n_free_days += 1;
                cells[cell].n_free_paid += u64::from(claim.in_cash && claim.settled_on == Some(day + 1));
            }
        }
    }

    /// Returns the cell of a claim on a day, `None` where no contact is considered yet.
    fn cell(&self, claim: &Claim, day: Day) -> Option<usize> {
        let age = usize::try_from(day - claim.due_on + self.policy.action_window_days).ok()?;
        let last = self.n_ages() - 1;
        Some((claim.size * PAYERS + claim.payer) * self.n_ages() + age.min(last))
    }

    /// Returns the ages of a band of the response.
    pub fn ages(&self, band: usize) -> Range<usize> {
        let bands = &self.policy.response.bands;
        let after = |last: Option<i32>| {
            let last = last.map_or(OLDEST, |last| last.min(OLDEST));
            (last + self.policy.action_window_days + 1).max(0) as usize
        };
        let start = band.checked_sub(1).map_or(0, |before| after(bands[before].up_to_days));
        start..after(bands[band].up_to_days).max(start)
    }
}

/// Adds the counts of other customers.
pub(super) fn add(sums: &mut Cells, other: &Cells) {
    for (sum, other) in sums.iter_mut().zip(other) {
        sum.n_contacted += other.n_contacted;
        sum.n_paid += other.n_paid;
        sum.n_free_days += other.n_free_days;
        sum.n_free_paid += other.n_free_paid;
    }
}
