//! Limits and terms as tables.

use super::{LimitLine, Limits};
use crate::decide::exposure::Limit;
use crate::ids::CustomerIx;
use crate::money::Total;
use crate::table::Table;

impl Limits<'_> {
    /// Returns one row per customer.
    pub fn table(&self) -> Table {
        let lines = || self.lines.iter();
        let present = |line: &LimitLine| match line.limit {
            Limit::Amount(amount) => Some(amount),
            Limit::NoCredit => Some(Total::ZERO),
            Limit::Unlimited | Limit::NotAvailable(_) => None,
        };
        let kind = |line: &LimitLine| match line.limit {
            Limit::Amount(_) => "amount",
            Limit::NoCredit => "none",
            Limit::Unlimited => "unlimited",
            Limit::NotAvailable(_) => "not available",
        };
        let used = |line: &LimitLine| match line.limit {
            Limit::Amount(amount) => line.exposure.ratio(amount),
            _ => None,
        };
        let calculation = |line: &LimitLine| {
            let said = line.proposal.calculation.iter();
            let said: Vec<String> = said
                .map(|line| format!("{} {}: {}", line.line, line.money, line.how))
                .collect();
            (!said.is_empty()).then(|| said.join("; "))
        };
        let watch = |line: &LimitLine| (!line.watch.is_empty()).then(|| line.watch.join("; "));
        let mut table = Table::new("limits")
            .text(
                "customer_id",
                lines().map(|line| self.ledger.customer_id(line.customer).to_owned()),
            )
            .text("action", lines().map(|line| line.proposal.action.as_str().to_owned()))
            .text("currency", lines().map(|line| line.currency.to_string()))
            .text("limit_kind", lines().map(|line| kind(line).to_owned()))
            .money("credit_limit", lines().map(present))
            .money("proposed_limit", lines().map(|line| line.proposal.proposed))
            .money("exposure", lines().map(|line| line.exposure))
            .real("limit_used", lines().map(used))
            .real("probability", lines().map(|line| line.probability))
            .text(
                "terms_action",
                lines().map(|line| line.terms.action.as_str().to_owned()),
            )
            .int("terms_days", lines().map(|line| line.terms.present_days.map(i64::from)))
            .int(
                "proposed_days",
                lines().map(|line| line.terms.proposed_days.map(i64::from)),
            )
            .text("watch", lines().map(watch))
            .text("reasons", lines().map(|line| line.proposal.reasons.join("; ")))
            .text("terms_reason", lines().map(|line| line.terms.reason.clone()))
            .text("calculation", lines().map(calculation))
            .day("limit_until", lines().map(|line| line.limit_until))
            .text(
                "name",
                lines().map(|line| self.attributes.text(line.customer, "name").map(str::to_owned)),
            );
        table.notes = self.notes.clone();
        table
    }

    /// Returns the calculation of one customer, line by line; `None` where it has no proposal.
    pub fn calculation_table(&self, customer: CustomerIx) -> Option<Table> {
        let found = self.lines.iter().find(|line| line.customer == customer)?;
        let lines = || found.proposal.calculation.iter();
        let verdict = (
            found.proposal.action.as_str().to_owned(),
            found.proposal.proposed,
            found.proposal.reasons.join("; "),
        );
        let terms = found
            .terms
            .proposed_days
            .map_or(String::new(), |days| format!("{days} days: "));
        let terms = (
            format!("terms: {}", found.terms.action.as_str()),
            None,
            format!("{terms}{}", found.terms.reason),
        );
        let watch = found.watch.iter().map(|sign| ("watch".to_owned(), None, sign.clone()));
        let rows: Vec<(String, Option<Total>, String)> = lines()
            .map(|line| (line.line.to_owned(), Some(line.money), line.how.clone()))
            .chain([verdict, terms])
            .chain(watch)
            .collect();
        let mut table = Table::new("limit_calculation")
            .text("line", rows.iter().map(|(line, ..)| line.clone()))
            .text("currency", rows.iter().map(|_| found.currency.to_string()))
            .money("money", rows.iter().map(|(_, money, _)| *money))
            .text("how", rows.iter().map(|(.., how)| how.clone()));
        table.notes = self.notes.clone();
        Some(table)
    }
}
