//! Exact money: amounts of documents, their sums, and the currency they are in.
//!
//! A document's amount is a 64-bit count of ten-thousandths of its currency; a sum is a 128-bit count of the same.
//! Nothing between a file and a reported balance is a binary floating-point number.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::Decimal;
use thiserror::Error;

/// Ten-thousandths in one unit of a currency.
pub const SCALE: i64 = 10_000;

/// The amount of one document or one application, in ten-thousandths of the document's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// An exact sum of amounts in one currency, in ten-thousandths.
///
/// 128 bits hold the sum of 10^18 documents of the largest amount, so adding never overflows in practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Total(i128);

/// Why a text or a number is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The text is no decimal number with a point.
    #[error("found `{found}`, expected a decimal number such as `1234.56`")]
    NotANumber {
        /// The text as it stood.
        found: String,
    },
    /// More than four decimals, which would have to be rounded.
    #[error("found `{found}`, expected at most 4 decimals")]
    TooPrecise {
        /// The text as it stood.
        found: String,
    },
    /// Outside the 64-bit range of ten-thousandths.
    #[error("found `{found}`, expected an amount between -922337203685477 and 922337203685477")]
    OutOfRange {
        /// The text as it stood.
        found: String,
    },
    /// Two currencies in one sum.
    #[error("cannot add {right} to {left} without a rate")]
    CurrenciesDiffer {
        /// Currency of the left side.
        left: Currency,
        /// Currency of the right side.
        right: Currency,
    },
    /// Not three letters.
    #[error("found `{found}`, expected a three-letter currency code such as `EUR`")]
    NotACurrency {
        /// The text as it stood.
        found: String,
    },
}

impl Amount {
    /// No money.
    pub const ZERO: Amount = Amount(0);

    /// Builds an amount from a count of ten-thousandths.
    pub const fn from_units(units: i64) -> Amount {
        Amount(units)
    }

    /// Returns the count of ten-thousandths.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Reads a plain decimal such as `-1234.5678`.
    ///
    /// # Errors
    /// A text that is no number, has more than four decimals that matter, or lies outside the range of an amount.
    pub fn parse(text: &str) -> Result<Amount, MoneyError> {
        let found = || text.to_owned();
        let decimal = if text.contains(['e', 'E']) {
            Decimal::from_scientific(text)
        } else {
            Decimal::from_str_exact(text)
        }
        .map_err(|_| MoneyError::NotANumber { found: found() })?;
        Amount::from_decimal(decimal).map_err(|error| match error {
            MoneyError::TooPrecise { .. } => MoneyError::TooPrecise { found: found() },
            _ => MoneyError::OutOfRange { found: found() },
        })
    }

    /// Turns an exact decimal into an amount, refusing to round.
    ///
    /// # Errors
    /// More than four decimals that matter, or outside the range.
    pub fn from_decimal(decimal: Decimal) -> Result<Amount, MoneyError> {
        let scaled = decimal
            .normalize()
            .checked_mul(Decimal::from(SCALE))
            .ok_or_else(|| MoneyError::OutOfRange {
                found: decimal.to_string(),
            })?
            .normalize();
        if scaled.scale() > 0 {
            return Err(MoneyError::TooPrecise {
                found: decimal.to_string(),
            });
        }
        i64::try_from(scaled.mantissa())
            .map(Amount)
            .map_err(|_| MoneyError::OutOfRange {
                found: decimal.to_string(),
            })
    }

    /// Returns the amount without its sign.
    pub const fn abs(self) -> Amount {
        Amount(self.0.saturating_abs())
    }

    /// Tells whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The one door to floating point: the amount in whole currency units, for features and statistics only.
    pub fn to_feature(self) -> f64 {
        self.0 as f64 / SCALE as f64
    }
}

impl Total {
    /// No money.
    pub const ZERO: Total = Total(0);

    /// Builds a total from a count of ten-thousandths.
    pub const fn from_units(units: i128) -> Total {
        Total(units)
    }

    /// Returns the count of ten-thousandths.
    pub const fn units(self) -> i128 {
        self.0
    }

    /// Tells whether the total is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Returns the total without its sign.
    pub const fn abs(self) -> Total {
        Total(self.0.abs())
    }

