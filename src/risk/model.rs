//! A model as it is kept: what it was fitted to, what it says, and how far it was validated.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use super::scorecard::{Characteristic, FitReport, Scorecard};
use super::validate::Validation;
use super::{Predictor, Rows};
use crate::calendar::{AsOf, Day};
use crate::features::{CheckedLabelParams, Feature, LabelCounts, LabelParams, Unit};
use crate::money::Amount;

/// Layout of `model.json`; a file of another layout is refused.
pub const SCHEMA: u32 = 1;

/// A fitted model with everything that scoring, review and refitting need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Layout of the file.
    pub schema: u32,
    /// Name in the registry.
    pub name: String,
    /// Version in the registry, from 1; 0 until it is stored.
    pub version: u32,
    /// What a bad outcome is.
    pub label: LabelDefinition,
    /// Names of the features, in the order of the matrix.
    pub catalogue: Vec<String>,
    /// Facts known by the end of this day, ISO.
    pub trained_as_of: String,
    /// First and last month end of the panel, ISO.
    pub panel: (String, String),
    /// Hash of the ledger it was fitted to; empty for a ledger made in memory.
    pub ledger_hash: String,
    /// Seed of folds and draws.
    pub seed: u64,
    /// Rows of the panel by outcome.
    pub counts: LabelCounts,
    /// The share of bad rows in training.
    pub bad_rate: f64,
    /// The fitted model itself.
    pub champion: Champion,
    /// What the fit tells about itself.
    pub fit: FitReport,
    /// How far it was validated.
    pub validation: Validation,
    /// Probabilities at which grades end.
    pub grades: Grades,
}

/// The kinds of models that can be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Champion {
    /// Points that add up by hand.
    Scorecard(Scorecard),
}

/// What a bad outcome is, as kept in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelDefinition {
    /// `invoice` or `customer`.
    pub unit: String,
    /// Days past due from which an item is delinquent.
    pub days_late: i32,
    /// Days within which a customer's item must pass them; no meaning for invoices.
    pub horizon: i32,
    /// Days in which new documents of a customer count; no meaning for invoices.
    pub entering: i32,
    /// What may stay unsettled, in ten-thousandths.
    pub materiality: i64,
    /// Days after a promised day on which money still keeps the promise, for the feature that counts broken ones.
    pub promise_tolerance_days: i32,
}

/// Probabilities at which grades `A`, `B`, `C`, `D` and `E` end; above the last one is `F`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grades(pub [f64; 5]);

impl Default for Grades {
    fn default() -> Grades {
        Grades([0.02, 0.05, 0.10, 0.20, 0.40])
    }
}

impl Grades {
    /// Returns the grade of a probability.
    pub fn of(self, probability: f64) -> char {
        let position = self.0.partition_point(|upper| *upper < probability);
        char::from(b'A' + position as u8)
    }
}

impl LabelDefinition {
    /// Writes a label's settings down.
    pub fn of(params: &CheckedLabelParams) -> LabelDefinition {
        LabelDefinition {
            unit: params.unit.as_str().to_owned(),
            days_late: params.days_late,
            horizon: params.horizon,
            entering: params.entering,
            materiality: params.materiality.units(),
            promise_tolerance_days: params.promise_tolerance_days,
        }
    }

    /// Reads a label's settings back; the reason why not otherwise.
    ///
    /// # Errors
    /// An unknown unit, or a setting out of its range.
    pub fn params(&self) -> Result<CheckedLabelParams, String> {
        let unit = Unit::parse(&self.unit)
            .ok_or_else(|| format!("found the unit `{}`, expected `invoice` or `customer`", self.unit))?;
        LabelParams {
            unit,
            days_late: self.days_late,
            horizon: self.horizon,
            entering: self.entering,
            materiality: Amount::from_units(self.materiality),
            promise_tolerance_days: self.promise_tolerance_days,
        }
        .check()
        .map_err(|error| error.to_string())
    }

