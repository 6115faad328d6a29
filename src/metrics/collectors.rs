//! Collectors: what came in from the books they held, against what came in from like claims of everybody else.
//!
//! # Definition
//! A collector's book of a month is the claims of the customers that were his or hers on the month's first day, open at the
//! end of the day before. `collected` is the cash on them in the month. `expected` is, for each month and ageing bucket at the
//! opening, the share that came in from the same bucket in the same month over everybody else's books, times the collector's
//! opening; `difference = collected_compared - expected`, where only openings count that somebody else had too.
//! # Inputs
//! `customers.collector` valid on the first day of each month, claims and cash; contacts for the work: attempts (contacts the
//! customer did not make) by the collector who made them, in the same months; promises made in these months, by the collector who
//! held the customer on the day of the promise, judged at the end of the last month as the metric `promises` does.
//! # Edge cases
//! A bucket that nobody else held in a month is not compared: null `no_like_accounts` where none is. Customers without a
//! collector are part of everybody else and have a row of their own. Cash is net of reversals and refunds of it; claims issued
//! inside a month belong to no book until the next. Contacts have no currency, and promises are counted over all: a
//! collector's are the same in each of his or her rows. No promise judged: null `no_denominator`; no table of promises: `not_imported`.
//! Books are handed out by people, not at random: a difference can come from the book.
//! # Source
//! Design of this program, section 5; interval: Davison, A. C. and Hinkley, D. V., Bootstrap Methods and their Application (1997), section 2.4.
//! # Example
//! ann's book opens at 100 not due and 80 come in; from everybody else's not-due claims 150 of 200 came in: expected 100 x 150/200 = 75,
//! difference 80 - 75 = 5.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::collectors::{CollectorsParams, collectors};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "customers",
//!         "customer_id, valid_from, collector
//!          acme,        2023-01-01, ann
//!          bolt,        2023-01-01, bob",
//!     ),
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-10, 2024-02-20, 100.00, EUR
//!          2,          bolt,        2024-01-10, 2024-02-20, 200.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          11,         acme,        1,          2024-02-25,  80.00, EUR
//!          12,         bolt,        2,          2024-02-10, 150.00, EUR",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-02-29")?), Month::parse("2024-02")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let found = collectors(&ledger, month, month, &all, None, &CollectorsParams::default())?.value;
//! let ann = found.rows().iter().find(|row| row.collector.as_deref() == Some("ann")).unwrap();
//! assert_eq!(ann.collected.to_string(), "80.00");
//! assert_eq!(ann.expected, Ok(100.0 * 150.0 / 200.0));
//! assert_eq!(ann.difference(), Ok(80.0 - 75.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod books;
mod tables;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::aging::{AgingError, AgingScheme};
use super::promises::{DEFAULT_TOLERANCE_DAYS, KeptByGroup, KeptCounts};
use super::segments::SegmentError;
use super::{BootstrapParams, ClusterSums, GroupLabels, Months, MonthsError, NotAvailable, NullReason, require_tables};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Groups};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Promise};
use crate::money::Total;
use crate::outcome::Checked;

pub use self::books::{BookCell, BookKey, Books, BooksByCustomer};
pub use self::work::{ContactWork, WorkByCollector};

/// The formula of this metric.
pub const METRIC_ID: &str = "collectors.v1";

/// Settings of the comparison of collectors.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectorsParams {
    /// Last day past due of each bucket at the opening; by default those of the ageing.
    pub upper_edges: Vec<i32>,
    /// Days after the promised day on which money still keeps a promise; by default 3.
    pub tolerance_days: i32,
    /// Draws of customers behind the interval, and its coverage.
    pub bootstrap: BootstrapParams,
}

