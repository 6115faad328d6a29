//! A matrix of counts between ordered states: rates, and shares of the rows.

use super::chain::TransitionMatrix;

/// Counts of moves between states.
///
/// The first states of the columns are the states of the rows, better before worse; columns after them are exits, which
/// nothing leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveCounts {
    states: Vec<String>,
    exits: Vec<String>,
    // Row by row; one row a state, one column a state or exit.
    counts: Vec<u64>,
}

/// What a move between two ordered states is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Move {
    /// To a better state.
    Cure,
    /// In the same state.
    Stay,
    /// To the next worse state.
    Forward,
    /// To a worse state, past at least one in between.
    Skip,
    /// Out of the book.
    Exit,
    /// To another state because the due day was changed.
    ReAged,
}

/// What became of the units of one state, as shares that sum to one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MoveShares {
    /// Share that went to a worse state, skips included.
    pub forward: f64,
    /// Share that went past at least one state; part of `forward`.
    pub skip: f64,
    /// Share that stayed.
    pub stay: f64,
    /// Share that went to a better state.
    pub cure: f64,
    /// Share that left the book.
    pub exit: f64,
}

impl Move {
    /// Returns the word as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Move::Cure => "cure",
            Move::Stay => "stay",
            Move::Forward => "forward",
            Move::Skip => "skip",
            Move::Exit => "exit",
            Move::ReAged => "re_aged",
        }
    }

    /// Returns what a move is, given the ranks of the two states: 0 is best.
    pub(super) fn between(from: usize, to: usize) -> Move {
        match to {
            to if to < from => Move::Cure,
            to if to == from => Move::Stay,
            to if to == from + 1 => Move::Forward,
            _ => Move::Skip,
        }
    }
}

impl MoveCounts {
    /// Starts from nothing; `states` from best to worst.
    pub fn new(states: Vec<String>, exits: Vec<String>) -> MoveCounts {
        let n = states.len() * (states.len() + exits.len());
        MoveCounts {
            states,
            exits,
            counts: vec![0; n],
        }
    }

    fn n_to(&self) -> usize {
        self.states.len() + self.exits.len()
    }

    /// Returns the captions of the rows.
    pub fn from(&self) -> &[String] {
        &self.states
    }

    /// Returns the captions of the columns.
    pub fn to(&self) -> impl Iterator<Item = &String> + Clone {
        self.states.iter().chain(&self.exits)
    }

    /// Adds moves from a row to a column.
    pub fn add(&mut self, from: usize, to: usize, n: u64) {
        let n_to = self.n_to();
        self.counts[from * n_to + to] += n;
    }

    /// Returns the moves from one row, column by column.
    pub fn counts_from(&self, from: usize) -> &[u64] {
        &self.counts[from * self.n_to()..(from + 1) * self.n_to()]
    }

    /// Returns how many units moved, or stayed, from a row.
    pub fn n_from(&self, from: usize) -> u64 {
        self.counts_from(from).iter().sum()
    }

    /// Returns what a move is.
    pub fn kind(&self, from: usize, to: usize) -> Move {
        if to < self.states.len() {
            Move::between(from, to)
        } else {
            Move::Exit
        }
    }

    /// Returns how many moves are of a kind.
    pub fn n_of(&self, kind: Move) -> u64 {
        let rows = 0..self.states.len();
        rows.map(|from| {
            let counts = self.counts_from(from).iter().enumerate();
            counts
                .filter(|&(to, _)| self.kind(from, to) == kind)
                .map(|(_, n)| n)
                .sum::<u64>()
        })
        .sum()
    }

    /// Returns the rates of a row, which sum to one; `None` where nothing was in its state.
    pub fn rates_from(&self, from: usize) -> Option<Vec<f64>> {
        let n = self.n_from(from);
        (n > 0).then(|| {
            self.counts_from(from)
                .iter()
                .map(|&count| count as f64 / n as f64)
                .collect()
        })
    }

    /// Returns what became of a row; `None` where nothing was in its state.
    pub fn shares_from(&self, from: usize) -> Option<MoveShares> {
        let mut shares = MoveShares::default();
        for (to, rate) in self.rates_from(from)?.into_iter().enumerate() {
            match self.kind(from, to) {
                Move::Cure => shares.cure += rate,
                Move::Stay => shares.stay += rate,
                Move::Forward => shares.forward += rate,
                Move::Skip => {
                    shares.forward += rate;
                    shares.skip += rate;
                }
                Move::Exit | Move::ReAged => shares.exit += rate,
            }
        }
        Some(shares)
    }

    /// Returns the matrix of the rates.
    pub fn transitions(&self) -> TransitionMatrix {
        let rates = (0..self.states.len()).map(|from| self.rates_from(from));
        TransitionMatrix::new(self.states.clone(), self.exits.clone(), rates.collect())
    }

    /// Returns the rates after `n_steps` steps if every step had these rates, as [`TransitionMatrix::power`] does.
    pub fn chained(&self, n_steps: usize) -> Vec<Option<Vec<f64>>> {
        self.transitions().power(n_steps)
    }
}
