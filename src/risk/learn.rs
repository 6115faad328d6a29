//! Learning from rows: settings, champion and calibration by held-out time inside them, then the fit to all of them.
//!
//! # Definition
//! Every estimator is tuned on, and then fitted before, each of the later stretches of time that [`split::rolling`] holds out. Where
//! there are several, a blend of them takes part as well, weighed on the other stretches. The champion is the simplest whose log loss on
//! those rows is within one standard error of the best one's.
//! # Inputs
//! Labelled rows; estimators in order of simplicity.
//! # Edge cases
//! Where an estimator finds nothing in the first months, the average speaks for it there. Large sets are tuned on some of their customers.
//! # Source
//! Breiman et al., Classification and Regression Trees, 1984, section 3.4.3, for the rule; the difference is paired by row, its error
//! clustered by customer.
//! # Example
//! Boosting loses 0.218 a row, the scorecard 0.003 more with a standard error of 0.004: the scorecard is the champion.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blend::{BlendParams, said_of_held_out};
use super::calibrate::{Calibration, Line};
use super::split::{self, Part};
use super::{BoostingParams, EbmParams, ForestParams, LogisticParams};
use super::{Estimator, Fit, FitError, Rows, ScorecardParams, probability};
use crate::table::Table;

/// Rows on which settings are tuned at most; the fit itself takes all.
const MAX_TUNED_ROWS: usize = 60_000;

/// Which estimator is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The points scorecard.
    Scorecard,
    /// A logistic regression on the features themselves.
    Logistic,
    /// A curve per feature.
    Ebm,
    /// Gradient boosting.
    Boosting,
    /// A random forest.
    Forest,
    /// All of these, weighted.
    Blend,
    /// Whichever of them does best on held-out time, the simpler one in doubt.
    Champion,
}

impl Choice {
    /// The estimators, the simplest first.
    pub const ESTIMATORS: [Choice; 6] = [
        Choice::Scorecard,
        Choice::Logistic,
        Choice::Ebm,
        Choice::Boosting,
        Choice::Forest,
        Choice::Blend,
    ];

    /// Returns the word of the command line and of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Choice::Scorecard => "scorecard",
            Choice::Logistic => "logistic",
            Choice::Ebm => "ebm",
            Choice::Boosting => "boosting",
            Choice::Forest => "forest",
            Choice::Blend => "blend",
            Choice::Champion => "champion",
        }
    }

    /// Returns what is to be learnt, the simplest first; where the champion is wanted, all that a blend is made of.
    pub fn estimators(self, card: ScorecardParams, seed: u64) -> Vec<Box<dyn Estimator>> {
        match self {
            Choice::Scorecard => vec![Box::new(card)],
            Choice::Logistic => vec![Box::new(LogisticParams::default())],
            Choice::Ebm => vec![Box::new(EbmParams {
                seed,
                ..EbmParams::default()
            })],
            Choice::Boosting => vec![Box::new(BoostingParams {
                seed,
                ..BoostingParams::default()
            })],
            Choice::Forest => vec![Box::new(ForestParams {
                seed,
                ..ForestParams::default()
            })],
            Choice::Blend => vec![Box::new(BlendParams::of(Choice::Champion.estimators(card, seed)))],
            Choice::Champion => Choice::ESTIMATORS
                .into_iter()
                .filter(|choice| *choice != Choice::Blend)
                .flat_map(|choice| choice.estimators(card, seed))
                .collect(),
        }
    }
}

/// How an estimator did on the held-out rows inside the training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Its name.
    pub estimator: String,
    /// Mean log loss, after calibration.
    pub log_loss: f64,
    /// What it loses more than the best one, per row; 0 for the best.
    pub more: f64,
    /// Standard error of that, clustered by customer.
    pub standard_error: f64,
    /// Whether it was chosen.
    pub is_champion: bool,
}