/// Why collectors cannot be compared.
#[derive(Debug, Error)]
pub enum CollectorsError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The bucket edges cannot be used.
    #[error(transparent)]
    Buckets(#[from] AgingError),
    /// Customers were not imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// No customer has a collector.
    #[error("not available: import customers with a collector")]
    NoCollector,
    /// Collectors are known only from a later day on.
    #[error(transparent)]
    Undated(#[from] SegmentError),
}

/// One collector in one group.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectorRow {
    /// Position of the group.
    pub group: usize,
    /// The collector; `None` for customers without one.
    pub collector: Option<String>,
    /// Customers with something open at an opening.
    pub n_customers: u64,
    /// Openings of all months, added up.
    pub opening: Total,
    /// Cash on them in their months.
    pub collected: Total,
    /// The part of the openings that somebody else had too.
    pub opening_compared: Total,
    /// Cash on that part.
    pub collected_compared: Total,
    /// What came in from like claims of everybody else, in currency units.
    pub expected: Result<f64, NullReason>,
    /// The interval of the difference, in currency units.
    pub interval: Option<(f64, f64)>,
}

/// The collectors of a ledger, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Collectors {
    months: Months,
    known_on: Option<Day>,
    params: CollectorsParams,
    labels: GroupLabels,
    rows: Vec<CollectorRow>,
    // `None` where contacts were not imported.
    work: Option<BTreeMap<Option<String>, ContactWork>>,
    // `None` where promises were not imported.
    promises: Option<BTreeMap<Option<String>, KeptCounts>>,
}

/// Compares what collectors collected in the months from one to another with what was to be expected of their books.
///
/// Comparison is inside each group. `known_on` leaves out what was posted after that day.
///
/// # Errors
/// No collector is known in these months, the months are reversed, the bucket edges do not increase.
pub fn collectors(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &CollectorsParams,
) -> Result<Checked<Collectors>, CollectorsError> {
    require_tables(ledger, &["customers"])?;
    let months = Months::new(from, to)?;
    let scheme = AgingScheme::from_upper_edges(&params.upper_edges)?;
    let books = Books::of(ledger, &months, known_on)?;
    let empty = BooksByCustomer::new(groups, &months, &scheme, &books);
    let cells = history::run(ledger, known_on, empty);
    let rows = cells
        .cells()
        .iter()
        .flat_map(|(group, customers)| compare(group, customers, &books, &params.bootstrap));
    let days = (months.start(), months.last_day());
    let work = ledger
        .has("contacts")
        .then(|| history::run(ledger, known_on, WorkByCollector::new(ledger, days, known_on)).into_work());
    let promises = ledger.has("promises").then(|| {
        let holder = |customer: CustomerIx, promise: &Promise| books.collector_on(customer, promise.made_on) as usize;
        let empty = KeptByGroup::new(ledger, days, AsOf(days.1), params.tolerance_days, holder);
        let pass = history::run(ledger, known_on, empty);
        let counts = pass.counts().iter();
        counts
            .map(|(number, kept)| (books.name(number as u32).map(str::to_owned), *kept))
            .collect()
    });
    Ok(Checked::clean(Collectors {
        known_on,
        params: params.clone(),
        labels: GroupLabels::of(groups),
        rows: rows.collect(),
        work,
        promises,
        months,
    }))
}

/// The opening and cash of a month's bucket over all books, and how to find them among the sums of a draw.
struct Layout {
    collectors: Vec<u32>,
    // Month and bucket.
    slots: Vec<(u16, u16)>,
}

impl Layout {
    /// The cell of an opening; its cash follows. `collector` is a position, one past the last meaning all together.
    fn cell(&self, collector: usize, slot: usize) -> usize {
        2 * (collector * self.slots.len() + slot)
    }

    fn n_cells(&self) -> usize {
        self.cell(self.collectors.len() + 1, 0)
    }
}

