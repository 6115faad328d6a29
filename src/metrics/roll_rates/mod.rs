//! How claims move between buckets from month end to month end.
//!
//! # Definition
//! A claim that is open at a month end is in a state: not due, one of the past-due buckets, no due date. *Count*:
//! `P(a, b) = N(a, b) / N(a)`, of the claims in state `a` at one month end the share in state `b` at the next, with the
//! exits `paid`, `credited` and `written_off` as states; rows sum to one or are null. *Amount*, claim by claim, exact:
//! `opening = remaining by state + re_aged + over_applied + collected + credited + discounted + written_off - reversed`.
//! # Inputs
//! Claims (credit notes are no claims) and their postings; months, each from the end of the month before to its own end.
//! # Edge cases
//! A claim closed by several kinds of money exits by the last one; a discount goes with the payment that earned it and
//! counts as paid. Claims issued in the month stand in the row `entered`, those that were closed at its opening and are
//! open at its end in the row `reopened`. `reversed` (reversals and refunds) and `over_applied` are negative in the
//! table, so that every row of the amount matrix sums to its opening amount. By customer, a customer is in the state of
//! the worst claim; only what was open at the opening moves, and a customer with nothing open then is in the row `entered`.
//! With a materiality, claims of at most that amount do not decide: a customer who has nothing else is `below_materiality`,
//! and the claims left out are counted. A claim is in the state that the due day in force at the month end says; a
//! later version of the document with another due day that moves it is `re_aged`: a column for where it came from, a row
//! for where it stands then. It is neither a cure nor a roll. A move past at least one state is a `skip`. Averages over a
//! window are those of the months that end there: `rate` weighs them by what stood in the state, `rate_mean` alike.
//! # Source
//! Wilson, E. B., Probable inference, the law of succession, and statistical inference, JASA 22 (1927), for the interval of
//! counts; [`goodman_interval`](super::goodman_interval) for those that hold together; for money
//! [`ClusterSums`](super::ClusterSums): customers are drawn, not invoices.
//! # Example
//! Two claims of 100 are not due at the end of January; by the end of February one is paid, the other is 10 days past due:
//! `P(not_due, paid) = 1/2`, `P(not_due, 1-30) = 1/2`; amounts: collected 100, remaining in 1-30 100, opening 200.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::roll_rates::{RollRatesParams, roll_rates};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-10, 2024-02-19, 100.00, EUR
//!          2,          bolt,        2024-01-10, 2024-02-19, 100.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          acme,        1,          2024-02-15, 100.00, EUR",
//!     ),
//! ])?;
//! let month = Month::parse("2024-02")?;
//! let (ledger, _) = Ledger::from_records(records, month.last()).value;
//! let all = groups(&ledger, AsOf(month.last()), &[])?.value;
//! let rolls = roll_rates(&ledger, month, month, &all, None, &RollRatesParams::default())?.value;
//! let states = rolls.states();
//! let place = |captions: Vec<String>, name: &str| captions.iter().position(|caption| caption == name).unwrap();
//! let not_due = place(states.from(), "not_due");
//! let rates = &rolls.matrix(0).unwrap().rates[not_due];
//! assert_eq!(rates[place(states.count_to(), "paid")], Some(1.0 / 2.0));
//! assert_eq!(rates[place(states.count_to(), "1-30")], Some(1.0 / 2.0));
//! let sums = &rolls.sums()[0][0];
//! let amounts = sums.amounts_from(not_due);
//! assert_eq!(sums.opening(not_due).to_string(), "200.00");
//! assert_eq!(amounts[place(states.amount_to(), "collected")].to_string(), "100.00");
//! assert_eq!(amounts[place(states.amount_to(), "1-30")].to_string(), "100.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_group;
mod chain;
mod customer_months;
mod customers;
mod due_dates;
pub mod histories;
mod matrix;
pub mod matrix_file;
mod moves;
pub mod net_flow;
mod states;
pub mod steps;
mod steps_table;
mod tables;

use thiserror::Error;

