//! The points scorecard: weight-of-evidence bins, a logistic regression, points that add up by hand.
//!
//! # Definition
//! log-odds (bad : good) = intercept + sum of coefficient x weight of evidence. Points = offset + factor x ln(good : bad),
//! factor = PDO / ln 2, offset = base points - factor x ln(base odds); each feature carries an equal share of the
//! constant, and an attribute's points are rounded to whole points, so the score is the sum a person can make.
//! # Inputs
//! Labelled rows; features are chosen by information value, a limit on correlation, and the sign of their coefficient.
//! # Edge cases
//! A coefficient that is not positive contradicts the bins it came from: the feature is dropped and the rest refitted.
//! # Source
//! Siddiqi, Credit Risk Scorecards, 2006, chapter 6.
//! # Example
//! 600 points at odds 19 : 1 with 50 points to double the odds: factor 72.1347520, offset 387.6036243.

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::binning::{Bin, Binning};
use super::logistic::solve;
use super::split::Part;
use super::{Estimator, Fit, FitError, FitReport, Fitted, Rows};

/// Settings of a scorecard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorecardParams {
    /// Features with less information value are not considered.
    pub min_information_value: f64,
    /// Of two features whose weights correlate more, the one with less information is left out.
    pub max_correlation: f64,
    /// Features on the card at most, so that it fits on a page.
    pub max_features: usize,
    /// Ridge penalty on the coefficients.
    pub ridge: f64,
    /// How log-odds become points.
    pub scale: Scale,
}

/// How log-odds become points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Points at the base odds.
    pub base_points: f64,
    /// Odds good : bad at the base points.
    pub base_odds: f64,
    /// Points that double the odds.
    pub points_to_double: f64,
}

impl Scale {
    /// Returns the points one unit of log-odds is worth.
    pub fn factor(self) -> f64 {
        self.points_to_double / std::f64::consts::LN_2
    }

    /// Returns the points at odds 1 : 1.
    pub fn offset(self) -> f64 {
        self.base_points - self.factor() * self.base_odds.ln()
    }

    /// Returns the points at odds good : bad.
    pub fn points(self, odds: f64) -> f64 {
        self.offset() + self.factor() * odds.ln()
    }

    /// Returns the points at log-odds bad : good.
    pub fn at_log_odds(self, log_odds: f64) -> f64 {
        self.offset() - self.factor() * log_odds
    }
}

impl Default for ScorecardParams {
    fn default() -> ScorecardParams {
        ScorecardParams {
            min_information_value: 0.02,
            max_correlation: 0.9,
            max_features: 12,
            ridge: 1.0,
            scale: Scale {
                base_points: 600.0,
                base_odds: 19.0,
                points_to_double: 50.0,
            },
        }
    }
}

/// A fitted scorecard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scorecard {
    /// Constant of the log-odds, calibrated.
    pub intercept: f64,
    /// How log-odds become points.
    pub scale: Scale,
    /// The features on the card, most informative first.
    pub characteristics: Vec<Characteristic>,
}

/// One feature on the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Characteristic {
    /// Name in the catalogue.
    pub feature: String,
    /// Column of the feature matrix.
    pub column: usize,
    /// Coefficient of the weight of evidence, positive, calibrated.
    pub coefficient: f64,
    /// Its bins.
    pub binning: Binning,
}

impl ScorecardParams {
    fn fit_card(&self, rows: &Rows) -> Result<(Scorecard, FitReport), FitError> {
        rows.check()?;
        let binnings: Vec<Binning> = (0..rows.columns.len())
            .into_par_iter()
            .map(|column| {
                let values = rows.x.column(column).to_vec();
                Binning::fit(&values, &rows.bad, rows.columns[column].sign)
            })
            .collect();
        let mut left_out = Vec::new();
        let mut columns = self.select(rows, &binnings, &mut left_out)?;
        let woe = |columns: &[usize]| {
            Array2::from_shape_fn((rows.n(), columns.len()), |(row, position)| {
                let column = columns[position];
                binnings[column].bin(rows.x[[row, column]]).woe
            })
        };
        let mut start = vec![1.0; columns.len()];
        let solution = loop {
            let x = woe(&columns);
            let solution = solve(x, &rows.bad, &start, self.ridge)?;
            let worst =
                (0..columns.len()).min_by(|&a, &b| solution.coefficients[a].total_cmp(&solution.coefficients[b]));
            match worst {
                Some(worst) if solution.coefficients[worst] <= 0.0 && columns.len() > 1 => {
                    left_out.push((
                        rows.columns[columns[worst]].name.clone(),
                        format!("coefficient {:.3} has the wrong sign", solution.coefficients[worst]),
                    ));
                    columns.remove(worst);
                    start = solution.coefficients;
                    start.remove(worst);
                }
                _ => break solution,
            }
        };
        let report = FitReport {
            left_out,
            ..FitReport::of(rows)
                .with("features", columns.len())
                .with("gradient per row", format!("{:.1e}", solution.gradient))
        };
        let characteristics = columns
            .iter()
            .zip(&solution.coefficients)
            .map(|(&column, &coefficient)| Characteristic {
                feature: rows.columns[column].name.clone(),
                column,
                coefficient,
                binning: binnings[column].clone(),
            })
            .collect();
        let card = Scorecard {
            intercept: solution.intercept,
            scale: self.scale,
            characteristics,
        };
        Ok((card, report))
    }