    /// Reads what [`Total`] writes: digits, and at most four decimals.
    pub fn parse(text: &str) -> Option<Total> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || decimals.len() > 4 || !is_number(whole) || !is_number(decimals) {
            return None;
        }
        let units: i128 = format!("{whole}{decimals:0<4}").parse().ok()?;
        Some(Total(if is_negative { -units } else { units }))
    }

    /// Returns this total as one amount, or `None` where it does not fit.
    pub fn to_amount(self) -> Option<Amount> {
        i64::try_from(self.0).ok().map(Amount)
    }

    /// The one door to floating point: the total in whole currency units, for features and statistics only.
    pub fn to_feature(self) -> f64 {
        self.0 as f64 / SCALE as f64
    }

    /// Turns an estimate in currency units into money, rounded half away from zero to cents.
    ///
    /// Returns `None` for NaN, infinities and estimates too large for a total.
    pub fn from_estimate(estimate: f64) -> Option<Total> {
        let cents = (estimate * 100.0).round();
        (cents.is_finite() && cents.abs() < 1e30).then(|| Total(cents as i128 * i128::from(SCALE / 100)))
    }

    /// Returns `self / denominator` from exact sums, or `None` for a zero denominator.
    pub fn ratio(self, denominator: Total) -> Option<f64> {
        (denominator.0 != 0).then(|| self.0 as f64 / denominator.0 as f64)
    }
}

impl From<Amount> for Total {
    fn from(amount: Amount) -> Total {
        Total(i128::from(amount.0))
    }
}

impl Add for Total {
    type Output = Total;
    fn add(self, other: Total) -> Total {
        Total(self.0 + other.0)
    }
}

impl Sub for Total {
    type Output = Total;
    fn sub(self, other: Total) -> Total {
        Total(self.0 - other.0)
    }
}

impl AddAssign for Total {
    fn add_assign(&mut self, other: Total) {
        self.0 += other.0;
    }
}

impl SubAssign for Total {
    fn sub_assign(&mut self, other: Total) {
        self.0 -= other.0;
    }
}

impl AddAssign<Amount> for Total {
    fn add_assign(&mut self, amount: Amount) {
        self.0 += i128::from(amount.0);
    }
}

impl SubAssign<Amount> for Total {
    fn sub_assign(&mut self, amount: Amount) {
        self.0 -= i128::from(amount.0);
    }
}

impl Neg for Total {
    type Output = Total;
    fn neg(self) -> Total {
        Total(-self.0)
    }
}

impl Neg for Amount {
    type Output = Amount;
    fn neg(self) -> Amount {
        Amount(self.0.saturating_neg())
    }
}

impl Sum for Total {
    fn sum<I: Iterator<Item = Total>>(totals: I) -> Total {
        totals.fold(Total::ZERO, Add::add)
    }
}

impl Sum<Amount> for Total {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Total {
        amounts.fold(Total::ZERO, |sum, amount| sum + amount.into())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Total::from(*self).fmt(f)
    }
}

impl fmt::Display for Total {
    /// Writes every digit: two decimals, or up to four where the amount has them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / SCALE as u128, magnitude % SCALE as u128);
        let sign = if self.0 < 0 { "-" } else { "" };
        let decimals = match fraction {
            fraction if fraction % 100 == 0 => format!("{:02}", fraction / 100),
            fraction if fraction % 10 == 0 => format!("{:03}", fraction / 10),
            fraction => format!("{fraction:04}"),
        };
        f.pad(&format!("{sign}{whole}.{decimals}"))
    }
}

/// A three-letter currency code; [`Currency::UNKNOWN`] where the source named none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// ISO 4217's code for "no currency": a source that named none, kept apart with its own control total.
    pub const UNKNOWN: Currency = Currency(*b"XXX");

    /// Reads a code of three ASCII letters, in any case.
    ///
    /// # Errors
    /// [`MoneyError::NotACurrency`] for anything else.
    pub fn parse(text: &str) -> Result<Currency, MoneyError> {
        match text.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_alphabetic()) => {
                Ok(Currency([a, b, c].map(u8::to_ascii_uppercase)))
            }
            _ => Err(MoneyError::NotACurrency { found: text.to_owned() }),
        }
    }

    /// Returns the code as a number, in the order of codes.
    pub const fn number(self) -> u32 {
        u32::from_be_bytes([0, self.0[0], self.0[1], self.0[2]])
    }

    /// Returns the code behind [`Currency::number`]; [`Currency::UNKNOWN`] for a number that is none.
    pub const fn from_number(number: u32) -> Currency {
        let [_, a, b, c] = number.to_be_bytes();
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_uppercase() {
            Currency([a, b, c])
        } else {
            Currency::UNKNOWN
        }
    }

    /// Returns the code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII letters")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A total with its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// The exact sum.
    pub total: Total,
    /// What it is counted in.
    pub currency: Currency,
}

impl Money {
    /// Adds money of the same currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrenciesDiffer`]: totals over currencies need a named rate table.
    pub fn try_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrenciesDiffer {
                left: self.currency,
                right: other.currency,
            });
        }
        Ok(Money {
            total: self.total + other.total,
            currency: self.currency,
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.total, self.currency)
    }
}
