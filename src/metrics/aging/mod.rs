//! How old the open money is on a day.
//!
//! # Definition
//! Days past due are the as-of day less the due day; a document due on the as-of day is not past due. Buckets are ranges
//! of days closed on the right (1-30, 31-60, ...). The identity of every row, exact to the last digit:
//! `control = not_due + past-due buckets + no_due_date - unapplied_cash - unapplied_credits`.
//! # Inputs
//! Documents and their postings up to the as-of day, unapplied items, disputes. Money is in the currency of the group.
//! # Edge cases
//! Three choices, each printed with the result, none of which changes a control balance: whether the due day itself is past
//! due ([`AgingBoundary`]), where cash and credits on no claim stand ([`AgingCredits`]), where disputed money stands
//! ([`AgingDisputes`]; carved out, it is a summand: `+ disputed`). The rest of this page describes the default ones.
//! What was applied to a claim beyond its amount counts as unapplied cash. Open credit notes and credits without a
//! document are unapplied credits and are not aged. `disputed` is part of the buckets, never a summand of its own. A
//! claim due before it was issued is aged from its due day, once it was issued.
//! # Source
//! Design of this program, section 5; bucket convention of aged trial balances.
//! # Example
//! ```
//! use arrears::calendar::DaysPastDue;
//! use arrears::metrics::aging::AgingScheme;
//!
//! let scheme = AgingScheme::from_upper_edges(&[30, 60, 90, 120]).unwrap();
//! // Due on 2024-01-31, as of 2024-03-01: 1 day to February 1, 28 more to the 29th, 1 more: 30 days past due.
//! assert_eq!(scheme.bucket(DaysPastDue(30)), Some(0));
//! assert_eq!(scheme.bucket(DaysPastDue(31)), Some(1));
//! assert_eq!(scheme.bucket(DaysPastDue(0)), None);
//! assert_eq!(scheme.labels(), ["1-30", "31-60", "61-90", "91-120", "121+"]);
//! ```

mod by_group;
mod by_month;
mod disputed;
pub mod in_base;
mod scheme;
mod sums;
mod tables;

use thiserror::Error;

use super::GroupLabels;
use crate::calendar::{AsOf, Day};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::outcome::Checked;

pub use self::by_group::AgingByGroup;
pub use self::by_month::{AgingByMonth, AgingHistory, AgingMonths};
pub use self::scheme::{AgingBasis, AgingBoundary, AgingCredits, AgingDisputes, AgingScheme};
pub use self::sums::AgingSums;

/// The formula of this metric.
pub const METRIC_ID: &str = "aging.v1";

/// Settings of the ageing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgingParams {
    /// Last day of each bounded bucket, increasing, the first at least 1; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// What age is counted from; by default the due day.
    pub basis: AgingBasis,
    /// Whether the due day itself is past due; by default not.
    pub boundary: AgingBoundary,
    /// Where cash and credits on no claim stand; by default in columns of their own.
    pub credits: AgingCredits,
    /// Where disputed money stands; by default in the buckets.
    pub disputes: AgingDisputes,
}

/// Why there is no ageing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AgingError {
    /// No bucket edge was given.
    #[error("found no bucket edges, expected at least one, such as 30")]
    NoEdges,
    /// An edge does not lie above the one before it.
    #[error("bucket edge {edge} is not above {before}")]
    EdgesNotIncreasing {
        /// The edge.
        edge: i32,
        /// What it must exceed.
        before: i32,
    },
}

/// The ageing of a ledger on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Aging {
    as_of: AsOf,
    known_on: Option<Day>,
    params: AgingParams,
    scheme: AgingScheme,
    labels: GroupLabels,
    sums: Vec<AgingSums>,
    // The rates by which all currencies were put together.
    rates: Option<String>,
}

/// Returns the ageing of a ledger at the end of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The bucket edges do not increase from 1.
pub fn aging(
    ledger: &Ledger,
    as_of: AsOf,
    groups: &Groups,
    known_on: Option<Day>,
    params: &AgingParams,
) -> Result<Checked<Aging>, AgingError> {
    let scheme = params.scheme()?;
    let empty =
        AgingByGroup::new(groups, as_of, known_on, &scheme, params.basis).with_views(params.credits, params.disputes);
    let pass = history::run(ledger, known_on, empty);
    let n_buckets = scheme.n_buckets();
    Ok(Checked::clean(Aging {
        as_of,
        known_on,
        params: params.clone(),
        labels: GroupLabels::of(groups),
        sums: pass.sums().of_all(groups.len(), || AgingSums::empty(n_buckets)),
        scheme,
        rates: None,
    }))
}

impl AgingParams {
    /// Builds the buckets.
    ///
    /// # Errors
    /// The edges do not increase from 1.
    pub fn scheme(&self) -> Result<AgingScheme, AgingError> {
        Ok(AgingScheme::from_upper_edges(&self.upper_edges)?.with_boundary(self.boundary))
    }
}

impl Default for AgingParams {
    fn default() -> AgingParams {
        AgingParams {
            upper_edges: vec![30, 60, 90, 120],
            basis: AgingBasis::Due,
            boundary: AgingBoundary::default(),
            credits: AgingCredits::default(),
            disputes: AgingDisputes::default(),
        }
    }
}

impl Aging {
    /// Returns the sums, one entry per group.
    pub fn sums(&self) -> &[AgingSums] {
        &self.sums
    }

    /// Returns the groups.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns the buckets.
    pub fn scheme(&self) -> &AgingScheme {
        &self.scheme
    }

    /// Returns the day at whose end this is true.
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }
}
