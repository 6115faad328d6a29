//! How claims move between buckets from month end to month end.
//!
//! # Definition
//! A claim that is open at a month end is in a state: not due, one of the past-due buckets, no due date. *Count*:
//! `P(a, b) = N(a, b) / N(a)`, of the claims in state `a` at one month end the share in state `b` at the next, with the
//! exits `paid`, `credited` and `written_off` as states; rows sum to one or are null. *Amount*, claim by claim, exact:
//! `opening = remaining by state + over_applied + collected + credited + discounted + written_off - reversed`.
//! # Inputs
//! Claims (credit notes are no claims) and their postings; months, each from the end of the month before to its own end.
//! # Edge cases
//! A claim closed by several kinds of money exits by the last one; a discount goes with the payment that earned it and
//! counts as paid. Claims issued in the month stand in the row `entered`, those that were closed at its opening and are
//! open at its end in the row `reopened`. `reversed` (reversals and refunds) and `over_applied` are negative in the
//! table, so that every row of the amount matrix sums to its opening amount. By customer, a customer is in the state of
//! the worst claim; only what was open at the opening moves, and a customer with nothing open then is in the row `entered`.
//! # Source
//! Wilson, E. B., Probable inference, the law of succession, and statistical inference, JASA 22 (1927), for the interval.
//! # Example
//! Two claims of 100 are not due at the end of January; by the end of February one is paid, the other is 10 days past due:
//! `P(not_due, paid) = 1/2`, `P(not_due, 1-30) = 1/2`; amounts: collected 100, remaining in 1-30 100, opening 200.

mod states;
mod wilson;

use thiserror::Error;

use super::aging::{AgingError, AgingScheme};
use super::{ByGroup, GroupLabels, LineNatures, MonthStep, Months, MonthsError, month_steps, view_note};
use crate::calendar::{Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ledger::{Ledger, Nature};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

pub use self::states::{RollStates, RollSums};
pub use self::wilson::wilson_interval;

/// The formula of this metric.
pub const METRIC_ID: &str = "roll_rates.v1";

/// Whether months are added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollPeriods {
    /// One matrix over all months.
    #[default]
    Together,
    /// One matrix for each month.
    EachMonth,
}

/// What the count matrix counts; amounts are always by claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollUnit {
    /// Claims.
    #[default]
    Item,
    /// Customers, each in the state of the worst claim; a customer counts in each group in which it has claims.
    Customer,
}

/// Settings of the roll rates.
#[derive(Clone, Debug, PartialEq)]
pub struct RollRatesParams {
    /// Last day of each bounded bucket, increasing, the first at least 1; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// Whether months are added up; by default they are.
    pub periods: RollPeriods,
    /// What the count matrix counts; by default claims.
    pub unit: RollUnit,
    /// Coverage of the interval around each rate, between 0 and 1; by default 0.95.
    pub confidence: f64,
}

/// Why there are no roll rates.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RollRatesError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The buckets cannot be used.
    #[error(transparent)]
    Scheme(#[from] AgingError),
    /// The confidence is no coverage.
    #[error("found a confidence of {found}, expected a number between 0 and 1, such as 0.95")]
    Confidence {
        /// The number found.
        found: f64,
    },
}

/// The roll rates of a ledger over some months.
#[derive(Clone, Debug, PartialEq)]
pub struct RollRates {
    months: Months,
    known_on: Option<Day>,
    params: RollRatesParams,
    states: RollStates,
    labels: GroupLabels,
    // By group, then by period.
    sums: Vec<Vec<RollSums>>,
}

/// One matrix with its captions, for a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct RollMatrix {
    /// Captions of the rows.
    pub from: Vec<String>,
    /// Captions of the columns.
    pub to: Vec<String>,
    /// Rates row by row; `None` where nothing was in the row's state.
    pub rates: Vec<Vec<Option<f64>>>,
}

/// Adds up the moves of claims by group.
#[derive(Clone, Debug)]
pub struct RollsByGroup<'a> {
    groups: &'a Groups,
    months: &'a Months,
    natures: &'a LineNatures<'a>,
    states: &'a RollStates,
    periods: RollPeriods,
    unit: RollUnit,
    sums: ByGroup<Vec<RollSums>>,
    customer: CustomerMonths,
}

