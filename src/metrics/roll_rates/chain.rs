//! A matrix of rates: is it one, what do several steps of it give, where does everything end.
//!
//! # Definition
//! Power: the rates after `k` steps if every step had these rates and no memory; exits keep what they have. Long run: the
//! share of each state that ends in each exit or absorbing state, `(I - Q)^-1 R` with `Q` the rates between the other
//! states and `R` those into exits and absorbing states.
//! # Inputs
//! States, exits (which nothing leaves), a row of rates a state; a row is `None` where nothing was seen to leave its state.
//! # Edge cases
//! A power is null where it passes through a state without rates; so is a long run, and where no way leads out. Rows that
//! do not sum to one within [`ROW_TOLERANCE`], negative shares and shares above one are found and named, not repaired:
//! powers and long runs are those of the matrix as it stands, unless the rows are [rescaled](TransitionMatrix::rescaled).
//! # Source
//! Kemeny, J. G. and Snell, J. L., Finite Markov Chains (1960), chapter 3.
//! # Example
//! ```
//! use arrears::metrics::roll_rates::TransitionMatrix;
//!
//! let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
//! // Of what is late, half is paid, a quarter written off, a quarter stays: 0.5 + 0.25 * 0.5 after two steps.
//! let matrix = TransitionMatrix::new(words(&["late"]), words(&["paid", "lost"]), vec![Some(vec![0.25, 0.5, 0.25])]);
//! assert_eq!(matrix.power(2)[0], Some(vec![0.0625, 0.625, 0.3125]));
//! // In the end two thirds are paid.
//! let paid = matrix.long_run()[0].as_ref().unwrap()[1];
//! assert!((paid - 0.5 / 0.75).abs() < 1e-12);
//! ```

use std::fmt;

/// How far the sum of a row may lie from one.
pub const ROW_TOLERANCE: f64 = 1e-9;

/// Rates between states, and from states to exits.
#[derive(Clone, Debug, PartialEq)]
pub struct TransitionMatrix {
    states: Vec<String>,
    exits: Vec<String>,
    // One row a state; one rate a state, then one an exit.
    rates: Vec<Option<Vec<f64>>>,
}

/// What is wrong with a matrix of rates.
#[derive(Clone, Debug, PartialEq)]
pub enum MatrixFinding {
    /// A row does not sum to one.
    RowSum {
        /// The state.
        from: String,
        /// Its sum.
        sum: f64,
    },
    /// A share is negative.
    Negative {
        /// The state.
        from: String,
        /// Where the share goes.
        to: String,
        /// The share.
        share: f64,
    },
    /// A share is above one.
    AboveOne {
        /// The state.
        from: String,
        /// Where the share goes.
        to: String,
        /// The share.
        share: f64,
    },
}

impl fmt::Display for MatrixFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MatrixFinding::RowSum { from, sum } => write!(f, "row `{from}` sums to {}, expected 1", short(*sum)),
            MatrixFinding::Negative { from, to, share } => {
                let share = short(*share);
                write!(f, "`{from}` to `{to}` is {share}, expected a share of at least 0")
            }
            MatrixFinding::AboveOne { from, to, share } => {
                let share = short(*share);
                write!(f, "`{from}` to `{to}` is {share}, expected a share of at most 1")
            }
        }
    }
}

/// Rounds to the digits that tell a value from 0 and 1: sums of printed rates carry noise in the last ones.
fn short(value: f64) -> f64 {
    let rounded = (value * 1e6).round() / 1e6;
    let is_told = rounded != rounded.round() || (rounded - value).abs() <= ROW_TOLERANCE;
    if is_told { rounded } else { value }
}

impl MatrixFinding {
    /// Returns the state whose row it is about.
    pub fn from(&self) -> &str {
        match self {
            MatrixFinding::RowSum { from, .. }
            | MatrixFinding::Negative { from, .. }
            | MatrixFinding::AboveOne { from, .. } => from,
        }
    }
}

impl TransitionMatrix {
    /// Puts a matrix together.
    ///
    /// # Panics
    /// Where there is not one row a state, or not one rate a state and exit in every row.
    pub fn new(states: Vec<String>, exits: Vec<String>, rates: Vec<Option<Vec<f64>>>) -> TransitionMatrix {
        let n_to = states.len() + exits.len();
        assert_eq!(rates.len(), states.len(), "one row a state");
        assert!(
            rates.iter().flatten().all(|row| row.len() == n_to),
            "one rate a state and exit"
        );
        TransitionMatrix { states, exits, rates }
    }

    /// Returns the states: the captions of the rows.
    pub fn from(&self) -> &[String] {
        &self.states
    }

    /// Returns the captions of the columns: the states, then the exits.
    pub fn to(&self) -> impl Iterator<Item = &String> + Clone {
        self.states.iter().chain(&self.exits)
    }

    /// Returns the exits.
    pub fn exits(&self) -> &[String] {
        &self.exits
    }

    /// Returns the rates of a row; `None` where nothing was seen to leave its state.
    pub fn rates_from(&self, from: usize) -> Option<&[f64]> {
        self.rates[from].as_deref()
    }

    /// Returns the sum of a row.
    pub fn sum_from(&self, from: usize) -> Option<f64> {
        Some(self.rates_from(from)?.iter().sum())
    }

    /// Tells whether nothing ever leaves a state.
    pub fn is_absorbing(&self, state: usize) -> bool {
        let stays = |(to, rate): (usize, &f64)| *rate == f64::from(u8::from(to == state));
        self.rates_from(state)
            .is_some_and(|rates| rates.iter().enumerate().all(stays))
    }

