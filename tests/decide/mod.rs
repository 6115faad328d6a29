//! Worklists and holds.

mod hold_levels;
mod holds;
mod uplift;
mod worklist;
mod worklist_day;

use arrears::calendar::AsOf;
use arrears::ledger::Ledger;
use arrears::scoring::{Basis, Score, Scores, Unit};

use crate::support::day;

pub fn as_of(text: &str) -> AsOf {
    AsOf(day(text))
}

/// Gives every customer the same probability.
pub fn scores(ledger: &Ledger, on: &str, probability: f64) -> Scores {
    let score = |customer| Score {
        customer,
        document: None,
        probability,
        points: 600.0,
        grade: 'C',
        reasons: vec!["pays later than it used to".to_owned()],
        basis: Basis::History,
    };
    Scores {
        model_id: "test/1".to_owned(),
        mark: None,
        as_of: as_of(on),
        unit: Unit::Customer,
        rows: ledger.customers().map(score).collect(),
    }
}
