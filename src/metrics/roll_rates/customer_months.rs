//! One customer's months: the worst claim before and after each of them, group by group.

use super::moves::{ClaimMove, Landing};
use super::states::{RollStates, RollSums};
use crate::calendar::Day;
use crate::ledger::Nature;
use crate::metrics::MonthStep;
use crate::money::Total;

/// One customer's months, group by group; emptied and used again for the next customer.
#[derive(Clone, Debug, Default)]
pub(in crate::metrics) struct CustomerMonths {
    groups: Vec<usize>,
    // For each of the groups, one entry a month.
    months: Vec<CustomerMonth>,
}

/// One customer in one month and one group: what was open at its opening, what entered, what was reopened, what was too small.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::metrics) struct CustomerMonth {
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

impl CustomerMonths {
    pub fn at(&mut self, group: usize, month: usize, n_months: usize) -> &mut CustomerMonth {
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
    pub fn drain(&mut self, n_months: usize) -> impl Iterator<Item = (usize, usize, CustomerMonth)> + '_ {
        let groups = self.groups.drain(..);
        let places = groups.flat_map(move |group| (0..n_months).map(move |month| (group, month)));
        places
            .zip(self.months.drain(..))
            .map(|((group, month), moves)| (group, month, moves))
    }
}

impl CustomerMonth {
    /// Adds the move of a claim; tells whether the claim is above the materiality.
    pub fn add(&mut self, states: &RollStates, moved: &ClaimMove, step: &MonthStep, materiality: Total) -> bool {
        let is_material = step.closing > materiality;
        match states.below_materiality() {
            Some((row, _)) if moved.at_stake <= materiality => {
                let from = if moved.from < states.n_open() { row } else { moved.from };
                self.below_materiality.add(states, from, moved.to, is_material, step);
                false
            }
            _ => {
                let moving = if moved.from == states.entered() {
                    &mut self.entered
                } else if moved.from == states.reopened() {
                    &mut self.reopened
                } else {
                    &mut self.open
                };
                moving.add(states, moved.from, moved.to, is_material, step);
                true
            }
        }
    }

    /// Counts the move of the customer, if there is one.
    pub fn count(&self, sums: &mut RollSums, states: &RollStates) {
        let Some((from, moving)) = self.counted() else { return };
        let below = states.below_materiality().filter(|_| moving.is_open_below_materiality);
        let otherwise = below.map_or_else(|| states.exit(moving.last_money), |(_, column)| column);
        sums.count_move(states, from, moving.to, otherwise);
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
