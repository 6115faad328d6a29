//! The tables that runs write, as rows that can be compared.

use std::collections::BTreeMap;

use thiserror::Error;

use super::kinds::{CellKind, EXPECTED_OF_ITEMS, RunKind};
use crate::money::{Amount, Total};
use crate::table::Table;

/// A cell that is shown beside the sums.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A count.
    Int(i64),
    /// An estimate.
    Real(f64),
    /// Words.
    Text(String),
    /// Money that does not add up.
    Money(Total),
}

/// One row of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Money, in the order of [`RunKind::sums`]; `None` where the cell is empty.
    pub sums: Vec<Option<Total>>,
    /// The other cells, in the order of [`RunKind::shown`]; `None` where the cell is empty.
    pub shown: Vec<Option<Cell>>,
}

/// The rows of a run by what names them.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRows {
    kind: &'static RunKind,
    keys: Vec<&'static str>,
    rows: BTreeMap<Vec<String>, RunRow>,
}

/// Why runs cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MovedError {
    /// A column that the kind of run has.
    #[error("the table `{table}` has no column `{column}`; it was written by another version of the program")]
    ColumnMissing {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A cell that is not what its column holds.
    #[error("column `{column}` of `{table}`, row {row}: found `{found}`, expected {expected}")]
    CellUnfit {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row, from 1.
        row: usize,
        /// What it says.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Two rows of the same name.
    #[error("the table `{table}` has two rows for {key}")]
    RowTwice {
        /// The table.
        table: String,
        /// What names both.
        key: String,
    },
    /// Runs of other kinds.
    #[error("one run is of `{before}`, the other of `{after}`; compare runs of one verb and one unit")]
    OtherKind {
        /// Table and keys of the first.
        before: String,
        /// Table and keys of the second.
        after: String,
    },
}

impl RunRow {
    /// Returns the first estimate of the row.
    pub(super) fn probability(&self) -> Option<f64> {
        self.shown.iter().flatten().find_map(|cell| match cell {
            Cell::Real(value) => Some(*value),
            _ => None,
        })
    }

    fn add(&mut self, other: &RunRow) {
        for (own, more) in self.sums.iter_mut().zip(&other.sums) {
            *own = match (*own, *more) {
                (Some(own), Some(more)) => Some(own + more),
                (own, more) => own.or(more),
            };
        }
    }
}

impl RunRows {
    /// Reads the table of a run; cells may be typed or text, as the file has them.
    ///
    /// # Errors
    /// A column is missing, a cell does not hold what its column should, or two rows have one name.
    pub fn of(kind: &'static RunKind, table: &Table) -> Result<RunRows, MovedError> {
        let keys: Vec<&'static str> = kind
            .keys
            .iter()
            .copied()
            .filter(|key| table.column(key).is_some())
            .collect();
        if keys.is_empty() {
            return Err(missing(kind, kind.keys[0]));
        }
        let mut rows: BTreeMap<Vec<String>, RunRow> = BTreeMap::new();
        for row in 0..table.n_rows() {
            let read = Reader { kind, table, row };
            let key = keys.iter().map(|key| read.text(key).map(Option::unwrap_or_default));
            let key: Vec<String> = key.collect::<Result<_, _>>()?;
            let own = read.row()?;
            match rows.get_mut(&key) {
                Some(parts) if kind.in_parts => parts.add(&own),
                Some(_) => {
                    return Err(MovedError::RowTwice {
                        table: kind.table.to_owned(),
                        key: key.join(", "),
                    });
                }
                None => {
                    rows.insert(key, own);
                }
            }
        }
        Ok(RunRows { kind, keys, rows })
    }

    /// Returns what kind of table it is.
    pub fn kind(&self) -> &'static RunKind {
        self.kind
    }

    /// Returns the columns that name a row.
    pub fn keys(&self) -> &[&'static str] {
        &self.keys
    }

    /// Returns the rows by what names them.
    pub fn rows(&self) -> &BTreeMap<Vec<String>, RunRow> {
        &self.rows
    }

    pub(super) fn row(&self, key: &[String]) -> Option<&RunRow> {
        self.rows.get(key)
    }

    pub(super) fn is_like(&self, other: &RunRows) -> Result<(), MovedError> {
        let named = |rows: &RunRows| format!("{} by {}", rows.kind.table, rows.keys.join(" and "));
        if self.kind == other.kind && self.keys == other.keys {
            return Ok(());
        }
        Err(MovedError::OtherKind {
            before: named(other),
            after: named(self),
        })
    }
}

fn missing(kind: &RunKind, column: &str) -> MovedError {
    MovedError::ColumnMissing {
        table: kind.table.to_owned(),
        column: column.to_owned(),
    }
}

/// One row of a table that is being read.
struct Reader<'a> {
    kind: &'static RunKind,
    table: &'a Table,
    row: usize,
}

impl Reader<'_> {
    fn row(&self) -> Result<RunRow, MovedError> {
        let sums = self.kind.sums.iter().map(|name| match *name {
            EXPECTED_OF_ITEMS if self.kind.table == "forecast_items" => self.expected(),
            name => self.money(name),
        });
        let shown = self.kind.shown.iter().map(|(name, kind)| self.cell(name, *kind));
        Ok(RunRow {
            sums: sums.collect::<Result<_, _>>()?,
            shown: shown.collect::<Result<_, _>>()?,
        })
    }

    fn expected(&self) -> Result<Option<Total>, MovedError> {
        let open = self.money("open")?;
        let Some(Cell::Real(probability)) = self.cell("probability", CellKind::Real)? else {
            return Ok(None);
        };
        Ok(open.and_then(|open| Total::from_estimate(open.to_feature() * probability)))
    }

    fn text(&self, column: &str) -> Result<Option<String>, MovedError> {
        let data = self.table.column(column).ok_or_else(|| missing(self.kind, column))?;
        let text = (!data.is_none(self.row)).then(|| data.text(self.row));
        Ok(text.filter(|text| !text.is_empty()))
    }

    fn cell(&self, column: &str, kind: CellKind) -> Result<Option<Cell>, MovedError> {
        let Some(text) = self.text(column)? else {
            return Ok(None);
        };
        let (cell, expected) = match kind {
            CellKind::Int => (text.parse().ok().map(Cell::Int), "a whole number"),
            CellKind::Real => (text.parse().ok().map(Cell::Real), "a number"),
            CellKind::Money => (money(&text).map(Cell::Money), "money"),
            CellKind::Text => (Some(Cell::Text(text.clone())), "a text"),
        };
        match cell {
            Some(cell) => Ok(Some(cell)),
            None => Err(MovedError::CellUnfit {
                table: self.kind.table.to_owned(),
                column: column.to_owned(),
                row: self.row + 1,
                found: text,
                expected,
            }),
        }
    }

    fn money(&self, column: &str) -> Result<Option<Total>, MovedError> {
        Ok(match self.cell(column, CellKind::Money)? {
            Some(Cell::Money(money)) => Some(money),
            _ => None,
        })
    }
}

fn money(text: &str) -> Option<Total> {
    Amount::parse(text).ok().map(Total::from)
}
