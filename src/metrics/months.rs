//! A range of months, and one document's way through its month ends.

use std::iter::Peekable;

use thiserror::Error;

use super::lines::LineNatures;
use crate::calendar::{Day, Month};
use crate::history::DocumentHistory;
use crate::ledger::{Nature, Posting};
use crate::money::Total;

/// Consecutive months, with the position of each of their days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Months {
    first: Month,
    start: Day,
    // Invariant: one entry a month, increasing, never empty.
    ends: Vec<Day>,
    // One entry a day.
    positions: Vec<u16>,
}

/// Why a range of months cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MonthsError {
    /// The last month lies before the first.
    #[error("found months from {from} to {to}, expected the first month not to be later than the last")]
    Reversed {
        /// The first month asked for.
        from: Month,
        /// The last month asked for.
        to: Month,
    },
}

impl Months {
    /// Builds the months from `from` to `to`, both included.
    ///
    /// # Errors
    /// [`MonthsError::Reversed`] where `to` is earlier than `from`.
    pub fn new(from: Month, to: Month) -> Result<Months, MonthsError> {
        if to < from {
            return Err(MonthsError::Reversed { from, to });
        }
        let ends: Vec<Day> = from.through(to).map(Month::last).collect();
        let lengths = from.through(to).map(|month| month.n_days() as usize);
        let positions = lengths
            .enumerate()
            .flat_map(|(position, n_days)| std::iter::repeat_n(position as u16, n_days))
            .collect();
        Ok(Months {
            first: from,
            start: from.first(),
            ends,
            positions,
        })
    }

    /// Returns how many months there are, at least one.
    pub fn n(&self) -> usize {
        self.ends.len()
    }

    /// Returns a month by position.
    pub fn month(&self, position: usize) -> Month {
        self.first + position as i32
    }

    /// Returns the first day of all.
    pub fn start(&self) -> Day {
        self.start
    }

    /// Returns the last day of a month by position.
    pub fn end(&self, position: usize) -> Day {
        self.ends[position]
    }

    /// Returns the last day before a month by position.
    pub fn day_before(&self, position: usize) -> Day {
        match position {
            0 => self.start - 1,
            position => self.ends[position - 1],
        }
    }

    /// Returns the last day of all.
    pub fn last_day(&self) -> Day {
        self.ends[self.ends.len() - 1]
    }

    /// Returns the position of the month a day lies in, or `None` outside the range.
    pub fn position(&self, day: Day) -> Option<usize> {
        let offset = usize::try_from(day - self.start).ok()?;
        self.positions.get(offset).map(|&position| usize::from(position))
    }

    /// Returns the months in order.
    pub fn iter(&self) -> impl Iterator<Item = Month> + '_ {
        (0..self.n()).map(|position| self.month(position))
    }
}

/// What moved one document's balance in one month, each as a positive number where the name suggests it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Relieved by cash.
    pub collected: Total,
    /// Relieved by credits and credit notes.
    pub credited: Total,
    /// Relieved by discounts.
    pub discounted: Total,
    /// Given up.
    pub written_off: Total,
    /// Added back: reversals of any line, and refunds.
    pub reversed: Total,
}

/// One document in one month: from the end of the month before to the end of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthStep {
    /// Position of the month.
    pub month: usize,
    /// Open at the end of the month before; zero for a document issued in this month.
    pub opening: Total,
    /// The document's amount where it was issued in this month, else zero.
    pub issued: Total,
    /// What moved it.
    pub moved: Moved,
    /// Day and kind of the last money that relieved it in this month.
    pub last_money: Option<(Day, Nature)>,
    /// Open at the end of the month: `opening + issued - collected - credited - discounted - written_off + reversed`.
    pub closing: Total,
}

/// Walks a document through the months from its issue until nothing is open and nothing more happens to it.
///
/// Nothing is allocated; a document that stays open costs one step a month.
pub fn month_steps<'a>(
    document: &DocumentHistory<'a>,
    months: &'a Months,
    natures: &'a LineNatures<'a>,
) -> impl Iterator<Item = MonthStep> + use<'a> {
    let issued_on = document.document.issued_on;
    let amount = Total::from(document.document.amount);
    let mut postings = document.postings().peekable();
    let (month, opening, issued) = match months.position(issued_on) {
        Some(month) => (month, Total::ZERO, amount),
        None if issued_on < months.start() => {
            let mut open = amount;
            while let Some(posting) = postings.next_if(|posting| posting.on < months.start()) {
                open += posting.delta;
            }
            (0, open, Total::ZERO)
        }
        None => (months.n(), Total::ZERO, Total::ZERO),
    };
    Steps {
        months,
        natures,
        postings,
        month,
        opening,
        issued,
    }
}

struct Steps<'a, P: Iterator<Item = &'a Posting>> {
    months: &'a Months,
    natures: &'a LineNatures<'a>,
    postings: Peekable<P>,
    month: usize,
    opening: Total,
    issued: Total,
}

impl<'a, P: Iterator<Item = &'a Posting>> Iterator for Steps<'a, P> {
    type Item = MonthStep;

    fn next(&mut self) -> Option<MonthStep> {
        let nothing_left = self.opening.is_zero() && self.issued.is_zero() && self.postings.peek().is_none();
        if self.month >= self.months.n() || nothing_left {
            return None;
        }
        let end = self.months.end(self.month);
        let mut step = MonthStep {
            month: self.month,
            opening: self.opening,
            issued: self.issued,
            moved: Moved::default(),
            last_money: None,
            closing: self.opening + self.issued,
        };
        while let Some(posting) = self.postings.next_if(|posting| posting.on <= end) {
            step.closing += posting.delta;
            let moved = &mut step.moved;
            let money = self.natures.money(posting);
            let relieves = match (posting.nature, money) {
                (Nature::Reversal | Nature::Refund, _) | (_, Nature::Refund) => {
                    moved.reversed += posting.delta;
                    false
                }
                (_, Nature::Credit) => {
                    moved.credited -= posting.delta;
                    true
                }
                (_, Nature::Discount) => {
                    moved.discounted -= posting.delta;
                    true
                }
                (_, Nature::WriteOff) => {
                    moved.written_off -= posting.delta;
                    true
                }
                _ => {
                    moved.collected -= posting.delta;
                    true
                }
            };
            if relieves {
                step.last_money = Some((posting.on, money));
            }
        }
        self.month += 1;
        self.opening = step.closing;
        self.issued = Total::ZERO;
        Some(step)
    }
}
