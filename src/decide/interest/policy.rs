//! What late money costs, as declared.

use rust_decimal::Decimal;

use crate::calendar::Day;
use crate::forecast::Problems;
use crate::money::{Amount, Currency, Total};

/// The yearly rate of late interest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterestRate {
    /// The same on every day; 0.08 is 8 % a year.
    Fixed(Decimal),
    /// A base rate with first days, by day, and a margin on it.
    BaseAndMargin {
        /// From which day on which base rate holds.
        base: Vec<(Day, Decimal)>,
        /// What is added, 0.08 for 8 points.
        margin: Decimal,
    },
}

/// Days of the year that a yearly rate is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DayCount {
    /// Days that passed over 365.
    #[default]
    Actual365,
    /// Days that passed over 360.
    Actual360,
}

/// Whether disputed money bears interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DisputedMoney {
    /// It does, as if there were no dispute.
    #[default]
    Bears,
    /// It does not while the dispute is open.
    Excluded,
}

/// How late interest is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct InterestPolicy {
    /// Yearly rate.
    pub rate: InterestRate,
    /// Days of the year.
    pub day_count: DayCount,
    /// Days after the due day that bear no interest.
    pub grace_days: i32,
    /// Days after which interest bears interest itself; `None`: simple interest.
    pub compounding_days: Option<i32>,
    /// Fixed compensation for each late item, by currency.
    pub compensation: Vec<(Currency, Total)>,
    /// Interest on an item below this is not taken, in the item's own currency.
    pub minimum: Total,
    /// Whether disputed money bears interest.
    pub disputed: DisputedMoney,
}

impl DayCount {
    /// Every choice.
    pub const ALL: [DayCount; 2] = [DayCount::Actual365, DayCount::Actual360];

    /// Returns the word of the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            DayCount::Actual365 => "actual/365",
            DayCount::Actual360 => "actual/360",
        }
    }

    /// Returns the days of a year.
    pub const fn days(self) -> i32 {
        match self {
            DayCount::Actual365 => 365,
            DayCount::Actual360 => 360,
        }
    }
}

impl DisputedMoney {
    /// Every choice.
    pub const ALL: [DisputedMoney; 2] = [DisputedMoney::Bears, DisputedMoney::Excluded];

    /// Returns the word of the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            DisputedMoney::Bears => "bears",
            DisputedMoney::Excluded => "excluded",
        }
    }
}

impl Default for InterestPolicy {
    fn default() -> InterestPolicy {
        InterestPolicy {
            rate: InterestRate::Fixed(Decimal::new(8, 2)),
            day_count: DayCount::default(),
            grace_days: 0,
            compounding_days: None,
            compensation: Vec::new(),
            minimum: Amount::ZERO.into(),
            disputed: DisputedMoney::default(),
        }
    }
}

/// Rates are counted in this part of 1.
pub(super) const RATE_SCALE: i128 = 10_000_000_000;

/// Returns a rate in parts of [`RATE_SCALE`]; `None` where it has more than ten decimals or is far beyond any rate.
pub(super) fn rate_units(rate: Decimal) -> Option<i128> {
    let scaled = rate.checked_mul(Decimal::from(RATE_SCALE as i64))?.normalize();
    (scaled.scale() == 0).then(|| scaled.mantissa())
}

impl InterestPolicy {
    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let mut rate = |key: &str, rate: Decimal| {
            let is_rate = (-Decimal::ONE..=Decimal::TEN).contains(&rate) && rate_units(rate).is_some();
            problems.require(is_rate, key, "-1 to 10, with at most 10 decimals", rate);
        };
        match &self.rate {
            InterestRate::Fixed(fixed) => rate("yearly_rate", *fixed),
            InterestRate::BaseAndMargin { base, margin } => {
                rate("margin", *margin);
                for (at, (_, base)) in base.iter().enumerate() {
                    rate(&format!("base_rates[{at}].rate"), *base);
                }
                problems.require(!base.is_empty(), "base_rates", "at least one rate", "empty");
                for (at, pair) in base.windows(2).enumerate() {
                    let key = format!("base_rates[{}].from", at + 1);
                    let expected = format!("after {}, the day before it", pair[0].0);
                    problems.require(pair[1].0 > pair[0].0, &key, expected, pair[1].0);
                }
            }
        }
        let days = self.grace_days;
        problems.require((0..=3_650).contains(&days), "grace_days", "0 to 3650", days);
        if let Some(days) = self.compounding_days {
            problems.require((1..=3_650).contains(&days), "compounding_days", "0 to 3650", days);
        }
        for (at, (currency, money)) in self.compensation.iter().enumerate() {
            let key = format!("compensation[{at}].amount");
            problems.require(*money >= Total::ZERO, &key, "at least 0", money);
            let key = format!("compensation[{at}].currency");
            let is_new = self.compensation[..at].iter().all(|(other, _)| other != currency);
            problems.require(is_new, &key, "named once", currency);
        }
        let minimum = self.minimum;
        problems.require(minimum >= Total::ZERO, "minimum", "at least 0", minimum);
        problems.into_result()
    }

    /// Returns the yearly rate of a day; `None` before the first base rate.
    pub fn rate_on(&self, day: Day) -> Option<Decimal> {
        match &self.rate {
            InterestRate::Fixed(rate) => Some(*rate),
            InterestRate::BaseAndMargin { base, margin } => {
                let after = base.partition_point(|(from, _)| *from <= day);
                Some(base[after.checked_sub(1)?].1 + *margin)
            }
        }
    }

    /// Returns the first days of the base rates.
    pub(super) fn changes(&self) -> impl Iterator<Item = Day> {
        let base = match &self.rate {
            InterestRate::Fixed(_) => &[][..],
            InterestRate::BaseAndMargin { base, .. } => base,
        };
        base.iter().map(|(from, _)| *from)
    }

    /// Says in words how interest is taken, for the header of results.
    pub(super) fn note(&self) -> String {
        let rate = match &self.rate {
            InterestRate::Fixed(rate) => format!("{} % a year", percent(*rate)),
            InterestRate::BaseAndMargin { margin, .. } => format!("base rate + {} points a year", percent(*margin)),
        };
        let how = match self.compounding_days {
            Some(days) => format!("compound every {days} days"),
            None => "simple".to_owned(),
        };
        let grace = match self.grace_days {
            0 => "from the day after the due day".to_owned(),
            days => format!("from {} days after the due day", days + 1),
        };
        let disputed = match self.disputed {
            DisputedMoney::Bears => "disputed money included",
            DisputedMoney::Excluded => "disputed money excluded",
        };
        format!("{rate}, {}, {how}, {grace}, {disputed}", self.day_count.as_str())
    }
}

fn percent(rate: Decimal) -> Decimal {
    (rate * Decimal::ONE_HUNDRED).normalize()
}
