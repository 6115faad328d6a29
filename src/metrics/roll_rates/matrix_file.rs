//! A matrix of rates that was made elsewhere, read from a file: is it valid, what do several steps of it give, where does it end.
//!
//! # Definition
//! Rows must sum to one, shares must lie between zero and one. The rates over `k` steps are the matrix to the power `k`;
//! the long run is the share that ends in each absorbing state (see [`TransitionMatrix`]).
//! # Inputs
//! CSV. The header names the states; each row has its state, then one rate a state. The state's name may be left out where
//! there is one row a state: rows are then in the order of the header. States are ordered from best to worst.
//! # Edge cases
//! What is wrong is found and named; nothing is repaired unless asked for: rows that do not sum to one keep their sum, and
//! powers lose or gain what is missing at every step. A state that is named in the header and has no row is taken as one
//! that nothing leaves, which a caveat says. A cell that is no number is an error.
//! # Source
//! Kemeny, J. G. and Snell, J. L., Finite Markov Chains (1960), chapter 3.
//! # Example
//! ```
//! use arrears::metrics::roll_rates::matrix_file::MatrixFile;
//!
//! let file = MatrixFile::from_csv("state,current,late,lost\ncurrent,0.9,0.1,0\nlate,0.5,0.3,0.1\nlost,0,0,1\n".as_bytes()).unwrap();
//! let found: Vec<String> = file.findings().iter().map(ToString::to_string).collect();
//! assert_eq!(found, ["row `late` sums to 0.9, expected 1"]);
//! ```

use std::collections::BTreeSet;
use std::io::Read;

use thiserror::Error;

use super::chain::{MatrixFinding, TransitionMatrix};
use crate::outcome::Caveat;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "roll_rates_of_matrix.v1";

/// A matrix of rates as a file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixFile {
    matrix: TransitionMatrix,
    findings: Vec<MatrixFinding>,
    is_rescaled: bool,
}

/// Why a file is no matrix.
#[derive(Debug, Error)]
pub enum MatrixFileError {
    /// The text is no CSV.
    #[error("the matrix cannot be read")]
    Csv(#[from] csv::Error),
    /// Rows and columns do not fit together.
    #[error(
        "found {n_rows} rows of {n_cells} cells below a header of {n_captions}, expected a header of states and one row each, with or without its name"
    )]
    Shape {
        /// Rows below the header.
        n_rows: usize,
        /// Cells of a row.
        n_cells: usize,
        /// Cells of the header.
        n_captions: usize,
    },
    /// A cell is no number.
    #[error("line {line}: found `{found}` under `{to}`, expected a rate such as 0.05")]
    NotARate {
        /// The line.
        line: usize,
        /// The column.
        to: String,
        /// The cell.
        found: String,
    },
    /// A row is not named like a column.
    #[error("line {line}: found a row `{found}`, expected one of {expected}")]
    StateUnknown {
        /// The line.
        line: usize,
        /// The name.
        found: String,
        /// The states.
        expected: String,
    },
    /// A state is named twice.
    #[error("found the state `{state}` twice, expected it once")]
    StateTwice {
        /// The state.
        state: String,
    },
}

