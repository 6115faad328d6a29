//! Promises to pay: how many and how much of them was kept.
//!
//! # Definition
//! A promise is *kept* when the money promised came in from the day it was made until its day plus the tolerance; *partially kept*
//! when some of it came; *broken* when none did. Until that window closes, and unless it is kept before, it is *open*. There is one
//! open promise on an invoice: one that is followed by a newer on the same invoice inside its window is *replaced*, and judged at the
//! end of the newer one's day. Kept rate by count = kept / (kept + partially kept + broken); by money = what came inside the
//! windows / what was promised, over the same promises. The *level* of an invoice is the number of promises on it that were not kept.
//! # Inputs
//! The promises made in the months asked for, judged at the end of the as-of day. On an invoice, what relieved it counts: cash, cash
//! applied, discounts and credits, net of reversals, over all its instalments; write-offs do not. On the account, every cash receipt
//! of the customer in the currency of the account counts, net of refunds and reversals.
//! # Edge cases
//! Open promises are in no denominator; nothing judged: null `no_denominator`. Money of the day the promise was made counts, and
//! money of the day of replacement counts for the old and the new promise. A promise of a part of the invoice that was kept is kept:
//! it does not raise the level. Two promises on the account that overlap may count the same receipt. The account has the currency of
//! the customers table, else of the newest document issued by then.
//! A reversal takes off what came, also where it takes back a write-off.
//! # Source
//! Semantics of SAP Collections Management, promise to pay.
//! # Example
//! 100.00 promised for 10 March with 3 days of tolerance: 100.00 by 13 March is kept, 40.00 partially kept, nothing broken. Of these
//! three the kept rate is 1/3 by count and (100 + 40 + 0) / 300 by money.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::promises::{PromisesParams, promises};
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-01, 2024-01-31, 100.00, EUR
//!          2,          bolt,        2024-01-01, 2024-01-31, 100.00, EUR
//!          3,          cato,        2024-01-01, 2024-01-31, 100.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          acme,        1,          2024-03-13, 100.00, EUR
//!          8,          bolt,        2,          2024-03-13,  40.00, EUR",
//!     ),
//!     (
//!         "promises",
//!         "promise_id, customer_id, invoice_id, made_on,    promised_on, amount
//!          p1,         acme,        1,          2024-03-01, 2024-03-10,  100.00
//!          p2,         bolt,        2,          2024-03-01, 2024-03-10,  100.00
//!          p3,         cato,        3,          2024-03-01, 2024-03-10,  100.00",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-03-31")?), Month::parse("2024-03")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let params = PromisesParams { tolerance_days: 3, ..PromisesParams::default() };
//! let found = promises(&ledger, as_of, month, month, &[], None, &params)?.value;
//! let row = found.rows().next().unwrap();
//! assert_eq!((row.n_kept, row.n_partially_kept, row.n_broken), (1, 1, 1));
//! assert_eq!(row.kept_rate, Ok(1.0 / 3.0));
//! assert_eq!(row.paid_share, Ok((100.0 + 40.0 + 0.0) / 300.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod groups;
mod kept;
mod outcomes;
mod rows;
mod tables;

use std::collections::BTreeMap;

use thiserror::Error;

use super::aging::AgingError;
use super::fact_groups::{FactLabels, Place};
use super::segments::SegmentError;
use super::{BootstrapParams, Months, MonthsError, NotAvailable, require_tables};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;

pub use self::groups::{PromiseBy, PromiseGroups};
pub use self::kept::{KeptByGroup, KeptCounts};
pub use self::outcomes::{DEFAULT_TOLERANCE_DAYS, JudgedPromise, PromiseOutcome, promise_outcomes};

pub use self::rows::PromisesRow;

pub(crate) use self::groups::promised_accounts;
pub(crate) use self::outcomes::instalments;

/// The formula of this metric.
pub const METRIC_ID: &str = "promises.v1";

/// Settings of the promises.
#[derive(Clone, Debug, PartialEq)]
pub struct PromisesParams {
    /// Days after the promised day on which money still keeps the promise, at least 0; by default 3.
    pub tolerance_days: i32,
    /// Last day of each bounded bucket, for `bucket`; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// Draws and coverage of the intervals; the coverage is that of the counts too.
    pub bootstrap: BootstrapParams,
}

/// Why there is no result on promises.
#[derive(Debug, Error)]
pub enum PromisesError {
    /// No promises were imported.
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

/// Invoices of one group by level, as of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelRow {
    /// Invoices with this many promises that were not kept.
    pub n_invoices: u64,
    /// What is open on them.
    pub open: Total,
}

