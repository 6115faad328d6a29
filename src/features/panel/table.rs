//! A panel as a table: what each row is about, how it ended, its features.

use super::Panel;
use crate::features::catalogue::Feature;
use crate::features::{Labelled, Unit};
use crate::ledger::Ledger;
use crate::table::Table;

impl Panel {
    /// Returns one row per row of the panel: `customer_id`, in a panel of invoices `invoice_id` and `instalment`, `as_of`,
    /// `standing`, `history`, `at_stake`, `outcome` and `matures_on` of its label, and one column per feature, null where it is missing.
    ///
    /// `labels` has one entry per row, as [`outcomes`](crate::features::label::outcomes) returns them.
    pub fn table(&self, ledger: &Ledger, labels: &[Labelled]) -> Table {
        let rows = self.rows().iter();
        let ids = rows.clone().map(|row| ledger.customer_id(row.customer).to_owned());
        let mut table = Table::new("panel").text("customer_id", ids);
        if self.params.unit == Unit::Invoice {
            let invoices = self.invoice_rows.iter().copied();
            let ids = invoices
                .clone()
                .map(|row| ledger.text("invoices", "invoice_id", row).map(str::to_owned));
            let numbers = ledger.table("invoices").and_then(|table| table.ints("instalment").ok());
            let instalments = invoices.map(|row| numbers.and_then(|numbers| numbers[row as usize]));
            table = table.text("invoice_id", ids).int("instalment", instalments);
        }
        let table = table
            .day("as_of", rows.clone().map(|row| row.as_of.0))
            .text("standing", rows.clone().map(|row| row.standing.as_str().to_owned()))
            .text("history", rows.clone().map(|row| row.history().to_owned()))
            .real("at_stake", rows.map(|row| row.at_stake))
            .text("outcome", labels.iter().map(|label| label.outcome.as_str().to_owned()))
            .day("matures_on", labels.iter().map(|label| label.matures_on));
        let features = Feature::of(self.params.unit);
        features
            .iter()
            .zip(self.x.columns())
            .fold(table, |table, (feature, column)| {
                let known = column.iter().map(|value| (!value.is_nan()).then_some(*value));
                table.real(feature.entry().name, known)
            })
    }
}
