//! Whom to contact first and whom to stop shipping to.

mod authority;
mod caveats;
mod delinquency;
mod escalation;
mod exposure;
mod fraction;
mod holds;
mod interest;
mod limits;
mod moved;
mod page;
mod position;
mod settlement;
mod standing;
mod uplift;
mod whose;
mod worklist;

use thiserror::Error;

use crate::calendar::AsOf;
use crate::forecast::Problems;
use crate::metrics::aging::AgingError;
use crate::metrics::base_currency::RateError;

pub use crate::metrics::base_currency::BaseRates;

pub use self::delinquency::{Delinquency, LateShareParams};
pub use self::escalation::{
    Candidate, CandidateKind, DoneStep, Escalation, EscalationPolicy, ExitRule, ItemState, Ladder, LadderContact,
    LadderItem, LadderStep, Pause, SimulatedSteps, Simulation, StepLog, WriteOffRule, candidates, escalation, ladder,
    simulate,
};
pub use self::exposure::{Exposure, Limit};
pub use self::holds::{
    CurrentHold, HeldNow, HoldExclusion, HoldLine, HoldPolicy, HoldRule, Holds, Level, OwnThresholds, Recommendation,
    RuleResult, RuleStatus, Threshold, holds, holds_from,
};
pub use self::interest::{
    DayCount, DisputedMoney, InterestItem, InterestPolicy, InterestRate, InterestSegment, InterestSum, LateInterest,
    NoInterest, late_interest,
};
pub use self::limits::{
    Behaviour, CalculationLine, DaysLate, IncreaseBlocks, LateItems, LimitAction, LimitLine, Limits, LimitsPolicy,
    MonthOfSales, Proposal, RiskBand, TenureCap, TermsAction, TermsPolicy, TermsProposal, WatchPolicy, limits,
};
pub use self::moved::{
    Cell, CellKind, Evidence, Move, MoveCause, Moved, MovedError, MovedTotal, RunKind, RunRow, RunRows,
};
pub use self::page::{
    AccountBalance, BehaviourWindow, CustomerPage, Event, ExposureTerms, InvoicePage, PageItem, PageParams,
    PaymentBehaviour, Place, customer_page, invoice_page, near_ids,
};
pub use self::position::{Position, PositionItem};
pub use self::settlement::{Offer, Settlement, SettlementPolicy, Settlements, settlements};
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
    /// Buckets that do not increase.
    #[error(transparent)]
    Buckets(#[from] AgingError),
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
