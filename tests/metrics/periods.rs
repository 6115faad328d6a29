use arrears::calendar::{Day, FiscalCalendar, PeriodLength, WeekRule, YearPattern};
use arrears::metrics::Periods;
use proptest::prelude::*;

use super::month;
use crate::support::day;
use crate::support::random::cases;

const SUNDAY: u32 = 6;

fn weeks(pattern: YearPattern, start_month: u32, week_rule: WeekRule) -> FiscalCalendar {
    FiscalCalendar {
        pattern,
        start_month,
        week_starts_on: SUNDAY,
        week_rule,
        ..FiscalCalendar::default()
    }
}

/// First day and number of weeks of the fiscal year in which a day lies.
fn year_of(calendar: FiscalCalendar, text: &str) -> (String, i32) {
    let years = FiscalCalendar {
        length: PeriodLength::Year,
        ..calendar
    };
    let year = years.period_of(day(text));
    let first = years.first_day(year);
    (first.to_string(), (years.last_day(year) - first + 1) / 7)
}

#[test]
fn the_retail_calendar_of_the_national_retail_federation() {
    // National Retail Federation, 4-5-4 calendar: 2023 ran from January 29, 2023 for 53 weeks, 2024 from February 4, 2024 and 2025
    // from February 2, 2025 for 52.
    let retail = weeks(YearPattern::Weeks454, 2, WeekRule::Nearest);
    assert_eq!(year_of(retail, "2023-06-30"), ("2023-01-29".to_owned(), 53));
    assert_eq!(year_of(retail, "2024-06-30"), ("2024-02-04".to_owned(), 52));
    assert_eq!(year_of(retail, "2025-06-30"), ("2025-02-02".to_owned(), 52));
    let first = retail.period_of(day("2023-01-29"));
    let ends: Vec<String> = first
        .through(first.plus(11))
        .map(|period| retail.last_day(period).to_string())
        .collect();
    let starts = [
        "2023-02-25",
        "2023-04-01",
        "2023-04-29",
        "2023-05-27",
        "2023-07-01",
        "2023-07-29",
    ];
    assert_eq!(ends[..6], starts);
    // The 53rd week makes January five weeks long.
    assert_eq!(ends[10..], ["2023-12-30", "2024-02-03"]);
    assert_eq!(retail.label(first), "FY2024-P01");
}

#[test]
fn a_year_that_ends_on_the_last_saturday_of_september() {
    // Apple Inc., Form 10-K: fiscal 2022 ended on September 24, 2022, fiscal 2023 (53 weeks) on September 30, 2023, fiscal 2024
    // on September 28, 2024.
    let calendar = weeks(YearPattern::Weeks445, 10, WeekRule::Last);
    assert_eq!(year_of(calendar, "2022-12-31"), ("2022-09-25".to_owned(), 53));
    assert_eq!(year_of(calendar, "2023-12-31"), ("2023-10-01".to_owned(), 52));
    assert_eq!(year_of(calendar, "2024-12-31"), ("2024-09-29".to_owned(), 52));
    assert_eq!(calendar.label(calendar.period_of(day("2023-09-30"))), "FY2023-P12");
}

#[test]
fn calendar_months_of_a_year_from_april_have_fiscal_names() {
    let april = FiscalCalendar {
        start_month: 4,
        ..FiscalCalendar::default()
    };
    let label = |length, text| {
        let calendar = FiscalCalendar { length, ..april };
        calendar.label(calendar.period_of(day(text)))
    };
    assert_eq!(label(PeriodLength::Month, "2024-03-31"), "FY2024-P12");
    assert_eq!(label(PeriodLength::Month, "2024-04-01"), "FY2025-P01");
    assert_eq!(label(PeriodLength::Quarter, "2025-01-01"), "FY2025-Q4");
    assert_eq!(label(PeriodLength::Year, "2025-03-31"), "FY2025");
    let civil = FiscalCalendar {
        length: PeriodLength::Quarter,
        ..FiscalCalendar::default()
    };
    assert_eq!(civil.label(civil.period_of(day("2024-12-31"))), "2024-Q4");
}

#[test]
fn the_periods_that_end_in_some_months() {
    let retail = weeks(YearPattern::Weeks454, 2, WeekRule::Nearest);
    let labels = |from, to| {
        let (first, last) = retail.ending_in(month(from), month(to))?;
        Some(Periods::of(&retail, first, last)?.labels().to_vec())
    };
    // February 25, then April 1 and 29: no period ends in March.
    assert_eq!(labels("2023-03", "2023-03"), None);
    let expected = ["FY2024-P02", "FY2024-P03"].map(str::to_owned).to_vec();
    assert_eq!(labels("2023-03", "2023-04"), Some(expected));
}

fn any_calendar() -> impl Strategy<Value = FiscalCalendar> {
    let lengths = [PeriodLength::Month, PeriodLength::Quarter, PeriodLength::Year];
    let rules = [WeekRule::Nearest, WeekRule::Last];
    (0..4_usize, 1..=12_u32, 0..7_u32, 0..2_usize, 0..3_usize).prop_map(
        move |(pattern, start_month, week_starts_on, rule, length)| FiscalCalendar {
            pattern: YearPattern::ALL[pattern],
            start_month,
            week_starts_on,
            week_rule: rules[rule],
            length: lengths[length],
        },
    )
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_day_lies_in_one_period_and_periods_leave_no_gap(calendar in any_calendar(), offset in 0..20_000_i32) {
        let on = Day::from_epoch(offset);
        let period = calendar.period_of(on);
        let (first, last) = (calendar.first_day(period), calendar.last_day(period));
        prop_assert!(first <= on && on <= last);
        prop_assert_eq!(calendar.first_day(period.plus(1)), last + 1);
        prop_assert_eq!((calendar.period_of(first), calendar.period_of(last)), (period, period));
        if calendar.length == PeriodLength::Month {
            let n_days = last - first + 1;
            let is_a_month = match calendar.pattern {
                YearPattern::CalendarMonths => (28..=31).contains(&n_days),
                _ => [28, 35, 42].contains(&n_days),
            };
            prop_assert!(is_a_month, "{}", n_days);
        }
    }

    #[test]
    fn positions_are_those_of_the_calendar(calendar in any_calendar(), offset in 0..20_000_i32, n in 0..30_i32) {
        let first = calendar.period_of(Day::from_epoch(offset));
        let periods = Periods::of(&calendar, first, first.plus(n)).unwrap();
        prop_assert_eq!(periods.n() as i32, n + 1);
        prop_assert_eq!((0..periods.n()).map(|at| periods.n_days(at)).sum::<i32>(), periods.last_day() - periods.start() + 1);
        for (at, period) in first.through(first.plus(n)).enumerate() {
            prop_assert_eq!(periods.position(calendar.first_day(period)), Some(at));
            prop_assert_eq!(periods.position(calendar.last_day(period)), Some(at));
            prop_assert_eq!(periods.label(at), calendar.label(period));
        }
        prop_assert_eq!(periods.position(periods.start() - 1), None);
        prop_assert_eq!(periods.position(periods.last_day() + 1), None);
        prop_assert_eq!(Periods::of(&calendar, first, first.plus(-1)), None);
    }
}
