//! What every result carries: run id, as-of day, ledger, configuration, version.

use sha2::{Digest, Sha256};

use crate::calendar::AsOf;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::table::Table;

/// The facts a result can be repeated from.
pub(super) struct Stamp {
    run: String,
    as_of: AsOf,
    ledger: String,
    configuration: String,
}

impl Stamp {
    /// Builds the stamp of one run of a verb; the same verb, arguments, ledger and settings give the same run id.
    pub(super) fn new(question: &str, ledger: &Ledger, as_of: AsOf, config: &Config) -> Stamp {
        let text = format!(
            "{question}\n{as_of}\n{}{}\n{}\n{}",
            ledger
                .known_on()
                .map(|day| format!("known on {day}\n"))
                .unwrap_or_default(),
            ledger.hash(),
            config.hash(),
            env!("CARGO_PKG_VERSION")
        );
        Stamp {
            run: short_hash(text.as_bytes()),
            as_of,
            ledger: ledger.hash().chars().take(12).collect(),
            configuration: config.hash().to_owned(),
        }
    }

    /// Returns the facts by name.
    pub(super) fn facts(&self) -> Vec<(String, String)> {
        let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            fact("as_of", &self.as_of.to_string()),
            fact("run", &self.run),
            fact("ledger", &self.ledger),
            fact("configuration", &self.configuration),
            fact("version", env!("CARGO_PKG_VERSION")),
        ]
    }

    /// Adds the facts to a table's notes, where the table does not say them itself.
    pub(super) fn on(&self, mut table: Table) -> Table {
        for (name, value) in self.facts() {
            if !table.notes.iter().any(|(known, _)| *known == name) {
                table.notes.push((name, value));
            }
        }
        table
    }
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
