//! Features and labels: what was known about an invoice or a customer on a day, and what became of it.
//!
//! [`Panel::build`] makes one row per open invoice (or customer) and day from facts whose effective day and posting day
//! are not later than that day; [`label::outcomes`] says how each row ended, as far as that is known. Each customer's facts
//! are walked once for all days, and [`Panel::build_in_parts`] hands the rows on part by part.

pub mod catalogue;
mod circles;
pub mod cure;
mod days;
mod external;
pub mod label;
mod panel;
mod portfolio;
mod sorted;
mod standing;
mod timeline;
mod view;

use thiserror::Error;

use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::money::Amount;

pub use self::catalogue::Feature;
pub use self::label::{LabelCounts, Labelled, Outcome};
pub use self::panel::{Candidate, CandidateFeatures, Judged, OwnRecord, Panel, PanelRow, Standing};

/// What is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// An open document.
    Invoice,
    /// A customer.
    Customer,
}

impl Unit {
    /// Returns the word used on the command line and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unit::Invoice => "invoice",
            Unit::Customer => "customer",
        }
    }

    /// Reads the word used on the command line and in files.
    pub fn parse(word: &str) -> Option<Unit> {
        [Unit::Invoice, Unit::Customer]
            .into_iter()
            .find(|unit| unit.as_str() == word)
    }
}

/// What delinquency means, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelParams {
    /// What is scored.
    pub unit: Unit,
    /// Days past due from which an item is delinquent, 0 to 365.
    pub days_late: i32,
    /// Days after the as-of day within which an item of a customer must pass `days_late`, and within which what is delinquent
    /// already must be settled to be cured, 1 to 730; the label of an invoice that is not has no horizon.
    pub horizon: i32,
    /// Customers only: days after the as-of day in which new documents still count, 0 to `horizon`.
    pub entering: i32,
    /// What may stay unsettled without being delinquent, per document in its own currency; not negative.
    pub materiality: Amount,
    /// Days after a promised day on which money still keeps the promise, 0 to 365; for the count of broken promises.
    pub promise_tolerance_days: i32,
}

/// What delinquency means, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedLabelParams(LabelParams);

/// Why settings of the label are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LabelError {
    /// Days late outside their range.
    #[error("days late must be 0 to 365, is {found}")]
    DaysLate {
        /// The setting.
        found: i32,
    },
    /// Horizon outside its range.
    #[error("the horizon must be 1 to 730 days, is {found}")]
    Horizon {
        /// The setting.
        found: i32,
    },
    /// Entering window outside its range.
    #[error("the entering window must be 0 to the horizon of {horizon} days, is {found}")]
    Entering {
        /// The setting.
        found: i32,
        /// The horizon it must not pass.
        horizon: i32,
    },
    /// Days of tolerance with promises outside their range.
    #[error("the tolerance with promises must be 0 to 365 days, is {found}")]
    PromiseTolerance {
        /// The setting.
        found: i32,
    },
    /// A negative materiality.
    #[error("the materiality must not be negative, is {found}")]
    Materiality {
        /// The setting.
        found: Amount,
    },
}

impl LabelParams {
    /// Starts from the defaults: 60 days for new documents, 90 days of horizon, nothing immaterial.
    pub const fn new(unit: Unit, days_late: i32) -> LabelParams {
        LabelParams {
            unit,
            days_late,
            horizon: 90,
            entering: 60,
            materiality: Amount::ZERO,
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
        }
    }

    /// Checks the settings; for invoices the entering window plays no part.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    pub fn check(self) -> Result<CheckedLabelParams, LabelError> {
        if !(0..=365).contains(&self.days_late) {
            return Err(LabelError::DaysLate { found: self.days_late });
        }
        if self.materiality < Amount::ZERO {
            return Err(LabelError::Materiality {
                found: self.materiality,
            });
        }
        if !(0..=365).contains(&self.promise_tolerance_days) {
            return Err(LabelError::PromiseTolerance {
                found: self.promise_tolerance_days,
            });
        }
        if !(1..=730).contains(&self.horizon) {
            return Err(LabelError::Horizon { found: self.horizon });
        }
        if self.unit == Unit::Customer && !(0..=self.horizon).contains(&self.entering) {
            return Err(LabelError::Entering {
                found: self.entering,
                horizon: self.horizon,
            });
        }
        Ok(CheckedLabelParams(self))
    }
}

impl std::ops::Deref for CheckedLabelParams {
    type Target = LabelParams;
    fn deref(&self) -> &LabelParams {
        &self.0
    }
}
