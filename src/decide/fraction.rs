//! The number a rule compares, exact: a fraction of whole numbers against a decimal threshold.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// One at nine digits behind the decimal point: as many of a threshold's count.
const ONE: i128 = 1_000_000_000;

/// A fraction. Over nothing it lies above every threshold where the part is above zero, and is 0 where the part is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    part: i128,
    whole: i128,
}

impl Fraction {
    pub const ZERO: Fraction = Fraction { part: 0, whole: 1 };

    /// Takes a part of a whole, which is not below zero.
    pub fn of(part: i128, whole: i128) -> Fraction {
        Fraction { part, whole }
    }

    /// Takes a whole number.
    pub fn whole(number: impl Into<i128>) -> Fraction {
        Fraction::of(number.into(), 1)
    }

    /// Takes an estimate, to nine digits behind the decimal point.
    pub fn of_estimate(estimate: f64) -> Fraction {
        Fraction::of(at_nine_digits(estimate), ONE)
    }

    /// Tells whether the fraction lies above a threshold, by cross-multiplication: 0.4 % is above 0, and all of a limit is not above 1.
    pub fn is_above(self, threshold: f64) -> bool {
        // Beyond what 128 bits hold, the larger side is larger all the same.
        self.part.saturating_mul(ONE) > at_nine_digits(threshold).saturating_mul(self.whole)
    }

    /// Returns the fraction for display, infinite over nothing.
    pub fn to_f64(self) -> f64 {
        match (self.part, self.whole) {
            (0, 0) => 0.0,
            (part, whole) => part as f64 / whole as f64,
        }
    }
}

/// Returns a number as people write it, the shortest decimal that is read as it, times 1,000,000,000; beyond 10^15 the largest such number.
fn at_nine_digits(number: f64) -> i128 {
    const LARGEST: f64 = 1e15;
    let decimal: Option<Decimal> = number.clamp(-LARGEST, LARGEST).to_string().parse().ok();
    let scaled = decimal.and_then(|decimal| (decimal * Decimal::from(ONE as i64)).round().to_i128());
    scaled.unwrap_or(0)
}