    /// Returns the definition as one sentence.
    pub fn sentence(&self) -> String {
        let materiality = Amount::from_units(self.materiality);
        if self.unit == Unit::Customer.as_str() {
            format!(
                "bad: an item open on the day, or issued in the {} days after it, has more than {materiality} unsettled at the end of \
                 the {}th day after it was due, within {} days",
                self.entering, self.days_late, self.horizon
            )
        } else {
            format!(
                "bad: more than {materiality} of the invoice is unsettled at the end of the {}th day after it was due",
                self.days_late
            )
        }
    }
}

impl Model {
    /// Returns the name by which scores refer to the model: `name/v3`, or `name/unsaved`.
    pub fn id(&self) -> String {
        match self.version {
            0 => format!("{}/unsaved", self.name),
            version => format!("{}/v{version}", self.name),
        }
    }

    /// Returns the day whose facts the model was fitted to.
    pub fn as_of(&self) -> Option<AsOf> {
        Day::parse(&self.trained_as_of).ok().map(AsOf)
    }

    /// Checks that this program's catalogue is the one the model was fitted with; the reason why not otherwise.
    ///
    /// # Errors
    /// Another layout, unit, set or order of features.
    pub fn check(&self) -> Result<CheckedLabelParams, String> {
        if self.schema != SCHEMA {
            return Err(format!("found layout {}, expected {SCHEMA}", self.schema));
        }
        let params = self.label.params()?;
        let expected: Vec<&str> = Feature::of(params.unit)
            .iter()
            .map(|feature| feature.entry().name)
            .collect();
        if let Some(position) = (0..expected.len().max(self.catalogue.len()))
            .find(|&position| self.catalogue.get(position).map(String::as_str) != expected.get(position).copied())
        {
            let show = |name: Option<&str>| name.map_or_else(|| "nothing".to_owned(), |name| format!("`{name}`"));
            return Err(format!(
                "feature {} of the model is {}, of this program {}; train it again",
                position + 1,
                show(self.catalogue.get(position).map(String::as_str)),
                show(expected.get(position).copied())
            ));
        }
        let Champion::Scorecard(card) = &self.champion;
        for characteristic in &card.characteristics {
            if self.catalogue.get(characteristic.column) != Some(&characteristic.feature) {
                return Err(format!(
                    "the card reads `{}` from column {}, which the catalogue calls otherwise",
                    characteristic.feature, characteristic.column
                ));
            }
            let binning = &characteristic.binning;
            if binning.bins.len() != binning.upper.len() + 1 || !binning.upper.is_sorted() {
                return Err(format!(
                    "the bins of `{}` do not fit their edges",
                    characteristic.feature
                ));
            }
        }
        if card.characteristics.is_empty() {
            return Err("the card holds no feature".to_owned());
        }
        Ok(params)
    }

    /// Returns the points of a row, more points less risk.
    pub fn points(&self, row: ArrayView1<'_, f64>) -> f64 {
        let Champion::Scorecard(card) = &self.champion;
        card.points(row)
    }

    /// Returns the lowest points the model can give.
    pub fn least_points(&self) -> f64 {
        let Champion::Scorecard(card) = &self.champion;
        let least = |characteristic: &Characteristic| {
            let binning = &characteristic.binning;
            let bins = binning.bins.iter().chain([&binning.missing]);
            bins.map(|bin| card.points_of(characteristic, bin))
                .fold(f64::INFINITY, f64::min)
        };
        card.characteristics.iter().map(least).sum()
    }

    /// Returns up to `n` features on which a row lost most points, each as a reason in plain words.
    pub fn reasons(&self, row: ArrayView1<'_, f64>, n: usize) -> Vec<String> {
        let Champion::Scorecard(card) = &self.champion;
        card.points_lost(row)
            .into_iter()
            .take(n)
            .filter_map(|(characteristic, _)| {
                let feature = Feature::by_name(&characteristic.feature)?;
                Some(feature.reason(row[characteristic.column]))
            })
            .collect()
    }

    /// Returns the log-odds of every row, for parity and monitoring.
    pub fn log_odds_of(&self, rows: &Rows) -> Vec<f64> {
        rows.x.outer_iter().map(|row| self.log_odds(row)).collect()
    }
}

impl Predictor for Model {
    fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
        match &self.champion {
            Champion::Scorecard(card) => card.log_odds(row),
        }
    }
}
