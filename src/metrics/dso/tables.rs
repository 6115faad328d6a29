//! The DSO family as a table.

use super::{Dso, DsoMonth, METRIC_ID};
use crate::metrics::{NullReason, view_note};
use crate::money::Total;
use crate::table::Table;

impl Dso {
    /// Returns one row per group and month.
    pub fn table(&self) -> Table {
        type Null<T> = Result<T, NullReason>;
        let n_months = self.months.n();
        let groups: Vec<usize> = (0..self.rows.len())
            .flat_map(|group| std::iter::repeat_n(group, n_months))
            .collect();
        let rows: Vec<&DsoMonth> = self.rows.iter().flatten().collect();
        let money = |of: fn(&DsoMonth) -> Total| rows.iter().map(|row| of(row)).collect::<Vec<Total>>();
        let real = |of: fn(&DsoMonth) -> Null<f64>| rows.iter().map(|row| of(row).ok()).collect::<Vec<Option<f64>>>();
        let reason = |of: fn(&DsoMonth) -> Null<f64>| {
            let reasons = rows.iter().map(|row| of(row).err().map(|reason| reason.to_string()));
            reasons.collect::<Vec<Option<String>>>()
        };
        self.labels
            .start("dso", METRIC_ID, &groups)
            .text(
                "month",
                self.rows.iter().flat_map(|_| self.months.iter()).map(|month| month.to_string()),
            )
            .day("receivables_on", rows.iter().map(|row| row.receivables_on))
            .money("receivables", money(|row| row.receivables))
            .money("not_due", money(|row| row.not_due))
            .money("overdue", money(|row| row.overdue))
            .money("credit_sales", money(|row| row.month_sales))
            .day("sales_from", rows.iter().map(|row| row.sales_from))
            .money("window_sales", money(|row| row.window_sales))
            .int("window_months", rows.iter().map(|row| row.window_months as i64))
            .int("window_days", rows.iter().map(|row| i64::from(row.window_days)))
            .real("dso", real(|row| row.simple))
            .text("dso_reason", reason(|row| row.simple))
            .real("best_possible_dso", real(|row| row.best_possible))
            .real("average_days_delinquent", real(|row| row.average_days_delinquent))
            .text("average_days_delinquent_reason", reason(|row| row.average_days_delinquent))
            .real("countback_dso", real(|row| row.countback.map(|countback| countback.days)))
            .flag("countback_censored", rows.iter().map(|row| row.countback.ok().map(|countback| countback.is_censored)))
            .text("countback_reason", reason(|row| row.countback.map(|countback| countback.days)))
            .real("tenure_adjusted_dso", real(|row| row.tenure_adjusted))
            .text("tenure_adjusted_reason", reason(|row| row.tenure_adjusted))
            .real("true_dso", real(|row| row.true_dso))
            .text("true_dso_reason", reason(|row| row.true_dso))
            .real("collection_effectiveness", real(|row| row.cei))
            .text("collection_effectiveness_reason", reason(|row| row.cei))
            .money("cash_applied", money(|row| row.applied))
            .real("weighted_terms", real(|row| row.weighted_terms))
            .real("weighted_days_late", real(|row| row.weighted_days_late))
            .real("days_late_floored", real(|row| row.days_late_floored))
            .real("weighted_days_to_pay", real(|row| row.weighted_days_to_pay))
            .text("weighted_days_reason", reason(|row| row.weighted_days_to_pay))
            .real("turnover", real(|row| row.turnover))
            .text("turnover_reason", reason(|row| row.turnover))
            .money("net_write_offs", money(|row| row.net_write_offs))
            .real("bad_debt_ratio", real(|row| row.bad_debt_ratio))
            .text("bad_debt_reason", reason(|row| row.bad_debt_ratio))
            .real("dso_impact", real(|row| row.impact))
            .text("dso_impact_reason", reason(|row| row.impact))
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "windows",
                format!(
                    "receivables: the end of each month; credit sales and write-offs: {} months to it, actual days, from `sales_from`",
                    self.params.window_months
                ),
            )
            .note(
                "receivables",
                "control balance, net of unapplied cash and credits; credit sales are invoices and debit notes less credit notes",
            )
            .note("dso_impact", "overdue claims of the row over the window sales of its whole currency, times the days: what the simple DSO would lose if they were paid")
            .note("countback_censored", "where a row says yes, the sales in the ledger were too few and the days are a lower bound")
    }
}