/// Returns the roll rates of a ledger, each month from the end of the month before to its own end.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months, the buckets or the confidence cannot be used.
pub fn roll_rates(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &RollRatesParams,
) -> Result<Checked<RollRates>, RollRatesError> {
    let months = Months::new(from, to)?;
    let states = RollStates::new(AgingScheme::from_upper_edges(&params.upper_edges)?);
    if !(params.confidence > 0.0 && params.confidence < 1.0) {
        return Err(RollRatesError::Confidence {
            found: params.confidence,
        });
    }
    let natures = LineNatures::of(ledger);
    let empty = RollsByGroup::new(groups, &months, &natures, &states, params.periods, params.unit);
    let sums = history::run(ledger, known_on, empty).sums;
    let n_periods = n_periods(params.periods, &months);
    Ok(Checked::clean(RollRates {
        sums: (0..groups.len())
            .map(|group| {
                sums.of(group)
                    .cloned()
                    .unwrap_or_else(|| vec![states.empty(); n_periods])
            })
            .collect(),
        known_on,
        params: params.clone(),
        labels: GroupLabels::of(groups),
        months,
        states,
    }))
}

fn n_periods(periods: RollPeriods, months: &Months) -> usize {
    match periods {
        RollPeriods::Together => 1,
        RollPeriods::EachMonth => months.n(),
    }
}

fn period(periods: RollPeriods, month: usize) -> usize {
    match periods {
        RollPeriods::Together => 0,
        RollPeriods::EachMonth => month,
    }
}

impl Default for RollRatesParams {
    fn default() -> RollRatesParams {
        RollRatesParams {
            upper_edges: vec![30, 60, 90, 120],
            periods: RollPeriods::Together,
            unit: RollUnit::Item,
            confidence: 0.95,
        }
    }
}

/// One customer's months, group by group; emptied and used again for the next customer.
#[derive(Clone, Debug, Default)]
struct CustomerMonths {
    groups: Vec<usize>,
    // For each of the groups, one entry a month.
    months: Vec<CustomerMonth>,
}

/// One customer in one month and one group: what was open at its opening, what entered, what was reopened.
#[derive(Clone, Copy, Debug, Default)]
struct CustomerMonth {
    open: Moving,
    entered: Moving,
    reopened: Moving,
}

/// The worst claim before and after the month, and what closed the last one.
#[derive(Clone, Copy, Debug, Default)]
struct Moving {
    from: Option<usize>,
    to: Option<usize>,
    last_money: Option<(Day, Nature)>,
}

impl CustomerMonths {
    fn at(&mut self, group: usize, month: usize, n_months: usize) -> &mut CustomerMonth {
        let own = match self.groups.iter().position(|&own| own == group) {
            Some(own) => own,
            None => {
                self.groups.push(group);
                self.months
                    .resize(self.groups.len() * n_months, CustomerMonth::default());
                self.groups.len() - 1
            }
        };
        &mut self.months[own * n_months + month]
    }

    /// Hands out every group and month, leaving nothing.
    fn drain(&mut self, n_months: usize) -> impl Iterator<Item = (usize, usize, CustomerMonth)> + '_ {
        let groups = self.groups.drain(..);
        let places = groups.flat_map(move |group| (0..n_months).map(move |month| (group, month)));
        places
            .zip(self.months.drain(..))
            .map(|((group, month), moves)| (group, month, moves))
    }
}

impl CustomerMonth {
    fn moving(&mut self, states: &RollStates, from: usize) -> &mut Moving {
        if from == states.entered() {
            &mut self.entered
        } else if from == states.reopened() {
            &mut self.reopened
        } else {
            &mut self.open
        }
    }

    /// Returns the move that counts: of what was open at the opening, else of what entered, else of what was reopened.
    fn counted(&self, states: &RollStates) -> Option<(usize, usize)> {
        let mut moving = [self.open, self.entered, self.reopened].into_iter();
        moving.find_map(|moving| {
            Some((
                moving.from?,
                moving.to.unwrap_or_else(|| states.exit(moving.last_money)),
            ))
        })
    }
}

