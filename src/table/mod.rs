//! Named, typed columns: what an import yields, what a ledger stores and what every result prints as.

mod arrow;
mod packed;
pub mod parquet;
mod values;
mod words;

use std::fmt::{self, Write};

use thiserror::Error;

use crate::calendar::Day;
use crate::money::{Amount, Total};

pub use self::arrow::{from_batches, to_batch};
pub use self::packed::{Packed, PackedColumn, PackedTable};
pub use self::values::Values;
pub use self::words::{Words, hash};

/// Columns of equal length under a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    n_rows: usize,
    /// What a reader must know to use the table: run id, as-of day, conventions; printed as a header, kept as file metadata.
    pub notes: Vec<(String, String)>,
}

/// One column: a caption in snake case and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Caption, the same in every output format.
    pub name: String,
    /// Values, `None` where missing.
    pub data: Data,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Words and ids.
    Text(Vec<Option<String>>),
    /// Calendar days.
    Day(Vec<Option<Day>>),
    /// Exact money in the currency another column (or the header) names.
    Money(Vec<Option<Total>>),
    /// Counts.
    Int(Vec<Option<i64>>),
    /// Ratios and estimates.
    Real(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKind {
    /// Words and ids.
    Text,
    /// Calendar days.
    Day,
    /// Exact money.
    Money,
    /// Counts.
    Int,
    /// Ratios and estimates.
    Real,
    /// Yes or no.
    Flag,
}

/// Why a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// No such column.
    #[error("table `{table}` has no column `{column}`; it has {present}")]
    ColumnMissing {
        /// The table's name.
        table: String,
        /// The column that was asked for.
        column: String,
        /// The columns that are there.
        present: String,
    },
    /// The column holds something else.
    #[error("column `{column}` of table `{table}` holds {found:?}, expected {expected:?}")]
    WrongKind {
        /// The table's name.
        table: String,
        /// The column that was asked for.
        column: String,
        /// What it holds.
        found: DataKind,
        /// What was expected.
        expected: DataKind,
    },
    /// An Arrow type the product has no use for.
    #[error("column `{column}` has the type {found}, expected text, date, decimal, integer, float or boolean")]
    TypeUnknown {
        /// The column.
        column: String,
        /// Its Arrow type.
        found: String,
    },
    /// A Parquet file cannot be read or written.
    #[error("parquet: {message}")]
    Parquet {
        /// What the reader or writer said.
        message: String,
    },
    /// A value does not fit its column.
    #[error("column `{column}`, row {row}: {message}")]
    ValueUnfit {
        /// The column.
        column: String,
        /// The row, from 0.
        row: usize,
        /// What is wrong with it.
        message: String,
    },
}

impl Data {
    /// Builds an empty column of a kind.
    pub fn empty(kind: DataKind) -> Data {
        match kind {
            DataKind::Text => Data::Text(Vec::new()),
            DataKind::Day => Data::Day(Vec::new()),
            DataKind::Money => Data::Money(Vec::new()),
            DataKind::Int => Data::Int(Vec::new()),
            DataKind::Real => Data::Real(Vec::new()),
            DataKind::Flag => Data::Flag(Vec::new()),
        }
    }

    /// Returns what the column holds.
    pub fn kind(&self) -> DataKind {
        match self {
            Data::Text(_) => DataKind::Text,
            Data::Day(_) => DataKind::Day,
            Data::Money(_) => DataKind::Money,
            Data::Int(_) => DataKind::Int,
            Data::Real(_) => DataKind::Real,
            Data::Flag(_) => DataKind::Flag,
        }
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        match self {
            Data::Text(values) => values.len(),
            Data::Day(values) => values.len(),
            Data::Money(values) => values.len(),
            Data::Int(values) => values.len(),
            Data::Real(values) => values.len(),
            Data::Flag(values) => values.len(),
        }
    }

    /// Tells whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a missing value.
    pub fn push_none(&mut self) {
        match self {
            Data::Text(values) => values.push(None),
            Data::Day(values) => values.push(None),
            Data::Money(values) => values.push(None),
            Data::Int(values) => values.push(None),
            Data::Real(values) => values.push(None),
            Data::Flag(values) => values.push(None),
        }
    }

    /// Adds the values of another column of the same kind.
    ///
    /// # Panics
    /// Where the kinds differ.
    pub fn extend(&mut self, other: &Data) {
        match (self, other) {
            (Data::Text(values), Data::Text(more)) => values.extend_from_slice(more),
            (Data::Day(values), Data::Day(more)) => values.extend_from_slice(more),
            (Data::Money(values), Data::Money(more)) => values.extend_from_slice(more),
            (Data::Int(values), Data::Int(more)) => values.extend_from_slice(more),
            (Data::Real(values), Data::Real(more)) => values.extend_from_slice(more),
            (Data::Flag(values), Data::Flag(more)) => values.extend_from_slice(more),
            (values, more) => panic!("a column of {:?} takes no {:?}", values.kind(), more.kind()),
        }
    }

