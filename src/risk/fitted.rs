//! What was fitted: the one type that predicts, explains a row and is kept in a file.

use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::baseline::{FittedBuckets, FittedShare};
use super::blend::Blend;
use super::calibrate::Line;
use super::logistic::Logistic;
use super::scorecard::Scorecard;
use super::trees::{Curves, Forest, Trees};

/// A fitted estimator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fitted {
    /// The same log-odds for everyone.
    Constant {
        /// Natural logarithm of the odds bad : good.
        log_odds: f64,
    },
    /// The rate of the row's ageing bucket.
    LastBucket(FittedBuckets),
    /// The customer's own shrunken late share.
    LateShare(FittedShare),
    /// Points that add up by hand.
    Scorecard(Scorecard),
    /// A weighted sum of standardised features.
    Logistic(Logistic),
    /// A curve per feature that add up.
    Ebm(Curves),
    /// Trees that each correct the ones before.
    Boosting(Trees),
    /// Trees that vote.
    Forest(Forest),
    /// Several of these, weighted.
    Blend(Blend),
}

impl Fitted {
    /// Returns the estimator's name.
    pub fn name(&self) -> &'static str {
        match self {
            Fitted::Constant { .. } => "constant",
            Fitted::LastBucket(_) => "last_bucket",
            Fitted::LateShare(_) => "late_share",
            Fitted::Scorecard(_) => "scorecard",
            Fitted::Logistic(_) => "logistic",
            Fitted::Ebm(_) => "ebm",
            Fitted::Boosting(_) => "boosting",
            Fitted::Forest(_) => "forest",
            Fitted::Blend(_) => "blend",
        }
    }

    /// Returns the natural logarithm of the odds bad : good of each row of `x`, `(n_rows, n_columns)`, NaN where missing.
    pub fn log_odds(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        match self {
            Fitted::Constant { log_odds } => vec![*log_odds; x.nrows()],
            Fitted::LastBucket(model) => by_row(x, |row| model.log_odds(row)),
            Fitted::LateShare(model) => by_row(x, |row| model.log_odds(row)),
            Fitted::Scorecard(card) => by_row(x, |row| card.log_odds(row)),
            Fitted::Logistic(model) => by_row(x, |row| model.log_odds(row)),
            Fitted::Ebm(curves) => by_row(x, |row| curves.log_odds(row)),
            Fitted::Boosting(trees) => trees.log_odds(x),
            Fitted::Forest(forest) => forest.log_odds(x),
            Fitted::Blend(blend) => blend.log_odds(x),
        }
    }

    /// Returns what each column adds to the log-odds of each row, `(n_rows, n_columns)`, against the reference of
    /// [`expected_log_odds`](Fitted::expected_log_odds); positive is riskier. Exact: reference and parts add up to the log-odds.
    pub fn explain(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        match self {
            Fitted::Boosting(trees) => trees.explain(x),
            Fitted::Forest(forest) => forest.explain(x),
            Fitted::Blend(blend) => blend.explain(x),
            _ => {
                let mut parts = Array2::zeros(x.raw_dim());
                for (row, mut parts) in x.outer_iter().zip(parts.outer_iter_mut()) {
                    let parts = parts.as_slice_mut().expect("rows of a new array lie in one piece");
                    match self {
                        Fitted::LastBucket(model) => parts[model.column] = model.log_odds(row) - model.average,
                        Fitted::LateShare(model) => parts[model.column] = model.log_odds(row) - model.average,
                        Fitted::Scorecard(card) => card.explain(row, parts),
                        Fitted::Logistic(model) => model.explain(row, parts),
                        Fitted::Ebm(curves) => curves.explain(row, parts),
                        Fitted::Constant { .. } | Fitted::Boosting(_) | Fitted::Forest(_) | Fitted::Blend(_) => {}
                    }
                }
                parts
            }
        }
    }

    /// Returns the log-odds against which [`explain`](Fitted::explain) counts: those of the average training row.
    pub fn expected_log_odds(&self) -> f64 {
        match self {
            Fitted::Constant { log_odds } => *log_odds,
            Fitted::LastBucket(model) => model.average,
            Fitted::LateShare(model) => model.average,
            Fitted::Scorecard(card) => card.expected_log_odds(),
            Fitted::Logistic(model) => model.intercept,
            Fitted::Ebm(curves) => curves.intercept,
            Fitted::Boosting(trees) => trees.expected_log_odds(),
            Fitted::Forest(forest) => forest.expected_log_odds(),
            Fitted::Blend(blend) => blend.expected_log_odds(),
        }
    }

    /// Takes a line of calibration into the model itself, where its parts stay a sum that a person can make; says whether it did.
    pub(super) fn take_in(&mut self, line: Line) -> bool {
        match self {
            Fitted::Scorecard(card) => {
                card.intercept = line.apply(card.intercept);
                for characteristic in &mut card.characteristics {
                    characteristic.coefficient *= line.slope;
                }
                true
            }
            _ => false,
        }
    }
}

/// Rows are independent of each other: the result does not depend on the number of threads.
fn by_row(x: ArrayView2<'_, f64>, log_odds: impl Fn(ArrayView1<'_, f64>) -> f64 + Sync) -> Vec<f64> {
    (0..x.nrows())
        .into_par_iter()
        .with_min_len(1024)
        .map(|row| log_odds(x.row(row)))
        .collect()
}
