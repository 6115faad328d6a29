//! Disputes: how many invoices are disputed, how long it takes to resolve them, and how much money waits.
//!
//! # Definition
//! *Rate*: of the invoices issued in the months, the share with a dispute opened by the as-of day; in money, the disputed amount over
//! the amount issued. *Time to resolve*: days from the opening to the last disputed day. Median and share within so many days are
//! those of the Kaplan-Meier estimator in which disputes still open are censored at their age; the mean is that of resolved disputes
//! and is short while some are open. *In dispute by bucket*: of the claims open at the end of the as-of day, by ageing bucket, how
//! much stands in an open dispute.
//! # Inputs
//! For the rate invoices issued, for the time disputes opened in the months asked for, all as of the end of the as-of day.
//! # Edge cases
//! A dispute without an amount disputes all that was open on the day it was opened, and all that is open now. The last day of a
//! dispute still counts as disputed: one closed on the as-of day is open. Disputed money never exceeds what is open on its document; a
//! dispute on the whole account disputes its oldest claims first. Half of the disputes not resolved: no median, null `not_defined`.
//! No invoice issued: null `no_sales`.
//! # Source
//! Kaplan, E. L. and Meier, P., Nonparametric estimation from incomplete observations, JASA 53 (1958), pp. 457-481; otherwise design of
//! this program, section 5.
//! # Example
//! Three disputes were resolved after 10, 20 and 40 days, one is open since 30: after 20 days 3/4 x 2/3 = 1/2 are unresolved, so the
//! median is 20 days, and 1/2 were resolved within 30.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::disputes::{DisputesParams, disputes};
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-02, 2024-02-01, 100.00, EUR
//!          2,          acme,        2024-01-02, 2024-02-01, 100.00, EUR
//!          3,          acme,        2024-01-02, 2024-02-01, 100.00, EUR
//!          4,          acme,        2024-01-02, 2024-02-01, 100.00, EUR",
//!     ),
//!     (
//!         "disputes",
//!         "dispute_id, customer_id, invoice_id, opened_on,  closed_on
//!          d1,         acme,        1,          2024-01-10, 2024-01-20
//!          d2,         acme,        2,          2024-01-10, 2024-01-30
//!          d3,         acme,        3,          2024-01-10, 2024-02-19
//!          d4,         acme,        4,          2024-03-01,",
//!     ),
//! ])?;
//! let (as_of, from, to) = (AsOf(Day::parse("2024-03-31")?), Month::parse("2024-01")?, Month::parse("2024-03")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let found = disputes(&ledger, as_of, from, to, &[], None, &DisputesParams::default())?.value;
//! let sums = found.rows().next().unwrap();
//! assert_eq!((sums.n_resolved, sums.n_open, sums.mean_age()), (3, 1, Some(30.0)));
//! assert_eq!(sums.median_days_to_resolve(), Ok(20));
//! assert!((sums.resolved_within(30).unwrap() - 0.5).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_bucket;
mod rate;
mod sums;

use std::collections::BTreeMap;

use thiserror::Error;

use super::aging::AgingError;
use super::fact_groups::{FactGroups, FactLabels, OwnValue, Place, account_currency};
use super::segments::SegmentError;
use super::{Months, MonthsError, NotAvailable, NullReason, require_tables, view_note};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory};
use crate::ids::DocumentIx;
use crate::ledger::{Dispute, Ledger};
use crate::metrics::promises::instalments;
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

pub use self::by_bucket::{DisputedBuckets, DisputedByBucket, disputed_by_bucket};
pub use self::rate::{DisputeRate, DisputeRateRow, DisputedByGroup, dispute_rate};
pub use self::sums::DisputeSums;

/// The formula of this metric.
pub const METRIC_ID: &str = "disputes.v1";

/// Settings of the disputes.
#[derive(Clone, Debug, PartialEq)]
pub struct DisputesParams {
    /// Days within which a dispute should be resolved, at least 1; by default 30.
    pub within_days: i32,
    /// Last day of each bounded bucket; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// Coverage of the intervals, between 0 and 1; by default 0.95.
    pub confidence: f64,
}

