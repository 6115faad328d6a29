//! What moved between two runs of a verb, row by row, and because of what.
//!
//! # Definition
//! Two runs are compared through states between them, one for each cause on top of those before it, so that each state differs from the one before
//! by one cause alone. A row moved by a cause where any of its cells differs between the two states around it. Changes of money telescope: over
//! all causes they sum to the whole change, exactly.
//! # Inputs
//! The tables of both runs and of the states between them, as the verb printed or prints them.
//! # Edge cases
//! A row that only one state has entered or left; it adds nothing to the money of the state that does not have it. The order of the causes decides
//! how what only both together bring is dealt: it goes to the later one. A cause that moved nothing is not listed.
//! # Source
//! Design section 7.
//! # Example
//! A value of 100.00 becomes 130.00 by an invoice that is new, and 120.00 by a dearer minute: new facts +30.00, policy -10.00, all +20.00.

mod evidence;
mod kinds;
mod rows;
mod tables;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use crate::money::Total;

pub use self::evidence::Evidence;
pub use self::kinds::{CellKind, RunKind};
pub use self::rows::{Cell, MovedError, RunRow, RunRows};

/// Why a row moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MoveCause {
    /// The day moved on: facts about days that the first run had not reached.
    NewFacts,
    /// Facts posted later about days that the first run saw already.
    Corrections,
    /// Settings, or what was asked for.
    Policy,
    /// Another model.
    Model,
    /// Of what cannot be told apart any more.
    NotAttributable,
}

impl MoveCause {
    /// Returns the words of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            MoveCause::NewFacts => "new facts",
            MoveCause::Corrections => "corrections",
            MoveCause::Policy => "policy",
            MoveCause::Model => "model",
            MoveCause::NotAttributable => "not attributable",
        }
    }
}

impl fmt::Display for MoveCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One row moved by one cause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move<'a> {
    /// The cells that name the row.
    pub key: &'a [String],
    /// Why.
    pub cause: MoveCause,
    /// The row before; `None` where it was not there.
    pub before: Option<&'a RunRow>,
    /// The row after; `None` where it is not there.
    pub after: Option<&'a RunRow>,
}

impl Move<'_> {
    /// Returns what the move adds to a sum of money, by its position among those of the kind.
    pub fn change(&self, position: usize) -> Total {
        let money = |row: Option<&RunRow>| row.and_then(|row| row.sums[position]).unwrap_or_default();
        money(self.after) - money(self.before)
    }
}

/// Two runs with the states between them.
#[derive(Clone, Debug)]
pub struct Moved {
    before: RunRows,
    steps: Vec<(MoveCause, RunRows)>,
}

/// What one cause moved in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedTotal {
    /// Rows that moved.
    pub n_moved: u64,
    /// Rows that were not there before.
    pub n_entered: u64,
    /// Rows that are not there any more.
    pub n_left: u64,
    /// Change of each sum of money.
    pub changes: Vec<Total>,
    /// Customers for whom a hold is recommended now and was not.
    pub n_holds_placed: u64,
    /// Customers for whom a hold was recommended and is not now.
    pub n_holds_lifted: u64,
}

impl Moved {
    /// Takes the first run and the states after it, each with what brought it about; the last is the second run.
    ///
    /// # Errors
    /// The states are not of one kind of table.
    pub fn new(before: RunRows, steps: Vec<(MoveCause, RunRows)>) -> Result<Moved, MovedError> {
        for (_, state) in &steps {
            state.is_like(&before)?;
        }
        Ok(Moved { before, steps })
    }

