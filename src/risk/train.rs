//! Training: from a ledger and a day to a validated model, or to the reason why there is none.

use thiserror::Error;

use super::accounts::AccountColumns;
use super::learn::{Learnt, learn};
use super::model::{Grades, ILLUSTRATIVE, LabelDefinition, Model, SCHEMA};
use super::refit::Request;
use super::validate::{HeldOut, Validation, validate};
use super::{FitError, Rows};
use crate::calendar::{AsOf, Day};
use crate::features::{LabelCounts, Panel, Standing, Unit, label};
use crate::history::CustomerHistory;
use crate::ledger::Ledger;
use crate::outcome::{Caveat, Checked};

pub use super::train_params::{CheckedTrainParams, TrainParams, TrainParamsError};

/// Why there is no model.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TrainError {
    /// The ledger holds nothing before the as-of day.
    #[error("no month end lies between the first document and {as_of}, expected at least one{}", .first.map(|first| format!("; the first document is dated {first}")).unwrap_or_default())]
    NoMonth {
        /// The as-of day.
        as_of: AsOf,
        /// The first document's day.
        first: Option<Day>,
    },
    /// No outcome is known.
    #[error(
        "no row's outcome is known at {as_of}: {n_too_young} rows are too young, {n_already_bad} were delinquent already, {n_other} were dormant or disputed"
    )]
    NothingMatured {
        /// The as-of day.
        as_of: AsOf,
        /// Rows whose outcome is not known yet.
        n_too_young: u64,
        /// Rows delinquent on their day.
        n_already_bad: u64,
        /// Rows that are excluded or indeterminate.
        n_other: u64,
    },
    /// Nothing in the ledger is ever that late.
    #[error("{longest}, so a {days_late}-day label has no bad row; choose fewer days late")]
    NoBadRow {
        /// What the ledger's latest payment was.
        longest: String,
        /// The label's days late.
        days_late: i32,
    },
    /// Too few rows of one class.
    #[error(
        "found {n_good} good and {n_bad} bad rows, expected at least {expected} of each; take more months, or another number of days late"
    )]
    TooFewEvents {
        /// Good rows.
        n_good: u64,
        /// Bad rows.
        n_bad: u64,
        /// Rows of each class needed.
        expected: u64,
    },
    /// No month end to evaluate on.
    #[error("no month end can be evaluated on: {}", .reasons.join("; "))]
    NothingToJudge {
        /// Why each of them is left out.
        reasons: Vec<String>,
    },
    /// The fit has no result.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The quality gate.
    #[error("the quality gate refuses the model ({}): {}", .validation.held_out.as_str(), .validation.refusals.join("; "))]
    Refused {
        /// What validation found.
        validation: Box<Validation>,
    },
}

/// Good rows and bad rows without which nothing can be learnt and checked.
pub const MIN_EVENTS: u64 = 30;

/// A model with what it took to make it.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The model, not stored yet.
    pub model: Model,
    /// Panel rows per month end, with those whose outcome is known.
    pub months: Vec<MonthCounts>,
}

/// The rows of one month end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthCounts {
    /// The month end.
    pub day: Day,
    /// Rows by outcome.
    pub counts: LabelCounts,
}

