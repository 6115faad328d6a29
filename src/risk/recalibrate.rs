//! Recalibration without refitting: the fitted model stays, what its score means is learnt anew from later rows.
//!
//! # Definition
//! Rows of later month ends whose outcome is known now and was not when the model was trained. Calibrated log-odds (new) = intercept +
//! slope x calibrated log-odds (old), held at no correction by a ridge, so that few events move little. The line is judged first: learnt from
//! the earlier of these month ends, it must lose less on the last quarter of them than the old calibration; then it is learnt from all.
//! # Inputs
//! A model, a ledger, month ends.
//! # Edge cases
//! Fewer than [`MIN_EVENTS`] bad or good rows on either side are refused with the numbers. A card takes the line into its points, which still
//! add up by hand.
//! # Source
//! Cox, Two further applications of a model for binary regression, 1958, for intercept and slope; Platt, 1999, for the line.
//! # Example
//! A model says 10% where 20% end badly, at every level: slope 1, intercept ln(0.2 / 0.8) - ln(0.1 / 0.9) = 0.811.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calibrate::{Line, MIN_EVENTS};
use super::model::Model;
use super::split;
use super::{Rows, probability};
use crate::calendar::{AsOf, Day};
use crate::features::{Outcome, Panel, label};
use crate::ledger::Ledger;
use crate::table::Table;

/// What a recalibration rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recalibration {
    /// The version whose fitted model it keeps.
    pub of: String,
    /// Hash of that version's `model.json`; empty for a model that was never stored.
    pub of_hash: String,
    /// Facts known by the end of this day, ISO.
    pub as_of: String,
    /// First and last month end asked for, ISO.
    pub months: (String, String),
    /// Whether it was to be kept although the old calibration loses less.
    pub keep_refused: bool,
    /// Hash of the ledger.
    pub ledger_hash: String,
    /// The day whose knowledge counted, ISO; `None` where all of it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_on: Option<String>,
    /// Rows it was learnt from.
    pub n: usize,
    /// Bad rows among them.
    pub n_bad: usize,
    /// The line on the old calibrated log-odds.
    pub line: Line,
    /// How it was judged.
    pub trial: Trial,
}

/// The old and the new calibration on later rows that neither was learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Rows the line was learnt from for the trial, and bad ones among them.
    pub learnt_from: (usize, usize),
    /// First and last day of the rows it was judged on, ISO.
    pub days: (String, String),
    /// Rows it was judged on.
    pub n: usize,
    /// Bad rows among them.
    pub n_bad: usize,
    /// The old calibration.
    pub before: Fit,
    /// The new one.
    pub after: Fit,
}

/// How a calibration lies to outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// Intercept and slope of the outcomes on its log-odds: 0 and 1 where it means what it says.
    pub line: Line,
    /// Mean log loss.
    pub log_loss: f64,
    /// Mean probability.
    pub probability: f64,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecalibrateParams {
    /// Month ends whose rows count.
    pub days: Vec<AsOf>,
    /// Hash of the model's file, for the record; empty for a model that was never stored.
    pub of_hash: String,
    /// Keep a line that does not do better on the later rows.
    pub keep_refused: bool,
}

/// Why a model cannot be calibrated anew.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RecalibrateError {
    /// The model does not fit this program.
    #[error("model `{model}` does not fit this program: {message}")]
    Mismatch {
        /// The model's id.
        model: String,
        /// What differs.
        message: String,
    },
    /// No month end.
    #[error("found no month end on or before {as_of} among the months asked for")]
    NoMonth {
        /// The as-of day.
        as_of: AsOf,
    },
    /// Too few later rows.
    #[error(
        "not enough events: found {n_good} good and {n_bad} bad {part}, expected at least {MIN_EVENTS} of each; {n_early} rows were known when the \
         model was trained, {n_young} are not known yet"
    )]
    TooFewEvents {
        /// Which rows.
        part: &'static str,
        /// Good rows.
        n_good: usize,
        /// Bad rows.
        n_bad: usize,
        /// Rows whose outcome the model may have been trained on.
        n_early: usize,
        /// Rows whose outcome is not known yet.
        n_young: usize,
    },
    /// The old calibration does better.
    #[error(
        "the old calibration stays: on {} rows from {} to {} its log loss is {:.4}, that of the new one {:.4}",
        .trial.n, .trial.days.0, .trial.days.1, .trial.before.log_loss, .trial.after.log_loss
    )]
    NoBetter {
        /// How the two did.
        trial: Box<Trial>,
    },
}

