//! The ladder, its contacts and its candidates as tables.

use super::Escalation;
use super::candidates::{Candidate, CandidateKind};
use super::ladder::{ItemState, LadderItem};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Nature;
use crate::metrics::promises::{PromiseOutcome, instalments, promise_outcomes};
use crate::money::Total;
use crate::table::Table;

impl Escalation<'_> {
    fn start(&self, name: &str) -> Table {
        let mut table = Table::new(name);
        table.notes = self.notes.clone();
        table
    }

    fn id(&self, customer: CustomerIx) -> String {
        self.ledger.customer_id(customer).to_owned()
    }

    fn name(&self, customer: CustomerIx) -> Option<String> {
        self.attributes.text(customer, "name").map(str::to_owned)
    }

    fn step_name(&self, level: u32) -> Option<String> {
        self.policy.step(level).map(|step| step.name.clone())
    }

    /// Returns the contacts of the day: one a customer, with a line for each currency.
    pub fn contacts_table(&self) -> Table {
        let lines: Vec<_> = (1_i64..)
            .zip(&self.ladder.contacts)
            .flat_map(|(number, contact)| {
                contact
                    .money
                    .iter()
                    .map(move |(currency, money)| (number, contact, currency, money))
            })
            .collect();
        let lines = || lines.iter();
        let step = |level: u32| self.policy.step(level);
        self.start("escalation")
            .int("contact", lines().map(|(number, ..)| *number))
            .text("customer_id", lines().map(|(_, contact, ..)| self.id(contact.customer)))
            .int("level", lines().map(|(_, contact, ..)| i64::from(contact.level)))
            .text("step", lines().map(|(_, contact, ..)| self.step_name(contact.level)))
            .text(
                "channel",
                lines().map(|(_, contact, ..)| step(contact.level).map(|step| step.channel.clone())),
            )
            .text("currency", lines().map(|(_, _, currency, _)| currency.to_string()))
            .int("n_items", lines().map(|(.., (_, n_items))| *n_items as i64))
            .money("money", lines().map(|(.., (money, _))| *money))
            .int(
                "oldest_days",
                lines().map(|(_, contact, ..)| i64::from(contact.oldest_days)),
            )
            .text("language", lines().map(|(_, contact, ..)| contact.language.clone()))
            .text(
                "letter",
                lines().map(|(_, contact, ..)| step(contact.level).map(|step| step.letter.clone())),
            )
            .text("name", lines().map(|(_, contact, ..)| self.name(contact.customer)))
    }

    /// Returns every open item with its step done, its next step, and what pauses it.
    pub fn items_table(&self) -> Table {
        let items = || self.ladder.items.iter();
        let as_of = self.ladder.as_of;
        let level = |level: Option<u32>| level.map(i64::from);
        let state = |item: &LadderItem| match item.state {
            ItemState::Due(_) => "due",
            ItemState::NotYet(..) => "not yet",
            ItemState::Waits(..) => "waits",
            ItemState::Paused(_) => "paused",
            ItemState::Through => "through",
        };
        let next_on = |item: &LadderItem| match item.state {
            ItemState::Due(_) => Some(as_of.0),
            ItemState::NotYet(_, day) | ItemState::Waits(_, day) => Some(day),
            ItemState::Paused(_) | ItemState::Through => None,
        };
        let pauses = |item: &LadderItem| {
            let words: Vec<String> = item.pauses.iter().map(ToString::to_string).collect();
            (!words.is_empty()).then(|| words.join("; "))
        };
        let instalment = |item: &LadderItem| i64::from(self.ledger.document(item.document).n_before) + 1;
        self.start("escalation_items")
            .text("customer_id", items().map(|item| self.id(item.customer)))
            .text(
                "invoice_id",
                items().map(|item| self.ledger.invoice_id(item.document).to_owned()),
            )
            .int("instalment", items().map(instalment))
            .text("currency", items().map(|item| item.currency.to_string()))
            .day("due_on", items().map(|item| item.due_on))
            .int(
                "days_past_due",
                items().map(|item| item.days_past_due(as_of).map(i64::from)),
            )
            .money("open", items().map(|item| item.open))
            .money("free", items().map(|item| item.free))
            .int("level_done", items().map(|item| level(item.level_done)))
            .day("done_on", items().map(|item| item.last_done_on))
            .text("state", items().map(|item| state(item).to_owned()))
            .int("next_level", items().map(|item| level(item.next_level())))
            .text("next_step", items().map(|item| self.step_name(item.next_level()?)))
            .day("next_on", items().map(next_on))
            .text("pauses", items().map(pauses))
    }

    /// Returns the steps that the contacts of the day are, in the form of the `steps` table: imported when they were made, they count.
    pub fn steps_table(&self) -> Table {
        let mut rows: Vec<(&LadderItem, u32)> = Vec::new();
        for item in &self.ladder.items {
            let Some(level) = item.due_level() else { continue };
            let first = |item: &LadderItem| self.ledger.first_instalment(item.document);
            let is_there = rows
                .iter()
                .rev()
                .take_while(|(other, _)| other.customer == item.customer);
            if !is_there
                .clone()
                .any(|(other, done)| first(other) == first(item) && *done == level)
            {
                rows.push((item, level));
            }
        }
        let rows = || rows.iter();
        self.start("steps")
            .text("customer_id", rows().map(|(item, _)| self.id(item.customer)))
            .text(
                "invoice_id",
                rows().map(|(item, _)| self.ledger.invoice_id(item.document).to_owned()),
            )
            .int("level", rows().map(|(_, level)| i64::from(*level)))
            .day("done_on", rows().map(|_| self.ladder.as_of.0))
    }

    /// Returns the claims that are to go elsewhere.
    pub fn candidates_table(&self) -> Table {
        let rows = || self.candidates.iter();
        self.start("escalation_candidates")
            .text("candidate", rows().map(|row| row.kind.as_str().to_owned()))
            .text("customer_id", rows().map(|row| self.id(row.item.customer)))
            .text(
                "invoice_id",
                rows().map(|row| self.ledger.invoice_id(row.item.document).to_owned()),
            )
            .text("currency", rows().map(|row| row.item.currency.to_string()))
            .money("money", rows().map(|row| row.item.free))
            .int("days_past_due", rows().map(|row| i64::from(row.days_past_due)))
            .money("expected_recovery", rows().map(|row| row.expected_recovery))
            .text("approval", rows().map(|row| row.approval.clone()))
            .text("reasons", rows().map(|row| row.reasons.join("; ")))
            .text("name", rows().map(|row| self.name(row.item.customer)))
    }

    /// Returns one table a kind, for whoever takes the claims over: what is owed, since when, and what was tried.
    pub fn hand_off_tables(&self) -> Vec<Table> {
        let of_kind = |kind: CandidateKind| self.candidates.iter().filter(move |row| row.kind == kind);
        let tables = CandidateKind::ALL.iter().map(|&kind| {
            let rows: Vec<&Candidate> = of_kind(kind).collect();
            let told: Vec<Told> = rows.iter().map(|row| Told::of(self, row)).collect();
            let document = |row: &&Candidate| self.ledger.document(row.item.document);
            self.start(kind.as_str())
                .text("customer_id", rows.iter().map(|row| self.id(row.item.customer)))
                .text("name", rows.iter().map(|row| self.name(row.item.customer)))
                .text(
                    "invoice_id",
                    rows.iter()
                        .map(|row| self.ledger.invoice_id(row.item.document).to_owned()),
                )
                .int(
                    "instalment",
                    rows.iter().map(|row| i64::from(document(row).n_before) + 1),
                )
                .day("issued_on", rows.iter().map(|row| document(row).issued_on))
                .day("due_on", rows.iter().map(|row| row.item.due_on))
                .int("days_past_due", rows.iter().map(|row| i64::from(row.days_past_due)))
                .text("currency", rows.iter().map(|row| row.item.currency.to_string()))
                .money("amount", rows.iter().map(|row| Total::from(document(row).amount)))
                .money("open", rows.iter().map(|row| row.item.open))
                .money("handed_over", rows.iter().map(|row| row.item.free))
                .text("steps", told.iter().map(|told| told.steps.clone()))
                .text("promises", told.iter().map(|told| told.promises.clone()))
                .text("last_payment", told.iter().map(|told| told.last_payment.clone()))
                .text("approval", rows.iter().map(|row| row.approval.clone()))
                .text("reasons", rows.iter().map(|row| row.reasons.join("; ")))
        });
        tables.collect()
    }
}

