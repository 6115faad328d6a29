//! When the open money comes: payment timing, the weekly cash forecast, how good past forecasts were, and what will not come.

mod account;
mod attributes;
mod book;
mod clock;
mod collections;
mod dependence;
mod habits;
mod hazards;
pub mod provision;
mod settings;
mod simulate;
mod timing;
mod track_record;

pub use self::account::{Account, OpenItem};
pub use self::attributes::Attributes;
pub use self::clock::Clock;
pub use self::collections::{
    CurrencyForecast, Forecast, ForecastError, ForecastParams, ItemForecast, RowForecast, RowKind, forecast,
};
pub use self::hazards::{Exit, Hazards};
pub use self::settings::Problems;
pub use self::timing::{Timing, TimingParams};
pub use self::track_record::{JudgedWeek, Method, TrackRecord, TrackRecordRow, track_record};
