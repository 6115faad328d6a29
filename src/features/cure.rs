//! The cure view: what became of what was delinquent already, which no delinquency model is trained on.

use rayon::prelude::*;

use super::label::{Labelled, Outcome, is_disputed};
use super::panel::{Panel, PanelRow, Standing};
use super::standing::standing;
use super::{CheckedLabelParams, Unit};
use crate::calendar::{AsOf, Day};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ledger::Facts;
use crate::money::Total;

/// Says whether each row of [`Panel::already_bad`] was cured `horizon` days after its day, as far as that is known at the end
/// of `known`.
///
/// [`Outcome::Good`] is cured: of an invoice no more than the materiality is unsettled; a customer has no claim left that is
/// so unsettled `days_late` days or more after it was due. What was given up meanwhile is not cured; unsettled and in dispute is
/// indeterminate.
pub fn cures_of_part(facts: &Facts<'_>, panel: &Panel, known: AsOf) -> Vec<Labelled> {
    let params = panel.params();
    let of_row = |row: &PanelRow| {
        let matures_on = row.as_of.0 + params.horizon;
        let outcome = if row.standing != Standing::AlreadyBad {
            Outcome::Excluded
        } else if matures_on > known.0 {
            Outcome::TooYoung
        } else {
            let customer = CustomerHistory::from_facts(facts, row.customer, Some(known.0));
            outcome(&customer, row, params, matures_on, known)
        };
        Labelled { outcome, matures_on }
    };
    panel.rows().par_iter().map(of_row).collect()
}

fn outcome(
    customer: &CustomerHistory<'_>,
    row: &PanelRow,
    params: &CheckedLabelParams,
    end: Day,
    known: AsOf,
) -> Outcome {
    let is_left = |claim: &DocumentHistory<'_>| {
        standing(claim, end, params.materiality).unsettled > Total::from(params.materiality)
    };
    let left: Vec<DocumentHistory<'_>> = match (params.unit, row.document) {
        (Unit::Invoice, Some(document)) => [customer.document(document)].into_iter().filter(is_left).collect(),
        _ => {
            let was_given_up =
                |claim: &DocumentHistory<'_>| standing(claim, row.as_of.0, params.materiality).open <= Total::ZERO;
            let is_delinquent = |claim: &DocumentHistory<'_>| {
                let document = claim.document;
                let is_late = document.due_on.is_some_and(|due| due + params.days_late <= end);
                document.is_claim() && document.issued_on <= end && is_late
            };
            let claims = customer.documents().filter(is_delinquent).filter(is_left);
            // A claim given up before the day was not at risk on it any more.
            claims
                .filter(|claim| claim.document.issued_on > row.as_of.0 || !was_given_up(claim))
                .collect()
        }
    };
    if left.is_empty() {
        Outcome::Good
    } else if left.iter().all(|claim| is_disputed(customer, claim, end, known)) {
        Outcome::Indeterminate
    } else {
        Outcome::Bad
    }
}
