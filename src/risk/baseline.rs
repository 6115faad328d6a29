//! Baselines that stand beside every model: a constant, the last bucket, the customer's shrunken late share.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use super::calibrate::{Line, logistic_line};
use super::split::Part;
use super::{Estimator, Fit, FitError, FitReport, Fitted, Rows, log_odds};
use crate::features::Feature;

/// Returns the baselines that rows have the columns for, in the order of validation tables.
pub fn all(rows: &Rows) -> Vec<Box<dyn Estimator>> {
    let mut all: Vec<Box<dyn Estimator>> = vec![Box::new(Constant)];
    if bucket_column(rows).is_some() {
        all.push(Box::new(LastBucket));
    }
    if share_column(rows).is_some() {
        all.push(Box::new(LateShare));
    }
    all
}

/// Everyone is as risky as the average.
#[derive(Clone, Copy, Debug)]
pub struct Constant;

/// Everyone is as risky as the rows of the same ageing bucket.
#[derive(Clone, Copy, Debug)]
pub struct LastBucket;

/// Everyone is as risky as its own past, shrunk to the portfolio's: an item as the customer's late share says, a customer as its shares
/// say of all items it has open.
#[derive(Clone, Copy, Debug)]
pub struct LateShare;

/// Last day of each bounded bucket of days past due.
const BUCKETS: [f64; 8] = [-30.0, -15.0, -7.0, 0.0, 7.0, 30.0, 60.0, 90.0];
/// Shares nearer to nothing or all say no more than this one.
const LEAST_SHARE: f64 = 0.01;
/// Rows of the average that are added to each bucket.
const BUCKET_PRIOR: f64 = 10.0;

impl Estimator for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn tuned(&self, _: &Rows, _: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        Ok(Box::new(*self))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let log_odds = log_odds(rows.bad_rate());
        fitted(rows, Fitted::Constant { log_odds })
    }
}

impl Estimator for LastBucket {
    fn name(&self) -> &'static str {
        "last_bucket"
    }

    fn tuned(&self, _: &Rows, _: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        Ok(Box::new(*self))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let column = bucket_column(rows).ok_or(FitError::NothingVaries { n_rows: rows.n() })?;
        let mut counts = [(0.0, 0.0); BUCKETS.len() + 1];
        for (row, &bad) in rows.x.outer_iter().zip(&rows.bad) {
            let bucket = bucket(row[column]);
            counts[bucket].0 += 1.0;
            counts[bucket].1 += f64::from(bad);
        }
        let prior = rows.bad_rate();
        let log_odds = counts.map(|(n, n_bad)| log_odds((n_bad + BUCKET_PRIOR * prior) / (n + BUCKET_PRIOR)));
        let total: f64 = counts.iter().zip(log_odds).map(|((n, _), log_odds)| n * log_odds).sum();
        let average = total / rows.n() as f64;
        fitted(
            rows,
            Fitted::LastBucket(FittedBuckets {
                column,
                log_odds,
                average,
            }),
        )
    }
}

/// The rates of the ageing buckets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedBuckets {
    /// Column of the days past due.
    pub column: usize,
    /// Log-odds of each bucket.
    pub log_odds: [f64; BUCKETS.len() + 1],
    /// Their mean over the training rows.
    pub average: f64,
}

impl FittedBuckets {
    pub(super) fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
        self.log_odds[bucket(row[self.column])]
    }
}

fn bucket(days_past_due: f64) -> usize {
    BUCKETS.partition_point(|upper| *upper < days_past_due)
}

impl Estimator for LateShare {
    fn name(&self) -> &'static str {
        "late_share"
    }

    fn tuned(&self, _: &Rows, _: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        Ok(Box::new(*self))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let column = share_column(rows).ok_or(FitError::NothingVaries { n_rows: rows.n() })?;
        let share = FittedShare::fit(column, rows).ok_or(FitError::NothingVaries { n_rows: rows.n() })?;
        fitted(rows, Fitted::LateShare(share))
    }
}

/// A line on the log-odds of a share that stands for the customer's own rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedShare {
    /// Column of the share.
    pub column: usize,
    /// From the share's log-odds to those of the outcome.
    pub line: Line,
    /// Their mean over the training rows; what a row without a share is given.
    pub average: f64,
}

impl FittedShare {
    /// Fits the line to the rows whose share is known; `None` where there are none.
    pub(super) fn fit(column: usize, rows: &Rows) -> Option<FittedShare> {
        let known = rows.x.column(column).into_iter().zip(&rows.bad);
        let (shares, bad): (Vec<f64>, Vec<bool>) = known
            .filter(|(share, _)| !share.is_nan())
            .map(|(share, bad)| (of_share(*share), *bad))
            .unzip();
        let line = logistic_line(&shares, &bad, 1.0);
        let total: f64 = shares.iter().map(|share| line.apply(*share)).sum();
        (!shares.is_empty()).then(|| FittedShare {
            column,
            line,
            average: total / shares.len() as f64,
        })
    }

    pub(super) fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
        let share = row[self.column];
        if share.is_nan() {
            return self.average;
        }
        self.line.apply(of_share(share))
    }
}

/// Returns the log-odds of a share, of one of nothing or all those of [`LEAST_SHARE`] from it: a customer with nothing open today has a
/// chance of 0, and may still go late with what it is sold tomorrow.
fn of_share(share: f64) -> f64 {
    log_odds(share.clamp(LEAST_SHARE, 1.0 - LEAST_SHARE))
}

fn share_column(rows: &Rows) -> Option<usize> {
    [Feature::ChanceAnyLate, Feature::LateShareAll]
        .into_iter()
        .find_map(|feature| rows.column_of(feature))
}

fn bucket_column(rows: &Rows) -> Option<usize> {
    [Feature::DaysPastDue, Feature::WorstDaysPastDue]
        .into_iter()
        .find_map(|feature| rows.column_of(feature))
}

fn fitted(rows: &Rows, model: Fitted) -> Result<Fit, FitError> {
    let report = FitReport::of(rows);
    Ok(Fit { model, report })
}
