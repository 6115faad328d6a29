//! One score opened up: its whole arithmetic, its reasons, and the smallest changes that would move its grade.

use std::collections::BTreeMap;
use std::convert::Infallible;

use ndarray::Array2;

use super::score::{Subject, caveats, judge, params_of};
use super::{Basis, Scores, ScoringError, Unit};
use crate::calendar::AsOf;
use crate::features::{CheckedLabelParams, Panel, PanelRow};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::risk::{Arithmetic, Changes, Model};
use crate::table::Table;

/// Whose score is to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A customer's, by a model of customers.
    Customer(CustomerIx),
    /// A document's, by a model of invoices.
    Document(CustomerIx, DocumentIx),
}

/// A score with everything behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The score, alone.
    pub scores: Scores,
    /// How it adds up. What is already late has no score of the model's: this is what the model would say.
    pub arithmetic: Arithmetic,
    /// What would move the grade; `None` of what is already late.
    pub changes: Option<Changes>,
    /// Every reason, however small.
    pub reasons: Vec<String>,
    /// Money that is already as late as the label, by currency.
    pub late: BTreeMap<Currency, Total>,
}

/// A row of the panel with its features.
type Row = (PanelRow, Vec<f64>);

/// Explains the score of a customer, or of an open document, at the end of a day.
///
/// # Errors
/// The model does not fit this program, is of another unit, or the ledger has no such row on the day.
pub fn explain(
    ledger: &Ledger,
    as_of: AsOf,
    model: &Model,
    wanted: Wanted,
) -> Result<Checked<Explained>, ScoringError> {
    let params = params_of(model)?;
    let expected = match wanted {
        Wanted::Customer(_) => Unit::Customer,
        Wanted::Document(..) => Unit::Invoice,
    };
    if params.unit != expected {
        return Err(ScoringError::OtherUnit {
            model: model.id(),
            found: params.unit.as_str(),
            expected: expected.as_str(),
        });
    }
    let (row, values) = row(ledger, as_of, &params, wanted).ok_or_else(|| nothing(ledger, as_of, wanted))?;
    let x = Array2::from_shape_vec((1, values.len()), values).expect("one row has as many columns as values");
    let score = judge(model, &params, x.view(), &[Subject::of(&row)])
        .pop()
        .expect("one verdict for each row")
        .score(&row);
    let is_late = score.basis == Basis::AlreadyLate;
    let changes = (!is_late).then(|| model.changes(x.row(0)));
    let late = late_money(ledger, as_of, &params, wanted);
    let mut caveats = caveats(&[score.basis], as_of, model);
    caveats.extend(changes.as_ref().and_then(Changes::verdict).map(Caveat));
    if is_late {
        caveats.push(Caveat(format!(
            "only settling what is {} days past due or more ({}) moves the grade; the arithmetic is what the model would say without it",
            params.days_late,
            in_words(&late)
        )));
    }
    Ok(Checked {
        caveats,
        issues: Default::default(),
        value: Explained {
            arithmetic: model.arithmetic(x.row(0)),
            changes,
            reasons: model.reasons(x.view(), Some(&[row.own]), x.ncols()).concat(),
            late,
            scores: Scores {
                model_id: model.id(),
                mark: model.mark.clone(),
                as_of,
                unit: params.unit,
                rows: vec![score],
            },
        },
    })
}

/// Finds a row of the panel of a day.
fn row(ledger: &Ledger, as_of: AsOf, params: &CheckedLabelParams, wanted: Wanted) -> Option<Row> {
    let is_wanted = |row: &PanelRow| match wanted {
        Wanted::Customer(customer) => row.customer == customer,
        Wanted::Document(_, document) => row.document == Some(document),
    };
    let mut found = None;
    let Ok(()) = Panel::build_in_parts(
        ledger,
        &[as_of],
        params,
        |part, _| {
            let position = part.rows().iter().position(is_wanted)?;
            Some((part.rows()[position], part.x().row(position).to_vec()))
        },
        |row| {
            found = found.take().or(row);
            Ok::<(), Infallible>(())
        },
    );
    found
}

fn nothing(ledger: &Ledger, as_of: AsOf, wanted: Wanted) -> ScoringError {
    let (what, reason) = match wanted {
        Wanted::Customer(customer) => (
            format!("customer `{}`", ledger.customer_id(customer)),
            "nothing of it was known by then",
        ),
        Wanted::Document(_, document) => (
            format!("invoice `{}`", ledger.invoice_id(document)),
            "it is not an open invoice with a due day then",
        ),
    };
    ScoringError::NoRow {
        what,
        as_of,
        reason: reason.to_owned(),
    }
}

/// Adds up what is open and already as late as the label: of the document, or of all of the customer's.
fn late_money(ledger: &Ledger, as_of: AsOf, params: &CheckedLabelParams, wanted: Wanted) -> BTreeMap<Currency, Total> {
    let (customer, document) = match wanted {
        Wanted::Customer(customer) => (customer, None),
        Wanted::Document(customer, document) => (customer, Some(document)),
    };
    let mut late = BTreeMap::new();
    for item in CustomerHistory::of(ledger, customer, Some(as_of.0)).documents() {
        let is_late = item.document.is_claim()
            && item
                .document
                .due_on
                .is_some_and(|due_on| as_of.0 - due_on >= params.days_late)
            && document.is_none_or(|document| document == item.ix);
        let open = item.open_on(as_of.0);
        if is_late && open > Total::ZERO {
            *late.entry(item.document.currency).or_insert(Total::ZERO) += open;
        }
    }
    late
}

fn in_words(money: &BTreeMap<Currency, Total>) -> String {
    let sums: Vec<String> = money
        .iter()
        .map(|(currency, sum)| format!("{sum} {currency}"))
        .collect();
    sums.join(", ")
}

impl Explained {
    /// Returns the tables of the explanation: the score, its reasons, its arithmetic and, unless it is already late, what would move the grade.
    pub fn tables(&self, ledger: &Ledger) -> Vec<Table> {
        let reasons = Table::new("reasons")
            .int("weight", 1..=self.reasons.len() as i64)
            .text("reason", self.reasons.iter().cloned());
        let mut tables = vec![
            self.scores.table_with(ledger, 0).named("score"),
            reasons,
            self.arithmetic.table(),
        ];
        tables.extend(self.changes.as_ref().map(Changes::table));
        tables
    }
}
