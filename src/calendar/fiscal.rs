//! Fiscal calendars: years that begin in another month, or that are cut into whole weeks.

use super::{Day, Month};

/// How a fiscal year is cut into its twelve fiscal months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum YearPattern {
    /// Calendar months.
    #[default]
    CalendarMonths,
    /// Quarters of 4, 4 and 5 weeks.
    Weeks445,
    /// Quarters of 4, 5 and 4 weeks.
    Weeks454,
    /// Quarters of 5, 4 and 4 weeks.
    Weeks544,
}

/// Which of its weekdays a year of weeks begins on; what is left over makes a 53rd week, the last of the year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeekRule {
    /// The one nearest to the first day of the month in which the year begins.
    #[default]
    Nearest,
    /// The last one that lies on or before that day: the year ends with the last full week of the month before.
    Last,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeriodLength {
    /// A fiscal month.
    #[default]
    Month,
    /// Three of them.
    Quarter,
    /// Twelve of them.
    Year,
}

/// One period of a fiscal calendar, as a count of such periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(i32);

/// A year that begins in any month, cut into months or weeks.
///
/// A fiscal year bears the number of the calendar year in which its twelfth month lies: the year from October 2024 is FY2025.
///
/// ```
/// use arrears::calendar::{Day, FiscalCalendar};
///
/// let october = FiscalCalendar { start_month: 10, ..FiscalCalendar::default() };
/// let period = october.period_of(Day::parse("2024-11-15").unwrap());
/// assert_eq!(october.label(period), "FY2025-P02");
/// assert_eq!(october.last_day(period).to_string(), "2024-11-30");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiscalCalendar {
    /// How a year is cut.
    pub pattern: YearPattern,
    /// Month in which a year begins, 1 to 12.
    pub start_month: u32,
    /// First day of the weeks, Monday 0 to Sunday 6; calendar months do not look at it.
    pub week_starts_on: u32,
    /// Which of these weekdays begins a year of weeks; calendar months do not look at it.
    pub week_rule: WeekRule,
    /// How long a period is.
    pub length: PeriodLength,
}

impl YearPattern {
    /// Every pattern, in the order in which they are listed.
    pub const ALL: [YearPattern; 4] = [
        YearPattern::CalendarMonths,
        YearPattern::Weeks445,
        YearPattern::Weeks454,
        YearPattern::Weeks544,
    ];

    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            YearPattern::CalendarMonths => "calendar",
            YearPattern::Weeks445 => "4-4-5",
            YearPattern::Weeks454 => "4-5-4",
            YearPattern::Weeks544 => "5-4-4",
        }
    }

    /// Reads `calendar`, `4-4-5`, `4-5-4` or `5-4-4`.
    ///
    /// # Errors
    /// Another word.
    pub fn parse(text: &str) -> Result<YearPattern, String> {
        let found = YearPattern::ALL.into_iter().find(|pattern| pattern.as_str() == text);
        found.ok_or_else(|| format!("found `{text}`, expected `calendar`, `4-4-5`, `4-5-4` or `5-4-4`"))
    }

    /// Weeks of a quarter before its second and its third month; `None` for calendar months.
    const fn weeks_before(self) -> Option<[i32; 2]> {
        match self {
            YearPattern::CalendarMonths => None,
            YearPattern::Weeks445 => Some([4, 8]),
            YearPattern::Weeks454 => Some([4, 9]),
            YearPattern::Weeks544 => Some([5, 9]),
        }
    }
}

impl WeekRule {
    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            WeekRule::Nearest => "nearest",
            WeekRule::Last => "last",
        }
    }
}

impl PeriodLength {
    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            PeriodLength::Month => "month",
            PeriodLength::Quarter => "quarter",
            PeriodLength::Year => "year",
        }
    }

    const fn n_months(self) -> i32 {
        match self {
            PeriodLength::Month => 1,
            PeriodLength::Quarter => 3,
            PeriodLength::Year => 12,
        }
    }
}

impl Period {
    /// Returns the period so many later, or earlier for a negative number.
    pub fn plus(self, periods: i32) -> Period {
        Period(self.0 + periods)
    }

    /// Returns the periods from this one to `last`, both included; empty where `last` is earlier.
    pub fn through(self, last: Period) -> impl ExactSizeIterator<Item = Period> {
        (0..(last.0 - self.0 + 1).max(0)).map(move |step| self.plus(step))
    }
}

