//! Policies replayed over history: what they would have caught, from what was known on each day.

mod captured;
mod effects;
mod holds;
mod judged;
mod losses;
mod orders;
mod policies;
mod provision;
mod replay;

pub use self::effects::{KnownEffect, replay_effects};
pub use self::holds::{HoldOutcome, HoldReplay, HoldReplayParams, replay_holds};
pub use self::judged::OrderReplay;
pub use self::orders::Order;
pub use self::policies::{DecisionPolicy, PolicyOutcome, Simulation, simulate};
pub use self::provision::{JudgedProvision, provision_table, replay_provision};
pub use self::replay::{JudgedClaim, JudgedClaims, ReplayError, ReplayParams, replay_orders};