    /// Chooses columns by information value, leaving out what repeats a better one.
    fn select(
        &self,
        rows: &Rows,
        binnings: &[Binning],
        left_out: &mut Vec<(String, String)>,
    ) -> Result<Vec<usize>, FitError> {
        let mut by_information: Vec<usize> = (0..binnings.len()).collect();
        by_information.sort_by(|&a, &b| {
            let value = |column: usize| binnings[column].information_value;
            value(b).total_cmp(&value(a)).then(a.cmp(&b))
        });
        let mut chosen: Vec<(usize, Vec<f64>)> = Vec::new();
        for column in by_information {
            let name = || rows.columns[column].name.clone();
            let information = binnings[column].information_value;
            if information < self.min_information_value {
                left_out.push((name(), format!("information value {information:.3} is too small")));
                continue;
            }
            if chosen.len() == self.max_features {
                left_out.push((name(), format!("the card holds {} features", self.max_features)));
                continue;
            }
            let weights = standardised(
                rows.x
                    .column(column)
                    .iter()
                    .map(|value| binnings[column].bin(*value).woe),
            );
            let twin = chosen.iter().find(|(_, other)| {
                let correlation: f64 = weights.iter().zip(other).map(|(a, b)| a * b).sum();
                correlation > self.max_correlation
            });
            match twin {
                Some((twin, _)) => {
                    left_out.push((name(), format!("repeats `{}`", rows.columns[*twin].name)));
                }
                None => chosen.push((column, weights)),
            }
        }
        if chosen.is_empty() {
            let largest = binnings
                .iter()
                .map(|binning| binning.information_value)
                .fold(0.0, f64::max);
            return Err(FitError::NoFeature {
                largest,
                expected: self.min_information_value,
            });
        }
        Ok(chosen.into_iter().map(|(column, _)| column).collect())
    }
}

/// Returns values less their mean, scaled to length 1; all zero where constant.
fn standardised(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|value| *value /= length);
    }
    values
}

impl Scorecard {
    /// Returns the points of a bin, rounded to a whole number.
    pub fn points_of(&self, characteristic: &Characteristic, bin: &Bin) -> f64 {
        let constant = self.scale.offset() - self.scale.factor() * self.intercept;
        let own = self.scale.factor() * characteristic.coefficient * bin.woe;
        (constant / self.characteristics.len() as f64 - own).round()
    }

    /// Returns the score of a row: the sum of the card's points.
    pub fn points(&self, row: ArrayView1<'_, f64>) -> f64 {
        let points = |characteristic: &Characteristic| {
            self.points_of(characteristic, characteristic.binning.bin(row[characteristic.column]))
        };
        self.characteristics.iter().map(points).sum()
    }

    /// Returns each feature on which the row lost points against the mean of the training rows, most lost first.
    pub fn points_lost(&self, row: ArrayView1<'_, f64>) -> Vec<(&Characteristic, f64)> {
        let mut lost: Vec<(&Characteristic, f64)> = self
            .characteristics
            .iter()
            .map(|characteristic| {
                let own = self.points_of(characteristic, characteristic.binning.bin(row[characteristic.column]));
                (characteristic, self.mean_points(characteristic) - own)
            })
            .filter(|(_, lost)| *lost > 0.5)
            .collect();
        lost.sort_by(|a, b| b.1.total_cmp(&a.1));
        lost
    }

    /// Returns the mean points of a feature over the training rows: the reference of reasons.
    pub fn mean_points(&self, characteristic: &Characteristic) -> f64 {
        let binning = &characteristic.binning;
        let bins = binning.bins.iter().chain([&binning.missing]);
        let (points, n) = bins.fold((0.0, 0.0), |(points, n), bin| {
            let weight = bin.n as f64;
            (points + weight * self.points_of(characteristic, bin), n + weight)
        });
        points / n
    }

    /// Returns the log-odds of a row.
    pub fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
        let weights = self.characteristics.iter().map(|characteristic| {
            characteristic.coefficient * characteristic.binning.bin(row[characteristic.column]).woe
        });
        self.intercept + weights.sum::<f64>()
    }

    /// Adds each feature's part of a row's log-odds to `parts`, against its mean over the training rows.
    pub(super) fn explain(&self, row: ArrayView1<'_, f64>, parts: &mut [f64]) {
        for characteristic in &self.characteristics {
            let woe = characteristic.binning.bin(row[characteristic.column]).woe;
            parts[characteristic.column] += characteristic.coefficient * (woe - characteristic.binning.mean_woe());
        }
    }

    /// Returns the log-odds of a row with the mean weight of every feature.
    pub(super) fn expected_log_odds(&self) -> f64 {
        let means = self
            .characteristics
            .iter()
            .map(|characteristic| characteristic.coefficient * characteristic.binning.mean_woe());
        self.intercept + means.sum::<f64>()
    }
}

impl Estimator for ScorecardParams {
    fn name(&self) -> &'static str {
        "scorecard"
    }

    fn tuned(&self, _: &Rows, _: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        Ok(Box::new(*self))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        let (card, report) = self.fit_card(rows)?;
        Ok(Fit {
            model: Fitted::Scorecard(card),
            report,
        })
    }
}
