//! The arithmetic behind a month's figures, with its operands.

use super::{Dso, DsoMonth, METRIC_ID, MonthlySales, countback_steps};
use crate::calendar::Month;
use crate::metrics::{NullReason, view_note};
use crate::money::Total;
use crate::table::Table;

/// One figure: its name, its formula in words, the formula with its operands, the result.
type Line = (String, &'static str, String, Result<f64, NullReason>);

impl DsoMonth {
    /// Returns the arithmetic of each figure.
    fn arithmetic(&self) -> Vec<Line> {
        let of_sales = |amount: Total| format!("{amount} / {} x {}", self.window_sales, self.window_days);
        let a_day = match self.tenure_adjusted {
            Ok(_) => format!("{} / {}", self.receivables, self.sales_a_day),
            Err(_) => String::new(),
        };
        let over = |days: Total| format!("{days} / {}", self.applied);
        let minus = |a: Result<f64, NullReason>, b: Result<f64, NullReason>| match (a, b) {
            (Ok(a), Ok(b)) => format!("{a} - {b}"),
            _ => String::new(),
        };
        let plus = match (self.weighted_terms, self.weighted_days_late) {
            (Ok(terms), Ok(late)) => format!("{terms} + {late}"),
            _ => String::new(),
        };
        let figures: Vec<(&'static str, &'static str, String, Result<f64, NullReason>)> = vec![
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
                "tenure_adjusted_dso",
                "receivables / (window_sales a day, those of younger customers over their own days)",
                a_day,
                self.tenure_adjusted,
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
                "days_late_floored",
                "sum(cash x days from due to application, early as 0) / cash_applied",
                over(self.applied_late_floored),
                self.days_late_floored,
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
            (
                "bad_debt_ratio",
                "(write-offs - recoveries) / window_sales",
                format!("{} / {}", self.net_write_offs, self.window_sales),
                self.bad_debt_ratio,
            ),
            (
                "dso_impact",
                "overdue / window_sales of the currency x window_days",
                format!("{} / {} x {}", self.overdue, self.sales_of_all, self.window_days),
                self.impact,
            ),
        ];
        let lines = figures.into_iter();
        lines
            .map(|(name, formula, operands, result)| (name.to_owned(), formula, operands, result))
            .collect()
    }
}

impl Dso {
    /// Returns the months taken off the receivables, newest first, and their sum.
    fn countback_lines(&self, group: usize, month: usize) -> Vec<Line> {
        let row = &self.rows()[group][month];
        let (months, sales): (Vec<Month>, Vec<MonthlySales>) = self.sales_until(group, month).unzip();
        let steps = countback_steps(row.receivables, &sales).unwrap_or_default();
        let mut lines: Vec<Line> = months
            .iter()
            .rev()
            .zip(&steps)
            .map(|(month, step)| {
                (
                    format!("countback {month}"),
                    "taken off / credit_sales of the month x its days",
                    format!("{} / {} x {}", step.taken, step.sales, step.n_days),
                    Ok(step.days()),
                )
            })
            .collect();
        let days: Vec<String> = steps.iter().map(|step| step.days().to_string()).collect();
        lines.push((
            "countback_dso".to_owned(),
            "sum over months taken off, newest first, until the receivables are used up",
            match row.countback {
                Ok(countback) if countback.is_censored => {
                    format!("{} and more: the sales of the ledger are used up", days.join(" + "))
                }
                _ => days.join(" + "),
            },
            row.countback.map(|countback| countback.days),
        ));
        lines
    }

    /// Returns one row per group, month and figure: the formula, the same with its operands, the result.
    pub fn explanation(&self) -> Table {
        let mut groups = Vec::new();
        let mut months = Vec::new();
        let mut lines = Vec::new();
        for (group, rows) in self.rows().iter().enumerate() {
            for (at, (month, row)) in self.months().iter().zip(rows).enumerate() {
                for line in row.arithmetic().into_iter().chain(self.countback_lines(group, at)) {
                    groups.push(group);
                    months.push(month.to_string());
                    lines.push(line);
                }
            }
        }
        self.labels()
            .start("dso_explained", METRIC_ID, &groups)
            .text("month", months)
            .text("figure", lines.iter().map(|(name, ..)| name.clone()))
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
                "collection_effectiveness is in percent, turnover a number of times, bad_debt_ratio a share, all others are days",
            )
    }
}