impl Moving {
    fn add(&mut self, states: &RollStates, from: usize, to: Option<usize>, step: &MonthStep) {
        self.from = Some(if from < states.n_open() {
            states.worse(self.from, from)
        } else {
            from
        });
        if let Some(to) = to {
            self.to = Some(states.worse(self.to, to));
        }
        self.last_money = self.last_money.max(step.last_money);
    }
}

impl<'a> RollsByGroup<'a> {
    /// Starts from nothing.
    pub fn new(
        groups: &'a Groups,
        months: &'a Months,
        natures: &'a LineNatures<'a>,
        states: &'a RollStates,
        periods: RollPeriods,
        unit: RollUnit,
    ) -> RollsByGroup<'a> {
        RollsByGroup {
            groups,
            months,
            natures,
            states,
            periods,
            unit,
            sums: ByGroup::default(),
            customer: CustomerMonths::default(),
        }
    }

    /// Returns the sums so far: by group, then by period.
    pub fn sums(&self) -> &ByGroup<Vec<RollSums>> {
        &self.sums
    }
}

impl Accumulator for RollsByGroup<'_> {
    /// Adds one customer: every claim, month end by month end while it is open.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (states, months, periods) = (self.states, self.months, self.periods);
        let empty = || vec![states.empty(); n_periods(periods, months)];
        for history in customer.documents().filter(|history| history.document.is_claim()) {
            let group = self.groups.of_document(history.ix);
            let sums = self.sums.at(group, empty);
            for step in month_steps(&history, months, self.natures) {
                let is_open = step.closing > Total::ZERO;
                let from = if step.opening > Total::ZERO {
                    states.on(history.document, months.day_before(step.month))
                } else if step.issued > Total::ZERO {
                    states.entered()
                } else if is_open {
                    states.reopened()
                } else {
                    continue;
                };
                let to = is_open.then(|| states.on(history.document, months.end(step.month)));
                let sums = &mut sums[period(periods, step.month)];
                sums.add_amounts(states, from, to, &step);
                match self.unit {
                    RollUnit::Item => sums.count(from, to.unwrap_or_else(|| states.exit(step.last_money))),
                    RollUnit::Customer => {
                        let month = self.customer.at(group, step.month, months.n());
                        month.moving(states, from).add(states, from, to, &step);
                    }
                }
            }
        }
        for (group, month, moves) in self.customer.drain(months.n()) {
            if let Some((from, to)) = moves.counted(states) {
                self.sums.at(group, empty)[period(periods, month)].count(from, to);
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| {
            for (own, more) in own.iter_mut().zip(&more) {
                own.add(more);
            }
        });
    }
}

impl RollRates {
    /// Returns the sums by group, then by period: one, or one a month.
    pub fn sums(&self) -> &[Vec<RollSums>] {
        &self.sums
    }

    /// Returns the groups.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns the states.
    pub fn states(&self) -> &RollStates {
        &self.states
    }

    /// Returns the count matrix of a group over all months, for a heat map; `None` for a number that is no group.
    pub fn matrix(&self, group: usize) -> Option<RollMatrix> {
        let sums = self.together(group)?;
        let rates = (0..self.states.from().len()).map(|from| {
            let n = sums.n_from(from);
            let counts = sums.counts_from(from).iter();
            counts.map(|&n_to| (n > 0).then(|| n_to as f64 / n as f64)).collect()
        });
        Some(RollMatrix {
            rates: rates.collect(),
            from: self.states.from(),
            to: self.states.count_to(),
        })
    }

    /// Returns the amount matrix of a group over all months, as shares of the opening amounts; `None` for a number that is no group.
    pub fn amount_matrix(&self, group: usize) -> Option<RollMatrix> {
        let sums = self.together(group)?;
        let rates = (0..self.states.from().len()).map(|from| {
            let amounts = sums.amounts_from(from).iter();
            amounts.map(|amount| share(*amount, sums.opening(from))).collect()
        });
        Some(RollMatrix {
            rates: rates.collect(),
            from: self.states.from(),
            to: self.states.amount_to(),
        })
    }

