//! The generator: deterministic, true to the contract, conserving money, and honest about its truths.

mod books;
mod contract;
mod embedded;
mod files;
mod params;
mod same_ledger;
mod truths;

use arrears::generate::{GenerateParams, Generated, generate};
use arrears::table::Table;

/// A ledger of this size, 24 months up to 2025-12.
fn ledger(n_invoices: u64, seed: u64) -> Generated {
    generate(&GenerateParams::new(n_invoices, 24, seed).check().unwrap())
}

fn table<'a>(generated: &'a Generated, name: &str) -> &'a Table {
    generated
        .tables
        .iter()
        .chain(&generated.truths)
        .find(|table| table.name() == name)
        .unwrap_or_else(|| panic!("no table {name}"))
}
