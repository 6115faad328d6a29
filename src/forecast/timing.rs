//! When an open item leaves the books, and how: a discrete-time hazard with competing exits.
//!
//! # Definition
//! The age of an item on a day is that day minus its due day. The hazard of an exit at an age is the share of what was open on the
//! evening before that left by that exit: cash, credited (credits, credit notes and discounts) or written off. Hazards are constant
//! inside a band of ages: days around the due day, then weeks, then months. A customer's hazard is shrunk to that of its segment, a
//! segment's to that of the portfolio, as if the customer had a few more items that behaved like the segment.
//! # Inputs
//! Documents and postings known on the as-of day. An item counts once, whatever its amount; a part payment is that part of an exit.
//! Items still open are censored on the as-of day; days before the history window count for nothing.
//! Where hardly any cash comes on Saturdays and Sundays, ages count working days: a due day or a payment at a weekend moves to Monday.
//! # Edge cases
//! Where the portfolio saw nothing at an age over 60 days, its hazard over all such ages stands in. Refunds and reversals reopen an
//! item and are no exit. An item without a due day is due its issue day plus declared days.
//! # Source
//! Discrete-time competing risks: Tutz and Schmid, Modeling Discrete Time-to-Event Data, 2016, chapter 8.
//! # Example
//! Ten items are open at the end of day 4 after the due day and two are paid on day 5: the hazard of cash at age 5 is 2 / 10.

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use statrs::function::gamma::ln_gamma;

use super::attributes::Attributes;
use super::settings::Problems;
use crate::calendar::{AsOf, Day};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ids::CustomerIx;
use crate::ledger::{Document, Ledger, Nature, Posting};
use crate::money::Total;

/// How an item leaves the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Paid.
    Cash,
    /// Credited or discounted.
    Credited,
    /// Given up.
    WrittenOff,
}

const N_EXITS: usize = 3;

/// Settings of the delay distributions.
#[derive(Clone, Debug, PartialEq)]
pub struct TimingParams {
    /// Days of history that count, back from the as-of day.
    pub history_days: i32,
    /// Customer attribute whose values are the segments; `None`: customers are shrunk to the portfolio.
    pub segment_by: Option<String>,
    /// Weight of the segment in items; `None`: chosen by the likelihood of the customers' own histories.
    pub segment_weight: Option<f64>,
    /// Weight of the portfolio in the hazards of a segment, in items.
    pub portfolio_weight: f64,
    /// Days from issue to due of a document without a due day.
    pub terms_assumed_days: i32,
}

impl Default for TimingParams {
    fn default() -> TimingParams {
        TimingParams {
            history_days: 730,
            segment_by: None,
            segment_weight: None,
            portfolio_weight: 20.0,
            terms_assumed_days: 30,
        }
    }
}

impl TimingParams {
    /// Adds the problems of these settings to those of the whole.
    pub fn check(&self, problems: &mut Problems) {
        problems.require(
            self.history_days >= 28,
            "history_days",
            "at least 28",
            self.history_days,
        );
        let weight = self.segment_weight.unwrap_or(1.0);
        problems.require(weight > 0.0 && weight.is_finite(), "segment_weight", "above 0", weight);
        let weight = self.portfolio_weight;
        problems.require(
            weight > 0.0 && weight.is_finite(),
            "portfolio_weight",
            "above 0",
            weight,
        );
        let days = self.terms_assumed_days;
        problems.require((0..=365).contains(&days), "terms_assumed_days", "0 to 365", days);
    }
}

/// How days are numbered, so that a difference of numbers is an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Every day counts.
    Calendar,
    /// Mondays to Fridays count; a weekend belongs to the Monday after it.
    Working,
}

/// Cash postings below which nothing is said about weekends, and the share of weekends below which they do not count.
const MIN_CASH: usize = 100;
const MAX_WEEKEND_SHARE: f64 = 0.05;

impl Clock {
    fn learn(ledger: &Ledger, as_of: AsOf, params: &TimingParams) -> Clock {
        let first = as_of.0 - params.history_days;
        let cash = ledger.postings().iter().filter(|posting| {
            posting.nature == Nature::Cash && posting.known_on <= as_of.0 && (first..=as_of.0).contains(&posting.on)
        });
        let (n, n_weekend) = cash.fold((0, 0), |(n, n_weekend), posting| {
            (n + 1, n_weekend + usize::from(is_weekend(posting.on)))
        });
        if n >= MIN_CASH && (n_weekend as f64) < MAX_WEEKEND_SHARE * n as f64 {
            Clock::Working
        } else {
            Clock::Calendar
        }
    }

