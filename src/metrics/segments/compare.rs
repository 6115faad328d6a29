//! Each segment against the rest of its currency.
//!
//! # Definition
//! A number that is a ratio of sums over customers is computed for the segment and for everything else in the currency;
//! the difference is segment less rest. The interval around money holds the middle share of draws of whole customers (with
//! replacement, all documents of a customer together); the interval around a share of counted items is Wilson's, that of
//! the difference of two such shares Newcombe's.
//! # Inputs
//! The ledger at the end of the as-of day; the attributes; a window of whole months that ends with the last complete one.
//! # Edge cases
//! A segment that is all of its currency has no rest: null `no_rest`. Denominators of zero have the reasons of the metric.
//! Fewer than two customers: no interval around money. Promises that are open on the as-of day are not counted; without a table of
//! promises `promises_kept` is not available. A segment to which no customer adds anything has no row. A customer whose documents lie in several segments counts in each.
//! # Source
//! Davison, A. C. and Hinkley, D. V., Bootstrap Methods and their Application (1997); Newcombe, R. G., Interval estimation
//! for the difference between independent proportions, Statistics in Medicine 17 (1998), pp. 873-890, method 10.
//! # Example
//! North owes 100, of which 60 are past due; south owes 300, of which 60: 60/100 - 60/300 = 0.6 - 0.2 = 0.4.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::segments::SegmentMetric;
//! use arrears::metrics::segments::compare::{CompareParams, compare};
//!
//! let records = from_text(&[
//!     (
//!         "customers",
//!         "customer_id, valid_from, region
//!          acme,        2023-01-01, north
//!          bolt,        2023-01-01, south",
//!     ),
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-01, 2024-01-31,  60.00, EUR
//!          2,          acme,        2024-02-01, 2024-03-31,  40.00, EUR
//!          3,          bolt,        2024-01-01, 2024-01-31,  60.00, EUR
//!          4,          bolt,        2024-02-01, 2024-03-31, 240.00, EUR",
//!     ),
//! ])?;
//! let month = Month::parse("2024-02")?;
//! let as_of = AsOf(month.last());
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let params = CompareParams { metric: SegmentMetric::PastDueShare, ..CompareParams::default() };
//! let found = compare(&ledger, as_of, month, &["region".to_owned()], None, &params)?.value;
//! let north = &found.rows()[0];
//! assert_eq!((north.value, north.rest), (Ok(60.0 / 100.0), Ok(60.0 / 300.0)));
//! assert!((north.difference.unwrap() - (0.6 - 0.2)).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

use super::measures::{Counted, Measured, SegmentMetric};
use super::{SegmentError, groups_with_accounts};
use crate::calendar::{AsOf, Day, Month};
use crate::history::Group;
use crate::ledger::Ledger;
use crate::metrics::aging::AgingError;
use crate::metrics::dso::DsoError;
use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::metrics::roll_rates::RollRatesError;
use crate::metrics::{
    BootstrapParams, ClusterSums, GroupLabels, Months, NotAvailable, NullReason, newcombe_interval, require_tables,
    view_note, wilson_interval,
};
use crate::money::{Currency, Total};
use crate::outcome::Checked;
use crate::table::{Data, Table};

/// The formula of this metric.
pub const METRIC_ID: &str = "segments.v1";

/// Segments with intervals at most; more would be a list of customers.
const MAX_SEGMENTS: usize = 1_000;

/// Settings of the comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareParams {
    /// The number compared.
    pub metric: SegmentMetric,
    /// Months of the window, at least 1; by default 3.
    pub window_months: u32,
    /// Days after the due day in which cash counts as collected; by default 30.
    pub within_days: i32,
    /// Days after the promised day on which money still keeps a promise; by default 3.
    pub tolerance_days: i32,
    /// Draws, seed and coverage of the intervals.
    pub bootstrap: BootstrapParams,
}

