//! A range of months, and one document's way through its month ends.

use std::ops::Deref;

use thiserror::Error;

use super::periods::Periods;
use crate::calendar::{Day, FiscalCalendar, Month};
use crate::history::DocumentHistory;
use crate::ledger::{Nature, Posting};
use crate::money::Total;

/// Consecutive calendar months; what is known of any [`Periods`] is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Months {
    first: Month,
    periods: Periods,
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
        let calendar = FiscalCalendar::default();
        let month = |month: Month| calendar.period_of(month.first());
        let periods = Periods::of(&calendar, month(from), month(to)).ok_or(MonthsError::Reversed { from, to })?;
        Ok(Months { first: from, periods })
    }

    /// Returns a month by position.
    pub fn month(&self, position: usize) -> Month {
        self.first + position as i32
    }

    /// Returns the months in order.
    pub fn iter(&self) -> impl Iterator<Item = Month> + '_ {
        (0..self.n()).map(|position| self.month(position))
    }
}

impl Deref for Months {
    type Target = Periods;

    fn deref(&self) -> &Periods {
        &self.periods
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
    /// What moved it; `None` where nothing did.
    pub moved: Option<Moved>,
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
    months: &'a Periods,
) -> impl Iterator<Item = MonthStep> + use<'a> {
    let issued_on = document.document.issued_on;
    let amount = Total::from(document.document.amount);
    let mut postings = document.postings();
    let mut next = postings.next();
    let (month, opening, issued) = match months.position(issued_on) {
        Some(month) => (month, Total::ZERO, amount),
        None if issued_on < months.start() => {
            let mut open = amount;
            while let Some(posting) = next.filter(|posting| posting.on < months.start()) {
                open += posting.delta;
                next = postings.next();
            }
            (0, open, Total::ZERO)
        }
        None => (months.n(), Total::ZERO, Total::ZERO),
    };
    Steps {
        months,
        postings,
        next,
        month,
        opening,
        issued,
    }
}

struct Steps<'a, P> {
    months: &'a Periods,
    postings: P,
    next: Option<&'a Posting>,
    month: usize,
    opening: Total,
    issued: Total,
}

impl<'a, P: Iterator<Item = &'a Posting>> Iterator for Steps<'a, P> {
    type Item = MonthStep;

    fn next(&mut self) -> Option<MonthStep> {
        let nothing_left = self.next.is_none() && self.opening.is_zero() && self.issued.is_zero();
        if self.month >= self.months.n() || nothing_left {
            return None;
        }
        let end = self.months.end(self.month);
        let mut step = MonthStep {
            month: self.month,
            opening: self.opening,
            issued: self.issued,
            moved: None,
            last_money: None,
            closing: self.opening + self.issued,
        };
        while let Some(posting) = self.next.filter(|posting| posting.on <= end) {
            self.next = self.postings.next();
            step.closing += posting.delta;
            if step.moved.get_or_insert_default().add(posting) {
                step.last_money = Some((posting.on, posting.money));
            }
        }
        self.month += 1;
        self.opening = step.closing;
        self.issued = Total::ZERO;
        Some(step)
    }
}

impl Moved {
    /// Adds a posting; tells whether it relieves the document.
    fn add(&mut self, posting: &Posting) -> bool {
        let column = match (posting.nature, posting.money) {
            (Nature::Reversal | Nature::Refund, _) | (_, Nature::Refund) => {
                self.reversed += posting.delta;
                return false;
            }
            (_, Nature::Credit) => &mut self.credited,
            (_, Nature::Discount) => &mut self.discounted,
            (_, Nature::WriteOff) => &mut self.written_off,
            _ => &mut self.collected,
        };
        *column -= posting.delta;
        true
    }
}
