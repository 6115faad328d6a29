//! The ageing as a table.

use super::{Aging, AgingDisputes, AgingParams, AgingScheme, AgingSums, METRIC_ID, in_base};
use crate::calendar::Day;
use crate::metrics::view_note;
use crate::money::Total;
use crate::table::Table;

impl Aging {
    /// Returns one row per group; all money is positive where its name suggests it.
    pub fn table(&self) -> Table {
        let rows: Vec<usize> = (0..self.sums.len()).collect();
        let (name, metric) = match self.rates {
            Some(_) => ("aging_base", in_base::METRIC_ID),
            None => ("aging", METRIC_ID),
        };
        let sums: Vec<&AgingSums> = self.sums.iter().collect();
        let table = with_sums(
            self.labels.start(name, metric, &rows),
            &sums,
            &self.scheme,
            self.params.disputes,
        );
        let table = match &self.rates {
            Some(rates) => table.note("rates", rates),
            None => table,
        };
        with_views(table, self.as_of.0, self.known_on, &self.params)
    }
}

/// Adds the columns of the sums, one row each.
pub(super) fn with_sums(table: Table, sums: &[&AgingSums], scheme: &AgingScheme, disputes: AgingDisputes) -> Table {
    let money = |of: fn(&AgingSums) -> Total| sums.iter().map(|sums| of(sums)).collect::<Vec<Total>>();
    let mut table = table.money("not_due", money(|sums| sums.not_due));
    for (bucket, name) in scheme.columns().iter().enumerate() {
        table = table.money(name, sums.iter().map(|sums| sums.past_due[bucket]));
    }
    table = table.money("no_due_date", money(|sums| sums.no_due_date));
    let is_net = disputes == AgingDisputes::Net;
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
    table.int("n_open_items", sums.iter().map(|sums| sums.n_open_items as i64))
}

/// Adds what every table of the ageing says about itself.
pub(super) fn with_views(table: Table, as_of: Day, known_on: Option<Day>, params: &AgingParams) -> Table {
    let (summand, disputed) = match params.disputes {
        AgingDisputes::Gross => ("", "disputed is part of the buckets"),
        AgingDisputes::Net => (" + disputed", "disputed is carved out of the buckets"),
        AgingDisputes::AsLate => ("", "disputed is part of the past-due buckets"),
    };
    table
        .note("as_of", as_of)
        .note("view", view_note(known_on))
        .note("basis", params.basis.as_str())
        .note("boundary", params.boundary.as_note())
        .note("credits", params.credits.as_str())
        .note("disputes", params.disputes.as_str())
        .note(
            "identity",
            format!("control = not_due + past-due buckets + no_due_date{summand} - unapplied_cash - unapplied_credits; {disputed}"),
        )
}
