//! The histories with the tie-out of their last day, from the same walk.

use super::{TimelineByGroup, TimelineError, TimelineParams, TimelinePlan};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ledger::{Ledger, NumbersOf, Reads};
use crate::metrics::certificate::{CertificateByBook, CertificatePlan};

/// What the histories and their tie-out are taken over, settled before the pass.
#[derive(Clone, Debug)]
pub struct TiedPlan {
    /// The histories.
    pub timeline: TimelinePlan,
    /// The certificate of their last day.
    pub books: CertificatePlan,
}

/// Adds up every history, and both sides of the certificate of their last day.
#[derive(Clone, Debug)]
pub struct TiedTimeline<'a> {
    /// The histories.
    pub timeline: TimelineByGroup<'a>,
    /// The certificate: what the walk of a document leaves open goes into it, so that it costs no walk of its own.
    pub books: CertificateByBook<'a>,
}

impl TiedPlan {
    /// Settles what is asked for.
    ///
    /// # Errors
    /// Those of each of the metrics.
    pub fn new(
        ledger: &Ledger,
        as_of: AsOf,
        from: Month,
        to: Month,
        known_on: Option<Day>,
        params: &TimelineParams,
    ) -> Result<TiedPlan, TimelineError> {
        Ok(TiedPlan {
            timeline: TimelinePlan::new(ledger, as_of, from, to, known_on, params)?,
            books: CertificatePlan::new(ledger, AsOf(to.last()), known_on, &params.aging)?,
        })
    }

    /// Returns the accumulator, with nothing in it.
    pub fn empty<'a>(&'a self, groups: &'a Groups) -> TiedTimeline<'a> {
        TiedTimeline {
            timeline: self.timeline.empty(groups),
            books: self.books.empty(),
        }
    }

    /// Returns the same plan for a ledger of some of the customers.
    pub(super) fn over(&self, ledger: &Ledger) -> TiedPlan {
        TiedPlan {
            timeline: self.timeline.over(ledger),
            books: self.books.over(ledger),
        }
    }

    /// Says what the sums mean that are made over customers with nothing after `last`.
    pub(super) fn meaning(&self, last: Day) -> String {
        format!("{}; {}", self.timeline.meaning(last), self.books.meaning())
    }

    /// Returns the accumulator with sums that [`TiedTimeline::state`] laid out; `None` where they are of other groups.
    pub(super) fn restored<'a>(&'a self, groups: &'a Groups, state: &[Vec<NumbersOf>]) -> Option<TiedTimeline<'a>> {
        let [timeline, books] = state else { return None };
        Some(TiedTimeline {
            timeline: self.timeline.restored(groups, timeline)?,
            books: self.books.restored(books)?,
        })
    }
}

impl TiedTimeline<'_> {
    /// Returns the sums in plain numbers.
    pub(super) fn state(&self) -> Vec<Vec<NumbersOf>> {
        vec![self.timeline.state(), self.books.state()]
    }

    /// Takes customers away that were added before.
    pub(super) fn subtract(&mut self, other: &TiedTimeline<'_>) {
        self.timeline.subtract(&other.timeline);
        self.books.subtract(&other.books);
    }
}

impl Accumulator for TiedTimeline<'_> {
    /// Adds one customer.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let books = &mut self.books;
        self.timeline
            .add_customer(customer, |history, open| books.add_open(history, open));
        books.add_unapplied(customer);
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.timeline.merge(other.timeline);
        self.books.merge(other.books);
    }

    fn reads(&self) -> Reads {
        self.timeline.reads().and(self.books.reads())
    }
}
