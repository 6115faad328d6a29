//! The moves of claims that are open by their whole amount until they are closed at once, in one row of cells.
//!
//! Nine claims in ten are such, so what a move of theirs costs is what a history costs: one cell with count and amount, found without
//! a detour through its month.

use super::states::{RollStates, RollSums};
use crate::ledger::Posting;
use crate::metrics::{Movement, sums};
use crate::money::{Amount, Total};

/// Moves of such claims over some months; [`PlainMoves::add_to`] takes them to where the moves of other claims are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::metrics) struct PlainMoves {
    n_open: usize,
    // Month by month, in each a row for every open state and one for what entered; in a row the open states, then the movements.
    cells: Vec<Cell>,
}

/// Count and amount in one line of the processor's cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(32))]
struct Cell {
    amount: Total,
    n: u64,
}

sums!(Cell { amount, n });
sums!(PlainMoves { cells });

impl PlainMoves {
    pub fn empty(states: &RollStates, n_months: usize) -> PlainMoves {
        let n_open = states.n_open();
        PlainMoves {
            n_open,
            cells: vec![Cell::default(); n_months * (n_open + 1) * (n_open + Movement::ALL.len())],
        }
    }

    #[inline]
    fn cell(&mut self, month: usize, from: usize, to: usize) -> &mut Cell {
        let (n_from, n_to) = (self.n_open + 1, self.n_open + Movement::ALL.len());
        &mut self.cells[(month * n_from + from) * n_to + to]
    }

    /// Adds a claim that is open by its whole amount at the end of a month.
    #[inline]
    pub fn add_open(&mut self, month: usize, from: usize, state: usize, amount: Amount) {
        let cell = self.cell(month, from, state);
        cell.amount += amount;
        cell.n += 1;
    }

    /// Adds what closed a claim in a month; `last` is the movement of the last money that relieved it.
    #[inline]
    pub fn add_closed<'p>(
        &mut self,
        month: usize,
        from: usize,
        last: Movement,
        closing: impl Iterator<Item = &'p Posting>,
    ) {
        self.cell(month, from, self.n_open + last as usize).n += 1;
        for posting in closing {
            self.cell(month, from, self.n_open + Movement::of(posting) as usize)
                .amount -= posting.delta;
        }
    }

    /// Returns what entered in a month.
    pub fn entered(&self, month: usize) -> Total {
        self.row(month, self.n_open).map(|cell| cell.amount).sum()
    }

    /// Returns what a movement took off in a month.
    pub fn moved(&self, month: usize, movement: Movement) -> Total {
        let column = self.n_open + movement as usize;
        let rows = (0..=self.n_open).filter_map(|from| self.row(month, from).nth(column));
        rows.map(|cell| cell.amount).sum()
    }

    fn row(&self, month: usize, from: usize) -> impl Iterator<Item = &Cell> {
        let n_to = self.n_open + Movement::ALL.len();
        let first = (month * (self.n_open + 1) + from) * n_to;
        self.cells[first..first + n_to].iter()
    }

    /// Adds all moves to those of other claims, month by month.
    pub fn add_to(&self, months: &mut [RollSums], states: &RollStates) {
        let (n_open, n_to) = (self.n_open, self.n_open + Movement::ALL.len());
        let rows = self.cells.chunks_exact(n_to).enumerate();
        for (at, row) in rows {
            let (month, from) = (at / (n_open + 1), at % (n_open + 1));
            let (open, closed) = row.split_at(n_open);
            let sums = &mut months[month];
            for (state, cell) in open.iter().enumerate() {
                sums.add_ways(from, (state, cell.n), (state, cell.amount));
            }
            for (movement, cell) in Movement::ALL.into_iter().zip(closed) {
                let (exit, column) = (states.exit_by(movement), states.money_column(movement));
                sums.add_ways(from, (exit, cell.n), (column, cell.amount));
            }
        }
    }
}
