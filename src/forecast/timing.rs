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

use super::attributes::Attributes;
use super::clock::Clock;
use super::hazards::{Counts, Hazards, log_likelihood};
use super::settings::Problems;
use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{Document, Ledger};

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
            n_exits: all.n_exits(),
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

    /// Returns, for each of the next `n_days` days, the probability that a document open at the end of the as-of day is paid on it.
    pub fn cash_by_day(&self, hazards: &Hazards, document: &Document, n_days: i32) -> Vec<f64> {
        let due = self.clock.number(due_or_assumed(document, &self.params));
        let mut is_open = 1.0;
        let paid_on = |day: Day| {
            if !self.clock.counts(day) {
                return 0.0;
            }
            let [cash, credited, written_off] = hazards.at(self.clock.number(day) - due);
            let paid = is_open * cash;
            is_open *= (1.0 - cash - credited - written_off).max(0.0);
            paid
        };
        (1..=n_days).map(|days| self.as_of.0 + days).map(paid_on).collect()
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

/// Returns the due day, or for a document without one the day its terms are assumed to end.
pub(super) fn due_or_assumed(document: &Document, params: &TimingParams) -> Day {
    document
        .due_on
        .unwrap_or(document.issued_on + params.terms_assumed_days)
}
