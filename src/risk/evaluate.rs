//! Evaluation: every estimator and every baseline, learnt month end after month end, judged on what came after.
//!
//! # Definition
//! On each month end everything is learnt anew from the month ends before it whose outcome was known by then, and predicts the rows
//! of that day; the predictions of all days are judged together. The champion is chosen on each day by what was known on it.
//! # Inputs
//! A ledger and month ends; or a table of accounts, held out by time where it has one, else in five groups.
//! # Edge cases
//! A month end on which nothing can be learnt yet, or whose outcomes are not known yet, is left out with a caveat.
//! # Source
//! Tashman, Out-of-sample tests of forecasting accuracy, 2000: rolling origins; Efron and Tibshirani, 1993: the bootstrap of clusters.
//! # Example
//! Month ends June to September, labels of 5 days: four models of each kind, judged on the open invoices of four days.

use super::learn::Contest;
use super::rows::Rows;
use super::split;
use super::train::{month_ends, with_history};
use super::validate::{Drawn, judge};
use super::{Choice, FitError, TrainError, baseline, log_odds, probability};
use crate::calendar::AsOf;
use crate::features::{Labelled, Outcome, Panel, label};
use crate::ids::DocumentIx;
use crate::ledger::Ledger;
use crate::outcome::{Caveat, Checked};
use crate::risk::train::{CheckedTrainParams, MIN_EVENTS};

/// Every estimator and baseline on rows none of them had seen.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The rows they were judged on, day after day.
    pub rows: Rows,
    /// Which document each row is; empty where rows are no documents.
    pub documents: Vec<Option<DocumentIx>>,
    /// How rows were held out, in words.
    pub held_out: String,
    /// Each estimator's probabilities: the champion first, then the estimators, then the baselines.
    pub predicted: Vec<(String, Vec<f64>)>,
    /// Which estimator was the champion in each part, by its day or number.
    pub champions: Vec<(String, String)>,
    /// Draws of customers behind the intervals.
    pub n_draws: usize,
    pub(super) seed: u64,
    pub(super) drawn: Vec<Drawn>,
}

/// Share of a month end's rows whose outcome may be unknown yet: more, and what is known is no fair sample.
const MAX_UNKNOWN: f64 = 0.05;

/// Rows to learn from, rows to be judged on, and what the part is called.
struct Part {
    train: Rows,
    test: Rows,
    name: String,
}

/// Evaluates on month ends of a ledger, from what is known at the end of `known`.
///
/// # Errors
/// There is no month end with both something to learn from and outcomes to be judged by.
pub fn evaluate(
    ledger: &Ledger,
    known: AsOf,
    days: &[AsOf],
    params: &CheckedTrainParams,
) -> Result<Checked<Evaluation>, TrainError> {
    let first = days.iter().min().copied().unwrap_or(known);
    let mut panel_days = month_ends(ledger, first, params.n_months);
    panel_days.extend_from_slice(days);
    panel_days.sort_unstable();
    let panel = Panel::build(ledger, &panel_days, params.label());
    let outcomes = label::outcomes(ledger, &panel, known);
    let mut caveats = Vec::new();
    let (mut parts, mut documents) = (Vec::new(), Vec::new());
    for &day in days {
        let test = match of_day(&panel, &outcomes, day) {
            Ok(test) => test,
            Err(reason) => {
                caveats.push(Caveat(format!("{day} is left out: {reason}")));
                continue;
            }
        };
        let candidates = month_ends(ledger, day, params.n_months);
        let labels = label::outcomes(ledger, &panel, day);
        let past = with_history(&panel, &candidates);
        let kept: Vec<usize> = (0..labels.len())
            .filter(|&row| matches!(labels[row].outcome, Outcome::Good | Outcome::Bad))
            .filter(|&row| past.binary_search(&panel.rows()[row].as_of).is_ok())
            .collect();
        let train = Rows::at(&panel, &labels, &kept);
        let (n_bad, n_good) = (train.n_bad() as u64, (train.n() - train.n_bad()) as u64);
        if n_bad < MIN_EVENTS || n_good < MIN_EVENTS {
            caveats.push(Caveat(format!(
                "{day} is left out: {n_good} good and {n_bad} bad rows were known by then, expected at least {MIN_EVENTS} of each"
            )));
            continue;
        }
        documents.extend(test.iter().map(|&row| panel.rows()[row].document));
        parts.push(Part {
            train,
            test: Rows::at(&panel, &outcomes, &test),
            name: day.to_string(),
        });
    }
    if parts.is_empty() {
        return Err(TrainError::NothingToJudge {
            reasons: caveats.into_iter().map(|caveat| caveat.0).collect(),
        });
    }
    let held_out = format!(
        "out of time: {} month ends from {} to {}, each learnt from what was known on it",
        parts.len(),
        parts[0].name,
        parts[parts.len() - 1].name
    );
    let mut checked = run(parts, held_out, params)?;
    checked.value.documents = documents;
    caveats.append(&mut checked.caveats);
    Ok(Checked { caveats, ..checked })
}

