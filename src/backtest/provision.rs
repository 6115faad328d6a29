//! The allowance of past days against the losses that came.
//!
//! # Definition
//! On each day the claims open on it are provided for from what was known then. Lost is what was written off of them since, net of recoveries, up to the as-of day;
//! open is what is still open of them: until it is settled the loss can grow. Provided / lost is above 1 where too much was provided so far.
//! # Edge cases
//! Claims without a rate are not compared. Nothing lost: null.

use super::losses::written_off_net;
use crate::calendar::AsOf;
use crate::forecast::provision::{ProvisionError, ProvisionParams, provision};
use crate::history::CustomerHistory;
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::table::Table;

/// The allowance of one currency on one day, and what became of its claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedProvision {
    /// The day.
    pub as_of: AsOf,
    /// Currency.
    pub currency: Currency,
    /// Claims that were open and had a rate.
    pub exposed: Total,
    /// What was provided for them.
    pub provided: Total,
    /// What was written off of them since, net of recoveries.
    pub lost: Total,
    /// What is still open of them.
    pub open: Total,
}

/// Judges the allowance of each day by what is known on a later one.
///
/// # Errors
/// What [`provision`] refuses on any of the days.
pub fn replay_provision(
    ledger: &Ledger,
    days: &[AsOf],
    known_on: AsOf,
    params: &ProvisionParams,
) -> Result<Vec<JudgedProvision>, ProvisionError> {
    let mut judged = Vec::new();
    for &as_of in days {
        let made = provision(ledger, as_of, params)?.value;
        for currency in made.currencies() {
            let mut row = JudgedProvision {
                as_of,
                currency,
                exposed: Total::ZERO,
                provided: Total::ZERO,
                lost: Total::ZERO,
                open: Total::ZERO,
            };
            for claim in made.claims.iter().filter(|claim| claim.place.currency == currency) {
                let Some(provided) = claim.provision else { continue };
                let customer = ledger.document(claim.document).customer;
                let history = CustomerHistory::of(ledger, customer, Some(known_on.0));
                row.exposed += claim.open;
                row.provided += provided;
                row.open += history.document(claim.document).open_on(known_on.0).max(Total::ZERO);
                row.lost += written_off_net(&history, claim.document, as_of.0, known_on.0);
            }
            judged.push(row);
        }
    }
    Ok(judged)
}

/// Returns one row per day and currency.
pub fn provision_table(judged: &[JudgedProvision], known_on: AsOf) -> Table {
    let money = |of: fn(&JudgedProvision) -> Total| judged.iter().map(of);
    Table::new("provision_record")
        .day("as_of", judged.iter().map(|row| row.as_of.0))
        .text("currency", judged.iter().map(|row| row.currency.to_string()))
        .money("exposed", money(|row| row.exposed))
        .money("provided", money(|row| row.provided))
        .money("lost", money(|row| row.lost))
        .money("still_open", money(|row| row.open))
        .real(
            "provided_over_lost",
            judged.iter().map(|row| row.provided.ratio(row.lost)),
        )
        .note("known_on", known_on)
        .note(
            "lost",
            "written off of the claims of the day since, net of recoveries; what is still open can add to it",
        )
}
