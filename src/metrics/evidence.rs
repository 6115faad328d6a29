//! How much a number proves, and what is said where it cannot be given for want of a table.

use std::fmt;

use thiserror::Error;

use crate::ledger::Ledger;

/// How much a number proves; stands in the contract of its metric and in the header of every result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// Added up from dated facts.
    Counted,
    /// A rate, a curve or a projection estimated from facts.
    Estimated,
    /// Measured against what was expected of like accounts that were not handed out at random.
    Compared,
    /// Measured between accounts that were handed out at random.
    Randomised,
    /// Taken from a declared table.
    Declared,
}

/// A metric needs tables that were never imported: there is no number, not even zero.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not available: import {}", missing.join(", "))]
pub struct NotAvailable {
    /// The tables that are missing, by their canonical names.
    pub missing: Vec<&'static str>,
}

impl Evidence {
    /// Returns the level as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Evidence::Counted => "counted",
            Evidence::Estimated => "estimated",
            Evidence::Compared => "compared",
            Evidence::Randomised => "randomised",
            Evidence::Declared => "declared",
        }
    }

    /// Returns what the level means, in one sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Evidence::Counted => "added up from dated facts; exact, no estimate in it",
            Evidence::Estimated => "estimated from facts; read it with its interval and its number of cases",
            Evidence::Compared => {
                "measured against like accounts that were not handed out at random; differences can come from the accounts"
            }
            Evidence::Randomised => "measured between accounts that were handed out at random",
            Evidence::Declared => "taken from a declared table, not measured",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Makes sure that tables were imported.
///
/// # Errors
/// One of them is not in the ledger.
pub fn require_tables(ledger: &Ledger, tables: &[&'static str]) -> Result<(), NotAvailable> {
    let missing: Vec<&'static str> = tables.iter().copied().filter(|table| !ledger.has(table)).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(NotAvailable { missing })
    }
}
