//! In what two runs differ by what they say of themselves: day, knowledge, ledger, question, settings, model, program.

use std::collections::BTreeSet;

use toml::{Table as Toml, Value};

use super::saved::SavedRun;
use crate::table::Table;

/// What differs, by name, with both sides.
pub(super) struct Differences {
    pub facts: Vec<Difference>,
    pub policy: Vec<Difference>,
    pub model: Option<Difference>,
    pub program: Option<Difference>,
}

/// One thing that differs.
#[derive(Clone)]
pub(super) struct Difference {
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Difference {
    pub fn in_words(&self) -> String {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
        format!("{}: {} -> {}", self.what, side(&self.before), side(&self.after))
    }
}

impl Differences {
    pub fn between(before: &SavedRun, after: &SavedRun) -> Differences {
        let note = |name: &str| {
            let side = |run: &SavedRun| run.note(name).map(str::to_owned);
            let (before, after) = (side(before), side(after));
            let what = name.to_owned();
            (before != after).then_some(Difference { what, before, after })
        };
        let facts = ["as_of", "known_on", "ledger"].iter().filter_map(|name| note(name));
        let mut policy: Vec<Difference> = note("asked").into_iter().collect();
        if let Some(hashes) = note("configuration") {
            let keys = match (before.note("settings"), after.note("settings")) {
                (Some(before), Some(after)) => differing_keys(before, after),
                _ => Vec::new(),
            };
            policy.extend(if keys.is_empty() { vec![hashes] } else { keys });
        }
        Differences {
            facts: facts.collect(),
            policy,
            model: note("model"),
            program: note("version"),
        }
    }

    /// Returns the names of what differs, as causes go.
    pub fn kinds(&self) -> Vec<&'static str> {
        let kinds = [
            (!self.facts.is_empty(), "facts"),
            (!self.policy.is_empty(), "policy"),
            (self.model.is_some(), "model"),
            (self.program.is_some(), "program"),
        ];
        kinds
            .into_iter()
            .filter(|(differs, _)| *differs)
            .map(|(_, kind)| kind)
            .collect()
    }

    /// Returns everything that differs: `what`, `before`, `after`.
    pub fn table(&self) -> Table {
        let all: Vec<&Difference> = self
            .facts
            .iter()
            .chain(&self.policy)
            .chain(&self.model)
            .chain(&self.program)
            .collect();
        Table::new("differs")
            .text("what", all.iter().map(|difference| difference.what.clone()))
            .text("before", all.iter().map(|difference| difference.before.clone()))
            .text("after", all.iter().map(|difference| difference.after.clone()))
    }
}

/// Returns the dotted keys in which two settings differ.
fn differing_keys(before: &str, after: &str) -> Vec<Difference> {
    let (Ok(before), Ok(after)) = (before.parse::<Toml>(), after.parse::<Toml>()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    compare("", &before, &after, &mut found);
    found
}

fn compare(prefix: &str, before: &Toml, after: &Toml, found: &mut Vec<Difference>) {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let what = match prefix {
            "" => key.clone(),
            prefix => format!("{prefix}.{key}"),
        };
        match (before.get(key), after.get(key)) {
            (Some(Value::Table(before)), Some(Value::Table(after))) => compare(&what, before, after, found),
            (before, after) if before != after => found.push(Difference {
                what,
                before: before.map(Value::to_string),
                after: after.map(Value::to_string),
            }),
            _ => {}
        }
    }
}
