//! Monitoring: whether the rows, the score, and what the score means are still those the model was made for.
//!
//! # Definition
//! Rows of baseline month ends beside rows of current ones, without those that are delinquent already. Stability: [`stability`] of the
//! score and of each feature. Performance and calibration: on rows whose outcome is known, with intervals that draw customers. What is
//! not known yet is estimated from the probabilities alone ([`estimate`]).
//! # Inputs
//! A ledger, a model, month ends; a second model as challenger, of the same label.
//! # Edge cases
//! Where no outcome is known, there is neither performance nor calibration, and nothing is put in their place. Calibration that no
//! draw contradicts is not called drifted.
//! # Source
//! Design of this program, section 6; the sources of each part stand there.
//! # Example
//! A model of 2024, monitored on the month ends of 2025: the late share of March moved by an index of 0.31, the bad rate is 4.1% where 3.0%
//! was expected.

pub mod estimate;
pub mod stability;
mod tables;

use ndarray::{Array2, Axis};
use thiserror::Error;

use self::estimate::Expected;
use self::stability::{Shift, Stability};
use super::measures::{Clusters, interval};
use super::validate::{Drawn, judge};
use super::{Model, Rows, probability};
use crate::calendar::AsOf;
use crate::features::{Labelled, Outcome, Panel, Standing, label};
use crate::ledger::Ledger;

/// Which month ends are compared, and how often customers are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorParams {
    /// Month ends the model is held against.
    pub baseline: Vec<AsOf>,
    /// Month ends of now.
    pub current: Vec<AsOf>,
    /// Draws of customers behind the intervals.
    pub n_draws: usize,
    /// Seed of the draws.
    pub seed: u64,
}

/// Why a model cannot be monitored.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MonitorError {
    /// The model does not fit this program or this ledger.
    #[error("{id} cannot be monitored: {reason}")]
    Model {
        /// Which model.
        id: String,
        /// Why not.
        reason: String,
    },
    /// The challenger predicts something else.
    #[error("{challenger} predicts another outcome than {champion}: `{found}`, expected `{expected}`")]
    OtherLabel {
        /// The model monitored.
        champion: String,
        /// The other one.
        challenger: String,
        /// The challenger's label.
        found: String,
        /// The champion's label.
        expected: String,
    },
    /// No month end.
    #[error("found no month end in the {which} months, expected at least one that lies before the as-of day")]
    NoMonth {
        /// `baseline` or `current`.
        which: &'static str,
    },
    /// No rows.
    #[error("the {which} month ends hold no row that is not delinquent already")]
    NoRows {
        /// `baseline` or `current`.
        which: &'static str,
    },
}

/// What monitoring found.
#[derive(Clone, Debug)]
pub struct Monitoring {
    /// The model monitored: `name/version`.
    pub model_id: String,
    /// How far the score moved.
    pub score: Stability,
    /// How far each feature moved, the farthest first.
    pub features: Vec<(String, Stability)>,
    /// The two populations, the baseline first.
    pub populations: [Population; 2],
    /// What is expected of current rows whose outcome is not known yet.
    pub expected: Expected,
}

/// Rows of one side whose outcome is known, and how well each model did on them.
#[derive(Clone, Debug)]
pub struct Population {
    /// `baseline` or `current`.
    pub name: &'static str,
    /// Rows, whether their outcome is known or not.
    pub n_rows: usize,
    /// Rows whose outcome is known.
    pub n_known: usize,
    /// Bad rows among them.
    pub n_bad: usize,
    /// Each model's calibration and measures; none where no outcome is known.
    pub models: Vec<Performance>,
}

/// How well one model did.
#[derive(Clone, Debug)]
pub struct Performance {
    /// Which model.
    pub model_id: String,
    /// Mean probability given.
    pub mean_probability: f64,
    /// Bad rate less mean probability: positive where the model is too hopeful.
    pub gap: f64,
    /// 95% bounds of the gap over draws of customers.
    pub gap_interval: Option<(f64, f64)>,
    pub(super) drawn: Drawn,
}

impl Monitoring {
    /// Says whether the model's probabilities of current rows still mean what they say.
    pub fn drift(&self) -> Drift {
        let champion = self.populations[1].models.first();
        champion.map_or(Drift::Unknown, Performance::drift)
    }

    /// Tells whether nothing was found that calls for a review: no large shift of the score, no drift of its meaning.
    pub fn is_sound(&self) -> bool {
        let has_drifted = matches!(self.drift(), Drift::TooHopeful | Drift::TooCareful);
        self.score.shift() != Shift::Large && !has_drifted
    }
}

impl Performance {
    /// Says whether the probabilities stopped meaning what they say, as far as the rows can tell.
    pub fn drift(&self) -> Drift {
        match self.gap_interval {
            None => Drift::Unknown,
            Some((low, _)) if low > 0.0 => Drift::TooHopeful,
            Some((_, high)) if high < 0.0 => Drift::TooCareful,
            Some(_) => Drift::NoneFound,
        }
    }
}

/// Whether probabilities stopped meaning what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// No outcome is known, or too few customers are there to draw from.
    Unknown,
    /// The bounds of the gap hold zero.
    NoneFound,
    /// More rows went bad than the probabilities say.
    TooHopeful,
    /// Fewer did.
    TooCareful,
}

impl Drift {
    /// Returns the words of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Drift::Unknown => "unknown",
            Drift::NoneFound => "none found",
            Drift::TooHopeful => "too hopeful",
            Drift::TooCareful => "too careful",
        }
    }
}

