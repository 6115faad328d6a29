//! Because of what two runs differ: the states between them are made, one cause after the other.

use std::path::Path;

use anyhow::bail;

use super::differences::Differences;
use super::repeat::With;
use super::saved::SavedRun;
use crate::calendar::Day;
use crate::decide::{Evidence, Move, MoveCause, Moved, RunKind, RunRows};
use crate::ledger::Ledger;

/// The moves between two runs, with what is known of their causes.
pub(super) struct Attribution<'a> {
    pub moved: Moved,
    pub differences: Differences,
    pub evidence: Evidence,
    /// What stands in the way of telling causes apart.
    pub missing: Option<String>,
    /// Days from the one run to the other.
    pub n_days: i32,
    kind: &'a RunKind,
    keys: Vec<&'static str>,
}

impl Attribution<'_> {
    pub fn verb(&self) -> &'static str {
        self.kind.verb
    }

    /// Returns the customer that a row is about.
    pub fn customer_of<'m>(&self, made: &Move<'m>) -> Option<&'m str> {
        let position = self.keys.iter().position(|key| *key == "customer_id")?;
        Some(&made.key[position])
    }
}

/// A state between the runs, with what brought it about.
type Step = (MoveCause, RunRows);

/// Takes the causes one at a time, as far as the states between the runs can still be made.
pub(super) fn attribute<'a>(
    (before, after): (&SavedRun, &SavedRun),
    ledger: Option<&Ledger>,
    models: &Path,
) -> anyhow::Result<Attribution<'a>> {
    let differences = Differences::between(before, after);
    let kind = before.rows.kind();
    let whole = |cause: MoveCause| vec![(cause, after.rows.clone())];
    let mut evidence = Evidence::default();
    let mut missing = None;
    let differs = differences.kinds();
    let steps = match (differs.as_slice(), ledger) {
        ([], _) => {
            missing = Some("the runs say the same of themselves; a file was changed after it was written".to_owned());
            whole(MoveCause::NotAttributable)
        }
        (["policy"], _) => whole(MoveCause::Policy),
        (["model"], _) => whole(MoveCause::Model),
        (["facts"], None) => {
            missing = Some(
                "new facts and corrections differ only by what the ledger knew when; name it (--ledger DIR)".to_owned(),
            );
            whole(MoveCause::NotAttributable)
        }
        (several, None) => {
            missing = Some(format!(
                "{} differ at once; name the ledger (--ledger DIR)",
                several.join(" and ")
            ));
            whole(MoveCause::NotAttributable)
        }
        (_, Some(ledger)) => {
            is_theirs(before, ledger)?;
            is_theirs(after, ledger)?;
            let states = States {
                kind,
                ledger,
                before,
                after,
                models,
            };
            evidence = states.evidence();
            match states.steps(&differences) {
                Ok((steps, unlike)) => {
                    missing = unlike;
                    steps
                }
                Err(error) => {
                    missing = Some(format!("a state between the runs cannot be made: {error:#}"));
                    whole(MoveCause::NotAttributable)
                }
            }
        }
    };
    let moved = Moved::new(before.rows.clone(), steps)?;
    let is_unclear = moved.causes().contains(&MoveCause::NotAttributable);
    Ok(Attribution {
        missing: missing.filter(|_| is_unclear),
        moved,
        differences,
        evidence,
        n_days: after.as_of.0 - before.as_of.0,
        kind,
        keys: before.rows.keys().to_vec(),
    })
}

/// A ledger loses no customers: one that lacks some of a run's is another one.
fn is_theirs(run: &SavedRun, ledger: &Ledger) -> anyhow::Result<()> {
    let Some(position) = run.rows.keys().iter().position(|key| *key == "customer_id") else {
        return Ok(());
    };
    let mut ids = run.rows.rows().keys().map(|key| &key[position]);
    match ids.find(|id| ledger.find_customer(id).is_none()) {
        Some(id) => bail!(
            "{} is of another ledger: the one that was named has no customer `{id}`",
            run.path.display()
        ),
        None => Ok(()),
    }
}

