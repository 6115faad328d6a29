//! One pass over the claims: what entered by origin, and its money by age.

use super::CohortOrigin;
use super::origin::Entry;
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::Nature;
use crate::metrics::{ByGroup, Periods};
use crate::money::Total;

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
    /// What entered, by origin.
    pub entered: Vec<Total>,
    // Origin by origin, one entry for each age it has reached: an origin `k` periods after the first has been seen for `k`
    // periods less.
    cells: Vec<CohortCell>,
    /// Claims without a period of origin.
    pub n_without_origin: u64,
}

/// Adds up money by origin and age, by group.
#[derive(Clone, Debug)]
pub struct CohortsByGroup<'a> {
    groups: &'a Groups,
    origins: &'a Periods,
    observed: &'a Periods,
    origin: CohortOrigin,
    until: Day,
    pub(super) sums: ByGroup<CohortSums>,
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
    pub(super) fn empty(n_origins: usize, n_ages: usize) -> CohortSums {
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
    /// Starts from nothing; `observed` begins with the first origin and ends with the last period looked at.
    pub fn new(
        groups: &'a Groups,
        origins: &'a Periods,
        observed: &'a Periods,
        origin: CohortOrigin,
    ) -> CohortsByGroup<'a> {
        CohortsByGroup {
            groups,
            origins,
            observed,
            origin,
            until: observed.last_day(),
            sums: ByGroup::default(),
        }
    }

    /// Looks at no day after `until`, where the last period is not over.
    pub fn until(self, until: Day) -> CohortsByGroup<'a> {
        CohortsByGroup { until, ..self }
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
        let last_day = self.until;
        for history in customer.documents() {
            let document = history.document;
            if !document.is_claim() || document.issued_on > last_day {
                continue;
            }
            let group = self.groups.of_document(history.ix, history.document);
            let empty = || CohortSums::empty(n_origins, n_ages);
            let (day, amount, after) = match self.origin.entry(&history) {
                Entry::On { day, amount, after } => (day, amount, after),
                Entry::Settled => continue,
                Entry::NoDueDate => {
                    self.sums.at(group, empty).n_without_origin += 1;
                    continue;
                }
            };
            let Some(origin) = self.origins.position(day) else {
                continue;
            };
            let sums = self.sums.at(group, empty);
            sums.n_documents[origin] += 1;
            sums.entered[origin] += amount;
            let postings = history.postings().take_while(|posting| posting.on <= last_day);
            for posting in postings.filter(|posting| after.is_none_or(|after| posting.on > after)) {
                let age = self
                    .observed
                    .position(posting.on)
                    .map_or(0, |period| period.saturating_sub(origin));
                let cell = &mut sums.cells[first_cell(origin, n_ages) + age];
                match posting.money {
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
