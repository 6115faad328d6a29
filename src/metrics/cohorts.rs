//! How much of what was issued, or fell due, in a month has been recovered by each later month.
//!
//! # Definition
//! The origin of a claim is its month of issue or of falling due; the age of money is the months from the origin to the
//! money. Recovery at an age = cumulative cash up to that age over the amount entered. Credits, discounts and write-offs
//! are shown beside it, never inside it. The projection is the chain ladder of [`super::triangle`] over cumulative cash.
//! # Inputs
//! Claims and their postings up to the last complete month on the as-of day; origins from one month to another.
//! # Edge cases
//! A month that is not over on the as-of day is dropped, and said so. Money before the origin month counts at age 0.
//! Cash is net of cash taken back and of refunds. Claims without due date have no origin by due month; they are counted in a
//! caveat. A projection above the amount entered is flagged `over_100`, not cut.
//! # Source
//! Mack (1993), as in [`super::triangle`].
//! # Example
//! January issues 100; 40 are paid in January, 50 in February: recovery 40/100 at age 0, 90/100 at age 1.

mod tables;
mod time_to_pay;

use thiserror::Error;

use super::triangle::{ChainLadder, FactorRule, SigmaRule, Triangle};
use super::{ByGroup, GroupLabels, LineNatures, Months, MonthsError};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ledger::{Document, Ledger, Nature};
use crate::money::Total;
use crate::outcome::{Caveat, Checked};

pub(super) use self::time_to_pay::METRIC_ID as TIME_TO_PAY_ID;
pub use self::time_to_pay::{CurvePoint, Exit, ExitTimes, TimeToPay, time_to_pay};

/// The formula of this metric.
pub const METRIC_ID: &str = "cohorts.v1";

/// What places a claim in its month of origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CohortOrigin {
    /// The day of issue.
    #[default]
    Issue,
    /// The day of payment agreed.
    Due,
}

/// Settings of the cohorts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CohortParams {
    /// What places a claim in its month of origin; by default its issue.
    pub origin: CohortOrigin,
    /// How the last variance of the projection is set; by default Mack's rule.
    pub sigma_rule: SigmaRule,
    /// How the factors of the projection are taken; by default volume-weighted.
    pub factor_rule: FactorRule,
}

/// Why there are no cohorts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CohortError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// No origin month is over on the as-of day.
    #[error("found {from} as the first origin month, expected one that is over on the as-of day {as_of}")]
    NothingObserved {
        /// First origin month asked for.
        from: Month,
        /// The as-of day.
        as_of: AsOf,
    },
}

/// Money of one origin at one age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CohortCell {
    /// Cash, net of cash taken back.
    pub cash: Total,
    /// Credits and credit notes.
    pub credits: Total,
    /// Discounts.
    pub discounts: Total,
    /// Write-offs.
    pub write_offs: Total,
}

/// Sums of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortSums {
    n_ages: usize,
    /// Claims by origin.
    pub n_documents: Vec<u64>,
    /// Their amounts by origin.
    pub entered: Vec<Total>,
    // Origin by origin, one entry for each age it has reached: an origin `k` months after the first has been seen for `k`
    // months less.
    cells: Vec<CohortCell>,
    /// Claims without a month of origin.
    pub n_without_origin: u64,
}

/// The cohorts of a ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohorts {
    as_of: AsOf,
    known_on: Option<Day>,
    params: CohortParams,
    origins: Months,
    observed: Month,
    labels: GroupLabels,
    sums: Vec<CohortSums>,
}

/// Adds up money by origin and age, by group.
#[derive(Clone, Debug)]
pub struct CohortsByGroup<'a> {
    groups: &'a Groups,
    natures: &'a LineNatures<'a>,
    origins: &'a Months,
    observed: &'a Months,
    origin: CohortOrigin,
    sums: ByGroup<CohortSums>,
}

/// Returns the recovery of the origins from one month to another, both included, as seen on a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months are reversed, or none of them is over on the as-of day.
pub fn cohorts(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &CohortParams,
) -> Result<Checked<Cohorts>, CohortError> {
    Months::new(from, to)?;
    let month = as_of.0.month();
    let is_complete = as_of.0 == month.last();
    let last_observed = if is_complete { month } else { month - 1 };
    if last_observed < from {
        return Err(CohortError::NothingObserved { from, as_of });
    }
    let observed = Months::new(from, last_observed)?;
    let origins = Months::new(from, to.min(last_observed))?;
    let natures = LineNatures::of(ledger);
    let empty = CohortsByGroup::new(groups, &natures, &origins, &observed, params.origin);
    let sums = history::run(ledger, known_on, empty).sums;

    let mut caveats = Vec::new();
    if !is_complete {
        caveats.push(Caveat(format!(
            "{month} is not over on {as_of}; it is left out, as an origin and as the last age of every origin"
        )));
    }
    let n_without_origin: u64 = sums.iter().map(|(_, sums)| sums.n_without_origin).sum();
    if n_without_origin > 0 {
        caveats.push(Caveat(format!(
            "{n_without_origin} claims have no due date; they belong to no month of falling due and are left out"
        )));
    }
    Ok(Checked {
        value: Cohorts {
            as_of,
            known_on,
            params: params.clone(),
            labels: GroupLabels::of(groups),
            sums: (0..groups.len())
                .map(|group| {
                    let empty = || CohortSums::empty(origins.n(), observed.n());
                    sums.of(group).cloned().unwrap_or_else(empty)
                })
                .collect(),
            origins,
            observed: last_observed,
        },
        issues: Default::default(),
        caveats,
    })
}

