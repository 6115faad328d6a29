//! Holds and their rules as tables.

use super::{HoldLine, Holds, Level, RuleResult, RuleStatus};
use crate::decide::exposure::Limit;
use crate::money::Total;
use crate::table::Table;

impl Holds {
    /// Returns the recommendations as a table.
    pub fn table(&self) -> Table {
        let lines = &self.lines;
        let with = |status: fn(&RuleStatus) -> Option<String>| {
            let of_line = move |line: &HoldLine| {
                let said = line.rules.iter().filter_map(|rule| {
                    let status = status(&rule.status)?;
                    Some(format!("{} {status}: {}", rule.rule, rule.inputs))
                });
                said.collect::<Vec<_>>().join("; ")
            };
            lines.iter().map(of_line).collect::<Vec<_>>()
        };
        let fired = with(|status| match status {
            RuleStatus::Fired(Level::Hold) => Some("hold".to_owned()),
            RuleStatus::Fired(Level::Watch) => Some("watch".to_owned()),
            _ => None,
        });
        let silenced = with(|status| match status {
            RuleStatus::Silenced(by) => Some(format!("silenced by {by}")),
            _ => None,
        });
        let not_available = with(|status| match status {
            RuleStatus::NotAvailable(_) => Some("not available".to_owned()),
            _ => None,
        });
        let limit = |line: &HoldLine| match line.limit {
            Limit::Amount(amount) => Some(amount),
            Limit::NoCredit => Some(Total::ZERO),
            Limit::Unlimited | Limit::NotAvailable(_) => None,
        };
        let limit_kind = |line: &HoldLine| match line.limit {
            Limit::Amount(_) => "amount",
            Limit::NoCredit => "none",
            Limit::Unlimited => "unlimited",
            Limit::NotAvailable(_) => "not available",
        };
        let held = |line: &HoldLine| Some(if line.held.as_ref()?.manual { "manual" } else { "rule" });
        let mut table = Table::new("holds")
            .text("customer_id", self.ids.iter().map(|(id, _)| id.clone()))
            .text(
                "recommendation",
                lines.iter().map(|line| line.recommendation.as_str().to_owned()),
            )
            .text("currency", lines.iter().map(|_| self.currency.to_string()))
            .money("exposure", lines.iter().map(|line| line.exposure))
            .money("credit_limit", lines.iter().map(limit))
            .money("overdue", lines.iter().map(|line| line.overdue))
            .int("oldest_days", lines.iter().map(|line| line.oldest_days.map(i64::from)))
            .real("probability", lines.iter().map(|line| line.probability))
            .text("rules", fired)
            .money("release_payment", lines.iter().map(|line| line.release_payment))
            .text("name", self.ids.iter().map(|(_, name)| name.clone()))
            .text("limit_kind", lines.iter().map(|line| limit_kind(line).to_owned()))
            .text("silenced", silenced)
            .text("not_available", not_available)
            .text("held", lines.iter().map(|line| held(line).map(str::to_owned)))
            .day(
                "held_since",
                lines.iter().map(|line| Some(line.held.as_ref()?.placed_on)),
            )
            .flag("review", lines.iter().map(|line| line.review))
            .text("owner", lines.iter().map(|line| line.held.as_ref()?.owner.clone()))
            .day("review_on", lines.iter().map(|line| line.held.as_ref()?.review_on));
        table.notes = self.notes.clone();
        table
    }

    /// Returns every rule of every customer, fired or not: what it measured, its thresholds, for whom they were laid down, and how it came out.
    pub fn trace_table(&self) -> Table {
        let results: Vec<(&str, &RuleResult)> = self
            .ids
            .iter()
            .zip(&self.lines)
            .flat_map(|((id, _), line)| line.rules.iter().map(move |result| (id.as_str(), result)))
            .collect();
        let thresholds = || results.iter().map(|(_, result)| result.threshold);
        let status = |result: &RuleResult| match &result.status {
            RuleStatus::Clear => "clear".to_owned(),
            RuleStatus::Fired(Level::Watch) => "watch".to_owned(),
            RuleStatus::Fired(Level::Hold) => "hold".to_owned(),
            RuleStatus::Silenced(by) => format!("silenced by {by}"),
            RuleStatus::NotAvailable(_) => "not available".to_owned(),
        };
        let mut table = Table::new("hold_rules")
            .text("customer_id", results.iter().map(|(id, _)| (*id).to_owned()))
            .text("rule", results.iter().map(|(_, result)| result.rule.to_owned()))
            .text("status", results.iter().map(|(_, result)| status(result)))
            .real(
                "value",
                results
                    .iter()
                    .map(|(_, result)| result.value.filter(|value| value.is_finite())),
            )
            .real("watch_above", thresholds().map(|threshold| threshold.watch))
            .real("hold_above", thresholds().map(|threshold| threshold.hold))
            .real(
                "release_at",
                thresholds().map(|threshold| threshold.hold.map(|_| threshold.release)),
            )
            .text("thresholds_of", results.iter().map(|(_, result)| result.level.clone()))
            .text("inputs", results.iter().map(|(_, result)| result.inputs.clone()));
        table.notes = self.notes.clone();
        table
    }
}
