//! Metrics: laws over random ledgers, hand-sized examples, published figures.

mod aging;
mod aging_views;
mod certificate;
mod cohorts;
mod concentration;
mod contracts;
mod dso;
mod dso_bridge;
mod flow;
mod laws;
mod roll_laws;
mod roll_rates;
mod roll_steps;
mod roll_windows;
mod segments;
mod state_histories;
mod time_to_pay;
mod triangle;
mod triangle_files;

use arrears::calendar::{AsOf, Month};
use arrears::history::Groups;
use arrears::ledger::Ledger;
use arrears::metrics::segments::groups as groups_of;

use crate::support::day;

fn as_of(text: &str) -> AsOf {
    AsOf(day(text))
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

/// The groups of a ledger by attributes, on its last day.
fn groups(ledger: &Ledger, by: &[&str]) -> Groups {
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    groups_of(ledger, as_of("2024-12-31"), &by).unwrap().value
}
