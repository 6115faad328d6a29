//! Scoring: the rows of a table of accounts through a model.

use ndarray::Array2;

use super::N_REASONS;
use crate::risk::{Model, probability};
use crate::table::Table;

/// Scores accounts; `x` is `(n_rows, n_features)` in the order of the model's catalogue, NaN where missing.
///
/// Returns one row per account: `row` (from 1), `probability`, `score`, `grade`, `reason_1` to `reason_4`, `model_id`.
pub fn score_accounts(model: &Model, x: &Array2<f64>) -> Table {
    let log_odds = model.log_odds(x.view());
    let reasons = model.reasons(x.view(), None, N_REASONS);
    let probabilities: Vec<f64> = log_odds.iter().map(|own| probability(*own)).collect();
    let points = x.outer_iter().zip(&log_odds).map(|(row, own)| model.points(row, *own));
    let table = Table::new("scores")
        .note("model", model.id())
        .int("row", 1..=x.nrows() as i64)
        .real("probability", probabilities.iter().copied())
        .real("score", points)
        .text("grade", probabilities.iter().map(|p| model.grades.of(*p).to_string()));
    let table = (0..N_REASONS).fold(table, |table, position| {
        let of_rows = reasons.iter().map(|reasons| reasons.get(position).cloned());
        table.text(&format!("reason_{}", position + 1), of_rows)
    });
    table.text("model_id", (0..x.nrows()).map(|_| model.id()))
}
