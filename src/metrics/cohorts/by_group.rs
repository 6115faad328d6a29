//! One pass over the claims: what entered by origin, and its money by age.

use super::CohortOrigin;
use super::origin::Entry;
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{Nature, Reads};
use crate::metrics::{ByGroup, Periods, Sums, sums};
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
    spans: CohortSpans<'a>,
    pub(super) sums: ByGroup<CohortSums>,
}

/// The periods of cohorts, and what is looked at in them.
#[derive(Clone, Copy, Debug)]
pub(in crate::metrics) struct CohortSpans<'a> {
    pub origins: &'a Periods,
    /// They begin with the first origin and end with the last period looked at.
    pub observed: &'a Periods,
    pub origin: CohortOrigin,
    /// The last day looked at.
    pub until: Day,
}

sums!(CohortCell {
    cash,
    credits,
    discounts,
    write_offs,
});

sums!(CohortSums {
    n_documents,
    entered,
    cells,
    n_without_origin,
});

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
            spans: CohortSpans {
                origins,
                observed,
                origin,
                until: observed.last_day(),
            },
            sums: ByGroup::default(),
        }
    }

    /// Looks at no day after `until`, where the last period is not over.
    pub fn until(self, until: Day) -> CohortsByGroup<'a> {
        CohortsByGroup {
            spans: CohortSpans { until, ..self.spans },
            ..self
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
        let spans = self.spans;
        for history in customer.documents().filter(|history| history.document.is_claim()) {
            if history.document.issued_on <= spans.until {
                let group = self.groups.of_document(history.ix, history.document);
                spans.add_claim(self.sums.at(group, || spans.empty()), &history);
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }

    fn reads(&self) -> Reads {
        self.groups.reads()
    }
}

impl CohortSpans<'_> {
    pub fn empty(&self) -> CohortSums {
        CohortSums::empty(self.origins.n(), self.observed.n())
    }

    /// Adds a claim that was issued by the last day to its origin, and its money to its age.
    #[inline]
    pub fn add_claim(&self, sums: &mut CohortSums, history: &DocumentHistory<'_>) {
        let (day, amount, after) = match self.origin.entry(history) {
            Entry::On { day, amount, after } => (day, amount, after),
            Entry::Settled => return,
            Entry::NoDueDate => {
                sums.n_without_origin += 1;
                return;
            }
        };
        let Some(origin) = self.origins.position(day) else {
            return;
        };
        sums.n_documents[origin] += 1;
        sums.entered[origin] += amount;
        let n_ages = self.observed.n();
        let ages = &mut sums.cells[first_cell(origin, n_ages)..first_cell(origin + 1, n_ages)];
        let postings = history.postings().take_while(|posting| posting.on <= self.until);
        for posting in postings.filter(|posting| after.is_none_or(|after| posting.on > after)) {
            let period = self.observed.position(posting.on);
            let age = period.map_or(0, |period| period.saturating_sub(origin));
            let cell = &mut ages[age];
            match posting.money {
                Nature::Credit | Nature::CreditApplied => cell.credits -= posting.delta,
                Nature::Discount => cell.discounts -= posting.delta,
                Nature::WriteOff => cell.write_offs -= posting.delta,
                _ => cell.cash -= posting.delta,
            }
        }
    }
}
