//! The cohorts as tables: cells by age, and what each origin will grow to.

use super::{Cohorts, Incomplete, METRIC_ID};
use crate::metrics::{NullReason, view_note};
use crate::table::Table;

impl Cohorts {
    /// Returns one row per group, origin and age.
    pub fn table(&self) -> Table {
        let mut rows = Vec::new();
        let (mut origins, mut ages, mut n_documents, mut entered) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut cells, mut cumulative, mut complete) = (Vec::new(), Vec::new(), Vec::new());
        for (group, sums) in self.sums.iter().enumerate() {
            for origin in 0..self.origins.n() {
                for (age, (cell, sum)) in sums.ages(origin).iter().zip(sums.cumulative(origin)).enumerate() {
                    rows.push(group);
                    origins.push(origin);
                    complete.push(self.incomplete.is_none() || origin + age + 1 < self.observed.n());
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
            .text(
                "origin",
                origins.iter().map(|&origin| self.origins.label(origin).to_owned()),
            )
            .day("origin_ends_on", origins.iter().map(|&origin| self.origins.end(origin)))
            .int("age", ages)
            .flag("age_complete", complete)
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
        let (mut diagonal, mut ultimates, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        let mut additive = Vec::new();
        for (group, sums) in self.sums.iter().enumerate() {
            let (Some((positions, _)), Some(ladder), Some(by_exposure)) =
                (self.triangle(group), self.chain_ladder(group), self.additive(group))
            else {
                continue;
            };
            for ((origin, projection), ultimate) in
                positions.into_iter().zip(&ladder.origins).zip(by_exposure.ultimates)
            {
                rows.push(group);
                origins.push(origin);
                entered.push(sums.entered[origin]);
                latest.push(sums.cumulative(origin).last().map(|cell| cell.cash));
                diagonal.push(projection.latest);
                ultimates.push(projection.ultimate);
                errors.push(projection.standard_error);
                additive.push(ultimate);
            }
        }
        let reason = |values: &[Option<f64>]| -> Vec<Option<String>> {
            let reasons = values
                .iter()
                .map(|value| value.is_none().then(|| NullReason::NotDefined.to_string()));
            reasons.collect()
        };
        let rates = |ultimates: &[Option<f64>]| -> Vec<Option<f64>> {
            let over_entered = ultimates.iter().zip(&entered).map(|(ultimate, entered)| {
                let entered = entered.to_feature();
                ultimate.filter(|_| entered > 0.0).map(|ultimate| ultimate / entered)
            });
            over_entered.collect()
        };
        let (ladder_rates, additive_rates) = (rates(&ultimates), rates(&additive));
        let table = self
            .labels
            .start("cohort_projection", METRIC_ID, &rows)
            .text("origin", origins.iter().map(|&origin| self.origins.label(origin).to_owned()))
            .day("origin_ends_on", origins.iter().map(|&origin| self.origins.end(origin)))
            .money("entered", entered)
            .money("cash_latest", latest)
            .real("cash_projected_from", diagonal)
            .real("cash_ultimate", ultimates.clone())
            .real("standard_error", errors.clone())
            .flag("over_100", ladder_rates.iter().map(|rate| rate.map(|rate| rate > 1.0)))
            .real("ultimate_rate", ladder_rates)
            .real("additive_ultimate", additive.clone())
            .real("additive_rate", additive_rates)
            .text("ultimate_reason", reason(&ultimates))
            .text("standard_error_reason", reason(&errors))
            .text("additive_reason", reason(&additive))
            .note("method", "chain ladder; additive: latest + entered x cash at the ages to come over what entered, of the origins seen there")
            .note("factors", self.params.factor_rule)
            .note("sigma_rule", self.params.sigma_rule.as_str());
        self.notes(table)
    }

    fn notes(&self, table: Table) -> Table {
        let last_diagonal = self.params.last_diagonal.as_str();
        let last_diagonal = match self.incomplete {
            Some(Incomplete { days_seen, n_days }) => {
                format!(
                    "{last_diagonal}: {days_seen} of {n_days} days seen; projected from increments x {n_days}/{days_seen}"
                )
            }
            None => format!("{last_diagonal}: every age is complete"),
        };
        table
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("origin", self.params.origin)
            .note("periods", self.params.calendar.describe())
            .note(
                "age",
                format!("{}s since the origin", self.params.calendar.length.as_str()),
            )
            .note("observed_through", self.observed.label(self.observed.n() - 1))
            .note("last_diagonal", last_diagonal)
            .note(
                "money",
                "cash is net of cash taken back and of refunds; credits, discounts and write-offs stand beside it",
            )
    }
}
