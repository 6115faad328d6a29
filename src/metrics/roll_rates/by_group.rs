//! One pass over the claims: every move from month end to month end, by group.

use super::customers::MoneyByGroup;
use super::due_dates::DueDates;
use super::states::{RollStates, RollSums};
use super::{RollPeriods, RollUnit, n_periods};
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::Nature;
use crate::metrics::{ByGroup, MonthStep, Months, month_steps};
use crate::money::Total;

/// Adds up the moves of claims by group.
#[derive(Clone, Debug)]
pub struct RollsByGroup<'a> {
    groups: &'a Groups,
    months: &'a Months,
    states: &'a RollStates,
    due_dates: Option<&'a DueDates>,
    periods: RollPeriods,
    unit: RollUnit,
    materiality: Total,
    sums: ByGroup<Vec<RollSums>>,
    customer: CustomerMonths,
}

fn period(periods: RollPeriods, month: usize) -> usize {
    match periods {
        RollPeriods::Together => 0,
        RollPeriods::EachMonth | RollPeriods::Windows(_) => month,
    }
}

/// One customer's months, group by group; emptied and used again for the next customer.
#[derive(Clone, Debug, Default)]
struct CustomerMonths {
    groups: Vec<usize>,
    // For each of the groups, one entry a month.
    months: Vec<CustomerMonth>,
}

/// One customer in one month and one group: what was open at its opening, what entered, what was reopened, what was too small.
#[derive(Clone, Copy, Debug, Default)]
struct CustomerMonth {
    open: Moving,
    entered: Moving,
    reopened: Moving,
    below_materiality: Moving,
}

/// The worst claim before and after the month, and what closed the last one.
#[derive(Clone, Copy, Debug, Default)]
struct Moving {
    from: Option<usize>,
    to: Option<Landing>,
    is_open_below_materiality: bool,
    last_money: Option<(Day, Nature)>,
}

/// Where something open stands at the end of a month, and where it would stand had no due day changed in the month.
#[derive(Clone, Copy, Debug)]
struct Landing {
    state: usize,
    unchanged: usize,
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

    /// Returns the move that counts: of what was open at the opening, else of what entered, else of what was reopened, else of what was too small.
    fn counted(&self) -> Option<(usize, &Moving)> {
        let moving = [&self.open, &self.entered, &self.reopened, &self.below_materiality];
        moving.into_iter().find_map(|moving| Some((moving.from?, moving)))
    }
}

impl Moving {
    fn add(&mut self, states: &RollStates, from: usize, to: Option<Landing>, is_material: bool, step: &MonthStep) {
        self.from = Some(if from < states.n_open() {
            states.worse(self.from, from)
        } else {
            self.from.map_or(from, |before| before.max(from))
        });
        match to {
            Some(to) if is_material => {
                let before = self.to;
                self.to = Some(Landing {
                    state: states.worse(before.map(|before| before.state), to.state),
                    unchanged: states.worse(before.map(|before| before.unchanged), to.unchanged),
                });
            }
            Some(_) => self.is_open_below_materiality = true,
            None => {}
        }
        self.last_money = self.last_money.max(step.last_money);
    }
}

/// Counts one move; one that a changed due day made stands in the column `re_aged`, and in the row of that name once more.
fn count(sums: &mut RollSums, states: &RollStates, from: usize, to: Option<Landing>, otherwise: usize) {
    match (to, states.re_aged()) {
        (Some(to), Some((row, column, _))) if from < states.n_open() && to.state != to.unchanged => {
            sums.count(from, column);
            sums.count(row, to.state);
        }
        (Some(to), _) => sums.count(from, to.state),
        (None, _) => sums.count(from, otherwise),
    }
}

