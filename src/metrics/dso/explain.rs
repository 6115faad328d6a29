//! The arithmetic behind a month's figures, with its operands.

use super::{Dso, DsoMonth, METRIC_ID};
use crate::metrics::{NullReason, view_note};
use crate::money::Total;
use crate::table::Table;

/// One figure: its name, its formula in words, the formula with its operands, the result.
type Line = (&'static str, &'static str, String, Result<f64, NullReason>);

impl DsoMonth {
    /// Returns the arithmetic of each figure.
    fn arithmetic(&self) -> Vec<Line> {
        let of_sales = |amount: Total| format!("{amount} / {} x {}", self.window_sales, self.window_days);
        let over = |days: Total| format!("{days} / {}", self.applied);
        let minus = |a: Result<f64, NullReason>, b: Result<f64, NullReason>| match (a, b) {
            (Ok(a), Ok(b)) => format!("{a} - {b}"),
            _ => String::new(),
        };
        let plus = match (self.weighted_terms, self.weighted_days_late) {
            (Ok(terms), Ok(late)) => format!("{terms} + {late}"),
            _ => String::new(),
        };
        vec![
            (
                "dso",
                "receivables / window_sales x window_days",
                of_sales(self.receivables),
                self.simple,
            ),
            (
                "best_possible_dso",
                "not_due / window_sales x window_days",
                of_sales(self.not_due),
                self.best_possible,
            ),
            (
                "average_days_delinquent",
                "dso - best_possible_dso",
                minus(self.simple, self.best_possible),
                self.average_days_delinquent,
            ),
            (
                "true_dso",
                "sum(open x days since issue) / sum(open)",
                format!(
                    "{} / {}",
                    self.open_days,
                    self.not_due + self.overdue + self.no_due_date
                ),
                self.true_dso,
            ),
            (
                "collection_effectiveness",
                "100 x (opening + credit_sales - closing) / (opening + credit_sales - not_due)",
                format!(
                    "100 x ({opening} + {sales} - {}) / ({opening} + {sales} - {})",
                    self.receivables,
                    self.not_due,
                    opening = self.opening,
                    sales = self.month_sales
                ),
                self.cei,
            ),
            (
                "weighted_terms",
                "sum(cash x days from issue to due) / cash_applied",
                over(self.applied_terms),
                self.weighted_terms,
            ),
            (
                "weighted_days_late",
                "sum(cash x days from due to application) / cash_applied",
                over(self.applied_late),
                self.weighted_days_late,
            ),
            (
                "weighted_days_to_pay",
                "weighted_terms + weighted_days_late",
                plus,
                self.weighted_days_to_pay,
            ),
            (
                "turnover",
                "window_sales / (sum of month-end receivables / window_months)",
                format!(
                    "{} / ({} / {})",
                    self.window_sales, self.receivables_of_window, self.window_months
                ),
                self.turnover,
            ),
        ]
    }
}

impl Dso {
    /// Returns one row per group, month and figure: the formula, the same with its operands, the result.
    pub fn explanation(&self) -> Table {
        let mut groups = Vec::new();
        let mut months = Vec::new();
        let mut lines = Vec::new();
        for (group, rows) in self.rows().iter().enumerate() {
            for (month, row) in self.months().iter().zip(rows) {
                for line in row.arithmetic() {
                    groups.push(group);
                    months.push(month.to_string());
                    lines.push(line);
                }
            }
        }
        self.labels()
            .start("dso_explained", METRIC_ID, &groups)
            .text("month", months)
            .text("figure", lines.iter().map(|(name, ..)| (*name).to_owned()))
            .text("formula", lines.iter().map(|(_, formula, ..)| (*formula).to_owned()))
            .text("operands", lines.iter().map(|(.., operands, _)| operands.clone()))
            .real("days", lines.iter().map(|(.., result)| result.ok()))
            .text(
                "reason",
                lines
                    .iter()
                    .map(|(.., result)| result.err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.months().last_day())
            .note("view", view_note(self.known_on))
            .note(
                "figures",
                "collection_effectiveness is in percent, turnover a number of times, all others are days",
            )
    }
}
