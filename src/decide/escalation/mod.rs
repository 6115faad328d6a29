//! The ladder of steps that an overdue item climbs, and what follows after the last.
//!
//! # Definition
//! The days of the ladder count from the item's own due day, and its next step is the one after the last that was done: never a higher one, however
//! old it is, and never the same again. A step is due from the later of its day and the least days after the step before. The reminder before the due
//! day is level 0; it lapses on the due day. One contact of a customer, at the highest level due, is the next step of every item of which one is due, each at its own
//! level. An item pauses while nothing of it is free: disputed, promised until the promise's day and tolerance, covered by unapplied cash or credits, in a plan that is
//! kept; while it is with an agency; and while its customer is bankrupt, in litigation or not to be contacted. A pause keeps the level.
//! # Inputs
//! Accounts, promises, plans, placements and the `steps` table as known on the day. A step counts from the day it was posted. One that
//! names an invoice of several instalments, or the account, is the next step of each open item of it where that was due and not above it.
//! # Edge cases
//! An item that reopens goes on from its last step; where it had been settled for more than `new_cycle_after_days`, its days count from the
//! reopening and it starts at level 1 again. An item without a due day is never escalated. A level that was recorded beyond the ladder is its last.
//! # Source
//! Design of this program, section 7.
//! # Example
//! Steps after 5 and 20 days, at least 10 apart; due 1 March. Reminded on 6 March, the second step is due on 21 March; reminded only on 18 March, on 28 March.

mod candidates;
mod cover;
mod ladder;
mod placed;
mod policy;
mod progress;
mod simulation;
mod step_log;
mod tables;

use self::ladder::ladder_of;
use super::DecideError;
use super::caveats;
use crate::calendar::AsOf;
use crate::forecast::Attributes;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::outcome::{Caveat, Checked};

pub use self::candidates::{Candidate, CandidateKind, candidates};
pub use self::ladder::{ItemState, Ladder, LadderContact, LadderItem, Pause, ladder};
pub use self::policy::{EscalationPolicy, ExitRule, LadderStep, WriteOffRule};
pub use self::simulation::{SimulatedSteps, Simulation, simulate};
pub use self::step_log::{DoneStep, StepLog};

/// The ladder of a day with what follows from it.
#[derive(Clone, Debug)]
pub struct Escalation<'a> {
    ledger: &'a Ledger,
    policy: &'a EscalationPolicy,
    attributes: Attributes<'a>,
    log: StepLog,
    /// Items and contacts.
    pub ladder: Ladder,
    /// Claims that are to go elsewhere.
    pub candidates: Vec<Candidate>,
    notes: Vec<(String, String)>,
}

/// Puts every open item on the ladder and lists what follows, as of the end of a day.
///
/// # Errors
/// Settings out of range.
pub fn escalation<'a>(
    ledger: &'a Ledger,
    as_of: AsOf,
    policy: &'a EscalationPolicy,
) -> Result<Checked<Escalation<'a>>, DecideError> {
    escalation_of(ledger, as_of, ledger.customers(), policy)
}

/// Finds the steps and candidates of some customers.
///
/// # Errors
/// As [`escalation`].
pub(super) fn escalation_of<'a>(
    ledger: &'a Ledger,
    as_of: AsOf,
    customers: impl IntoIterator<Item = CustomerIx>,
    policy: &'a EscalationPolicy,
) -> Result<Checked<Escalation<'a>>, DecideError> {
    let log = StepLog::of(ledger);
    let ladder = ladder_of(ledger, as_of, customers, &log, policy)?;
    let candidates = candidates(ledger, &ladder, policy);
    let steps = policy.steps.iter().map(|step| format!("{} {:+}", step.name, step.days));
    let notes = vec![
        ("as_of".to_owned(), as_of.to_string()),
        ("ladder".to_owned(), steps.collect::<Vec<_>>().join(", ")),
        (
            "money".to_owned(),
            "free to collect, each item in its own currency".to_owned(),
        ),
        (
            "expected_recovery".to_owned(),
            format!(
                "cash within {} days at the customer's pace for that age",
                policy.recovery_days
            ),
        ),
    ];
    let caveats = caveats(ledger, as_of, &log);
    let mut checked = Checked::clean(Escalation {
        ledger,
        policy,
        attributes: Attributes::on(ledger, as_of),
        log,
        ladder,
        candidates,
        notes,
    });
    checked.caveats = caveats;
    Ok(checked)
}

fn caveats(ledger: &Ledger, as_of: AsOf, log: &StepLog) -> Vec<Caveat> {
    let mut caveats = caveats::missing_tables(
        ledger,
        &[
            ("steps", "every item starts at its first step"),
            ("disputes", "disputed money was not taken off"),
            ("promises", "promised money was not taken off"),
            ("plans", "money in plans was not taken off"),
            ("placements", "claims with agencies are not known"),
            ("collectors", "authority limits are not available"),
            ("customers", "status, language and collector are not available"),
        ],
    );
    let attributes = Attributes::on(ledger, as_of);
    caveats.extend(caveats::customers_without_row(
        ledger,
        &attributes,
        as_of,
        "status, language and collector",
    ));
    if log.n_unplaced() > 0 {
        caveats.push(Caveat(format!(
            "{} rows of `steps` name no customer, invoice or level of the ledger and were left out",
            log.n_unplaced()
        )));
    }
    caveats
}
