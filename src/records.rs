//! Rows of the canonical tables on their way from files to the ledger, and what happened to those that did not make it.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{TABLES, TableSpec};
use crate::money::{Currency, Total};
use crate::outcome::{IssueCode, Place};
use crate::table::{Packed, PackedTable, Table, Values, Words};

/// Rows of any number of canonical tables.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// The tables by name, in the order of the contract.
    pub tables: Vec<RecordTable>,
    /// File names that [`Source::file`] points into.
    pub files: Vec<String>,
}

/// Rows of one canonical table.
#[derive(Clone, Debug)]
pub struct RecordTable {
    /// Which table.
    pub spec: &'static TableSpec,
    /// The contract's columns in the contract's order and kinds, then attributes as words in alphabetical order.
    pub rows: PackedTable,
    /// Where each row came from; empty for rows that were made in memory.
    pub sources: Sources,
    /// Attributes declared to hold for every day, past days included.
    pub timeless: BTreeSet<String>,
}

/// Where a row came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Position in [`Records::files`].
    pub file: u32,
    /// Line in the file, from 1 with the header.
    pub line: u64,
}

/// Where the rows of a table came from. Rows from consecutive lines take no memory of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The first row of each stretch of rows from consecutive lines, with its source.
    stretches: Vec<(usize, Source)>,
    n_rows: usize,
}

/// A row that was refused, with what it would have taken to accept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub code: IssueCode,
    /// Where it stands.
    pub place: Place,
    /// Value found.
    pub found: String,
    /// Value expected.
    pub expected: String,
    /// Money on the row, where it can be read.
    pub money: Option<(Currency, Total)>,
    /// The row as it stood.
    pub row: String,
}

/// Rows or money by what became of them: `read = kept + merged + quarantined`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate<T> {
    /// All that was read.
    pub read: T,
    /// In the ledger because of this import.
    pub kept: T,
    /// Already there, word for word.
    pub merged: T,
    /// In the quarantine file.
    pub quarantined: T,
}

/// Money by currency and by what became of it.
pub type MoneyFate = BTreeMap<Currency, Fate<Total>>;

impl Sources {
    /// Adds the source of the next row.
    pub fn push(&mut self, source: Source) {
        if self.after_last() != Some(source) {
            self.stretches.push((self.n_rows, source));
        }
        self.n_rows += 1;
    }

    /// Adds the sources of rows from consecutive lines, of which the first is given.
    pub fn push_lines(&mut self, first: Source, n_rows: usize) {
        if n_rows > 0 {
            self.push(first);
            self.n_rows += n_rows - 1;
        }
    }

    /// Adds the sources of more rows.
    pub fn append(&mut self, other: &Sources) {
        for &(row, source) in &other.stretches {
            if row > 0 || self.after_last() != Some(source) {
                self.stretches.push((self.n_rows + row, source));
            }
        }
        self.n_rows += other.n_rows;
    }

    /// Returns where a row came from, if that is known.
    pub fn at(&self, row: usize) -> Option<Source> {
        if row >= self.n_rows {
            return None;
        }
        let after = self.stretches.partition_point(|(first, _)| *first <= row);
        let (first, source) = self.stretches[after.checked_sub(1)?];
        Some(Source {
            line: source.line + (row - first) as u64,
            ..source
        })
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.n_rows
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// Returns the line behind the last row's.
    fn after_last(&self) -> Option<Source> {
        let (first, source) = self.stretches.last()?;
        Some(Source {
            line: source.line + (self.n_rows - first) as u64,
            ..*source
        })
    }
}

impl RecordTable {
    /// Builds a table whose missing columns are added empty and whose columns stand in the contract's order.
    ///
    /// # Errors
    /// Names the first column of the contract that holds another kind of value, or a required one that is absent.
    pub fn new(spec: &'static TableSpec, given: &Table) -> Result<RecordTable, String> {
        let mut rows = PackedTable::new(spec.name);
        for field in spec.fields {
            let data = match given.column(field.name) {
                Some(data) if data.kind() == field.kind.data_kind() => Packed::of(data).ok_or_else(|| {
                    format!(
                        "column `{}` of table `{}` holds more money than a document can",
                        field.name, spec.name
                    )
                })?,
                Some(data) => {
                    return Err(format!(
                        "column `{}` of table `{}` holds {:?}, expected {:?}",
                        field.name,
                        spec.name,
                        data.kind(),
                        field.kind.data_kind()
                    ));
                }
                None => missing(spec, field.name, given.n_rows())?,
            };
            rows = rows.with(field.name, data);
        }
        let mut attributes: Vec<_> = given
            .columns()
            .iter()
            .filter(|column| spec.field(&column.name).is_none())
            .collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        for column in attributes {
            let mut words = Words::default();
            for row in 0..given.n_rows() {
                let word = column.data.text(row);
                words.push((!word.is_empty()).then_some(&word));
            }
            rows = rows.with(&column.name, Packed::Text(words));
        }
        Ok(RecordTable {
            spec,
            rows,
            sources: Sources::default(),
            timeless: BTreeSet::new(),
        })
    }

    /// Returns the rows as a table.
    pub fn table(&self) -> Table {
        self.rows.unpacked()
    }

    /// Returns the columns that are not part of the contract.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.rows
            .columns()
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| self.spec.field(name).is_none())
    }
}

fn missing(spec: &TableSpec, field: &str, n_rows: usize) -> Result<Packed, String> {
    use crate::contract::Need;
    let field = spec.field(field).expect("the field comes from this specification");
    let mut data = Packed::empty(field.kind.data_kind());
    match (&mut data, field.need) {
        (_, Need::Required) if n_rows > 0 => {
            return Err(format!(
                "table `{}` lacks the required column `{}`",
                spec.name, field.name
            ));
        }
        (Packed::Text(words), Need::Default(word)) => (0..n_rows).for_each(|_| words.push(Some(word))),
        (Packed::Int(values), Need::Default(word)) => {
            let number = word.parse().expect("the contract's default of a count is a number");
            *values = std::iter::repeat_n(Some(number), n_rows).collect::<Values<i64>>();
        }
        (data, _) => data.fill(n_rows),
    }
    Ok(data)
}

impl Records {
    /// Returns the rows of a canonical table, if there are any.
    pub fn table(&self, name: &str) -> Option<&RecordTable> {
        self.tables.iter().find(|table| table.spec.name == name)
    }

    /// Adds the rows of a canonical table.
    ///
    /// # Errors
    /// The name is no table of the contract, or a column does not fit it.
    pub fn with(mut self, table: &Table) -> Result<Records, String> {
        let spec = TableSpec::by_name(table.name()).ok_or_else(|| {
            let names: Vec<_> = TABLES.iter().map(|table| table.name).collect();
            format!(
                "found the table `{}`, expected one of {}",
                table.name(),
                names.join(", ")
            )
        })?;
        self.tables.push(RecordTable::new(spec, table)?);
        self.tables
            .sort_by_key(|table| TABLES.iter().position(|spec| spec.name == table.spec.name));
        Ok(self)
    }
}
