//! Validation: a model and the baselines on rows none of them was fitted to, and the quality gate.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::baseline;
use super::calibrate::Calibration;
use super::measures::{Measure, Sample, Values, draws, interval};
use super::split::{Part, across_customers, in_time};
use super::{Estimator, FitError, Predictor, Rows, probability};
use crate::calendar::Day;

/// How rows were held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOut {
    /// Later month ends; trained on earlier ones whose outcome was known by then.
    LaterTime,
    /// Other customers of the same months, where history is too short to split time.
    OtherCustomers,
}

impl HeldOut {
    /// Returns the words of tables and cards.
    pub const fn as_str(self) -> &'static str {
        match self {
            HeldOut::LaterTime => "out of time",
            HeldOut::OtherCustomers => "across customers, not time-validated",
        }
    }
}

/// What validation found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// How rows were held out.
    pub held_out: HeldOut,
    /// First and last held-out month end.
    pub days: (String, String),
    /// Rows held out.
    pub n: usize,
    /// Bad rows among them.
    pub n_bad: usize,
    /// Draws behind the intervals, clustered by customer.
    pub n_draws: usize,
    /// Each estimator's measures; the model first.
    pub estimators: Vec<Judged>,
    /// The model's probabilities against outcomes, by tenths.
    pub reliability: Vec<Tenth>,
    /// Why the quality gate refused the model; empty where it passed.
    pub refusals: Vec<String>,
}

/// One estimator's measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Name of the estimator.
    pub estimator: String,
    /// Its measures.
    pub measures: Vec<Measured>,
}

/// A measure with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Which.
    pub measure: Measure,
    /// Its value; `None` where a class or money is lacking.
    pub value: Option<f64>,
    /// Lower and upper bound.
    pub interval: Option<(f64, f64)>,
}

/// A tenth of the held-out rows by probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenth {
    /// Rows.
    pub n: usize,
    /// Bad rows.
    pub n_bad: usize,
    /// Mean probability.
    pub probability: f64,
}

impl Validation {
    /// Returns a measure of an estimator.
    pub fn value(&self, estimator: &str, measure: Measure) -> Option<f64> {
        self.measured(estimator, measure)?.value
    }

    /// Returns a measure of an estimator with its interval.
    pub fn measured(&self, estimator: &str, measure: Measure) -> Option<&Measured> {
        let judged = self.estimators.iter().find(|judged| judged.estimator == estimator)?;
        judged.measures.iter().find(|measured| measured.measure == measure)
    }
}

/// Judges an estimator beside the baselines on held-out rows.
///
/// # Errors
/// The estimator cannot be fitted to the training part.
pub fn validate(estimator: &dyn Estimator, rows: &Rows, n_draws: usize, seed: u64) -> Result<Validation, FitError> {
    let fitted = |parts: &[Part]| {
        predict(rows, parts, |train| {
            let predictor = estimator.fit(train)?;
            Ok((predictor, calibration(estimator, train)?))
        })
    };
    let in_time = in_time(rows).map(|part| vec![part]);
    let (held_out, parts, probabilities) = match in_time.map(|parts| (fitted(&parts), parts)) {
        Some((Ok(probabilities), parts)) => (HeldOut::LaterTime, parts, probabilities),
        // The first months may tell nothing yet: customers without a past are all alike.
        Some((Err(FitError::NoFeature { .. }), _)) | None => {
            let parts = across_customers(rows, seed);
            let probabilities = fitted(&parts)?;
            (HeldOut::OtherCustomers, parts, probabilities)
        }
        Some((Err(error), _)) => return Err(error),
    };
    let positions: Vec<usize> = parts.iter().flat_map(|part| part.held_out.iter().copied()).collect();
    let test = rows.take(&positions);
    let mut predicted: Vec<(String, Vec<f64>)> = vec![(estimator.name().to_owned(), probabilities)];
    for baseline in baseline::all() {
        let probabilities = predict(rows, &parts, |train| Ok((baseline.fit(train)?, Calibration::NONE)))?;
        predicted.push((baseline.name().to_owned(), probabilities));
    }
    let weights = draws(&test.customers, n_draws, seed);
    let unit = vec![1.0; test.n()];
    let judged: Vec<(Values, Vec<Values>)> = predicted
        .iter()
        .map(|(_, probabilities)| {
            let sample = Sample::new(probabilities, &test.bad, &test.at_stake);
            let drawn = weights.par_iter().map(|weights| sample.measure(weights)).collect();
            (sample.measure(&unit), drawn)
        })
        .collect();
    let estimators = predicted
        .iter()
        .zip(&judged)
        .map(|((name, _), (values, drawn))| Judged {
            estimator: name.clone(),
            measures: Measure::ALL
                .iter()
                .enumerate()
                .map(|(position, &measure)| Measured {
                    measure,
                    value: values[position],
                    interval: interval(drawn.iter().map(|values| values[position])),
                })
                .collect(),
        })
        .collect();
    let day = |day: Option<&Day>| day.map(Day::to_string).unwrap_or_default();
    Ok(Validation {
        held_out,
        days: (day(test.days.iter().min()), day(test.days.iter().max())),
        n: test.n(),
        n_bad: test.n_bad(),
        n_draws,
        estimators,
        reliability: tenths(&predicted[0].1, &test.bad),
        refusals: gate(&predicted, &judged),
    })
}

