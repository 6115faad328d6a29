//! One pass over the claims: every move from month end to month end, by group.

use super::customer_months::CustomerMonths;
use super::customers::MoneyByGroup;
use super::due_dates::DueDates;
use super::moves::ClaimMoves;
use super::states::{RollStates, RollSums};
use super::{RollPeriods, RollUnit, n_periods};
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::Reads;
use crate::metrics::{ByGroup, Months, Sums, month_steps};
use crate::money::Total;

/// Adds up the moves of claims by group.
#[derive(Clone, Debug)]
pub struct RollsByGroup<'a> {
    groups: &'a Groups,
    months: &'a Months,
    states: &'a RollStates,
    due_dates: DueDates,
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
            due_dates: DueDates::default(),
            periods,
            unit,
            materiality: Total::ZERO,
            sums: ByGroup::default(),
            customer: CustomerMonths::default(),
        }
    }

    /// Judges claims by the due day in force at each month end instead of the last one.
    pub fn with_due_dates(self, due_dates: DueDates) -> RollsByGroup<'a> {
        RollsByGroup { due_dates, ..self }
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
            let mut moves = ClaimMoves::new(states, months, &self.due_dates, customer, &history);
            for step in month_steps(&history, months) {
                let Some(moved) = moves.next(&step) else { continue };
                let sums = &mut sums[period(periods, step.month)];
                sums.add_amounts_of(states, &moved, &step);
                match self.unit {
                    RollUnit::Item => {
                        sums.count_move(states, moved.from, moved.to, || states.exit(step.last_money()));
                    }
                    RollUnit::Customer => {
                        let month = self.customer.of_group(group, months.n()).at(step.month);
                        if !month.add(states, &moved, &step, self.materiality) {
                            sums.count_below_materiality();
                        }
                    }
                }
            }
        }
        self.customer.drain(|group, month, moves| {
            let sums = &mut self.sums.at(group, empty)[period(periods, month)];
            moves.count(sums, states);
        });
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }

    fn reads(&self) -> Reads {
        self.groups.reads().and(self.due_dates.reads())
    }
}
