//! A random forest: deep trees on random rows and columns, averaged.
//!
//! # Definition
//! Probability = mean over trees of the bad rate in the row's leaf. Each tree sees 63% of the rows, each split one and a half times
//! the square root of the number of columns. Signs of the catalogue are not imposed: bounds of deep unpenalised trees meet so closely that
//! single precision crosses them.
//! # Inputs
//! Labelled rows, missing values as they are.
//! # Edge cases
//! Leaves hold at least ten rows; a mean of 0 or 1 is kept off the edge by half a row of each class.
//! # Source
//! Breiman, Random forests, 2001; Malley et al., Probability machines, 2012.
//! # Example
//! Three trees with leaves of 0.1, 0.2 and 0.3: probability 0.2.

use hessboost::config::{TrainingParams, TreeMethod};
use hessboost::objective::{Objective, RegLoss};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{Ensemble, failed, matrix};
use crate::risk::split::Part;
use crate::risk::{Estimator, Fit, FitError, FitReport, Fitted, Rows, log_odds};

/// Settings of a random forest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForestParams {
    /// Trees.
    pub n_trees: usize,
    /// Questions asked one after the other in a tree, at most.
    pub depth: usize,
    /// Rows of a leaf at least.
    pub min_rows: usize,
    /// Seed of the rows and columns a tree sees.
    pub seed: u64,
}

impl Default for ForestParams {
    fn default() -> ForestParams {
        ForestParams {
            n_trees: 200,
            depth: 8,
            min_rows: 10,
            seed: 1,
        }
    }
}

/// A fitted forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forest {
    /// Probability the trees come to on average.
    pub average: f64,
    /// Probabilities are kept this far from 0 and 1.
    pub margin: f64,
    /// The trees.
    pub ensemble: Ensemble,
}

impl Forest {
    fn log_odds_of(&self, probability: f64) -> f64 {
        log_odds(probability.clamp(self.margin, 1.0 - self.margin))
    }

    /// Returns the log-odds of each row.
    pub fn log_odds(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        let means = self.ensemble.sums(x);
        means.into_iter().map(|mean| self.log_odds_of(mean)).collect()
    }

    /// Returns each column's part of each row's log-odds: its part of the probability, stretched so that the parts add up to the log-odds.
    pub fn explain(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let (mut parts, start) = self.ensemble.shapley(x);
        let expected = self.expected_log_odds();
        for mut parts in parts.outer_iter_mut() {
            let moved: f64 = parts.sum();
            let wanted = self.log_odds_of(start + moved) - expected;
            // Next to the average the log-odds move as their slope says.
            let average = start.clamp(self.margin, 1.0 - self.margin);
            let slope = if moved.abs() > 1e-9 {
                wanted / moved
            } else {
                1.0 / (average * (1.0 - average))
            };
            parts *= slope;
        }
        parts
    }

    /// Returns the log-odds of the average training row.
    pub fn expected_log_odds(&self) -> f64 {
        self.log_odds_of(self.average)
    }
}

impl ForestParams {
    fn params(&self, rows: &Rows) -> Result<TrainingParams, FitError> {
        let n_columns = rows.x.ncols() as f64;
        TrainingParams::builder()
            .objective(Objective::SquaredError(RegLoss::default()))
            .tree_method(TreeMethod::Hist)
            .num_parallel_tree(self.n_trees)
            .max_depth(self.depth)
            .eta(1.0)
            .subsample(0.632)
            .colsample_bynode((1.5 * n_columns.sqrt() / n_columns).min(1.0))
            .min_child_weight(self.min_rows as f64)
            .lambda(0.0)
            .base_score(rows.bad_rate())
            .seed(self.seed)
            .build()
            .map_err(failed)
    }
}

impl Estimator for ForestParams {
    fn name(&self) -> &'static str {
        "forest"
    }

    fn tuned(&self, _: &Rows, _: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        Ok(Box::new(*self))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let ensemble = Ensemble::grow(&self.params(rows)?, &matrix(rows)?, 1)?;
        let report = FitReport::of(rows)
            .with("trees", self.n_trees)
            .with("depth", self.depth)
            .with("rows of a leaf, at least", self.min_rows);
        let model = Fitted::Forest(Forest {
            average: ensemble.expected(),
            margin: 0.5 / (rows.n() as f64 + 1.0),
            ensemble,
        });
        Ok(Fit { model, report })
    }
}
