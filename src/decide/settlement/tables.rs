//! The calculation line by line.

use super::{Settlement, Settlements, estimate};
use crate::money::{Currency, Total};
use crate::table::Table;

/// One line of the calculation.
struct Line {
    currency: Currency,
    line: &'static str,
    money: Option<Total>,
    share: Option<f64>,
    how: String,
}

impl Settlements {
    /// Returns the calculation line by line.
    pub fn table(&self) -> Table {
        let lines: Vec<Line> = self.rows.iter().flat_map(|row| self.lines(row)).collect();
        let rows = || lines.iter();
        Table::new("settlement")
            .text("currency", rows().map(|row| row.currency.to_string()))
            .text("line", rows().map(|row| row.line.to_owned()))
            .money("money", rows().map(|row| row.money))
            .real("share", rows().map(|row| row.share))
            .text("how", rows().map(|row| row.how.clone()))
            .note("as_of", self.as_of)
    }

    fn lines(&self, row: &Settlement) -> Vec<Line> {
        let line = |line, money: Option<Total>, share, how: String| Line {
            currency: row.currency,
            line,
            money,
            share,
            how,
        };
        let money = |name, money: Total, how: String| line(name, Some(money), None, how);
        let (n, first) = (row.instalments.len(), row.instalments[0].0);
        let last = row.instalments[n - 1].0;
        let when = match n {
            1 => format!("at once, on {first}"),
            n => format!("{n} instalments from {first} to {last}"),
        };
        let own = (row.recovery - row.cost).max(Total::ZERO);
        let fee = estimate(row.recovery.to_feature() * row.agency_fee);
        let (fee_rate, discount_rate) = (row.agency_fee * 100.0, self.discount_rate * 100.0);
        let smallest_how = match row.smallest {
            Some(_) => "worth as much in these instalments; what is not paid under them counts as lost",
            None => "none: the whole claim in these instalments is worth less than what is expected otherwise",
        };
        let verdict = if row.is_acceptable() { "accept" } else { "decline" };
        vec![
            money(
                "owed",
                row.owed,
                format!("{} open claims, {} of it disputed", row.n_claims, row.disputed),
            ),
            money("offered", row.offered, when),
            money("given up", row.given_up(), format!("approval: {}", row.approval)),
            line("adherence", None, Some(row.adherence), self.adherence_source.clone()),
            money(
                "value of the offer",
                row.value,
                format!("instalments x adherence, discounted at {discount_rate} % a year"),
            ),
            money(
                "expected recovery",
                row.recovery,
                format!(
                    "cash within {} days at the customer's pace for the age of each claim, discounted alike",
                    self.recovery_days
                ),
            ),
            money(
                "going on ourselves",
                own,
                format!("less {} for {} claims", row.cost, row.n_claims),
            ),
            money(
                "by an agency",
                row.recovery - fee,
                format!("less its fee of {fee_rate:.1} %, {}", self.fee_source),
            ),
            money(
                "expected otherwise",
                row.otherwise,
                "the best of these, at least nothing".to_owned(),
            ),
            line(
                "smallest acceptable",
                row.smallest,
                row.smallest.and_then(|smallest| smallest.ratio(row.owed)),
                smallest_how.to_owned(),
            ),
            money(
                verdict,
                row.value - row.otherwise,
                "value of the offer less what is expected otherwise".to_owned(),
            ),
        ]
    }

    /// Returns the instalments of the offer.
    pub fn instalments_table(&self) -> Table {
        let rows: Vec<_> = self
            .rows
            .iter()
            .flat_map(|row| {
                (1_i64..)
                    .zip(&row.instalments)
                    .map(move |(number, part)| (row.currency, number, part))
            })
            .collect();
        let rows = || rows.iter();
        Table::new("settlement_instalments")
            .text("currency", rows().map(|(currency, ..)| currency.to_string()))
            .int("instalment", rows().map(|(_, number, _)| *number))
            .day("due_on", rows().map(|(.., (day, _))| *day))
            .money("amount", rows().map(|(.., (_, amount))| *amount))
            .note("as_of", self.as_of)
    }
}