impl Candidate {
    /// Returns one row per candidate: `estimator`, `log_loss`, `more`, `standard_error`, `champion`.
    pub fn table(candidates: &[Candidate]) -> Table {
        let rows = candidates.iter();
        Table::new("candidates")
            .note(
                "rule",
                "the simplest within one standard error of the best, on rolling later months",
            )
            .text("estimator", rows.clone().map(|row| row.estimator.clone()))
            .real("log_loss", rows.clone().map(|row| row.log_loss))
            .real("more", rows.clone().map(|row| row.more))
            .real("standard_error", rows.clone().map(|row| row.standard_error))
            .flag("champion", rows.map(|row| row.is_champion))
    }
}

/// What was learnt from rows.
pub(super) struct Learnt {
    pub fit: Fit,
    pub calibration: Calibration,
    /// The estimators that were compared; empty where there was no choice.
    pub candidates: Vec<Candidate>,
}

impl Learnt {
    /// Returns the calibrated probability of each row.
    pub fn probabilities(&self, rows: &Rows) -> Vec<f64> {
        let own = self.fit.model.log_odds(rows.x.view());
        own.into_iter()
            .map(|log_odds| probability(self.calibration.apply(log_odds)))
            .collect()
    }
}

/// Learns from rows with the best of the estimators, given in order of simplicity.
pub(super) fn learn(estimators: &[Box<dyn Estimator>], rows: &Rows, seed: u64) -> Result<Learnt, FitError> {
    let contest = Contest::hold(estimators, rows, seed)?;
    let (champion, candidates) = contest.judge();
    let mut learnt = contest.finish(champion, rows)?;
    if estimators.len() > 1 {
        learnt.candidates = candidates;
    }
    Ok(learnt)
}

/// Estimators on the same held-out rows.
pub(super) struct Contest {
    // The rows that were held out, fold after fold.
    held_out: Rows,
    // Where the folds begin whose training part is like the whole: calibration is learnt from there on.
    calibrate_from: usize,
    contenders: Vec<Contender>,
}

/// A tuned estimator and its log-odds on the held-out rows.
struct Contender {
    estimator: Arc<dyn Estimator>,
    log_odds: Vec<f64>,
}

impl Contest {
    /// Tunes each estimator on the folds and lets it predict each of them from what was known before.
    pub fn hold(estimators: &[Box<dyn Estimator>], rows: &Rows, seed: u64) -> Result<Contest, FitError> {
        rows.check()?;
        let sample = split::sample_of_customers(rows, MAX_TUNED_ROWS, seed);
        let rows = sample.as_ref().unwrap_or(rows);
        let folds = split::rolling(rows, seed);
        let mut contenders = estimators
            .iter()
            .map(|estimator| Contender::new(estimator.as_ref(), rows, &folds))
            .collect::<Result<Vec<Contender>, _>>()?;
        let held_out: Vec<usize> = folds.iter().flat_map(|fold| fold.held_out.iter().copied()).collect();
        let held_out = rows.take(&held_out);
        if contenders.len() > 1 {
            contenders.push(Contender::blend_of(&contenders, &held_out, &folds));
        }
        // What was learnt from a fraction of the rows is surer of itself than it should be, and says little about the final fit.
        let is_like_all = |fold: &&Part| 2 * fold.train.len() >= rows.n();
        let n_like_all = folds.iter().rev().take_while(is_like_all).count().max(1);
        let earlier = &folds[..folds.len().saturating_sub(n_like_all)];
        Ok(Contest {
            held_out,
            calibrate_from: earlier.iter().map(|fold| fold.held_out.len()).sum(),
            contenders,
        })
    }

