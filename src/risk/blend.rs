//! A blend: what several estimators say, weighted.
//!
//! # Definition
//! log-odds (bad : good) = sum over members of weight x (intercept + slope x the member's log-odds). The line is each member's
//! calibration on held-out rows. Weights are not negative and sum to one; of those, they lose least on the held-out rows, held at equal
//! weights by a ridge.
//! # Inputs
//! Estimators, and what each of them said of rows it was not fitted to.
//! # Edge cases
//! Without held-out rows all members weigh the same. A member that finds nothing in the rows it is fitted to leaves its weight to the
//! others.
//! # Source
//! Wolpert, Stacked generalization, 1992; Breiman, Stacked regressions, 1996, for weights that are not negative.
//! # Example
//! Weights of 0.6 and 0.4 on log-odds of -1 and -2: log-odds -1.4.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calibrate::Line;
use super::split::Part;
use super::{Estimator, Fit, FitError, FitReport, Fitted, Rows, log_odds, probability};

/// Settings of a blend: its members, and how they are weighed.
#[derive(Clone)]
pub struct BlendParams {
    members: Vec<Weighed<Arc<dyn Estimator>>>,
}

/// Fitted members with their weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blend {
    /// The members, by weight none is zero, and they sum to one.
    pub members: Vec<Weighed<Fitted>>,
}

/// One member of a blend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighed<M> {
    /// Its share in the log-odds.
    pub weight: f64,
    /// Its calibration.
    pub line: Line,
    /// The member.
    pub model: M,
}

/// How strongly weights are held at equal ones: as so many rows' worth of loss at a distance of one.
const RIDGE: f64 = 10.0;
/// Smaller weights are none.
const LEAST_WEIGHT: f64 = 0.05;
/// Steps towards the weights that lose least.
const STEPS: usize = 400;

impl BlendParams {
    /// Takes members that weigh the same until the blend is tuned.
    pub fn of(members: Vec<Box<dyn Estimator>>) -> BlendParams {
        let weight = 1.0 / members.len() as f64;
        let members = members.into_iter().map(|model| Weighed {
            weight,
            line: Line::NONE,
            model: Arc::from(model),
        });
        BlendParams {
            members: members.collect(),
        }
    }

    /// Weighs tuned members by their log-odds on held-out rows, member by member; `of_folds` says how many rows each fold has.
    ///
    /// Returns the blend, and its log-odds on the same rows: those of a fold with lines and weights learnt on the other folds.
    pub(super) fn weighed(
        members: &[(Arc<dyn Estimator>, &[f64])],
        bad: &[bool],
        of_folds: &[usize],
    ) -> (BlendParams, Vec<f64>) {
        let said: Vec<&[f64]> = members.iter().map(|(_, log_odds)| *log_odds).collect();
        let mut own = Vec::with_capacity(bad.len());
        let mut start = 0;
        for n in of_folds {
            let fold = start..start + n;
            let others = match of_folds {
                // Nothing else tells: the lines are those of the fold, the weights equal.
                [_] => Mix::of(&said, bad, |_| true).with_equal_weights(),
                _ => Mix::of(&said, bad, |row| !fold.contains(&row)),
            };
            own.extend(fold.map(|row| others.log_odds(&said, row)));
            start += n;
        }
        let all = Mix::of(&said, bad, |_| true);
        let members = members.iter().zip(all.weights).zip(all.lines);
        let members = members.map(|(((model, _), weight), line)| Weighed {
            weight,
            line,
            model: Arc::clone(model),
        });
        let blend = BlendParams {
            members: members.collect(),
        };
        (blend, own)
    }
}

impl Estimator for BlendParams {
    fn name(&self) -> &'static str {
        "blend"
    }

    fn tuned(&self, rows: &Rows, folds: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        let tuned = self.members.iter().map(|member| {
            let estimator: Arc<dyn Estimator> = Arc::from(member.model.tuned(rows, folds)?);
            let said = said_of_held_out(estimator.as_ref(), rows, folds)?;
            Ok((estimator, said))
        });
        let tuned: Vec<(Arc<dyn Estimator>, Vec<f64>)> = tuned.collect::<Result<_, FitError>>()?;
        let bad: Vec<bool> = folds
            .iter()
            .flat_map(|fold| fold.held_out.iter().map(|&row| rows.bad[row]))
            .collect();
        let members: Vec<_> = tuned
            .iter()
            .map(|(model, said)| (Arc::clone(model), &said[..]))
            .collect();
        let of_folds: Vec<usize> = folds.iter().map(|fold| fold.held_out.len()).collect();
        Ok(Box::new(BlendParams::weighed(&members, &bad, &of_folds).0))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let mut members = Vec::new();
        let mut nothing = None;
        for member in self.members.iter().filter(|member| member.weight >= LEAST_WEIGHT) {
            match member.model.fit(rows) {
                Ok(Fit { model, .. }) => members.push(Weighed {
                    weight: member.weight,
                    line: member.line,
                    model,
                }),
                Err(error) if error.is_without_signal() => nothing = Some(error),
                Err(error) => return Err(error),
            }
        }
        let sum: f64 = members.iter().map(|member| member.weight).sum();
        if let (true, Some(error)) = (members.is_empty(), nothing) {
            return Err(error);
        }
        for member in &mut members {
            member.weight /= sum;
        }
        let report = members.iter().fold(FitReport::of(rows), |report, member| {
            report.with(
                &format!("weight of {}", member.model.name()),
                format!("{:.2}", member.weight),
            )
        });
        Ok(Fit {
            model: Fitted::Blend(Blend { members }),
            report,
        })
    }
}

