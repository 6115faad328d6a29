//! Labelled rows: what estimators fit to and validation measures on.

use ndarray::{Array2, Axis};

use super::FitError;
use crate::calendar::Day;
use crate::features::catalogue::Sign;
use crate::features::{Feature, Labelled, Outcome, Panel};
use crate::ids::CustomerIx;

/// What a column of the matrix is.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name in models and tables.
    pub name: String,
    /// How the risk is expected to move as the value grows.
    pub sign: Sign,
    /// Its entry in the catalogue; `None` for a column of a table from elsewhere.
    pub feature: Option<Feature>,
}

impl Column {
    /// Returns the column of a feature of the catalogue.
    pub fn of(feature: Feature) -> Column {
        let entry = feature.entry();
        Column {
            name: entry.name.to_owned(),
            sign: entry.sign,
            feature: Some(feature),
        }
    }

    /// Returns a column of which only the name is known: the data shows its direction.
    pub fn named(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            sign: Sign::Either,
            feature: None,
        }
    }
}

/// Rows that ended well or badly; all columns have the same length.
#[derive(Clone, Debug)]
pub struct Rows {
    /// What the columns of `x` are.
    pub columns: Vec<Column>,
    /// Features, `(n_rows, n_columns)`; NaN where missing.
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

/// The customer's own shrunken rates, the most telling first: what boosting may start from.
const OWN_RATES: [Feature; 3] = [Feature::ChanceGivenAge, Feature::ChanceAnyLate, Feature::LateShareAll];

impl Rows {
    /// Takes the good and bad rows of a panel.
    pub fn of(panel: &Panel, labels: &[Labelled]) -> Rows {
        let kept: Vec<usize> = (0..labels.len())
            .filter(|&row| matches!(labels[row].outcome, Outcome::Good | Outcome::Bad))
            .collect();
        Rows::at(panel, labels, &kept)
    }

    /// Takes the rows of a panel at the given positions, all of them good or bad.
    pub fn at(panel: &Panel, labels: &[Labelled], kept: &[usize]) -> Rows {
        let of = |row: usize| &panel.rows()[row];
        Rows {
            columns: Feature::of(panel.params().unit).into_iter().map(Column::of).collect(),
            x: panel.x().select(Axis(0), kept),
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
            columns: self.columns.clone(),
            x: self.x.select(Axis(0), rows),
            bad: rows.iter().map(|&row| self.bad[row]).collect(),
            customers: rows.iter().map(|&row| self.customers[row]).collect(),
            days: rows.iter().map(|&row| self.days[row]).collect(),
            matures_on: rows.iter().map(|&row| self.matures_on[row]).collect(),
            at_stake: rows.iter().map(|&row| self.at_stake[row]).collect(),
        }
    }

    /// Puts rows of the same columns one after the other.
    pub fn concat(parts: impl Iterator<Item = Rows>) -> Rows {
        let mut parts = parts.peekable();
        let mut all = match parts.peek() {
            Some(first) => first.take(&[]),
            None => Rows {
                columns: Vec::new(),
                x: Array2::zeros((0, 0)),
                bad: Vec::new(),
                customers: Vec::new(),
                days: Vec::new(),
                matures_on: Vec::new(),
                at_stake: Vec::new(),
            },
        };
        for part in parts {
            all.x
                .append(Axis(0), part.x.view())
                .expect("the parts have the same columns");
            all.bad.extend(part.bad);
            all.customers.extend(part.customers);
            all.days.extend(part.days);
            all.matures_on.extend(part.matures_on);
            all.at_stake.extend(part.at_stake);
        }
        all
    }

    /// Returns the number of rows.
    pub fn n(&self) -> usize {
        self.bad.len()
    }

    /// Returns the number of bad rows.
    pub fn n_bad(&self) -> usize {
        self.bad.iter().filter(|bad| **bad).count()
    }

    /// Returns the share of bad rows; the caller has rows.
    pub fn bad_rate(&self) -> f64 {
        self.n_bad() as f64 / self.n() as f64
    }

    /// Returns the first and the last day of the rows; `None` of accounts without a time.
    pub fn span(&self) -> Option<(Day, Day)> {
        let first = self.days.iter().min().copied()?;
        let last = self.days.iter().max().copied()?;
        (last > Day::EARLIEST).then_some((first, last))
    }

    /// Returns the column of a feature.
    pub fn column_of(&self, feature: Feature) -> Option<usize> {
        self.columns.iter().position(|column| column.feature == Some(feature))
    }

    /// Returns the column of the customer's own shrunken rate, where there is one.
    pub fn own_rate(&self) -> Option<usize> {
        OWN_RATES.into_iter().find_map(|feature| self.column_of(feature))
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
                    feature: self.columns[column].name.clone(),
                    row,
                });
            }
        }
        Ok(())
    }
}
