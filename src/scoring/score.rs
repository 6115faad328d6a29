//! Scoring: the rows of a day through a model.

use ndarray::Axis;
use rayon::prelude::*;
use thiserror::Error;

use super::{Basis, N_REASONS, Score, Scores};
use crate::calendar::{AsOf, Day};
use crate::features::{CheckedLabelParams, Panel, PanelRow, Standing, Unit};
use crate::ledger::Ledger;
use crate::outcome::{Caveat, Checked};
use crate::risk::{Model, probability};

/// Why there are no scores.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScoringError {
    /// The model was fitted by another program, or its file was changed.
    #[error("model `{model}` does not fit this program: {message}")]
    Mismatch {
        /// The model's id.
        model: String,
        /// What differs.
        message: String,
    },
    /// Nothing to score.
    #[error("nothing to score at {as_of}: the ledger {}", .span.map_or_else(|| "is empty".to_owned(), |(first, last)| format!("runs from {first} to {last} and has no open invoice with a due day then")))]
    NothingOpen {
        /// The as-of day.
        as_of: AsOf,
        /// First and last day of the ledger.
        span: Option<(Day, Day)>,
    },
}

/// Rows that are explained at once.
const BLOCK: usize = 4_096;

/// Scores every open invoice with a due day, or every customer known, at the end of a day.
///
/// What is already as late as the label is not predicted: it has probability 1, the least points and says so. What has no
/// earlier invoice with a known end is scored from the portfolio's late share and marked.
///
/// # Errors
/// The model does not fit this program, or there is nothing to score.
pub fn score(ledger: &Ledger, as_of: AsOf, model: &Model) -> Result<Checked<Scores>, ScoringError> {
    let params = model.check().map_err(|message| ScoringError::Mismatch {
        model: model.id(),
        message,
    })?;
    let panel = Panel::build(ledger, &[as_of], &params);
    if panel.rows().is_empty() {
        let span = ledger.span();
        return Err(ScoringError::NothingOpen { as_of, span });
    }
    let least = model.least_points();
    let log_odds = model.log_odds(panel.x().view());
    let blocks: Vec<_> = panel.x().axis_chunks_iter(Axis(0), BLOCK).enumerate().collect();
    let rows: Vec<Score> = blocks
        .into_par_iter()
        .flat_map_iter(|(block, x)| {
            let (panel, params, log_odds) = (&panel, &params, &log_odds);
            let reasons = model.reasons(x, N_REASONS);
            reasons.into_iter().enumerate().map(move |(position, reasons)| {
                let row = block * BLOCK + position;
                let points = match panel.rows()[row].standing {
                    Standing::AlreadyBad => least,
                    Standing::New | Standing::Known => model.points(x.row(position), log_odds[row]),
                };
                one(panel.rows()[row], params, model, (log_odds[row], points), reasons)
            })
        })
        .collect();
    let caveats = caveats(&rows, as_of, model);
    Ok(Checked {
        value: Scores {
            model_id: model.id(),
            as_of,
            unit: params.unit,
            rows,
        },
        issues: Default::default(),
        caveats,
    })
}

fn one(
    row: PanelRow,
    params: &CheckedLabelParams,
    model: &Model,
    (log_odds, points): (f64, f64),
    of_model: Vec<String>,
) -> Score {
    let (probability, basis) = match row.standing {
        Standing::AlreadyBad => (1.0, Basis::AlreadyLate),
        Standing::New => (probability(log_odds), Basis::Prior),
        Standing::Known => (probability(log_odds), Basis::History),
    };
    let mut reasons = Vec::new();
    match (basis, params.unit) {
        (Basis::AlreadyLate, Unit::Invoice) => {
            reasons.push(format!("already {} days past due or more", params.days_late));
        }
        (Basis::AlreadyLate, Unit::Customer) => reasons.push(format!(
            "an open item is already {} days past due or more",
            params.days_late
        )),
        (Basis::Prior, _) => {
            reasons.push("no earlier invoice has a known end: scored from the portfolio's late share".to_owned());
        }
        (Basis::History, _) => {}
    }
    reasons.extend(of_model);
    reasons.truncate(N_REASONS);
    Score {
        customer: row.customer,
        document: row.document,
        probability,
        points,
        grade: match basis {
            Basis::AlreadyLate => 'F',
            _ => model.grades.of(probability),
        },
        reasons,
        basis,
    }
}

fn caveats(rows: &[Score], as_of: AsOf, model: &Model) -> Vec<Caveat> {
    let count = |basis: Basis| rows.iter().filter(|row| row.basis == basis).count();
    let mut caveats = Vec::new();
    let (n_late, n_prior) = (count(Basis::AlreadyLate), count(Basis::Prior));
    if n_late > 0 {
        caveats.push(Caveat(format!(
            "{n_late} rows are already as late as the label of {} and have probability 1",
            model.id()
        )));
    }
    if n_prior > 0 {
        caveats.push(Caveat(format!(
            "{n_prior} rows have no history and carry the portfolio's late share"
        )));
    }
    if model.as_of().is_some_and(|trained| trained > as_of) {
        caveats.push(Caveat(format!(
            "model {} was trained as of {}, after {as_of}: it has seen what came later",
            model.id(),
            model.trained_as_of
        )));
    }
    if !model.validation.refusals.is_empty() {
        caveats.push(Caveat(format!("the quality gate refused model {}", model.id())));
    }
    caveats
}
