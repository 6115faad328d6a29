//! The settings as they are typed, and the check that turns them into [`Config`].

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::overlay::over_defaults;
use super::{CheckLimits, Config, ConfigError};
use crate::forecast::{ForecastParams, TimingParams};
use crate::metrics::aging::{AgingBasis, AgingParams, AgingScheme};
use crate::metrics::dso::DsoParams;
use crate::metrics::roll_rates::RollRatesParams;

/// The shape of the file; every key has a value because the defaults lie underneath.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mirror {
    check: CheckMirror,
    aging: AgingMirror,
    roll_rates: RollRatesMirror,
    dso: DsoMirror,
    forecast: ForecastMirror,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CheckMirror {
    max_findings: i64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AgingMirror {
    upper_edges: Vec<i32>,
    basis: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RollRatesMirror {
    confidence: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DsoMirror {
    window_months: i64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ForecastMirror {
    horizon_weeks: i64,
    n_simulations: i64,
    seed: i64,
    promise_tolerance_days: i32,
    promise_credibility: f64,
    dispute_days: f64,
    history_days: i32,
    segment_by: String,
    segment_weight: f64,
    portfolio_weight: f64,
    terms_assumed_days: i32,
}

/// Collects what is wrong, by dotted key.
struct Check<'a> {
    origin: &'a str,
    problems: Vec<String>,
}

impl Check<'_> {
    fn problem(&mut self, key: &str, message: impl std::fmt::Display) {
        self.problems.push(format!("{}: {key}: {message}", self.origin));
    }

    /// Returns a count, noting one that is below its least value.
    fn count(&mut self, key: &str, value: i64, least: i64) -> u64 {
        if value < least {
            self.problem(key, format!("must be at least {least}, is {value}"));
        }
        u64::try_from(value).unwrap_or_default()
    }

    /// Adds the problems a stage found with its own settings.
    fn stage(&mut self, section: &str, problems: &[String]) {
        for problem in problems {
            self.problems.push(format!("{}: {section}.{problem}", self.origin));
        }
    }
}

impl Mirror {
    /// Lays a file over the defaults.
    pub(super) fn read(text: &str, origin: &str) -> Result<Mirror, ConfigError> {
        over_defaults(text, origin)?
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError {
                problems: vec![format!("{origin}: {}", error.message())],
            })
    }

    /// Checks every value and reports all problems together.
    pub(super) fn check(self, origin: &str) -> Result<Config, ConfigError> {
        let mut check = Check {
            origin,
            problems: Vec::new(),
        };
        let text = toml::to_string(&self).expect("settings are numbers, words and lists of them");
        let hash = Sha256::digest(text.as_bytes())
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let max_findings = check.count("check.max_findings", self.check.max_findings, 0);
        let aging = self.aging.check(&mut check);
        let config = Config {
            check: CheckLimits { max_findings },
            roll_rates: self.roll_rates.check(&aging, &mut check),
            aging,
            dso: DsoParams {
                window_months: check.count("dso.window_months", self.dso.window_months, 1).min(1_200) as u32,
            },
            forecast: self.forecast.check(&mut check),
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

impl AgingMirror {
    fn check(self, check: &mut Check<'_>) -> AgingParams {
        if let Err(error) = AgingScheme::from_upper_edges(&self.upper_edges) {
            check.problem("aging.upper_edges", error);
        }
        let bases = [AgingBasis::Due, AgingBasis::Issue, AgingBasis::Posting];
        let basis = bases.into_iter().find(|basis| basis.as_str() == self.basis);
        if basis.is_none() {
            let words = bases.map(|basis| format!("`{}`", basis.as_str())).join(", ");
            check.problem("aging.basis", format!("must be one of {words}, is `{}`", self.basis));
        }
        AgingParams {
            upper_edges: self.upper_edges,
            basis: basis.unwrap_or_default(),
        }
    }
}

impl RollRatesMirror {
    fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> RollRatesParams {
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            check.problem(
                "roll_rates.confidence",
                format!("must be between 0 and 1, is {}", self.confidence),
            );
        }
        RollRatesParams {
            upper_edges: aging.upper_edges.clone(),
            confidence: self.confidence,
            ..RollRatesParams::default()
        }
    }
}

impl ForecastMirror {
    fn check(self, check: &mut Check<'_>) -> ForecastParams {
        let params = ForecastParams {
            horizon_weeks: check.count("forecast.horizon_weeks", self.horizon_weeks, 1) as usize,
            n_simulations: check.count("forecast.n_simulations", self.n_simulations, 1) as usize,
            seed: check.count("forecast.seed", self.seed, 0),
            promise_tolerance_days: self.promise_tolerance_days,
            promise_credibility: self.promise_credibility,
            dispute_days: self.dispute_days,
            timing: TimingParams {
                history_days: self.history_days,
                segment_by: (!self.segment_by.is_empty()).then_some(self.segment_by),
                segment_weight: (self.segment_weight != 0.0).then_some(self.segment_weight),
                portfolio_weight: self.portfolio_weight,
                terms_assumed_days: self.terms_assumed_days,
            },
        };
        if let Err(problems) = params.check() {
            check.stage("forecast", problems.lines());
        }
        params
    }
}
