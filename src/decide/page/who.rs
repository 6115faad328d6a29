//! Who a customer is, as the customers table knew it on the day.

use std::collections::BTreeMap;

use crate::calendar::AsOf;
use crate::forecast::Attributes;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::segments::heads;

/// Returns what is known of the customer, line by line.
pub(super) fn who(
    ledger: &Ledger,
    attributes: &Attributes<'_>,
    customer: CustomerIx,
    as_of: AsOf,
) -> Vec<(&'static str, Option<String>)> {
    let written = |column| attributes.written(customer, column);
    let until = |text: Option<String>, column| match (text, written(column)) {
        (Some(text), Some(day)) => Some(format!("{text} until {day}")),
        (text, _) => text,
    };
    vec![
        ("customer_id", Some(ledger.customer_id(customer).to_owned())),
        ("name", written("name")),
        ("group", group(ledger, attributes, customer)),
        ("segment", joined([written("segment"), written("industry")])),
        ("country", joined([written("country"), written("region")])),
        ("customer_since", written("customer_since")),
        ("status", status(attributes, customer, as_of)),
        ("collector", written("collector")),
        ("terms", terms(ledger, attributes, customer, as_of)),
        ("credit_limit", until(limit(attributes, customer), "limit_until")),
        ("insured", until(insured(attributes, customer), "insured_until")),
    ]
}

fn joined(parts: [Option<String>; 2]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Names the head of the customer's group of companies and how many belong to it.
fn group(ledger: &Ledger, attributes: &Attributes<'_>, customer: CustomerIx) -> Option<String> {
    if !ledger.has("customers") {
        return None;
    }
    let heads = heads(ledger, |customer| attributes.text(customer, "parent_id"));
    let head = heads[customer.at()];
    let n_companies = heads.iter().filter(|other| **other == head).count();
    if n_companies == 1 && head == ledger.customer_id(customer) {
        return Some("stands alone".to_owned());
    }
    let name = ledger
        .find_customer(head)
        .and_then(|head| attributes.text(head, "name"));
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    Some(format!("{head}{name}, {n_companies} companies"))
}

fn status(attributes: &Attributes<'_>, customer: CustomerIx, as_of: AsOf) -> Option<String> {
    let status = attributes.text(customer, "status")?.replace('_', " ");
    Some(match attributes.day(customer, "status_on") {
        Some(since) if since > as_of.0 => format!("{status} from {since}"),
        Some(since) => format!("{status} since {since}"),
        None => status,
    })
}

/// The terms agreed, and those its invoices have.
fn terms(ledger: &Ledger, attributes: &Attributes<'_>, customer: CustomerIx, as_of: AsOf) -> Option<String> {
    let mut n_by_days: BTreeMap<i32, usize> = BTreeMap::new();
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    for item in history.documents().filter(|item| item.document.is_claim()) {
        if let Some(due_on) = item.document.due_on {
            *n_by_days.entry(due_on - item.document.issued_on).or_default() += 1;
        }
    }
    let n: usize = n_by_days.values().sum();
    // The most frequent; of several the shortest.
    let usual = n_by_days.iter().rev().max_by_key(|(_, n)| **n);
    let usual = usual.map(|(days, n_usual)| format!("invoices mostly {days} days ({n_usual} of {n})"));
    let agreed = attributes.written(customer, "payment_terms_days");
    joined([agreed.map(|days| format!("{days} days agreed")), usual])
}

fn limit(attributes: &Attributes<'_>, customer: CustomerIx) -> Option<String> {
    let amount = || {
        let amount = attributes.written(customer, "credit_limit")?;
        Some(match attributes.text(customer, "currency") {
            Some(currency) => format!("{amount} {currency}"),
            None => amount,
        })
    };
    match attributes.text(customer, "limit_kind")? {
        "none" => Some("none: no credit is granted".to_owned()),
        "unlimited" => Some("unlimited".to_owned()),
        _ => amount(),
    }
}

fn insured(attributes: &Attributes<'_>, customer: CustomerIx) -> Option<String> {
    let share = attributes.real(customer, "insured_share");
    let share = share.map(|share| format!("{:.0} %", share * 100.0));
    let amount = attributes.written(customer, "insured_amount");
    joined([share, amount.map(|amount| format!("at most {amount}"))])
}

/// Ids and names near to one that is no customer's are listed at most.
const MOST_NEAR: usize = 5;

/// Returns ids of customers near to one that no customer has: written in other cases, longer, a letter or two off, or of a customer with such a name.
pub fn near_ids<'a>(ledger: &'a Ledger, as_of: AsOf, id: &str) -> Vec<&'a str> {
    let wanted = id.to_lowercase();
    let attributes = Attributes::on(ledger, as_of);
    let letters_off = match wanted.chars().count() {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    };
    let distance = |customer: CustomerIx| {
        let own = ledger.customer_id(customer).to_lowercase();
        let named = || {
            attributes
                .text(customer, "name")
                .is_some_and(|name| name.to_lowercase().contains(&wanted))
        };
        if own == wanted {
            Some(0)
        } else if wanted.len() >= 3 && own.contains(&wanted) {
            Some(1)
        } else if let Some(off) = edits(&own, &wanted, letters_off) {
            Some(1 + off)
        } else {
            (wanted.len() >= 3 && named()).then_some(9)
        }
    };
    let mut near: Vec<(usize, CustomerIx)> = ledger
        .customers()
        .filter_map(|customer| Some((distance(customer)?, customer)))
        .collect();
    near.sort_unstable();
    near.truncate(MOST_NEAR);
    near.into_iter()
        .map(|(_, customer)| ledger.customer_id(customer))
        .collect()
}

/// Returns how many letters must be changed, put in or taken out to get from one word to another, unless that is more than `most`.
fn edits(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, letter) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in b.iter().enumerate() {
            let changed = above[column] + usize::from(letter != other);
            line.push(changed.min(above[column + 1] + 1).min(line[column] + 1));
        }
        above = line;
    }
    above.last().copied().filter(|edits| *edits <= most)
}
