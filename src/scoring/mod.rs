//! Scores: the probability of going delinquent, as points and a grade, with its reasons.
//!
//! [`score`] takes what is open on a day, [`score_candidates`] documents that are not in the ledger yet, [`score_accounts`] the rows of a table
//! from elsewhere; [`explain`] opens one score up: its whole arithmetic, and what would move its grade.

mod accounts;
mod candidates;
mod explain;
mod score;

use crate::calendar::AsOf;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::table::Table;

pub use self::accounts::score_accounts;
pub use self::candidates::{CandidateScore, CandidateScores, NamedCandidate, candidates, score_candidates};
pub use self::explain::{Explained, Payment, Wanted, explain};
pub use self::score::{ScoringError, score};
pub use crate::features::Unit;

/// The scores of one day by one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Which model: `name/version`.
    pub model_id: String,
    /// What the model must not be taken for; `None` of a model that stands for itself.
    pub mark: Option<String>,
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
    /// What the score rests on.
    pub basis: Basis,
}

/// What a score rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The customer's own history.
    History,
    /// The late share of customers like it, or of the portfolio: no earlier invoice of the customer has a known end.
    Prior,
    /// Nothing to predict: already as late as the model's label.
    AlreadyLate,
}

impl Basis {
    /// Returns the word of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Basis::History => "history",
            Basis::Prior => "prior",
            Basis::AlreadyLate => "already_late",
        }
    }
}

/// Reasons a table has columns for.
pub const N_REASONS: usize = 4;

impl Scores {
    /// Returns one row per score: `invoice_id` where documents are scored, `customer_id`, `probability`, `score`, `grade`, `reason_1` to
    /// `reason_4`, `model_id`, `as_of`, `basis`, `mark`.
    pub fn table(&self, ledger: &Ledger) -> Table {
        self.table_with(ledger, N_REASONS)
    }

    /// Returns the same table with columns for so many reasons.
    fn table_with(&self, ledger: &Ledger, n_reasons: usize) -> Table {
        let rows = &self.rows;
        let mut table = Table::new("scores");
        if self.unit == Unit::Invoice {
            let ids = rows
                .iter()
                .map(|row| row.document.map(|document| ledger.invoice_id(document).to_owned()));
            table = table.text("invoice_id", ids);
        }
        let customers = rows.iter().map(|row| ledger.customer_id(row.customer).to_owned());
        let said = rows.iter().map(|row| Said {
            probability: row.probability,
            points: row.points,
            grade: row.grade,
            reasons: &row.reasons,
            basis: row.basis,
        });
        let source = Source {
            model_id: &self.model_id,
            mark: self.mark.as_deref(),
            as_of: self.as_of,
            n_reasons,
        };
        source.on(table.text("customer_id", customers), &said.collect::<Vec<_>>())
    }
}

/// What a model says of a row, of whatever kind.
struct Said<'a> {
    probability: f64,
    points: f64,
    grade: char,
    reasons: &'a [String],
    basis: Basis,
}

/// Who says it, and from what was known when.
struct Source<'a> {
    model_id: &'a str,
    mark: Option<&'a str>,
    as_of: AsOf,
    /// Reasons there are columns for.
    n_reasons: usize,
}

impl Source<'_> {
    /// Adds the columns that every table of scores has.
    fn on(&self, table: Table, rows: &[Said<'_>]) -> Table {
        let mut table = table
            .note("model", self.model_id)
            .note("as_of", self.as_of)
            .real("probability", rows.iter().map(|row| row.probability))
            .real("score", rows.iter().map(|row| row.points))
            .text("grade", rows.iter().map(|row| row.grade.to_string()));
        if let Some(mark) = self.mark {
            table = table.note("mark", mark);
        }
        for position in 0..self.n_reasons {
            let reasons = rows.iter().map(|row| row.reasons.get(position).cloned());
            table = table.text(&format!("reason_{}", position + 1), reasons);
        }
        table
            .text("model_id", rows.iter().map(|_| self.model_id.to_owned()))
            .day("as_of", rows.iter().map(|_| self.as_of.0))
            .text("basis", rows.iter().map(|row| row.basis.as_str().to_owned()))
            .text("mark", rows.iter().map(|_| self.mark.map(str::to_owned)))
    }
}
