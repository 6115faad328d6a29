//! Roll rates of state histories that were made elsewhere: who was in which state in which period.
//!
//! # Definition
//! `P(a, b) = N(a, b) / N(a)`: of the units in state `a` in one period and seen in the next, the share in state `b`
//! there. States are ordered from best to worst; a move past at least one state is a skip (0 -> 2). Over `k` steps the
//! observed rates (seen in a period and in the `k`-th after it) stand beside the chained ones (the one-step matrix to
//! the power `k`): where they differ, the moves have a memory.
//! # Inputs
//! Rows of id, period, state. Periods are sorted as numbers where all of them are whole numbers, else as text (ISO dates
//! and months sort as they should); the next period is the next one that occurs in the file. States are ordered as given,
//! else sorted the same way.
//! # Edge cases
//! Skips are counted as they are, and shown: neither dropped nor repaired. A unit that is missing in a period has no
//! move into it or out of it; such gaps are counted. A row that repeats another is merged and counted; one that
//! contradicts another is an error. A state that nothing was seen to leave has null rates.
//! # Source
//! Anderson, T. W. and Goodman, L. A., Statistical inference about Markov chains, Annals of Mathematical Statistics 28
//! (1957), pp. 89-110.
//! # Example
//! ```
//! use arrears::metrics::roll_rates::Move;
//! use arrears::metrics::roll_rates::histories::StateHistories;
//!
//! let rows = "id,period,state\nacme,1,0\nacme,2,2\nacme,3,2\nbolt,1,0\nbolt,2,0\nbolt,3,1\n";
//! let moves = StateHistories::from_csv(rows.as_bytes(), None).unwrap().moves(1);
//! // Of three in state 0, one stayed, one went to 1, one jumped to 2; the one in state 2 stayed.
//! assert_eq!(moves.counts_from(0), [1, 1, 1]);
//! assert_eq!(moves.counts_from(2), [0, 0, 1]);
//! assert_eq!(moves.n_of(Move::Skip), 1);
//! ```

use std::collections::HashMap;
use std::io::Read;

use thiserror::Error;

use super::matrix::{Move, MoveCounts};
use super::steps_table::StepRows;
use crate::metrics::wilson_interval;
use crate::outcome::Caveat;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "roll_rates_of_histories.v1";

/// State histories of any number of units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateHistories {
    periods: Vec<String>,
    states: Vec<String>,
    n_units: usize,
    n_merged: u64,
    n_gaps: u64,
    // Unit, position of the period, position of the state; sorted, one entry a unit and period.
    rows: Vec<(u32, u32, u32)>,
}

/// Why state histories cannot be read.
#[derive(Debug, Error)]
pub enum HistoriesError {
    /// The text is no CSV.
    #[error("the state histories cannot be read")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error("found the columns {found}, expected `id`, `period` (or `time`) and `state`")]
    ColumnMissing {
        /// The columns that are there.
        found: String,
    },
    /// A cell is empty.
    #[error("line {line}: found an empty `{column}`, expected a value")]
    CellEmpty {
        /// The line.
        line: u64,
        /// The column.
        column: &'static str,
    },
    /// A state is not among those given.
    #[error("line {line}: found state `{state}`, expected one of {expected}")]
    StateUnknown {
        /// The line.
        line: u64,
        /// The state.
        state: String,
        /// The states given.
        expected: String,
    },
    /// One unit in two states at once.
    #[error("line {line}: `{id}` is in state `{state}` in period `{period}`, an earlier line says another state")]
    Contradiction {
        /// The line.
        line: u64,
        /// The unit.
        id: String,
        /// The period.
        period: String,
        /// The state.
        state: String,
    },
}

/// Numbers words in order of appearance.
#[derive(Default)]
struct Words {
    numbers: HashMap<String, u32>,
    words: Vec<String>,
}

