//! Promises as tables.

use super::{METRIC_ID, Promises, PromisesRow};
use crate::metrics::view_note;
use crate::money::Total;
use crate::table::Table;

impl Promises {
    /// Returns one row per group.
    pub fn table(&self) -> Table {
        let rows = || self.rows.iter().map(|(_, row)| row);
        let count = |of: fn(&PromisesRow) -> u64| rows().map(move |row| of(row) as i64);
        let money = |of: fn(&PromisesRow) -> Total| rows().map(of);
        let table = self
            .labels
            .start("promises", METRIC_ID, self.rows.iter().map(|(place, _)| place))
            .int("n_made", count(|row| row.n_judged() + row.n_open))
            .int("n_judged", count(PromisesRow::n_judged))
            .int("n_kept", count(|row| row.n_kept))
            .int("n_partially_kept", count(|row| row.n_partially_kept))
            .int("n_broken", count(|row| row.n_broken))
            .int("n_open", count(|row| row.n_open))
            .int("n_replaced", count(|row| row.n_replaced))
            .real("kept_rate", rows().map(|row| row.kept_rate.ok()))
            .real("kept_rate_low", rows().map(|row| Some(row.kept_rate_interval?.0)))
            .real("kept_rate_high", rows().map(|row| Some(row.kept_rate_interval?.1)))
            .money("promised", money(|row| row.promised))
            .money("promised_judged", money(|row| row.promised_judged))
            .money("paid_in_time", money(|row| row.paid))
            .real("paid_share", rows().map(|row| row.paid_share.ok()))
            .real("paid_share_low", rows().map(|row| Some(row.paid_share_interval?.0)))
            .real("paid_share_high", rows().map(|row| Some(row.paid_share_interval?.1)))
            .text(
                "reason",
                rows().map(|row| row.kept_rate.err().map(|reason| reason.to_string())),
            );
        self.noted(table)
    }

    /// Returns one row per group and level: the invoices promised, by the number of promises on them that were not kept.
    pub fn level_table(&self) -> Table {
        let levels = || self.levels.iter();
        let table = self
            .labels
            .start("promise_levels", METRIC_ID, levels().map(|((place, _), _)| place))
            .int("level", levels().map(|((_, level), _)| i64::from(*level)))
            .int("n_invoices", levels().map(|(_, row)| row.n_invoices as i64))
            .money("open", levels().map(|(_, row)| row.open));
        self.noted(table).note(
            "level",
            "promises on the invoice that were not kept; an invoice stands with its last promise of the months",
        )
    }

    fn noted(&self, table: Table) -> Table {
        let (first, last) = (self.months.month(0), self.months.month(self.months.n() - 1));
        table
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("made", format!("{first} to {last}"))
            .note(
                "tolerance",
                format!("{} days after the promised day", self.params.tolerance_days),
            )
            .note(
                "intervals",
                format!(
                    "{} %: Wilson for the count, draws of customers for the money",
                    self.params.bootstrap.confidence * 100.0
                ),
            )
    }
}
