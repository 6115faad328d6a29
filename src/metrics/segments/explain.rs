//! The segments that hold more overdue money than their part of the book accounts for.
//!
//! # Definition
//! Every value of every attribute, and every pair of values of two attributes, is a segment. Its *excess* is its overdue
//! money less what it would hold at the past-due share of the whole currency: `excess = overdue - open x share`. A segment
//! is *found* where its excess is above zero by more than chance, all segments looked at being taken into account.
//! # Inputs
//! Claims open at the end of the as-of day; attributes on that day. Numbers are cut at their quartiles.
//! # Edge cases
//! Segments of few customers or little money are not looked at, nor those whose rest is. Of two segments with the same
//! documents only the first is looked at. A pair that holds no more than its part of a found single segment is pruned, and so
//! is a single segment that holds nothing in excess without a found pair inside it; the reason names the other one.
//! # Source
//! Standard error from draws of whole customers (Davison and Hinkley, Bootstrap Methods and their Application, 1997), referred
//! to Student's t with one degree of freedom less than the segment has customers, one-sided; Holm, S., A simple sequentially
//! rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979), pp. 65-70.
//! # Example
//! North owes 400, 200 of it past due; all owe 1,000, 250 of it past due: 200 - 400 x 250 / 1,000 = 100 in excess.
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::segments::explain::{ExplainParams, explain_overdue};
//!
//! let records = from_text(&[
//!     (
//!         "customers",
//!         "customer_id, valid_from, region
//!          acme,        2023-01-01, north
//!          bolt,        2023-01-01, north
//!          cato,        2023-01-01, south
//!          dorn,        2023-01-01, south",
//!     ),
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-02, 2024-01-31, 200.00, EUR
//!          2,          bolt,        2024-01-02, 2024-03-31, 200.00, EUR
//!          3,          cato,        2024-01-02, 2024-01-31,  50.00, EUR
//!          4,          dorn,        2024-01-02, 2024-03-31, 550.00, EUR",
//!     ),
//! ])?;
//! let as_of = AsOf(Day::parse("2024-02-29")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let params = ExplainParams { min_customers: 2, ..ExplainParams::default() };
//! let found = explain_overdue(&ledger, as_of, &["region".to_owned()], None, &params)?.value;
//! let north = found.rows().iter().find(|row| row.segment.contains("north")).unwrap();
//! assert_eq!(north.excess, 200.0 - 400.0 * 250.0 / 1000.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use thiserror::Error;

use super::attributes::{Attribute, CUSTOMER_ID, Coded, available, numeric};
use super::bands::Bands;
use super::grouping::{CustomerAccount, accounts_of_documents};
use super::open_claims::{OpenClaim, OpenClaims};
use super::search::{Candidate, Judged, Search};
use super::{SegmentError, attributes};
use crate::calendar::{AsOf, Day};
use crate::history;
use crate::ledger::Ledger;
use crate::metrics::results::with_contract;
use crate::metrics::{BootstrapParams, view_note};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "segments.explain.v1";

/// Columns that are no candidates: keys, names and what depends on lateness itself.
const NO_CANDIDATES: &[&str] = &[
    CUSTOMER_ID,
    attributes::PARENT,
    attributes::PARENT_ID,
    "name",
    "instalment",
    "kind",
    "days_past_due",
    "posted_on",
];
/// Numbers with more values than this are cut into bands.
const MAX_VALUES: usize = 8;

/// Settings of the search.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainParams {
    /// Attributes put together in one segment, 1 or 2; by default 2.
    pub max_depth: usize,
    /// Customers a segment and its rest must have; by default 10.
    pub min_customers: usize,
    /// Share of the open claims a segment must hold, 0 to 1; by default 0.01.
    pub min_share: f64,
    /// Chance of finding anything where nothing is to be found, between 0 and 1; by default 0.05.
    pub alpha: f64,
    /// Rows of segments that were not found, the largest excess first; by default 10.
    pub n_others: usize,
    /// Draws, seed and coverage of the intervals.
    pub bootstrap: BootstrapParams,
}

