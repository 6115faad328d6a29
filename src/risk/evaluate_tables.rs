//! An evaluation as tables.

use std::collections::BTreeMap;

use super::evaluate::Evaluation;
use super::measures::Measure;
use super::validate::{Drawn, Tenth, tenths};
use crate::ids::CustomerIx;
use crate::table::Table;

impl Evaluation {
    /// Returns one row per estimator with every measure as a column.
    pub fn summary(&self) -> Table {
        let table = Table::new("evaluation")
            .note("held_out", &self.held_out)
            .note("rows", format!("{}, {} bad", self.rows.n(), self.rows.n_bad()))
            .text("estimator", self.predicted.iter().map(|(name, _)| name.clone()));
        Measure::ALL.iter().fold(table, |table, &measure| {
            table.real(
                measure.as_str(),
                self.drawn.iter().map(|drawn| drawn.values[measure as usize]),
            )
        })
    }

    /// Returns one row per estimator and measure: `estimator`, `measure`, `value`, `low`, `high`.
    pub fn interval_table(&self) -> Table {
        let rows: Vec<_> = self
            .predicted
            .iter()
            .zip(&self.drawn)
            .flat_map(|((name, _), drawn)| {
                let judged = drawn.named(name);
                judged.measures.into_iter().map(|measured| (name.clone(), measured))
            })
            .collect();
        Table::new("intervals")
            .note("intervals", format!("95%, {} draws of customers", self.n_draws))
            .text("estimator", rows.iter().map(|(name, _)| name.clone()))
            .text("measure", rows.iter().map(|(_, of)| of.measure.as_str().to_owned()))
            .real("value", rows.iter().map(|(_, of)| of.value))
            .real("low", rows.iter().map(|(_, of)| of.interval.map(|bounds| bounds.0)))
            .real("high", rows.iter().map(|(_, of)| of.interval.map(|bounds| bounds.1)))
    }

    /// Returns what the champion has more than each other: `against`, `measure`, `difference`, `low`, `high`, paired by draw.
    ///
    /// More AUC is better, less log loss is.
    pub fn difference_table(&self) -> Table {
        let champion = &self.drawn[0];
        let rows: Vec<_> = self
            .predicted
            .iter()
            .zip(&self.drawn)
            .skip(1)
            .flat_map(|((name, _), other)| {
                [Measure::Auc, Measure::LogLoss].map(|measure| (name, measure, champion.more_than(other, measure)))
            })
            .collect();
        Table::new("differences")
            .note("difference", "champion less the other; 95%, draws of customers, paired")
            .text("against", rows.iter().map(|row| row.0.clone()))
            .text("measure", rows.iter().map(|row| row.1.as_str().to_owned()))
            .real("difference", rows.iter().map(|row| row.2.0))
            .real("low", rows.iter().map(|row| row.2.1.map(|bounds| bounds.0)))
            .real("high", rows.iter().map(|row| row.2.1.map(|bounds| bounds.1)))
    }

    /// Returns the champion's probabilities against outcomes, by tenths: `n`, `n_bad`, `probability`, `bad_rate`.
    pub fn reliability_table(&self) -> Table {
        let rows = tenths(&self.predicted[0].1, &self.rows.bad);
        Tenth::table(&rows)
    }

    /// Returns which estimator was the champion in each part: `part`, `champion`.
    pub fn champion_table(&self) -> Table {
        Table::new("champions")
            .text("part", self.champions.iter().map(|(part, _)| part.clone()))
            .text("champion", self.champions.iter().map(|(_, name)| name.clone()))
    }

    /// Returns the measures by segment: `segment`, `estimator`, `n`, `n_bad`, then each measure; `segments` has a name for each row.
    pub fn segment_table(&self, by: &str, segments: &[String]) -> Table {
        let mut positions: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for (row, segment) in segments.iter().enumerate() {
            positions.entry(segment).or_default().push(row);
        }
        let mut rows: Vec<(&String, &String, usize, usize, Drawn)> = Vec::new();
        for (segment, positions) in positions {
            let n_bad = positions.iter().filter(|&&row| self.rows.bad[row]).count();
            for ((name, _), drawn) in self.predicted.iter().zip(self.judge(&positions)) {
                rows.push((segment, name, positions.len(), n_bad, drawn));
            }
        }
        let table = Table::new("segments")
            .note("intervals", format!("95%, {} draws of customers", self.n_draws))
            .text(by, rows.iter().map(|row| row.0.clone()))
            .text("estimator", rows.iter().map(|row| row.1.clone()))
            .int("n", rows.iter().map(|row| row.2 as i64))
            .int("n_bad", rows.iter().map(|row| row.3 as i64));
        let named: Vec<_> = rows.iter().map(|row| row.4.named(row.1)).collect();
        Measure::ALL
            .iter()
            .enumerate()
            .fold(table, |table, (position, measure)| {
                let of = || named.iter().map(move |judged| judged.measures[position]);
                let name = measure.as_str();
                let table = table.real(name, of().map(|measured| measured.value));
                if !matches!(measure, Measure::Auc | Measure::LogLoss) {
                    return table;
                }
                table
                    .real(
                        &format!("{name}_low"),
                        of().map(|of| of.interval.map(|bounds| bounds.0)),
                    )
                    .real(
                        &format!("{name}_high"),
                        of().map(|of| of.interval.map(|bounds| bounds.1)),
                    )
            })
    }

    /// Returns every prediction: what `name` and `document` say of each row, `as_of`, `bad`, `at_stake`, one probability per estimator.
    pub fn prediction_table(
        &self,
        name: impl Fn(CustomerIx) -> String,
        document: Option<impl Fn(usize) -> Option<String>>,
    ) -> Table {
        let rows = &self.rows;
        let has_time = rows.span().is_some();
        let mut table = Table::new("predictions").text("customer_id", rows.customers.iter().map(|ix| name(*ix)));
        if let Some(document) = document {
            table = table.text("invoice_id", (0..rows.n()).map(document));
        }
        let table = table
            .day("as_of", rows.days.iter().map(|day| Some(*day).filter(|_| has_time)))
            .flag("bad", rows.bad.iter().copied())
            .real("at_stake", rows.at_stake.iter().copied());
        self.predicted.iter().fold(table, |table, (name, probabilities)| {
            table.real(name, probabilities.iter().copied())
        })
    }
}
