//! The facts behind moves, in words.

use std::collections::BTreeMap;

use super::MoveCause;
use crate::ledger::LaterFact;

/// Facts that are new or were corrected, by customer.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    by_customer: BTreeMap<String, Vec<LaterFact>>,
}

/// Facts that are named; the rest is counted.
const MOST_NAMED: usize = 3;

impl Evidence {
    /// Takes what a later state of knowledge has beyond an earlier one.
    pub fn of(facts: Vec<LaterFact>) -> Evidence {
        let mut by_customer: BTreeMap<String, Vec<LaterFact>> = BTreeMap::new();
        for fact in facts {
            by_customer.entry(fact.customer_id.clone()).or_default().push(fact);
        }
        Evidence { by_customer }
    }

    /// Names a customer's own facts that are new, or were posted late; `None` where it has none.
    pub fn in_words(&self, customer_id: &str, cause: MoveCause) -> Option<String> {
        let is_wanted = |fact: &&LaterFact| match cause {
            MoveCause::NewFacts => !fact.is_correction,
            MoveCause::Corrections => fact.is_correction,
            MoveCause::Policy | MoveCause::Model | MoveCause::NotAttributable => false,
        };
        let facts: Vec<&LaterFact> = self.by_customer.get(customer_id)?.iter().filter(is_wanted).collect();
        if facts.is_empty() {
            return None;
        }
        let named: Vec<String> = facts.iter().take(MOST_NAMED).map(|fact| fact.to_string()).collect();
        let more = match facts.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            n => format!("; and {n} more"),
        };
        Some(named.join("; ") + &more)
    }
}
