//! Rows of a table in layers.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::contract::TableSpec;
use crate::ledger::merge::concat;
use crate::table::PackedTable;

/// Takes each customer's rows from the last layer that has any, in order of customers; the oldest layer comes first.
///
/// A layer has all rows of its customers, and rows are never taken away: where a layer has some, it has all there are.
pub(in crate::ledger) fn laid_over(spec: &'static TableSpec, layers: Vec<PackedTable>) -> PackedTable {
    let mut all = PackedTable::new(spec.name);
    let mut places: BTreeMap<String, Range<u32>> = BTreeMap::new();
    for layer in layers {
        let n_before = all.n_rows() as u32;
        for (customer, rows) in customers(&layer) {
            places.insert(customer.to_owned(), n_before + rows.start..n_before + rows.end);
        }
        all = concat(spec, all, &layer);
    }
    let rows: Vec<u32> = places.into_values().flatten().collect();
    all.take(&rows)
}

/// Returns the customers of a table that is stored by customer, each with their rows.
fn customers(table: &PackedTable) -> impl Iterator<Item = (&str, Range<u32>)> {
    let ids = table.texts("customer_id");
    let n_rows = table.n_rows() as u32;
    let mut start = 0;
    std::iter::from_fn(move || {
        let ids = ids.filter(|_| start < n_rows)?;
        let (id, first) = (ids.at(start as usize)?, start);
        while start < n_rows && ids.at(start as usize) == Some(id) {
            start += 1;
        }
        Some((id, first..start))
    })
}
