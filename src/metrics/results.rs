//! What every result has in common: the columns of its groups, the lines of its header, the reasons of its nulls.

use std::collections::HashMap;
use std::fmt;

use super::contracts;
use crate::calendar::Day;
use crate::history::{Group, Groups};
use crate::money::Currency;
use crate::table::Table;

/// The groups of a result: attributes asked for and one entry per group, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLabels {
    by: Vec<String>,
    groups: Vec<Group>,
    attributes_on: Option<Day>,
}

impl GroupLabels {
    /// Takes the labels of the groups of a ledger.
    pub fn of(groups: &Groups) -> GroupLabels {
        GroupLabels {
            by: groups.by().to_vec(),
            groups: groups.all().to_vec(),
            attributes_on: groups.attributes_on(),
        }
    }

    /// Returns the attributes asked for.
    pub fn by(&self) -> &[String] {
        &self.by
    }

    /// Returns the groups in order of their numbers.
    pub fn all(&self) -> &[Group] {
        &self.groups
    }

    /// Returns how many groups there are.
    pub fn n(&self) -> usize {
        self.groups.len()
    }

    /// Puts the groups of all currencies together under one; returns them with the new number of each of the old ones.
    pub(super) fn in_currency(&self, currency: Currency) -> (GroupLabels, Vec<usize>) {
        let named = |group: &Group| Group {
            currency,
            values: group.values.clone(),
        };
        // Values keep the order in which they first stand: that of words or of bands.
        let mut groups: Vec<Group> = Vec::new();
        let mut number: HashMap<Group, usize> = HashMap::new();
        let places = self.groups.iter().map(|group| {
            *number.entry(named(group)).or_insert_with(|| {
                groups.push(named(group));
                groups.len() - 1
            })
        });
        let places = places.collect();
        let labels = GroupLabels {
            by: self.by.clone(),
            groups,
            attributes_on: self.attributes_on,
        };
        (labels, places)
    }

    /// Starts a table with the columns of groups, `rows` naming the group of each row: `currency`, then the attributes.
    pub fn start(&self, name: &str, metric: &str, rows: &[usize]) -> Table {
        let currency = rows.iter().map(|&group| self.groups[group].currency.to_string());
        let table = Table::new(name).text("currency", currency);
        let table = self.by.iter().enumerate().fold(table, |table, (at, attribute)| {
            table.text(
                attribute,
                rows.iter().map(|&group| self.groups[group].values[at].clone()),
            )
        });
        let table = with_contract(table, metric);
        match self.attributes_on {
            Some(day) if !self.by.is_empty() => table.note("attributes_on", day),
            _ => table,
        }
    }
}

/// Names the metric of a table, with the conventions and the evidence of its contract.
pub(super) fn with_contract(table: Table, metric: &str) -> Table {
    let table = table.note("metric", metric);
    match contracts::contract(metric) {
        Some(contract) => table
            .note("conventions", contract.conventions.line())
            .note("evidence", contract.evidence),
        None => table,
    }
}

/// Returns the header line that says which view of the past was taken.
pub fn view_note(known_on: Option<Day>) -> String {
    match known_on {
        Some(day) => format!("as known on {day}"),
        None => "as corrected since".to_owned(),
    }
}

/// Why a number is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NullReason {
    /// Nothing was sold in the window.
    NoSales,
    /// Credit notes exceed the sales of the window.
    NegativeSales,
    /// Customers owe less than nothing.
    CreditBalance,
    /// The denominator is zero or negative.
    NoDenominator,
    /// Nothing is open.
    NothingOpen,
    /// No cash was applied to documents with a due date.
    NoApplications,
    /// The segment is all of its currency.
    NoRest,
    /// The method does not define the number here.
    NotDefined,
    /// The column it needs was not imported.
    NotImported,
    /// There are no like accounts to compare with.
    NoLikeAccounts,
    /// A bucket is wider or narrower than the period.
    WidthMismatch,
}

impl NullReason {
    /// Returns the code as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            NullReason::NoSales => "no_sales",
            NullReason::NegativeSales => "negative_sales",
            NullReason::CreditBalance => "credit_balance",
            NullReason::NoDenominator => "no_denominator",
            NullReason::NothingOpen => "nothing_open",
            NullReason::NoApplications => "no_applications",
            NullReason::NoRest => "no_rest",
            NullReason::NotDefined => "not_defined",
            NullReason::NotImported => "not_imported",
            NullReason::NoLikeAccounts => "no_like_accounts",
            NullReason::WidthMismatch => "width_mismatch",
        }
    }
}

impl fmt::Display for NullReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