    /// Returns what is wrong with the matrix, row by row.
    pub fn findings(&self) -> Vec<MatrixFinding> {
        let mut findings = Vec::new();
        for (from, rates) in self.states.iter().zip(&self.rates) {
            let Some(rates) = rates else { continue };
            let cells = || self.to().zip(rates.iter().copied());
            let (from, sum) = (from.clone(), rates.iter().sum::<f64>());
            findings.extend(
                cells()
                    .filter(|(_, share)| *share < 0.0)
                    .map(|(to, share)| MatrixFinding::Negative {
                        from: from.clone(),
                        to: to.clone(),
                        share,
                    }),
            );
            findings.extend(
                cells()
                    .filter(|(_, share)| *share > 1.0 + ROW_TOLERANCE)
                    .map(|(to, share)| MatrixFinding::AboveOne {
                        from: from.clone(),
                        to: to.clone(),
                        share,
                    }),
            );
            if (sum - 1.0).abs() > ROW_TOLERANCE {
                findings.push(MatrixFinding::RowSum { from, sum });
            }
        }
        findings
    }

    /// Returns the matrix with every row divided by its sum; a row that sums to nothing has no rates.
    pub fn rescaled(&self) -> TransitionMatrix {
        let rescale = |row: &Option<Vec<f64>>| {
            let row = row.as_ref()?;
            let sum: f64 = row.iter().sum();
            (sum > 0.0).then(|| row.iter().map(|rate| rate / sum).collect())
        };
        TransitionMatrix {
            rates: self.rates.iter().map(rescale).collect(),
            ..self.clone()
        }
    }

    /// Returns the rates after `n_steps` steps if every step had these rates, row by row.
    ///
    /// Exits keep what they have. A row is `None` where its chain reaches a state that nothing was seen to leave.
    pub fn power(&self, n_steps: usize) -> Vec<Option<Vec<f64>>> {
        let n = self.states.len();
        let start = |from: usize| {
            let mut row = vec![0.0; n + self.exits.len()];
            row[from] = 1.0;
            row
        };
        let step = |row: &Vec<f64>| {
            let mut next = vec![0.0; row.len()];
            next[n..].copy_from_slice(&row[n..]);
            for (state, &share) in row[..n].iter().enumerate().filter(|(_, share)| **share != 0.0) {
                for (to, rate) in self.rates[state].as_ref()?.iter().enumerate() {
                    next[to] += share * rate;
                }
            }
            Some(next)
        };
        (0..n)
            .map(|from| (0..n_steps).try_fold(start(from), |row, _| step(&row)))
            .collect()
    }

    /// Returns the shares that end in each exit or absorbing state, row by row; zero in the columns of other states.
    ///
    /// A row is `None` where what leaves its state can get stuck: in states without a way out, or without rates.
    pub fn long_run(&self) -> Vec<Option<Vec<f64>>> {
        let (n, n_to) = (self.states.len(), self.states.len() + self.exits.len());
        let is_end: Vec<bool> = (0..n_to).map(|to| to >= n || self.is_absorbing(to)).collect();
        let leaves = self.leaving(&is_end);
        let passing: Vec<usize> = (0..n).filter(|&state| leaves[state] && !is_end[state]).collect();
        // One equation a passing state: its ends are those it steps into, and those of the states it steps to.
        let mut equations: Vec<Vec<f64>> = Vec::with_capacity(passing.len());
        for &state in &passing {
            let rates = self.rates[state].as_deref().unwrap_or_default();
            let own = passing
                .iter()
                .map(|&other| f64::from(u8::from(other == state)) - rates[other]);
            let ends = (0..n_to).map(|to| if is_end[to] { rates[to] } else { 0.0 });
            equations.push(own.chain(ends).collect());
        }
        let solved = solve(equations);
        let place = |state: usize| passing.binary_search(&state).ok();
        (0..n)
            .map(|state| match place(state) {
                Some(place) => solved.as_ref().map(|rows| rows[place].clone()),
                None if is_end[state] => Some((0..n_to).map(|to| f64::from(u8::from(to == state))).collect()),
                None => None,
            })
            .collect()
    }

    /// Tells of each state whether all that leaves it can get to an end: no state on its ways is stuck.
    fn leaving(&self, is_end: &[bool]) -> Vec<bool> {
        let n = self.states.len();
        let steps_to = |from: usize, to: usize| self.rates[from].as_ref().is_some_and(|rates| rates[to] != 0.0);
        let mut can_end = is_end.to_vec();
        let spread = |marks: &mut Vec<bool>, towards: bool| loop {
            let found = (0..n).find(|&from| {
                let targets = if towards { marks.len() } else { n };
                marks[from] != towards && (0..targets).any(|to| steps_to(from, to) && marks[to] == towards)
            });
            match found {
                Some(from) => marks[from] = towards,
                None => break,
            }
        };
        spread(&mut can_end, true);
        // Whoever can step to a stuck state can get stuck.
        spread(&mut can_end, false);
        can_end
    }
}

/// Solves linear equations, each given as its coefficients (one an equation) and its right sides; `None` where they have no one answer.
fn solve(mut equations: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = equations.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|&a, &b| equations[a][at].abs().total_cmp(&equations[b][at].abs()))?;
        equations.swap(at, pivot);
        if equations[at][at].abs() < 1e-12 {
            return None;
        }
        let scale = equations[at][at];
        equations[at].iter_mut().for_each(|value| *value /= scale);
        let row = equations[at].clone();
        for other in (0..n).filter(|&other| other != at) {
            let factor = equations[other][at];
            if factor != 0.0 {
                for (value, own) in equations[other].iter_mut().zip(&row) {
                    *value -= factor * own;
                }
            }
        }
    }
    Some(equations.into_iter().map(|row| row[n..].to_vec()).collect())
}