/// Trains on what was known at the end of `as_of`: month ends before it, outcomes known by it.
///
/// # Errors
/// See [`TrainError`]: every refusal says what was found and what was needed.
pub fn train(ledger: &Ledger, as_of: AsOf, params: &CheckedTrainParams) -> Result<Checked<Training>, TrainError> {
    let candidates = month_ends(ledger, as_of, params.n_months);
    let mut panel = Panel::build(ledger, &candidates, params.label());
    let days = with_history(&panel, &candidates);
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
        let first = ledger.span().map(|(first, _)| first);
        return Err(TrainError::NoMonth { as_of, first });
    };
    if days.len() < candidates.len() {
        panel = Panel::build(ledger, days, params.label());
    }
    let labels = label::outcomes(ledger, &panel, as_of);
    let counts = LabelCounts::of(labels.iter().map(|label| label.outcome));
    let months = days
        .iter()
        .map(|day| {
            let of_day = panel.rows().iter().zip(&labels).filter(|(row, _)| row.as_of == *day);
            MonthCounts {
                day: day.0,
                counts: LabelCounts::of(of_day.map(|(_, label)| label.outcome)),
            }
        })
        .collect();
    refuse_without_events(ledger, as_of, params, &counts)?;
    let rows = Rows::of(&panel, &labels);
    let estimators = params.estimators();
    let validation = validate(&estimators, &rows, params.n_draws, params.seed)?;
    if !validation.refusals.is_empty() && !params.keep_refused {
        return Err(TrainError::Refused {
            validation: Box::new(validation),
        });
    }
    let learnt = learn(&estimators, &rows, params.seed)?;
    let mut caveats = caveats(&panel, &counts, &validation);
    if days.len() < candidates.len() {
        caveats.push(Caveat(format!(
            "{} month ends before {first} are left out: too few rows had a past by then",
            candidates.len() - days.len()
        )));
    }
    let mut model = model(params, &rows, learnt, validation);
    model.label = LabelDefinition::of(params.label());
    model.trained_as_of = as_of.to_string();
    model.panel = (first.to_string(), last.to_string());
    model.ledger_hash = ledger.hash().to_owned();
    model.request.known_on = ledger.known_on().map(|day| day.to_string());
    model.counts = counts;
    Ok(Checked {
        value: Training { model, months },
        issues: Default::default(),
        caveats,
    })
}

/// Trains on a table of accounts that was read with the given meaning of its columns; `hash` stands for the table.
///
/// # Errors
/// Too few accounts of a class, nothing to learn, or the quality gate.
pub fn train_accounts(
    rows: &Rows,
    columns: &AccountColumns,
    hash: &str,
    params: &CheckedTrainParams,
) -> Result<Checked<Training>, TrainError> {
    let (n_bad, n_good) = (rows.n_bad() as u64, (rows.n() - rows.n_bad()) as u64);
    if n_bad < MIN_EVENTS || n_good < MIN_EVENTS {
        return Err(TrainError::TooFewEvents {
            n_good,
            n_bad,
            expected: MIN_EVENTS,
        });
    }
    let estimators = params.estimators();
    let validation = validate(&estimators, rows, params.n_draws, params.seed)?;
    if !validation.refusals.is_empty() && !params.keep_refused {
        return Err(TrainError::Refused {
            validation: Box::new(validation),
        });
    }
    let learnt = learn(&estimators, rows, params.seed)?;
    let caveats = caveats_of(&validation);
    let mut model = model(params, rows, learnt, validation);
    model.label = LabelDefinition::of_accounts(&columns.target);
    model.request.accounts = Some(columns.clone());
    model.ledger_hash = hash.to_owned();
    if model.validation.held_out == HeldOut::LaterTime {
        let days = || rows.days.iter();
        let show = |day: Option<&Day>| day.map(Day::to_string).unwrap_or_default();
        model.panel = (show(days().min()), show(days().max()));
        model.trained_as_of = model.panel.1.clone();
    }
    Ok(Checked {
        value: Training {
            model,
            months: Vec::new(),
        },
        issues: Default::default(),
        caveats,
    })
}

/// Puts together what every model keeps; where its rows come from is left to the caller.
fn model(params: &CheckedTrainParams, rows: &Rows, learnt: Learnt, validation: Validation) -> Model {
    Model {
        schema: SCHEMA,
        name: params.name.clone(),
        version: 0,
        mark: params.illustrative.then(|| ILLUSTRATIVE.to_owned()),
        label: LabelDefinition::of(params.label()),
        catalogue: rows.columns.iter().map(|column| column.name.clone()).collect(),
        trained_as_of: String::new(),
        panel: Default::default(),
        ledger_hash: String::new(),
        seed: params.seed,
        request: Request::of(params),
        counts: LabelCounts {
            good: (rows.n() - rows.n_bad()) as u64,
            bad: rows.n_bad() as u64,
            ..LabelCounts::default()
        },
        bad_rate: rows.bad_rate(),
        champion: learnt.fit.model,
        calibration: learnt.calibration,
        recalibrated: None,
        scale: params.scorecard.scale,
        fit: learnt.fit.report,
        candidates: learnt.candidates,
        validation,
        grades: Grades::default(),
    }
}

