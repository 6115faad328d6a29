//! The portfolio at the end of each day of a panel: how late all customers together paid, which is what little history is shrunk to.

mod chances;
mod families;
mod spread;

use super::CheckedLabelParams;
use super::circles::Circles;
use super::days::Days;
use super::standing::{Standing, follow};
use super::timeline::{NEVER, seen};
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory};
use crate::ledger::Reads;

pub(super) use self::chances::{Chances, EARLIEST};
pub(super) use self::families::Families;

use self::chances::{ByDelay, n_delays};
use self::families::FamilyCounts;
use self::spread::Spread;

/// Claims whose fate is known, and those of them that were late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub n: i64,
    pub n_late: i64,
}

impl Tally {
    pub fn add(&mut self, n: i64, is_late: bool) {
        self.n += n;
        self.n_late += if is_late { n } else { 0 };
    }

    pub fn include(&mut self, other: Tally) {
        self.n += other.n;
        self.n_late += other.n_late;
    }

    /// Returns the late share; `None` of fewer than `least` claims.
    pub fn share(&self, least: i64) -> Option<f64> {
        (self.n >= least.max(1)).then(|| self.n_late as f64 / self.n as f64)
    }
}

/// Windows of days before the day of a panel in which claims came to be judged: from so many days ago, to so many.
const WINDOWS: [(i32, i32); 4] = [(0, 30), (0, 91), (0, 365), (274, 365)];

/// All customers together at the end of one day.
#[derive(Clone, Debug)]
pub(super) struct Portfolio {
    // The whole portfolio first, then each segment.
    chances: Vec<Chances>,
    /// Claims judged in the 30 days before.
    pub month: Tally,
    /// Claims judged in the 91 days before.
    pub quarter: Tally,
    /// Claims judged in the 365 days before.
    pub year: Tally,
    /// Claims judged in the 91 days that began a year before.
    pub season: Tally,
    /// How many invoices a wider group's share counts for beside a customer's own: few where customers differ much.
    pub prior_weight: f64,
}

impl Portfolio {
    /// Returns the chances of a segment; 0 is the whole portfolio.
    pub fn of_segment(&self, segment: usize) -> &Chances {
        &self.chances[segment]
    }
}

/// Adds up all customers for the days of a panel.
///
/// A claim counts from the first day that knows its fate, in the segment and the group of companies its customer was known to
/// belong to when it passed the days late; that does not depend on which days the panel has.
#[derive(Clone, Debug)]
pub(super) struct Portfolios<'a> {
    days: &'a Days,
    params: &'a CheckedLabelParams,
    circles: &'a Circles,
    by_delay: ByDelay,
    // For each day and window how many claims more than on the day before.
    windows: Vec<[Tally; WINDOWS.len()]>,
    spread: Vec<Spread>,
    families: FamilyCounts,
    // Of the customer at hand, by day, how many claims more than on the day before.
    own: Vec<Tally>,
}

impl<'a> Portfolios<'a> {
    pub fn new(days: &'a Days, params: &'a CheckedLabelParams, circles: &'a Circles) -> Portfolios<'a> {
        Portfolios {
            days,
            params,
            circles,
            by_delay: ByDelay::new(circles.n_segments(), days.len(), n_delays(params.days_late)),
            windows: vec![Default::default(); days.len()],
            spread: vec![Spread::default(); days.len()],
            families: FamilyCounts::default(),
            own: Vec::new(),
        }
    }

    /// Returns the portfolio of every day, and the groups of companies.
    pub fn finish(self) -> (Vec<Portfolio>, Families) {
        let mut windows = [Tally::default(); WINDOWS.len()];
        let chances = self.by_delay.chances(self.params.days_late);
        let days = chances.into_iter().zip(self.windows).zip(self.spread);
        let of_day = |((chances, more), spread): ((Vec<Chances>, [Tally; WINDOWS.len()]), Spread)| {
            for (window, more) in windows.iter_mut().zip(more) {
                window.include(more);
            }
            let [month, quarter, year, season] = windows;
            Portfolio {
                chances,
                month,
                quarter,
                year,
                season,
                prior_weight: spread.prior_weight(),
            }
        };
        (days.map(of_day).collect(), self.families.finish())
    }

    /// Counts a claim for the days from `first` to before `end`, on which it stands with a delay.
    fn count(&mut self, segment: usize, family: Option<u32>, passed: Day, first: usize, end: usize, delay: i32) {
        if first >= end {
            return;
        }
        let is_late = delay > self.params.days_late;
        for (at, n) in [(first, 1), (end, -1)] {
            if at < self.days.len() {
                self.by_delay.add(segment, at, delay, n);
                self.own[at].add(n, is_late);
                if let Some(family) = family {
                    self.families.add(family, at, n, is_late);
                }
            }
        }
        for (window, (from, to)) in WINDOWS.iter().enumerate() {
            let inside = self.days.first_from(passed + *from).max(first)..self.days.first_from(passed + *to).min(end);
            if inside.is_empty() {
                continue;
            }
            self.windows[inside.start][window].add(1, is_late);
            if let Some(after) = self.windows.get_mut(inside.end) {
                after[window].add(-1, is_late);
            }
        }
    }
}

impl Accumulator for Portfolios<'_> {
    /// Adds one customer's claims whose fate is known, on each day as they stand then.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (days, params, circles) = (self.days, self.params, self.circles);
        self.own.clear();
        self.own.resize(days.len(), Tally::default());
        let families_before = self.families.len();
        for document in customer.documents() {
            let facts = document.document;
            let Some(due) = facts.due_on.filter(|_| facts.is_claim()) else {
                continue;
            };
            let seen_on = facts.issued_on.max(facts.known_on);
            let (first, passed) = (days.first_from(seen_on), due + params.days_late);
            let judged_on = passed.max(seen_on);
            let judged = days.first_from(judged_on);
            if judged >= days.len() {
                continue;
            }
            let segment = circles.segment(customer, judged_on);
            let family = circles.family(customer, judged_on);
            let mut last: Option<(usize, i32)> = None;
            let hand_on = |at: usize, standing: Standing| {
                let delay = standing.settled_on.map_or(NEVER, |settled| settled - due);
                let at = at.max(judged);
                if let Some((since, delay)) = last.replace((at, delay)) {
                    self.count(segment, family, passed, since, at.min(days.len()), delay);
                }
            };
            follow(
                &document,
                params.materiality,
                days,
                first,
                |posting| seen(posting, days),
                hand_on,
            );
            if let Some((since, delay)) = last {
                self.count(segment, family, passed, since, days.len(), delay);
            }
        }
        self.families.compress(families_before);
        let mut tally = Tally::default();
        for (spread, more) in self.spread.iter_mut().zip(&self.own) {
            tally.include(*more);
            spread.add(tally);
        }
    }

    /// Documents and postings, with the days on which they were known, and rows of customers where they name circles.
    fn reads(&self) -> Reads {
        match self.circles.is_empty() {
            true => Reads::KNOWN_ON,
            false => Reads::KNOWN_ON.and(Reads::VERSIONS),
        }
    }

    /// Adds the counts of other customers.
    fn merge(&mut self, other: Self) {
        self.by_delay.merge(other.by_delay);
        for (mine, theirs) in self.windows.iter_mut().flatten().zip(other.windows.iter().flatten()) {
            mine.include(*theirs);
        }
        for (mine, theirs) in self.spread.iter_mut().zip(other.spread) {
            mine.merge(theirs);
        }
        self.families.merge(other.families);
    }
}
