//! The ageing as a table.

use super::{Aging, AgingDisputes, AgingSums, METRIC_ID, in_base};
use crate::metrics::view_note;
use crate::money::Total;
use crate::table::Table;

impl Aging {
    /// Returns one row per group; all money is positive where its name suggests it.
    pub fn table(&self) -> Table {
        let rows: Vec<usize> = (0..self.sums.len()).collect();
        let money = |of: fn(&AgingSums) -> Total| self.sums.iter().map(of).collect::<Vec<Total>>();
        let (name, metric) = match self.rates {
            Some(_) => ("aging_base", in_base::METRIC_ID),
            None => ("aging", METRIC_ID),
        };
        let mut table = self
            .labels
            .start(name, metric, &rows)
            .money("not_due", money(|sums| sums.not_due));
        for (bucket, name) in self.scheme.columns().iter().enumerate() {
            table = table.money(name, self.sums.iter().map(|sums| sums.past_due[bucket]));
        }
        table = table.money("no_due_date", money(|sums| sums.no_due_date));
        let is_net = self.params.disputes == AgingDisputes::Net;
        if is_net {
            table = table.money("disputed", money(|sums| sums.carved_out));
        }
        table = table
            .money("unapplied_cash", money(|sums| sums.unapplied_cash))
            .money("unapplied_credits", money(|sums| sums.unapplied_credits))
            .money("control", money(AgingSums::control))
            .money("overdue", money(AgingSums::overdue));
        if !is_net {
            table = table.money("disputed", money(|sums| sums.disputed));
        }
        let (summand, disputed) = match self.params.disputes {
            AgingDisputes::Gross => ("", "disputed is part of the buckets"),
            AgingDisputes::Net => (" + disputed", "disputed is carved out of the buckets"),
            AgingDisputes::AsLate => ("", "disputed is part of the past-due buckets"),
        };
        if let Some(rates) = &self.rates {
            table = table.note("rates", rates);
        }
        table
            .int("n_open_items", self.sums.iter().map(|sums| sums.n_open_items as i64))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("basis", self.params.basis.as_str())
            .note("boundary", self.params.boundary.as_note())
            .note("credits", self.params.credits.as_str())
            .note("disputes", self.params.disputes.as_str())
            .note(
                "identity",
                format!("control = not_due + past-due buckets + no_due_date{summand} - unapplied_cash - unapplied_credits; {disputed}"),
            )
    }
}