impl MatrixFile {
    /// Reads a matrix from CSV.
    ///
    /// # Errors
    /// No CSV, no square of rows and columns, a name that is no state or stands twice, a cell that is no number.
    pub fn from_csv(input: impl Read) -> Result<MatrixFile, MatrixFileError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(input);
        let records = reader.records().collect::<Result<Vec<_>, csv::Error>>()?;
        let mut lines = records.iter().map(|record| record.iter().collect::<Vec<&str>>());
        let captions = lines.next().unwrap_or_default();
        let rows: Vec<Vec<&str>> = lines.collect();
        let n_captions = captions.len();
        let n_cells = rows.first().map_or(0, Vec::len);
        let shape = |n_cells| MatrixFileError::Shape {
            n_rows: rows.len(),
            n_cells,
            n_captions,
        };
        let is_named = n_cells == n_captions + 1 || rows.len() < n_captions;
        let states = &captions[usize::from(is_named && n_cells == n_captions)..];
        let n_expected = states.len() + usize::from(is_named);
        if let Some(row) = rows.iter().find(|row| row.len() != n_expected) {
            return Err(shape(row.len()));
        }
        if rows.is_empty() || rows.len() > states.len() {
            return Err(shape(n_cells));
        }
        twice(states)?;
        let mut found: Vec<Option<Vec<f64>>> = vec![None; states.len()];
        for (at, row) in rows.iter().enumerate() {
            let line = at + 2;
            let (state, cells) = if is_named {
                let state = states.iter().position(|state| *state == row[0]);
                let state = state.ok_or_else(|| MatrixFileError::StateUnknown {
                    line,
                    found: row[0].to_owned(),
                    expected: states.join(", "),
                })?;
                (state, &row[1..])
            } else {
                (at, &row[..])
            };
            let rates = cells.iter().zip(states).map(|(cell, to)| {
                let rate: Option<f64> = cell.parse().ok().filter(|rate: &f64| rate.is_finite());
                rate.ok_or_else(|| MatrixFileError::NotARate {
                    line,
                    to: (*to).to_owned(),
                    found: (*cell).to_owned(),
                })
            });
            if found[state].replace(rates.collect::<Result<_, _>>()?).is_some() {
                return Err(MatrixFileError::StateTwice {
                    state: states[state].to_owned(),
                });
            }
        }
        // States with rows first, in the order of the header; the others are exits.
        let (with_row, without): (Vec<usize>, Vec<usize>) =
            (0..states.len()).partition(|&state| found[state].is_some());
        let order: Vec<usize> = with_row.iter().chain(&without).copied().collect();
        let names = |places: &[usize]| places.iter().map(|&state| states[state].to_owned()).collect();
        let rates = with_row.iter().map(|&state| {
            let row = found[state].as_ref();
            row.map(|row| order.iter().map(|&to| row[to]).collect())
        });
        let rates = rates.collect();
        let matrix = TransitionMatrix::new(names(&with_row), names(&without), rates);
        Ok(MatrixFile {
            findings: matrix.findings(),
            matrix,
            is_rescaled: false,
        })
    }

    /// Divides every row by its sum; what was found before stays listed.
    pub fn rescaled(self) -> MatrixFile {
        MatrixFile {
            matrix: self.matrix.rescaled(),
            findings: self.findings,
            is_rescaled: true,
        }
    }

    /// Returns the matrix.
    pub fn matrix(&self) -> &TransitionMatrix {
        &self.matrix
    }

    /// Returns what is wrong with the matrix as it was read.
    pub fn findings(&self) -> &[MatrixFinding] {
        &self.findings
    }

    /// Tells whether something is wrong with the matrix as it is used.
    pub fn is_sound(&self) -> bool {
        self.matrix.findings().is_empty()
    }

    /// Returns what a reader must know before using the matrix.
    pub fn caveats(&self) -> Vec<Caveat> {
        let mut caveats: Vec<Caveat> = Vec::new();
        if !self.findings.is_empty() {
            let what = if self.is_rescaled {
                "rows were divided by their sums, as asked"
            } else {
                "nothing was repaired, powers and the long run are those of the matrix as it stands"
            };
            let found: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
            caveats.push(Caveat(format!("{}; {what}", found.join("; "))));
        }
        if !self.matrix.exits().is_empty() {
            caveats.push(Caveat(format!(
                "no row for {}: taken as states that nothing leaves",
                self.matrix.exits().join(", ")
            )));
        }
        caveats
    }

    /// Returns one row per state: the sum of its row, what is wrong with it, whether anything leaves it.
    pub fn states_table(&self) -> Table {
        let states = self.matrix.from();
        let rows = 0..states.len();
        let findings_of = |state: &String| {
            let own = self.findings.iter().filter(|finding| finding.from() == state);
            let own: Vec<String> = own.map(ToString::to_string).collect();
            (!own.is_empty()).then(|| own.join("; "))
        };
        self.noted(
            Table::new("matrix_states")
                .text("state", states.iter().cloned())
                .real("row_sum", rows.clone().map(|state| self.matrix.sum_from(state)))
                .flag("is_absorbing", rows.map(|state| self.matrix.is_absorbing(state)))
                .text("finding", states.iter().map(findings_of)),
        )
    }

    /// Returns one row per pair of states: the rate over one step, over `n_steps`, and in the long run.
    pub fn steps_table(&self, n_steps: usize) -> Table {
        let (chained, long_run) = (self.matrix.power(n_steps), self.matrix.long_run());
        let n_to = self.matrix.to().count();
        let pairs = || (0..self.matrix.from().len()).flat_map(move |from| (0..n_to).map(move |to| (from, to)));
        let captions: Vec<&String> = self.matrix.to().collect();
        let rate = |rows: &[Option<Vec<f64>>], (from, to): (usize, usize)| rows[from].as_ref().map(|row| row[to]);
        self.noted(
            Table::new("matrix_steps")
                .text("from_state", pairs().map(|(from, _)| captions[from].clone()))
                .text("to_state", pairs().map(|(_, to)| captions[to].clone()))
                .real(
                    "rate",
                    pairs().map(|(from, to)| Some(self.matrix.rates_from(from)?[to])),
                )
                .real("rate_chained", pairs().map(|pair| rate(&chained, pair)))
                .real("rate_long_run", pairs().map(|pair| rate(&long_run, pair)))
                .note("steps", n_steps)
                .note(
                    "long_run",
                    "the share that ends in each absorbing state; null where it can get stuck",
                ),
        )
    }

    fn noted(&self, table: Table) -> Table {
        let absorbing: BTreeSet<&str> = (0..self.matrix.from().len())
            .filter(|&state| self.matrix.is_absorbing(state))
            .map(|state| self.matrix.from()[state].as_str())
            .chain(self.matrix.exits().iter().map(String::as_str))
            .collect();
        let absorbing: Vec<&str> = absorbing.into_iter().collect();
        table
            .note("metric", METRIC_ID)
            .note("n_findings", self.findings.len())
            .note(
                "absorbing",
                if absorbing.is_empty() {
                    "none".to_owned()
                } else {
                    absorbing.join(", ")
                },
            )
            .note(
                "rows",
                if self.is_rescaled {
                    "divided by their sums, as asked"
                } else {
                    "as they stand in the file"
                },
            )
    }
}

fn twice(states: &[&str]) -> Result<(), MatrixFileError> {
    let mut seen = BTreeSet::new();
    match states.iter().find(|state| !seen.insert(**state)) {
        None => Ok(()),
        Some(state) => Err(MatrixFileError::StateTwice {
            state: (*state).to_owned(),
        }),
    }
}
