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

/// What a posting did to the balance of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Relieved by cash.
    Collected,
    /// Relieved by credits and credit notes.
    Credited,
    /// Relieved by discounts.
    Discounted,
    /// Given up.
    WrittenOff,
    /// Added back: reversals of any line, and refunds.
    Reversed,
}

/// One document in one month: from the end of the month before to the end of this one.
#[derive(Clone, Copy, Debug)]
pub struct MonthStep<'a> {
    /// Position of the month.
    pub month: usize,
    /// Open at the end of the month before; zero for a document issued in this month.
    pub opening: Total,
    /// The document's amount where it was issued in this month, else zero.
    pub issued: Total,
    /// Open at the end of the month: `opening + issued` and what its postings of the month add.
    pub closing: Total,
    of_month: DocumentHistory<'a>,
}

/// Walks a document through the months from its issue until nothing is open and nothing more happens to it.
///
/// Nothing is allocated; a document that stays open costs one step a month.
#[inline]
pub fn month_steps<'a>(
    document: &DocumentHistory<'a>,
    months: &'a Periods,
) -> impl Iterator<Item = MonthStep<'a>> + use<'a> {
    let issued_on = document.document.issued_on;
    let amount = Total::from(document.document.amount);
    let (mut month, mut opening, mut issued, mut rest) = match months.position(issued_on) {
        Some(month) => (month, Total::ZERO, amount, *document),
        None if issued_on < months.start() => {
            let (before, rest) = document.split_after(months.day_before(0));
            (0, amount + before.change(), Total::ZERO, rest)
        }
        None => (months.n(), Total::ZERO, Total::ZERO, *document),
    };
    std::iter::from_fn(move || {
        let nothing_left = rest.has_no_postings() && opening.is_zero() && issued.is_zero();
        if month >= months.n() || nothing_left {
            return None;
        }
        let (of_month, after) = rest.split_after(months.end(month));
        let step = MonthStep {
            month,
            opening,
            issued,
            closing: opening + issued + of_month.change(),
            of_month,
        };
        (month, opening, issued, rest) = (month + 1, step.closing, Total::ZERO, after);
        Some(step)
    })
}

impl<'a> MonthStep<'a> {
    /// Returns the postings of the document in the month, by day.
    #[inline]
    pub fn postings(&self) -> impl Iterator<Item = &'a Posting> + use<'a> {
        self.of_month.postings()
    }

    /// Returns day and kind of the last money that relieved the document in the month.
    pub fn last_money(&self) -> Option<(Day, Nature)> {
        let relieving = self
            .postings()
            .filter(|posting| Movement::of(posting) != Movement::Reversed);
        relieving.last().map(|posting| (posting.on, posting.money))
    }
}

impl Movement {
    /// Returns day and kind of the money of a posting that did this, where it relieved the document.
    #[inline]
    pub fn money(self, posting: &Posting) -> Option<(Day, Nature)> {
        (self != Movement::Reversed).then_some((posting.on, posting.money))
    }

    /// Returns what a posting did.
    #[inline]
    pub const fn of(posting: &Posting) -> Movement {
        match (posting.nature, posting.money) {
            (Nature::Reversal | Nature::Refund, _) | (_, Nature::Refund) => Movement::Reversed,
            (_, Nature::Credit) => Movement::Credited,
            (_, Nature::Discount) => Movement::Discounted,
            (_, Nature::WriteOff) => Movement::WrittenOff,
            _ => Movement::Collected,
        }
    }
}