    fn together(&self, group: usize) -> Option<RollSums> {
        let mut periods = self.sums.get(group)?.iter();
        let mut sums = periods.next()?.clone();
        for period in periods {
            sums.add(period);
        }
        Some(sums)
    }

    /// Returns one row per group, period, matrix, row and column of the matrix.
    pub fn table(&self) -> Table {
        let (from, count_to, amount_to) = (self.states.from(), self.states.count_to(), self.states.amount_to());
        let mut rows = Rows::default();
        for (group, periods) in self.sums.iter().enumerate() {
            for (period, sums) in periods.iter().enumerate() {
                let start = rows.groups.len();
                for (a, from) in from.iter().enumerate() {
                    let n = sums.n_from(a);
                    for (to, &n_to) in count_to.iter().zip(sums.counts_from(a)) {
                        rows.push(group, "count", from, to);
                        rows.n.push(Some(n_to as i64));
                        rows.rate.push((n > 0).then(|| n_to as f64 / n as f64));
                        let interval = wilson_interval(n_to, n, self.params.confidence);
                        rows.low.push(interval.map(|(low, _)| low));
                        rows.high.push(interval.map(|(_, high)| high));
                        rows.amount.push(None);
                        rows.n_from.push(Some(n as i64));
                        rows.opening.push(None);
                    }
                }
                for (a, from) in from.iter().enumerate() {
                    let opening = sums.opening(a);
                    for (to, &amount) in amount_to.iter().zip(sums.amounts_from(a)) {
                        rows.push(group, "amount", from, to);
                        rows.n.push(None);
                        rows.rate.push(share(amount, opening));
                        rows.low.push(None);
                        rows.high.push(None);
                        rows.amount.push(Some(amount));
                        rows.n_from.push(None);
                        rows.opening.push(Some(opening));
                    }
                }
                rows.months
                    .extend((start..rows.groups.len()).map(|_| self.months.month(period).to_string()));
            }
        }
        let mut table = self.labels.start("roll_rates", METRIC_ID, &rows.groups);
        if self.params.periods == RollPeriods::EachMonth {
            table = table.text("month", rows.months);
        }
        table
            .text("kind", rows.kinds)
            .text("from_state", rows.from)
            .text("to_state", rows.to)
            .int("n", rows.n)
            .real("rate", rows.rate)
            .real("rate_low", rows.low)
            .real("rate_high", rows.high)
            .money("amount", rows.amount)
            .int("n_from", rows.n_from)
            .money("amount_from", rows.opening)
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "months",
                format!(
                    "{} to {}, each from the end of the month before to its own end",
                    self.months.month(0),
                    self.months.month(self.months.n() - 1)
                ),
            )
            .note(
                "unit",
                match self.params.unit {
                    RollUnit::Item => "counts are of claims",
                    RollUnit::Customer => "counts are of customers in the state of their worst claim; amounts are of claims",
                },
            )
            .note("interval", format!("Wilson, {}", self.params.confidence))
            .note(
                "identity",
                "amounts of a row sum to amount_from; over_applied and reversed are negative; rates of a count row sum to one",
            )
    }
}

/// A share of an opening amount; null where there was none, or a reopened claim began below zero.
fn share(amount: Total, opening: Total) -> Option<f64> {
    (opening > Total::ZERO).then(|| amount.ratio(opening)).flatten()
}

/// Rows of the table under construction.
#[derive(Default)]
struct Rows {
    groups: Vec<usize>,
    months: Vec<String>,
    kinds: Vec<String>,
    from: Vec<String>,
    to: Vec<String>,
    n: Vec<Option<i64>>,
    rate: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    amount: Vec<Option<Total>>,
    n_from: Vec<Option<i64>>,
    opening: Vec<Option<Total>>,
}

impl Rows {
    fn push(&mut self, group: usize, kind: &str, from: &str, to: &str) {
        self.groups.push(group);
        self.kinds.push(kind.to_owned());
        self.from.push(from.to_owned());
        self.to.push(to.to_owned());
    }
}
