//! Two policies side by side over the same past: contacts, holds, and what these would have cost and spared.

use std::collections::BTreeMap;

use super::holds::{HoldOutcome, HoldReplayParams, replay_holds};
use crate::decide::{BaseRates, DecideError, HoldPolicy, WorklistPolicy, worklist};
use crate::forecast::Attributes;
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::table::Table;

/// One policy of decisions.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionPolicy {
    /// What it is called in tables.
    pub name: String,
    /// Whom to contact.
    pub worklist: WorklistPolicy,
    /// Whom to hold.
    pub holds: HoldPolicy,
}

/// What a policy asks for and brings about in a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyOutcome {
    /// Contacts on the lists of the review days, within everybody's minutes.
    pub n_contacts: usize,
    /// Minutes they take.
    pub minutes: f64,
    /// What they can move.
    pub collectable: Total,
    /// Holds and what follows from them.
    pub holds: HoldOutcome,
}

/// Two policies over the same days.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    currency: Currency,
    by: Option<String>,
    /// Name and outcome by segment, of each policy.
    policies: [(String, BTreeMap<Option<String>, PolicyOutcome>); 2],
    notes: Vec<(String, String)>,
}

/// Runs both policies over the review days.
///
/// # Errors
/// Settings out of range, or several currencies without rates.
pub fn simulate(
    ledger: &Ledger,
    rates: &BaseRates,
    policies: [&DecisionPolicy; 2],
    params: &HoldReplayParams,
) -> Result<Checked<Simulation>, DecideError> {
    let [first, second] = policies;
    let (first_outcomes, currency, mut caveats) = outcomes(ledger, rates, first, params)?;
    let (second_outcomes, _, _) = outcomes(ledger, rates, second, params)?;
    caveats.push(Caveat(
        "each day's contacts are those of a list made from the contacts of the past, not from those that the policy would have made before".to_owned(),
    ));
    let days = &params.days;
    let notes = vec![
        ("reviews".to_owned(), days.len().saturating_sub(1).to_string()),
        (
            "from".to_owned(),
            days.first().map(ToString::to_string).unwrap_or_default(),
        ),
        (
            "to".to_owned(),
            days.last().map(ToString::to_string).unwrap_or_default(),
        ),
    ];
    Ok(Checked {
        value: Simulation {
            currency,
            by: params.by.clone(),
            policies: [
                (first.name.clone(), first_outcomes),
                (second.name.clone(), second_outcomes),
            ],
            notes,
        },
        issues: Default::default(),
        caveats,
    })
}

type Outcomes = BTreeMap<Option<String>, PolicyOutcome>;

fn outcomes(
    ledger: &Ledger,
    rates: &BaseRates,
    policy: &DecisionPolicy,
    params: &HoldReplayParams,
) -> Result<(Outcomes, Currency, Vec<Caveat>), DecideError> {
    let replay = replay_holds(ledger, rates, &policy.holds, params)?;
    let mut outcomes = Outcomes::new();
    for (segment, holds) in replay.value.segments {
        outcomes.entry(segment).or_default().holds = holds;
    }
    let reviews = params.days.len().saturating_sub(1);
    for &day in &params.days[..reviews] {
        let attributes = Attributes::on(ledger, day);
        for line in worklist(ledger, day, None, rates, &policy.worklist)?.value.lines {
            let by = params.by.as_deref();
            let segment = by.and_then(|by| attributes.written(line.customer, by));
            let outcome = outcomes.entry(segment).or_default();
            outcome.n_contacts += 1;
            outcome.minutes += line.minutes;
            outcome.collectable += line.collectable;
        }
    }
    Ok((outcomes, replay.value.currency, replay.caveats))
}

/// One row: a policy in a segment.
type Row = (Option<String>, String, PolicyOutcome);

impl Simulation {
    /// Returns, for each segment and for all, a row of the first policy and one of the second.
    pub fn table(&self) -> Table {
        let rows = self.rows();
        let each = || rows.iter().map(|(_, _, outcome)| outcome);
        let mut table = Table::new("policies")
            .text(
                self.by.as_deref().unwrap_or("segment"),
                rows.iter().map(|(segment, _, _)| segment.clone()),
            )
            .text("policy", rows.iter().map(|(_, policy, _)| policy.clone()))
            .text("currency", rows.iter().map(|_| self.currency.to_string()))
            .int("contacts", each().map(|outcome| outcome.n_contacts as i64))
            .real("contact_minutes", each().map(|outcome| outcome.minutes))
            .money("collectable", each().map(|outcome| outcome.collectable))
            .int("holds_made", each().map(|outcome| outcome.holds.n_made as i64))
            .int(
                "released",
                each().map(|outcome| outcome.holds.days_to_release.len() as i64),
            )
            .int("still_held", each().map(|outcome| outcome.holds.n_still_held as i64))
            .int(
                "median_days_to_release",
                each().map(|outcome| outcome.holds.median_days_to_release().map(i64::from)),
            )
            .money("sales_stopped", each().map(|outcome| outcome.holds.sales_stopped))
            .money(
                "loss_avoided_least",
                each().map(|outcome| outcome.holds.loss_avoided_least),
            )
            .money(
                "loss_avoided_most",
                each().map(|outcome| outcome.holds.loss_avoided_most),
            )
            .money("margin_lost", each().map(|outcome| outcome.holds.margin_lost));
        table.notes = self.notes.clone();
        table
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        if self.by.is_some() {
            let [first, second] = &self.policies;
            let mut segments: Vec<&Option<String>> = first.1.keys().chain(second.1.keys()).collect();
            segments.sort_unstable();
            segments.dedup();
            for segment in segments {
                for (name, outcomes) in &self.policies {
                    let outcome = outcomes.get(segment).cloned().unwrap_or_default();
                    rows.push((segment.clone(), name.clone(), outcome));
                }
            }
        }
        for (name, outcomes) in &self.policies {
            let mut all = PolicyOutcome::default();
            for outcome in outcomes.values() {
                all.n_contacts += outcome.n_contacts;
                all.minutes += outcome.minutes;
                all.collectable += outcome.collectable;
                all.holds.add(&outcome.holds);
            }
            rows.push((Some("all".to_owned()), name.clone(), all));
        }
        rows
    }
}
