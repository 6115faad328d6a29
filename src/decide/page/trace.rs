//! What the hold rules say of one customer.

use super::row_of;
use crate::decide::holds::{Holds, Level, RuleStatus};
use crate::table::Table;

/// Columns that say in one cell what the rules say line by line.
const IN_THE_RULES: &[&str] = &["rules", "silenced", "not_available"];

/// Returns the recommendation, line by line, and every rule with what it saw; without exposure and without a hold there is neither.
pub(super) fn tables(holds: &Holds, customer_id: &str) -> Vec<Table> {
    let table = holds.table();
    let Some(hold) = row_of(&table, customer_id, "hold", IN_THE_RULES) else {
        return Vec::new();
    };
    let ids = table.texts("customer_id").unwrap_or_default();
    let lines = ids.iter().zip(&holds.lines);
    let rules = lines
        .filter(|(id, _)| id.as_deref() == Some(customer_id))
        .flat_map(|(_, line)| &line.rules);
    let status = |status: &RuleStatus| match status {
        RuleStatus::Clear => "clear".to_owned(),
        RuleStatus::Fired(Level::Watch) => "watch".to_owned(),
        RuleStatus::Fired(Level::Hold) => "hold".to_owned(),
        RuleStatus::Silenced(by) => format!("silenced by {by}"),
        RuleStatus::NotAvailable(_) => "not available".to_owned(),
    };
    let trace = Table::new("hold_rules")
        .text("rule", rules.clone().map(|rule| rule.rule.to_owned()))
        .text("status", rules.clone().map(|rule| status(&rule.status)))
        .text("inputs", rules.map(|rule| rule.inputs.clone()));
    vec![hold, trace]
}
