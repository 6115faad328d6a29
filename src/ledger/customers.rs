//! The customers of the tables that are being written: how many rows are whose, and where their order is cut into stretches.

use std::collections::BTreeMap;
use std::ops::Range;

use super::customer_rows::tables_of_customers;
use crate::table::Words;

/// Invoices, or receipt lines, or customers, after which a stretch ends.
///
/// The facts of a stretch and their columns take a few megabytes at most; a smaller ledger has enough stretches to keep
/// all cores at work.
const ROWS_PER_STRETCH: std::ops::RangeInclusive<usize> = 256..=32_768;
const STRETCHES_OF_A_SMALL_LEDGER: usize = 64;

/// Customers by id, as they are met, with the number of their rows in each table of customers.
#[derive(Debug)]
pub(super) struct Census {
    places: BTreeMap<String, usize>,
    /// By table, then by place.
    counts: Vec<Vec<u32>>,
}

/// The customers of some tables, in order of ids, each with at least one row.
#[derive(Debug)]
pub(super) struct Customers {
    ids: Vec<String>,
    /// By table, where each customer's rows start, one entry more than customers.
    starts: Vec<Vec<u32>>,
}

impl Default for Census {
    fn default() -> Census {
        Census {
            places: BTreeMap::new(),
            counts: vec![Vec::new(); tables_of_customers().count()],
        }
    }
}

impl Census {
    /// Counts rows of a table, each given by its position; neighbours are mostly of one customer.
    pub fn add(&mut self, table: usize, ids: &Words, rows: impl Iterator<Item = u32>) {
        for_each_customer(ids, rows, |id, n_rows| {
            let place = match self.places.get(id) {
                Some(place) => *place,
                None => {
                    let place = self.places.len();
                    self.places.insert(id.to_owned(), place);
                    self.counts.iter_mut().for_each(|counts| counts.push(0));
                    place
                }
            };
            self.counts[table][place] += n_rows;
        });
    }

    /// Takes rows back that were counted.
    pub fn take_back(&mut self, table: usize, ids: &Words, rows: impl Iterator<Item = u32>) {
        for_each_customer(ids, rows, |id, n_rows| {
            if let Some(place) = self.places.get(id) {
                self.counts[table][*place] -= n_rows;
            }
        });
    }

    /// Returns the ids of all customers that were met, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Ends the counting; customers without a row are left out.
    pub fn customers(self) -> Customers {
        let counts = &self.counts;
        let has_rows = |place: usize| counts.iter().any(|counts| counts[place] > 0);
        let (ids, places): (Vec<String>, Vec<usize>) =
            self.places.into_iter().filter(|(_, place)| has_rows(*place)).unzip();
        let starts = counts.iter().map(|counts| {
            let mut end = 0;
            let ends = places.iter().map(|place| {
                end += counts[*place];
                end
            });
            [0].into_iter().chain(ends).collect()
        });
        Customers {
            starts: starts.collect(),
            ids,
        }
    }
}

fn for_each_customer<'w>(ids: &'w Words, rows: impl Iterator<Item = u32>, mut take: impl FnMut(&'w str, u32)) {
    let mut rows = rows.map(|row| ids.number_at(row as usize)).peekable();
    while let Some(number) = rows.next() {
        let mut n_rows = 1;
        while rows.next_if_eq(&number).is_some() {
            n_rows += 1;
        }
        // No row of a table with customers lacks its customer; one that did would stand under the empty id.
        take(number.map_or("", |number| ids.word(number)), n_rows);
    }
}

impl Customers {
    /// Returns the ids in order.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Returns where the rows of some customers stand in a table.
    pub fn rows(&self, table: usize, customers: &Range<u32>) -> Range<usize> {
        let starts = &self.starts[table];
        starts[customers.start as usize] as usize..starts[customers.end as usize] as usize
    }

    /// Cuts the customers into stretches.
    pub fn stretches(&self) -> Vec<Range<u32>> {
        let place = |name: &str| tables_of_customers().position(|spec| spec.name == name);
        let books = ["invoices", "receipts"].map(|name| place(name).expect("invoices and receipts are of customers"));
        let invoices = self.rows(books[0], &(0..self.ids.len() as u32));
        let limit = invoices.len() / STRETCHES_OF_A_SMALL_LEDGER;
        let limit = limit.clamp(*ROWS_PER_STRETCH.start(), *ROWS_PER_STRETCH.end());
        let n_customers = self.ids.len() as u32;
        let mut stretches = Vec::new();
        let mut start = 0;
        for end in 1..=n_customers {
            let own = start..end;
            let is_full = own.len() >= limit || books.iter().any(|&table| self.rows(table, &own).len() >= limit);
            if is_full || end == n_customers {
                stretches.push(own);
                start = end;
            }
        }
        stretches
    }

    /// Cuts the customers where another ledger is cut: each of `bounds` is the first id behind an end.
    pub fn stretches_at(&self, bounds: &[String]) -> Vec<Range<u32>> {
        let ends = bounds
            .iter()
            .map(|bound| self.ids.partition_point(|id| id < bound) as u32)
            .chain([self.ids.len() as u32]);
        let mut start = 0;
        ends.map(|end| std::mem::replace(&mut start, end)..end).collect()
    }
}
