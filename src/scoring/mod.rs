//! Scores: the probability of going delinquent, as points and a grade, with its reasons.

use crate::calendar::AsOf;
use crate::ids::{CustomerIx, DocumentIx};

/// What is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// An open document.
    Invoice,
    /// A customer.
    Customer,
}

/// The scores of one day by one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Which model: `name/version`.
    pub model_id: String,
    /// Facts known by the end of this day, nothing later.
    pub as_of: AsOf,
    /// What is scored.
    pub unit: Unit,
    /// One score each, by customer and document.
    pub rows: Vec<Score>,
}

/// One score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Who.
    pub customer: CustomerIx,
    /// Which document; `None` for a customer's score.
    pub document: Option<DocumentIx>,
    /// Probability of the model's label, 0 to 1.
    pub probability: f64,
    /// Points on the scorecard's scale; more points, less risk.
    pub points: f64,
    /// Letter from `A` (least risk).
    pub grade: char,
    /// Up to four reasons in plain words, weightiest first.
    pub reasons: Vec<String>,
}