/// Compares the rows of baseline month ends with those of current ones, from what is known at the end of `known`.
///
/// # Errors
/// See [`MonitorError`].
pub fn monitor(
    ledger: &Ledger,
    known: AsOf,
    model: &Model,
    challenger: Option<&Model>,
    params: &MonitorParams,
) -> Result<Monitoring, MonitorError> {
    let label = check(model)?;
    if let Some(challenger) = challenger {
        check(challenger)?;
        if challenger.label != model.label {
            return Err(MonitorError::OtherLabel {
                champion: model.id(),
                challenger: challenger.id(),
                found: challenger.label.sentence(),
                expected: model.label.sentence(),
            });
        }
    }
    let mut days: Vec<AsOf> = params.baseline.iter().chain(&params.current).copied().collect();
    days.sort_unstable();
    days.dedup();
    let panel = Panel::build(ledger, &days, &label);
    let outcomes = label::outcomes(ledger, &panel, known);
    let models: Vec<&Model> = [model].into_iter().chain(challenger).collect();
    let baseline = Side::of("baseline", &panel, &params.baseline)?;
    let current = Side::of("current", &panel, &params.current)?;
    let mut features: Vec<(String, Stability)> = model
        .catalogue
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let values = |side: &Side| side.x.column(column).to_vec();
            (name.clone(), Stability::of(&values(&baseline), &values(&current)))
        })
        .collect();
    features.sort_by(|(_, a), (_, b)| b.index.unwrap_or(-1.0).total_cmp(&a.index.unwrap_or(-1.0)));
    let score = Stability::of(&model.log_odds(baseline.x.view()), &model.log_odds(current.x.view()));
    let open: Vec<usize> = current
        .rows
        .iter()
        .copied()
        .filter(|&row| outcomes[row].outcome == Outcome::TooYoung)
        .collect();
    let of_open = model.log_odds(panel.x().select(Axis(0), &open).view());
    let probabilities: Vec<f64> = of_open.into_iter().map(probability).collect();
    Ok(Monitoring {
        model_id: model.id(),
        score,
        features,
        populations: [baseline, current].map(|side| side.population(&panel, &outcomes, &models, params)),
        expected: Expected::of(&probabilities),
    })
}

fn check(model: &Model) -> Result<crate::features::CheckedLabelParams, MonitorError> {
    model
        .check()
        .map_err(|reason| MonitorError::Model { id: model.id(), reason })
}

/// The rows of one side.
struct Side {
    name: &'static str,
    rows: Vec<usize>,
    x: Array2<f64>,
}

impl Side {
    fn of(name: &'static str, panel: &Panel, days: &[AsOf]) -> Result<Side, MonitorError> {
        if days.is_empty() {
            return Err(MonitorError::NoMonth { which: name });
        }
        let rows: Vec<usize> = (0..panel.rows().len())
            .filter(|&row| {
                let row = &panel.rows()[row];
                row.standing != Standing::AlreadyBad && days.contains(&row.as_of)
            })
            .collect();
        if rows.is_empty() {
            return Err(MonitorError::NoRows { which: name });
        }
        Ok(Side {
            name,
            x: panel.x().select(Axis(0), &rows),
            rows,
        })
    }

    fn population(self, panel: &Panel, outcomes: &[Labelled], models: &[&Model], params: &MonitorParams) -> Population {
        let is_known = |row: &usize| matches!(outcomes[*row].outcome, Outcome::Good | Outcome::Bad);
        let known: Vec<usize> = self.rows.iter().copied().filter(is_known).collect();
        let rows = Rows::at(panel, outcomes, &known);
        Population {
            name: self.name,
            n_rows: self.rows.len(),
            n_known: rows.n(),
            n_bad: rows.n_bad(),
            models: if rows.n() > 0 {
                performance(&rows, models, params)
            } else {
                Vec::new()
            },
        }
    }
}

fn performance(rows: &Rows, models: &[&Model], params: &MonitorParams) -> Vec<Performance> {
    let predicted: Vec<(String, Vec<f64>)> = models
        .iter()
        .map(|model| {
            let log_odds = model.log_odds(rows.x.view()).into_iter();
            (model.id(), log_odds.map(probability).collect())
        })
        .collect();
    let drawn = judge(&predicted, rows, params.n_draws, params.seed);
    let clusters = Clusters::of(&rows.customers);
    let weights: Vec<Vec<f64>> = (0..params.n_draws)
        .map(|draw| clusters.weights(draw, params.seed))
        .collect();
    let of_model = |((model_id, probabilities), drawn): ((String, Vec<f64>), Drawn)| {
        let gap = |weights: &[f64]| {
            let rows = weights.iter().zip(&rows.bad).zip(&probabilities);
            let (n, sum) = rows.fold((0.0, 0.0), |(n, sum), ((weight, bad), p)| {
                (n + weight, sum + weight * (f64::from(*bad) - p))
            });
            (n > 0.0).then(|| sum / n)
        };
        Performance {
            mean_probability: probabilities.iter().sum::<f64>() / rows.n() as f64,
            gap: gap(&vec![1.0; rows.n()]).unwrap_or_default(),
            gap_interval: interval(weights.iter().map(|weights| gap(weights))),
            model_id,
            drawn,
        }
    };
    predicted.into_iter().zip(drawn).map(of_model).collect()
}