    /// Numbers a day; a weekend has the number of the Monday after it.
    pub(super) fn number(self, day: Day) -> i32 {
        match self {
            Clock::Calendar => day.epoch(),
            Clock::Working => {
                // 1970-01-05 was a Monday.
                let days = day.epoch() - 4;
                5 * days.div_euclid(7) + days.rem_euclid(7).min(5)
            }
        }
    }

    /// Numbers the last day that counts on or before a day.
    fn number_before(self, day: Day) -> i32 {
        self.number(day) - i32::from(!self.counts(day))
    }

    /// Tells whether something can happen on the day.
    pub(super) fn counts(self, day: Day) -> bool {
        self == Clock::Calendar || !is_weekend(day)
    }
}

fn is_weekend(day: Day) -> bool {
    day.weekday() >= 5
}

/// Bands of ages: before -60; weeks to -15; days from -14 to 60; weeks to 180; months of 30 days to 730; beyond.
const N_BANDS: usize = 121;
/// First band of an age over 60 days.
const FIRST_LATE_BAND: usize = 83;

fn band(age: i32) -> usize {
    let band = match age {
        ..-60 => 0,
        -60..-14 => 1 + (age + 60) / 7,
        -14..=60 => 8 + (age + 14),
        61..=180 => 83 + (age - 61) / 7,
        181..=730 => 101 + (age - 181) / 30,
        731.. => 120,
    };
    band as usize
}

/// Days in a band; the open ends count as a quarter.
fn width(band: usize) -> f64 {
    match band {
        0 => 90.0,
        1..8 => 7.0,
        8..83 => 1.0,
        83..101 => 7.0,
        101..120 => 30.0,
        _ => 90.0,
    }
}

/// Item-days at risk and exits by band of age.
#[derive(Clone, Debug, PartialEq)]
struct Counts {
    at_risk: [f64; N_BANDS],
    exits: [[f64; N_EXITS]; N_BANDS],
}

impl Counts {
    const EMPTY: Counts = Counts {
        at_risk: [0.0; N_BANDS],
        exits: [[0.0; N_EXITS]; N_BANDS],
    };

    fn add(&mut self, other: &Counts) {
        for band in 0..N_BANDS {
            self.at_risk[band] += other.at_risk[band];
            for exit in 0..N_EXITS {
                self.exits[band][exit] += other.exits[band][exit];
            }
        }
    }

    fn of_customer(history: &CustomerHistory<'_>, as_of: AsOf, clock: Clock, params: &TimingParams) -> Counts {
        let mut counts = Counts::EMPTY;
        for item in history.documents() {
            counts.add_item(&item, as_of.0, clock, params);
        }
        counts
    }

    /// Follows one claim from its issue to the as-of day.
    fn add_item(&mut self, item: &DocumentHistory<'_>, day: Day, clock: Clock, params: &TimingParams) {
        let document = item.document;
        if !document.is_claim() || document.amount.is_zero() || document.issued_on > day {
            return;
        }
        let due = clock.number(due_or_assumed(document, params));
        let amount = Total::from(document.amount);
        let window = day - params.history_days;
        let mut open = amount;
        let mut from = clock.number(document.issued_on.max(window + 1)) - due;
        for posting in item.postings().take_while(|posting| posting.on <= day) {
            let on = posting.on.max(document.issued_on);
            let age = clock.number(on) - due;
            let share = share_open(open, amount);
            self.stay(share, from, age);
            from = from.max(age + 1);
            open += posting.delta;
            let left = share - share_open(open, amount);
            if let (Some(exit), true) = (exit_of(posting), on > window && left > 0.0) {
                self.exits[band(age)][exit as usize] += left;
            }
        }
        self.stay(share_open(open, amount), from, clock.number_before(day) - due);
    }

    /// Counts a share as at risk at each age from `from` to `to`, both included.
    fn stay(&mut self, share: f64, from: i32, to: i32) {
        if share > 0.0 {
            for age in from..=to {
                self.at_risk[band(age)] += share;
            }
        }
    }
}

fn share_open(open: Total, amount: Total) -> f64 {
    open.ratio(amount).unwrap_or(0.0).clamp(0.0, 1.0)
}

pub(super) fn due_or_assumed(document: &Document, params: &TimingParams) -> Day {
    document
        .due_on
        .unwrap_or(document.issued_on + params.terms_assumed_days)
}

