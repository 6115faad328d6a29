//! One score opened up: its whole arithmetic, its reasons, and the smallest changes that would move its grade.

use std::collections::BTreeMap;
use std::convert::Infallible;

use ndarray::Array2;

use super::score::{Subject, caveats, judge, params_of};
use super::{Basis, Scores, ScoringError, Unit};
use crate::calendar::{AsOf, Day};
use crate::features::{CheckedLabelParams, Panel, PanelRow, Standing};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::risk::{Arithmetic, Changes, Model, Outlook};
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
    /// Where paying the oldest items past due leads, one more at a time; of customers.
    pub payments: Vec<Payment>,
    /// Every reason, however small.
    pub reasons: Vec<String>,
    /// Money that is already as late as the label, by currency.
    pub late: BTreeMap<Currency, Total>,
}

/// Where paying some of a customer's oldest items past due leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    /// How many of them.
    pub n_items: usize,
    /// What they cost, by currency.
    pub money: BTreeMap<Currency, Total>,
    /// What the model says then, every feature taken anew; `None` while something is as late as the label.
    pub outlook: Option<Outlook>,
}

/// Items whose payment is looked at, at most.
const MOST_ITEMS: usize = 50;

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
    let payments = match wanted {
        Wanted::Customer(customer) => payments(ledger, as_of, (model, &params), customer),
        Wanted::Document(..) => Vec::new(),
    };
    let moving = payments
        .iter()
        .find(|payment| payment.outlook.is_some_and(|outlook| outlook.grade < score.grade));
    match moving {
        Some(payment) => caveats.push(Caveat(payment.in_words())),
        None => caveats.extend(changes.as_ref().and_then(Changes::verdict).map(Caveat)),
    }
    if is_late {
        caveats.push(Caveat(format!(
            "nothing counts before what is {} days past due or more ({}) is settled; the arithmetic is what the model would say of the rest",
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
            payments,
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

/// Pays the customer's items past due one after the other, the oldest first, and judges it anew after each.
fn payments(
    ledger: &Ledger,
    as_of: AsOf,
    (model, params): (&Model, &CheckedLabelParams),
    customer: CustomerIx,
) -> Vec<Payment> {
    let mut items: Vec<(Day, DocumentIx, Currency, Total)> = CustomerHistory::of(ledger, customer, Some(as_of.0))
        .documents()
        .filter_map(|item| {
            let due_on = item
                .document
                .due_on
                .filter(|due_on| item.document.is_claim() && *due_on < as_of.0)?;
            let open = item.open_on(as_of.0);
            (open > Total::ZERO).then_some((due_on, item.ix, item.document.currency, open))
        })
        .collect();
    items.sort_unstable();
    items.truncate(MOST_ITEMS);
    let documents: Vec<DocumentIx> = items.iter().map(|(_, ix, _, _)| *ix).collect();
    let paid: Vec<&[DocumentIx]> = (1..=documents.len()).map(|n| &documents[..n]).collect();
    if paid.is_empty() {
        return Vec::new();
    }
    let panel = Panel::of_payments(ledger, as_of, params, customer, &paid);
    let outlooks = model.outlooks(panel.x().view());
    let mut money = BTreeMap::new();
    let rows = panel.rows().iter().zip(outlooks).zip(&items);
    rows.enumerate()
        .map(|(position, ((row, outlook), (_, _, currency, open)))| {
            *money.entry(*currency).or_insert(Total::ZERO) += *open;
            Payment {
                n_items: position + 1,
                money: money.clone(),
                outlook: (row.standing != Standing::AlreadyBad).then_some(outlook),
            }
        })
        .collect()
}

impl Payment {
    fn in_words(&self) -> String {
        let (items, grade) = (self.n_items, self.outlook.map_or('F', |outlook| outlook.grade));
        let which = match items {
            1 => "the oldest item past due".to_owned(),
            n => format!("the {n} oldest items past due"),
        };
        format!("paying {which} ({}) gives grade {grade}", in_words(&self.money))
    }

    /// Returns one row per payment: `items`, `money` (with its currencies), `grade`, `probability`, `score`; empty while something is as late as the label.
    fn table(payments: &[Payment]) -> Table {
        let rows = payments.iter();
        Table::new("payments")
            .note(
                "items",
                "past due, the oldest first, paid in full on the day; every feature taken anew",
            )
            .int("items", rows.clone().map(|row| row.n_items as i64))
            .text("money", rows.clone().map(|row| in_words(&row.money)))
            .text("grade", rows.clone().map(|row| Some(row.outlook?.grade.to_string())))
            .real("probability", rows.clone().map(|row| Some(row.outlook?.probability)))
            .real("score", rows.map(|row| Some(row.outlook?.points)))
    }
}

fn in_words(money: &BTreeMap<Currency, Total>) -> String {
    let sums: Vec<String> = money
        .iter()
        .map(|(currency, sum)| format!("{sum} {currency}"))
        .collect();
    sums.join(", ")
}

impl Explained {
    /// Returns the tables of the explanation: the score, its reasons, its arithmetic, unless it is already late what would
    /// move the grade, and of a customer where paying leads.
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
        if !self.payments.is_empty() {
            tables.push(Payment::table(&self.payments));
        }
        tables
    }
}
