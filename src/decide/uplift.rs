//! What a contact changes, measured from the contacts that were made.
//!
//! # Definition
//! Of the claims open on the day of a contact, the share that cash settled within the window after it, minus the share that would have been settled
//! without: 1 - product over the days of the window of 1 - h, where h is the share of uncontacted days, among claims of the same age in days, size and
//! payer, that were followed by settlement in cash; ages are taken together with the three days around them, or more where days are few. A day is uncontacted when nobody contacted the customer in the window up to it, so that a claim counts as uncontacted
//! until it is contacted, and not only if it never is. The mean over age, size and payer is weighted by contacted claims. Where an attribute
//! names a hold-out, uncontacted days come from its customers alone.
//!
//! The measured uplift of an age is shrunk to the declared one: weight = sd² / (sd² + error²), with `prior_sd` how far the declared table is held to be
//! wrong, and the error by leaving out each of twenty groups of customers in turn.
//! # Inputs
//! Contacts we made and claims with a due day that were never disputed, of customers who may be contacted, as known on the day, back to `history_days` before it; amounts in the base
//! currency.
//! # Edge cases
//! Fewer contacted claims than `min_items` in an age: the declared uplift stands. Ages, sizes and payers without enough uncontacted days are left out on both
//! sides. A contact counts for all of the customer's claims. A shrunk uplift below zero is zero: such a contact is not worth making.
//! # Source
//! Standardisation to the treated with time-varying exposure: Robins, Hernán, Brumback, Epidemiology 11, 2000, 550-560; grouped jackknife: Wolter,
//! Introduction to Variance Estimation, 2007, ch. 4; shrinkage: Efron and Morris, 1975.
//! # Example
//! 100 contacted claims, 40 paid in 14 days; of the uncontacted days at each of these ages 2 in 100 followed by payment: 0.40 - (1 - 0.98^14) = 0.154.

use std::ops::Range;

use rayon::prelude::*;

use super::DecideError;
use super::worklist::{Response, ResponseBand, WorklistPolicy};
use crate::calendar::{AsOf, Day};
use crate::forecast::{Attributes, Problems};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Nature};
use crate::metrics::base_currency::{BaseRates, Converter, currencies_known};
use crate::money::Total;
use crate::table::Table;

/// Groups of customers that are left out in turn for the error.
const GROUPS: usize = 20;
/// Uncontacted days that an age, with those around it, needs at least.
const MIN_FREE_DAYS: u64 = 100;
/// How many days around an age are taken with it, the first that has enough.
const AROUND: [usize; 5] = [3, 7, 14, 28, 56];
/// Days past due after which age no longer counts.
const OLDEST: i32 = 400;
/// Earlier claims from which a payer is known.
const MIN_EARLIER: usize = 3;
/// Sizes: thirds of the claims. Payers: unknown, seldom late, often late.
const SIZES: usize = 3;
const PAYERS: usize = 3;

/// Settings of the measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct UpliftParams {
    /// Days of contacts that count, back from the as-of day.
    pub history_days: i32,
    /// How far the declared uplift is held to be off, as a standard deviation.
    pub prior_sd: f64,
    /// Contacted claims of an age below which the declared uplift stands.
    pub min_items: usize,
    /// Customer attribute that is `true` for customers who are not contacted on purpose; empty: there is none.
    pub hold_out_by: String,
}

/// What contacts changed, by age of the claim.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredUplift {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Days after a contact in which payment counts.
    pub window_days: i32,
    /// One row per band of the declared table.
    pub bands: Vec<MeasuredBand>,
    hold_out: bool,
}

/// What contacts changed for claims of an age.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredBand {
    /// Last day past due; `None`: no end.
    pub up_to_days: Option<i32>,
    /// Contacted claims, each contact counted.
    pub n_contacted: u64,
    /// Share of them that cash settled in the window.
    pub paid_contacted: Option<f64>,
    /// Share that would have been, from uncontacted days of like claims.
    pub paid_uncontacted: Option<f64>,
    /// Uncontacted days that is taken from.
    pub n_free_days: u64,
    /// The difference and its standard error.
    pub measured: Option<(f64, f64)>,
    /// The declared uplift.
    pub declared: f64,
    /// The uplift to use.
    pub uplift: f64,
}

impl Default for UpliftParams {
    fn default() -> UpliftParams {
        UpliftParams {
            history_days: 730,
            prior_sd: 0.05,
            min_items: 50,
            hold_out_by: String::new(),
        }
    }
}

