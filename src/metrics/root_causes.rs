//! Behind which causes the overdue money stands: a Pareto of each.
//!
//! # Definition
//! Overdue claims added up by the value of a cause, the largest first; `share` is the value's part of all that is overdue in the
//! group, `cumulative_share` the part of this value and all larger ones. Causes: `dispute_reason`, `terms` (days from issue
//! to due, in bands) and any attribute that results can be grouped by, such as `business_unit`, `salesperson`, `entity`.
//! # Inputs
//! Claims past due at the end of the as-of day, disputes open on it, attributes valid on it.
//! # Edge cases
//! A claim disputed in part stands with that part under the reason and with the rest under `not disputed`; several disputes take
//! their parts in the order of their opening. A missing value is a value of its own, empty. An attribute that no row has is named as
//! not available; the others are still given. The values of a cause add up to the overdue money of the ageing, exactly.
//! # Source
//! Design of this program, section 5; Juran, J. M., The non-Pareto principle, Quality Progress 8 (1975), for the order.
//! # Example
//! 100 overdue, 60 of it in dispute for `price`: `price` 60/100, `not disputed` 40/100, cumulative 0.6 and 1.
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::root_causes::{DISPUTE_REASON, RootCauseParams, root_causes};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-01, 2024-01-31, 100.00, EUR",
//!     ),
//!     (
//!         "disputes",
//!         "dispute_id, customer_id, invoice_id, opened_on,  amount, reason
//!          d1,         acme,        1,          2024-02-01, 60.00,  price",
//!     ),
//! ])?;
//! let as_of = AsOf(Day::parse("2024-02-29")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let params = RootCauseParams { causes: vec![DISPUTE_REASON.to_owned()], ..RootCauseParams::default() };
//! let found = root_causes(&ledger, as_of, &all, None, &params)?.value;
//! let rows: Vec<_> = found.rows().iter().map(|row| (row.value.as_deref(), row.share, row.cumulative_share)).collect();
//! assert_eq!(rows, [
//!     (Some("price"), Some(60.0 / 100.0), Some(0.6)),
//!     (Some("not disputed"), Some(40.0 / 100.0), Some(1.0)),
//! ]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod causes;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use thiserror::Error;

use self::causes::Cause;
use super::segments::SegmentError;
use super::{ByGroup, GroupLabels, view_note};
use crate::calendar::{AsOf, Day};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

pub use self::causes::{CauseValues, DISPUTE_REASON, TERMS};

/// The formula of this metric.
pub const METRIC_ID: &str = "root_causes.v1";

/// Settings of the root causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootCauseParams {
    /// The causes, in the order of the result; by default dispute reason, business unit, salesperson, terms, entity.
    pub causes: Vec<String>,
    /// Last day of each band of terms, increasing from 0 upward; by default 0, 15, 30, 45, 60, 90.
    pub terms_upper_edges: Vec<i32>,
}

/// Why there are no root causes.
#[derive(Debug, Error)]
pub enum RootCauseError {
    /// An attribute is unknown or undated.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The bands of the terms do not increase.
    #[error("found the bands of terms {found:?}, expected days that increase from 0 upward")]
    Bands {
        /// The bands.
        found: Vec<i32>,
    },
    /// None of the causes was imported.
    #[error("not available: import {missing}")]
    NotAvailable {
        /// What to import.
        missing: String,
    },
}

/// What stands behind one value of a cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CauseSums {
    /// Money past due.
    pub overdue: Total,
    /// Claims with some of it.
    pub n_documents: u64,
    /// Customers with some of it.
    pub n_customers: u64,
}

/// One value of one cause in one group.
#[derive(Clone, Debug, PartialEq)]
pub struct CauseRow {
    /// Position of the group.
    pub group: usize,
    /// The cause.
    pub cause: String,
    /// Its value; `None` where it is missing.
    pub value: Option<String>,
    /// What stands behind it.
    pub sums: CauseSums,
    /// Its part of the overdue money of the group.
    pub share: Option<f64>,
    /// The part of this value and all larger ones.
    pub cumulative_share: Option<f64>,
}

/// The root causes of a ledger's overdue money on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct RootCauses {
    as_of: AsOf,
    known_on: Option<Day>,
    labels: GroupLabels,
    rows: Vec<CauseRow>,
    not_available: Vec<String>,
}

/// Adds up overdue money by group and value of one cause.
#[derive(Clone, Debug)]
pub struct OverdueByCause<'a> {
    ledger: &'a Ledger,
    groups: &'a Groups,
    as_of: AsOf,
    known_on: Option<Day>,
    values: &'a CauseValues,
    sums: ByGroup<BTreeMap<u32, CauseSums>>,
    touched: Vec<(usize, u32)>,
}