/// Compares the collectors of one group with each other.
fn compare(
    group: usize,
    customers: &BTreeMap<CustomerIx, BTreeMap<BookKey, BookCell>>,
    books: &Books<'_>,
    bootstrap: &BootstrapParams,
) -> Vec<CollectorRow> {
    let keys = || customers.values().flat_map(BTreeMap::keys);
    let layout = Layout {
        collectors: keys()
            .map(|key| key.collector)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        slots: keys()
            .map(|key| (key.month, key.bucket))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
    };
    let all = layout.collectors.len();
    let (mut exact, mut clusters) = (vec![Total::ZERO; layout.n_cells()], ClusterSums::new(layout.n_cells()));
    let mut n_customers = vec![0_u64; all];
    for cells in customers.values() {
        let mut own = Vec::with_capacity(4 * cells.len());
        let mut held: BTreeSet<usize> = BTreeSet::new();
        for (key, cell) in cells {
            let position = |sorted: Result<usize, usize>| sorted.expect("the layout was made from these keys");
            let collector = position(layout.collectors.binary_search(&key.collector));
            let slot = position(layout.slots.binary_search(&(key.month, key.bucket)));
            held.insert(collector);
            for at in [layout.cell(collector, slot), layout.cell(all, slot)] {
                exact[at] += cell.opening;
                exact[at + 1] += cell.collected;
                own.extend([(at, cell.opening.to_feature()), (at + 1, cell.collected.to_feature())]);
            }
        }
        for collector in held {
            n_customers[collector] += 1;
        }
        clusters.push(own);
    }
    let intervals = clusters.intervals(bootstrap, |sums| {
        (0..all).map(|at| difference(sums, &layout, at)).collect()
    });
    let rows = layout.collectors.iter().enumerate().map(|(at, &number)| {
        let own = |slot: usize, part: usize| exact[layout.cell(at, slot) + part];
        let others = |slot: usize, part: usize| exact[layout.cell(all, slot) + part] - own(slot, part);
        let sum = |part: usize, is_counted: &dyn Fn(usize) -> bool| -> Total {
            let slots = (0..layout.slots.len()).filter(|&slot| is_counted(slot));
            slots.map(|slot| own(slot, part)).sum()
        };
        let is_compared = |slot: usize| own(slot, 0) > Total::ZERO && others(slot, 0) > Total::ZERO;
        let expected = (0..layout.slots.len()).filter(|&slot| is_compared(slot)).map(|slot| {
            let share = others(slot, 1).ratio(others(slot, 0)).unwrap_or_default();
            own(slot, 0).to_feature() * share
        });
        let has_like = (0..layout.slots.len()).any(is_compared);
        CollectorRow {
            group,
            collector: books.name(number).map(str::to_owned),
            n_customers: n_customers[at],
            opening: sum(0, &|_| true),
            collected: sum(1, &|_| true),
            opening_compared: sum(0, &is_compared),
            collected_compared: sum(1, &is_compared),
            expected: if has_like {
                Ok(expected.sum())
            } else {
                Err(NullReason::NoLikeAccounts)
            },
            interval: intervals.get(at).copied().flatten(),
        }
    });
    rows.collect()
}

/// Collected less expected of one collector in one draw; `None` where nothing can be compared.
fn difference(sums: &[f64], layout: &Layout, at: usize) -> Option<f64> {
    let all = layout.collectors.len();
    let differences = (0..layout.slots.len()).filter_map(|slot| {
        let (own, everybody) = (layout.cell(at, slot), layout.cell(all, slot));
        let others = sums[everybody] - sums[own];
        // Sums of floating point: what is left of cancelled openings is no opening.
        (sums[own] > 0.0 && others > 0.005)
            .then(|| sums[own + 1] - sums[own] * (sums[everybody + 1] - sums[own + 1]) / others)
    });
    let (n, sum) = differences.fold((0_usize, 0.0), |(n, sum), difference| (n + 1, sum + difference));
    (n > 0).then_some(sum)
}

impl CollectorRow {
    /// Returns what was collected above (positive) or below what was expected, in currency units.
    pub fn difference(&self) -> Result<f64, NullReason> {
        self.expected
            .map(|expected| self.collected_compared.to_feature() - expected)
    }
}

impl Default for CollectorsParams {
    fn default() -> CollectorsParams {
        CollectorsParams {
            upper_edges: super::aging::AgingParams::default().upper_edges,
            tolerance_days: DEFAULT_TOLERANCE_DAYS,
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl Collectors {
    /// Returns the collectors by group, in alphabetical order, customers without a collector first.
    pub fn rows(&self) -> &[CollectorRow] {
        &self.rows
    }

    /// Returns the contacts by collector, or `None` where contacts were not imported.
    pub fn work(&self) -> Option<&BTreeMap<Option<String>, ContactWork>> {
        self.work.as_ref()
    }

    /// Returns how many promises were judged and kept by who held the customer on the day of the promise, or `None` where promises
    /// were not imported.
    pub fn promises(&self) -> Option<&BTreeMap<Option<String>, KeptCounts>> {
        self.promises.as_ref()
    }
}
