//! What the ladder would have done day by day, had every contact it asks for been made.

use std::collections::BTreeMap;

use super::candidates::{CandidateKind, candidates};
use super::ladder::ladder;
use super::policy::EscalationPolicy;
use super::step_log::StepLog;
use crate::calendar::{AsOf, Day, Month};
use crate::decide::DecideError;
use crate::ledger::Ledger;
use crate::table::Table;

/// Steps and contacts of one month and level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SimulatedSteps {
    /// Contacts at this level, their highest.
    pub n_contacts: u64,
    /// Items whose step of this level was done.
    pub n_items: u64,
}

/// The ladder walked over some days.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    days: (Day, Day),
    steps: BTreeMap<(Month, u32), SimulatedSteps>,
    /// Claims that are to go elsewhere on the last day, by kind.
    pub candidates: BTreeMap<CandidateKind, u64>,
}

/// Walks from one day to another, both included, doing each day what the ladder asks for; steps of the ledger count up to the day before the first.
///
/// Facts are known as of each day. What customers paid stays as it was: a simulated contact moves nobody.
///
/// # Errors
/// Settings out of range.
pub fn simulate(ledger: &Ledger, from: Day, to: AsOf, policy: &EscalationPolicy) -> Result<Simulation, DecideError> {
    let mut log = StepLog::of(ledger).before(from);
    let mut steps: BTreeMap<(Month, u32), SimulatedSteps> = BTreeMap::new();
    let mut day = from;
    while day <= to.0 {
        let ladder = ladder(ledger, AsOf(day), &log, policy)?;
        for contact in &ladder.contacts {
            steps.entry((day.month(), contact.level)).or_default().n_contacts += 1;
        }
        for level in ladder.items.iter().filter_map(|item| item.due_level()) {
            steps.entry((day.month(), level)).or_default().n_items += 1;
        }
        log.add_contacts(ledger, &ladder);
        day = day + 1;
    }
    let last = ladder(ledger, to, &log, policy)?;
    let mut by_kind = BTreeMap::new();
    for candidate in candidates(ledger, &last, policy) {
        *by_kind.entry(candidate.kind).or_default() += 1;
    }
    Ok(Simulation {
        days: (from, to.0),
        steps,
        candidates: by_kind,
    })
}

impl Simulation {
    /// Returns one row per month and level.
    pub fn table(&self, policy: &EscalationPolicy) -> Table {
        let rows = || self.steps.iter();
        let name = |level: u32| policy.step(level).map(|step| step.name.clone());
        let candidates: Vec<String> = CandidateKind::ALL
            .iter()
            .map(|kind| format!("{} {}", self.candidates.get(kind).copied().unwrap_or(0), kind.as_str()))
            .collect();
        Table::new("escalation_simulation")
            .text("month", rows().map(|((month, _), _)| month.to_string()))
            .int("level", rows().map(|((_, level), _)| i64::from(*level)))
            .text("step", rows().map(|((_, level), _)| name(*level)))
            .int("n_contacts", rows().map(|(_, steps)| steps.n_contacts as i64))
            .int("n_items", rows().map(|(_, steps)| steps.n_items as i64))
            .note("as_of", self.days.1)
            .note("days", format!("{} to {}", self.days.0, self.days.1))
            .note("candidates", format!("on the last day: {}", candidates.join(", ")))
            .note(
                "assumption",
                "every contact is made on its day, and no customer pays otherwise because of it",
            )
    }
}
