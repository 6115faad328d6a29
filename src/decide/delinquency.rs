//! How likely a customer is to pay late: its score, or, without scores, its own late share.
//!
//! # Definition
//! With scores of customers: the score's probability. With scores of invoices: the mean over the customer's open invoices, weighted by what is
//! open. Without scores: the share of the customer's items, due in the window and settled or open long enough to tell, that were more than
//! `days_late` late, shrunk to the portfolio's share by `weight` items.
//! # Example
//! 3 of 8 items late, portfolio 10 %, weight 4: (3 + 4 x 0.10) / (8 + 4) = 0.2833.

use std::collections::BTreeMap;

use super::DecideError;
use crate::calendar::AsOf;
use crate::forecast::Problems;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::outcome::Caveat;
use crate::scoring::{Score, Scores, Unit};

/// Settings of the late share that stands in for a score.
#[derive(Clone, Debug, PartialEq)]
pub struct LateShareParams {
    /// Days past due beyond which an item was late.
    pub days_late: i32,
    /// Days of due dates that count, back from the as-of day.
    pub window_days: i32,
    /// Weight of the portfolio's share, in items.
    pub weight: f64,
}

impl Default for LateShareParams {
    fn default() -> LateShareParams {
        LateShareParams {
            days_late: 30,
            window_days: 365,
            weight: 4.0,
        }
    }
}

impl LateShareParams {
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require(
            self.days_late >= 0,
            "late_share.days_late",
            "at least 0",
            self.days_late,
        );
        problems.require(
            self.window_days >= 1,
            "late_share.window_days",
            "at least 1",
            self.window_days,
        );
        let weight = self.weight;
        problems.require(
            weight > 0.0 && weight.is_finite(),
            "late_share.weight",
            "above 0",
            weight,
        );
    }
}

/// The probability of delinquency of each customer, with its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Delinquency {
    /// Where the probabilities come from: a model id, or the late share with its convention.
    pub source: String,
    /// Whether a model made them.
    pub from_scores: bool,
    probabilities: BTreeMap<CustomerIx, f64>,
    reasons: BTreeMap<CustomerIx, Vec<String>>,
}

impl Delinquency {
    /// Takes the scores, or falls back to late shares.
    ///
    /// # Errors
    /// Scores of another day.
    pub fn of(
        ledger: &Ledger,
        as_of: AsOf,
        scores: Option<&Scores>,
        params: &LateShareParams,
    ) -> Result<Delinquency, DecideError> {
        let Some(scores) = scores else {
            return Ok(late_shares(ledger, as_of, params));
        };
        if scores.as_of != as_of {
            return Err(DecideError::ScoresOfAnotherDay {
                found: scores.as_of,
                expected: as_of,
            });
        }
        Ok(from_scores(ledger, as_of, scores))
    }

    /// Returns a customer's probability, `None` where the model gave none and history says nothing.
    pub fn probability(&self, customer: CustomerIx) -> Option<f64> {
        self.probabilities.get(&customer).copied()
    }

    /// Returns the model's reasons, weightiest first.
    pub fn reasons(&self, customer: CustomerIx) -> &[String] {
        self.reasons.get(&customer).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns what a reader must know where no model stood behind the probabilities.
    pub fn caveat(&self) -> Option<Caveat> {
        (!self.from_scores).then(|| {
            Caveat(format!(
                "no scores were given; the probability is the {}; train and score a model to replace it",
                self.source
            ))
        })
    }
}

fn from_scores(ledger: &Ledger, as_of: AsOf, scores: &Scores) -> Delinquency {
    let mut by_customer: BTreeMap<CustomerIx, Vec<&Score>> = BTreeMap::new();
    for score in &scores.rows {
        by_customer.entry(score.customer).or_default().push(score);
    }
    let (mut probabilities, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    for (customer, own) in by_customer {
        let worst = own.iter().max_by(|a, b| a.probability.total_cmp(&b.probability));
        if let Some(worst) = worst {
            reasons.insert(customer, worst.reasons.clone());
        }
        let weights: Vec<f64> = match scores.unit {
            Unit::Customer => vec![1.0; own.len()],
            Unit::Invoice => {
                let open: BTreeMap<_, _> = CustomerHistory::of(ledger, customer, Some(as_of.0))
                    .documents()
                    .map(|item| (item.ix, item.open_on(as_of.0).to_feature().max(0.0)))
                    .collect();
                let weight = |score: &&Score| score.document.and_then(|ix| open.get(&ix)).copied().unwrap_or(0.0);
                own.iter().map(weight).collect()
            }
        };
        let whole: f64 = weights.iter().sum();
        if whole > 0.0 {
            let sum: f64 = own
                .iter()
                .zip(&weights)
                .map(|(score, weight)| score.probability * weight)
                .sum();
            probabilities.insert(customer, sum / whole);
        }
    }
    Delinquency {
        source: match &scores.mark {
            Some(mark) => format!("model {} ({mark})", scores.model_id),
            None => format!("model {}", scores.model_id),
        },
        from_scores: true,
        probabilities,
        reasons,
    }
}

fn late_shares(ledger: &Ledger, as_of: AsOf, params: &LateShareParams) -> Delinquency {
    let counts: Vec<(CustomerIx, f64, f64)> = ledger
        .customers()
        .map(|customer| {
            let (n, late) = late_count(ledger, customer, as_of, params);
            (customer, n, late)
        })
        .collect();
    let n: f64 = counts.iter().map(|(_, n, _)| n).sum();
    let late: f64 = counts.iter().map(|(_, _, late)| late).sum();
    let mut probabilities = BTreeMap::new();
    if n > 0.0 {
        let prior = late / n;
        let shrunk = |n: f64, late: f64| (late + params.weight * prior) / (n + params.weight);
        probabilities = counts
            .iter()
            .map(|(customer, n, late)| (*customer, shrunk(*n, *late)))
            .collect();
    }
    Delinquency {
        source: format!(
            "customer's own share of items more than {} days late in the last {} days, shrunk to the portfolio's by {} items",
            params.days_late, params.window_days, params.weight
        ),
        from_scores: false,
        probabilities,
        reasons: BTreeMap::new(),
    }
}

/// Counts the items of which it is known whether they were late, and those that were.
fn late_count(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, params: &LateShareParams) -> (f64, f64) {
    let day = as_of.0;
    let (mut n, mut late) = (0.0, 0.0);
    for item in CustomerHistory::of(ledger, customer, Some(day)).documents() {
        let Some(due_on) = item
            .document
            .due_on
            .filter(|due_on| item.document.is_claim() && *due_on <= day)
        else {
            continue;
        };
        let limit = due_on + params.days_late;
        if due_on <= day - params.window_days || limit > day {
            continue;
        }
        n += 1.0;
        if item.settled_on(day).is_none_or(|settled_on| settled_on > limit) {
            late += 1.0;
        }
    }
    (n, late)
}
