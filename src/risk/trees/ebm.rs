//! Explainable boosting: one curve per feature, and the curves add up.
//!
//! # Definition
//! log-odds (bad : good) = intercept + sum over features of the height of the feature's curve at the row's value. Curves are steps,
//! grown by boosting small trees on one feature after the other, and monotone where the catalogue knows the sign.
//! # Inputs
//! Labelled rows; a missing value has a step of its own.
//! # Edge cases
//! A feature that no tree splits has a flat curve and is left out.
//! # Source
//! Lou, Caruana and Gehrke, Intelligible models for classification and regression, 2012.
//! # Example
//! Intercept -2, a curve of 0.4 at 12 days past due and one of -0.1 at 3 open items: log-odds -1.7.

use hessboost::config::{BoosterKind, Ebm, GrowPolicy, TrainingParams};
use hessboost::ebm::{ShapeFunctions, TermAxis, shape_functions};
use hessboost::metric::EvalMetric;
use hessboost::objective::{Objective, RegLoss};
use hessboost::training::train;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use super::{constraints, failed, matrix, trial, trials};
use crate::risk::split::Part;
use crate::risk::{Estimator, Fit, FitError, FitReport, Fitted, Rows};

/// Settings of an explainable boosting machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EbmParams {
    /// Rounds until they are tuned; each adds a small tree to every curve.
    pub n_rounds: usize,
    /// Rounds at most.
    pub max_rounds: usize,
    /// Share of a tree's correction that is taken.
    pub learning_rate: f64,
    /// Seed of the rows a tree sees.
    pub seed: u64,
}

impl Default for EbmParams {
    fn default() -> EbmParams {
        EbmParams {
            n_rounds: 40,
            max_rounds: 300,
            learning_rate: 0.05,
            seed: 1,
        }
    }
}

/// A sum of curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curves {
    /// Log-odds where every curve is at its training mean.
    pub intercept: f64,
    /// The curves that are not flat, in the order of the matrix.
    pub curves: Vec<Curve>,
}

/// What one feature adds to the log-odds, as steps; its mean over the training rows is zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Column of the matrix.
    pub column: usize,
    /// Where each step but the first begins, rising.
    pub from: Vec<f32>,
    /// Height of each step; one more than `from`.
    pub heights: Vec<f64>,
    /// Height for a missing value.
    pub missing: f64,
}

impl Curve {
    /// Returns what a value adds to the log-odds; a value counts in single precision, as it did when the steps were found.
    pub fn at(&self, value: f64) -> f64 {
        if value.is_nan() {
            return self.missing;
        }
        self.heights[self.step_of(value)]
    }

    /// Returns the position of the step that a value stands on.
    pub fn step_of(&self, value: f64) -> usize {
        self.from.partition_point(|from| *from <= value as f32)
    }
}

impl Curves {
    fn of(shapes: &ShapeFunctions) -> Curves {
        let curves = shapes.terms.iter().filter_map(|term| {
            let (&[column], [TermAxis::Numeric { edges, .. }]) = (term.features(), term.axes()) else {
                return None;
            };
            let (missing, heights) = term.values().split_last()?;
            let is_flat = term.values().iter().all(|height| height == missing);
            (!is_flat).then(|| Curve {
                column: column as usize,
                from: edges.clone(),
                heights: heights.to_vec(),
                missing: *missing,
            })
        });
        Curves {
            intercept: shapes.intercept,
            curves: curves.collect(),
        }
    }

    /// Returns the log-odds of a row.
    pub fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
        let heights = self.curves.iter().map(|curve| curve.at(row[curve.column]));
        self.intercept + heights.sum::<f64>()
    }

    /// Adds each curve's height to `parts`.
    pub(in crate::risk) fn explain(&self, row: ArrayView1<'_, f64>, parts: &mut [f64]) {
        for curve in &self.curves {
            parts[curve.column] += curve.at(row[curve.column]);
        }
    }
}

impl EbmParams {
    fn params(&self, rows: &Rows) -> Result<TrainingParams, FitError> {
        let booster = Ebm::builder().build().map_err(failed)?;
        TrainingParams::builder()
            .booster(BoosterKind::Ebm(booster))
            .objective(Objective::BinaryLogistic(RegLoss::default()))
            .eval_metric(EvalMetric::LogLoss)
            .grow_policy(GrowPolicy::LossGuide)
            .max_leaves(3)
            .eta(self.learning_rate)
            .subsample(0.8)
            .min_child_weight(5.0)
            .lambda(5.0)
            .monotone_constraints(constraints(rows))
            .base_score(rows.bad_rate())
            .seed(self.seed)
            .build()
            .map_err(failed)
    }
}

impl Estimator for EbmParams {
    fn name(&self) -> &'static str {
        "ebm"
    }

    fn tuned(&self, rows: &Rows, folds: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        let trials = trials(&[()], rows, folds, |(), train, held_out| {
            let params = self.params(train)?;
            trial(&params, &matrix(train)?, &matrix(held_out)?, self.max_rounds)
        })?;
        let n_rounds = trials
            .first()
            .map_or(self.n_rounds, |trial| trial.n_rounds.round() as usize);
        Ok(Box::new(EbmParams {
            n_rounds: n_rounds.clamp(1, self.max_rounds),
            ..*self
        }))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let grown = train(&self.params(rows)?, &matrix(rows)?, self.n_rounds).map_err(failed)?;
        let curves = Curves::of(&shape_functions(&grown).map_err(failed)?);
        let has_curve = |column: usize| curves.curves.iter().any(|curve| curve.column == column);
        let left_out = (0..rows.columns.len())
            .filter(|&column| !has_curve(column))
            .map(|column| (rows.columns[column].name.clone(), "its curve is flat".to_owned()))
            .collect();
        let report = FitReport {
            left_out,
            ..FitReport::of(rows)
                .with("rounds", self.n_rounds)
                .with("learning rate", self.learning_rate)
        };
        let model = Fitted::Ebm(curves);
        Ok(Fit { model, report })
    }
}
