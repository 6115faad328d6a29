//! Gradient boosting: shallow trees that each correct the ones before.
//!
//! # Definition
//! log-odds (bad : good) = start + sum over trees of a leaf's value. The start is the same for everyone, or a line on the log-odds of
//! the customer's own shrunken late rate. Where the catalogue knows a feature's sign, no tree may move against it. Where rows are
//! few, several runs that differ in the rows and columns they see are averaged.
//! # Inputs
//! Labelled rows, missing values as they are: every split learns where they go.
//! # Edge cases
//! Depth, start and number of trees are chosen on held-out time inside the rows; without any, small fixed ones hold.
//! # Source
//! Friedman, Greedy function approximation, 2001; Chen and Guestrin, XGBoost, 2016.
//! # Example
//! Two trees with the leaves 0.3 and -0.1 on a start of -2: log-odds -1.8.

use hessboost::config::{TrainingParams, TreeMethod};
use hessboost::data::DMatrix;
use hessboost::metric::EvalMetric;
use hessboost::objective::{Objective, RegLoss};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Ensemble, Trial, constraints, failed, matrix, trial, trials};
use crate::risk::baseline::FittedShare;
use crate::risk::split::Part;
use crate::risk::{Estimator, Fit, FitError, FitReport, Fitted, Rows, log_odds};

/// Settings of gradient boosting.
#[derive(Clone, Debug, PartialEq)]
pub struct BoostingParams {
    /// Settings to choose from by held-out time, the simplest first.
    pub grid: Vec<Setting>,
    /// What is fitted with: the first of the grid until it is tuned.
    pub setting: Setting,
    /// Rounds of a run until they are tuned.
    pub n_rounds: usize,
    /// Rounds of a run at most.
    pub max_rounds: usize,
    /// Share of a tree's correction that is taken.
    pub learning_rate: f64,
    /// Runs that are averaged; one where there are more rows than [`MANY_ROWS`].
    pub n_runs: usize,
    /// Seed of the rows and columns a tree sees.
    pub seed: u64,
}

/// Rows from which another run says what the first one said.
pub const MANY_ROWS: usize = 100_000;

/// What is chosen by held-out time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Questions asked one after the other in a tree, at most.
    pub depth: usize,
    /// Start from the customer's own rate, where the rows have one.
    pub from_own_rate: bool,
}

impl Default for BoostingParams {
    fn default() -> BoostingParams {
        let setting = |depth, from_own_rate| Setting { depth, from_own_rate };
        BoostingParams {
            grid: vec![
                setting(2, false),
                setting(2, true),
                setting(4, false),
                setting(4, true),
                setting(6, false),
            ],
            setting: setting(2, false),
            n_rounds: 60,
            max_rounds: 500,
            learning_rate: 0.05,
            n_runs: 4,
            seed: 1,
        }
    }
}

/// Fitted trees, with what they start from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trees {
    /// The line on the customer's own rate, where the trees start from one.
    pub start: Option<FittedShare>,
    /// Log-odds the trees themselves add up to on average.
    pub average: f64,
    /// The trees.
    pub ensemble: Ensemble,
}

impl Trees {
    /// Returns the log-odds of each row.
    pub fn log_odds(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        let mut sums = self.ensemble.sums(x);
        if let Some(start) = &self.start {
            for (sum, row) in sums.iter_mut().zip(x.outer_iter()) {
                *sum += start.log_odds(row);
            }
        }
        sums
    }

    /// Returns each column's part of each row's log-odds; that of the start belongs to the customer's own rate.
    pub fn explain(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let (mut parts, _) = self.ensemble.shapley(x);
        if let Some(start) = &self.start {
            for (mut parts, row) in parts.outer_iter_mut().zip(x.outer_iter()) {
                parts[start.column] += start.log_odds(row) - start.average;
            }
        }
        parts
    }

    /// Returns the log-odds of the average training row.
    pub fn expected_log_odds(&self) -> f64 {
        self.average + self.start.as_ref().map_or(0.0, |start| start.average)
    }