/// The promises made in some months, judged on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Promises {
    as_of: AsOf,
    known_on: Option<Day>,
    months: Months,
    params: PromisesParams,
    labels: FactLabels,
    rows: Vec<(Place, PromisesRow)>,
    levels: Vec<((Place, u32), LevelRow)>,
}

/// One promise as the result counts it.
#[derive(Clone, Debug, PartialEq)]
pub struct PromiseFact {
    customer: CustomerIx,
    place: Place,
    judged: JudgedPromise,
    // What is open on its invoice, on the last promise of the invoice alone.
    open_at_level: Option<Total>,
}

/// Collects the judged promises of the months.
#[derive(Clone, Debug)]
pub struct JudgedPromises<'a> {
    ledger: &'a Ledger,
    months: &'a Months,
    as_of: AsOf,
    tolerance_days: i32,
    groups: &'a PromiseGroups,
    facts: Vec<PromiseFact>,
}

/// Returns what became of the promises made from one month to another, both included, at the end of a day.
///
/// `by` names attributes of customers and documents and those of [`PromiseBy::NAMES`]. `known_on` leaves out what was posted after
/// that day.
///
/// # Errors
/// No promises were imported; the months, buckets or attributes cannot be used.
pub fn promises(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    by: &[String],
    known_on: Option<Day>,
    params: &PromisesParams,
) -> Result<Checked<Promises>, PromisesError> {
    require_tables(ledger, &["promises"])?;
    let months = Months::new(from, to)?;
    let groups = PromiseGroups::new(ledger, as_of, by, params)?;
    let empty = JudgedPromises::new(ledger, &months, as_of, params.tolerance_days, &groups.value);
    let facts = history::run(ledger, known_on, empty).facts;
    let mut by_place: BTreeMap<&Place, Vec<&PromiseFact>> = BTreeMap::new();
    let mut levels: BTreeMap<(Place, u32), LevelRow> = BTreeMap::new();
    for fact in &facts {
        by_place.entry(&fact.place).or_default().push(fact);
        if let Some(open) = fact.open_at_level {
            let level = levels.entry((fact.place.clone(), fact.judged.level)).or_default();
            level.n_invoices += 1;
            level.open += open;
        }
    }
    let rows = by_place
        .into_iter()
        .map(|(place, facts)| (place.clone(), PromisesRow::of(&facts, &params.bootstrap)));
    let rows = rows.collect();
    Ok(groups.map(|groups| Promises {
        as_of,
        known_on,
        months,
        params: params.clone(),
        labels: groups.labels(),
        rows,
        levels: levels.into_iter().collect(),
    }))
}

impl Default for PromisesParams {
    fn default() -> PromisesParams {
        PromisesParams {
            tolerance_days: DEFAULT_TOLERANCE_DAYS,
            upper_edges: vec![30, 60, 90, 120],
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl<'a> JudgedPromises<'a> {
    /// Starts from nothing.
    pub fn new(
        ledger: &'a Ledger,
        months: &'a Months,
        as_of: AsOf,
        tolerance_days: i32,
        groups: &'a PromiseGroups,
    ) -> JudgedPromises<'a> {
        JudgedPromises {
            ledger,
            months,
            as_of,
            tolerance_days,
            groups,
            facts: Vec::new(),
        }
    }

    /// Returns the promises collected so far, by customer and the day they were made.
    pub fn facts(&self) -> &[PromiseFact] {
        &self.facts
    }
}

impl Accumulator for JudgedPromises<'_> {
    /// Adds one customer's promises.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let judged = promise_outcomes(self.ledger, customer, self.as_of, self.tolerance_days);
        for (position, own) in judged.iter().enumerate() {
            if self.months.position(own.promise.made_on).is_none() {
                continue;
            }
            let is_last = |document: &DocumentIx| {
                judged[position + 1..]
                    .iter()
                    .all(|later| later.promise.document != Some(*document))
            };
            let open = |document: DocumentIx| -> Total {
                let instalments = instalments(self.ledger, document).map(DocumentIx);
                instalments.map(|ix| customer.document(ix).open_on(self.as_of.0)).sum()
            };
            self.facts.push(PromiseFact {
                customer: customer.customer,
                place: self.groups.place(self.ledger, customer, &own.promise),
                judged: *own,
                open_at_level: own.promise.document.filter(is_last).map(open),
            });
        }
    }

    /// Adds the promises of other customers.
    fn merge(&mut self, other: Self) {
        self.facts.extend(other.facts);
    }
}

impl Promises {
    /// Returns the rows in order of their groups.
    pub fn rows(&self) -> impl Iterator<Item = &PromisesRow> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// Returns the invoices by level, in order of groups and levels.
    pub fn levels(&self) -> impl Iterator<Item = (u32, &LevelRow)> {
        self.levels.iter().map(|((_, level), row)| (*level, row))
    }
}
