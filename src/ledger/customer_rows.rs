//! How many rows of each table are whose, over which days, and what they say: so much of a customer is known without
//! reading the tables.
//!
//! A customer's rows stand together in every table, since tables are stored by customer. The hash over them does not
//! depend on where they stand; the hash of a ledger is taken over those of its customers.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::finalise::customers_of;
use crate::contract::{TABLES, TableSpec};
use crate::table::{Packed, PackedTable};

/// SHA-256 over a customer's rows.
pub(super) type RowsHash = [u8; 32];

/// The rows of each customer, in the order of customers.
#[derive(Clone, Debug, Default)]
pub(super) struct CustomerRows {
    /// Rows by table, in the order of [`tables_of_customers`], then by customer.
    pub counts: Vec<Vec<u32>>,
    /// Hash over all rows, by customer.
    pub hashes: Vec<RowsHash>,
}

/// Returns the tables whose rows are each of one customer, in the order of the contract.
pub(super) fn tables_of_customers() -> impl Iterator<Item = &'static TableSpec> {
    TABLES.iter().filter(|spec| is_of_customers(spec))
}

/// Tells whether each row of a table is of one customer.
pub(super) fn is_of_customers(spec: &TableSpec) -> bool {
    spec.field("customer_id").is_some()
}

impl CustomerRows {
    /// Counts and hashes the rows of tables in their stored order.
    pub fn of(tables: &BTreeMap<String, PackedTable>, customer_ids: &[String]) -> CustomerRows {
        let of_tables: Vec<Option<OneTable<'_>>> = tables_of_customers()
            .map(|spec| Some(OneTable::of(spec, tables.get(spec.name)?, customer_ids)))
            .collect();
        let counts = of_tables.iter().map(|table| match table {
            Some(table) => table.starts.windows(2).map(|pair| pair[1] - pair[0]).collect(),
            None => vec![0; customer_ids.len()],
        });
        let hashes = (0..customer_ids.len()).into_par_iter().map(|customer| {
            let mut hasher = Sha256::new();
            let mut bytes = Vec::new();
            for table in of_tables.iter().flatten() {
                for row in table.rows_of(customer) {
                    table.write_row(row, &mut bytes);
                    if bytes.len() >= BYTES_PER_UPDATE {
                        hasher.update(&bytes);
                        bytes.clear();
                    }
                }
            }
            hasher.update(&bytes);
            hasher.finalize().into()
        });
        CustomerRows {
            counts: counts.collect(),
            hashes: hashes.collect(),
        }
    }
}

/// Bytes that are hashed at a time.
const BYTES_PER_UPDATE: usize = 1 << 13;

/// One table, and whose its rows are.
struct OneTable<'a> {
    /// The columns that have a value, and what stands before their cells: which column it is.
    columns: Vec<(&'a Packed, Vec<u8>)>,
    /// What stands before a row: which table it is of.
    mark: u8,
    /// Where each customer's rows start, one entry more than customers.
    starts: Vec<u32>,
}

impl<'a> OneTable<'a> {
    fn of(spec: &'static TableSpec, table: &'a PackedTable, customer_ids: &[String]) -> OneTable<'a> {
        let mut starts = vec![0; customer_ids.len() + 1];
        for customer in customers_of(table, customer_ids) {
            starts[customer.at() + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let position = |name: &str| spec.fields.iter().position(|field| field.name == name);
        let filled = table.columns().iter().filter(|column| column.data.n_present() > 0);
        let columns = filled.map(|column| {
            let mark = match position(&column.name) {
                Some(position) => vec![position as u8 + 1],
                // An attribute is known by its name: zero, length, letters.
                None => [
                    &[0][..],
                    &(column.name.len() as u32).to_le_bytes(),
                    column.name.as_bytes(),
                ]
                .concat(),
            };
            (&column.data, mark)
        });
        let mark = TABLES.iter().position(|listed| listed == spec);
        OneTable {
            columns: columns.collect(),
            mark: mark.expect("the tables of customers are tables of the contract") as u8,
            starts,
        }
    }

    fn rows_of(&self, customer: usize) -> Range<usize> {
        self.starts[customer] as usize..self.starts[customer + 1] as usize
    }

    /// Writes a row so that no other row gives the same bytes: its cells in the order of columns, missing ones left out.
    fn write_row(&self, row: usize, to: &mut Vec<u8>) {
        const END_OF_ROW: u8 = u8::MAX;
        to.push(self.mark);
        for (column, mark) in &self.columns {
            write_cell(column, row, mark, to);
        }
        to.push(END_OF_ROW);
    }
}

/// Writes the mark of a column and its cell, if that is there; how many bytes it takes follows from the column, or from its
/// first bytes.
fn write_cell(data: &Packed, row: usize, mark: &[u8], to: &mut Vec<u8>) {
    match data {
        Packed::Text(words) => {
            if let Some(word) = words.at(row) {
                write(mark, (word.len() as u32).to_le_bytes(), to);
                to.extend_from_slice(word.as_bytes());
            }
        }
        Packed::Day(days) => days
            .at(row)
            .into_iter()
            .for_each(|day| write(mark, day.to_le_bytes(), to)),
        Packed::Money(amounts) => {
            let units = amounts.at(row).map(|amount| amount.units());
            units.into_iter().for_each(|units| write(mark, units.to_le_bytes(), to));
        }
        Packed::Int(numbers) => {
            let number = numbers.at(row).into_iter();
            number.for_each(|number| write(mark, number.to_le_bytes(), to));
        }
        Packed::Real(numbers) => {
            let number = numbers.at(row).into_iter();
            number.for_each(|number| write(mark, number.to_bits().to_le_bytes(), to));
        }
        Packed::Flag(flags) => flags
            .at(row)
            .into_iter()
            .for_each(|flag| write(mark, [u8::from(flag)], to)),
    }
}

fn write<const N: usize>(mark: &[u8], bytes: [u8; N], to: &mut Vec<u8>) {
    match mark {
        // A copy of known length is an instruction, one of another length a call.
        [mark] => to.push(*mark),
        mark => to.extend_from_slice(mark),
    }
    to.extend_from_slice(&bytes);
}