/// Why segments cannot be compared.
#[derive(Debug, Error)]
pub enum CompareError {
    /// The attributes cannot be used.
    #[error(transparent)]
    Segments(#[from] SegmentError),
    /// No attribute was named.
    #[error("found no attribute to compare by, expected one or more, such as `region`")]
    NoAttribute,
    /// A single customer has no interval.
    #[error("found `customer_id`, expected attributes that several customers share")]
    ByCustomer,
    /// More segments than one can read.
    #[error(
        "found {n} segments, expected at most {MAX_SEGMENTS}; group by fewer values, or in bands such as `amount:1000,10000`"
    )]
    TooMany {
        /// How many there are.
        n: usize,
    },
    /// The window is empty.
    #[error("found a window of 0 months, expected at least 1")]
    EmptyWindow,
    /// The number needs a table that was not imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// The ageing failed.
    #[error(transparent)]
    Aging(#[from] AgingError),
    /// The roll rates failed.
    #[error(transparent)]
    RollRates(#[from] RollRatesError),
    /// The DSO failed.
    #[error(transparent)]
    Dso(#[from] DsoError),
}

/// One segment against the rest of its currency.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentRow {
    /// Number of its group.
    pub group: usize,
    /// Customers that add something.
    pub n_customers: u64,
    /// Documents behind the number; for promises, the promises judged.
    pub n_documents: u64,
    /// What is divided, in ten-thousandths where it is money.
    pub numerator: i128,
    /// What it is divided by, in ten-thousandths where it is money.
    pub denominator: i128,
    /// The number.
    pub value: Result<f64, NullReason>,
    /// Interval around it.
    pub interval: Option<(f64, f64)>,
    /// The number of everything else in the currency.
    pub rest: Result<f64, NullReason>,
    /// Segment less rest.
    pub difference: Result<f64, NullReason>,
    /// Interval around the difference.
    pub difference_interval: Option<(f64, f64)>,
}

/// The segments of a ledger by one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    as_of: AsOf,
    known_on: Option<Day>,
    window: (Month, Month),
    params: CompareParams,
    labels: GroupLabels,
    rows: Vec<SegmentRow>,
}

/// Compares each segment with the rest of its currency, highest number first.
///
/// The window ends with `to`, the last complete month. `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The attributes, the window or the number of segments cannot be used; a table that the number needs was not imported.
pub fn compare(
    ledger: &Ledger,
    as_of: AsOf,
    to: Month,
    by: &[String],
    known_on: Option<Day>,
    params: &CompareParams,
) -> Result<Checked<Comparison>, CompareError> {
    if params.window_months == 0 {
        return Err(CompareError::EmptyWindow);
    }
    let window = (to - (params.window_months as i32 - 1), to);
    require_tables(ledger, params.metric.tables())?;
    let accounts = params.metric.accounts(ledger);
    let segments = groups_with_accounts(ledger, as_of, by, &accounts)?;
    if segments.value.by().is_empty() {
        return Err(CompareError::NoAttribute);
    }
    if segments.value.by().iter().any(|name| name == super::CUSTOMER_ID) {
        return Err(CompareError::ByCustomer);
    }
    if segments.value.len() > MAX_SEGMENTS {
        return Err(CompareError::TooMany {
            n: segments.value.len(),
        });
    }
    let by_customer: Vec<String> = by.iter().cloned().chain([super::CUSTOMER_ID.to_owned()]).collect();
    let split = groups_with_accounts(ledger, as_of, &by_customer, &accounts)?.value;
    let measured = params.metric.measure(ledger, as_of, window, &split, known_on, params)?;
    let labels = GroupLabels::of(&segments.value);
    let window_days = Months::new(window.0, window.1)
        .map_err(DsoError::from)?
        .iter()
        .map(Month::n_days)
        .sum();
    let book = Book::of(labels.all(), split.all(), &measured);
    let mut rows = book.rows(params, window_days);
    // A segment in which only other days have something has no number.
    rows.retain(|row| row.n_customers > 0);
    rows.sort_by(|a, b| {
        let order = |row: &SegmentRow| labels.all()[row.group].currency;
        let value = |row: &SegmentRow| row.value.unwrap_or(f64::NEG_INFINITY);
        (order(a).cmp(&order(b))).then_with(|| value(b).total_cmp(&value(a)))
    });
    Ok(segments.map(|_| Comparison {
        as_of,
        known_on,
        window,
        params: params.clone(),
        labels,
        rows,
    }))
}

