//! Settings: the commented defaults, a file of your own laid over them, and one check of everything.

mod collections;
mod decide;
mod forecast;
mod holds;
mod metrics;
mod mirror;
mod overlay;
mod policy;
mod provision;
mod train;
mod whose;
mod work;

use thiserror::Error;

use crate::calendar::FiscalCalendar;
use crate::decide::{HoldPolicy, WorklistPolicy};
use crate::forecast::ForecastParams;
use crate::forecast::provision::ProvisionParams;
use crate::metrics::agencies::AgenciesParams;
use crate::metrics::aging::AgingParams;
use crate::metrics::disputes::DisputesParams;
use crate::metrics::dso::DsoParams;
use crate::metrics::funnel::FunnelParams;
use crate::metrics::promises::PromisesParams;
use crate::metrics::recoveries::RecoveriesParams;
use crate::metrics::recovery::RecoveryParams;
use crate::metrics::roll_rates::RollRatesParams;
use crate::metrics::root_causes::RootCauseParams;
use crate::metrics::sla::SlaParams;

pub use self::policy::PolicyHeader;
pub use self::train::TrainSettings;

/// The built-in settings as they stand in `src/config/default.toml`: complete, commented, the reference.
pub const DEFAULT: &str = include_str!("default.toml");

/// Checked settings of every stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What the settings are called, and when they hold.
    pub policy: PolicyHeader,
    /// What `arrears check` lets pass.
    pub check: CheckLimits,
    /// The fiscal year and its months.
    pub calendar: FiscalCalendar,
    /// Buckets and basis of the ageing.
    pub aging: AgingParams,
    /// Buckets (those of the ageing) and intervals of the roll rates.
    pub roll_rates: RollRatesParams,
    /// Windows of the DSO family.
    pub dso: DsoParams,
    /// Tolerance with promises to pay and instalments of plans, for every stage that judges them.
    pub promises: PromisesParams,
    /// Days within which disputes should be resolved.
    pub disputes: DisputesParams,
    /// Horizons of the recovery by ageing bucket.
    pub recovery: RecoveryParams,
    /// What names the insurer in a receipt.
    pub recoveries: RecoveriesParams,
    /// Window of promises in the contact funnel.
    pub funnel: FunnelParams,
    /// Targets of the service levels.
    pub sla: SlaParams,
    /// Age bands (those of the ageing) and size bands of like claims.
    pub agencies: AgenciesParams,
    /// Causes of overdue money and bands of terms.
    pub root_causes: RootCauseParams,
    /// Panel, card and validation of the models.
    pub train: TrainSettings,
    /// How the worklist ranks, excludes and recommends.
    pub worklist: WorklistPolicy,
    /// The rules of credit holds.
    pub holds: HoldPolicy,
    /// Horizon, simulation and learning of the cash forecast.
    pub forecast: ForecastParams,
    /// Pools, history and overlay of the allowance.
    pub provision: ProvisionParams,
    hash: String,
}

/// What `arrears check` lets pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckLimits {
    /// Findings that are allowed in all before the exit code is 1; money that does not tie out is never allowed.
    pub max_findings: u64,
}

/// A setting that differs from the built-in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDifference {
    /// Dotted key.
    pub key: String,
    /// The built-in value, as TOML.
    pub built_in: String,
    /// The file's value.
    pub own: String,
}

/// What is wrong with a configuration: every problem at once.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", .problems.join("\n"))]
pub struct ConfigError {
    /// One line each: the file, the dotted key, what was expected and found.
    pub problems: Vec<String>,
}

impl Config {
    /// Returns the built-in settings.
    pub fn built_in() -> Config {
        Config::from_toml("", "built-in").expect("the built-in settings are checked by a test")
    }

    /// Lays a file over the built-in settings and checks the result.
    ///
    /// # Errors
    /// Text that is no TOML, keys that do not exist, values out of range: all of them by dotted key.
    pub fn from_toml(text: &str, origin: &str) -> Result<Config, ConfigError> {
        let (mirror, problems) = mirror::Mirror::read(text, origin)?;
        mirror.check(origin, problems)
    }

    /// Returns the dotted keys of a file whose values differ from the built-in ones, each with both values.
    ///
    /// # Errors
    /// Text that is no TOML, or keys that do not exist.
    pub fn differences(text: &str, origin: &str) -> Result<Vec<SettingDifference>, ConfigError> {
        overlay::differences(text, origin)
    }

    /// Returns a short hash over all settings; the same settings give the same hash, however the file is written.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