fn exit_of(posting: &Posting) -> Option<Exit> {
    match posting.nature {
        Nature::Cash | Nature::CashApplied => Some(Exit::Cash),
        Nature::Credit | Nature::CreditApplied | Nature::Discount => Some(Exit::Credited),
        Nature::WriteOff => Some(Exit::WrittenOff),
        Nature::Refund | Nature::Reversal | Nature::Recovery => None,
    }
}

/// Daily probabilities of each exit by age, for an item still open the evening before.
#[derive(Clone, Debug, PartialEq)]
pub struct Hazards([[f64; N_EXITS]; N_BANDS]);

impl Hazards {
    /// Returns the probabilities of cash, credit and write-off on the day an item reaches an age.
    pub fn at(&self, age: i32) -> [f64; 3] {
        self.0[band(age)]
    }

    /// Returns the hazards of `counts` shrunk to these by a weight in items.
    fn shrink(&self, counts: &Counts, weight: f64) -> Hazards {
        let mut hazards = self.clone();
        for (band, hazard) in hazards.0.iter_mut().enumerate() {
            let prior = weight * width(band);
            for (hazard, exits) in hazard.iter_mut().zip(counts.exits[band]) {
                *hazard = (exits + prior * *hazard) / (counts.at_risk[band] + prior);
            }
        }
        hazards
    }

    fn of_portfolio(counts: &Counts) -> Hazards {
        let mut late = Counts::EMPTY;
        for band in FIRST_LATE_BAND..N_BANDS {
            late.at_risk[0] += counts.at_risk[band];
            for exit in 0..N_EXITS {
                late.exits[0][exit] += counts.exits[band][exit];
            }
        }
        let pooled = |exit: usize| ratio(late.exits[0][exit], late.at_risk[0]);
        let mut hazards = [[0.0; N_EXITS]; N_BANDS];
        for (band, hazard) in hazards.iter_mut().enumerate() {
            for (exit, hazard) in hazard.iter_mut().enumerate() {
                let (exits, at_risk) = (counts.exits[band][exit], counts.at_risk[band]);
                // A handful of late items says little about a band of its own.
                let prior = if band < FIRST_LATE_BAND { 0.0 } else { width(band) };
                *hazard = ratio(exits + prior * pooled(exit), at_risk + prior);
            }
        }
        Hazards(hazards)
    }

    /// Returns the logarithm of the probability of being still open, by age from [`FIRST_AGE`] to [`LAST_AGE`].
    pub(super) fn log_survival(&self) -> Vec<f64> {
        let daily = (FIRST_AGE..=LAST_AGE).map(|age| {
            let leave: f64 = self.at(age).iter().sum();
            (1.0 - leave).max(1e-9).ln()
        });
        let sum = daily.scan(0.0, |sum, log| {
            *sum += log;
            Some(*sum)
        });
        sum.collect()
    }
}

/// Ages over which survival is tabulated.
pub(super) const FIRST_AGE: i32 = -60;
/// See [`FIRST_AGE`].
pub(super) const LAST_AGE: i32 = 730;

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// The delay distributions of a portfolio, its segments and its customers as of a day.
#[derive(Clone, Debug)]
pub struct Timing {
    as_of: AsOf,
    params: TimingParams,
    clock: Clock,
    portfolio: Hazards,
    segments: BTreeMap<String, Hazards>,
    segment_weight: f64,
    n_exits: f64,
    n_without_segment: usize,
}

/// Customers one task takes; fixed, so that floating-point sums come in the same order on any number of cores.
pub(super) const CUSTOMERS_PER_TASK: usize = 512;

pub(super) fn tasks(n_customers: usize) -> Vec<std::ops::Range<u32>> {
    let starts = (0..n_customers).step_by(CUSTOMERS_PER_TASK);
    starts
        .map(|start| start as u32..(start + CUSTOMERS_PER_TASK).min(n_customers) as u32)
        .collect()
}

