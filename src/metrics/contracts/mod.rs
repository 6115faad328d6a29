//! Metric contracts: what each number means, in a form that is printed, stored beside results and compared by tests.
//!
//! Every result names its contract in the note `metric` and carries the conventions of the contract in the note
//! `conventions`; `arrears explain-metric ID` prints the whole.

mod balances;
mod rolls;
mod recovery;
mod dso;
mod collections;
mod work;
mod segments;

use super::{Evidence, NullReason};
use crate::table::Table;

/// The contracts by family, in the order in which they are listed; a family is a file of this folder.
static FAMILIES: &[&[MetricContract]] = &[
    balances::CONTRACTS,
    rolls::CONTRACTS,
    recovery::CONTRACTS,
    dso::CONTRACTS,
    collections::CONTRACTS,
    work::CONTRACTS,
    segments::CONTRACTS,
];

/// What a metric means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricContract {
    /// Stable id with the version of the formula: `aging.v1`.
    pub id: &'static str,
    /// Name in words of the trade.
    pub name: &'static str,
    /// What the number says.
    pub definition: &'static str,
    /// How it is computed, from columns of the result or of the ledger.
    pub formula: &'static str,
    /// How doubtful items are treated.
    pub conventions: Conventions,
    /// Why the number can be null.
    pub nulls: &'static [(NullReason, &'static str)],
    /// How much the number proves.
    pub evidence: Evidence,
    /// Where the definition comes from.
    pub source: &'static str,
}

/// How a metric treats what others mix in or leave out silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// Unapplied cash, credits and credit notes.
    pub credits: &'static str,
    /// Disputed items.
    pub disputes: &'static str,
    /// Days and months on an edge.
    pub boundary: &'static str,
    /// Money of several currencies.
    pub currency: &'static str,
    /// Days or months looked at.
    pub window: &'static str,
}

/// Conventions that many metrics share.
const PER_CURRENCY: &str = "one result per currency; never added up across currencies";
const NO_PART: &str = "disputed claims count like others";
const CLAIMS_ONLY: &str = "credit notes, credits and unapplied cash are left out";
const MONTHS: &str = "calendar months with their actual days; each month end at the end of its last day";
const OF_A_FILE: Conventions = Conventions {
    credits: "as the file has them",
    disputes: "as the file has them",
    boundary: "periods and ages as the file has them, in their order",
    currency: "one unit for the whole file",
    window: "all of the file",
};

/// Returns every contract, in the order in which they are listed.
pub fn all() -> impl Iterator<Item = &'static MetricContract> + Clone {
    FAMILIES.iter().copied().flatten()
}

/// Returns the contract of a metric, or `None` for an unknown id.
pub fn contract(id: &str) -> Option<&'static MetricContract> {
    all().find(|contract| contract.id == id)
}

/// Returns all contracts, one row each.
pub fn table() -> Table {
    Table::new("metrics")
        .text("metric", all().map(|contract| contract.id.to_owned()))
        .text("name", all().map(|contract| contract.name.to_owned()))
        .text("definition", all().map(|contract| contract.definition.to_owned()))
}

impl MetricContract {
    /// Returns the contract as a table of its parts.
    pub fn table(&self) -> Table {
        let mut parts = vec![
            ("metric".to_owned(), self.id.to_owned()),
            ("name".to_owned(), self.name.to_owned()),
            ("definition".to_owned(), self.definition.to_owned()),
            ("formula".to_owned(), self.formula.to_owned()),
        ];
        let conventions = self.conventions.parts();
        parts.extend(conventions.map(|(part, text)| (format!("convention: {part}"), text.to_owned())));
        parts.extend(
            self.nulls
                .iter()
                .map(|(reason, when)| (format!("null: {reason}"), (*when).to_owned())),
        );
        parts.push((
            "evidence".to_owned(),
            format!("{}: {}", self.evidence, self.evidence.meaning()),
        ));
        parts.push(("source".to_owned(), self.source.to_owned()));
        Table::new("metric")
            .text("part", parts.iter().map(|(part, _)| part.clone()))
            .text("text", parts.iter().map(|(_, text)| text.clone()))
    }
}

impl Conventions {
    /// Returns each convention with its name.
    pub const fn parts(&self) -> [(&'static str, &'static str); 5] {
        [
            ("credits", self.credits),
            ("disputes", self.disputes),
            ("boundary", self.boundary),
            ("currency", self.currency),
            ("window", self.window),
        ]
    }

    /// Returns all conventions in one line, for the header of results.
    pub fn line(&self) -> String {
        self.parts().map(|(part, text)| format!("{part}: {text}")).join(" | ")
    }
}
