//! Roll rates over several months: what was seen, beside what single months chained would give.
//!
//! # Definition
//! Observed: of the claims in a state at a month end, the share in each state, or out of the book, at the `k`-th month end
//! after it. Chained: the one-month rates of the same months to the power `k`. The row to `written_off` is the roll to
//! write-off, observed and chained; `rate_long_run` is where the chain ends after any number of months. Where observed and
//! chained differ, claims remember: one that was late for long is another claim than one that has just become so.
//! # Inputs
//! As for the roll rates, claim by claim. Starts are the openings of the months from the first one asked for, as long as
//! `k` months follow in the range; the one-month rates are those of all its months.
//! # Edge cases
//! A claim that is closed has left by the kind of its last money; one that is open again `k` months later is in its
//! state. Money is what became of the opening amount until then: `opening = remaining + over_applied + collected +
//! credited + discounted + written_off - reversed`. Money that came back makes negative shares: such a chain is no
//! chain of probabilities, which a caveat says. A changed due day moves a claim as any other move does. A chain is null
//! where it passes through a state that nothing was seen to leave. The months of one claim overlap, so that intervals
//! around the observed counts are on the narrow side.
//! # Source
//! Anderson, T. W. and Goodman, L. A., Statistical inference about Markov chains, Annals of Mathematical Statistics 28
//! (1957), pp. 89-110.
//! # Example
//! Of two claims 1-30 days late, one is paid in the first month and one in the second: observed over two months, 2/2 are
//! paid. One month: 1/2 paid, 1/2 to 31-60, and 1/1 of 31-60 paid; chained 1/2 + 1/2 x 1 = 1.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::roll_rates::RollRatesParams;
//! use arrears::metrics::roll_rates::steps::roll_steps;
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-01, 2024-01-15, 100.00, EUR
//!          2,          bolt,        2024-01-01, 2024-01-15, 100.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          acme,        1,          2024-02-20, 100.00, EUR
//!          8,          bolt,        2,          2024-03-20, 100.00, EUR",
//!     ),
//! ])?;
//! let (february, march) = (Month::parse("2024-02")?, Month::parse("2024-03")?);
//! let (ledger, _) = Ledger::from_records(records, march.last()).value;
//! let all = groups(&ledger, AsOf(march.last()), &[])?.value;
//! let steps = roll_steps(&ledger, february, march, &all, None, 2, &RollRatesParams::default())?.value;
//! let (observed, one_month) = (steps.observed(0).unwrap(), steps.one_month(0).unwrap());
//! let late = observed.from().iter().position(|state| state == "1-30").unwrap();
//! let paid = observed.to().position(|state| state == "paid").unwrap();
//! assert_eq!((observed.counts_from(late)[paid], observed.n_from(late)), (2, 2));
//! assert_eq!(one_month.rates_from(late).unwrap()[paid], 1.0 / 2.0);
//! assert_eq!(one_month.chained(2)[late].as_ref().unwrap()[paid], 1.0 / 2.0 + 1.0 / 2.0 * 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::chain::{MatrixFinding, TransitionMatrix};
use super::customers::{self, MoneyByGroup, MoneyClusters};
use super::due_dates::DueDates;
use super::matrix::MoveCounts;
use super::states::{Matrix, RollStates, RollSums, WRITTEN_OFF};
use super::steps_table::{MoneySeen, StepRows};
use super::tables::share;
use super::{RollRatesError, RollRatesParams};
use crate::calendar::{Day, Month};
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::{Ledger, Reads};
use crate::metrics::{ByGroup, GroupLabels, MonthStep, Months, Sums, month_steps, sums, view_note};
use crate::money::Total;
use crate::outcome::{Caveat, Checked};
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "roll_rates_steps.v1";

/// What was seen over one month and over several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSums {
    /// Over one month.
    pub one: RollSums,
    /// Over all the steps.
    pub all: RollSums,
}

/// Adds up moves over one month and over several, by group.
#[derive(Clone, Debug)]
pub struct StepsByGroup<'a> {
    groups: &'a Groups,
    months: &'a Months,
    states: &'a RollStates,
    due_dates: DueDates,
    n_steps: usize,
    sums: ByGroup<StepSums>,
}

/// One month of a claim: the state at its opening and at its closing, where it is open.
#[derive(Clone, Copy, Debug)]
struct OnTheWay<'a> {
    from: Option<usize>,
    to: Option<usize>,
    step: MonthStep<'a>,
}