/// What the states between two runs are made from.
struct States<'a> {
    kind: &'static RunKind,
    ledger: &'a Ledger,
    before: &'a SavedRun,
    after: &'a SavedRun,
    models: &'a Path,
}

impl States<'_> {
    /// The last day whose facts the first run can have seen.
    fn seen(&self) -> Day {
        seen_by(self.before)
    }

    fn evidence(&self) -> Evidence {
        Evidence::of(self.ledger.later_facts(self.seen(), seen_by(self.after)))
    }

    /// Makes the states: new facts, corrections, policy, model, and what none of them explains at both ends.
    fn steps(&self, differences: &Differences) -> anyhow::Result<(Vec<Step>, Option<String>)> {
        let (before, after) = (self.before, self.after);
        let with = |policy, model| With {
            policy,
            model,
            models: self.models,
        };
        let rows = |with: With<'_>, ledger: &Ledger, day| with.rows(self.kind, ledger, day);
        let mut steps = Vec::new();
        let mut missing = None;
        let last = self.ledger_of(after);
        if !differences.facts.is_empty() {
            let as_before = with(before, before);
            let first = rows(as_before, &self.ledger.as_known_on(self.seen()), before.as_of)?;
            let cause = if first == before.rows || self.gives(as_before)? {
                // It looked at rows that were posted after its day: later versions of what was known by then.
                MoveCause::Corrections
            } else {
                missing = Some(format!(
                    "the ledger as known on {} does not give {}; rows came late without `posted_on`, or the program is another",
                    self.seen(),
                    before.path.display()
                ));
                MoveCause::NotAttributable
            };
            steps.push((cause, first));
            if let Some(uncorrected) = last.without_corrections(self.seen()) {
                steps.push((MoveCause::NewFacts, rows(as_before, &uncorrected, after.as_of)?));
                steps.push((MoveCause::Corrections, rows(as_before, &last, after.as_of)?));
            } else {
                steps.push((MoveCause::NewFacts, rows(as_before, &last, after.as_of)?));
            }
        }
        if !differences.policy.is_empty() {
            steps.push((MoveCause::Policy, rows(with(after, before), &last, after.as_of)?));
        }
        if differences.model.is_some() {
            steps.push((MoveCause::Model, rows(with(after, after), &last, after.as_of)?));
        }
        if steps.last().is_none_or(|(_, rows)| *rows != after.rows) {
            missing = missing.or_else(|| {
                Some(format!(
                    "the ledger does not give {} again; it was made by another program, or from rows that came without `posted_on`",
                    after.path.display()
                ))
            });
        }
        steps.push((MoveCause::NotAttributable, after.rows.clone()));
        Ok((steps, missing))
    }

    /// Tells whether the first run comes out of the ledger as it is, which knows more than its day did.
    fn gives(&self, as_before: With<'_>) -> anyhow::Result<bool> {
        let before = self.before;
        let ledger = match before.known_on {
            Some(known_on) => self.ledger.as_known_on(known_on),
            None => self.ledger.clone(),
        };
        Ok(as_before.rows(self.kind, &ledger, before.as_of)? == before.rows)
    }

    /// The ledger as a run had it: the same rows, or, where the ledger has grown since, what was known on the run's day.
    fn ledger_of(&self, run: &SavedRun) -> Ledger {
        match run.known_on {
            None if run.is_of(self.ledger.hash()) => self.ledger.clone(),
            Some(known_on) if run.is_of(self.ledger.hash()) => self.ledger.as_known_on(known_on),
            _ => self.ledger.as_known_on(seen_by(run)),
        }
    }
}

/// Decisions look at nothing that was posted after their day.
fn seen_by(run: &SavedRun) -> Day {
    run.known_on.map_or(run.as_of.0, |known_on| known_on.min(run.as_of.0))
}
