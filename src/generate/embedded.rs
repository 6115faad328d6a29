//! The small ledger that ships with the program, made by this generator, for the demo and for first steps.

use super::{DEFAULT_LAST_MONTH, GenerateParams, generate};
use crate::calendar::AsOf;
use crate::table::Table;

/// Invoices, months and seed of the embedded ledger: what `data/README.md` tells the user to type.
pub const DEMO: (u64, u32, u64) = (1900, 24, 2025);

macro_rules! files {
    ($($name:literal,)*) => { &[$(($name, include_str!(concat!("../../data/", $name))),)*] };
}

static FILES: &[(&str, &str)] = files![
    "customers.csv",
    "invoices.csv",
    "receipts.csv",
    "disputes.csv",
    "promises.csv",
    "plans.csv",
    "contacts.csv",
    "steps.csv",
    "placements.csv",
    "orders.csv",
    "holds.csv",
    "collectors.csv",
    "external.csv",
    "fx_rates.csv",
    "gl_balances.csv",
];

/// Returns the files of the embedded ledger: name and contents, in the order of the contract.
pub fn demo_files() -> &'static [(&'static str, &'static str)] {
    FILES
}

/// Returns the day at whose end the demo looks: the last of the embedded history.
pub fn demo_as_of() -> AsOf {
    AsOf(DEFAULT_LAST_MONTH.last())
}

/// Generates the tables behind [`demo_files`] again.
pub fn regenerated() -> Vec<Table> {
    let (n_invoices, n_months, seed) = DEMO;
    let params = GenerateParams::new(n_invoices, n_months, seed).check();
    generate(&params.expect("the parameters of the demo lie within all limits")).tables
}