impl CohortOrigin {
    /// Returns the day that places a claim.
    pub fn day_of(self, document: &Document) -> Option<Day> {
        match self {
            CohortOrigin::Issue => Some(document.issued_on),
            CohortOrigin::Due => document.due_on,
        }
    }

    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            CohortOrigin::Issue => "issue",
            CohortOrigin::Due => "due",
        }
    }
}

impl CohortCell {
    fn add(&mut self, other: &CohortCell) {
        self.cash += other.cash;
        self.credits += other.credits;
        self.discounts += other.discounts;
        self.write_offs += other.write_offs;
    }
}

/// Where the cells of an origin begin: after `n_ages`, `n_ages - 1`, ... of the origins before it.
fn first_cell(origin: usize, n_ages: usize) -> usize {
    origin * n_ages - origin * origin.saturating_sub(1) / 2
}

impl CohortSums {
    fn empty(n_origins: usize, n_ages: usize) -> CohortSums {
        CohortSums {
            n_ages,
            n_documents: vec![0; n_origins],
            entered: vec![Total::ZERO; n_origins],
            cells: vec![CohortCell::default(); first_cell(n_origins, n_ages)],
            n_without_origin: 0,
        }
    }

    /// Returns the money of an origin at each age it has reached, oldest age last.
    pub fn ages(&self, origin: usize) -> &[CohortCell] {
        &self.cells[first_cell(origin, self.n_ages)..first_cell(origin + 1, self.n_ages)]
    }

    /// Returns the cumulative money of an origin at each age it has reached.
    pub fn cumulative(&self, origin: usize) -> impl Iterator<Item = CohortCell> + '_ {
        self.ages(origin).iter().scan(CohortCell::default(), |sum, cell| {
            sum.add(cell);
            Some(*sum)
        })
    }

    fn add(&mut self, other: &CohortSums) {
        for (own, more) in self.n_documents.iter_mut().zip(&other.n_documents) {
            *own += more;
        }
        for (own, more) in self.entered.iter_mut().zip(&other.entered) {
            *own += *more;
        }
        for (own, more) in self.cells.iter_mut().zip(&other.cells) {
            own.add(more);
        }
        self.n_without_origin += other.n_without_origin;
    }
}

impl<'a> CohortsByGroup<'a> {
    /// Starts from nothing; `observed` runs from the first origin to the last complete month.
    pub fn new(
        groups: &'a Groups,
        natures: &'a LineNatures<'a>,
        origins: &'a Months,
        observed: &'a Months,
        origin: CohortOrigin,
    ) -> CohortsByGroup<'a> {
        CohortsByGroup {
            groups,
            natures,
            origins,
            observed,
            origin,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<CohortSums> {
        &self.sums
    }
}

impl Accumulator for CohortsByGroup<'_> {
    /// Adds one customer's claims, each to its origin, and their money, each to its age.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (n_origins, n_ages) = (self.origins.n(), self.observed.n());
        let last_day = self.observed.last_day();
        for history in customer.documents() {
            let document = history.document;
            if !document.is_claim() || document.issued_on > last_day {
                continue;
            }
            let group = self.groups.of_document(history.ix);
            let day = self.origin.day_of(document);
            let origin = day.and_then(|day| self.origins.position(day));
            if day.is_some() && origin.is_none() {
                continue;
            }
            let sums = self.sums.at(group, || CohortSums::empty(n_origins, n_ages));
            let Some(origin) = origin else {
                sums.n_without_origin += 1;
                continue;
            };
            sums.n_documents[origin] += 1;
            sums.entered[origin] += document.amount;
            for posting in history.postings().take_while(|posting| posting.on <= last_day) {
                let age = self
                    .observed
                    .position(posting.on)
                    .map_or(0, |month| month.saturating_sub(origin));
                let cell = &mut sums.cells[first_cell(origin, n_ages) + age];
                match self.natures.money(posting) {
                    Nature::Credit | Nature::CreditApplied => cell.credits -= posting.delta,
                    Nature::Discount => cell.discounts -= posting.delta,
                    Nature::WriteOff => cell.write_offs -= posting.delta,
                    _ => cell.cash -= posting.delta,
                }
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }
}

impl Cohorts {
    /// Returns the sums, one entry per group.
    pub fn sums(&self) -> &[CohortSums] {
        &self.sums
    }

    /// Returns the groups.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns the origin months.
    pub fn origins(&self) -> &Months {
        &self.origins
    }

    /// Returns the origins of a group that have anything in them, and their cumulative cash in currency units; `None`
    /// for a number that is no group.
    pub fn triangle(&self, group: usize) -> Option<(Vec<Month>, Triangle)> {
        let sums = self.sums.get(group)?;
        let entered: Vec<usize> = (0..self.origins.n())
            .filter(|&origin| sums.n_documents[origin] > 0)
            .collect();
        let rows = entered
            .iter()
            .map(|&origin| sums.cumulative(origin).map(|cell| cell.cash.to_feature()).collect());
        Some((
            entered.iter().map(|&origin| self.origins.month(origin)).collect(),
            Triangle::new(rows.collect()),
        ))
    }

    /// Returns the chain ladder of a group; `None` for a number that is no group.
    pub fn chain_ladder(&self, group: usize) -> Option<ChainLadder> {
        let (_, triangle) = self.triangle(group)?;
        Some(triangle.chain_ladder_by(self.params.factor_rule, self.params.sigma_rule))
    }
}