/// What disputes can be grouped by beside attributes of customers and documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeBy {
    /// Month of opening.
    Month,
    /// Reason, as it was recorded.
    Reason,
    /// Outcome, as it was recorded; nothing while the dispute is open.
    Outcome,
}

impl DisputeBy {
    /// The attributes with the names by which they are asked for.
    pub const NAMES: &'static [(&'static str, DisputeBy)] = &[
        ("month", DisputeBy::Month),
        ("reason", DisputeBy::Reason),
        ("outcome", DisputeBy::Outcome),
    ];
}

/// Why there is no result on disputes.
#[derive(Debug, Error)]
pub enum DisputesError {
    /// No disputes were imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The buckets cannot be used.
    #[error(transparent)]
    Scheme(#[from] AgingError),
    /// The attributes cannot be used.
    #[error(transparent)]
    Segments(#[from] SegmentError),
}

/// The disputes opened in some months, as of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Disputes {
    as_of: AsOf,
    known_on: Option<Day>,
    months: Months,
    within_days: i32,
    labels: FactLabels,
    rows: Vec<(Place, DisputeSums)>,
}

/// Adds up disputes by group.
#[derive(Clone, Debug)]
pub struct DisputesByGroup<'a> {
    ledger: &'a Ledger,
    months: &'a Months,
    as_of: AsOf,
    groups: &'a DisputeGroups,
    sums: BTreeMap<Place, DisputeSums>,
}

/// The groups of a ledger's disputes.
#[derive(Clone, Debug)]
pub struct DisputeGroups(FactGroups<DisputeBy>);

/// Returns the disputes opened from one month to another, both included, as of the end of a day.
///
/// `by` names attributes of customers and documents and those of [`DisputeBy::NAMES`]. `known_on` leaves out what was posted after
/// that day.
///
/// # Errors
/// No disputes were imported; the months or attributes cannot be used.
pub fn disputes(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    by: &[String],
    known_on: Option<Day>,
    params: &DisputesParams,
) -> Result<Checked<Disputes>, DisputesError> {
    require_tables(ledger, &["disputes"])?;
    let months = Months::new(from, to)?;
    let groups = DisputeGroups::new(ledger, as_of, by)?;
    let empty = DisputesByGroup::new(ledger, &months, as_of, &groups.value);
    let rows = history::run(ledger, known_on, empty).sums.into_iter().collect();
    Ok(groups.map(|groups| Disputes {
        as_of,
        known_on,
        months,
        within_days: params.within_days,
        labels: groups.0.labels(),
        rows,
    }))
}

impl Default for DisputesParams {
    fn default() -> DisputesParams {
        DisputesParams {
            within_days: 30,
            upper_edges: vec![30, 60, 90, 120],
            confidence: 0.95,
        }
    }
}

/// Returns what a dispute was about on a day: its amount, at most what was open on its documents; on the whole account without one.
fn disputed_on(ledger: &Ledger, customer: &CustomerHistory<'_>, dispute: &Dispute, day: Day) -> Total {
    let open: Total = match dispute.document {
        Some(document) => {
            let instalments = instalments(ledger, document).map(DocumentIx);
            instalments
                .map(|ix| customer.document(ix).open_on(day).max(Total::ZERO))
                .sum()
        }
        None => {
            let currency = account_currency(ledger, customer.customer, dispute.opened_on);
            let own = customer.documents().filter(|item| item.document.currency == currency);
            own.map(|item| item.open_on(day).max(Total::ZERO)).sum()
        }
    };
    dispute.amount.map_or(open, |amount| Total::from(amount).min(open))
}

impl DisputeGroups {
    /// Groups the disputes of a ledger by attributes.
    ///
    /// # Errors
    /// The attributes cannot be used.
    pub fn new(ledger: &Ledger, as_of: AsOf, by: &[String]) -> Result<Checked<DisputeGroups>, SegmentError> {
        let on_account = ledger.customers().flat_map(|customer| {
            let disputes = ledger.disputes().of(customer).iter();
            let on_account = disputes.filter(|dispute| dispute.document.is_none());
            on_account.map(move |dispute| (customer, account_currency(ledger, customer, dispute.opened_on)))
        });
        let accounts: Vec<_> = on_account.collect();
        Ok(FactGroups::new(ledger, as_of, by, DisputeBy::NAMES, &accounts)?.map(DisputeGroups))
    }
}

