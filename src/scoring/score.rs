//! Scoring: the rows of a day through a model.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use thiserror::Error;

use super::{Basis, N_REASONS, Score, Scores};
use crate::calendar::{AsOf, Day};
use crate::features::{CheckedLabelParams, OwnRecord, Panel, PanelRow, Standing, Unit};
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
    /// Not among what is scored.
    #[error("{what} has no score at {as_of}: {reason}")]
    NoRow {
        /// The customer or the invoice, in words.
        what: String,
        /// The as-of day.
        as_of: AsOf,
        /// Why not.
        reason: String,
    },
    /// A model of another unit.
    #[error("{model} scores {found}s, asked for: {expected}s")]
    OtherUnit {
        /// The model's id.
        model: String,
        /// What it scores.
        found: &'static str,
        /// What was asked for.
        expected: &'static str,
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
/// earlier invoice with a known end is scored from the late share of customers like it and marked.
///
/// # Errors
/// The model does not fit this program, or there is nothing to score.
pub fn score(ledger: &Ledger, as_of: AsOf, model: &Model) -> Result<Checked<Scores>, ScoringError> {
    let params = params_of(model)?;
    let panel = Panel::build(ledger, &[as_of], &params);
    if panel.rows().is_empty() {
        let span = ledger.span();
        return Err(ScoringError::NothingOpen { as_of, span });
    }
    let subjects: Vec<Subject> = panel.rows().iter().map(Subject::of).collect();
    let verdicts = judge(model, &params, panel.x().view(), &subjects);
    let rows: Vec<Score> = panel
        .rows()
        .iter()
        .zip(verdicts)
        .map(|(row, verdict)| verdict.score(row))
        .collect();
    let bases: Vec<Basis> = rows.iter().map(|row| row.basis).collect();
    let caveats = caveats(&bases, as_of, model);
    Ok(Checked {
        value: Scores {
            model_id: model.id(),
            mark: model.mark.clone(),
            as_of,
            unit: params.unit,
            rows,
        },
        issues: Default::default(),
        caveats,
    })
}

/// Checks that a model fits this program.
pub(super) fn params_of(model: &Model) -> Result<CheckedLabelParams, ScoringError> {
    model.check().map_err(|message| ScoringError::Mismatch {
        model: model.id(),
        message,
    })
}

/// What is to be judged beside its features.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub standing: Standing,
    pub own: OwnRecord,
}

impl Subject {
    pub fn of(row: &PanelRow) -> Subject {
        Subject {
            standing: row.standing,
            own: row.own,
        }
    }
}

/// What a model says of one row.
pub(super) struct Verdict {
    pub probability: f64,
    pub points: f64,
    pub grade: char,
    pub reasons: Vec<String>,
    pub basis: Basis,
}

impl Verdict {
    pub fn score(self, row: &PanelRow) -> Score {
        Score {
            customer: row.customer,
            document: row.document,
            probability: self.probability,
            points: self.points,
            grade: self.grade,
            reasons: self.reasons,
            basis: self.basis,
        }
    }
}

/// Judges rows of features, `(n_rows, n_features)`, block by block on all cores.
pub(super) fn judge(
    model: &Model,
    params: &CheckedLabelParams,
    x: ArrayView2<'_, f64>,
    subjects: &[Subject],
) -> Vec<Verdict> {
    let least = model.least_points();
    let log_odds = model.log_odds(x);
    let blocks: Vec<_> = x.axis_chunks_iter(Axis(0), BLOCK).enumerate().collect();
    let of_block = |(block, x): (usize, ArrayView2<'_, f64>)| {
        let first = block * BLOCK;
        let subjects = &subjects[first..first + x.nrows()];
        let own: Vec<OwnRecord> = subjects.iter().map(|subject| subject.own).collect();
        let reasons = model.reasons(x, Some(&own), N_REASONS).into_iter();
        let one = |(position, reasons): (usize, Vec<String>)| {
            let (standing, log_odds) = (subjects[position].standing, log_odds[first + position]);
            let points = match standing {
                Standing::AlreadyBad => least,
                Standing::New | Standing::Known => model.points(x.row(position), log_odds),
            };
            verdict(model, params, standing, (log_odds, points), reasons)
        };
        reasons.enumerate().map(one).collect::<Vec<_>>()
    };
    let of_blocks: Vec<Vec<Verdict>> = blocks.into_par_iter().map(of_block).collect();
    of_blocks.into_iter().flatten().collect()
}

fn verdict(
    model: &Model,
    params: &CheckedLabelParams,
    standing: Standing,
    (log_odds, points): (f64, f64),
    of_model: Vec<String>,
) -> Verdict {
    let (probability, basis) = match standing {
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
            reasons
                .push("no earlier invoice has a known end: scored from the late share of customers like it".to_owned());
        }
        (Basis::History, _) => {}
    }
    reasons.extend(of_model);
    reasons.truncate(N_REASONS);
    Verdict {
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

/// Says how scores with such bases are to be read.
pub(super) fn caveats(bases: &[Basis], as_of: AsOf, model: &Model) -> Vec<Caveat> {
    let count = |wanted: Basis| bases.iter().filter(|basis| **basis == wanted).count();
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
            "{n_prior} rows have no history and carry the late share of customers like them (basis `prior`)"
        )));
    }
    // A made-up ledger has seen nothing of this one.
    if model.mark.is_none() && model.as_of().is_some_and(|trained| trained > as_of) {
        caveats.push(Caveat(format!(
            "model {} was trained as of {}, after {as_of}: it has seen what came later",
            model.id(),
            model.trained_as_of
        )));
    }
    if !model.validation.refusals.is_empty() {
        caveats.push(Caveat(format!("the quality gate refused model {}", model.id())));
    }
    if let Some(mark) = &model.mark {
        caveats.push(Caveat(format!("model {} is {mark}", model.id())));
    }
    caveats
}
