//! The interest of one item: stretches of days with one base and one rate, added up exactly and rounded once.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::policy::{InterestPolicy, RATE_SCALE, rate_units};
use crate::calendar::Day;
use crate::money::{SCALE, Total};

/// Consecutive days with one base and one rate.
#[derive(Clone, Debug, PartialEq)]
pub struct InterestSegment {
    /// First day that bears interest.
    pub first: Day,
    /// Last day that bears interest.
    pub last: Day,
    /// What was open on the evening before each of these days; interest that bears interest itself stands in `compounded`.
    pub base: Total,
    /// Interest of earlier days that bears interest itself, rounded for display; zero for simple interest.
    pub compounded: Total,
    /// Yearly rate.
    pub rate: Decimal,
    /// Interest of these days, not yet rounded to cents.
    pub interest: Decimal,
}

impl InterestSegment {
    /// Returns the number of days.
    pub fn n_days(&self) -> i32 {
        self.last - self.first + 1
    }
}

/// Why there is no interest on an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoInterest {
    /// There is no base rate on a day that bears interest.
    NoRate(Day),
    /// It stays below the minimum.
    BelowMinimum,
    /// The sum is beyond all bounds.
    TooLarge,
}

impl std::fmt::Display for NoInterest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoInterest::NoRate(day) => write!(f, "no base rate on {day}"),
            NoInterest::BelowMinimum => f.write_str("below the minimum"),
            NoInterest::TooLarge => f.write_str("too large"),
        }
    }
}

/// Ten-thousandths of money are counted in this part while interest is added to the base: 10 decimals in all.
const FINE: i128 = 1_000_000;

/// Adds up the interest of days `first` to `last`; `base_before` says what was open, and bears interest, on the evening before a day; it
/// changes only on days in `changes`.
///
/// Simple interest is exact until it is rounded to cents, half away from zero. Compound interest is added to the base after every so many days, to
/// 10 decimals.
pub(super) fn accrue(
    (first, last): (Day, Day),
    changes: &BTreeSet<Day>,
    base_before: impl Fn(Day) -> Total,
    policy: &InterestPolicy,
) -> Result<(Total, Vec<InterestSegment>), NoInterest> {
    let mut starts: BTreeSet<Day> = changes.clone();
    starts.extend(policy.changes());
    if let Some(days) = policy.compounding_days {
        starts.extend((0..=(last - first) / days).map(|step| first + step * days));
    }
    starts.insert(first);
    let starts: Vec<Day> = starts.into_iter().filter(|day| (first..=last).contains(day)).collect();

    let year = i128::from(policy.day_count.days()) * RATE_SCALE;
    let (mut accrued, mut compounded) = (0_i128, 0_i128);
    let mut segments: Vec<InterestSegment> = Vec::new();
    for (at, &start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).map_or(last, |next| *next - 1);
        if policy.compounding_days.is_some_and(|days| (start - first) % days == 0) {
            compounded += rounded(accrued, year);
            accrued = 0;
        }
        let base = base_before(start);
        if base <= Total::ZERO {
            continue;
        }
        let rate = policy.rate_on(start).ok_or(NoInterest::NoRate(start))?;
        let n_days = i128::from(end - start + 1);
        let bearing = base
            .units()
            .checked_mul(FINE)
            .and_then(|fine| fine.checked_add(compounded));
        let added = bearing
            .zip(rate_units(rate))
            .and_then(|(bearing, rate)| bearing.checked_mul(rate)?.checked_mul(n_days))
            .ok_or(NoInterest::TooLarge)?;
        accrued = accrued.checked_add(added).ok_or(NoInterest::TooLarge)?;
        let segment = InterestSegment {
            first: start,
            last: end,
            base,
            compounded: Total::from_units(
                rounded(compounded, FINE * i128::from(SCALE / 100)) * i128::from(SCALE / 100),
            ),
            rate,
            interest: decimal(rounded(added, year)).ok_or(NoInterest::TooLarge)?,
        };
        match segments.last_mut() {
            Some(before) if before.continues_in(&segment) => {
                before.last = segment.last;
                before.interest += segment.interest;
            }
            _ => segments.push(segment),
        }
    }
    let whole = compounded
        .checked_mul(year)
        .and_then(|whole| whole.checked_add(accrued))
        .ok_or(NoInterest::TooLarge)?;
    const CENT: i128 = (SCALE / 100) as i128;
    let cents = rounded(whole, year * FINE * CENT);
    Ok((Total::from_units(cents * CENT), segments))
}

impl InterestSegment {
    fn continues_in(&self, next: &InterestSegment) -> bool {
        let same = (self.base, self.compounded, self.rate) == (next.base, next.compounded, next.rate);
        same && self.last + 1 == next.first
    }
}

/// Divides and rounds half away from zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    let is_half = rest.unsigned_abs() >= denominator.unsigned_abs().div_ceil(2);
    whole + i128::from(is_half) * numerator.signum()
}

/// Money with ten decimals, for display.
fn decimal(fine: i128) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(fine, 10)
        .ok()
        .map(|money| money.normalize())
}