/// Why there is no search.
#[derive(Debug, Error)]
pub enum ExplainError {
    /// The attributes cannot be used.
    #[error(transparent)]
    Segments(#[from] SegmentError),
    /// No attribute is left.
    #[error("found no attribute to search, expected some in the customers or invoices table")]
    NoAttribute,
    /// Segments of no attribute, or of many.
    #[error("found a depth of {found}, expected 1 or 2 attributes in a segment")]
    Depth {
        /// The depth found.
        found: usize,
    },
    /// The level is no chance.
    #[error("found a level of {found}, expected a number between 0 and 1, such as 0.05")]
    Alpha {
        /// The level found.
        found: f64,
    },
}

/// What became of a segment that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It holds more overdue money than chance explains.
    Found,
    /// It holds no more than its part of a found segment around it.
    SaysNoMore {
        /// The segment around it.
        than: String,
    },
    /// Without a found segment inside it, it holds nothing in excess.
    NothingElse {
        /// The segment inside it.
        than: String,
    },
    /// Chance explains it.
    WithinChance,
}

/// One segment that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainRow {
    /// Currency of its money.
    pub currency: Currency,
    /// Attributes and values: `region = north & industry = retail`.
    pub segment: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Customers with open claims in it.
    pub n_customers: u64,
    /// Its open claims, counted.
    pub n_documents: u64,
    /// Its open claims.
    pub open: Total,
    /// Those of them past due.
    pub overdue: Total,
    /// Past-due share of everything in the currency.
    pub share_of_all: f64,
    /// Overdue money beyond that share of its open claims.
    pub excess: f64,
    /// Interval around the excess, of this segment alone.
    pub interval: Option<(f64, f64)>,
    /// Chance of as much excess in a segment picked beforehand.
    pub p: f64,
    /// The same for all segments looked at together.
    pub p_adjusted: f64,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    as_of: AsOf,
    known_on: Option<Day>,
    params: ExplainParams,
    attributes: Vec<String>,
    n_looked_at: usize,
    n_small: usize,
    rows: Vec<ExplainRow>,
}

/// Searches the segments that hold most overdue money beyond their share of the open claims.
///
/// `by` names the attributes to search; empty means all that the ledger has. `known_on` leaves out what was posted after that day.
///
/// # Errors
/// An attribute or a setting cannot be used, or there is no attribute.
pub fn explain_overdue(
    ledger: &Ledger,
    as_of: AsOf,
    by: &[String],
    known_on: Option<Day>,
    params: &ExplainParams,
) -> Result<Checked<Explanation>, ExplainError> {
    if !(1..=2).contains(&params.max_depth) {
        return Err(ExplainError::Depth {
            found: params.max_depth,
        });
    }
    if !(params.alpha > 0.0 && params.alpha < 1.0) {
        return Err(ExplainError::Alpha { found: params.alpha });
    }
    let mut caveats = Vec::new();
    let accounts = accounts_of_documents(ledger);
    let coded = if by.is_empty() {
        every_attribute(ledger, as_of, &accounts, &mut caveats)?
    } else {
        let attributes = Attribute::read(ledger, by)?;
        let coded = attributes.iter().map(|attribute| {
            let coded = attribute.values(ledger, as_of, &accounts, &mut caveats)?;
            Ok((attribute.name().to_owned(), coded))
        });
        coded.collect::<Result<Vec<_>, SegmentError>>()?
    };
    if coded.is_empty() {
        return Err(ExplainError::NoAttribute);
    }
    let pass = history::run(ledger, known_on, OpenClaims::new(as_of));
    let mut by_currency: BTreeMap<Currency, Vec<OpenClaim>> = BTreeMap::new();
    for claim in pass.claims() {
        by_currency.entry(claim.currency).or_default().push(*claim);
    }
    let searches: Vec<(Currency, Search)> = by_currency
        .iter()
        .map(|(&currency, claims)| (currency, Search::over(claims, &coded, params)))
        .collect();
    // One family: what was looked at in every currency.
    let n_looked_at = searches.iter().map(|(_, search)| search.candidates().len()).sum();
    let mut adjusted = holm(searches.iter().flat_map(|(_, search)| search.p_values()).collect()).into_iter();
    let mut rows = Vec::new();
    for (currency, search) in &searches {
        let p_adjusted: Vec<f64> = adjusted.by_ref().take(search.candidates().len()).collect();
        let judged = search.judge(&p_adjusted, params.alpha);
        rows.extend(rows_of(*currency, search, &judged, &p_adjusted, &coded, params));
    }
    Ok(Checked {
        value: Explanation {
            as_of,
            known_on,
            params: params.clone(),
            attributes: coded.iter().map(|(name, _)| name.clone()).collect(),
            n_looked_at,
            n_small: searches.iter().map(|(_, search)| search.n_small()).sum(),
            rows,
        },
        issues: Default::default(),
        caveats,
    })
}

