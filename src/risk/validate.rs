//! Validation: a model and the baselines on rows none of them was fitted to, and the quality gate.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::baseline;
use super::learn::learn;
use super::measures::{Clusters, Measure, Sample, Values, interval};
use super::split::{Part, across_customers, in_time};
use super::{Choice, Estimator, FitError, Rows, probability};
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
    /// First and last held-out month end; empty for accounts without a time.
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
    /// Returns the held-out days in words.
    pub fn days_in_words(&self) -> String {
        match self.days.0.as_str() {
            "" => "without a time".to_owned(),
            first => format!("{first} to {}", self.days.1),
        }
    }

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

/// Judges what is learnt with the best of the estimators beside the baselines, on held-out rows.
///
/// # Errors
/// Nothing can be learnt from the training part.
pub fn validate(
    estimators: &[Box<dyn Estimator>],
    rows: &Rows,
    n_draws: usize,
    seed: u64,
) -> Result<Validation, FitError> {
    let learnt = |parts: &[Part]| {
        predict(rows, parts, |train, held_out| {
            Ok(learn(estimators, train, seed)?.probabilities(held_out))
        })
    };
    let in_time = in_time(rows).map(|part| vec![part]);
    let (held_out, parts, probabilities) = match in_time.map(|parts| (learnt(&parts), parts)) {
        Some((Ok(probabilities), parts)) => (HeldOut::LaterTime, parts, probabilities),
        Some((Err(error), _)) if !error.is_without_signal() => return Err(error),
        // There is no later time, or the first months tell nothing yet: customers without a past are all alike.
        _ => {
            let parts = across_customers(rows, seed);
            let probabilities = learnt(&parts)?;
            (HeldOut::OtherCustomers, parts, probabilities)
        }
    };
    let positions: Vec<usize> = parts.iter().flat_map(|part| part.held_out.iter().copied()).collect();
    let test = rows.take(&positions);
    let name = match estimators {
        [only] => only.name(),
        _ => Choice::Champion.as_str(),
    };
    let mut predicted: Vec<(String, Vec<f64>)> = vec![(name.to_owned(), probabilities)];
    for baseline in baseline::all(rows) {
        let probabilities = predict(rows, &parts, |train, held_out| {
            let log_odds = baseline.fit(train)?.model.log_odds(held_out.x.view());
            Ok(log_odds.into_iter().map(probability).collect())
        })?;
        predicted.push((baseline.name().to_owned(), probabilities));
    }
    let judged = judge(&predicted, &test, n_draws, seed);
    let span = test.span();
    let day = |of: fn((Day, Day)) -> Day| span.map_or_else(String::new, |span| of(span).to_string());
    Ok(Validation {
        held_out,
        days: (day(|span| span.0), day(|span| span.1)),
        n: test.n(),
        n_bad: test.n_bad(),
        n_draws,
        estimators: predicted
            .iter()
            .zip(&judged)
            .map(|((name, _), judged)| judged.named(name))
            .collect(),
        reliability: tenths(&predicted[0].1, &test.bad),
        refusals: gate(&predicted, &judged),
    })
}

fn predict(
    rows: &Rows,
    parts: &[Part],
    probabilities: impl Fn(&Rows, &Rows) -> Result<Vec<f64>, FitError>,
) -> Result<Vec<f64>, FitError> {
    let of_parts: Vec<Vec<f64>> = parts
        .iter()
        .map(|part| probabilities(&rows.take(&part.train), &rows.take(&part.held_out)))
        .collect::<Result<_, _>>()?;
    Ok(of_parts.concat())
}

/// The measures of one estimator, and what they come to in each draw of customers.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub values: Values,
    pub draws: Vec<Values>,
}

impl Drawn {
    /// Returns the measures with their intervals.
    pub fn named(&self, name: &str) -> Judged {
        let measured = |(position, &measure): (usize, &Measure)| Measured {
            measure,
            value: self.values[position],
            interval: interval(self.draws.iter().map(|values| values[position])),
        };
        Judged {
            estimator: name.to_owned(),
            measures: Measure::ALL.iter().enumerate().map(measured).collect(),
        }
    }

    /// Returns how much more one estimator has of a measure than another, and the bounds of that, paired by draw.
    pub fn more_than(&self, other: &Drawn, measure: Measure) -> (Option<f64>, Option<(f64, f64)>) {
        let more = |own: &Values, other: &Values| Some(own[measure as usize]? - other[measure as usize]?);
        let drawn = self.draws.iter().zip(&other.draws).map(|(own, other)| more(own, other));
        (more(&self.values, &other.values), interval(drawn))
    }
}

/// Measures probabilities on rows, and on draws of their customers: the same draws for every estimator.
pub(super) fn judge(predicted: &[(String, Vec<f64>)], rows: &Rows, n_draws: usize, seed: u64) -> Vec<Drawn> {
    let samples: Vec<Sample<'_>> = predicted
        .iter()
        .map(|(_, probabilities)| Sample::new(probabilities, &rows.bad, &rows.at_stake))
        .collect();
    let clusters = Clusters::of(&rows.customers);
    let drawn: Vec<Vec<Values>> = (0..n_draws)
        .into_par_iter()
        .map(|draw| {
            let weights = clusters.weights(draw, seed);
            samples.iter().map(|sample| sample.measure(&weights)).collect()
        })
        .collect();
    let unit = vec![1.0; rows.n()];
    samples
        .iter()
        .enumerate()
        .map(|(position, sample)| Drawn {
            values: sample.measure(&unit),
            draws: drawn.iter().map(|of_draw| of_draw[position]).collect(),
        })
        .collect()
}

pub(super) fn tenths(probabilities: &[f64], bad: &[bool]) -> Vec<Tenth> {
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
fn gate(predicted: &[(String, Vec<f64>)], judged: &[Drawn]) -> Vec<String> {
    let show = |value: Option<f64>| value.map_or_else(|| "undefined".to_owned(), |value| format!("{value:.3}"));
    let value = |drawn: &Drawn, measure: Measure| show(drawn.values[measure as usize]);
    let model = &judged[0];
    let mut refusals = Vec::new();
    let lower = interval(model.draws.iter().map(|values| values[Measure::Auc as usize])).map(|(lower, _)| lower);
    if lower.is_none_or(|lower| lower <= 0.5) {
        refusals.push(format!(
            "AUC is {}, its lower 95% bound {}: not better than chance",
            value(model, Measure::Auc),
            show(lower)
        ));
    }
    for ((name, _), baseline) in predicted.iter().zip(judged).skip(1) {
        let (ranks, ranks_bounds) = model.more_than(baseline, Measure::Auc);
        // Less log loss is better.
        let (means, means_bounds) = baseline.more_than(model, Measure::LogLoss);
        let is_worse = |gain: Option<f64>| gain.is_none_or(|gain| gain <= 0.0);
        let is_surely_worse = |bounds: Option<(f64, f64)>| bounds.is_some_and(|(_, upper)| upper < 0.0);
        if (is_worse(ranks) && is_worse(means)) || is_surely_worse(ranks_bounds) || is_surely_worse(means_bounds) {
            refusals.push(format!(
                "baseline `{name}` is not beaten: AUC {} against its {}, log loss {} against its {}",
                value(model, Measure::Auc),
                value(baseline, Measure::Auc),
                value(model, Measure::LogLoss),
                value(baseline, Measure::LogLoss)
            ));
        }
    }
    refusals
}
