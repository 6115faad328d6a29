//! Orders of the worklist replayed at past month ends: what stands with the customers they put first.
//!
//! # Definition
//! On each day the customers with an open claim that is not late yet are put in order by what was known on it. Captured is the money,
//! open on that day, that later was not settled by its due day + the days late, as a share of all such money; of the customers an order
//! puts first, 5, 10 and 20 in a hundred. Collected is the same of the cash that came in for what was open. Regret is
//! 1 - captured / what the best possible order captures, which is known only afterwards.
//! # Inputs
//! Open claims of some days, each with a probability from what was known on the day ([`JudgedClaims::of`] takes them from an evaluation of
//! invoices). Rates, or one currency.
//! # Edge cases
//! Customers with the same number share their places, so that no order gains by the names of its customers. Claims that are late already count in
//! balances and ages, not in what is captured. Without money that goes late there is nothing to capture: null.
//! # Source
//! Design of this program, section 7; the intervals draw customers with all their days, Efron and Tibshirani, 1993.
//! # Example
//! Ten customers, one of them with 700 of the 1,000 that go late, put first by an order: it captures 70 % with a tenth of the customers.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::judged::{OrderReplay, Subject};
use super::orders::{Order, Standing};
use crate::calendar::{AsOf, Day};
use crate::decide::{BaseRates, DecideError, WorklistLine, WorklistPolicy, worklist};
use crate::forecast::Account;
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Ledger, Nature};
use crate::metrics::base_currency::{Converter, RateError, currencies_known};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::risk::Evaluation;

/// Settings of a replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReplayParams {
    /// Only claims in this currency; `None` for all, in the base currency.
    pub currency: Option<Currency>,
    /// Days after a day in which cash counts as collected.
    pub collected_days: i32,
    /// Draws of customers behind the intervals.
    pub n_draws: usize,
    /// Seed of the draws.
    pub seed: u64,
}

/// One open claim on one day, judged then and known now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedClaim {
    /// The day.
    pub day: Day,
    /// Whose it is.
    pub customer: CustomerIx,
    /// Which.
    pub document: DocumentIx,
    /// How likely it was to go late, from what was known on the day.
    pub probability: f64,
    /// Whether it went late.
    pub went_late: bool,
}

/// The claims of some days, and where their probabilities come from.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedClaims {
    /// The claims.
    pub claims: Vec<JudgedClaim>,
    /// Where the probabilities come from, for headers.
    pub source: String,
}

/// Why nothing can be replayed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ReplayError {
    /// Money cannot be converted to one currency.
    #[error("{0}; or replay one currency (--currency)")]
    Rates(#[from] RateError),
    /// No claim.
    #[error("found no open claim on any of the days, expected some")]
    NoClaims,
}
impl JudgedClaims {
    /// Takes the champion's predictions of an evaluation of invoices.
    pub fn of(evaluation: &Evaluation) -> JudgedClaims {
        let rows = &evaluation.rows;
        let (champion, probabilities) = &evaluation.predicted[0];
        let documents = evaluation.documents.iter().enumerate();
        let claims = documents.filter_map(|(row, document)| {
            Some(JudgedClaim {
                day: rows.days[row],
                customer: rows.customers[row],
                document: (*document)?,
                probability: probabilities[row],
                went_late: rows.bad[row],
            })
        });
        let learnt: BTreeSet<&str> = evaluation.champions.iter().map(|(_, name)| name.as_str()).collect();
        JudgedClaims {
            claims: claims.collect(),
            source: format!("{champion} ({})", learnt.into_iter().collect::<Vec<_>>().join(", ")),
        }
    }
}

