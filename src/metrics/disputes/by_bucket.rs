//! How much of each ageing bucket stands in dispute.
//!
//! # Example
//! 100 are not due, 80 stand 1-30 days past due, 30 of these in dispute: not due 0 of 100, 1-30 30 of 80.
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::disputes::{DisputesParams, disputed_by_bucket};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-02-01, 2024-03-31, 100.00, EUR
//!          2,          acme,        2024-01-02, 2024-02-09,  80.00, EUR",
//!     ),
//!     ("disputes", "dispute_id, customer_id, invoice_id, opened_on, amount\n d1, acme, 2, 2024-02-10, 30.00"),
//! ])?;
//! let as_of = AsOf(Day::parse("2024-02-29")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let found = disputed_by_bucket(&ledger, as_of, &all, None, &DisputesParams::default())?.value;
//! // Bucket 0 is not due, bucket 1 is 1-30: open, disputed, claims in dispute.
//! let buckets = found.rows()[0].iter().map(|(open, disputed, n)| format!("{open}, {disputed}, {n}"));
//! assert_eq!(buckets.take(2).collect::<Vec<_>>(), ["100.00, 0.00, 0", "80.00, 30.00, 1"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{DisputesError, DisputesParams, METRIC_ID};
use crate::calendar::{AsOf, Day};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ledger::Ledger;
use crate::metrics::aging::AgingScheme;
use crate::metrics::fact_groups::account_currency;
use crate::metrics::promises::instalments;
use crate::metrics::roll_rates::RollStates;
use crate::metrics::{ByGroup, GroupLabels, require_tables, view_note};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

/// Open and disputed money by group and bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct DisputedBuckets {
    as_of: AsOf,
    known_on: Option<Day>,
    captions: Vec<String>,
    labels: GroupLabels,
    // By group, then by bucket: open, disputed, claims in dispute.
    rows: Vec<Vec<(Total, Total, u64)>>,
}

/// Adds up open and disputed money by group and bucket.
#[derive(Clone, Debug)]
pub struct DisputedByBucket<'a> {
    ledger: &'a Ledger,
    groups: &'a Groups,
    states: &'a RollStates,
    as_of: AsOf,
    sums: ByGroup<Vec<(Total, Total, u64)>>,
}

/// Returns how much of the claims open at the end of a day stands in dispute, by ageing bucket.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// No disputes were imported; the buckets cannot be used.
pub fn disputed_by_bucket(
    ledger: &Ledger,
    as_of: AsOf,
    groups: &Groups,
    known_on: Option<Day>,
    params: &DisputesParams,
) -> Result<Checked<DisputedBuckets>, DisputesError> {
    require_tables(ledger, &["disputes"])?;
    let states = RollStates::new(AgingScheme::from_upper_edges(&params.upper_edges)?);
    let sums = history::run(ledger, known_on, DisputedByBucket::new(ledger, groups, &states, as_of)).sums;
    let none = || vec![(Total::ZERO, Total::ZERO, 0); states.n_open()];
    Ok(Checked::clean(DisputedBuckets {
        as_of,
        known_on,
        captions: states.from().into_iter().take(states.n_open()).collect(),
        labels: GroupLabels::of(groups),
        rows: (0..groups.len())
            .map(|group| sums.of(group).cloned().unwrap_or_else(none))
            .collect(),
    }))
}

impl<'a> DisputedByBucket<'a> {
    /// Starts from nothing.
    pub fn new(ledger: &'a Ledger, groups: &'a Groups, states: &'a RollStates, as_of: AsOf) -> DisputedByBucket<'a> {
        DisputedByBucket {
            ledger,
            groups,
            states,
            as_of,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far: by bucket what is open, what of it is disputed, and on how many claims.
    pub fn sums(&self) -> &ByGroup<Vec<(Total, Total, u64)>> {
        &self.sums
    }
}

impl Accumulator for DisputedByBucket<'_> {
    /// Adds one customer's open claims; a dispute takes its amount from the claims due first.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let day = self.as_of.0;
        let claims = customer.documents().filter(|item| item.document.is_claim());
        let mut open: Vec<_> = claims
            .map(|item| (item, item.open_on(day), Total::ZERO))
            .filter(|(_, open, _)| *open > Total::ZERO)
            .collect();
        open.sort_by_key(|(item, ..)| (item.document.due_on.is_none(), item.document.due_on, item.ix));
        let is_open = |closed_on: Option<Day>| closed_on.is_none_or(|closed_on| closed_on >= day);
        for dispute in customer
            .disputes()
            .filter(|dispute| dispute.opened_on <= day && is_open(dispute.closed_on))
        {
            let range = dispute.document.map(|document| instalments(self.ledger, document));
            let currency = account_currency(self.ledger, customer.customer, dispute.opened_on);
            let mut left = dispute.amount.map(Total::from);
            for (item, open, disputed) in &mut open {
                let concerns = match &range {
                    Some(range) => range.contains(&item.ix.0),
                    None => item.document.currency == currency,
                };
                if concerns {
                    let taken = (*open - *disputed).min(left.unwrap_or(*open));
                    *disputed += taken;
                    left = left.map(|left| left - taken);
                }
            }
        }
        let n_states = self.states.n_open();
        for (item, open, disputed) in open {
            let buckets = self.sums.at(self.groups.of_document(item.ix, item.document), || {
                vec![(Total::ZERO, Total::ZERO, 0); n_states]
            });
            let bucket = &mut buckets[self.states.on(item.document.due_on, day)];
            bucket.0 += open;
            bucket.1 += disputed;
            bucket.2 += u64::from(disputed > Total::ZERO);
        }
    }

    /// Adds the claims of other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| {
            for (own, more) in own.iter_mut().zip(more) {
                own.0 += more.0;
                own.1 += more.1;
                own.2 += more.2;
            }
        });
    }
}

impl DisputedBuckets {
    /// Returns, by group and bucket, what is open, what of it is disputed, and on how many claims.
    pub fn rows(&self) -> &[Vec<(Total, Total, u64)>] {
        &self.rows
    }

    /// Returns one row per group and bucket.
    pub fn table(&self) -> Table {
        let n_buckets = self.captions.len();
        let groups: Vec<usize> = (0..self.rows.len())
            .flat_map(|group| std::iter::repeat_n(group, n_buckets))
            .collect();
        let cells = || self.rows.iter().flatten();
        self.labels
            .start("disputed_by_bucket", METRIC_ID, &groups)
            .text("bucket", self.rows.iter().flat_map(|_| self.captions.iter().cloned()))
            .money("open", cells().map(|(open, ..)| *open))
            .money("disputed", cells().map(|(_, disputed, _)| *disputed))
            .int("n_disputed", cells().map(|(_, _, n)| *n as i64))
            .real(
                "disputed_share",
                cells().map(|(open, disputed, _)| disputed.ratio(*open)),
            )
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
    }
}
