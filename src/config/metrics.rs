//! `[calendar]`, `[aging]`, `[roll_rates]`, `[dso]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::calendar::{FiscalCalendar, WEEKDAYS, WeekRule, YearPattern};
use crate::metrics::aging::{AgingBasis, AgingBoundary, AgingCredits, AgingDisputes, AgingParams, AgingScheme};
use crate::metrics::dso::DsoParams;
use crate::metrics::roll_rates::RollRatesParams;
use crate::money::Total;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarMirror {
    fiscal_year_start_month: i64,
    pattern: String,
    weeks_start_on: String,
    week_rule: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgingMirror {
    upper_edges: Vec<i32>,
    basis: String,
    due_day: String,
    credits: String,
    disputes: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RollRatesMirror {
    confidence: f64,
    materiality: String,
    n_draws: i64,
    seed: i64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DsoMirror {
    window_months: i64,
}

impl CalendarMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> FiscalCalendar {
        let start_month = u32::try_from(self.fiscal_year_start_month).unwrap_or(0);
        if !(1..=12).contains(&start_month) {
            check.problem(
                "calendar.fiscal_year_start_month",
                format!("must be between 1 and 12, is {}", self.fiscal_year_start_month),
            );
        }
        let pattern = check.choice(
            "calendar.pattern",
            &self.pattern,
            &YearPattern::ALL,
            YearPattern::as_str,
        );
        let rules = [WeekRule::Nearest, WeekRule::Last];
        let week_rule = check.choice("calendar.week_rule", &self.week_rule, &rules, WeekRule::as_str);
        let weekdays: Vec<u32> = (0..7).collect();
        let name = |day: u32| WEEKDAYS[day as usize];
        FiscalCalendar {
            pattern,
            start_month,
            week_starts_on: check.choice("calendar.weeks_start_on", &self.weeks_start_on, &weekdays, name),
            week_rule,
            ..FiscalCalendar::default()
        }
    }
}

impl AgingMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> AgingParams {
        if let Err(error) = AgingScheme::from_upper_edges(&self.upper_edges) {
            check.problem("aging.upper_edges", error);
        }
        AgingParams {
            upper_edges: self.upper_edges,
            basis: check.choice("aging.basis", &self.basis, &AgingBasis::ALL, AgingBasis::as_str),
            boundary: check.choice(
                "aging.due_day",
                &self.due_day,
                &AgingBoundary::ALL,
                AgingBoundary::as_str,
            ),
            credits: check.choice("aging.credits", &self.credits, &AgingCredits::ALL, AgingCredits::as_str),
            disputes: check.choice(
                "aging.disputes",
                &self.disputes,
                &AgingDisputes::ALL,
                AgingDisputes::as_str,
            ),
        }
    }
}

impl RollRatesMirror {
    pub(super) fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> RollRatesParams {
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            check.problem(
                "roll_rates.confidence",
                format!("must be between 0 and 1, is {}", self.confidence),
            );
        }
        let materiality = check.money("roll_rates.materiality", &self.materiality);
        if materiality < Total::ZERO {
            check.problem(
                "roll_rates.materiality",
                format!("must be at least 0, is {}", self.materiality),
            );
        }
        RollRatesParams {
            upper_edges: aging.upper_edges.clone(),
            confidence: self.confidence,
            materiality,
            n_draws: check.count("roll_rates.n_draws", self.n_draws, 0).min(100_000) as u32,
            seed: check.count("roll_rates.seed", self.seed, 0),
            ..RollRatesParams::default()
        }
    }
}

impl DsoMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> DsoParams {
        DsoParams {
            window_months: check.count("dso.window_months", self.window_months, 1).min(1_200) as u32,
        }
    }
}
