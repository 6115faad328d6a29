//! The settings as they are typed, and the check that turns them into [`Config`].

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::collections::{DisputesMirror, PromisesMirror, RecoveriesMirror, RecoveryMirror};
use super::decide::{LateShareMirror, WorklistMirror};
use super::forecast::ForecastMirror;
use super::holds::HoldsMirror;
use super::metrics::{AgingMirror, CalendarMirror, DsoMirror, RollRatesMirror};
use super::overlay::over_defaults;
use super::policy::PolicyMirror;
use super::provision::ProvisionMirror;
use super::train::TrainMirror;
use super::work::{AgenciesMirror, FunnelMirror, RootCausesMirror, SlaMirror};
use super::{CheckLimits, Config, ConfigError};
use crate::money::{Amount, Total};

/// The shape of the file; every key has a value because the defaults lie underneath.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mirror {
    policy: PolicyMirror,
    check: CheckMirror,
    calendar: CalendarMirror,
    aging: AgingMirror,
    roll_rates: RollRatesMirror,
    dso: DsoMirror,
    promises: PromisesMirror,
    disputes: DisputesMirror,
    recovery: RecoveryMirror,
    recoveries: RecoveriesMirror,
    funnel: FunnelMirror,
    sla: SlaMirror,
    agencies: AgenciesMirror,
    root_causes: RootCausesMirror,
    train: TrainMirror,
    late_share: LateShareMirror,
    worklist: WorklistMirror,
    holds: HoldsMirror,
    forecast: ForecastMirror,
    provision: ProvisionMirror,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CheckMirror {
    max_findings: i64,
}

/// Collects what is wrong, by dotted key.
pub(super) struct Check<'a> {
    origin: &'a str,
    problems: Vec<String>,
}

impl Check<'_> {
    pub(super) fn problem(&mut self, key: &str, message: impl std::fmt::Display) {
        self.problems.push(format!("{}: {key}: {message}", self.origin));
    }

    /// Returns a count, noting one that is below its least value.
    pub(super) fn count(&mut self, key: &str, value: i64, least: i64) -> u64 {
        if value < least {
            self.problem(key, format!("must be at least {least}, is {value}"));
        }
        u64::try_from(value).unwrap_or_default()
    }

    /// Reads one of several words, noting another.
    pub(super) fn choice<T: Copy + Default>(
        &mut self,
        key: &str,
        found: &str,
        choices: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> T {
        let choice = choices.iter().copied().find(|&choice| word(choice) == found);
        if choice.is_none() {
            let words: Vec<String> = choices.iter().map(|&choice| format!("`{}`", word(choice))).collect();
            self.problem(key, format!("must be one of {}, is `{found}`", words.join(", ")));
        }
        choice.unwrap_or_default()
    }

    /// Reads money given as text, noting what is none.
    pub(super) fn money(&mut self, key: &str, text: &str) -> Total {
        Amount::parse(text).map(Total::from).unwrap_or_else(|error| {
            self.problem(key, error);
            Total::ZERO
        })
    }

    /// Adds the problems a stage found with its own settings.
    pub(super) fn stage(&mut self, section: &str, problems: &[String]) {
        for problem in problems {
            self.problems.push(format!("{}: {section}.{problem}", self.origin));
        }
    }
}

impl Mirror {
    /// Lays a file over the defaults; returns what is wrong with its keys and kinds of values, for which the defaults stay.
    pub(super) fn read(text: &str, origin: &str) -> Result<(Mirror, Vec<String>), ConfigError> {
        let (merged, mut problems) = over_defaults(text, origin)?;
        match merged.try_into() {
            Ok(mirror) => Ok((mirror, problems)),
            Err(error) => {
                let error: toml::de::Error = error;
                problems.push(format!("{origin}: {}", error.message()));
                Err(ConfigError { problems })
            }
        }
    }

    /// Checks every value and reports all problems together, after those of reading.
    pub(super) fn check(self, origin: &str, problems: Vec<String>) -> Result<Config, ConfigError> {
        let mut check = Check { origin, problems };
        let text = toml::to_string(&self).expect("settings are numbers, words and lists of them");
        let hash = Sha256::digest(text.as_bytes())
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let max_findings = check.count("check.max_findings", self.check.max_findings, 0);
        let aging = self.aging.check(&mut check);
        let late_share = self.late_share.params();
        let promises = self.promises.check(&aging, &mut check);
        let tolerance_days = promises.tolerance_days;
        let config = Config {
            policy: self.policy.check(&mut check),
            check: CheckLimits { max_findings },
            calendar: self.calendar.check(&mut check),
            roll_rates: self.roll_rates.check(&aging, &mut check),
            promises,
            disputes: self.disputes.check(&aging, &mut check),
            recovery: self.recovery.check(&aging, &mut check),
            recoveries: self.recoveries.check(),
            agencies: self.agencies.check(&aging, &mut check),
            provision: self.provision.check(&aging, &mut check),
            aging,
            dso: self.dso.check(&mut check),
            funnel: self.funnel.check(tolerance_days, &mut check),
            sla: self.sla.check(&mut check),
            root_causes: self.root_causes.check(&mut check),
            train: self.train.check(tolerance_days, &mut check),
            worklist: self.worklist.check(&late_share, tolerance_days, &mut check),
            holds: self.holds.check(&late_share, tolerance_days, &mut check),
            forecast: self.forecast.check(tolerance_days, &mut check),
            hash,
        };
        if check.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError {
                problems: check.problems,
            })
        }
    }
}