/// What was tried with a claim, in words.
struct Told {
    steps: Option<String>,
    promises: Option<String>,
    last_payment: Option<String>,
}

impl Told {
    fn of(escalation: &Escalation<'_>, row: &Candidate) -> Told {
        let (ledger, as_of) = (escalation.ledger, escalation.ladder.as_of);
        let (customer, document) = (row.item.customer, row.item.document);
        let first = ledger.first_instalment(document);
        let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
        let steps = escalation.log.known(customer, as_of);
        let steps = steps.filter(|step| step.invoice.is_none_or(|invoice| invoice == first));
        let steps = steps.map(|step| {
            let name = escalation
                .step_name(step.level)
                .unwrap_or_else(|| format!("level {}", step.level));
            format!("{name} on {}", step.done_on)
        });
        let own = instalments(ledger, document);
        let judged = promise_outcomes(ledger, &history, as_of, escalation.policy.promise_tolerance_days);
        let concerns = judged
            .iter()
            .filter(|judged| judged.promise.document.is_none_or(|promised| own.contains(&promised.0)));
        let promises = concerns.map(|judged| {
            let outcome = match judged.outcome {
                PromiseOutcome::Open => "open",
                PromiseOutcome::Kept => "kept",
                PromiseOutcome::PartiallyKept => "kept in part",
                PromiseOutcome::Broken => "broken",
            };
            let promise = judged.promise;
            format!("{} by {} {outcome}", promise.amount, promise.promised_on)
        });
        let claim = history.document(document);
        let cash = claim
            .postings()
            .filter(|posting| posting.on <= as_of.0 && matches!(posting.nature, Nature::Cash | Nature::CashApplied));
        let last_payment = cash
            .last()
            .map(|posting| format!("{} on {}", -posting.delta, posting.on));
        Told {
            steps: joined(steps),
            promises: joined(promises),
            last_payment,
        }
    }
}

fn joined(words: impl Iterator<Item = String>) -> Option<String> {
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join("; "))
}