/// What each customer adds to each segment.
struct Book {
    // By currency, then customer, then segment.
    cells: BTreeMap<Currency, BTreeMap<String, Vec<(usize, Measured)>>>,
    segments: Vec<(Currency, Measured, u64)>,
}

impl Book {
    fn of(segments: &[Group], split: &[Group], measured: &[Measured]) -> Book {
        let number: HashMap<(Currency, &[Option<String>]), usize> = segments
            .iter()
            .enumerate()
            .map(|(at, group)| ((group.currency, group.values.as_slice()), at))
            .collect();
        let mut book = Book {
            cells: BTreeMap::new(),
            segments: segments
                .iter()
                .map(|group| (group.currency, Measured::default(), 0))
                .collect(),
        };
        for (group, measured) in split.iter().zip(measured) {
            let Some((Some(customer), values)) = group.values.split_last() else {
                continue;
            };
            let is_nothing = measured.numerator == 0 && measured.denominator == 0;
            let Some(&segment) = number.get(&(group.currency, values)).filter(|_| !is_nothing) else {
                continue;
            };
            let (_, sums, n_customers) = &mut book.segments[segment];
            sums.add(measured);
            *n_customers += 1;
            let customers = book.cells.entry(group.currency).or_default();
            customers
                .entry(customer.clone())
                .or_default()
                .push((segment, *measured));
        }
        book
    }

    fn rows(&self, params: &CompareParams, window_days: i32) -> Vec<SegmentRow> {
        let currencies: BTreeMap<Currency, Vec<usize>> = self.segments.iter().enumerate().fold(
            BTreeMap::new(),
            |mut currencies: BTreeMap<Currency, Vec<usize>>, (segment, (currency, ..))| {
                currencies.entry(*currency).or_default().push(segment);
                currencies
            },
        );
        let mut rows = Vec::with_capacity(self.segments.len());
        for (currency, segments) in currencies {
            rows.extend(self.rows_of(currency, &segments, params, window_days));
        }
        rows
    }

    /// Compares the segments of one currency.
    fn rows_of(
        &self,
        currency: Currency,
        segments: &[usize],
        params: &CompareParams,
        window_days: i32,
    ) -> Vec<SegmentRow> {
        let metric = params.metric;
        let place: HashMap<usize, usize> = segments.iter().copied().zip(0..).collect();
        // Two cells a segment, then two for the whole currency.
        let whole = 2 * segments.len();
        let mut clusters = ClusterSums::new(whole + 2);
        for cells in self.cells.get(&currency).into_iter().flat_map(BTreeMap::values) {
            clusters.push(cells.iter().flat_map(|(segment, measured)| {
                let cell = 2 * place[segment];
                let (numerator, denominator) = (measured.numerator as f64, measured.denominator as f64);
                [
                    (cell, numerator),
                    (cell + 1, denominator),
                    (whole, numerator),
                    (whole + 1, denominator),
                ]
            }));
        }
        let draws = (!metric.is_count_share()).then(|| clusters.draws(&params.bootstrap));
        let mut all = Measured::default();
        for &segment in segments {
            all.add(&self.segments[segment].1);
        }
        let value = |sums: &Measured| metric.value(sums.numerator as f64, sums.denominator as f64, window_days);
        let row = |(at, &group): (usize, &usize)| {
            let (_, own, n_customers) = self.segments[group];
            let others = all.without(&own);
            let has_rest = segments.len() > 1;
            let rest = if has_rest {
                value(&others)
            } else {
                Err(NullReason::NoRest)
            };
            let value = value(&own);
            let of_draw = |sums: &[f64]| metric.value(sums[2 * at], sums[2 * at + 1], window_days).ok();
            let rest_of_draw = |sums: &[f64]| {
                let (numerator, denominator) = (sums[whole] - sums[2 * at], sums[whole + 1] - sums[2 * at + 1]);
                metric.value(numerator, denominator, window_days).ok()
            };
            let (interval, difference_interval) = match &draws {
                Some(draws) => (
                    draws.interval(of_draw),
                    draws.interval(|sums| Some(of_draw(sums)? - rest_of_draw(sums)?)),
                ),
                None => {
                    let confidence = params.bootstrap.confidence;
                    let counts = |sums: &Measured| (sums.numerator as u64, sums.denominator as u64);
                    let (n_of, n) = counts(&own);
                    (
                        wilson_interval(n_of, n, confidence),
                        newcombe_interval((n_of, n), counts(&others), confidence),
                    )
                }
            };
            let difference = value.and_then(|value| Ok(value - rest?));
            SegmentRow {
                group,
                n_customers,
                n_documents: own.n_documents,
                numerator: own.numerator,
                denominator: own.denominator,
                value,
                interval: interval.filter(|_| value.is_ok() && (n_customers > 1 || metric.is_count_share())),
                rest,
                difference,
                difference_interval: difference_interval
                    .filter(|_| difference.is_ok() && (n_customers > 1 || metric.is_count_share())),
            }
        };
        segments.iter().enumerate().map(row).collect()
    }
}

