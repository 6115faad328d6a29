//! The histories as tables.

use rayon::prelude::*;

use super::Timeline;
use crate::metrics::{flow, view_note};
use crate::money::Total;
use crate::table::Table;

impl Timeline {
    /// Returns every history as a table, named for its file; on all cores, since the moves of months have many rows.
    pub fn tables(&self) -> Vec<Table> {
        let tables: [fn(&Timeline) -> Table; 7] = [
            |timeline| timeline.aging.table(),
            |timeline| timeline.flow.table(),
            |timeline| timeline.items.table().named("roll_rates_items"),
            |timeline| timeline.customers.table().named("roll_rates_customers"),
            |timeline| timeline.cohorts.table(),
            Timeline::sales_and_receipts,
            |timeline| timeline.dso.table(),
        ];
        tables.par_iter().map(|table| table(self)).collect()
    }

    /// Returns one row per group and month: credit sales, cash received, balance at the month end.
    pub fn sales_and_receipts(&self) -> Table {
        let labels = self.flow.labels();
        let groups: Vec<usize> = (0..labels.n())
            .flat_map(|group| std::iter::repeat_n(group, self.months.n()))
            .collect();
        let months = (0..labels.n()).flat_map(|_| self.months.iter());
        let flows = self.flow.groups();
        let cash = flows
            .iter()
            .flat_map(|group| group.months.iter().map(|month| month.cash));
        let balances = flows
            .iter()
            .flat_map(|group| group.balances().map(|(_, closing)| closing));
        let sales: Vec<Total> = self.dso.rows().iter().flatten().map(|row| row.month_sales).collect();
        labels
            .start("sales_and_receipts", flow::METRIC_ID, &groups)
            .text("month", months.map(|month| month.to_string()))
            .money("credit_sales", sales)
            .money("cash", cash)
            .money("balance", balances)
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "balance",
                "at the end of the month, net of unapplied cash and credits; credit sales are invoices and debit notes less credit notes; cash counts in the month it came in, applied or not",
            )
    }
}
