//! A scorecard in the forms of other programs: a query, and a table of its points.
//!
//! # Definition
//! The query adds up, for each row of a table whose columns are called as the features are (`arrears panel` writes such a table), the
//! points and the log-odds of the bin each value falls into. Values on an edge belong to the bin below it; null is missing.
//! # Inputs
//! A fitted card. Edges and weights are written with every digit, as approximate numbers (`3e-1`), which every engine reads as
//! 64-bit floating point.
//! # Edge cases
//! A card without features cannot be fitted, and so cannot be written.
//! # Source
//! Standard SQL: `CASE` and sums alone, which SQLite, DuckDB, PostgreSQL and others run alike.
//! # Example
//! `CASE WHEN late_share_all IS NULL THEN 48 WHEN late_share_all <= 1.2e-1 THEN 61 ELSE 33 END`

use std::fmt::Write as _;

use super::binning::Bin;
use super::scorecard::{Characteristic, Scorecard};
use crate::table::Table;

/// One bin of a card: values above `over` and up to `up_to`, or missing ones.
struct Row<'a> {
    characteristic: &'a Characteristic,
    bin: &'a Bin,
    is_missing: bool,
    over: Option<f64>,
    up_to: Option<f64>,
}

impl Scorecard {
    /// Returns a query over a table that adds the columns `points`, `log_odds` and `probability` to all of its own.
    pub fn sql(&self, table: &str) -> String {
        let points = self.sum_of_cases("0", |row| {
            let points = self.points_of(row.characteristic, row.bin);
            format!("{points:.0}")
        });
        let log_odds = self.sum_of_cases(&number(self.intercept), |row| {
            number(row.characteristic.coefficient * row.bin.woe)
        });
        format!(
            "SELECT scored.*, 1e0 / (1e0 + EXP(-scored.log_odds)) AS probability\nFROM (\n  SELECT {table}.*,\n    {points} AS points,\n    {log_odds} AS log_odds\n  FROM {table}\n) AS scored\n"
        )
    }

    fn sum_of_cases(&self, first: &str, value: impl Fn(&Row<'_>) -> String) -> String {
        let mut sum = first.to_owned();
        for characteristic in &self.characteristics {
            let name = &characteristic.feature;
            sum.push_str("\n    + CASE");
            for row in rows_of(characteristic) {
                let value = value(&row);
                // Writing to a string cannot fail.
                let _ = match (row.is_missing, row.up_to) {
                    (true, _) => write!(sum, " WHEN {name} IS NULL THEN {value}"),
                    (false, Some(up_to)) => write!(sum, " WHEN {name} <= {} THEN {value}", number(up_to)),
                    (false, None) => write!(sum, " ELSE {value}"),
                };
            }
            sum.push_str(" END");
        }
        sum
    }

    /// Returns one row per bin: `feature`, `missing`, `over`, `up_to`, `points`, `log_odds`; the sum of the rows that hold is the score, the
    /// sum of their log-odds and `intercept` that of the row.
    pub fn points_table(&self) -> Table {
        let rows: Vec<Row<'_>> = self.characteristics.iter().flat_map(rows_of).collect();
        Table::new("scorecard")
            .note("intercept", self.intercept)
            .text("feature", rows.iter().map(|row| row.characteristic.feature.clone()))
            .flag("missing", rows.iter().map(|row| row.is_missing))
            .real("over", rows.iter().map(|row| row.over))
            .real("up_to", rows.iter().map(|row| row.up_to))
            .int(
                "points",
                rows.iter()
                    .map(|row| self.points_of(row.characteristic, row.bin) as i64),
            )
            .real(
                "log_odds",
                rows.iter().map(|row| row.characteristic.coefficient * row.bin.woe),
            )
    }
}

/// Returns the bins of a feature: missing values first, then by value; the last one is open.
fn rows_of(characteristic: &Characteristic) -> impl Iterator<Item = Row<'_>> {
    let binning = &characteristic.binning;
    let missing = Row {
        characteristic,
        bin: &binning.missing,
        is_missing: true,
        over: None,
        up_to: None,
    };
    let of_values = binning.bins.iter().enumerate().map(move |(position, bin)| Row {
        characteristic,
        bin,
        is_missing: false,
        over: position.checked_sub(1).map(|before| binning.upper[before]),
        up_to: binning.upper.get(position).copied(),
    });
    [missing].into_iter().chain(of_values)
}

/// Writes a number with every digit, as an approximate one.
fn number(value: f64) -> String {
    format!("{value:e}")
}