use self::customers::MoneyClusters;
use super::aging::{AgingError, AgingScheme};
use super::{BootstrapParams, GroupLabels, Months, MonthsError, Sums};
use crate::calendar::{Day, Month};
use crate::history::Groups;
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;

pub use self::by_group::RollsByGroup;
pub use self::chain::{MatrixFinding, ROW_TOLERANCE, TransitionMatrix};
pub use self::customers::{MoneyByGroup, WithCustomers};
pub use self::due_dates::{DueDates, RollDueDates};
pub use self::matrix::{Move, MoveCounts, MoveShares};
pub use self::states::{RollStates, RollSums};

use self::states::Matrix;

pub(super) use self::customer_months::CustomerMonths;
pub(super) use self::moves::ClaimMoves;

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
    /// One matrix for each month, over as many months that end there; months before the first one asked for are read for it.
    Windows(u16),
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
    /// What a claim must exceed to decide the state of its customer, in the currency of the group; by default 0.
    pub materiality: Total,
    /// Which due day a claim is judged by; by default the one in force.
    pub due_dates: RollDueDates,
    /// Draws of customers behind the intervals of money; by default 500, 0 for none.
    pub n_draws: u32,
    /// Seed of the draws.
    pub seed: u64,
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
    /// A window without months.
    #[error("found a window of no months, expected at least 1")]
    NoWindow,
    /// More steps than months, or none.
    #[error(
        "found {n_steps} steps over {n_months} months, expected at least 1 step and at most as many as there are months"
    )]
    Steps {
        /// The steps asked for.
        n_steps: usize,
        /// The months there are.
        n_months: usize,
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
    // By group; empty where nothing is drawn.
    money: Vec<MoneyClusters>,
}

/// One matrix of a result: the sums it is made of.
pub(in crate::metrics::roll_rates) struct Period {
    /// The month it ends with; `None` for all of them.
    month: Option<Month>,
    /// Positions in the sums of a group.
    positions: std::ops::Range<usize>,
    /// All of them together.
    sums: RollSums,
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
/// The months, the window, the buckets or the confidence cannot be used.
pub fn roll_rates(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &RollRatesParams,
) -> Result<Checked<RollRates>, RollRatesError> {
    let frame = RollFrame::new(ledger, from, to, known_on, params)?;
    let (months, states) = (&frame.months, &frame.states);
    let empty = RollsByGroup::new(groups, months, states, params.periods, params.unit)
        .with_due_dates(frame.due_dates)
        .with_materiality(params.materiality);
    let empty_group = || vec![states.empty(); n_periods(params.periods, months)];
    let (rolls, money) = customers::run(ledger, known_on, groups.len(), params.n_draws, empty);
    let sums = rolls.sums().of_all(groups.len(), empty_group);
    Ok(Checked::clean(RollRates {
        money,
        ..frame.result(groups, known_on, sums)
    }))
}

/// What the roll rates of a ledger are taken over.
#[derive(Clone, Debug)]
pub(super) struct RollFrame {
    pub months: Months,
    pub states: RollStates,
    pub due_dates: DueDates,
    pub params: RollRatesParams,
}

impl RollFrame {
    pub fn new(
        ledger: &Ledger,
        from: Month,
        to: Month,
        known_on: Option<Day>,
        params: &RollRatesParams,
    ) -> Result<RollFrame, RollRatesError> {
        let scheme = params.check()?;
        Months::new(from, to)?;
        let first = match params.periods {
            RollPeriods::Windows(0) => return Err(RollRatesError::NoWindow),
            RollPeriods::Windows(n_months) => from - (i32::from(n_months) - 1),
            RollPeriods::Together | RollPeriods::EachMonth => from,
        };
        let due_dates = DueDates::of(ledger, known_on, params.due_dates);
        let frame = RollFrame {
            months: Months::new(first, to)?,
            states: RollStates::new(scheme).with_re_aged(due_dates.has_changes()),
            due_dates,
            params: params.clone(),
        };
        Ok(frame.by(params.unit))
    }

