//! One pass over the claims: every move from month end to month end, by group.

use super::states::{RollStates, RollSums};
use super::{RollPeriods, RollUnit, n_periods};
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::Nature;
use crate::metrics::{ByGroup, LineNatures, MonthStep, Months, month_steps};
use crate::money::Total;

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

fn period(periods: RollPeriods, month: usize) -> usize {
    match periods {
        RollPeriods::Together => 0,
        RollPeriods::EachMonth => month,
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
