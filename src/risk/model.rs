//! A model as it is kept: what it was fitted to, what it says, and how far it was validated.

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::calibrate::Calibration;
use super::reasons::reason;
use super::recalibrate::Recalibration;
use super::refit::Request;
use super::scorecard::{Characteristic, Scale, Scorecard};
use super::trees::{Curve, Ensemble};
use super::validate::Validation;
use super::{Candidate, FitReport, Fitted};
use crate::calendar::{AsOf, Day};
use crate::features::{CheckedLabelParams, Feature, LabelCounts, LabelParams, OwnRecord, Unit};
use crate::money::Amount;

/// Layout of `model.json`; a file of another layout is refused.
pub const SCHEMA: u32 = 3;

/// The mark of a model that was trained on made-up ledgers alone.
pub const ILLUSTRATIVE: &str = "illustrative, not validated on real receivables";

/// The unit of a model that was fitted to a table from elsewhere.
pub const ACCOUNT: &str = "account";

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
    /// What every score by it must carry, such as [`ILLUSTRATIVE`]; `None` of a model that stands for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
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
    /// What else the training was asked for, so that it can be repeated.
    pub request: Request,
    /// Rows of the panel by outcome.
    pub counts: LabelCounts,
    /// The share of bad rows in training.
    pub bad_rate: f64,
    /// The fitted model itself.
    pub champion: Fitted,
    /// How its log-odds become those of a probability; a scorecard holds its own.
    pub calibration: Calibration,
    /// The version it was calibrated anew from, and what that rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalibrated: Option<Recalibration>,
    /// How log-odds become points.
    pub scale: Scale,
    /// What the fit tells about itself.
    pub fit: FitReport,
    /// The estimators it was chosen from; empty where there was no choice.
    pub candidates: Vec<Candidate>,
    /// How far it was validated.
    pub validation: Validation,
    /// Probabilities at which grades end.
    pub grades: Grades,
}

