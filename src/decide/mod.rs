//! Whom to contact first and whom to stop shipping to.

mod base_rates;
mod caveats;
mod delinquency;
mod exposure;
mod holds;
mod position;
mod worklist;

use thiserror::Error;

use crate::calendar::AsOf;
use crate::forecast::Problems;
use crate::money::Currency;

pub use self::base_rates::BaseRates;
pub use self::delinquency::{Delinquency, LateShareParams};
pub use self::exposure::{Exposure, Limit};
pub use self::holds::{HoldLine, HoldPolicy, Holds, Level, Recommendation, RuleResult, RuleStatus, Threshold, holds};
pub use self::position::{Position, PositionItem};
pub use self::worklist::{
    Action, ActionCost, Exclusion, Response, ResponseBand, Worklist, WorklistLine, WorklistPolicy, worklist,
};

/// Why there is no worklist or no list of holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecideError {
    /// A setting is out of range.
    #[error("{0}")]
    Settings(Problems),
    /// Several currencies and no way to add them.
    #[error(
        "found money in {currencies} and no rates, expected one currency or a base currency; import an `fx_rates` table with the base currency at 1"
    )]
    NoRates {
        /// The currencies, separated by commas.
        currencies: String,
    },
    /// The rates do not say which currency is the base.
    #[error(
        "found rates without a base currency, expected one currency whose `to_base` is 1 on every date; name the base currency"
    )]
    BaseUnknown,
    /// A currency without a rate.
    #[error("found no rate of {currency} on or before {as_of}; import one in `fx_rates`")]
    RateMissing {
        /// Which currency.
        currency: Currency,
        /// The as-of day.
        as_of: AsOf,
    },
    /// A rate that is no positive number.
    #[error("found the rate `{found}` of {currency}, expected a number above 0; correct it in `fx_rates`")]
    RateUnfit {
        /// Which currency.
        currency: Currency,
        /// What was found.
        found: String,
    },
    /// Another base than that of the rates.
    #[error(
        "found no rate of 1 for {base} in `fx_rates`, so its rates are to another base; name that one, or import rates to {base}"
    )]
    BaseNotOne {
        /// The base that was named.
        base: Currency,
    },
    /// A sum beyond 28 digits.
    #[error("found an amount in {currency} too large to convert; check its amounts and its rate")]
    TooLarge {
        /// Which currency.
        currency: Currency,
    },
    /// Scores of another day.
    #[error("found scores as of {found}, expected {expected}; score the ledger as of the same day")]
    ScoresOfAnotherDay {
        /// Day of the scores.
        found: AsOf,
        /// Day of the decision.
        expected: AsOf,
    },
}