/// Evaluates on a table of accounts: on its last quarter of days where it has a time, else each fifth of the groups in turn.
///
/// # Errors
/// Rows of one class, or nothing to learn.
pub fn evaluate_accounts(rows: &Rows, params: &CheckedTrainParams) -> Result<Checked<Evaluation>, TrainError> {
    rows.check()?;
    let (folds, held_out) = match split::in_time(rows) {
        Some(part) => (vec![part], "out of time: the last quarter of the days"),
        None => (
            split::across_customers(rows, params.seed),
            "not time-validated: five groups, each predicted from the others",
        ),
    };
    let parts = folds
        .iter()
        .enumerate()
        .map(|(position, fold)| Part {
            train: rows.take(&fold.train),
            test: rows.take(&fold.held_out),
            name: format!("part {}", position + 1),
        })
        .collect();
    run(parts, held_out.to_owned(), params)
}

/// Returns the rows of a day that ended well or badly; the reason why not otherwise.
fn of_day(panel: &Panel, outcomes: &[Labelled], day: AsOf) -> Result<Vec<usize>, String> {
    let of_day: Vec<usize> = (0..outcomes.len())
        .filter(|&row| panel.rows()[row].as_of == day)
        .collect();
    let count = |wanted: Outcome| of_day.iter().filter(|&&row| outcomes[row].outcome == wanted).count();
    let (n_young, n_late) = (count(Outcome::TooYoung), count(Outcome::AlreadyBad));
    if n_young as f64 > MAX_UNKNOWN * (of_day.len() - n_late) as f64 {
        return Err(format!(
            "the outcome of {n_young} of its {} rows is not known yet",
            of_day.len()
        ));
    }
    let kept: Vec<usize> = of_day
        .into_iter()
        .filter(|&row| matches!(outcomes[row].outcome, Outcome::Good | Outcome::Bad))
        .collect();
    if kept.is_empty() {
        return Err("it has no row with an outcome".to_owned());
    }
    Ok(kept)
}

fn run(parts: Vec<Part>, held_out: String, params: &CheckedTrainParams) -> Result<Checked<Evaluation>, TrainError> {
    let estimators = params.estimators();
    let mut of_champion = Vec::new();
    let mut names: Vec<&'static str> = Vec::new();
    let mut of_estimators: Vec<Vec<f64>> = Vec::new();
    let baselines = baseline::all(&parts[0].train);
    let mut of_baselines: Vec<Vec<f64>> = vec![Vec::new(); baselines.len()];
    let mut champions = Vec::new();
    let mut caveats = Vec::new();
    for part in &parts {
        let contest = Contest::hold(&estimators, &part.train, params.seed)?;
        let (champion, _) = contest.judge();
        names = contest.names().collect();
        of_estimators.resize(names.len(), Vec::new());
        champions.push((part.name.clone(), names[champion].to_owned()));
        for (position, all) in of_estimators.iter_mut().enumerate() {
            let probabilities = match contest.finish(position, &part.train) {
                Ok(learnt) => learnt.probabilities(&part.test),
                Err(error) if error.is_without_signal() => {
                    let name = names[position];
                    caveats.push(Caveat(format!("{}: {name} says the average: {error}", part.name)));
                    vec![probability(log_odds(part.train.bad_rate())); part.test.n()]
                }
                Err(error) => return Err(error.into()),
            };
            if position == champion {
                of_champion.extend_from_slice(&probabilities);
            }
            all.extend(probabilities);
        }
        for (baseline, all) in baselines.iter().zip(&mut of_baselines) {
            let log_odds = baseline.fit(&part.train)?.model.log_odds(part.test.x.view());
            all.extend(log_odds.into_iter().map(probability));
        }
    }
    names.extend(baselines.iter().map(|baseline| baseline.name()));
    let mut predicted = vec![(Choice::Champion.as_str().to_owned(), of_champion)];
    predicted.extend(
        names
            .into_iter()
            .map(str::to_owned)
            .zip(of_estimators.into_iter().chain(of_baselines)),
    );
    let rows = Rows::concat(parts.into_iter().map(|part| part.test));
    if rows.n_bad() == 0 || rows.n_bad() == rows.n() {
        return Err(FitError::OneClass {
            n_rows: rows.n(),
            n_bad: rows.n_bad(),
        }
        .into());
    }
    let drawn = judge(&predicted, &rows, params.n_draws, params.seed);
    Ok(Checked {
        value: Evaluation {
            rows,
            documents: Vec::new(),
            held_out,
            predicted,
            champions,
            n_draws: params.n_draws,
            seed: params.seed,
            drawn,
        },
        issues: Default::default(),
        caveats,
    })
}

impl Evaluation {
    /// Judges the rows at the given positions by themselves.
    pub(super) fn judge(&self, positions: &[usize]) -> Vec<Drawn> {
        let predicted: Vec<(String, Vec<f64>)> = self
            .predicted
            .iter()
            .map(|(name, all)| (name.clone(), positions.iter().map(|&row| all[row]).collect()))
            .collect();
        judge(&predicted, &self.rows.take(positions), self.n_draws, self.seed)
    }
}
