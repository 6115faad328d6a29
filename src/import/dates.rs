//! Dates as sources write them.

use crate::calendar::Day;

/// One way of writing a day. A time of day behind the date is dropped: the day counts as it was written, whatever the time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateFormat {
    /// `2025-03-31`, also `2025/03/31`.
    Iso,
    /// `20250331`, also as the number `20250331.0`.
    Compact,
    /// Day, month, year: `31/03/2025`, `31.3.25`.
    DayMonthYear,
    /// Month, day, year: `3/31/2025`, `03-31-25`.
    MonthDayYear,
    /// Day, name of the month, year: `31-Mar-25`, `31 March 2025`.
    DayMonthName,
    /// Days since 1899-12-30, as spreadsheets count: `45747`.
    Spreadsheet,
}

/// Two-digit years below this one lie in this century: 69 is 2069, 70 is 1970.
const CENTURY_TURN: i32 = 70;

/// Days from the spreadsheet's day 0, 1899-12-30, to 1970-01-01.
const SPREADSHEET_EPOCH: i32 = 25_569;

impl DateFormat {
    /// Every format with the name a profile uses for it.
    pub const ALL: &'static [(&'static str, DateFormat)] = &[
        ("iso", DateFormat::Iso),
        ("yyyymmdd", DateFormat::Compact),
        ("dmy", DateFormat::DayMonthYear),
        ("mdy", DateFormat::MonthDayYear),
        ("d-mon-y", DateFormat::DayMonthName),
        ("spreadsheet", DateFormat::Spreadsheet),
    ];

    /// Returns the name a profile uses.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, format)| *format == self)
            .map_or("", |(name, _)| name)
    }

    /// Returns a day written this way, for messages.
    pub fn example(self) -> &'static str {
        match self {
            DateFormat::Iso => "2025-03-31",
            DateFormat::Compact => "20250331",
            DateFormat::DayMonthYear => "31/03/2025",
            DateFormat::MonthDayYear => "3/31/2025",
            DateFormat::DayMonthName => "31-Mar-25",
            DateFormat::Spreadsheet => "45747",
        }
    }

    /// Reads a trimmed text, or returns `None` where it is no day of this form between 1900 and 2199.
    pub fn read(self, text: &str) -> Option<Day> {
        match self {
            DateFormat::Iso => {
                let date = text.get(..10)?;
                let bytes = date.as_bytes();
                let separator = bytes[4];
                if bytes[7] != separator || !matches!(separator, b'-' | b'/') || !only_time(&text[10..]) {
                    return None;
                }
                Day::from_ymd(
                    number(&bytes[..4])? as i32,
                    number(&bytes[5..7])?,
                    number(&bytes[8..10])?,
                )
            }
            DateFormat::Compact => {
                let digits = text
                    .split_once('.')
                    .map_or(Some(text), |(whole, fraction)| all_zeros(fraction).then_some(whole))?;
                let bytes = digits.as_bytes();
                if bytes.len() != 8 {
                    return None;
                }
                Day::from_ymd(number(&bytes[..4])? as i32, number(&bytes[4..6])?, number(&bytes[6..])?)
            }
            DateFormat::DayMonthYear => {
                let [day, month, year] = three_numbers(text)?;
                Day::from_ymd(full_year(year)?, short(month)?, short(day)?)
            }
            DateFormat::MonthDayYear => {
                let [month, day, year] = three_numbers(text)?;
                Day::from_ymd(full_year(year)?, short(month)?, short(day)?)
            }
            DateFormat::DayMonthName => {
                let (day, rest) = text.split_at_checked(text.bytes().take_while(u8::is_ascii_digit).count())?;
                let rest = rest.trim_start_matches(['-', ' ', '/', '.']);
                let (name, rest) = rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_alphabetic).count())?;
                let rest = rest.trim_start_matches(['-', ' ', '/', '.', ',']);
                let (year, rest) = rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_digit).count())?;
                if !only_time(rest) {
                    return None;
                }
                Day::from_ymd(full_year(year)?, month_by_name(name)?, short(day)?)
            }
            DateFormat::Spreadsheet => {
                let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
                if !(4..=6).contains(&whole.len()) {
                    return None;
                }
                let days = number(whole.as_bytes())? as i32;
                let day = Day::from_epoch(days - SPREADSHEET_EPOCH);
                (Day::EARLIEST..=Day::LATEST).contains(&day).then_some(day)
            }
        }
    }
}

/// Tells which two formats of a list could read the same text as different days.
pub fn ambiguous(formats: &[DateFormat]) -> Option<(DateFormat, DateFormat)> {
    let (day_first, month_first) = (DateFormat::DayMonthYear, DateFormat::MonthDayYear);
    (formats.contains(&day_first) && formats.contains(&month_first)).then_some((day_first, month_first))
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    digits.iter().try_fold(0, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0'))
    })
}

fn short(digits: &str) -> Option<u32> {
    (digits.len() <= 2).then(|| number(digits.as_bytes())).flatten()
}

fn full_year(digits: &str) -> Option<i32> {
    let year = number(digits.as_bytes())? as i32;
    match digits.len() {
        4 => Some(year),
        2 if year < CENTURY_TURN => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

fn all_zeros(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'0')
}

/// Splits `31/03/2025`, `31-3-25` or `31.3.2025`; the separator is the same in both places.
fn three_numbers(text: &str) -> Option<[&str; 3]> {
    let separator = text.chars().find(|letter| !letter.is_ascii_digit())?;
    if !matches!(separator, '/' | '-' | '.') {
        return None;
    }
    let (first, rest) = text.split_once(separator)?;
    let (second, rest) = rest.split_once(separator)?;
    let (year, rest) = rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_digit).count())?;
    only_time(rest).then_some([first, second, year])
}

fn month_by_name(name: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_ascii_lowercase();
    if name == "sept" {
        return Some(9);
    }
    MONTHS
        .iter()
        .position(|month| name == *month || (name.len() == 3 && month.starts_with(&name)))
        .map(|position| position as u32 + 1)
}

/// Tells whether what stands behind a date is nothing or a time of day, such as `T10:30:00Z` or ` 10:30 AM`.
fn only_time(rest: &str) -> bool {
    let Some(first) = rest.chars().next() else {
        return true;
    };
    matches!(first, 'T' | ' ')
        && rest.contains(':')
        && rest[1..].chars().all(|letter| {
            letter.is_ascii_digit()
                || matches!(
                    letter,
                    ':' | '.' | ',' | '+' | '-' | ' ' | 'Z' | 'A' | 'P' | 'M' | 'U' | 'T' | 'C'
                )
        })
}
