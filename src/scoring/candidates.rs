//! Scoring: documents that are not in the ledger yet, such as an order about to ship.

use super::score::{Subject, caveats, judge, params_of};
use super::{Basis, N_REASONS, Said, ScoringError, Source, Unit};
use crate::calendar::{AsOf, Day};
use crate::features::{Candidate, Panel, Standing};
use crate::ledger::Ledger;
use crate::money::{Amount, Currency};
use crate::outcome::{Checked, Issue, IssueCode, Issues, Place};
use crate::records::{RecordTable, Records};
use crate::risk::Model;
use crate::table::Table;

/// A document as it would be issued, with the ids that its file gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCandidate {
    /// Its own id.
    pub invoice_id: String,
    /// Whose it is.
    pub customer_id: String,
    /// What is scored.
    pub candidate: Candidate,
}

/// The scores of candidates by one model, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateScores {
    /// Which model: `name/version`.
    pub model_id: String,
    /// What the model must not be taken for; `None` of a model that stands for itself.
    pub mark: Option<String>,
    /// Facts known by the end of this day, nothing later.
    pub as_of: AsOf,
    /// One score each.
    pub rows: Vec<CandidateScore>,
}

/// The score of one candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateScore {
    /// Its own id.
    pub invoice_id: String,
    /// Whose it is.
    pub customer_id: String,
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

/// Takes the candidates out of rows of the `invoices` table; what cannot be scored is left out with an issue.
///
/// A customer that the ledger does not know is kept, and so is a document that is due before its issue. Returns the number of rows
/// left out beside the candidates.
pub fn candidates(ledger: &Ledger, records: &Records) -> Checked<(Vec<NamedCandidate>, usize)> {
    let (mut named, mut issues, mut n_left_out) = (Vec::new(), Issues::default(), 0);
    if let Some(rows) = records.table("invoices") {
        for row in 0..rows.rows.n_rows() {
            match candidate(ledger, rows, row) {
                Ok(candidate) => {
                    if candidate.candidate.customer.is_none() {
                        issues.push(Issue {
                            code: IssueCode::CustomerUnknown,
                            place: place(records, rows, row, "customer_id"),
                            message: format!("customer `{}` is not in the ledger", candidate.customer_id),
                            action: "kept, scored as a customer without a history".to_owned(),
                            hint: None,
                        });
                    }
                    named.push(candidate);
                }
                Err((code, column, message)) => {
                    n_left_out += 1;
                    issues.push(Issue {
                        code,
                        place: place(records, rows, row, column),
                        message,
                        action: "not scored".to_owned(),
                        hint: None,
                    });
                }
            }
        }
    }
    Checked {
        value: (named, n_left_out),
        issues,
        caveats: Vec::new(),
    }
}

fn candidate(
    ledger: &Ledger,
    rows: &RecordTable,
    row: usize,
) -> Result<NamedCandidate, (IssueCode, &'static str, String)> {
    let text = |column: &str| {
        let words = rows.rows.texts(column)?;
        words.at(row).map(str::to_owned)
    };
    let day = |column: &str| {
        let days = rows.rows.days(column)?;
        days.at(row).map(Day::from_epoch)
    };
    let missing = |column: &'static str| (IssueCode::ValueMissing, column, format!("`{column}` is empty"));
    let invoice_id = text("invoice_id").ok_or_else(|| missing("invoice_id"))?;
    let customer_id = text("customer_id").ok_or_else(|| missing("customer_id"))?;
    let kind = text("kind").unwrap_or_default();
    if kind == "credit_note" {
        let message = format!("`{invoice_id}` is a credit note, expected a document that is to be paid");
        return Err((IssueCode::KindUnknown, "kind", message));
    }
    let amount = rows.rows.amounts("amount").and_then(|amounts| amounts.at(row));
    let amount = amount.filter(|amount| *amount > Amount::ZERO).ok_or_else(|| {
        let message = format!("the amount of `{invoice_id}` is not above zero: nothing can be paid late");
        (IssueCode::AmountNegative, "amount", message)
    })?;
    let due_on = day("due_on").ok_or_else(|| {
        let message = format!("`{invoice_id}` has no due date, and late means late after it");
        (IssueCode::DueOnMissing, "due_on", message)
    })?;
    Ok(NamedCandidate {
        candidate: Candidate {
            customer: ledger.find_customer(&customer_id),
            issued_on: day("issued_on").ok_or_else(|| missing("issued_on"))?,
            due_on,
            amount,
            currency: text("currency")
                .and_then(|word| Currency::parse(&word).ok())
                .ok_or_else(|| missing("currency"))?,
        },
        invoice_id,
        customer_id,
    })
}

fn place(records: &Records, rows: &RecordTable, row: usize, column: &str) -> Place {
    let source = rows.sources.at(row);
    Place {
        file: source.map_or_else(
            || "invoices".to_owned(),
            |source| records.files[source.file as usize].clone(),
        ),
        line: source.map(|source| source.line),
        column: Some(column.to_owned()),
    }
}

/// Scores documents that are not in the ledger yet by a model of invoices: each as it would score at the end of the day, had it alone been
/// issued by then.
///
/// # Errors
/// The model does not fit this program, or scores customers.
pub fn score_candidates(
    ledger: &Ledger,
    as_of: AsOf,
    model: &Model,
    candidates: &[NamedCandidate],
) -> Result<Checked<CandidateScores>, ScoringError> {
    let params = params_of(model)?;
    if params.unit != Unit::Invoice {
        return Err(ScoringError::OtherUnit {
            model: model.id(),
            found: params.unit.as_str(),
            expected: Unit::Invoice.as_str(),
        });
    }
    let bare: Vec<Candidate> = candidates.iter().map(|named| named.candidate).collect();
    let found = Panel::of_candidates(ledger, as_of, &params, &bare);
    let subject = |position: usize| Subject {
        standing: match (
            as_of.0 - bare[position].due_on >= params.days_late,
            found.has_history[position],
        ) {
            (true, _) => Standing::AlreadyBad,
            (false, true) => Standing::Known,
            (false, false) => Standing::New,
        },
        own: found.own[position],
    };
    let subjects: Vec<Subject> = (0..bare.len()).map(subject).collect();
    let verdicts = judge(model, &params, found.x.view(), &subjects);
    let rows: Vec<CandidateScore> = candidates
        .iter()
        .zip(verdicts)
        .map(|(named, verdict)| CandidateScore {
            invoice_id: named.invoice_id.clone(),
            customer_id: named.customer_id.clone(),
            probability: verdict.probability,
            points: verdict.points,
            grade: verdict.grade,
            reasons: verdict.reasons,
            basis: verdict.basis,
        })
        .collect();
    let bases: Vec<Basis> = rows.iter().map(|row| row.basis).collect();
    Ok(Checked {
        caveats: caveats(&bases, as_of, model),
        issues: Issues::default(),
        value: CandidateScores {
            model_id: model.id(),
            mark: model.mark.clone(),
            as_of,
            rows,
        },
    })
}

impl CandidateScores {
    /// Returns one row per candidate, with the columns of the scores of invoices.
    pub fn table(&self) -> Table {
        let rows = self.rows.iter();
        let said = rows.clone().map(|row| Said {
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
            n_reasons: N_REASONS,
        };
        let table = Table::new("scores")
            .text("invoice_id", rows.clone().map(|row| row.invoice_id.clone()))
            .text("customer_id", rows.map(|row| row.customer_id.clone()));
        source.on(table, &said.collect::<Vec<_>>())
    }
}
