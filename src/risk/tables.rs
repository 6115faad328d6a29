//! A training as tables: validation, reliability, labels, and the card on one page.

use super::measures::Measure;
use super::model::Model;
use super::scorecard::Scorecard;
use super::train::Training;
use super::trees::Curves;
use super::validate::{Tenth, Validation};
use super::{Candidate, Fitted};
use crate::table::Table;

impl Validation {
    /// Returns one row per estimator and measure: `estimator`, `measure`, `value`, `low`, `high`.
    pub fn table(&self) -> Table {
        let rows: Vec<_> = self
            .estimators
            .iter()
            .flat_map(|judged| {
                judged
                    .measures
                    .iter()
                    .map(|measured| (judged.estimator.as_str(), measured))
            })
            .collect();
        Table::new("validation")
            .note("held_out", self.held_out.as_str())
            .note("days", self.days_in_words())
            .note("rows", format!("{}, {} bad", self.n, self.n_bad))
            .note("intervals", format!("95%, {} draws of customers", self.n_draws))
            .text("estimator", rows.iter().map(|(name, _)| (*name).to_owned()))
            .text(
                "measure",
                rows.iter().map(|(_, measured)| measured.measure.as_str().to_owned()),
            )
            .real("value", rows.iter().map(|(_, measured)| measured.value))
            .real(
                "low",
                rows.iter().map(|(_, measured)| measured.interval.map(|(low, _)| low)),
            )
            .real(
                "high",
                rows.iter().map(|(_, measured)| measured.interval.map(|(_, high)| high)),
            )
    }

    /// Returns one row per estimator with every measure as a column, the model first.
    pub fn summary(&self) -> Table {
        let names = self.estimators.iter().map(|judged| judged.estimator.clone());
        Measure::ALL.iter().fold(
            Table::new("validation_summary").text("estimator", names),
            |table, &measure| {
                let values = self
                    .estimators
                    .iter()
                    .map(|judged| self.value(&judged.estimator, measure));
                table.real(measure.as_str(), values)
            },
        )
    }

    /// Returns the reliability table: held-out rows by tenths of probability, `probability` against `bad_rate`.
    pub fn reliability_table(&self) -> Table {
        Tenth::table(&self.reliability)
    }
}

impl Tenth {
    pub(super) fn table(tenths: &[Tenth]) -> Table {
        Table::new("reliability")
            .int("n", tenths.iter().map(|tenth| tenth.n as i64))
            .int("n_bad", tenths.iter().map(|tenth| tenth.n_bad as i64))
            .real("probability", tenths.iter().map(|tenth| tenth.probability))
            .real(
                "bad_rate",
                tenths.iter().map(|tenth| tenth.n_bad as f64 / tenth.n as f64),
            )
    }
}

impl Model {
    /// Returns what the model says on a page: a card's points, the heights of curves, the coefficients of a sum, the weight of trees.
    pub fn page(&self) -> Table {
        let table = match &self.champion {
            Fitted::Scorecard(card) => card_table(card),
            Fitted::Ebm(curves) => self.curve_table(curves),
            Fitted::Logistic(model) => {
                let terms = model.terms.iter();
                Table::new("logistic")
                    .text("feature", terms.clone().map(|term| self.catalogue[term.column].clone()))
                    .real("mean", terms.clone().map(|term| term.mean))
                    .real("spread", terms.clone().map(|term| term.spread))
                    .real("coefficient", terms.clone().map(|term| term.coefficient))
                    .real("missing", terms.map(|term| term.missing))
            }
            _ => Table::new("facts")
                .text("fact", self.fit.facts.iter().map(|(name, _)| name.clone()))
                .text("value", self.fit.facts.iter().map(|(_, value)| value.clone())),
        };
        table.note("model", self.id()).note("label", self.label.sentence())
    }

    /// Returns the curves: `feature`, `from` (of the step, null for the first and for missing), `step`, `log_odds`.
    fn curve_table(&self, curves: &Curves) -> Table {
        let mut rows = Vec::new();
        for curve in &curves.curves {
            let name = &self.catalogue[curve.column];
            for (step, height) in curve.heights.iter().enumerate() {
                let from = step.checked_sub(1).map(|before| f64::from(curve.from[before]));
                rows.push((name, "value", from, *height));
            }
            rows.push((name, "missing", None, curve.missing));
        }
        Table::new("curves")
            .text("feature", rows.iter().map(|row| row.0.clone()))
            .text("step", rows.iter().map(|row| row.1.to_owned()))
            .real("from", rows.iter().map(|row| row.2))
            .real("log_odds", rows.iter().map(|row| row.3))
    }

    /// Returns how the estimators did that the model was chosen from.
    pub fn candidate_table(&self) -> Table {
        Candidate::table(&self.candidates)
    }
}

/// Returns the card: `feature`, `bin`, `n`, `bad_rate`, `woe`, `points`, features in order of information.
fn card_table(card: &Scorecard) -> Table {
    let mut rows = Vec::new();
    for characteristic in &card.characteristics {
        for (caption, bin) in characteristic.binning.captions() {
            rows.push((characteristic, caption, *bin));
        }
    }
    Table::new("scorecard")
        .text(
            "feature",
            rows.iter().map(|(characteristic, _, _)| characteristic.feature.clone()),
        )
        .text("bin", rows.iter().map(|(_, caption, _)| caption.clone()))
        .int("n", rows.iter().map(|(_, _, bin)| bin.n as i64))
        .real(
            "bad_rate",
            rows.iter()
                .map(|(_, _, bin)| (bin.n > 0).then(|| bin.n_bad as f64 / bin.n as f64)),
        )
        .real("woe", rows.iter().map(|(_, _, bin)| bin.woe))
        .int(
            "points",
            rows.iter()
                .map(|(characteristic, _, bin)| card.points_of(characteristic, bin) as i64),
        )
}

impl Training {
    /// Returns the validation table, one row per estimator and measure.
    pub fn validation_table(&self) -> Table {
        self.model.validation.table()
    }

    /// Returns the rows of the panel by outcome.
    pub fn label_table(&self) -> Table {
        self.model.counts.table().note("label", self.model.label.sentence())
    }

    /// Returns the model on one page.
    pub fn page(&self) -> Table {
        self.model.page()
    }

    /// Returns the rows of the panel by month end and outcome.
    pub fn month_table(&self) -> Table {
        let months = &self.months;
        let column =
            |of: fn(&crate::features::LabelCounts) -> u64| months.iter().map(move |month| of(&month.counts) as i64);
        Table::new("panel")
            .day("as_of", months.iter().map(|month| month.day))
            .int("good", column(|counts| counts.good))
            .int("bad", column(|counts| counts.bad))
            .int("indeterminate", column(|counts| counts.indeterminate))
            .int("already_bad", column(|counts| counts.already_bad))
            .int("excluded", column(|counts| counts.excluded))
            .int("too_young", column(|counts| counts.too_young))
    }
}