/// Returns the month ends before the as-of day on which the ledger held documents, at most `n_months`, oldest first.
pub(super) fn month_ends(ledger: &Ledger, as_of: AsOf, n_months: usize) -> Vec<AsOf> {
    let known = ledger
        .documents()
        .all()
        .iter()
        .filter(|document| document.known_on <= as_of.0);
    let Some(first) = known.map(|document| document.issued_on).min() else {
        return Vec::new();
    };
    let mut days: Vec<AsOf> = first
        .month()
        .through(as_of.0.month())
        .map(|month| AsOf(month.last()))
        .filter(|day| *day < as_of)
        .collect();
    days.drain(..days.len().saturating_sub(n_months));
    days
}

/// Leaves out the first month ends, where the ledger itself has no past yet: an export that begins on some day shows all
/// customers as new. They end with the first month end on which at least half as many rows have a past as on the best one.
pub(super) fn with_history<'a>(panel: &Panel, days: &'a [AsOf]) -> &'a [AsOf] {
    let mut counts = vec![(0.0, 0.0); days.len()];
    for row in panel.rows() {
        if let Ok(position) = days.binary_search(&row.as_of) {
            let (known, all) = &mut counts[position];
            *known += f64::from(row.standing == Standing::Known);
            *all += f64::from(row.standing != Standing::AlreadyBad);
        }
    }
    let share = |&(known, all): &(f64, f64)| if all > 0.0 { known / all } else { 0.0 };
    let best = counts.iter().map(share).fold(0.0, f64::max);
    let first = counts
        .iter()
        .position(|counts| share(counts) >= best / 2.0)
        .unwrap_or(0);
    &days[first..]
}

fn refuse_without_events(
    ledger: &Ledger,
    as_of: AsOf,
    params: &CheckedTrainParams,
    counts: &LabelCounts,
) -> Result<(), TrainError> {
    if counts.good + counts.bad == 0 {
        return Err(TrainError::NothingMatured {
            as_of,
            n_too_young: counts.too_young,
            n_already_bad: counts.already_bad,
            n_other: counts.excluded + counts.indeterminate,
        });
    }
    if counts.bad == 0 {
        return Err(TrainError::NoBadRow {
            longest: latest_payment(ledger, as_of),
            days_late: params.label().days_late,
        });
    }
    if counts.bad < MIN_EVENTS || counts.good < MIN_EVENTS {
        return Err(TrainError::TooFewEvents {
            n_good: counts.good,
            n_bad: counts.bad,
            expected: MIN_EVENTS,
        });
    }
    Ok(())
}

/// Says how long after its due day the latest payment in the ledger came.
fn latest_payment(ledger: &Ledger, as_of: AsOf) -> String {
    let late = ledger.customers().flat_map(|customer| {
        CustomerHistory::of(ledger, customer, Some(as_of.0))
            .documents()
            .filter_map(|document| {
                let due = document.document.due_on.filter(|_| document.document.is_claim())?;
                let last = document.postings().take_while(|posting| posting.on <= as_of.0).last()?;
                Some(last.on - due)
            })
    });
    match late.max() {
        Some(days) if days > 0 => format!("the latest payment in the ledger is {days} days after its due date"),
        Some(_) => "no payment in the ledger is after its due date".to_owned(),
        None => "the ledger holds no payment".to_owned(),
    }
}

/// Says what a reader of the validation must know.
fn caveats_of(validation: &Validation) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    if validation.held_out == HeldOut::OtherCustomers {
        caveats.push(Caveat(
            "not time-validated: history is too short to train on months whose outcome was known before the held-out ones; \
             validated across customers instead"
                .to_owned(),
        ));
    }
    if !validation.refusals.is_empty() {
        caveats.push(Caveat(format!(
            "kept although the quality gate refuses it: {}",
            validation.refusals.join("; ")
        )));
    }
    caveats
}

fn caveats(panel: &Panel, counts: &LabelCounts, validation: &Validation) -> Vec<Caveat> {
    let mut caveats = caveats_of(validation);
    if counts.already_bad > 0 {
        let what = match panel.params().unit {
            Unit::Invoice => "invoice rows",
            Unit::Customer => "customer rows",
        };
        caveats.push(Caveat(format!(
            "{} {what} were delinquent on their day already and are not trained on",
            counts.already_bad
        )));
    }
    let n_new = panel.rows().iter().filter(|row| row.standing == Standing::New).count();
    if n_new > 0 {
        caveats.push(Caveat(format!(
            "{n_new} rows had no earlier invoice whose end was known; the portfolio's share speaks for them"
        )));
    }
    caveats
}
