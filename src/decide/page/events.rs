//! What happened last between us and a customer: payments, contacts, promises, disputes.

use std::collections::BTreeMap;

use super::words::Words;
use crate::calendar::{AsOf, Day};
use crate::forecast::Account;
use crate::history::CustomerHistory;
use crate::ids::DocumentIx;
use crate::ledger::{Contact, Dispute, Ledger, Nature, Posting};
use crate::metrics::promises::{JudgedPromise, PromiseOutcome};
use crate::money::{Currency, Total};
use crate::table::Table;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// On which day.
    pub on: Day,
    /// `payment`, `contact`, `promise` or `dispute`; of a document also what else was posted on it.
    pub event: &'static str,
    /// The invoice it was about.
    pub invoice_id: Option<String>,
    /// Money that came, was promised or is disputed.
    pub money: Option<Total>,
    /// Its currency, where it is known.
    pub currency: Option<Currency>,
    /// How it went, in words.
    pub what: String,
}

/// Events of each kind on a customer's page.
const MOST_OF_A_KIND: usize = 3;

/// Returns the last payments, contacts, promises and disputes, newest first.
pub(super) fn last(ledger: &Ledger, account: &Account, as_of: AsOf, words: &Words<'_>) -> Vec<Event> {
    let day = as_of.0;
    let history = CustomerHistory::of(ledger, account.customer, Some(day));
    let mut by_day: BTreeMap<(Day, Currency), (usize, Total)> = BTreeMap::new();
    let mut pay = |posting: &Posting| {
        if posting.nature == Nature::Cash && posting.on <= day {
            let (n, money) = by_day.entry((posting.on, posting.currency)).or_default();
            *n += 1;
            *money -= Total::from(posting.delta);
        }
    };
    history.documents().for_each(|item| item.postings().for_each(&mut pay));
    history.unapplied().for_each(&mut pay);
    let payments = by_day.into_iter().rev().map(|((on, currency), (n, money))| Event {
        on,
        event: "payment",
        invoice_id: None,
        money: Some(money),
        currency: Some(currency),
        what: match n {
            1 => "on 1 item".to_owned(),
            n => format!("on {n} items"),
        },
    });
    let contacts = known_contacts(ledger, account, as_of).map(|contact| of_contact(contact, words));
    let promises = account.promises.iter().rev().map(|judged| of_promise(judged, words));
    let disputes = known_disputes(&history, as_of).into_iter().rev();
    let disputes = disputes.map(|dispute| of_dispute(dispute, as_of, words));
    let mut events: Vec<Event> = payments.take(MOST_OF_A_KIND).collect();
    events.extend(contacts.take(MOST_OF_A_KIND));
    events.extend(promises.take(MOST_OF_A_KIND));
    events.extend(disputes.take(MOST_OF_A_KIND));
    newest_first(events)
}

pub(super) fn newest_first(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by(|a, b| b.on.cmp(&a.on).then_with(|| a.cmp(b)));
    events
}

/// Returns the contacts known on the day, newest first.
pub(super) fn known_contacts<'a>(
    ledger: &'a Ledger,
    account: &Account,
    as_of: AsOf,
) -> impl Iterator<Item = &'a Contact> + use<'a> {
    let known = move |contact: &&Contact| contact.contacted_on <= as_of.0 && contact.known_on <= as_of.0;
    ledger.contacts().of(account.customer).iter().rev().filter(known)
}

/// Returns the disputes opened and known by the day, by opening day.
pub(super) fn known_disputes<'a>(history: &CustomerHistory<'a>, as_of: AsOf) -> Vec<&'a Dispute> {
    let opened = history.disputes().filter(|dispute| dispute.opened_on <= as_of.0);
    opened.collect()
}

pub(super) fn of_contact(contact: &Contact, words: &Words<'_>) -> Event {
    let mut what = words.contact(contact.row);
    let reached = contact
        .reached
        .map(|reached| if reached { "reached" } else { "not reached" });
    // Where the outcome says it already, once is enough.
    what.extend(
        reached
            .filter(|reached| !what.iter().any(|word| word == reached))
            .map(str::to_owned),
    );
    Event {
        on: contact.contacted_on,
        event: if contact.is_attempt() {
            "contact"
        } else {
            "contact by customer"
        },
        invoice_id: about(contact.document, words),
        money: None,
        currency: None,
        what: what.join(", "),
    }
}

pub(super) fn of_promise(judged: &JudgedPromise, words: &Words<'_>) -> Event {
    let promise = &judged.promise;
    let outcome = match judged.outcome {
        PromiseOutcome::Open => "open",
        PromiseOutcome::Kept => "kept",
        PromiseOutcome::PartiallyKept => "kept in part",
        PromiseOutcome::Broken => "broken",
    };
    Event {
        on: promise.made_on,
        event: "promise",
        invoice_id: about(promise.document, words),
        money: Some(promise.amount.into()),
        currency: None,
        what: format!("for {}: {outcome}, {} came", promise.promised_on, judged.paid),
    }
}

pub(super) fn of_dispute(dispute: &Dispute, as_of: AsOf, words: &Words<'_>) -> Event {
    let state = match dispute.closed_on.filter(|closed_on| *closed_on < as_of.0) {
        Some(closed_on) => {
            let outcome = words.dispute_outcome(dispute.row);
            format!(
                "closed {closed_on}{}",
                outcome.map(|outcome| format!(" ({outcome})")).unwrap_or_default()
            )
        }
        None => "open".to_owned(),
    };
    let reason = words.dispute_reason(dispute.row);
    Event {
        on: dispute.opened_on,
        event: "dispute",
        invoice_id: about(dispute.document, words),
        money: dispute.amount.map(Total::from),
        currency: None,
        what: reason.into_iter().chain([state]).collect::<Vec<_>>().join(", "),
    }
}

fn about(document: Option<DocumentIx>, words: &Words<'_>) -> Option<String> {
    document.map(|document| words.invoice_id(document))
}

/// Returns the events as a table.
pub(super) fn table(events: &[Event]) -> Table {
    let rows = || events.iter();
    Table::new("events")
        .day("on", rows().map(|event| event.on))
        .text("event", rows().map(|event| event.event.to_owned()))
        .text("invoice_id", rows().map(|event| event.invoice_id.clone()))
        .money("money", rows().map(|event| event.money))
        .text(
            "currency",
            rows().map(|event| event.currency.map(|currency| currency.to_string())),
        )
        .text("what", rows().map(|event| event.what.clone()))
}
