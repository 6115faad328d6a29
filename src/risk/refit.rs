//! Refits: a training repeated from what the model itself says of it.
//!
//! A model holds its label, day, seed and settings, and the hash of the ledger it was fitted to. The same program on the same ledger gives
//! the same model, byte for byte; on another ledger nothing is repeated.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::accounts::AccountColumns;
use super::model::Model;
use super::{CheckedTrainParams, Choice, ScorecardParams, TrainError, TrainParams, train, train_accounts};
use crate::features::LabelParams;
use crate::ledger::Ledger;
use crate::risk::{Rows, Training};

/// What a training was asked for beside what the model says elsewhere: its name, label, day and seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Which estimator.
    pub estimator: Choice,
    /// Month ends at most.
    pub n_months: usize,
    /// Draws behind the intervals.
    pub n_draws: usize,
    /// The card, and the scale of every model's points.
    pub scorecard: ScorecardParams,
    /// Whether a refused model was to be kept.
    pub keep_refused: bool,
    /// The day whose knowledge counted, ISO; `None` where all of it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_on: Option<String>,
    /// What the columns of the table meant, of a model of accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountColumns>,
}

/// Why a training cannot be repeated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RefitError {
    /// The data are others.
    #[error(
        "{model} was fitted to the {data} {expected}, this one is {found}: repeating needs the same rows{}",
        .known_on.as_ref().map(|day| format!(", as known on {day} (--known-on {day})")).unwrap_or_default()
    )]
    OtherData {
        /// The model.
        model: String,
        /// `ledger` or `table`.
        data: &'static str,
        /// Hash of the data it was fitted to.
        expected: String,
        /// Hash of the data given.
        found: String,
        /// The day whose knowledge counted then.
        known_on: Option<String>,
    },
    /// What the model says of its training does not hold.
    #[error("{model} does not say how it was trained: {message}")]
    Request {
        /// The model.
        model: String,
        /// What is wrong.
        message: String,
    },
    /// The training itself.
    #[error(transparent)]
    Train(#[from] TrainError),
}

impl Request {
    /// Writes down what a training is asked for.
    pub fn of(params: &CheckedTrainParams) -> Request {
        Request {
            estimator: params.estimator,
            n_months: params.n_months,
            n_draws: params.n_draws,
            scorecard: params.scorecard,
            keep_refused: params.keep_refused,
            known_on: None,
            accounts: None,
        }
    }
}

impl Model {
    /// Returns the settings of the training that made the model.
    fn settings(&self, label: LabelParams) -> Result<CheckedTrainParams, RefitError> {
        let request = &self.request;
        let params = TrainParams {
            n_months: request.n_months,
            estimator: request.estimator,
            scorecard: request.scorecard,
            n_draws: request.n_draws,
            seed: self.seed,
            keep_refused: request.keep_refused,
            illustrative: self.mark.is_some(),
            ..TrainParams::new(&self.name, label)
        };
        params.check().map_err(|error| self.unclear(error.to_string()))
    }

    fn unclear(&self, message: String) -> RefitError {
        RefitError::Request {
            model: self.id(),
            message,
        }
    }

    fn check_data(&self, data: &'static str, found: &str) -> Result<(), RefitError> {
        match self.ledger_hash == found {
            true => Ok(()),
            false => Err(RefitError::OtherData {
                model: self.id(),
                data,
                expected: self.ledger_hash.clone(),
                found: found.to_owned(),
                known_on: self.request.known_on.clone(),
            }),
        }
    }

    fn repeated(&self, training: Training) -> Model {
        Model {
            version: self.version,
            ..training.model
        }
    }
}

/// Repeats the training of a model on the ledger it was fitted to.
///
/// # Errors
/// Another ledger, known on another day, or a training that has no result any more.
pub fn refit(ledger: &Ledger, model: &Model) -> Result<Model, RefitError> {
    model.check_data("ledger", ledger.hash())?;
    let known_on = ledger.known_on().map(|day| day.to_string());
    if known_on != model.request.known_on {
        let show = |day: &Option<String>| {
            day.as_ref()
                .map_or("all that is known".to_owned(), |day| format!("what was known on {day}"))
        };
        return Err(model.unclear(format!(
            "it was fitted to {}, asked for: {}",
            show(&model.request.known_on),
            show(&known_on)
        )));
    }
    let label = model.label.params().map_err(|message| model.unclear(message))?;
    let as_of = model
        .as_of()
        .ok_or_else(|| model.unclear(format!("`{}` is no day", model.trained_as_of)))?;
    let training = train(ledger, as_of, &model.settings(*label)?)?;
    Ok(model.repeated(training.value))
}

/// Repeats the training of a model on the table of accounts it was fitted to; `hash` stands for the table.
///
/// # Errors
/// Another table, or a training that has no result any more.
pub fn refit_accounts(rows: &Rows, hash: &str, model: &Model) -> Result<Model, RefitError> {
    model.check_data("table", hash)?;
    let Some(columns) = &model.request.accounts else {
        return Err(model.unclear("it names no columns".to_owned()));
    };
    let training = train_accounts(
        rows,
        columns,
        hash,
        &model.settings(LabelParams::new(crate::features::Unit::Customer, 0))?,
    )?;
    Ok(model.repeated(training.value))
}