impl Default for FiscalCalendar {
    /// Calendar months from January.
    fn default() -> FiscalCalendar {
        FiscalCalendar {
            pattern: YearPattern::default(),
            start_month: 1,
            week_starts_on: 0,
            week_rule: WeekRule::default(),
            length: PeriodLength::default(),
        }
    }
}

impl FiscalCalendar {
    /// Returns the period a day lies in.
    pub fn period_of(&self, day: Day) -> Period {
        let months = match self.pattern.weeks_before() {
            None => day.month() - Month::new(0, 1) - (self.start_month as i32 - 1) + self.years_ahead() * 12,
            Some(weeks_before) => {
                let mut year = day.month().year() + 1;
                while self.year_start(year) > day {
                    year -= 1;
                }
                let week = (day - self.year_start(year)) / 7;
                let quarter = (week / 13).min(3);
                let in_quarter = week - quarter * 13;
                let month = weeks_before.iter().filter(|&&before| in_quarter >= before).count();
                year * 12 + quarter * 3 + month as i32
            }
        };
        Period(months.div_euclid(self.length.n_months()))
    }

    /// Returns the first day of a period.
    pub fn first_day(&self, period: Period) -> Day {
        let months = period.0 * self.length.n_months();
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
        match self.pattern.weeks_before() {
            None => (self.first_month(year) + month).first(),
            Some(weeks_before) => {
                let in_quarter = match month % 3 {
                    0 => 0,
                    month => weeks_before[month as usize - 1],
                };
                self.year_start(year) + (month / 3 * 13 + in_quarter) * 7
            }
        }
    }

    /// Returns the last day of a period.
    pub fn last_day(&self, period: Period) -> Day {
        self.first_day(period.plus(1)) - 1
    }

    /// Returns the last period that is over at the end of a day.
    pub fn last_complete(&self, day: Day) -> Period {
        let period = self.period_of(day);
        if self.last_day(period) == day {
            period
        } else {
            period.plus(-1)
        }
    }

    /// Returns the first and the last period that end in the months from one to another, or `None` where none does.
    pub fn ending_in(&self, from: Month, to: Month) -> Option<(Period, Period)> {
        let first = self.period_of(from.first());
        let last = self.last_complete(to.last());
        (first <= last).then_some((first, last))
    }

    /// Returns the name of a period: `2025-03` for a calendar month of a calendar year, else `FY2025-P03`, `FY2025-Q1` or `FY2025`.
    pub fn label(&self, period: Period) -> String {
        let months = period.0 * self.length.n_months();
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
        let year = match self.is_civil() {
            true => format!("{year:04}"),
            false => format!("FY{year:04}"),
        };
        match self.length {
            PeriodLength::Month if self.is_civil() => format!("{year}-{:02}", month + 1),
            PeriodLength::Month => format!("{year}-P{:02}", month + 1),
            PeriodLength::Quarter => format!("{year}-Q{}", month / 3 + 1),
            PeriodLength::Year => year,
        }
    }

    /// Returns what the header of a result says about its periods.
    pub fn describe(&self) -> String {
        let length = self.length.as_str();
        if self.is_civil() {
            return format!("calendar {length}s");
        }
        let years = format!(
            "a year is named for the calendar year of its twelfth month and begins in month {}",
            self.start_month
        );
        match self.pattern {
            YearPattern::CalendarMonths => format!("fiscal {length}s of calendar months; {years}"),
            pattern => format!(
                "fiscal {length}s of {} weeks, a 53rd week goes to the last; {years}, on the {} {} its first day",
                pattern.as_str(),
                WEEKDAYS[self.week_starts_on as usize % 7],
                match self.week_rule {
                    WeekRule::Nearest => "nearest to",
                    WeekRule::Last => "last on or before",
                }
            ),
        }
    }

    /// Tells whether its years are those of everybody.
    fn is_civil(&self) -> bool {
        self.pattern == YearPattern::CalendarMonths && self.start_month == 1
    }

    /// A year that begins after January bears the number of the next calendar year.
    fn years_ahead(&self) -> i32 {
        i32::from(self.start_month > 1)
    }

    fn first_month(&self, year: i32) -> Month {
        Month::new(year - self.years_ahead(), self.start_month)
    }

    /// The first day of a year of weeks.
    fn year_start(&self, year: i32) -> Day {
        let earliest = match self.week_rule {
            WeekRule::Nearest => self.first_month(year).first() - 3,
            WeekRule::Last => self.first_month(year).first() - 6,
        };
        earliest + (self.week_starts_on as i32 - earliest.weekday() as i32).rem_euclid(7)
    }
}

/// The weekdays by number, Monday 0.
pub const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
