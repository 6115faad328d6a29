//! One customer's months: the worst claim before and after each of them, group by group.

use super::moves::{ClaimMove, Landing};
use super::states::{RollStates, RollSums};
use crate::calendar::Day;
use crate::ledger::{Nature, Posting};
use crate::metrics::{MonthStep, Movement};
use crate::money::Total;

/// One customer's months, group by group; emptied and used again for the next customer.
#[derive(Clone, Debug, Default)]
pub(in crate::metrics) struct CustomerMonths {
    // The first `n` are this customer's.
    groups: Vec<GroupMonths>,
    n: usize,
}

/// One customer's months in one group.
#[derive(Clone, Debug)]
pub(in crate::metrics) struct GroupMonths {
    group: usize,
    // The first month with a move and the one after the last.
    touched: (usize, usize),
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
    // One more than the rank of an open state, or than the row; 0 for none.
    from: u16,
    // One more than the rank; 0 where nothing is open.
    to: u16,
    to_unchanged: u16,
    is_open_below_materiality: bool,
    // Of the claims that were closed: where any is open, it is not asked for.
    last_money: Option<(Day, Nature)>,
}

impl CustomerMonths {
    /// Returns the months of a group.
    #[inline]
    pub fn of_group(&mut self, group: usize, n_months: usize) -> &mut GroupMonths {
        let known = self.groups[..self.n].iter().position(|own| own.group == group);
        let place = known.unwrap_or_else(|| {
            if self.n == self.groups.len() {
                self.groups.push(GroupMonths {
                    group,
                    touched: (n_months, 0),
                    months: vec![CustomerMonth::default(); n_months],
                });
            }
            self.groups[self.n].group = group;
            self.n += 1;
            self.n - 1
        });
        &mut self.groups[place]
    }

    /// Hands out every group and month in which something moved, leaving nothing.
    pub fn drain(&mut self, mut take: impl FnMut(usize, usize, &CustomerMonth)) {
        for own in &mut self.groups[..self.n] {
            let (first, after) = own.touched;
            for (month, moves) in own.months.iter_mut().enumerate().take(after).skip(first) {
                take(own.group, month, moves);
                *moves = CustomerMonth::default();
            }
            own.touched = (own.months.len(), 0);
        }
        self.n = 0;
    }
}

impl GroupMonths {
    /// Returns a month for adding a move to it.
    #[inline]
    pub fn at(&mut self, month: usize) -> &mut CustomerMonth {
        self.touched = (self.touched.0.min(month), self.touched.1.max(month + 1));
        &mut self.months[month]
    }
}

impl CustomerMonth {
    /// Adds the move of a claim; tells whether the claim is above the materiality.
    #[inline]
    pub fn add(&mut self, states: &RollStates, moved: &ClaimMove, step: &MonthStep<'_>, materiality: Total) -> bool {
        let is_material = step.closing > materiality;
        match states.below_materiality() {
            Some((row, _)) if moved.at_stake <= materiality => {
                let from = if moved.from < states.n_open() { row } else { moved.from };
                self.below_materiality.add(states, from, moved.to, is_material, step);
                false
            }
            _ => {
                let moving = if moved.from < states.n_open() {
                    &mut self.open
                } else if moved.from == states.entered() {
                    &mut self.entered
                } else {
                    &mut self.reopened
                };
                moving.add(states, moved.from, moved.to, is_material, step);
                true
            }
        }
    }

    /// Adds the move of a claim whose due day was never changed, where every claim decides: as [`CustomerMonth::add`]. `to` is its state
    /// at the end of the month, or the posting that closed it.
    #[inline]
    pub fn add_plain(&mut self, states: &RollStates, from: usize, to: Result<usize, &Posting>) {
        let (moving, from) = match from < states.n_open() {
            true => (&mut self.open, states.rank(from)),
            false => (&mut self.entered, from),
        };
        moving.from = moving.from.max(from as u16 + 1);
        match to {
            Ok(state) => {
                let rank = states.rank(state) as u16 + 1;
                moving.to = moving.to.max(rank);
                moving.to_unchanged = moving.to_unchanged.max(rank);
            }
            Err(by) => moving.last_money = moving.last_money.max(Movement::of(by).money(by)),
        }
    }

    /// Counts the move of the customer, if there is one.
    pub fn count(&self, sums: &mut RollSums, states: &RollStates) {
        let Some((from, moving)) = self.counted(states) else {
            return;
        };
        let below = states.below_materiality().filter(|_| moving.is_open_below_materiality);
        let otherwise = || below.map_or_else(|| states.exit(moving.last_money), |(_, column)| column);
        sums.count_move(states, from, moving.landing(states), otherwise);
    }

    /// Returns the move that counts: of what was open at the opening, else of what entered, else of what was reopened, else of what was too small.
    fn counted(&self, states: &RollStates) -> Option<(usize, &Moving)> {
        let others = [&self.entered, &self.reopened, &self.below_materiality];
        if let Some(rank) = self.open.from.checked_sub(1) {
            return Some((states.of_rank(usize::from(rank)), &self.open));
        }
        others
            .into_iter()
            .find_map(|moving| Some((usize::from(moving.from.checked_sub(1)?), moving)))
    }
}

impl Moving {
    #[inline]
    fn add(&mut self, states: &RollStates, from: usize, to: Option<Landing>, is_material: bool, step: &MonthStep<'_>) {
        let from = if from < states.n_open() {
            states.rank(from)
        } else {
            from
        };
        self.from = self.from.max(from as u16 + 1);
        match to {
            Some(to) if is_material => {
                self.to = self.to.max(states.rank(to.state) as u16 + 1);
                self.to_unchanged = self.to_unchanged.max(states.rank(to.unchanged) as u16 + 1);
            }
            Some(_) => self.is_open_below_materiality = true,
            None => self.last_money = self.last_money.max(step.last_money()),
        }
    }

    /// Returns where the worst open claim stands at the end.
    fn landing(&self, states: &RollStates) -> Option<Landing> {
        let state = |place: u16| Some(states.of_rank(usize::from(place.checked_sub(1)?)));
        Some(Landing {
            state: state(self.to)?,
            unchanged: state(self.to_unchanged)?,
        })
    }
}
