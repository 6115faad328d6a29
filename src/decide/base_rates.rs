//! Rates to one base currency, so that money of several currencies can be ranked.
//!
//! # Definition
//! Money is converted at the latest rate dated and known on or before the as-of day, in exact decimals, each item on its own, rounded half away from
//! zero to cents. The base currency is the one named, else the one whose rate is 1 on every date.
//! # Edge cases
//! A ledger of one currency needs no rate; it stays in that currency unless the rates have one for it. A rate that is missing is refused, never taken as 1.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};

use super::DecideError;
use crate::calendar::{AsOf, Day};
use crate::ledger::Ledger;
use crate::money::{Currency, Total};

/// The rates of a ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BaseRates {
    base: Option<Currency>,
    // By currency, then day; the second day is the one on which the rate was known.
    rates: BTreeMap<Currency, Vec<(Day, Day, Decimal)>>,
}

/// Converts money as of one day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Converter {
    pub base: Currency,
    as_of: AsOf,
    rates: BTreeMap<Currency, Decimal>,
}

impl BaseRates {
    /// Returns no rates: enough for a ledger of one currency.
    pub fn none() -> BaseRates {
        BaseRates::default()
    }

    /// Reads the `fx_rates` table; without one, no currency can be converted.
    ///
    /// # Errors
    /// A rate that is not above zero, or a named base currency to which the rates are not.
    pub fn of(ledger: &Ledger, base: Option<Currency>) -> Result<BaseRates, DecideError> {
        let mut rates: BTreeMap<Currency, Vec<(Day, Day, Decimal)>> = BTreeMap::new();
        if let Some(table) = ledger.table("fx_rates") {
            let days = table.days("date").unwrap_or_default();
            let currencies = table.texts("currency").unwrap_or_default();
            let to_base = table.reals("to_base").unwrap_or_default();
            let posted = table.days("posted_on").unwrap_or_default();
            for (row, day) in days.iter().enumerate() {
                let (Some(day), Some(code), Some(rate)) = (day, &currencies[row], to_base[row]) else {
                    continue;
                };
                let currency = Currency::parse(code).unwrap_or(Currency::UNKNOWN);
                let unfit = || DecideError::RateUnfit {
                    currency,
                    found: rate.to_string(),
                };
                // The shortest text of a binary number is the decimal that was written in the source.
                let exact: Decimal = rate.to_string().parse().map_err(|_| unfit())?;
                if exact <= Decimal::ZERO {
                    return Err(unfit());
                }
                let known_on = posted.get(row).copied().flatten().unwrap_or(*day);
                rates.entry(currency).or_default().push((*day, known_on, exact));
            }
        }
        rates.values_mut().for_each(|rates| rates.sort_unstable());
        let unit = |rates: &Vec<(Day, Day, Decimal)>| rates.iter().all(|(_, _, rate)| *rate == Decimal::ONE);
        let mut at_one = rates
            .iter()
            .filter(|(_, rates)| unit(rates))
            .map(|(currency, _)| *currency);
        let inferred = at_one.next().filter(|_| at_one.next().is_none());
        // Rates are to one base; relabelling them as rates to another would give wrong money under a right-looking name.
        if let Some(base) = base {
            let is_at_one = rates.get(&base).map(unit);
            if is_at_one == Some(false) || (is_at_one.is_none() && inferred.is_some()) {
                return Err(DecideError::BaseNotOne { base });
            }
        }
        Ok(BaseRates {
            base: base.or(inferred),
            rates,
        })
    }

    /// Fixes the base currency and the rates of a day for the currencies that occur.
    pub(super) fn on(&self, as_of: AsOf, found: &BTreeSet<Currency>) -> Result<Converter, DecideError> {
        let single = found.first().filter(|_| found.len() == 1);
        let base = match (self.base, single) {
            (Some(base), None) => base,
            (Some(base), Some(single)) if self.rates.contains_key(single) => base,
            (_, Some(single)) => *single,
            (None, None) if found.is_empty() => Currency::UNKNOWN,
            (None, None) if !self.rates.is_empty() => return Err(DecideError::BaseUnknown),
            (None, None) => {
                let currencies: Vec<_> = found.iter().map(Currency::to_string).collect();
                return Err(DecideError::NoRates {
                    currencies: currencies.join(", "),
                });
            }
        };
        let mut rates = BTreeMap::from([(base, Decimal::ONE)]);
        for &currency in found.iter().filter(|currency| **currency != base) {
            rates.insert(currency, self.latest(currency, as_of)?);
        }
        // Credit limits may be in a currency without a document; they are converted where a rate is known.
        if self.base == Some(base) {
            for &currency in self.rates.keys() {
                if let Ok(rate) = self.latest(currency, as_of) {
                    rates.entry(currency).or_insert(rate);
                }
            }
        }
        Ok(Converter { base, as_of, rates })
    }

    fn latest(&self, currency: Currency, as_of: AsOf) -> Result<Decimal, DecideError> {
        let rates = self.rates.get(&currency).map(Vec::as_slice).unwrap_or_default();
        let known = |(day, known_on, _): &&(Day, Day, Decimal)| *day <= as_of.0 && *known_on <= as_of.0;
        let latest = rates.iter().rev().find(known);
        latest
            .map(|(_, _, rate)| *rate)
            .ok_or(DecideError::RateMissing { currency, as_of })
    }
}

impl Converter {
    /// Converts money to the base currency.
    pub fn convert(&self, currency: Currency, money: Total) -> Result<Total, DecideError> {
        if currency == self.base {
            return Ok(money);
        }
        let too_large = || DecideError::TooLarge { currency };
        let Some(rate) = self.rates.get(&currency) else {
            let as_of = self.as_of;
            return Err(DecideError::RateMissing { currency, as_of });
        };
        let units = Decimal::try_from_i128_with_scale(money.units(), 0).map_err(|_| too_large())?;
        let converted = units.checked_mul(*rate).ok_or_else(too_large)?;
        // Ten-thousandths, rounded to cents.
        let cents =
            (converted / Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        Ok(Total::from_units(cents.mantissa() * 100))
    }

    /// Says how money was converted, for the header of results.
    pub fn note(&self) -> String {
        let others = self.rates.iter().filter(|(currency, _)| **currency != self.base);
        let rates: Vec<String> = others.map(|(currency, rate)| format!("{currency} at {rate}")).collect();
        if rates.is_empty() {
            return format!("{}, no conversion", self.base);
        }
        format!(
            "{}; latest rates on or before the as-of day: {}; each item rounded half away from zero to cents",
            self.base,
            rates.join(", ")
        )
    }
}

/// Returns the currencies of all documents, unapplied items and orders known on the day.
pub(super) fn currencies_known(ledger: &Ledger, as_of: AsOf) -> BTreeSet<Currency> {
    let day = as_of.0;
    let documents = ledger.documents().all().iter();
    let documents = documents.filter(|document| document.known_on <= day && document.issued_on <= day);
    let unapplied = ledger.unapplied().all().iter();
    let unapplied = unapplied.filter(|posting| posting.known_on <= day && posting.on <= day);
    let orders = ledger.orders().all().iter();
    let orders = orders.filter(|order| order.known_on <= day && order.ordered_on <= day);
    documents
        .map(|document| document.currency)
        .chain(unapplied.map(|posting| posting.currency))
        .chain(orders.map(|order| order.currency))
        .collect()
}