/// Takes every attribute that can be known on the day; numbers in bands.
fn every_attribute(
    ledger: &Ledger,
    as_of: AsOf,
    accounts: &[CustomerAccount],
    caveats: &mut Vec<Caveat>,
) -> Result<Vec<(String, Coded)>, SegmentError> {
    let is_candidate = |name: &String| !NO_CANDIDATES.contains(&name.as_str());
    let mut coded = Vec::new();
    let plain = available(ledger);
    for name in plain.iter().filter(|name| is_candidate(name)) {
        let attribute = Attribute::read(ledger, std::slice::from_ref(name))?;
        let mut more = Vec::new();
        let values = match attribute.first() {
            Some(attribute) => attribute.values(ledger, as_of, accounts, &mut more),
            None => continue,
        };
        match values {
            Ok(values) if values.words.len() > MAX_VALUES => match in_quartiles(ledger, as_of, accounts, name) {
                Ok(bands) => coded.extend(bands),
                Err(SegmentError::NotANumber { .. } | SegmentError::Unknown { .. }) => {
                    coded.push((name.clone(), values))
                }
                Err(error) => return Err(error),
            },
            Ok(values) => coded.push((name.clone(), values)),
            Err(SegmentError::Undated {
                attribute, holds_from, ..
            }) => caveats.push(Caveat(format!(
                "`{attribute}` holds from {holds_from}, after the as-of day, and was not searched"
            ))),
            Err(error) => return Err(error),
        }
        caveats.extend(more);
    }
    let numbers = numeric(ledger);
    for name in numbers
        .iter()
        .filter(|name| is_candidate(name) && !plain.contains(name))
    {
        match in_quartiles(ledger, as_of, accounts, name) {
            Ok(bands) => coded.extend(bands),
            Err(SegmentError::Undated { .. } | SegmentError::NotAvailable(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(coded)
}

fn in_quartiles(
    ledger: &Ledger,
    as_of: AsOf,
    accounts: &[CustomerAccount],
    name: &str,
) -> Result<Option<(String, Coded)>, SegmentError> {
    let Some(bands) = Bands::at_quartiles(ledger, as_of, accounts, name, MAX_VALUES)? else {
        return Ok(None);
    };
    let values = bands.values(ledger, as_of, accounts, &mut Vec::new())?;
    Ok(Some((name.to_owned(), values)))
}

/// Adjusts chances for having looked at all of them, by Holm's procedure; in the order given.
fn holm(p_values: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut floor = 0.0_f64;
    for (rank, &at) in order.iter().enumerate() {
        floor = floor.max((p_values[at] * (p_values.len() - rank) as f64).min(1.0));
        adjusted[at] = floor;
    }
    adjusted
}

/// The rows of one currency: found first, then pruned, then the largest of the others.
fn rows_of(
    currency: Currency,
    search: &Search,
    judged: &[Judged],
    p_adjusted: &[f64],
    coded: &[(String, Coded)],
    params: &ExplainParams,
) -> Vec<ExplainRow> {
    let words = |candidate: &Candidate| {
        let parts = candidate.key.iter().map(|&(attribute, code)| {
            let (name, values) = &coded[attribute];
            let value = (code as usize)
                .checked_sub(1)
                .map_or("(empty)", |at| values.words[at].as_str());
            format!("{name} = {value}")
        });
        parts.collect::<Vec<_>>().join(" & ")
    };
    let candidates = search.candidates();
    let rank = |judged: &Judged| match judged {
        Judged::Found => 0,
        Judged::SaysNoMore(_) | Judged::NothingElse(_) => 1,
        Judged::WithinChance => 2,
    };
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|&a, &b| {
        let by_rank = rank(&judged[a]).cmp(&rank(&judged[b]));
        by_rank.then_with(|| candidates[b].excess.total_cmp(&candidates[a].excess))
    });
    let mut n_others = 0;
    order.retain(|&at| {
        let is_other = judged[at] == Judged::WithinChance;
        n_others += usize::from(is_other);
        !is_other || (n_others <= params.n_others && candidates[at].excess > 0.0)
    });
    let row = |at: usize| {
        let candidate = &candidates[at];
        ExplainRow {
            currency,
            segment: words(candidate),
            verdict: match judged[at] {
                Judged::Found => Verdict::Found,
                Judged::SaysNoMore(other) => Verdict::SaysNoMore {
                    than: words(&candidates[other]),
                },
                Judged::NothingElse(other) => Verdict::NothingElse {
                    than: words(&candidates[other]),
                },
                Judged::WithinChance => Verdict::WithinChance,
            },
            n_customers: candidate.n_customers,
            n_documents: candidate.n_documents,
            open: candidate.open,
            overdue: candidate.overdue,
            share_of_all: search.share_of_all(),
            excess: candidate.excess,
            interval: candidate.interval,
            p: candidate.p,
            p_adjusted: p_adjusted[at],
        }
    };
    order.into_iter().map(row).collect()
}

impl Default for ExplainParams {
    fn default() -> ExplainParams {
        ExplainParams {
            max_depth: 2,
            min_customers: 10,
            min_share: 0.01,
            alpha: 0.05,
            n_others: 10,
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl Verdict {
    /// Returns the verdict in one word or two.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Verdict::Found => "found",
            Verdict::SaysNoMore { .. } | Verdict::NothingElse { .. } => "pruned",
            Verdict::WithinChance => "within chance",
        }
    }

    /// Returns why a segment was pruned.
    pub fn reason(&self) -> Option<String> {
        match self {
            Verdict::SaysNoMore { than } => Some(format!("says no more than {than}")),
            Verdict::NothingElse { than } => Some(format!("nothing is left without {than}")),
            Verdict::Found | Verdict::WithinChance => None,
        }
    }
}

impl Explanation {
    /// Returns the segments by currency: found, pruned, then the largest of the others; each by excess.
    pub fn rows(&self) -> &[ExplainRow] {
        &self.rows
    }

    /// Returns how many segments were looked at, in all currencies.
    pub fn n_looked_at(&self) -> usize {
        self.n_looked_at
    }

    /// Returns one row per segment.
    pub fn table(&self) -> Table {
        let rows = &self.rows;
        let estimate = |of: fn(&ExplainRow) -> Option<f64>| {
            rows.iter()
                .map(move |row| Total::from_estimate(of(row)?))
                .collect::<Vec<_>>()
        };
        let bootstrap = &self.params.bootstrap;
        with_contract(Table::new("segments_explain"), METRIC_ID)
            .text("currency", rows.iter().map(|row| row.currency.to_string()))
            .text("segment", rows.iter().map(|row| row.segment.clone()))
            .text("verdict", rows.iter().map(|row| row.verdict.as_str().to_owned()))
            .int("n_customers", rows.iter().map(|row| row.n_customers as i64))
            .int("n_documents", rows.iter().map(|row| row.n_documents as i64))
            .money("open", rows.iter().map(|row| row.open))
            .money("overdue", rows.iter().map(|row| row.overdue))
            .real("past_due_share", rows.iter().map(|row| row.overdue.ratio(row.open)))
            .real("share_of_all", rows.iter().map(|row| row.share_of_all))
            .money("excess", estimate(|row| Some(row.excess)))
            .money("excess_low", estimate(|row| row.interval.map(|(low, _)| low)))
            .money("excess_high", estimate(|row| row.interval.map(|(_, high)| high)))
            .real("p", rows.iter().map(|row| row.p))
            .real("p_adjusted", rows.iter().map(|row| row.p_adjusted))
            .text("reason", rows.iter().map(|row| row.verdict.reason()))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("searched", self.attributes.join(", "))
            .note(
                "looked_at",
                format!(
                    "{} segments of up to {} attributes; {} more had fewer than {} customers or less than {} of the open claims",
                    self.n_looked_at,
                    self.params.max_depth,
                    self.n_small,
                    self.params.min_customers,
                    self.params.min_share
                ),
            )
            .note(
                "correction",
                format!("Holm over all segments looked at, level {}", self.params.alpha),
            )
            .note("excess", "overdue - open x past-due share of all in the currency")
            .note(
                "interval",
                format!(
                    "{} draws of whole customers, seed {}, confidence {}, of each segment alone",
                    bootstrap.n_draws, bootstrap.seed, bootstrap.confidence
                ),
            )
    }
}