/// Learns from later rows what a model's score means now; everything else of the model stays.
///
/// # Errors
/// See [`RecalibrateError`]: every refusal says what was found and what was needed.
pub fn recalibrate(
    ledger: &Ledger,
    as_of: AsOf,
    model: &Model,
    params: &RecalibrateParams,
) -> Result<Model, RecalibrateError> {
    let label_params = model.check().map_err(|message| RecalibrateError::Mismatch {
        model: model.id(),
        message,
    })?;
    let days: Vec<AsOf> = params.days.iter().copied().filter(|day| *day <= as_of).collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return Err(RecalibrateError::NoMonth { as_of });
    };
    let panel = Panel::build(ledger, &days, &label_params);
    let labels = label::outcomes(ledger, &panel, as_of);
    let trained = model.as_of().map_or(Day::EARLIEST, |day| day.0);
    let is_known = |row: &usize| matches!(labels[*row].outcome, Outcome::Good | Outcome::Bad);
    let (later, early): (Vec<usize>, Vec<usize>) = (0..labels.len())
        .filter(is_known)
        .partition(|&row| labels[row].matures_on > trained);
    let n_young = labels.iter().filter(|label| label.outcome == Outcome::TooYoung).count();
    let rows = Rows::at(&panel, &labels, &later);
    let enough = |bad: &[bool], part: &'static str| {
        let n_bad = bad.iter().filter(|bad| **bad).count();
        let n_good = bad.len() - n_bad;
        match n_bad.min(n_good) >= MIN_EVENTS {
            true => Ok(()),
            false => Err(RecalibrateError::TooFewEvents {
                part,
                n_good,
                n_bad,
                n_early: early.len(),
                n_young,
            }),
        }
    };
    enough(&rows.bad, "later rows whose outcome is known")?;
    let own = model.log_odds(rows.x.view());
    let held_out = split::in_time(&rows);
    let (train, test) = held_out.map_or_else(Default::default, |part| (part.train, part.held_out));
    let (earlier, last_ones) = (
        Judged::new(&own, &rows.bad, &train),
        Judged::new(&own, &rows.bad, &test),
    );
    enough(&earlier.bad, "rows before the last ones, which judge")?;
    enough(&last_ones.bad, "rows among the last ones, which judge")?;
    let tried = Line::fit(&earlier.log_odds, &earlier.bad);
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let days_of_test = || test.iter().map(|&row| rows.days[row]);
    let trial = Trial {
        learnt_from: (train.len(), earlier.n_bad()),
        days: (day(days_of_test().min()), day(days_of_test().max())),
        n: test.len(),
        n_bad: last_ones.n_bad(),
        before: last_ones.fit(Line::NONE),
        after: last_ones.fit(tried),
    };
    if trial.after.log_loss >= trial.before.log_loss && !params.keep_refused {
        return Err(RecalibrateError::NoBetter { trial: Box::new(trial) });
    }
    let line = Line::fit(&own, &rows.bad);
    let mut revised = model.clone();
    if !revised.champion.take_in(line) {
        revised.calibration = revised.calibration.revised(line);
    }
    revised.version = 0;
    revised.recalibrated = Some(Recalibration {
        of: model.id(),
        of_hash: params.of_hash.clone(),
        as_of: as_of.to_string(),
        months: (first.to_string(), last.to_string()),
        keep_refused: params.keep_refused,
        ledger_hash: ledger.hash().to_owned(),
        known_on: ledger.known_on().map(|day| day.to_string()),
        n: rows.n(),
        n_bad: rows.n_bad(),
        line,
        trial,
    });
    Ok(revised)
}

/// What a model says of some rows, and how they ended.
struct Judged {
    log_odds: Vec<f64>,
    bad: Vec<bool>,
}

impl Judged {
    fn new(log_odds: &[f64], bad: &[bool], rows: &[usize]) -> Judged {
        Judged {
            log_odds: rows.iter().map(|&row| log_odds[row]).collect(),
            bad: rows.iter().map(|&row| bad[row]).collect(),
        }
    }

    fn n_bad(&self) -> usize {
        self.bad.iter().filter(|bad| **bad).count()
    }

    /// Returns how the rows ended against what the model says of them once a line is drawn through it.
    fn fit(&self, line: Line) -> Fit {
        let log_odds: Vec<f64> = self.log_odds.iter().map(|own| line.apply(*own)).collect();
        let n = log_odds.len() as f64;
        let loss = |(own, bad): (&f64, &bool)| {
            let p = probability(*own).clamp(1e-9, 1.0 - 1e-9);
            -if *bad { p.ln() } else { (1.0 - p).ln() }
        };
        Fit {
            line: Line::measured(&log_odds, &self.bad),
            log_loss: log_odds.iter().zip(&self.bad).map(loss).sum::<f64>() / n,
            probability: log_odds.iter().map(|own| probability(*own)).sum::<f64>() / n,
        }
    }
}

impl Trial {
    /// Returns the old and the new calibration beside each other: `calibration`, `intercept`, `slope`, `log_loss`, `mean_probability`,
    /// `bad_rate`.
    pub fn table(&self) -> Table {
        let rows = [("old", self.before), ("new", self.after)];
        let bad_rate = self.n_bad as f64 / self.n as f64;
        Table::new("recalibration")
            .note(
                "judged_on",
                format!(
                    "{} rows from {} to {}, {} bad",
                    self.n, self.days.0, self.days.1, self.n_bad
                ),
            )
            .note(
                "learnt_from",
                format!("{} earlier rows, {} bad", self.learnt_from.0, self.learnt_from.1),
            )
            .text("calibration", rows.map(|(name, _)| name.to_owned()))
            .real("intercept", rows.map(|(_, fit)| fit.line.intercept))
            .real("slope", rows.map(|(_, fit)| fit.line.slope))
            .real("log_loss", rows.map(|(_, fit)| fit.log_loss))
            .real("mean_probability", rows.map(|(_, fit)| fit.probability))
            .real("bad_rate", rows.map(|_| bad_rate))
    }
}