/// Roll rates of a ledger over several months.
#[derive(Clone, Debug, PartialEq)]
pub struct RollSteps {
    months: Months,
    known_on: Option<Day>,
    n_steps: usize,
    params: RollRatesParams,
    states: RollStates,
    labels: GroupLabels,
    sums: Vec<StepSums>,
    // By group; empty where nothing is drawn.
    money: Vec<MoneyClusters>,
}

/// Returns the roll rates of a ledger over `n_steps` months, seen and chained.
///
/// `known_on` leaves out what was posted after that day. Of the settings, buckets, due days and confidence count.
///
/// # Errors
/// The months, the buckets or the confidence cannot be used; there are more steps than months.
pub fn roll_steps(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    n_steps: usize,
    params: &RollRatesParams,
) -> Result<Checked<RollSteps>, RollRatesError> {
    let states = RollStates::new(params.check()?);
    let months = Months::new(from, to)?;
    if n_steps == 0 || n_steps > months.n() {
        return Err(RollRatesError::Steps {
            n_steps,
            n_months: months.n(),
        });
    }
    let due_dates = DueDates::of(ledger, known_on, params.due_dates);
    let empty = StepsByGroup::new(groups, &months, &states, due_dates, n_steps);
    let (found, money) = customers::run(ledger, known_on, groups.len(), params.n_draws, empty);
    let sums = found.sums;
    let steps = RollSteps {
        sums: (0..groups.len())
            .map(|group| sums.of(group).cloned().unwrap_or_else(|| StepSums::empty(&states)))
            .collect(),
        labels: GroupLabels::of(groups),
        money,
        known_on,
        n_steps,
        params: params.clone(),
        months,
        states,
    };
    Ok(Checked {
        caveats: steps.caveats(),
        issues: Default::default(),
        value: steps,
    })
}

sums!(StepSums { one, all });

impl StepSums {
    fn empty(states: &RollStates) -> StepSums {
        StepSums {
            one: states.empty(),
            all: states.empty(),
        }
    }
}

impl<'a> StepsByGroup<'a> {
    /// Starts from nothing; `states` are those of claims, without any set apart.
    pub fn new(
        groups: &'a Groups,
        months: &'a Months,
        states: &'a RollStates,
        due_dates: DueDates,
        n_steps: usize,
    ) -> StepsByGroup<'a> {
        StepsByGroup {
            groups,
            months,
            states,
            due_dates,
            n_steps,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far, by group.
    pub fn sums(&self) -> &ByGroup<StepSums> {
        &self.sums
    }
}

impl MoneyByGroup for StepsByGroup<'_> {
    /// What was seen over all the steps.
    fn money(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = Total>)> {
        self.sums.iter().map(|(group, sums)| (group, sums.all.cells()))
    }
}

impl Accumulator for StepsByGroup<'_> {
    /// Adds one customer: every claim, from every month end at which it is open.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (states, months) = (self.states, self.months);
        let mut way = Vec::new();
        for history in customer.documents().filter(|history| history.document.is_claim()) {
            let due_days = self.due_dates.of_claim(customer, &history);
            let state_on = |day: Day| states.on(due_days.on(day), day);
            way.clear();
            way.extend(month_steps(&history, months).map(|step| OnTheWay {
                from: (step.opening > Total::ZERO).then(|| state_on(months.day_before(step.month))),
                to: (step.closing > Total::ZERO).then(|| state_on(months.end(step.month))),
                step,
            }));
            let group = self.groups.of_document(history.ix, history.document);
            for (at, start) in way.iter().enumerate() {
                let Some(from) = start.from else { continue };
                let sums = self.sums.at(group, || StepSums::empty(states));
                add(&mut sums.one, states, from, &way[at..=at]);
                if start.step.month + self.n_steps <= months.n() {
                    // A way that ends earlier was at its end by then: nothing was open, and nothing more happened.
                    let until = (at + self.n_steps).min(way.len());
                    add(&mut sums.all, states, from, &way[at..until]);
                }
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }

    fn reads(&self) -> Reads {
        self.groups.reads().and(self.due_dates.reads())
    }
}

