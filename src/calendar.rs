//! Days, months and what it means to look at a ledger as of a day.

mod fiscal;

use std::fmt;
use std::ops::{Add, Sub};

use jiff::civil::Date;
use thiserror::Error;

pub use self::fiscal::{FiscalCalendar, Period, PeriodLength, WEEKDAYS, WeekRule, YearPattern};

/// A calendar day, as a count of days from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A calendar month, as a count of months from year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

/// The day at whose end a result is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsOf(pub Day);

/// Days from the due day to the as-of day: 0 on the due day, negative before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DaysPastDue(pub i32);

/// Why a text is no day or month.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// Not an ISO date that exists.
    #[error("found `{found}`, expected a date such as `2025-03-31`")]
    NotADay {
        /// The text as it stood.
        found: String,
    },
    /// Not an ISO month.
    #[error("found `{found}`, expected a month such as `2025-03`")]
    NotAMonth {
        /// The text as it stood.
        found: String,
    },
}

/// Days from 0000-02-29 to 1970-01-01 in the calendar of today.
const DAYS_TO_EPOCH: i32 = 719_469;

impl Day {
    /// The earliest day a ledger accepts, 1900-01-01.
    pub const EARLIEST: Day = Day(-25_567);
    /// The latest day a ledger accepts, 2199-12-31.
    pub const LATEST: Day = Day(84_005);

    /// Builds a day from a count of days since 1970-01-01.
    pub const fn from_epoch(days: i32) -> Day {
        Day(days)
    }

    /// Returns the count of days since 1970-01-01.
    pub const fn epoch(self) -> i32 {
        self.0
    }

    /// Builds a day from year, month (1 to 12) and day of month, or `None` where there is no such day between 1900 and 2199.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Day> {
        let date = Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()?;
        let day = Day::from_date(date);
        (Day::EARLIEST..=Day::LATEST).contains(&day).then_some(day)
    }

    /// Reads an ISO day, `2025-03-31`.
    ///
    /// # Errors
    /// [`CalendarError::NotADay`] for another form, a day that does not exist, or one outside 1900 to 2199.
    pub fn parse(text: &str) -> Result<Day, CalendarError> {
        let read = || {
            let mut parts = text.trim().split('-');
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() || year.len() != 4 || month.len() != 2 || day.len() != 2 {
                return None;
            }
            Day::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        };
        read().ok_or_else(|| CalendarError::NotADay { found: text.to_owned() })
    }

    fn from_date(date: Date) -> Day {
        // Years that start in March put the leap day last, so that the days before a month follow from its number alone.
        let month = (i32::from(date.month()) + 9) % 12;
        let year = i32::from(date.year()) - i32::from(date.month() < 3);
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let days_before_month = (153 * month + 2) / 5;
        Day(365 * year + leap_days + days_before_month + i32::from(date.day()) - DAYS_TO_EPOCH)
    }

    fn to_date(self) -> Date {
        epoch_date()
            .checked_add(jiff::Span::new().days(self.0))
            .expect("a day lies between 1900 and 2199, widened by at most some years of arithmetic")
    }

    /// Returns the month this day lies in.
    pub fn month(self) -> Month {
        let date = self.to_date();
        Month(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    /// Returns the day of the month, from 1.
    pub fn day_of_month(self) -> u32 {
        self.to_date().day() as u32
    }

    /// Returns the day of the week, Monday 0 to Sunday 6.
    pub fn weekday(self) -> u32 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) as u32
    }
}

fn epoch_date() -> Date {
    Date::constant(1970, 1, 1)
}

impl Add<i32> for Day {
    type Output = Day;
    fn add(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }
}

impl Sub<i32> for Day {
    type Output = Day;
    fn sub(self, days: i32) -> Day {
        Day(self.0.saturating_sub(days))
    }
}

impl Sub for Day {
    type Output = i32;
    /// Returns the days from `earlier` to this day.
    fn sub(self, earlier: Day) -> i32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_date().to_string())
    }
}

impl Month {
    /// Builds a month from a year and a month number from 1 to 12.
    pub const fn new(year: i32, month: u32) -> Month {
        Month(year * 12 + month as i32 - 1)
    }

    /// Reads an ISO month, `2025-03`.
    ///
    /// # Errors
    /// [`CalendarError::NotAMonth`] for anything else.
    pub fn parse(text: &str) -> Result<Month, CalendarError> {
        Day::parse(&format!("{}-01", text.trim()))
            .map(Day::month)
            .map_err(|_| CalendarError::NotAMonth { found: text.to_owned() })
    }

    /// Returns the year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Returns the month of the year, from 1.
    pub fn number(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// Returns the first day.
    pub fn first(self) -> Day {
        Day::from_date(Date::constant(self.year() as i16, self.number() as i8, 1))
    }

    /// Returns the last day.
    pub fn last(self) -> Day {
        (self + 1).first() - 1
    }

    /// Returns the number of days.
    pub fn n_days(self) -> i32 {
        (self + 1).first() - self.first()
    }

    /// Returns the months from this one to `last`, both included; empty where `last` is earlier.
    pub fn through(self, last: Month) -> impl ExactSizeIterator<Item = Month> {
        (0..(last.0 - self.0 + 1).max(0)).map(move |step| self + step)
    }
}

impl Add<i32> for Month {
    type Output = Month;
    fn add(self, months: i32) -> Month {
        Month(self.0 + months)
    }
}

impl Sub<i32> for Month {
    type Output = Month;
    fn sub(self, months: i32) -> Month {
        Month(self.0 - months)
    }
}

impl Sub for Month {
    type Output = i32;
    /// Returns the months from `earlier` to this one.
    fn sub(self, earlier: Month) -> i32 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year(), self.number()))
    }
}

impl AsOf {
    /// Returns the days from `due_on` to this day.
    pub fn days_past(self, due_on: Day) -> DaysPastDue {
        DaysPastDue(self.0 - due_on)
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