impl Words {
    fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = self.words.len() as u32;
        self.numbers.insert(word.to_owned(), number);
        self.words.push(word.to_owned());
        number
    }

    /// Returns the words sorted, as numbers where all are, and the place of each number among them.
    fn sorted(&self) -> (Vec<String>, Vec<u32>) {
        let mut order: Vec<usize> = (0..self.words.len()).collect();
        let numbers: Option<Vec<i64>> = self.words.iter().map(|word| word.parse().ok()).collect();
        match numbers {
            Some(numbers) => order.sort_by_key(|&at| numbers[at]),
            None => order.sort_by_key(|&at| &self.words[at]),
        }
        let mut places = vec![0; order.len()];
        for (place, &at) in order.iter().enumerate() {
            places[at] = place as u32;
        }
        (order.iter().map(|&at| self.words[at].clone()).collect(), places)
    }
}

impl StateHistories {
    /// Reads CSV with the columns `id`, `period` (or `time`) and `state`; `states` from best to worst, by default sorted.
    ///
    /// # Errors
    /// No CSV, a column or cell missing, a state that is not among `states`, one unit in two states in one period.
    pub fn from_csv(input: impl Read, states: Option<&[String]>) -> Result<StateHistories, HistoriesError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
        let captions = reader.headers()?.clone();
        let column = |names: &[&str]| {
            let position = captions
                .iter()
                .position(|caption| names.iter().any(|name| caption.eq_ignore_ascii_case(name)));
            position.ok_or_else(|| HistoriesError::ColumnMissing {
                found: captions
                    .iter()
                    .map(|caption| format!("`{caption}`"))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
        };
        let (id_at, period_at, state_at) = (column(&["id"])?, column(&["period", "time"])?, column(&["state"])?);
        let (mut ids, mut periods, mut words) = (Words::default(), Words::default(), Words::default());
        for state in states.unwrap_or_default() {
            words.number(state);
        }
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record)? {
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |at: usize, column| match record.get(at) {
                Some(cell) if !cell.is_empty() => Ok(cell),
                _ => Err(HistoriesError::CellEmpty { line, column }),
            };
            let state = cell(state_at, "state")?;
            if states.is_some() && !words.numbers.contains_key(state) {
                return Err(HistoriesError::StateUnknown {
                    line,
                    state: state.to_owned(),
                    expected: words.words.join(", "),
                });
            }
            let (id, period) = (cell(id_at, "id")?, cell(period_at, "period")?);
            rows.push((ids.number(id), periods.number(period), words.number(state), line));
        }
        let (periods, period_places) = periods.sorted();
        let (sorted_states, state_places) = match states {
            Some(_) => (words.words.clone(), (0..words.words.len() as u32).collect()),
            None => words.sorted(),
        };
        for row in &mut rows {
            row.1 = period_places[row.1 as usize];
            row.2 = state_places[row.2 as usize];
        }
        rows.sort_unstable();
        if let Some(pair) = rows
            .windows(2)
            .find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1) && pair[0].2 != pair[1].2)
        {
            let later = if pair[0].3 > pair[1].3 { pair[0] } else { pair[1] };
            return Err(HistoriesError::Contradiction {
                line: later.3,
                id: ids.words[later.0 as usize].clone(),
                period: periods[later.1 as usize].clone(),
                state: sorted_states[later.2 as usize].clone(),
            });
        }
        let n_read = rows.len();
        let mut rows: Vec<(u32, u32, u32)> = rows
            .into_iter()
            .map(|(id, period, state, _)| (id, period, state))
            .collect();
        rows.dedup();
        let gaps = rows
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0 && pair[1].1 > pair[0].1 + 1);
        Ok(StateHistories {
            n_gaps: gaps.count() as u64,
            n_merged: (n_read - rows.len()) as u64,
            n_units: ids.words.len(),
            states: sorted_states,
            periods,
            rows,
        })
    }

    /// Returns the states from best to worst.
    pub fn states(&self) -> &[String] {
        &self.states
    }

    /// Returns the periods in order.
    pub fn periods(&self) -> &[String] {
        &self.periods
    }

    /// Returns how many times a unit was missing between two periods in which it was seen.
    pub fn n_gaps(&self) -> u64 {
        self.n_gaps
    }

    /// Returns how many rows repeated another.
    pub fn n_merged(&self) -> u64 {
        self.n_merged
    }

    /// Returns the moves from each period to the `n_steps`-th after it, of the units seen in both.
    pub fn moves(&self, n_steps: usize) -> MoveCounts {
        let mut moves = MoveCounts::new(self.states.clone(), Vec::new());
        for history in self.rows.chunk_by(|a, b| a.0 == b.0) {
            let mut later = history.iter().peekable();
            for &(_, period, from) in history {
                let until = period as usize + n_steps;
                while later.next_if(|row| (row.1 as usize) < until).is_some() {}
                if let Some(&&(_, at, to)) = later.peek()
                    && at as usize == until
                {
                    moves.add(from as usize, to as usize, 1);
                }
            }
        }
        moves
    }

    /// Returns what a reader must know before using the rates.
    pub fn caveats(&self) -> Vec<Caveat> {
        let moves = self.moves(1);
        let mut caveats = Vec::new();
        let skips: Vec<String> = (0..self.states.len())
            .flat_map(|from| (0..self.states.len()).map(move |to| (from, to)))
            .filter(|&(from, to)| moves.kind(from, to) == Move::Skip && moves.counts_from(from)[to] > 0)
            .map(|(from, to)| {
                let n = moves.counts_from(from)[to];
                format!("{} -> {}: {n}", self.states[from], self.states[to])
            })
            .collect();
        if !skips.is_empty() {
            caveats.push(Caveat(format!(
                "{} moves skip a state ({}); they are counted as they stand, neither dropped nor repaired",
                moves.n_of(Move::Skip),
                skips.join(", ")
            )));
        }
        if self.n_gaps > 0 {
            caveats.push(Caveat(format!(
                "{} times a unit is missing between two periods in which it was seen; no move leads into a gap or out of it",
                self.n_gaps
            )));
        }
        if self.n_merged > 0 {
            caveats.push(Caveat(format!("{} rows repeat another and were merged", self.n_merged)));
        }
        caveats
    }

    /// Returns one row per pair of states: counts and rates of the moves from one period to the next, with Wilson intervals.
    pub fn table(&self, confidence: f64) -> Table {
        let moves = self.moves(1);
        let pairs = || (0..self.states.len()).flat_map(|from| (0..self.states.len()).map(move |to| (from, to)));
        let n = |(from, to): (usize, usize)| moves.counts_from(from)[to];
        let interval = |pair: (usize, usize)| wilson_interval(n(pair), moves.n_from(pair.0), confidence);
        Table::new("roll_rates")
            .text("from_state", pairs().map(|(from, _)| self.states[from].clone()))
            .text("to_state", pairs().map(|(_, to)| self.states[to].clone()))
            .text(
                "move",
                pairs().map(|(from, to)| moves.kind(from, to).as_str().to_owned()),
            )
            .int("n", pairs().map(|pair| n(pair) as i64))
            .int("n_from", pairs().map(|(from, _)| moves.n_from(from) as i64))
            .real("rate", pairs().map(|(from, to)| Some(moves.rates_from(from)?[to])))
            .real("rate_low", pairs().map(|pair| Some(interval(pair)?.0)))
            .real("rate_high", pairs().map(|pair| Some(interval(pair)?.1)))
            .note("metric", METRIC_ID)
            .note("interval", format!("Wilson, {confidence}"))
            .note("states", format!("{}, from best to worst", self.states.join(", ")))
            .note("n_units", self.n_units)
            .note(
                "n_moves",
                (0..self.states.len()).map(|from| moves.n_from(from)).sum::<u64>(),
            )
            .note("n_skips", moves.n_of(Move::Skip))
            .note("n_gaps", self.n_gaps)
            .note("n_merged", self.n_merged)
            .note("periods", self.periods_note())
    }

    fn periods_note(&self) -> String {
        match (self.periods.first(), self.periods.last()) {
            (Some(first), Some(last)) => format!("{} from {first} to {last}", self.periods.len()),
            _ => "none".to_owned(),
        }
    }

    /// Returns one row per pair of states: the rates over `n_steps` periods as observed and as chained from single steps.
    pub fn steps_table(&self, n_steps: usize, confidence: f64) -> Table {
        let mut rows = StepRows::default();
        rows.push_counts(
            0,
            &self.moves(n_steps),
            &self.moves(1).transitions(),
            n_steps,
            confidence,
        );
        rows.onto(Table::new("roll_rates_steps"))
            .note("metric", METRIC_ID)
            .note("steps", n_steps)
            .note("interval", format!("Wilson, {confidence}"))
    }
}