impl Timing {
    /// Learns the distributions from what was known on the day.
    pub fn learn(ledger: &Ledger, as_of: AsOf, params: &TimingParams) -> Timing {
        let attributes = Attributes::on(ledger, as_of);
        let clock = Clock::learn(ledger, as_of, params);
        let segment_of = |customer| {
            let column = params.segment_by.as_deref()?;
            attributes.text(customer, column)
        };
        let part = |customers: std::ops::Range<u32>| {
            let mut part: BTreeMap<Option<&str>, Counts> = BTreeMap::new();
            for customer in customers.map(CustomerIx) {
                let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
                let counts = Counts::of_customer(&history, as_of, clock, params);
                part.entry(segment_of(customer)).or_insert(Counts::EMPTY).add(&counts);
            }
            part
        };
        let parts: Vec<_> = tasks(ledger.n_customers()).into_par_iter().map(part).collect();
        let mut by_segment: BTreeMap<Option<&str>, Counts> = BTreeMap::new();
        for (segment, counts) in parts.into_iter().flatten() {
            by_segment.entry(segment).or_insert(Counts::EMPTY).add(&counts);
        }
        let mut all = Counts::EMPTY;
        by_segment.values().for_each(|counts| all.add(counts));

        let portfolio = Hazards::of_portfolio(&all);
        let segments = by_segment
            .iter()
            .filter_map(|(segment, counts)| {
                let hazards = portfolio.shrink(counts, params.portfolio_weight);
                Some(((*segment)?.to_owned(), hazards))
            })
            .collect();
        let without = |customer: &CustomerIx| params.segment_by.is_some() && segment_of(*customer).is_none();
        let mut timing = Timing {
            as_of,
            params: params.clone(),
            clock,
            portfolio,
            segments,
            segment_weight: 1.0,
            n_exits: all.exits.iter().flatten().sum(),
            n_without_segment: ledger.customers().filter(without).count(),
        };
        timing.segment_weight = params.segment_weight.unwrap_or_else(|| timing.likeliest_weight(ledger));
        timing
    }

    /// Returns the hazards of a customer, shrunk to its segment.
    pub fn of_customer(&self, ledger: &Ledger, customer: CustomerIx) -> Hazards {
        let history = CustomerHistory::of(ledger, customer, Some(self.as_of.0));
        let counts = Counts::of_customer(&history, self.as_of, self.clock, &self.params);
        self.prior_of(ledger, customer).shrink(&counts, self.segment_weight)
    }

    /// Returns how days are counted.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the hazards of the whole portfolio.
    pub fn portfolio(&self) -> &Hazards {
        &self.portfolio
    }

    /// Returns the weight of the segment in a customer's hazards, in items.
    pub fn segment_weight(&self) -> f64 {
        self.segment_weight
    }

    /// Returns how many items left the books in the history window; a part payment counts in part.
    pub fn n_exits(&self) -> f64 {
        self.n_exits
    }

    /// Returns how many customers have no known value of the segment attribute and lean on the portfolio.
    pub fn n_without_segment(&self) -> usize {
        self.n_without_segment
    }

    fn prior_of(&self, ledger: &Ledger, customer: CustomerIx) -> &Hazards {
        let column = self.params.segment_by.as_deref();
        let segment = column.and_then(|column| Attributes::on(ledger, self.as_of).text(customer, column));
        segment
            .and_then(|segment| self.segments.get(segment))
            .unwrap_or(&self.portfolio)
    }

    /// Chooses the weight under which the customers' own exits are likeliest: where customers differ much, it is small.
    ///
    /// In each band the exits of a customer are beta-binomial around the hazard of its segment. At most 2,000
    /// customers, evenly spread, are asked.
    fn likeliest_weight(&self, ledger: &Ledger) -> f64 {
        let step = ledger.n_customers().div_ceil(2_000).max(1);
        let customers: Vec<CustomerIx> = ledger.customers().step_by(step).collect();
        let likelihoods: Vec<[f64; WEIGHTS.len()]> = customers
            .into_par_iter()
            .map(|customer| {
                let history = CustomerHistory::of(ledger, customer, Some(self.as_of.0));
                let counts = Counts::of_customer(&history, self.as_of, self.clock, &self.params);
                let prior = self.prior_of(ledger, customer);
                WEIGHTS.map(|weight| log_likelihood(&counts, prior, weight))
            })
            .collect();
        let total = |at: usize| -> f64 { likelihoods.iter().map(|of_customer| of_customer[at]).sum() };
        let best = (0..WEIGHTS.len()).max_by(|&a, &b| total(a).total_cmp(&total(b)));
        best.map_or(1.0, |at| WEIGHTS[at])
    }
}

/// Candidate weights of the segment, in items.
const WEIGHTS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

fn log_likelihood(counts: &Counts, prior: &Hazards, weight: f64) -> f64 {
    let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let in_band = |band: usize| {
        let leave: f64 = prior.0[band].iter().sum();
        let exits: f64 = counts.exits[band].iter().sum();
        let stays = (counts.at_risk[band] - exits).max(0.0);
        if counts.at_risk[band] <= 0.0 || leave <= 0.0 || leave >= 1.0 {
            return 0.0;
        }
        let (a, b) = (weight * width(band) * leave, weight * width(band) * (1.0 - leave));
        ln_beta(a + exits, b + stays) - ln_beta(a, b)
    };
    (0..N_BANDS).map(in_band).sum()
}
