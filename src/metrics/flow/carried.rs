//! What an item is worth in the base currency at the rates it came in at.

use rust_decimal::Decimal;

use crate::metrics::base_currency::at_rate;
use crate::money::Total;

/// A rate to the base currency; `None` for the base currency itself, whose money is never rounded.
pub(super) type Rate = Option<Decimal>;

/// An open balance with its value in the base currency.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    open: Total,
    value: Total,
}

impl Carried {
    /// Moves the balance and returns by how much its value moved: what adds to it comes in at `rate`, what relieves it takes its
    /// part of the value away, what closes it all of it. `None` for a result beyond 28 digits.
    pub fn apply(&mut self, delta: Total, rate: Rate) -> Option<Total> {
        let adds = self.open.is_zero() || (delta > Total::ZERO) == (self.open > Total::ZERO);
        let change = if adds {
            convert(delta, rate)?
        } else if delta.abs() >= self.open.abs() {
            convert(self.open + delta, rate)? - self.value
        } else if rate.is_none() {
            delta
        } else {
            let part = self.value.units().checked_mul(delta.units())?;
            Total::from_units(rounded(part, self.open.units() * 100) * 100)
        };
        self.open += delta;
        self.value += change;
        Some(change)
    }
}

/// Converts money; the base currency stays as it is.
pub(super) fn convert(money: Total, rate: Rate) -> Option<Total> {
    match rate {
        Some(rate) => at_rate(money, rate),
        None => Some(money),
    }
}

/// Divides, rounding half away from zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let magnitude = (numerator.unsigned_abs() + denominator.unsigned_abs() / 2) / denominator.unsigned_abs();
    let magnitude = magnitude as i128;
    if (numerator < 0) == (denominator < 0) {
        magnitude
    } else {
        -magnitude
    }
}
