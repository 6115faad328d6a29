//! Baselines that stand beside every model: a constant, the last bucket, the customer's shrunken late share.

use ndarray::ArrayView1;

use super::calibrate::{Calibration, logistic_line};
use super::{Estimator, FitError, Predictor, Rows, log_odds};
use crate::features::Feature;

/// Returns the baselines in the order of validation tables.
pub fn all() -> Vec<Box<dyn Estimator>> {
    vec![Box::new(Constant), Box::new(LastBucket), Box::new(LateShare)]
}

/// Everyone is as risky as the average.
#[derive(Clone, Copy, Debug)]
pub struct Constant;

/// Everyone is as risky as the rows of the same ageing bucket.
#[derive(Clone, Copy, Debug)]
pub struct LastBucket;

/// Everyone is as risky as its own past, shrunk to the portfolio's.
#[derive(Clone, Copy, Debug)]
pub struct LateShare;

/// Last day of each bounded bucket of days past due.
const BUCKETS: [f64; 8] = [-30.0, -15.0, -7.0, 0.0, 7.0, 30.0, 60.0, 90.0];
/// Rows of the average that are added to each bucket.
const BUCKET_PRIOR: f64 = 10.0;

impl Estimator for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn fit(&self, rows: &Rows) -> Result<Box<dyn Predictor>, FitError> {
        rows.check()?;
        Ok(Box::new(FittedConstant(log_odds(bad_rate(rows)))))
    }
}

struct FittedConstant(f64);

impl Predictor for FittedConstant {
    fn log_odds(&self, _: ArrayView1<'_, f64>) -> f64 {
        self.0
    }
}

impl Estimator for LastBucket {
    fn name(&self) -> &'static str {
        "last_bucket"
    }

    fn fit(&self, rows: &Rows) -> Result<Box<dyn Predictor>, FitError> {
        rows.check()?;
        let column = column(rows, &[Feature::DaysPastDue, Feature::WorstDaysPastDue]);
        let mut counts = [(0.0, 0.0); BUCKETS.len() + 1];
        for (row, &bad) in rows.x.outer_iter().zip(&rows.bad) {
            let bucket = bucket(row[column]);
            counts[bucket].0 += 1.0;
            counts[bucket].1 += f64::from(bad);
        }
        let prior = bad_rate(rows);
        let log_odds = counts.map(|(n, n_bad)| log_odds((n_bad + BUCKET_PRIOR * prior) / (n + BUCKET_PRIOR)));
        Ok(Box::new(FittedBuckets { column, log_odds }))
    }
}

struct FittedBuckets {
    column: usize,
    log_odds: [f64; BUCKETS.len() + 1],
}

impl Predictor for FittedBuckets {
    fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
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

    fn fit(&self, rows: &Rows) -> Result<Box<dyn Predictor>, FitError> {
        rows.check()?;
        let column = column(rows, &[Feature::LateShareAll]);
        let shares: Vec<f64> = rows.x.column(column).iter().map(|share| log_odds(*share)).collect();
        let line = logistic_line(&shares, &rows.bad, 1.0);
        Ok(Box::new(FittedShare { column, line }))
    }
}

struct FittedShare {
    column: usize,
    line: Calibration,
}

impl Predictor for FittedShare {
    fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
        self.line.apply(log_odds(row[self.column]))
    }
}

fn bad_rate(rows: &Rows) -> f64 {
    rows.n_bad() as f64 / rows.n() as f64
}

fn column(rows: &Rows, candidates: &[Feature]) -> usize {
    candidates
        .iter()
        .find_map(|&feature| rows.column_of(feature))
        .expect("every unit has days past due and a late share in its catalogue")
}
