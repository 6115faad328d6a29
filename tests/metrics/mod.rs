//! Metrics: laws over random ledgers, hand-sized examples, published figures.

mod agencies;
mod aging;
mod aging_views;
mod base_currency;
mod certificate;
mod cohort_entering;
mod cohort_periods;
mod cohorts;
mod collectors;
mod concentration;
mod contracts;
mod disputes;
mod dso;
mod dso_accounts;
mod dso_bridge;
mod edge_cases;
mod flow;
mod funnel;
mod kept_sums;
mod laws;
mod loss_rates;
mod money_to_pay;
mod periods;
mod plans;
mod promise_laws;
mod promise_outcomes;
mod promises;
mod recoveries;
mod recovery;
mod roll_due_days;
mod roll_laws;
mod roll_rates;
mod roll_steps;
mod roll_windows;
mod root_causes;
mod segment_bands;
mod segment_compare;
mod segment_explain;
mod segments;
mod sla;
mod state_histories;
mod time_to_pay;
mod timeline;
mod triangle;
mod triangle_files;

use arrears::calendar::{AsOf, Month};
use arrears::history::{Accumulator, CustomerHistory, Groups};
use arrears::ledger::Ledger;
use arrears::metrics::segments::groups as groups_of;
use proptest::prelude::{TestCaseError, prop_assert_eq};

use crate::support::day;

fn as_of(text: &str) -> AsOf {
    AsOf(day(text))
}

pub fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

/// The groups of a ledger by attributes, on its last day.
pub fn groups(ledger: &Ledger, by: &[&str]) -> Groups {
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    groups_of(ledger, as_of("2024-12-31"), &by).unwrap().value
}

/// The law of every accumulator: two parts over different customers merge into the whole.
fn merges<A: Accumulator, S: PartialEq + std::fmt::Debug>(
    ledger: &Ledger,
    split: u32,
    empty: A,
    sums: fn(&A) -> S,
) -> Result<(), TestCaseError> {
    let over = |is_part: &dyn Fn(u32) -> bool| {
        let mut part = empty.clone();
        for customer in ledger.customers().filter(|customer| is_part(customer.0)) {
            part.update(&CustomerHistory::of(ledger, customer, None));
        }
        part
    };
    let whole = over(&|_| true);
    let mut merged = over(&|customer| customer < split);
    merged.merge(over(&|customer| customer >= split));
    prop_assert_eq!(sums(&merged), sums(&whole));
    Ok(())
}
