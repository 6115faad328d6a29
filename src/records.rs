//! Rows of the canonical tables on their way from files to the ledger, and what happened to those that did not make it.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{TABLES, TableSpec};
use crate::money::{Currency, Total};
use crate::outcome::{IssueCode, Place};
use crate::table::{Data, Table};

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
    pub table: Table,
    /// Where each row came from; empty for rows that were made in memory.
    pub sources: Vec<Source>,
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

impl RecordTable {
    /// Builds a table whose missing columns are added empty and whose columns stand in the contract's order.
    ///
    /// # Errors
    /// Names the first column of the contract that holds another kind of value, or a required one that is absent.
    pub fn new(spec: &'static TableSpec, given: &Table) -> Result<RecordTable, String> {
        let mut table = Table::new(spec.name);
        for field in spec.fields {
            let data = match given.column(field.name) {
                Some(data) if data.kind() == field.kind.data_kind() => data.clone(),
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
            table = table.with(field.name, data);
        }
        let mut attributes: Vec<_> = given
            .columns()
            .iter()
            .filter(|column| spec.field(&column.name).is_none())
            .collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        for column in attributes {
            let words = (0..given.n_rows()).map(|row| {
                let word = column.data.text(row);
                (!word.is_empty()).then_some(word)
            });
            table = table.text(&column.name, words);
        }
        Ok(RecordTable {
            spec,
            table,
            sources: Vec::new(),
            timeless: BTreeSet::new(),
        })
    }

    /// Returns the columns that are not part of the contract.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.table
            .columns()
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| self.spec.field(name).is_none())
    }
}

fn missing(spec: &TableSpec, field: &str, n_rows: usize) -> Result<Data, String> {
    use crate::contract::Need;
    let field = spec.field(field).expect("the field comes from this specification");
    let mut data = Data::empty(field.kind.data_kind());
    match (&mut data, field.need) {
        (_, Need::Required) if n_rows > 0 => {
            return Err(format!(
                "table `{}` lacks the required column `{}`",
                spec.name, field.name
            ));
        }
        (Data::Text(values), Need::Default(word)) => values.resize(n_rows, Some(word.to_owned())),
        (Data::Int(values), Need::Default(word)) => {
            let number = word.parse().expect("the contract's default of a count is a number");
            values.resize(n_rows, Some(number));
        }
        (data, _) => (0..n_rows).for_each(|_| data.push_none()),
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