/// Returns the causes behind the money that is overdue at the end of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// An attribute is unknown or undated, the bands of the terms do not increase, or none of the causes was imported.
pub fn root_causes(
    ledger: &Ledger,
    as_of: AsOf,
    groups: &Groups,
    known_on: Option<Day>,
    params: &RootCauseParams,
) -> Result<Checked<RootCauses>, RootCauseError> {
    let is_increasing = params.terms_upper_edges.is_sorted_by(|a, b| a < b);
    if !is_increasing || params.terms_upper_edges.first().is_none_or(|&first| first < 0) {
        return Err(RootCauseError::Bands {
            found: params.terms_upper_edges.clone(),
        });
    }
    let (mut rows, mut missing, mut caveats) = (Vec::new(), Vec::new(), Vec::new());
    for name in &params.causes {
        let values = match Cause::find(name).values(ledger, as_of, &params.terms_upper_edges)? {
            Ok(values) => values,
            Err(what) => {
                missing.push((name.clone(), what));
                continue;
            }
        };
        let empty = OverdueByCause::new(ledger, groups, as_of, known_on, &values.value);
        let sums = history::run(ledger, known_on, empty).sums;
        for (group, of_values) in sums.iter() {
            rows.extend(pareto(group, name, of_values, &values.value));
        }
        caveats.extend(values.caveats);
    }
    if missing.len() == params.causes.len() {
        let what: Vec<String> = missing.into_iter().map(|(_, what)| what).collect();
        return Err(RootCauseError::NotAvailable {
            missing: what.join(", "),
        });
    }
    // Causes of a group stay in the order asked for, values in the order of their money.
    rows.sort_by_key(|row| row.group);
    Ok(Checked {
        value: RootCauses {
            as_of,
            known_on,
            labels: GroupLabels::of(groups),
            rows,
            not_available: missing
                .into_iter()
                .map(|(name, what)| format!("{name}: import {what}"))
                .collect(),
        },
        issues: Default::default(),
        caveats,
    })
}

/// The values of one cause in one group, the most money first, equal money in the order of the values.
fn pareto(group: usize, cause: &str, sums: &BTreeMap<u32, CauseSums>, values: &CauseValues) -> Vec<CauseRow> {
    let all: Total = sums.values().map(|sums| sums.overdue).sum();
    let mut ordered: Vec<(Option<&str>, CauseSums)> =
        sums.iter().map(|(&code, &sums)| (values.word(code), sums)).collect();
    ordered.sort_by_key(|&(value, sums)| (Reverse(sums.overdue), value.is_none(), value));
    let mut so_far = Total::ZERO;
    let rows = ordered.into_iter().map(|(value, sums)| {
        so_far += sums.overdue;
        CauseRow {
            group,
            cause: cause.to_owned(),
            value: value.map(str::to_owned),
            sums,
            share: sums.overdue.ratio(all),
            cumulative_share: so_far.ratio(all),
        }
    });
    rows.collect()
}

impl Default for RootCauseParams {
    fn default() -> RootCauseParams {
        let causes = [DISPUTE_REASON, "business_unit", "salesperson", TERMS, "entity"];
        RootCauseParams {
            causes: causes.map(str::to_owned).to_vec(),
            terms_upper_edges: vec![0, 15, 30, 45, 60, 90],
        }
    }
}

impl<'a> OverdueByCause<'a> {
    /// Starts from nothing.
    pub fn new(
        ledger: &'a Ledger,
        groups: &'a Groups,
        as_of: AsOf,
        known_on: Option<Day>,
        values: &'a CauseValues,
    ) -> OverdueByCause<'a> {
        OverdueByCause {
            ledger,
            groups,
            as_of,
            known_on,
            values,
            sums: ByGroup::default(),
            touched: Vec::new(),
        }
    }

    /// Returns the sums so far, by group and number of the value.
    pub fn sums(&self) -> &ByGroup<BTreeMap<u32, CauseSums>> {
        &self.sums
    }
}

impl Accumulator for OverdueByCause<'_> {
    /// Adds one customer's overdue claims, each to the values it stands under.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        self.touched.clear();
        let mut parts = self
            .values
            .parts_of(self.ledger, customer.disputes, self.as_of.0, self.known_on);
        for claim in customer.documents().filter(|claim| claim.document.is_claim()) {
            let open = claim.open_on(self.as_of.0);
            let is_overdue = claim.document.due_on.is_some_and(|due_on| due_on < self.as_of.0);
            if !is_overdue || open <= Total::ZERO {
                continue;
            }
            let group = self.groups.of_document(claim.ix, claim.document);
            for (code, overdue) in parts.split(claim.ix, open) {
                let sums = self.sums.at(group, BTreeMap::new).entry(code).or_default();
                sums.overdue += overdue;
                sums.n_documents += 1;
                self.touched.push((group, code));
            }
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        for &(group, code) in &self.touched {
            self.sums.at(group, BTreeMap::new).entry(code).or_default().n_customers += 1;
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| {
            for (code, more) in more {
                let own = own.entry(code).or_default();
                own.overdue += more.overdue;
                own.n_documents += more.n_documents;
                own.n_customers += more.n_customers;
            }
        });
    }
}

impl RootCauses {
    /// Returns the values by group and cause, the most money first.
    pub fn rows(&self) -> &[CauseRow] {
        &self.rows
    }

    /// Returns what was asked for and not imported, with what to import.
    pub fn not_available(&self) -> &[String] {
        &self.not_available
    }

    /// Returns one row per group, cause and value.
    pub fn table(&self) -> Table {
        let groups: Vec<usize> = self.rows.iter().map(|row| row.group).collect();
        let table = self
            .labels
            .start("root_causes", METRIC_ID, &groups)
            .text("cause", self.rows.iter().map(|row| row.cause.clone()))
            .text("value", self.rows.iter().map(|row| row.value.clone()))
            .money("overdue", self.rows.iter().map(|row| row.sums.overdue))
            .real("share", self.rows.iter().map(|row| row.share))
            .real("cumulative_share", self.rows.iter().map(|row| row.cumulative_share))
            .int("n_documents", self.rows.iter().map(|row| row.sums.n_documents as i64))
            .int("n_customers", self.rows.iter().map(|row| row.sums.n_customers as i64))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on));
        if self.not_available.is_empty() {
            table
        } else {
            table.note("not_available", self.not_available.join("; "))
        }
    }
}