    /// Returns every move: the rows whose money moved most first, those of a row in the order of the causes.
    pub fn moves(&self) -> Vec<Move<'_>> {
        let mut moves: Vec<(usize, Move<'_>)> = self.by_step().collect();
        let weight = |made: &Move<'_>| {
            let whole = self.whole(made.key);
            (whole.money(), whole.probability())
        };
        moves.sort_by_cached_key(|(step, made)| (Reverse(weight(made)), made.key, *step));
        moves.into_iter().map(|(_, made)| made).collect()
    }

    /// Returns how many rows differ between the two runs; a row that moved and moved back is not among them.
    pub fn n_rows(&self) -> usize {
        self.wholes().count()
    }

    /// Returns what a cause moved of the rows of a currency, both runs together where no cause is named; the currency is empty where rows have none.
    pub fn total(&self, cause: Option<MoveCause>, currency: &str) -> MovedTotal {
        let is_of = |made: &Move<'_>| self.currency_of(made.key) == currency;
        match cause {
            Some(cause) => {
                let moves = self.by_step().map(|(_, made)| made);
                self.add_up(moves.filter(|made| made.cause == cause && is_of(made)))
            }
            None => self.add_up(self.wholes().filter(is_of)),
        }
    }

    /// Returns the currencies of rows that moved, in alphabetical order.
    pub fn currencies(&self) -> BTreeSet<&str> {
        self.by_step().map(|(_, made)| self.currency_of(made.key)).collect()
    }

    /// Returns the causes that moved something, in the order of the steps.
    pub fn causes(&self) -> Vec<MoveCause> {
        let mut causes: Vec<MoveCause> = Vec::new();
        for (_, made) in self.by_step() {
            if !causes.contains(&made.cause) {
                causes.push(made.cause);
            }
        }
        causes
    }

    /// Every move with the number of its step.
    fn by_step(&self) -> impl Iterator<Item = (usize, Move<'_>)> {
        let states = std::iter::once(&self.before).chain(self.steps.iter().map(|(_, state)| state));
        let steps = states.zip(&self.steps).enumerate();
        steps.flat_map(|(step, (before, (cause, after)))| between(before, after, *cause).map(move |made| (step, made)))
    }

    /// The moves from the first run to the second, whatever caused them.
    fn wholes(&self) -> impl Iterator<Item = Move<'_>> {
        between(&self.before, self.last(), MoveCause::NotAttributable)
    }

    fn last(&self) -> &RunRows {
        self.steps.last().map_or(&self.before, |(_, last)| last)
    }

    fn whole<'a>(&'a self, key: &'a [String]) -> Move<'a> {
        Move {
            key,
            cause: MoveCause::NotAttributable,
            before: self.before.row(key),
            after: self.last().row(key),
        }
    }

    fn currency_of<'a>(&self, key: &'a [String]) -> &'a str {
        let position = self.before.keys().iter().position(|name| *name == "currency");
        position.map_or("", |position| &key[position])
    }

    fn add_up<'a>(&self, moves: impl Iterator<Item = Move<'a>>) -> MovedTotal {
        let n_sums = self.before.kind().sums.len();
        let mut total = MovedTotal {
            changes: vec![Total::ZERO; n_sums],
            ..MovedTotal::default()
        };
        let mut moved: BTreeSet<&[String]> = BTreeSet::new();
        for made in moves {
            moved.insert(made.key);
            total.n_entered += u64::from(made.before.is_none());
            total.n_left += u64::from(made.after.is_none());
            for (position, change) in total.changes.iter_mut().enumerate() {
                *change += made.change(position);
            }
            let is_held = |row: Option<&RunRow>| row.is_some_and(|row| self.before.kind().asks_for_a_hold(row));
            total.n_holds_placed += u64::from(is_held(made.after) && !is_held(made.before));
            total.n_holds_lifted += u64::from(is_held(made.before) && !is_held(made.after));
        }
        total.n_moved = moved.len() as u64;
        total
    }
}

impl Move<'_> {
    fn money(&self) -> i128 {
        let n_sums = self.before.or(self.after).map_or(0, |row| row.sums.len());
        (0..n_sums)
            .map(|position| self.change(position).units().abs())
            .max()
            .unwrap_or(0)
    }

    /// How much a probability moved, in millionths.
    fn probability(&self) -> i64 {
        let of = |row: Option<&RunRow>| row.and_then(RunRow::probability).unwrap_or(0.0);
        ((of(self.after) - of(self.before)).abs() * 1e6).round() as i64
    }
}

fn between<'a>(before: &'a RunRows, after: &'a RunRows, cause: MoveCause) -> impl Iterator<Item = Move<'a>> {
    let keys: BTreeSet<&'a Vec<String>> = before.rows().keys().chain(after.rows().keys()).collect();
    keys.into_iter().filter_map(move |key| {
        let (before, after) = (before.row(key), after.row(key));
        (before != after).then_some(Move {
            key,
            cause,
            before,
            after,
        })
    })
}
