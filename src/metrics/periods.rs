//! Consecutive periods of any calendar, with the position of each of their days.
//!
//! # Example
//! January to March 2024 are three months of 31, 29 and 31 days; March 1 is in the third.
//! ```
//! use arrears::calendar::{Day, FiscalCalendar};
//! use arrears::metrics::Periods;
//!
//! let calendar = FiscalCalendar::default();
//! let period = |text| Day::parse(text).map(|day| calendar.period_of(day));
//! let periods = Periods::of(&calendar, period("2024-01-01")?, period("2024-03-31")?).unwrap();
//! let days: Vec<i32> = (0..periods.n()).map(|position| periods.n_days(position)).collect();
//! assert_eq!(days, [31, 29, 31]);
//! assert_eq!(periods.position(Day::parse("2024-03-01")?), Some(2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::calendar::{Day, FiscalCalendar, Period};

/// Consecutive periods: months, fiscal months, quarters or years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    start: Day,
    // Invariant: one entry a period, increasing, never empty.
    ends: Vec<Day>,
    // One entry a day.
    positions: Vec<u16>,
    labels: Vec<String>,
}

impl Periods {
    /// Builds the periods of a calendar from `first` to `last`, both included; `None` where `last` is earlier.
    pub fn of(calendar: &FiscalCalendar, first: Period, last: Period) -> Option<Periods> {
        if last < first {
            return None;
        }
        let start = calendar.first_day(first);
        let ends: Vec<Day> = first.through(last).map(|period| calendar.last_day(period)).collect();
        let starts = std::iter::once(start).chain(ends.iter().map(|&end| end + 1));
        let positions = ends
            .iter()
            .zip(starts)
            .enumerate()
            .flat_map(|(position, (&end, start))| std::iter::repeat_n(position as u16, (end - start + 1) as usize))
            .collect();
        Some(Periods {
            start,
            ends,
            positions,
            labels: first.through(last).map(|period| calendar.label(period)).collect(),
        })
    }

    /// Returns how many periods there are, at least one.
    #[inline]
    pub fn n(&self) -> usize {
        self.ends.len()
    }

    /// Returns the name of a period by position.
    pub fn label(&self, position: usize) -> &str {
        &self.labels[position]
    }

    /// Returns the names of the periods in order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns the first day of all.
    #[inline]
    pub fn start(&self) -> Day {
        self.start
    }

    /// Returns the last day of a period by position.
    #[inline]
    pub fn end(&self, position: usize) -> Day {
        self.ends[position]
    }

    /// Returns the last day before a period by position.
    #[inline]
    pub fn day_before(&self, position: usize) -> Day {
        match position {
            0 => self.start - 1,
            position => self.ends[position - 1],
        }
    }

    /// Returns the number of days of a period by position.
    pub fn n_days(&self, position: usize) -> i32 {
        self.end(position) - self.day_before(position)
    }

    /// Returns the last day of all.
    #[inline]
    pub fn last_day(&self) -> Day {
        self.ends[self.ends.len() - 1]
    }

    /// Returns the position of the period a day lies in, or `None` outside the range.
    #[inline]
    pub fn position(&self, day: Day) -> Option<usize> {
        let offset = usize::try_from(day - self.start).ok()?;
        self.positions.get(offset).map(|&position| usize::from(position))
    }
}