/// Adds what became of one claim over a stretch of its way.
fn add(sums: &mut RollSums, states: &RollStates, from: usize, way: &[OnTheWay<'_>]) {
    let Some(last) = way.last() else { return };
    let postings = way.iter().flat_map(|month| month.step.postings());
    sums.add_amounts(states.n_open(), from, last.to, last.step.closing, postings);
    let last_money = || way.iter().filter_map(|month| month.step.last_money()).next_back();
    sums.count(from, last.to.unwrap_or_else(|| states.exit(last_money())));
}

impl RollSteps {
    /// Returns the counts of a group over one month; `None` for a number that is no group.
    pub fn one_month(&self, group: usize) -> Option<MoveCounts> {
        Some(self.counts(&self.sums.get(group)?.one))
    }

    /// Returns the counts of a group over all the steps; `None` for a number that is no group.
    pub fn observed(&self, group: usize) -> Option<MoveCounts> {
        Some(self.counts(&self.sums.get(group)?.all))
    }

    /// Returns the sums by group.
    pub fn sums(&self) -> &[StepSums] {
        &self.sums
    }

    /// Returns the shares of money of a group over one month; `None` for a number that is no group.
    pub fn one_month_of_money(&self, group: usize) -> Option<TransitionMatrix> {
        let sums = &self.sums.get(group)?.one;
        let open = self.states.open();
        let exits = self.states.to(Matrix::Amount).split_off(open.len());
        let rates = (0..open.len()).map(|from| {
            let shares = sums.amounts_from(from).iter();
            shares.map(|amount| share(*amount, sums.opening(from))).collect()
        });
        let rates = rates.collect();
        Some(TransitionMatrix::new(open, exits, rates))
    }

    fn counts(&self, sums: &RollSums) -> MoveCounts {
        let open = self.states.open();
        let exits = self.states.to(Matrix::Count).split_off(open.len());
        let n_open = open.len();
        let mut counts = MoveCounts::new(open, exits);
        for from in 0..n_open {
            for (to, &n) in sums.counts_from(from).iter().enumerate() {
                counts.add(from, to, n);
            }
        }
        counts
    }

    fn caveats(&self) -> Vec<Caveat> {
        let findings: Vec<MatrixFinding> = (0..self.labels.n())
            .filter_map(|group| self.one_month_of_money(group))
            .flat_map(|matrix| matrix.findings())
            .collect();
        if findings.is_empty() {
            return Vec::new();
        }
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        vec![Caveat(format!(
            "the chained shares of money are no probabilities in {} cells (such as: {first}), because money came back or was applied beyond the amount; read the counts beside them",
            findings.len()
        ))]
    }

    /// Returns one row per group, matrix and pair of states: the rates over the steps as observed and as chained.
    pub fn table(&self) -> Table {
        let mut rows = StepRows::default();
        for (group, sums) in self.sums.iter().enumerate() {
            let one_month = self.counts(&sums.one).transitions();
            rows.push_counts(
                group,
                &self.counts(&sums.all),
                &one_month,
                self.n_steps,
                self.params.confidence,
            );
            if let Some(one_month) = self.one_month_of_money(group) {
                let draws = self.money.get(group);
                let seen = MoneySeen {
                    sums: &sums.all,
                    draws: draws.and_then(|money| money.draw(&self.params.bootstrap())),
                };
                rows.push_money(group, &seen, &one_month, self.n_steps);
            }
        }
        let table = self.labels.start("roll_rates_steps", METRIC_ID, rows.groups());
        let last = self.months.n() - 1;
        rows.onto(table)
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note("steps", format!("{} months", self.n_steps))
            .note(
                "months",
                format!(
                    "one-month rates of {} to {}; observed from the openings of {} to {}",
                    self.months.month(0),
                    self.months.month(last),
                    self.months.month(0),
                    self.months.month(last + 1 - self.n_steps)
                ),
            )
            .note(
                "interval",
                format!(
                    "counts: Wilson, {}, on the narrow side: the months of one claim overlap; money: {}",
                    self.params.confidence,
                    self.params.draws_note()
                ),
            )
    }

    /// Returns the rows to write-off alone: the roll to write-off, seen and chained.
    pub fn write_off_table(&self) -> Table {
        let table = self.table();
        let to = table.texts("to_state").unwrap_or_default();
        let is_written_off = |row: &usize| to[*row].as_deref() == Some(WRITTEN_OFF);
        let rows: Vec<usize> = (0..to.len()).filter(is_written_off).collect();
        table.take(&rows)
    }
}
