//! Models made of trees: gradient boosting, explainable boosting, random forests; all grown by `hessboost`.
//!
//! Trees see features in single precision, as the library does; what a tree adds is single precision too, sums of it are not.

mod boosting;
mod ebm;
mod ensemble;
mod forest;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hessboost::config::{Monotone, TrainingParams};
use hessboost::data::DMatrix;
use hessboost::error::HessboostError;
use hessboost::training::Trainer;
use rayon::prelude::*;

pub use self::boosting::{BoostingParams, Setting, Trees};
pub use self::ebm::{Curve, Curves, EbmParams};
pub use self::ensemble::Ensemble;
pub use self::forest::{Forest, ForestParams};

use super::split::Part;
use super::{FitError, Rows};
use crate::features::catalogue::Sign;

/// Returns the direction in which each feature may move a prediction, where the catalogue knows it.
fn constraints(rows: &Rows) -> Vec<Monotone> {
    rows.columns
        .iter()
        .map(|column| match column.sign {
            Sign::Rising => Monotone::Increasing,
            Sign::Falling => Monotone::Decreasing,
            Sign::Either | Sign::Free => Monotone::None,
        })
        .collect()
}

/// Returns the labelled rows as the library takes them.
fn matrix(rows: &Rows) -> Result<DMatrix, FitError> {
    let labels: Vec<f32> = rows.bad.iter().map(|bad| f32::from(u8::from(*bad))).collect();
    DMatrix::from_dense_vec(ensemble::single(rows.x.view()), rows.n(), rows.x.ncols())
        .and_then(|matrix| matrix.with_labels(&labels))
        .map_err(failed)
}

fn failed(error: HessboostError) -> FitError {
    FitError::Failed {
        what: "growing trees",
        message: error.to_string(),
    }
}

/// Runs the library's training, whose check of monotone bounds can trip over the rounding of equal weights: then nothing is grown.
fn guarded<T>(grow: impl FnOnce() -> Result<T, HessboostError>) -> Result<T, FitError> {
    let grown = catch_unwind(AssertUnwindSafe(grow)).map_err(|_| FitError::Failed {
        what: "growing trees",
        message: "two bounds of a monotone feature crossed by rounding; take another estimator, or other months"
            .to_owned(),
    })?;
    grown.map_err(failed)
}

/// How far a setting came on held-out rows.
#[derive(Clone, Copy, Debug)]
struct Trial {
    /// Mean log loss at the best round.
    loss: f64,
    /// Rounds up to the best one.
    n_rounds: f64,
}

/// Rounds without a better log loss on the held-out rows after which a trial ends.
const PATIENCE: NonZeroUsize = NonZeroUsize::new(30).expect("30 is not zero");

/// Grows trees on the one matrix until the log loss on the other no longer falls.
fn trial(params: &TrainingParams, train: &DMatrix, held_out: &DMatrix, n_rounds: usize) -> Result<Trial, FitError> {
    let mut best = (f64::INFINITY, 0);
    guarded(|| {
        Trainer::new(params, train, n_rounds)
            .eval(held_out, "held_out")
            .early_stopping_rounds(PATIENCE)
            .on_round(|round| {
                if let Some(&loss) = round.values().last()
                    && loss < best.0
                {
                    best = (loss, round.iteration() + 1);
                }
                std::ops::ControlFlow::Continue(())
            })
            .train()
    })?;
    Ok(Trial {
        loss: best.0,
        n_rounds: best.1 as f64,
    })
}

/// Tries every setting on every fold; returns for each setting the log loss over all held-out rows and the rounds that suit it.
///
/// A fold counts by its held-out rows; its rounds count by its bad ones.
fn trials<S: Sync>(
    settings: &[S],
    rows: &Rows,
    folds: &[Part],
    run: impl Fn(&S, &Rows, &Rows) -> Result<Trial, FitError> + Sync,
) -> Result<Vec<Trial>, FitError> {
    let of_folds: Vec<(Rows, Rows)> = folds
        .iter()
        .map(|fold| (rows.take(&fold.train), rows.take(&fold.held_out)))
        .collect();
    let results: Vec<Trial> = (0..settings.len() * folds.len())
        .into_par_iter()
        .map(|position| {
            let (train, held_out) = &of_folds[position % folds.len()];
            run(&settings[position / folds.len()], train, held_out)
        })
        .collect::<Result<_, _>>()?;
    Ok(results
        .chunks(folds.len().max(1))
        .map(|trials| {
            let mut pooled = Trial {
                loss: 0.0,
                n_rounds: 0.0,
            };
            let (mut n_rows, mut n_bad) = (0.0, 0.0);
            for (trial, (_, held_out)) in trials.iter().zip(&of_folds) {
                pooled.loss += trial.loss * held_out.n() as f64;
                pooled.n_rounds += trial.n_rounds * held_out.n_bad() as f64;
                n_rows += held_out.n() as f64;
                n_bad += held_out.n_bad() as f64;
            }
            Trial {
                loss: pooled.loss / n_rows,
                n_rounds: pooled.n_rounds / n_bad,
            }
        })
        .collect())
}
