//! Labelled rows: what estimators fit to and validation measures on.

use ndarray::{Array2, Axis};

use super::FitError;
use crate::calendar::Day;
use crate::features::{Feature, Labelled, Outcome, Panel, Unit};
use crate::ids::CustomerIx;

/// Rows that ended well or badly; all columns have the same length.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Features in the order of the columns of `x`.
    pub features: Vec<Feature>,
    /// Features, `(n_rows, n_features)`; NaN where missing.
    pub x: Array2<f64>,
    /// Whether the row ended badly.
    pub bad: Vec<bool>,
    /// Whose row it is: rows of one customer are not independent.
    pub customers: Vec<CustomerIx>,
    /// The day whose facts the row holds.
    pub days: Vec<Day>,
    /// The day on whose end the outcome was known.
    pub matures_on: Vec<Day>,
    /// Money at stake, whole units of its currency.
    pub at_stake: Vec<f64>,
}

impl Rows {
    /// Takes the good and bad rows of a panel.
    pub fn of(panel: &Panel, labels: &[Labelled]) -> Rows {
        let unit: Unit = panel.params().unit;
        let kept: Vec<usize> = (0..labels.len())
            .filter(|&row| matches!(labels[row].outcome, Outcome::Good | Outcome::Bad))
            .collect();
        let of = |row: usize| &panel.rows()[row];
        Rows {
            features: Feature::of(unit),
            x: panel.x().select(Axis(0), &kept),
            bad: kept.iter().map(|&row| labels[row].outcome == Outcome::Bad).collect(),
            customers: kept.iter().map(|&row| of(row).customer).collect(),
            days: kept.iter().map(|&row| of(row).as_of.0).collect(),
            matures_on: kept.iter().map(|&row| labels[row].matures_on).collect(),
            at_stake: kept.iter().map(|&row| of(row).at_stake).collect(),
        }
    }

    /// Returns the rows at the given positions.
    pub fn take(&self, rows: &[usize]) -> Rows {
        Rows {
            features: self.features.clone(),
            x: self.x.select(Axis(0), rows),
            bad: rows.iter().map(|&row| self.bad[row]).collect(),
            customers: rows.iter().map(|&row| self.customers[row]).collect(),
            days: rows.iter().map(|&row| self.days[row]).collect(),
            matures_on: rows.iter().map(|&row| self.matures_on[row]).collect(),
            at_stake: rows.iter().map(|&row| self.at_stake[row]).collect(),
        }
    }

    /// Returns the number of rows.
    pub fn n(&self) -> usize {
        self.bad.len()
    }

    /// Returns the number of bad rows.
    pub fn n_bad(&self) -> usize {
        self.bad.iter().filter(|bad| **bad).count()
    }

    /// Returns the column of a feature.
    pub fn column_of(&self, feature: Feature) -> Option<usize> {
        self.features.iter().position(|candidate| *candidate == feature)
    }

    /// Checks that an estimator can fit: both classes, and no infinite value.
    ///
    /// # Errors
    /// [`FitError::OneClass`] or [`FitError::Infinite`].
    pub fn check(&self) -> Result<(), FitError> {
        let (n_rows, n_bad) = (self.n(), self.n_bad());
        if n_bad == 0 || n_bad == n_rows {
            return Err(FitError::OneClass { n_rows, n_bad });
        }
        for ((row, column), value) in self.x.indexed_iter() {
            if value.is_infinite() {
                return Err(FitError::Infinite {
                    feature: self.features[column].entry().name,
                    row,
                });
            }
        }
        Ok(())
    }
}
