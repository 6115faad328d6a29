//! Policies replayed over history: what they would have caught, from what was known on each day.

mod captured;
mod orders;
mod replay;

pub use self::orders::Order;
pub use self::replay::{JudgedClaim, JudgedClaims, OrderReplay, ReplayError, ReplayParams, replay_orders};
