//! Canonical tables as they grow, row by row.

use std::collections::{BTreeSet, HashMap};

use super::value::Value;
use crate::contract::TableSpec;
use crate::money::Total;
use crate::records::{RecordTable, Source};
use crate::table::{Data, Table};

/// A canonical table as it grows.
pub struct TableBuilder {
    spec: &'static TableSpec,
    columns: Vec<Data>,
    /// Attributes by name; shorter than the table while the latest rows lack them.
    attributes: Vec<(String, Vec<Option<String>>)>,
    sources: Vec<Source>,
    timeless: BTreeSet<String>,
    /// Rows by key, kept only where a record is written once a key.
    by_key: HashMap<String, usize>,
}

impl TableBuilder {
    pub fn new(spec: &'static TableSpec) -> TableBuilder {
        TableBuilder {
            spec,
            columns: spec
                .fields
                .iter()
                .map(|field| Data::empty(field.kind.data_kind()))
                .collect(),
            attributes: Vec::new(),
            sources: Vec::new(),
            timeless: BTreeSet::new(),
            by_key: HashMap::new(),
        }
    }

    pub fn spec(&self) -> &'static TableSpec {
        self.spec
    }

    /// Returns the place of an attribute, adding it where it is new.
    pub fn attribute(&mut self, name: &str) -> usize {
        if let Some(at) = self.attributes.iter().position(|(known, _)| known == name) {
            return at;
        }
        self.attributes.push((name.to_owned(), Vec::new()));
        self.attributes.len() - 1
    }

    /// Returns the names of columns that a row may leave out.
    pub fn optional_columns(&self) -> impl Iterator<Item = &str> {
        let fields = self.spec.fields.iter().map(|field| field.name);
        fields.chain(self.attributes.iter().map(|(name, _)| name.as_str()))
    }

    pub fn set_timeless(&mut self, column: &str) {
        self.timeless.insert(column.to_owned());
    }

    /// Adds a row.
    pub fn push(
        &mut self,
        values: Vec<Value<'_>>,
        attributes: impl Iterator<Item = (usize, Option<String>)>,
        source: Source,
    ) {
        let row = self.sources.len();
        for (column, value) in self.columns.iter_mut().zip(values) {
            push_value(column, value);
        }
        for (at, word) in attributes {
            let words = &mut self.attributes[at].1;
            words.resize(row, None);
            words.push(word);
        }
        self.sources.push(source);
    }

    /// Remembers that the next row has this key, or returns the row that has it already.
    pub fn claim(&mut self, key: String) -> Option<usize> {
        let row = self.sources.len();
        match self.by_key.entry(key) {
            std::collections::hash_map::Entry::Occupied(taken) => Some(*taken.get()),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(row);
                None
            }
        }
    }

    /// Tells whether a row holds other values or attributes than these.
    pub fn differs<'w>(
        &self,
        row: usize,
        values: &[Value<'_>],
        mut attributes: impl Iterator<Item = (usize, Option<std::borrow::Cow<'w, str>>)>,
    ) -> bool {
        let fields_differ = self
            .columns
            .iter()
            .zip(values)
            .any(|(column, value)| !is_same(column, row, value));
        fields_differ
            || attributes.any(|(at, word)| {
                let kept = self.attributes[at].1.get(row).and_then(Option::as_deref);
                kept != word.as_deref()
            })
    }

    /// Returns the table: the contract's columns, then attributes in alphabetical order.
    pub fn finish(self) -> RecordTable {
        let n_rows = self.sources.len();
        let mut table = Table::new(self.spec.name);
        for (field, data) in self.spec.fields.iter().zip(self.columns) {
            table = table.with(field.name, data);
        }
        let mut attributes = self.attributes;
        attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, mut words) in attributes {
            words.resize(n_rows, None);
            table = table.with(&name, Data::Text(words));
        }
        RecordTable {
            spec: self.spec,
            table,
            sources: self.sources,
            timeless: self.timeless,
        }
    }
}

fn push_value(column: &mut Data, value: Value<'_>) {
    match (column, value) {
        (Data::Text(words), Value::Text(word)) => words.push(Some(word.into_owned())),
        (Data::Day(days), Value::Day(day)) => days.push(Some(day)),
        (Data::Money(totals), Value::Money(amount)) => totals.push(Some(Total::from(amount))),
        (Data::Int(numbers), Value::Int(number)) => numbers.push(Some(number)),
        (Data::Real(numbers), Value::Real(number)) => numbers.push(Some(number)),
        (Data::Flag(flags), Value::Flag(flag)) => flags.push(Some(flag)),
        (column, _) => column.push_none(),
    }
}

fn is_same(column: &Data, row: usize, value: &Value<'_>) -> bool {
    match (column, value) {
        (Data::Text(words), Value::Text(word)) => words[row].as_deref() == Some(word),
        (Data::Day(days), Value::Day(day)) => days[row] == Some(*day),
        (Data::Money(totals), Value::Money(amount)) => totals[row] == Some(Total::from(*amount)),
        (Data::Int(numbers), Value::Int(number)) => numbers[row] == Some(*number),
        (Data::Real(numbers), Value::Real(number)) => numbers[row] == Some(*number),
        (Data::Flag(flags), Value::Flag(flag)) => flags[row] == Some(*flag),
        (column, _) => column.is_none(row),
    }
}
