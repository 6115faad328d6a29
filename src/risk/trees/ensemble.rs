//! Grown trees as a value: predicts, explains, reads and writes itself.

use std::borrow::Cow;

use hessboost::config::TrainingParams;
use hessboost::data::DMatrix;
use hessboost::model::{BoostedModel, Iterations, ModelFormat};
use hessboost::training::train;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{failed, guarded};
use crate::risk::FitError;

/// Rows that go through the trees at once.
const BLOCK: usize = 4_096;

/// Trees whose outputs add up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>", into = "String")]
pub struct Ensemble(BoostedModel);

impl PartialEq for Ensemble {
    fn eq(&self, other: &Ensemble) -> bool {
        String::from(self.clone()) == String::from(other.clone())
    }
}

impl From<Ensemble> for String {
    /// Writes the trees as one line of JSON: every number reads back with the same bits.
    fn from(ensemble: Ensemble) -> String {
        serde_json::to_string(&ensemble.0).expect("numbers and lists always have a JSON form")
    }
}

impl TryFrom<Cow<'_, str>> for Ensemble {
    type Error = String;
    fn try_from(text: Cow<'_, str>) -> Result<Ensemble, String> {
        BoostedModel::decode(text.as_bytes(), ModelFormat::Json)
            .map(Ensemble)
            .map_err(|error| error.to_string())
    }
}

impl Ensemble {
    /// Grows trees for a number of rounds.
    pub(super) fn grow(params: &TrainingParams, rows: &DMatrix, n_rounds: usize) -> Result<Ensemble, FitError> {
        guarded(|| train(params, rows, n_rounds)).map(Ensemble)
    }

    /// Puts ensembles together into one whose output is their mean.
    pub(super) fn average(members: &[Ensemble]) -> Result<Ensemble, FitError> {
        BoostedModel::average(members.iter().map(|member| &member.0))
            .map(Ensemble)
            .map_err(failed)
    }

    /// Returns the number of trees.
    pub fn n_trees(&self) -> usize {
        self.0.num_trees()
    }

    /// Returns the number of columns the trees were grown on.
    pub fn n_columns(&self) -> usize {
        self.0.n_features()
    }

    /// Returns the sum of the trees for each row.
    pub(super) fn sums(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        let blocks: Vec<_> = x.axis_chunks_iter(ndarray::Axis(0), BLOCK).collect();
        blocks
            .into_par_iter()
            .flat_map_iter(|block| {
                let sums = self
                    .0
                    .predict_margin_rows(&single(block), Iterations::Best)
                    .expect("a checked model takes whole rows of finite values");
                sums.into_vec().into_iter().map(f64::from)
            })
            .collect()
    }

    /// Returns each column's exact Shapley value for each row, and the mean they start from.
    ///
    /// The path-dependent values of Lundberg, Erion and Lee, Consistent individualized feature attribution for tree ensembles, 2018.
    pub(super) fn shapley(&self, x: ArrayView2<'_, f64>) -> (Array2<f64>, f64) {
        let (n_rows, n_columns) = x.dim();
        let mut values = Array2::zeros((n_rows, n_columns));
        let mut start = 0.0;
        for (block, mut values) in x
            .axis_chunks_iter(ndarray::Axis(0), BLOCK)
            .zip(values.axis_chunks_iter_mut(ndarray::Axis(0), BLOCK))
        {
            let contributions = DMatrix::from_dense_vec(single(block), block.nrows(), n_columns)
                .and_then(|matrix| self.0.predict_contribs(&matrix, Iterations::Best))
                .expect("a checked model explains whole rows of finite values");
            for (row, mut values) in values.outer_iter_mut().enumerate() {
                let parts = contributions.get(row, 0).expect("one output for each row");
                start = f64::from(parts[n_columns]);
                for (value, part) in values.iter_mut().zip(parts) {
                    *value = f64::from(*part);
                }
            }
        }
        (values, start)
    }

    /// Returns the mean of the sums over the rows the trees were grown on.
    pub(super) fn expected(&self) -> f64 {
        let nowhere = Array2::from_elem((1, self.n_columns()), f64::NAN);
        self.shapley(nowhere.view()).1
    }

    /// Returns the trees in XGBoost's JSON.
    ///
    /// # Errors
    /// What the format cannot hold.
    pub(super) fn xgboost_json(&self) -> Result<Vec<u8>, FitError> {
        self.0.encode(ModelFormat::XgboostJson).map_err(failed)
    }
}

/// Returns rows in single precision, row by row; what is too large for it becomes its largest number.
pub(super) fn single(x: ArrayView2<'_, f64>) -> Vec<f32> {
    let limit = f64::from(f32::MAX);
    x.iter().map(|value| value.clamp(-limit, limit) as f32).collect()
}