/// What a bad outcome is, as kept in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelDefinition {
    /// `invoice`, `customer`, or [`ACCOUNT`].
    pub unit: String,
    /// The column of the table that says how an account ended; `None` for a label made from a ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
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
            target: None,
            days_late: params.days_late,
            horizon: params.horizon,
            entering: params.entering,
            materiality: params.materiality.units(),
            promise_tolerance_days: params.promise_tolerance_days,
        }
    }

    /// Writes down that a column of a table says how its accounts ended.
    pub fn of_accounts(target: &str) -> LabelDefinition {
        LabelDefinition {
            unit: ACCOUNT.to_owned(),
            target: Some(target.to_owned()),
            days_late: 0,
            horizon: 0,
            entering: 0,
            materiality: 0,
            promise_tolerance_days: 0,
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
        if let Some(target) = &self.target {
            return format!("bad: as the column `{target}` of the table says");
        }
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
    /// Another layout, unit, set or order of features; a model of accounts, which no ledger has the features of.
    pub fn check(&self) -> Result<CheckedLabelParams, String> {
        self.check_layout()?;
        if self.label.target.is_some() {
            return Err("it scores the accounts of a table (`arrears score --table FILE`), not a ledger".to_owned());
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
        self.check_itself()?;
        Ok(params)
    }

    /// Checks that the model fits its own catalogue; the reason why not otherwise.
    ///
    /// # Errors
    /// Another layout, or a file that was changed by hand.
    pub fn check_itself(&self) -> Result<(), String> {
        self.check_layout()?;
        self.check_fitted(&self.champion)
    }

    fn check_fitted(&self, fitted: &Fitted) -> Result<(), String> {
        match fitted {
            Fitted::Scorecard(card) => self.check_card(card)?,
            Fitted::Logistic(model) => self.check_columns(model.terms.iter().map(|term| term.column))?,
            Fitted::Ebm(model) => {
                self.check_columns(model.curves.iter().map(|curve| curve.column))?;
                let fits = |curve: &Curve| curve.heights.len() == curve.from.len() + 1;
                if !model.curves.iter().all(fits) {
                    return Err("the steps of a curve do not fit its edges".to_owned());
                }
            }
            Fitted::Boosting(trees) => {
                self.check_columns(trees.start.iter().map(|start| start.column))?;
                self.check_trees(&trees.ensemble)?;
            }
            Fitted::Forest(forest) => self.check_trees(&forest.ensemble)?,
            Fitted::Blend(blend) => {
                let mut members = blend.members.iter();
                members.try_for_each(|member| self.check_fitted(&member.model))?;
            }
            Fitted::Constant { .. } => {}
            Fitted::LastBucket(model) => self.check_columns([model.column])?,
            Fitted::LateShare(model) => self.check_columns([model.column])?,
        }
        Ok(())
    }

    fn check_layout(&self) -> Result<(), String> {
        match self.schema {
            SCHEMA => Ok(()),
            found => Err(format!("found layout {found}, expected {SCHEMA}")),
        }
    }

    fn check_card(&self, card: &Scorecard) -> Result<(), String> {
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
        Ok(())
    }

    fn check_columns(&self, columns: impl IntoIterator<Item = usize>) -> Result<(), String> {
        let n = self.catalogue.len();
        match columns.into_iter().find(|column| *column >= n) {
            Some(column) => Err(format!("the model reads column {column}, the catalogue has {n}")),
            None => Ok(()),
        }
    }

    fn check_trees(&self, ensemble: &Ensemble) -> Result<(), String> {
        let (found, expected) = (ensemble.n_columns(), self.catalogue.len());
        if found != expected {
            return Err(format!("the trees read {found} columns, the catalogue has {expected}"));
        }
        Ok(())
    }

    /// Returns the calibrated log-odds of each row of `x`, `(n_rows, n_features)`, NaN where missing.
    pub fn log_odds(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        let mut log_odds = self.champion.log_odds(x);
        log_odds.iter_mut().for_each(|own| *own = self.calibration.apply(*own));
        log_odds
    }

    /// Returns the points of a row with given calibrated log-odds, more points less risk: a card's sum, else the log-odds on the scale.
    pub fn points(&self, row: ArrayView1<'_, f64>, log_odds: f64) -> f64 {
        match &self.champion {
            Fitted::Scorecard(card) => card.points(row),
            _ => self.scale.at_log_odds(log_odds.min(MOST_LOG_ODDS)).round(),
        }
    }

    /// Returns the lowest points the model can give.
    pub fn least_points(&self) -> f64 {
        let Fitted::Scorecard(card) = &self.champion else {
            return self.scale.at_log_odds(MOST_LOG_ODDS).round();
        };
        let least = |characteristic: &Characteristic| {
            let binning = &characteristic.binning;
            let bins = binning.bins.iter().chain([&binning.missing]);
            bins.map(|bin| card.points_of(characteristic, bin))
                .fold(f64::INFINITY, f64::min)
        };
        card.characteristics.iter().map(least).sum()
    }

    /// Returns up to `n` reasons in plain words for each row: the features on which it lost most points against the average
    /// training row. `own` holds the customer's own numbers of each row, where they are known.
    pub fn reasons(&self, x: ArrayView2<'_, f64>, own: Option<&[OwnRecord]>, n: usize) -> Vec<Vec<String>> {
        let lost = self.points_lost(x);
        let of_row = |position: usize| {
            let (row, lost) = (x.row(position), lost.row(position));
            let mut columns: Vec<usize> = (0..lost.len()).filter(|&column| lost[column] > 0.5).collect();
            columns.sort_by(|&a, &b| lost[b].total_cmp(&lost[a]).then(a.cmp(&b)));
            columns.truncate(n);
            let own = own.map(|own| &own[position]);
            let words = |column: usize| reason(&self.catalogue[column], row[column], own);
            columns.into_iter().map(words).collect()
        };
        (0..x.nrows()).map(of_row).collect()
    }

    /// Returns the points that each column cost each row against the average training row.
    fn points_lost(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let Fitted::Scorecard(card) = &self.champion else {
            return self.champion.explain(x) * self.scale.factor();
        };
        let mut lost = Array2::zeros(x.raw_dim());
        for (row, mut lost) in x.outer_iter().zip(lost.outer_iter_mut()) {
            for (characteristic, points) in card.points_lost(row) {
                lost[characteristic.column] = points;
            }
        }
        lost
    }
}

/// Log-odds beyond which points no longer fall: a probability of 99.99%.
const MOST_LOG_ODDS: f64 = 9.21;