/// Replays every order on the days of judged claims.
///
/// # Errors
/// Several currencies without rates, where none is asked for.
pub fn replay_orders(
    ledger: &Ledger,
    judged: &JudgedClaims,
    rates: &BaseRates,
    policy: &WorklistPolicy,
    params: ReplayParams,
) -> Result<Checked<OrderReplay>, ReplayError> {
    let days: BTreeSet<Day> = judged.claims.iter().map(|claim| claim.day).collect();
    let mut caveats = Vec::new();
    let mut orders = Order::ALL.to_vec();
    let mut of_days = Vec::new();
    let mut currency = params.currency;
    for &day in &days {
        let as_of = AsOf(day);
        let money = match params.currency {
            Some(only) => MoneyIn::Only(only),
            None => MoneyIn::Base(rates.on(as_of, &currencies_known(ledger, as_of))?),
        };
        if let MoneyIn::Base(converter) = &money {
            currency = Some(converter.base());
        }
        let mut standings = standings(ledger, judged, as_of, &money, policy, params.collected_days)?;
        if orders.iter().any(|order| order.needs_worklist()) {
            match lines(ledger, as_of, rates, policy) {
                Ok(lines) => {
                    for standing in &mut standings {
                        let line = lines.get(&standing.customer);
                        standing.value = line.map(|line| line.value.to_feature());
                        standing.points = line.map(|line| f64::from(line.points));
                    }
                }
                Err(error) => {
                    caveats.push(Caveat(format!("`value` and `points` are not replayed: {error}")));
                    orders.retain(|order| !order.needs_worklist());
                }
            }
        }
        of_days.push(standings);
    }
    let judged_by = (Subject::WentLate, judged.source.clone());
    let value = OrderReplay::of(
        of_days,
        days.into_iter().collect(),
        &orders,
        currency,
        judged_by,
        params,
    )?;
    Ok(Checked {
        value,
        issues: Default::default(),
        caveats,
    })
}

/// In which money a replay is made.
enum MoneyIn {
    Only(Currency),
    Base(Converter),
}

impl MoneyIn {
    /// Returns money in currency units; `None` for another currency than the one asked for.
    fn units(&self, currency: Currency, money: Total) -> Result<Option<f64>, RateError> {
        match self {
            MoneyIn::Only(only) => Ok((*only == currency).then(|| money.to_feature())),
            MoneyIn::Base(converter) => Ok(Some(converter.convert(currency, money)?.to_feature())),
        }
    }
}

/// Returns what each customer shows on a day who has a judged claim, in order of customers.
fn standings(
    ledger: &Ledger,
    judged: &JudgedClaims,
    as_of: AsOf,
    money: &MoneyIn,
    policy: &WorklistPolicy,
    collected_days: i32,
) -> Result<Vec<Standing>, ReplayError> {
    let mut of_customers: BTreeMap<CustomerIx, BTreeMap<DocumentIx, &JudgedClaim>> = BTreeMap::new();
    for claim in judged.claims.iter().filter(|claim| claim.day == as_of.0) {
        let own = of_customers.entry(claim.customer).or_default();
        own.insert(claim.document, claim);
    }
    let mut standings = Vec::new();
    for (customer, judged) in of_customers {
        let account = Account::on(ledger, customer, as_of, policy.promise_tolerance_days);
        let later = CustomerHistory::of(ledger, customer, None);
        let mut standing = Standing::of(customer);
        let mut has_judged = false;
        for item in &account.items {
            let Some(open) = money.units(item.currency, item.open)? else {
                continue;
            };
            let days_past_due = item.days_past_due(as_of).unwrap_or(0);
            standing.balance += open;
            standing.oldest_days = standing.oldest_days.max(f64::from(days_past_due));
            if days_past_due > 0 {
                standing.overdue += open;
            }
            let window = as_of.0 + 1..as_of.0 + collected_days + 1;
            let cash = later.document(item.document).postings().filter(|posting| {
                window.contains(&posting.on) && matches!(posting.nature, Nature::Cash | Nature::CashApplied)
            });
            let cash: Total = cash.map(|posting| posting.delta).sum();
            standing.collected += money.units(item.currency, -cash)?.unwrap_or_default();
            if let Some(claim) = judged.get(&item.document) {
                has_judged = true;
                standing.expected += claim.probability * open;
                standing.none_late *= 1.0 - claim.probability;
                standing.sought += if claim.went_late { open } else { 0.0 };
            }
        }
        if has_judged {
            standings.push(standing);
        }
    }
    Ok(standings)
}

/// Returns the lines of the worklist of a day, within everybody's minutes or not, from what history says of the customers.
pub(super) fn lines(
    ledger: &Ledger,
    as_of: AsOf,
    rates: &BaseRates,
    policy: &WorklistPolicy,
) -> Result<BTreeMap<CustomerIx, WorklistLine>, DecideError> {
    let worklist = worklist(ledger, as_of, None, rates, policy)?.value;
    let lines = worklist.lines.into_iter().chain(worklist.next);
    Ok(lines.map(|line| (line.customer, line)).collect())
}