    /// Returns the rows at the given positions, in that order.
    pub fn take(&self, rows: &[usize]) -> Data {
        fn pick<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| values[row].clone()).collect()
        }
        match self {
            Data::Text(values) => Data::Text(pick(values, rows)),
            Data::Day(values) => Data::Day(pick(values, rows)),
            Data::Money(values) => Data::Money(pick(values, rows)),
            Data::Int(values) => Data::Int(pick(values, rows)),
            Data::Real(values) => Data::Real(pick(values, rows)),
            Data::Flag(values) => Data::Flag(pick(values, rows)),
        }
    }

    /// Returns a value as the text every format shares: ISO days, exact money, an empty text where missing.
    ///
    /// Reals print with the fewest digits that read back as the same number.
    pub fn text(&self, row: usize) -> String {
        let mut text = String::new();
        self.write_text(row, &mut text);
        text
    }

    /// Adds what [`Data::text`] returns to the end of a text.
    pub fn write_text(&self, row: usize, text: &mut String) {
        fn show<T: fmt::Display>(value: &Option<T>, text: &mut String) {
            if let Some(value) = value {
                write!(text, "{value}").expect("a text in memory takes everything");
            }
        }
        match self {
            Data::Text(values) => text.push_str(values[row].as_deref().unwrap_or_default()),
            Data::Day(values) => show(&values[row], text),
            Data::Money(values) => show(&values[row], text),
            Data::Int(values) => show(&values[row], text),
            Data::Real(values) => show(&values[row], text),
            Data::Flag(values) => show(&values[row], text),
        }
    }

    /// Tells whether a value is missing.
    pub fn is_none(&self, row: usize) -> bool {
        match self {
            Data::Text(values) => values[row].is_none(),
            Data::Day(values) => values[row].is_none(),
            Data::Money(values) => values[row].is_none(),
            Data::Int(values) => values[row].is_none(),
            Data::Real(values) => values[row].is_none(),
            Data::Flag(values) => values[row].is_none(),
        }
    }
}

macro_rules! builders {
    ($($method:ident($value:ty) -> $variant:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        ///
        /// # Panics
        /// Where the length differs from the columns already there.
        pub fn $method<T: Into<Option<$value>>>(self, name: &str, values: impl IntoIterator<Item = T>) -> Table {
            let data = Data::$variant(values.into_iter().map(Into::into).collect());
            self.with(name, data)
        }
    )*};
}

macro_rules! getters {
    ($($method:ident -> $value:ty, $variant:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        ///
        /// # Errors
        /// The column is missing or holds something else.
        pub fn $method(&self, column: &str) -> Result<&[Option<$value>], TableError> {
            match self.data(column)? {
                Data::$variant(values) => Ok(values),
                other => Err(TableError::WrongKind {
                    table: self.name.clone(),
                    column: column.to_owned(),
                    found: other.kind(),
                    expected: DataKind::$variant,
                }),
            }
        }
    )*};
}

impl Table {
    /// Starts a table without columns.
    pub fn new(name: &str) -> Table {
        Table {
            name: name.to_owned(),
            ..Table::default()
        }
    }

    /// Adds a column.
    ///
    /// # Panics
    /// Where the length differs from the columns already there.
    pub fn with(mut self, name: &str, data: Data) -> Table {
        assert!(
            self.columns.is_empty() || data.len() == self.n_rows,
            "column `{name}` of table `{}` has {} rows, the columns before it have {}",
            self.name,
            data.len(),
            self.n_rows
        );
        self.n_rows = data.len();
        self.columns.push(Column {
            name: name.to_owned(),
            data,
        });
        self
    }

    /// Gives the table another name.
    pub fn named(self, name: &str) -> Table {
        Table {
            name: name.to_owned(),
            ..self
        }
    }

    /// Adds a line to the header.
    pub fn note(mut self, key: &str, value: impl ToString) -> Table {
        self.notes.push((key.to_owned(), value.to_string()));
        self
    }

    builders! {
        text(String) -> Text, "Adds a column of words.";
        day(Day) -> Day, "Adds a column of days.";
        money(Total) -> Money, "Adds a column of money.";
        int(i64) -> Int, "Adds a column of counts.";
        real(f64) -> Real, "Adds a column of ratios or estimates.";
        flag(bool) -> Flag, "Adds a column of yes and no.";
    }

    getters! {
        texts -> String, Text, "Returns a column of words.";
        days -> Day, Day, "Returns a column of days.";
        moneys -> Total, Money, "Returns a column of money.";
        ints -> i64, Int, "Returns a column of counts.";
        reals -> f64, Real, "Returns a column of ratios or estimates.";
        flags -> bool, Flag, "Returns a column of yes and no.";
    }

    /// Returns the table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Returns the values of a column.
    ///
    /// # Errors
    /// [`TableError::ColumnMissing`] lists the columns that are there.
    pub fn data(&self, column: &str) -> Result<&Data, TableError> {
        self.column(column).ok_or_else(|| TableError::ColumnMissing {
            table: self.name.clone(),
            column: column.to_owned(),
            present: self
                .columns
                .iter()
                .map(|column| format!("`{}`", column.name))
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// Returns the values of a column that may be absent.
    pub fn column(&self, column: &str) -> Option<&Data> {
        self.columns
            .iter()
            .find(|candidate| candidate.name == column)
            .map(|column| &column.data)
    }

    /// Returns one amount of a money column that holds amounts of documents.
    pub fn amount(&self, column: &str, row: usize) -> Option<Amount> {
        match self.column(column)? {
            Data::Money(values) => values[row].and_then(Total::to_amount),
            _ => None,
        }
    }

    /// Returns the rows at the given positions, in that order.
    pub fn take(&self, rows: &[usize]) -> Table {
        Table {
            name: self.name.clone(),
            columns: self
                .columns
                .iter()
                .map(|column| Column {
                    name: column.name.clone(),
                    data: column.data.take(rows),
                })
                .collect(),
            n_rows: rows.len(),
            notes: self.notes.clone(),
        }
    }
}