    /// Returns the same frame for a ledger of some of the customers.
    pub fn over(&self, ledger: &Ledger, known_on: Option<Day>) -> RollFrame {
        RollFrame {
            due_dates: DueDates::of(ledger, known_on, self.params.due_dates),
            ..self.clone()
        }
    }

    /// Counts another unit.
    pub fn by(&self, unit: RollUnit) -> RollFrame {
        let RollFrame {
            months,
            states,
            due_dates,
            params,
        } = self.clone();
        let has_materiality = unit == RollUnit::Customer && params.materiality > Total::ZERO;
        RollFrame {
            months,
            states: states.with_below_materiality(has_materiality),
            due_dates,
            params: RollRatesParams { unit, ..params },
        }
    }

    /// Puts the result together from its sums: by group, then by period.
    pub fn result(self, groups: &Groups, known_on: Option<Day>, sums: Vec<Vec<RollSums>>) -> RollRates {
        RollRates {
            months: self.months,
            known_on,
            params: self.params,
            states: self.states,
            labels: GroupLabels::of(groups),
            sums,
            money: Vec::new(),
        }
    }
}

fn n_periods(periods: RollPeriods, months: &Months) -> usize {
    match periods {
        RollPeriods::Together => 1,
        RollPeriods::EachMonth | RollPeriods::Windows(_) => months.n(),
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
            materiality: Total::ZERO,
            due_dates: RollDueDates::InForce,
            n_draws: 500,
            seed: 1,
        }
    }
}

impl RollRatesParams {
    fn check(&self) -> Result<AgingScheme, RollRatesError> {
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(RollRatesError::Confidence { found: self.confidence });
        }
        Ok(AgingScheme::from_upper_edges(&self.upper_edges)?)
    }

    fn draws_note(&self) -> String {
        match self.n_draws {
            0 => "none, no draws were asked for".to_owned(),
            n => format!("{n} draws of whole customers, seed {}, {}", self.seed, self.confidence),
        }
    }

    fn bootstrap(&self) -> BootstrapParams {
        BootstrapParams {
            n_draws: self.n_draws,
            seed: self.seed,
            confidence: self.confidence,
        }
    }
}

impl RollRates {
    /// Returns the sums by group, then by period: one, or one a month; with windows also the months before the first asked for.
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

    /// Returns how many of a group's moves over all months are of a kind, and how many there are from open states.
    pub fn n_moves(&self, group: usize, kind: Move) -> (u64, u64) {
        let Some(sums) = self.together(group) else {
            return (0, 0);
        };
        let (mut n_of, mut n) = (0, 0);
        for from in 0..self.states.n_open() {
            n += sums.n_from(from);
            let counts = sums.counts_from(from).iter().enumerate();
            let of_kind = counts.filter(|&(to, _)| self.states.kind(Matrix::Count, from, to) == Some(kind));
            n_of += of_kind.map(|(_, n_to)| n_to).sum::<u64>();
        }
        (n_of, n)
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

    /// Returns what is added up over the months asked for.
    fn together(&self, group: usize) -> Option<RollSums> {
        let months = self.sums.get(group)?;
        Some(self.add_up(&months[self.n_before()..]))
    }

    /// Returns how many months are there for the windows alone.
    fn n_before(&self) -> usize {
        match self.params.periods {
            RollPeriods::Windows(n_months) => usize::from(n_months) - 1,
            RollPeriods::Together | RollPeriods::EachMonth => 0,
        }
    }

    fn add_up(&self, months: &[RollSums]) -> RollSums {
        let mut sums = self.states.empty();
        for month in months {
            sums.add(month);
        }
        sums
    }

    /// Returns the matrices of a group.
    fn periods(&self, group: usize) -> Vec<Period> {
        let sums = &self.sums[group];
        let n_before = self.n_before();
        let period = |last: usize| Period {
            month: (self.params.periods != RollPeriods::Together).then(|| self.months.month(last)),
            positions: last - n_before..last + 1,
            sums: self.add_up(&sums[last - n_before..=last]),
        };
        (n_before..sums.len()).map(period).collect()
    }
}