impl<'a> RollsByGroup<'a> {
    /// Starts from nothing.
    pub fn new(
        groups: &'a Groups,
        months: &'a Months,
        states: &'a RollStates,
        periods: RollPeriods,
        unit: RollUnit,
    ) -> RollsByGroup<'a> {
        RollsByGroup {
            groups,
            months,
            states,
            due_dates: None,
            periods,
            unit,
            materiality: Total::ZERO,
            sums: ByGroup::default(),
            customer: CustomerMonths::default(),
        }
    }

    /// Judges claims by the due day in force at each month end instead of the last one.
    pub fn with_due_dates(self, due_dates: &'a DueDates) -> RollsByGroup<'a> {
        RollsByGroup {
            due_dates: Some(due_dates),
            ..self
        }
    }

    /// Leaves claims of at most this amount out when it settles the state of a customer.
    pub fn with_materiality(self, materiality: Total) -> RollsByGroup<'a> {
        RollsByGroup { materiality, ..self }
    }

    /// Returns the sums so far: by group, then by period.
    pub fn sums(&self) -> &ByGroup<Vec<RollSums>> {
        &self.sums
    }
}

impl MoneyByGroup for RollsByGroup<'_> {
    fn money(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = Total>)> {
        let groups = self.sums.iter();
        groups.map(|(group, periods)| (group, periods.iter().flat_map(RollSums::cells)))
    }
}

impl Accumulator for RollsByGroup<'_> {
    /// Adds one customer: every claim, month end by month end while it is open.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (states, months, periods) = (self.states, self.months, self.periods);
        let empty = || vec![states.empty(); n_periods(periods, months)];
        for history in customer.documents().filter(|history| history.document.is_claim()) {
            let group = self.groups.of_document(history.ix, history.document);
            let sums = self.sums.at(group, empty);
            let due_on = |day: Day| match self.due_dates {
                Some(due_dates) => due_dates.on(&history, day),
                None => history.document.due_on,
            };
            for step in month_steps(&history, months) {
                let (opens_on, closes_on) = (months.day_before(step.month), months.end(step.month));
                let is_open = step.closing > Total::ZERO;
                let (from, at_stake) = if step.opening > Total::ZERO {
                    (states.on(due_on(opens_on), opens_on), step.opening)
                } else if step.issued > Total::ZERO {
                    (states.entered(), step.issued)
                } else if is_open {
                    (states.reopened(), step.closing)
                } else {
                    continue;
                };
                let to = is_open.then(|| Landing {
                    state: states.on(due_on(closes_on), closes_on),
                    unchanged: states.on(due_on(opens_on), closes_on),
                });
                let sums = &mut sums[period(periods, step.month)];
                match (to, states.re_aged()) {
                    (Some(to), Some((row, _, column))) if from < states.n_open() && to.state != to.unchanged => {
                        sums.add_amounts(states.n_open(), from, Some(column), &step);
                        sums.add_re_aged(row, to.state, step.closing);
                    }
                    (to, _) => sums.add_amounts(states.n_open(), from, to.map(|to| to.state), &step),
                }
                match self.unit {
                    RollUnit::Item => count(sums, states, from, to, states.exit(step.last_money)),
                    RollUnit::Customer => {
                        let month = self.customer.at(group, step.month, months.n());
                        let (moving, from) = match states.below_materiality() {
                            Some((row, _)) if at_stake <= self.materiality => {
                                sums.count_below_materiality();
                                let row = if from < states.n_open() { row } else { from };
                                (&mut month.below_materiality, row)
                            }
                            _ => (month.moving(states, from), from),
                        };
                        moving.add(states, from, to, step.closing > self.materiality, &step);
                    }
                }
            }
        }
        for (group, month, moves) in self.customer.drain(months.n()) {
            if let Some((from, moving)) = moves.counted() {
                let below = states.below_materiality().filter(|_| moving.is_open_below_materiality);
                let otherwise = below.map_or_else(|| states.exit(moving.last_money), |(_, column)| column);
                let sums = &mut self.sums.at(group, empty)[period(periods, month)];
                count(sums, states, from, moving.to, otherwise);
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