impl Measured {
    fn add(&mut self, other: &Measured) {
        self.numerator += other.numerator;
        self.denominator += other.denominator;
        self.n_documents += other.n_documents;
    }

    fn without(&self, part: &Measured) -> Measured {
        Measured {
            numerator: self.numerator - part.numerator,
            denominator: self.denominator - part.denominator,
            n_documents: self.n_documents - part.n_documents,
        }
    }
}

impl Default for CompareParams {
    fn default() -> CompareParams {
        CompareParams {
            metric: SegmentMetric::PastDueShare,
            window_months: 3,
            within_days: 30,
            tolerance_days: DEFAULT_TOLERANCE_DAYS,
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl Comparison {
    /// Returns the segments by currency, highest number first.
    pub fn rows(&self) -> &[SegmentRow] {
        &self.rows
    }

    /// Returns the groups that the rows name by number.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns one row per segment.
    pub fn table(&self) -> Table {
        let metric = self.params.metric;
        let groups: Vec<usize> = self.rows.iter().map(|row| row.group).collect();
        let (numerator, denominator) = metric.counted();
        let sums = |counted: Counted, of: fn(&SegmentRow) -> i128| {
            let sums = self.rows.iter().map(of);
            match counted {
                Counted::Money => Data::Money(sums.map(|units| Some(Total::from_units(units))).collect()),
                Counted::Items => Data::Int(sums.map(|n| i64::try_from(n).ok()).collect()),
            }
        };
        let low = |interval: Option<(f64, f64)>| interval.map(|(low, _)| low);
        let high = |interval: Option<(f64, f64)>| interval.map(|(_, high)| high);
        let intervals = if metric.is_count_share() {
            "Wilson's, for the difference Newcombe's; items are taken as independent".to_owned()
        } else {
            let bootstrap = &self.params.bootstrap;
            format!(
                "{} draws of whole customers, seed {}",
                bootstrap.n_draws, bootstrap.seed
            )
        };
        self.labels
            .start("segments", METRIC_ID, &groups)
            .int("n_customers", self.rows.iter().map(|row| row.n_customers as i64))
            .int("n_documents", self.rows.iter().map(|row| row.n_documents as i64))
            .with("numerator", sums(numerator, |row| row.numerator))
            .with("denominator", sums(denominator, |row| row.denominator))
            .real(metric.as_str(), self.rows.iter().map(|row| row.value.ok()))
            .real("low", self.rows.iter().map(|row| low(row.interval)))
            .real("high", self.rows.iter().map(|row| high(row.interval)))
            .real("rest", self.rows.iter().map(|row| row.rest.ok()))
            .real("difference", self.rows.iter().map(|row| row.difference.ok()))
            .real(
                "difference_low",
                self.rows.iter().map(|row| low(row.difference_interval)),
            )
            .real(
                "difference_high",
                self.rows.iter().map(|row| high(row.difference_interval)),
            )
            .text(
                "reason",
                self.rows
                    .iter()
                    .map(|row| row.difference.err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note(
                "compared",
                format!("{} = {}", metric.as_str(), metric.formula(&self.params)),
            )
            .note("window", format!("{} to {}", self.window.0, self.window.1))
            .note("rest", "everything else in the currency; difference = segment - rest")
            .note("confidence", self.params.bootstrap.confidence)
            .note("interval", intervals)
    }
}