    /// Returns the names of the contenders, the simplest first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.contenders.iter().map(|contender| contender.estimator.name())
    }

    /// Returns the position of the champion, and how every contender did; the simplest one where nothing could be held out.
    pub fn judge(&self) -> (usize, Vec<Candidate>) {
        if self.held_out.n() == 0 {
            return (0, Vec::new());
        }
        let losses: Vec<Vec<f64>> = self.contenders.iter().map(|contender| self.losses(contender)).collect();
        let n = self.held_out.n() as f64;
        let means: Vec<f64> = losses.iter().map(|losses| losses.iter().sum::<f64>() / n).collect();
        let best = (0..means.len())
            .min_by(|&a, &b| means[a].total_cmp(&means[b]))
            .unwrap_or(0);
        let errors: Vec<f64> = losses
            .iter()
            .map(|own| self.standard_error(own, &losses[best]))
            .collect();
        let champion = (0..means.len())
            .find(|&position| means[position] - means[best] <= errors[position])
            .unwrap_or(best);
        let candidates = self
            .contenders
            .iter()
            .enumerate()
            .map(|(position, contender)| Candidate {
                estimator: contender.estimator.name().to_owned(),
                log_loss: means[position],
                more: means[position] - means[best],
                standard_error: errors[position],
                is_champion: position == champion,
            })
            .collect();
        (champion, candidates)
    }

    /// Fits a contender to all rows, and learns its calibration from the held-out ones.
    pub fn finish(&self, position: usize, rows: &Rows) -> Result<Learnt, FitError> {
        let contender = &self.contenders[position];
        let Fit { mut model, report } = contender.estimator.fit(rows)?;
        let from = self.calibrate_from;
        let (own, bad) = (&contender.log_odds[from..], &self.held_out.bad[from..]);
        let line = Line::fit(own, bad);
        // A card takes a line into its points; everything else keeps what was learnt beside it.
        let is_taken_in = model.take_in(line);
        let learnt = if is_taken_in {
            Calibration::Line(line)
        } else {
            Calibration::fit(own, bad)
        };
        Ok(Learnt {
            fit: Fit {
                model,
                report: report.with("calibration", learnt.sentence()),
            },
            calibration: if is_taken_in { Calibration::NONE } else { learnt },
            candidates: Vec::new(),
        })
    }

    fn losses(&self, contender: &Contender) -> Vec<f64> {
        let line = Line::fit(&contender.log_odds, &self.held_out.bad);
        let loss = |(own, bad): (&f64, &bool)| {
            let p = probability(line.apply(*own)).clamp(1e-9, 1.0 - 1e-9);
            -if *bad { p.ln() } else { (1.0 - p).ln() }
        };
        contender.log_odds.iter().zip(&self.held_out.bad).map(loss).collect()
    }

    /// Returns the standard error of the mean difference of losses, rows of a customer together.
    fn standard_error(&self, own: &[f64], best: &[f64]) -> f64 {
        let n = own.len() as f64;
        let mean = own.iter().zip(best).map(|(a, b)| a - b).sum::<f64>() / n;
        let mut clusters: BTreeMap<_, f64> = BTreeMap::new();
        for ((a, b), customer) in own.iter().zip(best).zip(&self.held_out.customers) {
            *clusters.entry(*customer).or_default() += a - b - mean;
        }
        let k = clusters.len() as f64;
        let squares: f64 = clusters.values().map(|sum| sum * sum).sum();
        (squares * k / (k - 1.0).max(1.0)).sqrt() / n
    }
}

impl Contender {
    fn new(estimator: &dyn Estimator, rows: &Rows, folds: &[Part]) -> Result<Contender, FitError> {
        let estimator: Arc<dyn Estimator> = Arc::from(estimator.tuned(rows, folds)?);
        Ok(Contender {
            log_odds: said_of_held_out(estimator.as_ref(), rows, folds)?,
            estimator,
        })
    }

    fn blend_of(contenders: &[Contender], held_out: &Rows, folds: &[Part]) -> Contender {
        let members: Vec<_> = contenders
            .iter()
            .map(|contender| (Arc::clone(&contender.estimator), &contender.log_odds[..]))
            .collect();
        let of_folds: Vec<usize> = folds.iter().map(|fold| fold.held_out.len()).collect();
        let (blend, log_odds) = BlendParams::weighed(&members, &held_out.bad, &of_folds);
        Contender {
            estimator: Arc::new(blend),
            log_odds,
        }
    }
}
