//! The cohorts as tables: cells by age, and what each origin will grow to.

use super::{Cohorts, METRIC_ID};
use crate::metrics::{NullReason, view_note};
use crate::table::Table;

impl Cohorts {
    /// Returns one row per group, origin and age.
    pub fn table(&self) -> Table {
        let mut rows = Vec::new();
        let (mut origins, mut ages, mut n_documents, mut entered) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut cells, mut cumulative) = (Vec::new(), Vec::new());
        for (group, sums) in self.sums.iter().enumerate() {
            for origin in 0..self.origins.n() {
                for (age, (cell, sum)) in sums.ages(origin).iter().zip(sums.cumulative(origin)).enumerate() {
                    rows.push(group);
                    origins.push(self.origins.month(origin).to_string());
                    ages.push(age as i64);
                    n_documents.push(sums.n_documents[origin] as i64);
                    entered.push(sums.entered[origin]);
                    cells.push(*cell);
                    cumulative.push(sum);
                }
            }
        }
        let rates: Vec<Option<f64>> = cumulative
            .iter()
            .zip(&entered)
            .map(|(sum, entered)| sum.cash.ratio(*entered))
            .collect();
        let table = self
            .labels
            .start("cohorts", METRIC_ID, &rows)
            .text("origin", origins)
            .int("age_months", ages)
            .int("n_documents", n_documents)
            .money("entered", entered)
            .money("cash", cells.iter().map(|cell| cell.cash))
            .money("cash_cumulative", cumulative.iter().map(|sum| sum.cash))
            .real("recovery_rate", rates)
            .money("credits_cumulative", cumulative.iter().map(|sum| sum.credits))
            .money("discounts_cumulative", cumulative.iter().map(|sum| sum.discounts))
            .money("write_offs_cumulative", cumulative.iter().map(|sum| sum.write_offs));
        self.notes(table)
    }

    /// Returns one row per group and origin: what the origin's cash is expected to grow to.
    pub fn projection_table(&self) -> Table {
        let mut rows = Vec::new();
        let (mut origins, mut entered, mut latest) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ultimates, mut errors, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        for (group, sums) in self.sums.iter().enumerate() {
            let Some((months, triangle)) = self.triangle(group) else {
                continue;
            };
            let ladder = triangle.chain_ladder_by(self.params.factor_rule, self.params.sigma_rule);
            for (month, projection) in months.into_iter().zip(&ladder.origins) {
                let origin = self.origins.position(month.first()).unwrap_or_default();
                rows.push(group);
                origins.push(month.to_string());
                entered.push(sums.entered[origin]);
                latest.push(sums.cumulative(origin).last().map(|cell| cell.cash));
                ultimates.push(projection.ultimate);
                errors.push(projection.standard_error);
                let amount = sums.entered[origin].to_feature();
                rates.push(
                    projection
                        .ultimate
                        .filter(|_| amount > 0.0)
                        .map(|ultimate| ultimate / amount),
                );
            }
        }
        let reason = |values: &[Option<f64>]| -> Vec<Option<String>> {
            let reasons = values
                .iter()
                .map(|value| value.is_none().then(|| NullReason::NotDefined.to_string()));
            reasons.collect()
        };
        let table = self
            .labels
            .start("cohort_projection", METRIC_ID, &rows)
            .text("origin", origins)
            .money("entered", entered)
            .money("cash_latest", latest)
            .real("cash_ultimate", ultimates.clone())
            .real("standard_error", errors.clone())
            .real("ultimate_rate", rates.clone())
            .flag("over_100", rates.iter().map(|rate| rate.map(|rate| rate > 1.0)))
            .text("ultimate_reason", reason(&ultimates))
            .text("standard_error_reason", reason(&errors))
            .note("method", "chain ladder")
            .note("factors", self.params.factor_rule)
            .note("sigma_rule", self.params.sigma_rule.as_str());
        self.notes(table)
    }

    fn notes(&self, table: Table) -> Table {
        table
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("origin", self.params.origin.as_str())
            .note("observed_through", self.observed)
            .note(
                "money",
                "cash is net of cash taken back and of refunds; credits, discounts and write-offs stand beside it",
            )
    }
}