impl UpliftParams {
    pub(super) fn check(&self, problems: &mut Problems) {
        let days = self.history_days;
        problems.require((30..=3_650).contains(&days), "uplift.history_days", "30 to 3650", days);
        let sd = self.prior_sd;
        problems.require(sd > 0.0 && sd <= 1.0, "uplift.prior_sd", "above 0, at most 1", sd);
        problems.require(self.min_items >= 1, "uplift.min_items", "at least 1", self.min_items);
    }
}

/// Counts of contacted claims and uncontacted days of one age, size and payer.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    n_contacted: u64,
    n_paid: u64,
    n_free_days: u64,
    n_free_paid: u64,
}

/// Cells by size, payer and age in days, from the first day on which a contact is considered.
type Cells = Vec<Cell>;

/// Measures what contacts changed, as of a day, for the ages of the policy's response, to which the measurement is shrunk.
///
/// # Errors
/// Settings out of range, or several currencies without rates.
pub fn uplift(
    ledger: &Ledger,
    as_of: AsOf,
    rates: &BaseRates,
    policy: &WorklistPolicy,
) -> Result<MeasuredUplift, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    let converter = rates.on(as_of, &currencies_known(ledger, as_of))?;
    measure(ledger, as_of, &converter, policy)
}

pub(super) fn measure(
    ledger: &Ledger,
    as_of: AsOf,
    converter: &Converter,
    policy: &WorklistPolicy,
) -> Result<MeasuredUplift, DecideError> {
    let study = Study::new(ledger, as_of, converter, policy)?;
    let customers: Vec<CustomerIx> = ledger.customers().collect();
    let empty = || vec![vec![Cell::default(); study.n_cells()]; GROUPS];
    let groups = customers
        .par_iter()
        .fold(empty, |mut groups, &customer| {
            study.add(customer, &mut groups[customer.at() % GROUPS]);
            groups
        })
        .reduce(empty, |mut sums, other| {
            for (sums, other) in sums.iter_mut().zip(&other) {
                add(sums, other);
            }
            sums
        });
    Ok(study.finish(&groups))
}

fn add(sums: &mut Cells, other: &Cells) {
    for (sum, other) in sums.iter_mut().zip(other) {
        sum.n_contacted += other.n_contacted;
        sum.n_paid += other.n_paid;
        sum.n_free_days += other.n_free_days;
        sum.n_free_paid += other.n_free_paid;
    }
}