fn predict(
    rows: &Rows,
    parts: &[Part],
    fit: impl Fn(&Rows) -> Result<(Box<dyn Predictor>, Calibration), FitError>,
) -> Result<Vec<f64>, FitError> {
    let mut probabilities = Vec::new();
    for part in parts {
        let (predictor, calibration) = fit(&rows.take(&part.train))?;
        probabilities.extend(
            part.held_out
                .iter()
                .map(|&row| probability(calibration.apply(predictor.log_odds(rows.x.row(row))))),
        );
    }
    Ok(probabilities)
}

/// Learns a calibration from the last months of the rows, by a fit to the months before them.
///
/// Without enough months or events nothing is corrected.
pub(super) fn calibration(estimator: &dyn Estimator, rows: &Rows) -> Result<Calibration, FitError> {
    let Some(part) = in_time(rows) else {
        return Ok(Calibration::NONE);
    };
    let Ok(predictor) = estimator.fit(&rows.take(&part.train)) else {
        return Ok(Calibration::NONE);
    };
    let test = rows.take(&part.held_out);
    let log_odds: Vec<f64> = test.x.outer_iter().map(|row| predictor.log_odds(row)).collect();
    Ok(Calibration::fit(&log_odds, &test.bad))
}

fn tenths(probabilities: &[f64], bad: &[bool]) -> Vec<Tenth> {
    let mut order: Vec<usize> = (0..bad.len()).collect();
    order.sort_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]).then(a.cmp(&b)));
    let bounds: Vec<usize> = (0..=10).map(|tenth| tenth * order.len() / 10).collect();
    bounds
        .windows(2)
        .map(|bounds| &order[bounds[0]..bounds[1]])
        .filter(|rows| !rows.is_empty())
        .map(|rows| Tenth {
            n: rows.len(),
            n_bad: rows.iter().filter(|&&row| bad[row]).count(),
            probability: rows.iter().map(|&row| probabilities[row]).sum::<f64>() / rows.len() as f64,
        })
        .collect()
}

/// The quality gate: the model must rank better than chance, mean more than the average, and not be beaten by a baseline.
///
/// Beaten: the baseline ranks better and is closer in log loss, or is surely better in one of them (95%, paired by draw).
fn gate(predicted: &[(String, Vec<f64>)], judged: &[(Values, Vec<Values>)]) -> Vec<String> {
    let (auc, log_loss) = (Measure::Auc as usize, Measure::LogLoss as usize);
    let show = |value: Option<f64>| value.map_or_else(|| "undefined".to_owned(), |value| format!("{value:.3}"));
    let (values, drawn) = &judged[0];
    let mut refusals = Vec::new();
    let lower = interval(drawn.iter().map(|values| values[auc])).map(|(lower, _)| lower);
    if lower.is_none_or(|lower| lower <= 0.5) {
        refusals.push(format!(
            "AUC is {}, its lower 95% bound {}: not better than chance",
            show(values[auc]),
            show(lower)
        ));
    }
    for ((name, _), (other, other_drawn)) in predicted.iter().zip(judged).skip(1) {
        let gain = |position: usize, sign: f64| {
            let of = |mine: &Values, theirs: &Values| mine[position].zip(theirs[position]).map(|(a, b)| sign * (a - b));
            let bounds = interval(drawn.iter().zip(other_drawn).map(|(mine, theirs)| of(mine, theirs)));
            (of(values, other), bounds)
        };
        let (ranks, means) = (gain(auc, 1.0), gain(log_loss, -1.0));
        let is_worse = |gain: &(Option<f64>, Option<(f64, f64)>)| gain.0.is_none_or(|gain| gain <= 0.0);
        let is_surely_worse = |gain: &(Option<f64>, Option<(f64, f64)>)| gain.1.is_some_and(|(_, upper)| upper < 0.0);
        if (is_worse(&ranks) && is_worse(&means)) || is_surely_worse(&ranks) || is_surely_worse(&means) {
            refusals.push(format!(
                "baseline `{name}` is not beaten: AUC {} against its {}, log loss {} against its {}",
                show(values[auc]),
                show(other[auc]),
                show(values[log_loss]),
                show(other[log_loss])
            ));
        }
    }
    refusals
}
