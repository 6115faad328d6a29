//! The contact funnel as tables: its stages, and the money promised and paid.

use super::{Funnel, FunnelCounts, METRIC_ID, PromisedMoney};
use crate::metrics::{Evidence, NotAvailable, contracts, view_note, wilson_interval};
use crate::money::{Currency, Total};
use crate::table::Table;

/// One stage of the funnel.
struct Stage {
    name: &'static str,
    n: u64,
    // What the share is a share of; `None` for the first stage.
    n_of: Option<u64>,
}

impl FunnelCounts {
    /// The stages in order; a stage that needs promises is left out where there is no table of them.
    fn stages(&self, has_promises: bool) -> Vec<Stage> {
        let stage = |name, n, n_of| Stage { name, n, n_of };
        let mut stages = vec![
            stage("attempted", self.n_attempts, None),
            stage("reached", self.n_reached, Some(self.n_known)),
        ];
        if has_promises {
            stages.push(stage("promised", self.n_promised, Some(self.n_reached)));
            stages.push(stage("kept", self.n_kept, Some(self.n_judged)));
        }
        stages
    }
}

impl Funnel {
    fn start<'r>(&self, name: &str, keys: impl Iterator<Item = &'r [Option<String>]> + Clone) -> Table {
        self.by
            .iter()
            .enumerate()
            .fold(Table::new(name), |table, (at, attribute)| {
                table.text(attribute, keys.clone().map(move |key| key[at].clone()))
            })
    }

    fn with_notes(&self, table: Table) -> Table {
        let window = self.params.promise_window_days;
        let mut table = table
            .note("metric", METRIC_ID)
            .note(
                "conventions",
                contracts::contract(METRIC_ID)
                    .map(|contract| contract.conventions.line())
                    .unwrap_or_default(),
            )
            .note("evidence", Evidence::Counted)
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("months", format!("{} to {}", self.months.0, self.months.1))
            .note("confidence", self.params.confidence);
        if !self.has_promises {
            return table.note("promised", "not available: import promises");
        }
        table = table
            .note(
                "promised",
                format!("on the day of the contact or up to {window} days later"),
            )
            .note(
                "kept",
                format!(
                    "all promises of the contact, by {} days after the promised day; of contacts without an open promise",
                    self.params.tolerance_days
                ),
            );
        match self.n_promises_alone {
            0 => table,
            n => table.note(
                "promises_alone",
                format!("{n} promises of these months followed no such contact"),
            ),
        }
    }

    /// Returns one row per key and stage: how many, and which share of the stage before.
    pub fn table(&self) -> Table {
        let stages: Vec<(&[Option<String>], u64, Stage)> = self
            .rows
            .iter()
            .flat_map(|(key, counts)| {
                let stages = counts.stages(self.has_promises).into_iter();
                stages.map(move |stage| (key.as_slice(), counts.n_attempts, stage))
            })
            .collect();
        let interval = |stage: &Stage| wilson_interval(stage.n, stage.n_of?, self.params.confidence);
        let share = |n: u64, n_of: u64| (n_of > 0).then(|| n as f64 / n_of as f64);
        let table = self
            .start("funnel", stages.iter().map(|(key, ..)| *key))
            .text("stage", stages.iter().map(|(.., stage)| stage.name.to_owned()))
            .int("n", stages.iter().map(|(.., stage)| stage.n as i64))
            .int(
                "n_of",
                stages.iter().map(|(.., stage)| stage.n_of.map(|n_of| n_of as i64)),
            )
            .real(
                "share",
                stages
                    .iter()
                    .map(|(.., stage)| share(stage.n, stage.n_of.unwrap_or_default())),
            )
            .real(
                "share_low",
                stages.iter().map(|(.., stage)| interval(stage).map(|(low, _)| low)),
            )
            .real(
                "share_high",
                stages.iter().map(|(.., stage)| interval(stage).map(|(_, high)| high)),
            )
            .real(
                "of_attempts",
                stages.iter().map(|(_, n_attempts, stage)| share(stage.n, *n_attempts)),
            );
        self.with_notes(table)
    }

    /// Returns one row per key and currency: the promises that belong to attempts, how much was promised, and what came in time.
    ///
    /// # Errors
    /// Promises were not imported.
    pub fn money_table(&self) -> Result<Table, NotAvailable> {
        if !self.has_promises {
            return Err(NotAvailable {
                missing: vec!["promises"],
            });
        }
        let rows = || {
            self.rows.iter().flat_map(|(key, counts)| {
                let promises = counts.promises.iter();
                promises.map(move |(currency, money)| (key.as_slice(), currency, money))
            })
        };
        let count = |of: fn(&PromisedMoney) -> u64| rows().map(move |(.., money)| of(money) as i64);
        let money = |of: fn(&PromisedMoney) -> Total| rows().map(move |(.., money)| of(money));
        let table = self
            .start(
                "funnel_money",
                rows().map(|(key, ..)| key).collect::<Vec<_>>().into_iter(),
            )
            .text("currency", rows().map(|(_, currency, _)| currency.to_string()))
            .int("n_promises", count(|money| money.n_promises))
            .int("n_judged", count(|money| money.kept.n_judged))
            .int("n_kept", count(|money| money.kept.n_kept))
            .money("promised", money(|money| money.promised))
            .money("promised_judged", money(|money| money.promised_judged))
            .money("paid_in_time", money(|money| money.paid_in_time));
        let table = self.with_notes(table);
        let has_unknown = rows().any(|(_, currency, _)| *currency == Currency::UNKNOWN);
        Ok(match has_unknown {
            true => table.note(
                Currency::UNKNOWN.as_str(),
                "promised on accounts whose currency is not known",
            ),
            false => table,
        })
    }
}
