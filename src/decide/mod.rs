//! Whom to contact first and whom to stop shipping to.

mod caveats;
mod delinquency;
mod exposure;
mod fraction;
mod holds;
mod position;
mod uplift;
mod whose;
mod worklist;

use thiserror::Error;

use crate::calendar::AsOf;
use crate::forecast::Problems;
use crate::metrics::base_currency::RateError;

pub use crate::metrics::base_currency::BaseRates;

pub use self::delinquency::{Delinquency, LateShareParams};
pub use self::exposure::{Exposure, Limit};
pub use self::holds::{
    CurrentHold, HeldNow, HoldExclusion, HoldLine, HoldPolicy, HoldRule, Holds, Level, OwnThresholds, Recommendation,
    RuleResult, RuleStatus, Threshold, holds, holds_from,
};
pub use self::position::{Position, PositionItem};
pub use self::uplift::{MeasuredBand, MeasuredUplift, UpliftParams, uplift};
pub use self::whose::Whose;
pub use self::worklist::{
    Action, ActionCost, Exclusion, PointsFor, PointsPolicy, PointsStep, PriorityClass, Response, ResponseBand,
    UpliftFrom, Worklist, WorklistLine, WorklistOrder, WorklistPolicy, worklist,
};

/// Why there is no worklist or no list of holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecideError {
    /// A setting is out of range.
    #[error("{0}")]
    Settings(Problems),
    /// Money cannot be converted to one currency.
    #[error(transparent)]
    Rates(#[from] RateError),
    /// Scores by a model that nobody should be held for.
    #[error(
        "{model} is {mark}: no customer is put on hold for it; train a model on your own ledger, or accept it (--accept-illustrative)"
    )]
    Marked {
        /// The model's id.
        model: String,
        /// What it must not be taken for.
        mark: String,
    },
    /// Nothing that orders could be judged by.
    #[error("found no effect of a contact after any of the days, expected some")]
    NoEffects,
    /// Scores of another day.
    #[error("found scores as of {found}, expected {expected}; score the ledger as of the same day")]
    ScoresOfAnotherDay {
        /// Day of the scores.
        found: AsOf,
        /// Day of the decision.
        expected: AsOf,
    },
}
