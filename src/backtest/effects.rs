//! Orders of the worklist judged by what contacts are known to change, as generated ledgers state it.
//!
//! # Definition
//! On each day the customers for whom a contact comes up in the days after it are put in order by what was known on the day. Captured is the part of the
//! money that contacts bring, and that would not have come without, that stands with those put first; regret is 1 - captured / what the best possible order
//! captures.
//! # Inputs
//! Effects by customer and day. Only a ledger made up with both outcomes of each contact has them; on a real one they are never observed.
//! # Edge cases
//! Customers who are left alone on the worklist of the day come last in the orders made from its lines. Money is taken in the customer's currency at
//! the day's rate.

use std::collections::BTreeMap;

use super::judged::{OrderReplay, Subject};
use super::orders::{Order, Standing};
use super::replay::{ReplayError, ReplayParams, lines};
use crate::calendar::{AsOf, Day};
use crate::decide::{BaseRates, DecideError, WorklistPolicy};
use crate::forecast::Attributes;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::base_currency::currencies_known;
use crate::money::{Currency, Total};

/// What a contact with a customer on a day changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownEffect {
    /// With whom.
    pub customer: CustomerIx,
    /// The day it comes up.
    pub on: Day,
    /// Money settled because of it, in the customer's currency.
    pub effect: Total,
}

/// Judges every order by known effects: of contacts that come up within `within_days` after each day.
///
/// # Errors
/// Settings out of range, several currencies without rates, or no effect on any day.
pub fn replay_effects(
    ledger: &Ledger,
    effects: &[KnownEffect],
    (days, within_days): (&[AsOf], i32),
    rates: &BaseRates,
    policy: &WorklistPolicy,
    params: ReplayParams,
) -> Result<OrderReplay, DecideError> {
    let mut of_days = Vec::new();
    let mut currency = None;
    for &day in days {
        let converter = rates.on(day, &currencies_known(ledger, day))?;
        currency = Some(converter.base());
        let attributes = Attributes::on(ledger, day);
        let lines = lines(ledger, day, rates, policy)?;
        let mut sought: BTreeMap<CustomerIx, f64> = BTreeMap::new();
        let is_near = |effect: &&KnownEffect| effect.on > day.0 && effect.on <= day.0 + within_days;
        for effect in effects.iter().filter(is_near) {
            let own = attributes.text(effect.customer, "currency");
            let own = own
                .and_then(|code| Currency::parse(code).ok())
                .unwrap_or(converter.base());
            let money = converter.convert(own, effect.effect)?;
            *sought.entry(effect.customer).or_default() += money.to_feature();
        }
        let standings = sought.into_iter().map(|(customer, sought)| {
            let mut standing = Standing::of(customer);
            standing.sought = sought;
            if let Some(line) = lines.get(&customer) {
                let probability = line.probability.unwrap_or(0.0);
                standing.balance = line.balance.to_feature();
                standing.overdue = line.overdue.to_feature();
                standing.oldest_days = f64::from(line.oldest_days.unwrap_or(0));
                standing.expected = probability * standing.balance;
                standing.none_late = 1.0 - probability;
                standing.value = Some(line.value.to_feature());
                standing.points = Some(f64::from(line.points));
            }
            standing
        });
        of_days.push(standings.collect());
    }
    let days = days.iter().map(|day| day.0).collect();
    let source = (Subject::Effect, "customers' own late shares".to_owned());
    OrderReplay::of(of_days, days, &Order::ALL, currency, source, params).map_err(|error| match error {
        ReplayError::Rates(error) => error.into(),
        ReplayError::NoClaims => DecideError::NoEffects,
    })
}