    /// Returns the trees in XGBoost's JSON, as `binary:logistic`; where they start from the customer's own rate, XGBoost is given the
    /// start's log-odds as base margin.
    ///
    /// # Errors
    /// What the format cannot hold.
    pub fn xgboost_json(&self) -> Result<Vec<u8>, FitError> {
        self.ensemble.xgboost_json()
    }
}

impl BoostingParams {
    fn params(&self, setting: Setting, rows: &Rows, run: u64, has_start: bool) -> Result<TrainingParams, FitError> {
        TrainingParams::builder()
            .objective(Objective::BinaryLogistic(RegLoss::default()))
            .eval_metric(EvalMetric::LogLoss)
            .tree_method(TreeMethod::Hist)
            .max_depth(setting.depth)
            .eta(self.learning_rate)
            .subsample(0.8)
            .colsample_bynode(0.5)
            .min_child_weight(3.0)
            .lambda(5.0)
            .monotone_constraints(constraints(rows))
            .base_score(if has_start { 0.5 } else { rows.bad_rate() })
            .seed(self.seed.wrapping_mul(1_000).wrapping_add(run))
            .build()
            .map_err(failed)
    }

    fn start(&self, setting: Setting, rows: &Rows) -> Option<FittedShare> {
        let column = rows.own_rate().filter(|_| setting.from_own_rate)?;
        FittedShare::fit(column, rows)
    }

    fn try_out(&self, setting: Setting, train: &Rows, held_out: &Rows) -> Result<Trial, FitError> {
        let start = self.start(setting, train);
        let params = self.params(setting, train, 0, start.is_some())?;
        let (train, held_out) = (
            with_start(train, start.as_ref())?,
            with_start(held_out, start.as_ref())?,
        );
        trial(&params, &train, &held_out, self.max_rounds)
    }
}

fn with_start(rows: &Rows, start: Option<&FittedShare>) -> Result<DMatrix, FitError> {
    let matrix = matrix(rows)?;
    let Some(start) = start else { return Ok(matrix) };
    let margins: Vec<f32> = rows.x.outer_iter().map(|row| start.log_odds(row) as f32).collect();
    matrix.with_base_margin(&margins).map_err(failed)
}

impl Estimator for BoostingParams {
    fn name(&self) -> &'static str {
        "boosting"
    }

    fn tuned(&self, rows: &Rows, folds: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        let has_own_rate = rows.own_rate().is_some();
        let mut grid = self.grid.clone();
        grid.retain(|setting| has_own_rate || !setting.from_own_rate);
        if folds.is_empty() || grid.is_empty() {
            return Ok(Box::new(self.clone()));
        }
        let trials = trials(&grid, rows, folds, |setting, train, held_out| {
            self.try_out(*setting, train, held_out)
        })?;
        let (setting, best) = grid
            .iter()
            .zip(trials)
            .min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss))
            .expect("the grid holds a setting");
        Ok(Box::new(BoostingParams {
            setting: *setting,
            n_rounds: (best.n_rounds.round() as usize).clamp(1, self.max_rounds),
            ..self.clone()
        }))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let start = self.start(self.setting, rows);
        let matrix = with_start(rows, start.as_ref())?;
        let n_runs = if rows.n() > MANY_ROWS { 1 } else { self.n_runs.max(1) };
        let runs: Vec<Ensemble> = (0..n_runs as u64)
            .into_par_iter()
            .map(|run| {
                let params = self.params(self.setting, rows, run, start.is_some())?;
                Ensemble::grow(&params, &matrix, self.n_rounds)
            })
            .collect::<Result<_, _>>()?;
        let ensemble = Ensemble::average(&runs)?;
        let report = FitReport::of(rows)
            .with("depth", self.setting.depth)
            .with("trees", format!("{n_runs} runs of {}", self.n_rounds))
            .with("learning rate", self.learning_rate)
            .with(
                "start",
                match &start {
                    Some(start) => format!("the customer's own `{}`", rows.columns[start.column].name),
                    None => format!("log-odds {:.3} for everyone", log_odds(rows.bad_rate())),
                },
            );
        let model = Fitted::Boosting(Trees {
            start,
            average: ensemble.expected(),
            ensemble,
        });
        Ok(Fit { model, report })
    }
}
