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
//! Wilson, E. B., Probable inference, the law of succession, and statistical inference, JASA 22 (1927), for the interval;
//! [`goodman_interval`](super::goodman_interval) for those that hold together.
//! # Example
//! Two claims of 100 are not due at the end of January; by the end of February one is paid, the other is 10 days past due:
//! `P(not_due, paid) = 1/2`, `P(not_due, 1-30) = 1/2`; amounts: collected 100, remaining in 1-30 100, opening 200.

mod by_group;
pub mod histories;
mod matrix;
mod states;
mod tables;

use thiserror::Error;

use super::aging::{AgingError, AgingScheme};
use super::{GroupLabels, LineNatures, Months, MonthsError};
use crate::calendar::{Day, Month};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::outcome::Checked;

pub use self::by_group::RollsByGroup;
pub use self::matrix::{Move, MoveCounts, MoveShares};
pub use self::states::{RollStates, RollSums};

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

/// Which interval stands around the rates of a count row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollInterval {
    /// Wilson's: each rate by itself.
    #[default]
    Wilson,
    /// Goodman's: all rates of a row together.
    Goodman,
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
    /// Which interval; by default Wilson's.
    pub interval: RollInterval,
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
    let rolls = history::run(ledger, known_on, empty);
    let sums = rolls.sums();
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

impl Default for RollRatesParams {
    fn default() -> RollRatesParams {
        RollRatesParams {
            upper_edges: vec![30, 60, 90, 120],
            periods: RollPeriods::Together,
            unit: RollUnit::Item,
            confidence: 0.95,
            interval: RollInterval::Wilson,
        }
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

    /// Returns the counts of a group over all months without the rows `entered` and `reopened`, states from best to worst (no due
    /// date is best); `None` for a number that is no group.
    pub fn moves(&self, group: usize) -> Option<MoveCounts> {
        let sums = self.together(group)?;
        let order = self.states.best_to_worst();
        let captions = self.states.count_to();
        let n_open = order.len();
        let places = || order.iter().copied().chain(n_open..captions.len());
        let open = order.iter().map(|&state| captions[state].clone()).collect();
        let mut moves = MoveCounts::new(open, captions[n_open..].to_vec());
        for (from, &state) in order.iter().enumerate() {
            for (to, column) in places().enumerate() {
                moves.add(from, to, sums.counts_from(state)[column]);
            }
        }
        Some(moves)
    }

    /// Returns the amount matrix of a group over all months, as shares of the opening amounts; `None` for a number that is no group.
    pub fn amount_matrix(&self, group: usize) -> Option<RollMatrix> {
        let sums = self.together(group)?;
        let rates = (0..self.states.from().len()).map(|from| {
            let amounts = sums.amounts_from(from).iter();
            amounts
                .map(|amount| tables::share(*amount, sums.opening(from)))
                .collect()
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
}
