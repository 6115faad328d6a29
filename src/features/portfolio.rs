//! The portfolio at the end of each day of a panel: how late all customers together paid, which is what little history is shrunk to.

use super::CheckedLabelParams;
use super::days::Days;
use super::standing::{Standing, follow};
use super::timeline::{NEVER, seen};
use crate::history::{Accumulator, CustomerHistory};
use crate::ledger::Reads;

/// Delays are counted by day from this one, 180 days before the due day; earlier ones are counted with it.
pub(super) const EARLIEST: i32 = -180;
const LATEST: i32 = 366;
const N_DELAYS: usize = (LATEST - EARLIEST + 1) as usize;

/// Claims of all customers whose fate was known at the end of each day, by days from due to settled.
#[derive(Clone, Debug)]
pub(super) struct Portfolio<'a> {
    days: &'a Days,
    params: &'a CheckedLabelParams,
    // For each day, by delay, how many claims more than on the day before.
    more: Vec<i64>,
}

impl<'a> Portfolio<'a> {
    pub fn new(days: &'a Days, params: &'a CheckedLabelParams) -> Portfolio<'a> {
        Portfolio {
            days,
            params,
            more: vec![0; days.len() * N_DELAYS],
        }
    }

    /// Returns the chances of every day.
    pub fn chances(&self) -> Vec<Chances> {
        let mut by_delay = [0; N_DELAYS];
        let of_day = |more: &[i64]| {
            for (n, more) in by_delay.iter_mut().zip(more) {
                *n += more;
            }
            Chances::of(&by_delay, self.params.days_late)
        };
        self.more.chunks(N_DELAYS).map(of_day).collect()
    }

    fn add(&mut self, at: usize, delay: i32, n: i64) {
        self.more[at * N_DELAYS + (delay.clamp(EARLIEST, LATEST) - EARLIEST) as usize] += n;
    }
}

/// The portfolio's chance of ending late, by the age a claim has reached.
#[derive(Clone, Debug)]
pub(super) struct Chances {
    by_age: Vec<f64>,
    /// Share of late claims among all.
    pub late_share: f64,
}

impl Chances {
    /// Takes the share of late claims among those still open at an age, for every age from [`EARLIEST`] to `days_late`.
    ///
    /// Half a late and half a punctual claim are added, so that an empty portfolio says one half and none says never.
    fn of(by_delay: &[i64; N_DELAYS], days_late: i32) -> Chances {
        let settled_after = |age: i32| -> i64 {
            let from = (age.clamp(EARLIEST - 1, LATEST) - EARLIEST + 1) as usize;
            by_delay[from..].iter().sum()
        };
        let late = settled_after(days_late) as f64;
        let by_age = (EARLIEST..=days_late)
            .map(|age| (late + 0.5) / (settled_after(age) as f64 + 1.0).max(late + 0.5))
            .collect();
        let all: i64 = by_delay.iter().sum();
        Chances {
            by_age,
            late_share: (late + 0.5) / (all as f64 + 1.0),
        }
    }

    /// Returns the chance at an age in days after due.
    pub fn at(&self, age: i32) -> f64 {
        let position = (age - EARLIEST).clamp(0, self.by_age.len() as i32 - 1) as usize;
        self.by_age[position]
    }
}

impl Accumulator for Portfolio<'_> {
    /// Adds one customer's claims whose fate is known, on each day as they stand then.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (days, params) = (self.days, self.params);
        for document in customer.documents() {
            let facts = document.document;
            let Some(due) = facts.due_on.filter(|_| facts.is_claim()) else {
                continue;
            };
            let first = days.first_from(facts.issued_on.max(facts.known_on));
            let matured = days.first_from(due + params.days_late);
            let mut before = None;
            let count = |at: usize, standing: Standing| {
                let (at, delay) = (
                    at.max(matured),
                    standing.settled_on.map_or(NEVER, |settled| settled - due),
                );
                if at < days.len() {
                    if let Some(before) = before.replace(delay) {
                        self.add(at, before, -1);
                    }
                    self.add(at, delay, 1);
                }
            };
            follow(
                &document,
                params.materiality,
                days,
                first,
                |posting| seen(posting, days),
                count,
            );
        }
    }

    /// Documents and postings, with the days on which they were known.
    fn reads(&self) -> Reads {
        Reads::KNOWN_ON
    }

    /// Adds the counts of other customers.
    fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.more.iter_mut().zip(other.more) {
            *mine += theirs;
        }
    }
}
