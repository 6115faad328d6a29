//! The pass in parts, for results too large to hold: each part is made on any core and taken in order.

use std::ops::Range;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::ids::CustomerIx;
use crate::ledger::{Facts, Ledger, Reads};

/// A part of a ledger in memory ends with the customer that brings it to so many customers or documents.
const CUSTOMERS_PER_PART: usize = 2_048;
const DOCUMENTS_PER_PART: usize = 32_768;

/// Consecutive customers.
enum Part {
    /// A stretch of a ledger in a folder.
    Stretch(usize),
    /// Customers of a ledger in memory.
    Customers(Range<u32>),
}

/// Passes the ledger in parts of consecutive customers: `make` turns each into something on any core, `take` gets what came of
/// them one after the other, in order.
///
/// `reads` says which facts `make` looks at. A few parts at a time are in memory, however large the ledger is in its folder,
/// and they do not depend on the number of cores.
///
/// # Errors
/// The first error of `take`; what follows is not taken.
pub fn run_in_parts<T: Send, E>(
    ledger: &Ledger,
    reads: Reads,
    make: impl Fn(&Facts<'_>, &[CustomerIx]) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let make = |part: &Part| match part {
        Part::Stretch(stretch) => {
            let stretch = ledger.stretch(*stretch, reads);
            make(&stretch.facts(), &stretch.customers().collect::<Vec<_>>())
        }
        Part::Customers(customers) => {
            let customers: Vec<CustomerIx> = customers.clone().map(CustomerIx).collect();
            make(&ledger.facts(reads), &customers)
        }
    };
    let parts = parts(ledger);
    let mut made: Vec<T> = Vec::new();
    for wave in parts.chunks(2 * rayon::current_num_threads()).chain([&[][..]]) {
        let mut next = Vec::new();
        // The parts of the last wave are taken while those of the next are made.
        let taken = rayon::in_place_scope(|scope| {
            scope.spawn(|_| next = wave.par_iter().map(make).collect());
            made.into_iter().try_for_each(&mut take)
        });
        taken?;
        made = next;
    }
    Ok(())
}

fn parts(ledger: &Ledger) -> Vec<Part> {
    if let Some(n_stretches) = ledger.n_stretches() {
        return (0..n_stretches).map(Part::Stretch).collect();
    }
    let mut parts = Vec::new();
    let (mut start, mut n_documents) = (0, 0);
    for customer in ledger.customers() {
        let end = customer.0 + 1;
        n_documents += ledger.documents().of(customer).len();
        let is_full = (end - start) as usize >= CUSTOMERS_PER_PART || n_documents >= DOCUMENTS_PER_PART;
        if is_full || end as usize == ledger.n_customers() {
            parts.push(Part::Customers(start..end));
            (start, n_documents) = (end, 0);
        }
    }
    parts
}
