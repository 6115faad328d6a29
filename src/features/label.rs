//! Labels: how the rows of a panel ended, as far as that is known.

use rayon::prelude::*;

use super::panel::{Panel, PanelRow, Standing};
use super::view::standing;
use super::{CheckedLabelParams, Unit};
use crate::calendar::{AsOf, Day};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::table::Table;

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Settled in time, by cash or by credit.
    Good,
    /// More than the materiality was unsettled when the days late had passed.
    Bad,
    /// Unsettled, but in dispute when the days late had passed.
    Indeterminate,
    /// Delinquent on the as-of day already: nothing is left to predict.
    AlreadyBad,
    /// A dormant customer: nothing open on the day and no document in the year before it.
    Excluded,
    /// The outcome is not known yet.
    TooYoung,
}

/// A row's outcome and the day on whose end it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// How it ended.
    pub outcome: Outcome,
    /// From the end of this day on the outcome is known; for a row too young, it will be.
    pub matures_on: Day,
}

/// Rows by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelCounts {
    /// Settled in time.
    pub good: u64,
    /// Delinquent.
    pub bad: u64,
    /// Unsettled in dispute.
    pub indeterminate: u64,
    /// Delinquent on the as-of day already.
    pub already_bad: u64,
    /// Dormant customers.
    pub excluded: u64,
    /// Not known yet.
    pub too_young: u64,
}

impl LabelCounts {
    /// Counts outcomes.
    pub fn of(labels: impl IntoIterator<Item = Outcome>) -> LabelCounts {
        let mut counts = LabelCounts::default();
        for outcome in labels {
            *match outcome {
                Outcome::Good => &mut counts.good,
                Outcome::Bad => &mut counts.bad,
                Outcome::Indeterminate => &mut counts.indeterminate,
                Outcome::AlreadyBad => &mut counts.already_bad,
                Outcome::Excluded => &mut counts.excluded,
                Outcome::TooYoung => &mut counts.too_young,
            } += 1;
        }
        counts
    }

    /// Returns the counts as a table with the columns `outcome`, `n` and `meaning`.
    pub fn table(&self) -> Table {
        let rows = [
            ("good", self.good, "settled in time"),
            ("bad", self.bad, "delinquent"),
            ("indeterminate", self.indeterminate, "unsettled, in dispute"),
            (
                "already_bad",
                self.already_bad,
                "delinquent on the as-of day already: not trained on",
            ),
            (
                "excluded",
                self.excluded,
                "dormant: nothing open and no document for a year",
            ),
            ("too_young", self.too_young, "the outcome is not known yet"),
        ];
        Table::new("labels")
            .text("outcome", rows.map(|(outcome, _, _)| outcome.to_owned()))
            .int("n", rows.map(|(_, n, _)| n as i64))
            .text("meaning", rows.map(|(_, _, meaning)| meaning.to_owned()))
    }
}

/// A customer with nothing open and no document for so many days is dormant.
const DORMANT_DAYS: i32 = 365;

/// Says how each row of a panel ended, from what was known at the end of `known`.
pub fn outcomes(ledger: &Ledger, panel: &Panel, known: AsOf) -> Vec<Labelled> {
    let params = *panel.params();
    panel
        .rows()
        .par_iter()
        .map(|row| {
            let customer = CustomerHistory::of(ledger, row.customer, Some(known.0));
            match params.unit {
                Unit::Invoice => invoice(ledger, &customer, row, &params, known),
                Unit::Customer => of_customer(ledger, &customer, row, &params, known),
            }
        })
        .collect()
}

fn invoice(
    ledger: &Ledger,
    customer: &CustomerHistory<'_>,
    row: &PanelRow,
    params: &CheckedLabelParams,
    known: AsOf,
) -> Labelled {
    let document = row.document.expect("a row of an invoice panel names its document");
    let history = customer.document(document);
    let due = history
        .document
        .due_on
        .expect("a row of an invoice panel has a due day");
    let matures_on = due + params.days_late;
    let outcome = if row.standing == Standing::AlreadyBad {
        Outcome::AlreadyBad
    } else if matures_on > known.0 {
        Outcome::TooYoung
    } else {
        end_of(ledger, customer, &history, matures_on, params, known)
    };
    Labelled { outcome, matures_on }
}

fn of_customer(
    ledger: &Ledger,
    customer: &CustomerHistory<'_>,
    row: &PanelRow,
    params: &CheckedLabelParams,
    known: AsOf,
) -> Labelled {
    let (day, matures_on) = (row.as_of.0, row.as_of.0 + params.horizon);
    let labelled = |outcome| Labelled { outcome, matures_on };
    if row.standing == Standing::AlreadyBad {
        return labelled(Outcome::AlreadyBad);
    }
    if matures_on > known.0 {
        return labelled(Outcome::TooYoung);
    }
    let (mut is_active, mut disputed) = (false, false);
    for document in customer.documents() {
        let facts = document.document;
        let Some(due) = facts.due_on.filter(|_| facts.is_claim()) else {
            continue;
        };
        is_active |= facts.issued_on <= day && facts.issued_on > day - DORMANT_DAYS;
        let enters = facts.issued_on > day && facts.issued_on <= day + params.entering;
        // A claim that was given up is not paid, but nothing of it is at risk any more.
        let is_open = document.open_on(day) > Total::ZERO
            && standing(&document, day, params.materiality).unsettled > Total::from(params.materiality);
        if !enters && !is_open {
            continue;
        }
        is_active |= is_open;
        let passes_on = (due + params.days_late).max(facts.issued_on);
        if passes_on > matures_on {
            continue;
        }
        match end_of(ledger, customer, &document, passes_on, params, known) {
            Outcome::Bad => return labelled(Outcome::Bad),
            Outcome::Indeterminate => disputed = true,
            _ => {}
        }
    }
    // Whether something enters is not known on the day: who is left alone by that is good, not excluded.
    labelled(match (disputed, is_active) {
        (true, _) => Outcome::Indeterminate,
        (false, true) => Outcome::Good,
        (false, false) => Outcome::Excluded,
    })
}

/// Returns how a claim stands at the end of the day on which it would be delinquent.
fn end_of(
    ledger: &Ledger,
    customer: &CustomerHistory<'_>,
    document: &DocumentHistory<'_>,
    day: Day,
    params: &CheckedLabelParams,
    known: AsOf,
) -> Outcome {
    if standing(document, day, params.materiality).unsettled <= Total::from(params.materiality) {
        return Outcome::Good;
    }
    let invoice_id = ledger.invoice_id(document.ix);
    let disputed = customer.disputes.iter().any(|dispute| {
        let concerns = dispute.document.is_some_and(|ix| ledger.invoice_id(ix) == invoice_id);
        concerns && dispute.is_open_on(day, known.0)
    });
    if disputed { Outcome::Indeterminate } else { Outcome::Bad }
}
