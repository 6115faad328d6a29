//! Canonical tables as they grow, row by row.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::columns::{RecordColumns, push_value};
use super::value::Value;
use crate::contract::TableSpec;
use crate::records::{RecordTable, Source, Sources};
use crate::table::{Packed, PackedTable, Words};

/// A canonical table as it grows.
pub struct TableBuilder {
    spec: &'static TableSpec,
    columns: Vec<Packed>,
    /// Attributes by name; shorter than the table while the latest rows lack them.
    attributes: Vec<(String, Words)>,
    sources: Sources,
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
                .map(|field| Packed::empty(field.kind.data_kind()))
                .collect(),
            attributes: Vec::new(),
            sources: Sources::default(),
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
        self.attributes.push((name.to_owned(), Words::default()));
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
    pub fn push<'w>(
        &mut self,
        values: &[Value<'_>],
        attributes: impl Iterator<Item = (usize, Option<Cow<'w, str>>)>,
        source: Source,
    ) {
        let row = self.sources.len();
        for (column, value) in self.columns.iter_mut().zip(values) {
            push_value(column, value);
        }
        for (at, word) in attributes {
            let words = &mut self.attributes[at].1;
            words.fill(row);
            words.push(word.as_deref());
        }
        self.sources.push(source);
    }

    /// Adds rows from consecutive lines; the attributes stand at the given places.
    pub fn push_columns(&mut self, columns: &RecordColumns, places: impl Iterator<Item = usize>, first: Source) {
        let n_rows = self.sources.len();
        for (column, more) in self.columns.iter_mut().zip(&columns.fields) {
            column.append(more);
        }
        for (at, more) in places.zip(&columns.attributes) {
            let words = &mut self.attributes[at].1;
            words.fill(n_rows);
            words.append(more);
        }
        let n_more = columns.fields.first().map_or(0, Packed::len);
        self.sources.push_lines(first, n_more);
    }

    /// Adds the rows of another table of the same name.
    pub fn append(&mut self, other: &TableBuilder) {
        let n_rows = self.sources.len();
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            column.append(more);
        }
        for (name, more) in &other.attributes {
            let at = self.attribute(name);
            let words = &mut self.attributes[at].1;
            words.fill(n_rows);
            words.append(more);
        }
        self.sources.append(&other.sources);
        self.timeless.extend(other.timeless.iter().cloned());
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
        mut attributes: impl Iterator<Item = (usize, Option<Cow<'w, str>>)>,
    ) -> bool {
        let fields_differ = self
            .columns
            .iter()
            .zip(values)
            .any(|(column, value)| !is_same(column, row, value));
        fields_differ
            || attributes.any(|(at, word)| {
                let words = &self.attributes[at].1;
                let kept = if row < words.len() { words.at(row) } else { None };
                kept != word.as_deref()
            })
    }

    /// Returns about how many bytes the rows take.
    pub fn n_bytes(&self) -> usize {
        let columns = self.columns.iter().map(Packed::n_bytes);
        let attributes = self.attributes.iter().map(|(_, words)| words.n_bytes());
        columns.chain(attributes).sum()
    }

    /// Returns the rows so far and begins anew with the same columns; `None` where later rows are compared with them.
    pub fn hand_on(&mut self) -> Option<RecordTable> {
        if !self.by_key.is_empty() {
            return None;
        }
        let mut anew = TableBuilder::new(self.spec);
        for (name, _) in &self.attributes {
            anew.attribute(name);
        }
        anew.timeless = self.timeless.clone();
        Some(std::mem::replace(self, anew).finish())
    }

    /// Returns the table: the contract's columns, then attributes in alphabetical order.
    pub fn finish(self) -> RecordTable {
        let n_rows = self.sources.len();
        let mut rows = PackedTable::new(self.spec.name);
        for (field, data) in self.spec.fields.iter().zip(self.columns) {
            rows = rows.with(field.name, data);
        }
        let mut attributes = self.attributes;
        attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, mut words) in attributes {
            words.fill(n_rows);
            rows = rows.with(&name, Packed::Text(words));
        }
        RecordTable {
            spec: self.spec,
            rows,
            sources: self.sources,
            timeless: self.timeless,
        }
    }
}

fn is_same(column: &Packed, row: usize, value: &Value<'_>) -> bool {
    match (column, value) {
        (Packed::Text(words), Value::Text(word)) => words.at(row) == Some(word),
        (Packed::Day(days), Value::Day(day)) => days.at(row) == Some(day.epoch()),
        (Packed::Money(amounts), Value::Money(amount)) => amounts.at(row) == Some(*amount),
        (Packed::Int(numbers), Value::Int(number)) => numbers.at(row) == Some(*number),
        (Packed::Real(numbers), Value::Real(number)) => numbers.at(row) == Some(*number),
        (Packed::Flag(flags), Value::Flag(flag)) => flags.at(row) == Some(*flag),
        (column, _) => column.is_none(row),
    }
}