/// Returns the log-odds of held-out rows, fold after fold, each from a fit to its training rows.
pub(super) fn said_of_held_out(estimator: &dyn Estimator, rows: &Rows, folds: &[Part]) -> Result<Vec<f64>, FitError> {
    let of_folds: Vec<Vec<f64>> = folds
        .par_iter()
        .map(|fold| {
            let (train, held_out) = (rows.take(&fold.train), rows.take(&fold.held_out));
            match estimator.fit(&train) {
                Ok(fit) => Ok(fit.model.log_odds(held_out.x.view())),
                // The first months may tell nothing yet: customers without a past are all alike.
                Err(error) if error.is_without_signal() => Ok(vec![log_odds(train.bad_rate()); held_out.n()]),
                Err(error) => Err(error),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(of_folds.concat())
}

impl Blend {
    /// Returns the log-odds of each row.
    pub fn log_odds(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        let mut sums = vec![0.0; x.nrows()];
        for member in &self.members {
            for (sum, own) in sums.iter_mut().zip(member.model.log_odds(x)) {
                *sum += member.weight * member.line.apply(own);
            }
        }
        sums
    }

    /// Returns each column's part of each row's log-odds: the weighted sum of its parts in the members.
    pub fn explain(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut parts = Array2::zeros(x.raw_dim());
        for member in &self.members {
            parts.scaled_add(member.weight * member.line.slope, &member.model.explain(x));
        }
        parts
    }

    /// Returns the log-odds of the average training row.
    pub fn expected_log_odds(&self) -> f64 {
        let members = self.members.iter();
        let own = members.map(|member| member.weight * member.line.apply(member.model.expected_log_odds()));
        own.sum()
    }
}

/// Lines and weights of several lists of log-odds.
struct Mix {
    lines: Vec<Line>,
    weights: Vec<f64>,
}

impl Mix {
    /// Learns from the rows that are taken.
    fn of(said: &[&[f64]], bad: &[bool], is_taken: impl Fn(usize) -> bool) -> Mix {
        let rows: Vec<usize> = (0..bad.len()).filter(|row| is_taken(*row)).collect();
        let bad: Vec<bool> = rows.iter().map(|&row| bad[row]).collect();
        let said: Vec<Vec<f64>> = said
            .iter()
            .map(|said| rows.iter().map(|&row| said[row]).collect())
            .collect();
        let lines: Vec<Line> = said.iter().map(|said| Line::fit(said, &bad)).collect();
        let calibrated: Vec<Vec<f64>> = said
            .iter()
            .zip(&lines)
            .map(|(said, line)| said.iter().map(|own| line.apply(*own)).collect())
            .collect();
        Mix {
            weights: weights(&calibrated, &bad),
            lines,
        }
    }

    fn with_equal_weights(self) -> Mix {
        Mix {
            weights: vec![1.0 / self.weights.len() as f64; self.weights.len()],
            ..self
        }
    }

    fn log_odds(&self, said: &[&[f64]], row: usize) -> f64 {
        let members = said.iter().zip(&self.lines).zip(&self.weights);
        members
            .map(|((said, line), weight)| weight * line.apply(said[row]))
            .sum()
    }
}

/// Returns the weights that lose least on the rows, by steps that multiply: they stay above zero and sum to one.
fn weights(members: &[Vec<f64>], bad: &[bool]) -> Vec<f64> {
    let k = members.len();
    let equal = 1.0 / k as f64;
    let mut weights = vec![equal; k];
    let (mut least, mut gradient) = loss(members, bad, &weights);
    let mut length = 8.0;
    for _ in 0..STEPS {
        let mut next: Vec<f64> = weights
            .iter()
            .zip(&gradient)
            .map(|(weight, slope)| weight * (-length * slope).clamp(-5.0, 5.0).exp())
            .collect();
        let sum: f64 = next.iter().sum();
        next.iter_mut().for_each(|weight| *weight /= sum);
        let (found, next_gradient) = loss(members, bad, &next);
        if found <= least {
            (weights, least, gradient) = (next, found, next_gradient);
            length *= 1.2;
        } else {
            length *= 0.5;
        }
    }
    weights
}

/// Returns the mean loss of a mixture, with the ridge, and its slopes by weight.
fn loss(members: &[Vec<f64>], bad: &[bool], weights: &[f64]) -> (f64, Vec<f64>) {
    let n = bad.len().max(1) as f64;
    let equal = 1.0 / weights.len() as f64;
    let mut loss = 0.0;
    let mut gradient = vec![0.0; weights.len()];
    for (row, &bad) in bad.iter().enumerate() {
        let log_odds: f64 = members.iter().zip(weights).map(|(own, weight)| weight * own[row]).sum();
        // The loss of log-odds as they stand, which no rounding of a probability can make infinite.
        let against = if bad { -log_odds } else { log_odds };
        loss += against.max(0.0) + (-against.abs()).exp().ln_1p();
        let error = probability(log_odds) - f64::from(bad);
        for (slope, own) in gradient.iter_mut().zip(members) {
            *slope += error * own[row];
        }
    }
    for (slope, weight) in gradient.iter_mut().zip(weights) {
        loss += RIDGE * (weight - equal).powi(2);
        *slope = (*slope + 2.0 * RIDGE * (weight - equal)) / n;
    }
    (loss / n, gradient)
}