impl<'a> DisputesByGroup<'a> {
    /// Starts from nothing.
    pub fn new(ledger: &'a Ledger, months: &'a Months, as_of: AsOf, groups: &'a DisputeGroups) -> DisputesByGroup<'a> {
        DisputesByGroup {
            ledger,
            months,
            as_of,
            groups,
            sums: BTreeMap::new(),
        }
    }

    /// Returns the sums so far, in order of their groups.
    pub fn sums(&self) -> Vec<DisputeSums> {
        self.sums.values().cloned().collect()
    }
}

impl Accumulator for DisputesByGroup<'_> {
    /// Adds one customer's disputes.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let day = self.as_of.0;
        let opened = customer.disputes().filter(|dispute| dispute.opened_on <= day);
        for dispute in opened.filter(|dispute| self.months.position(dispute.opened_on).is_some()) {
            let is_open = dispute.closed_on.is_none_or(|closed_on| closed_on >= day);
            let account = (
                customer.customer,
                account_currency(self.ledger, customer.customer, dispute.opened_on),
            );
            let text = |column| self.ledger.text("disputes", column, dispute.row).map(str::to_owned);
            let document = dispute.document.map(|document| customer.document(document));
            let place = self.groups.0.place(document, account, |by| {
                OwnValue::from(match by {
                    DisputeBy::Month => Some(dispute.opened_on.month().to_string()),
                    DisputeBy::Reason => text("reason"),
                    DisputeBy::Outcome => text("outcome").filter(|_| !is_open),
                })
            });
            let sums = self.sums.entry(place).or_default();
            sums.disputed += disputed_on(self.ledger, customer, dispute, dispute.opened_on);
            let last = dispute.closed_on.filter(|_| !is_open).unwrap_or(day);
            let days = (last - dispute.opened_on).max(0);
            let ended = sums.times.entry(days).or_default();
            if is_open {
                sums.n_open += 1;
                sums.days_open += i64::from(days);
                sums.open += disputed_on(self.ledger, customer, dispute, day);
                ended[1] += 1;
            } else {
                sums.n_resolved += 1;
                sums.days_to_resolve += i64::from(days);
                ended[0] += 1;
            }
        }
    }

    /// Adds the disputes of other customers.
    fn merge(&mut self, other: Self) {
        for (place, sums) in other.sums {
            self.sums.entry(place).or_default().add(sums);
        }
    }
}

impl Disputes {
    /// Returns the sums in order of their groups.
    pub fn rows(&self) -> impl Iterator<Item = &DisputeSums> {
        self.rows.iter().map(|(_, sums)| sums)
    }

    /// Returns one row per group.
    pub fn table(&self) -> Table {
        let rows = || self.rows.iter().map(|(_, sums)| sums);
        let medians: Vec<Result<i32, NullReason>> = rows().map(DisputeSums::median_days_to_resolve).collect();
        let (first, last) = (self.months.month(0), self.months.month(self.months.n() - 1));
        self.labels
            .start("disputes", METRIC_ID, self.rows.iter().map(|(place, _)| place))
            .int("n_opened", rows().map(|sums| (sums.n_resolved + sums.n_open) as i64))
            .int("n_resolved", rows().map(|sums| sums.n_resolved as i64))
            .int("n_open", rows().map(|sums| sums.n_open as i64))
            .money("disputed", rows().map(|sums| sums.disputed))
            .money("open_in_dispute", rows().map(|sums| sums.open))
            .real("mean_age_open", rows().map(DisputeSums::mean_age))
            .real("mean_days_to_resolve", rows().map(DisputeSums::mean_days_to_resolve))
            .int(
                "median_days_to_resolve",
                medians.iter().map(|median| median.ok().map(i64::from)),
            )
            .real(
                &format!("resolved_within_{}", self.within_days),
                rows().map(|sums| sums.resolved_within(self.within_days)),
            )
            .text(
                "reason_no_median",
                medians
                    .iter()
                    .map(|median| median.err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("opened", format!("{first} to {last}"))
            .note(
                "time_to_resolve",
                "median and share by Kaplan-Meier, open disputes censored; the mean is of resolved ones alone",
            )
    }
}