/// What every customer is measured by.
struct Study<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
    converter: &'a Converter,
    policy: &'a WorklistPolicy,
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
    fn new(
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

    fn n_cells(&self) -> usize {
        SIZES * PAYERS * self.n_ages()
    }

    fn n_ages(&self) -> usize {
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

    fn add(&self, customer: CustomerIx, cells: &mut Cells) {
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
    fn ages(&self, band: usize) -> Range<usize> {
        let bands = &self.policy.response.bands;
        let after = |last: Option<i32>| {
            let last = last.map_or(OLDEST, |last| last.min(OLDEST));
            (last + self.policy.action_window_days + 1).max(0) as usize
        };
        let start = band.checked_sub(1).map_or(0, |before| after(bands[before].up_to_days));
        start..after(bands[band].up_to_days).max(start)
    }

    fn finish(&self, groups: &[Cells]) -> MeasuredUplift {
        let without = |left_out: Option<usize>| {
            let mut sums = vec![Cell::default(); self.n_cells()];
            let kept = groups.iter().enumerate().filter(|(at, _)| Some(*at) != left_out);
            kept.for_each(|(_, cells)| add(&mut sums, cells));
            sums
        };
        let all = without(None);
        let parts: Vec<Cells> = (0..groups.len()).map(|at| without(Some(at))).collect();
        let window = self.policy.action_window_days;
        let bands = self.policy.response.bands.iter().enumerate().map(|(at, band)| {
            let own = |cells: &Cells| shares(cells, self.n_ages(), self.ages(at), window as usize);
            let whole = own(&all);
            let is_enough = whole.n_contacted >= self.policy.uplift.min_items as u64;
            let measured = whole.difference().filter(|_| is_enough).and_then(|difference| {
                let parts: Option<Vec<f64>> = parts.iter().map(|cells| own(cells).difference()).collect();
                Some((difference, jackknife_error(&parts?)))
            });
            let prior = self.policy.uplift.prior_sd.powi(2);
            let uplift = measured.map_or(band.uplift, |(difference, error)| {
                let weight = prior / (prior + error * error);
                (weight * difference + (1.0 - weight) * band.uplift).clamp(0.0, 1.0)
            });
            MeasuredBand {
                up_to_days: band.up_to_days,
                n_contacted: whole.n_contacted,
                paid_contacted: whole.paid.map(|(contacted, _)| contacted),
                paid_uncontacted: whole.paid.map(|(_, uncontacted)| uncontacted),
                n_free_days: whole.n_free_days,
                measured,
                declared: band.uplift,
                uplift,
            }
        });
        MeasuredUplift {
            as_of: self.as_of,
            window_days: window,
            bands: bands.collect(),
            hold_out: !self.policy.uplift.hold_out_by.is_empty(),
        }
    }
}

/// The shares paid with and without a contact, over cells of one age.
struct Shares {
    n_contacted: u64,
    n_free_days: u64,
    paid: Option<(f64, f64)>,
}

impl Shares {
    fn difference(&self) -> Option<f64> {
        self.paid.map(|(contacted, uncontacted)| contacted - uncontacted)
    }
}

/// Adds up the claims contacted at some ages, and what would have been paid of them.
fn shares(cells: &Cells, n_ages: usize, ages: Range<usize>, window: usize) -> Shares {
    let (mut n, mut paid, mut without, mut n_free_days) = (0, 0, 0.0, 0);
    for of_kind in cells.chunks(n_ages) {
        let mut is_used = false;
        for age in ages.clone().filter(|&age| of_kind[age].n_contacted > 0) {
            let days = (age..age + window).map(|day| paid_a_day(of_kind, day.min(n_ages - 1)));
            let Some(stays) = days
                .map(|share| share.map(|share| 1.0 - share))
                .product::<Option<f64>>()
            else {
                continue;
            };
            is_used = true;
            n += of_kind[age].n_contacted;
            paid += of_kind[age].n_paid;
            without += of_kind[age].n_contacted as f64 * (1.0 - stays);
        }
        if is_used {
            n_free_days += of_kind[ages.clone()].iter().map(|cell| cell.n_free_days).sum::<u64>();
        }
    }
    Shares {
        n_contacted: n,
        n_free_days,
        paid: (n > 0).then(|| (paid as f64 / n as f64, without / n as f64)),
    }
}

/// Returns the share of uncontacted days of an age that were followed by payment; `None` where there are too few days far and wide.
fn paid_a_day(cells: &[Cell], age: usize) -> Option<f64> {
    AROUND.into_iter().find_map(|around| {
        let near = &cells[age.saturating_sub(around)..(age + around + 1).min(cells.len())];
        let n: u64 = near.iter().map(|cell| cell.n_free_days).sum();
        let paid: u64 = near.iter().map(|cell| cell.n_free_paid).sum();
        (n >= MIN_FREE_DAYS).then(|| paid as f64 / n as f64)
    })
}

/// Returns the standard error from estimates that each leave out one group.
fn jackknife_error(parts: &[f64]) -> f64 {
    let n = parts.len() as f64;
    let mean = parts.iter().sum::<f64>() / n;
    let squares: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
    ((n - 1.0) / n * squares).sqrt()
}

impl MeasuredUplift {
    /// Returns the response to use, with where it comes from.
    pub fn response(&self) -> Response {
        let bands = self.bands.iter().map(|band| ResponseBand {
            up_to_days: band.up_to_days,
            uplift: band.uplift,
        });
        let measured = self.bands.iter().filter(|band| band.measured.is_some());
        let n: u64 = measured.clone().map(|band| band.n_contacted).sum();
        let free: u64 = measured.clone().map(|band| band.n_free_days).sum();
        let source = match measured.count() {
            0 => "declared, not measured".to_owned(),
            n_bands => format!(
                "measured for {n_bands} of {} ages from {n} contacted claims and {free} uncontacted days{}, shrunk to the declared table",
                self.bands.len(),
                if self.hold_out {
                    " of a hold-out"
                } else {
                    " of like claims"
                }
            ),
        };
        Response {
            bands: bands.collect(),
            source,
        }
    }

    /// Returns one row per age: what was declared, measured and is used.
    pub fn table(&self) -> Table {
        let bands = || self.bands.iter();
        Table::new("uplift")
            .int("up_to_days", bands().map(|band| band.up_to_days.map(i64::from)))
            .int("contacted", bands().map(|band| band.n_contacted as i64))
            .real("paid_contacted", bands().map(|band| band.paid_contacted))
            .real("paid_uncontacted", bands().map(|band| band.paid_uncontacted))
            .int("uncontacted_days", bands().map(|band| band.n_free_days as i64))
            .real(
                "measured",
                bands().map(|band| band.measured.map(|(difference, _)| difference)),
            )
            .real(
                "standard_error",
                bands().map(|band| band.measured.map(|(_, error)| error)),
            )
            .real("declared", bands().map(|band| band.declared))
            .real("uplift", bands().map(|band| band.uplift))
            .note("as_of", self.as_of)
            .note("window", format!("{} days after a contact", self.window_days))
            .note("uplift_source", self.response().source)
    }
}
