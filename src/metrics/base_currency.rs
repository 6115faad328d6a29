//! Rates to one base currency, so that money of several currencies can be ranked and added up.
//!
//! # Definition
//! Money is converted at the latest rate dated on or before a named day, in exact decimals, each item on its own, rounded half away from
//! zero to cents. The base currency is the one named, else the one whose rate is 1 on every date.
//! # Inputs
//! The `fx_rates` table: units of the base currency for one unit of a currency, by date.
//! # Edge cases
//! A ledger of one currency needs no rate; it stays in that currency unless the rates have one for it. A rate that is missing is refused, never taken as 1.
//! # Source
//! Design of this program, section 5: totals over currencies need a rate table and a named rate date.
//! # Example
//! 10,000 USD at 0.92345 EUR for one dollar are 9,234.50 EUR.
//! ```
//! use std::collections::BTreeSet;
//!
//! use arrears::calendar::Day;
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::base_currency::BaseRates;
//! use arrears::money::{Amount, Currency};
//!
//! let records = from_text(&[("fx_rates", "date, currency, to_base\n 2024-01-31, USD, 0.92345")])?;
//! let (day, dollar) = (Day::parse("2024-02-10")?, Currency::parse("USD")?);
//! let (ledger, _) = Ledger::from_records(records, day).value;
//! let rates = BaseRates::of(&ledger, Some(Currency::parse("EUR")?))?;
//! let converter = rates.to_base(day, None, &BTreeSet::from([dollar]))?;
//! let euros = converter.convert(dollar, Amount::parse("10000")?.into())?;
//! assert_eq!(euros.to_string(), "9234.50");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};
use thiserror::Error;

use crate::calendar::{AsOf, Day};
use crate::ledger::Ledger;
use crate::money::{Currency, Total};

/// Why money cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RateError {
    /// Several currencies and no way to add them.
    #[error(
        "found money in {currencies} and no rates, expected one currency or a base currency; import an `fx_rates` table with the base currency at 1"
    )]
    NoRates {
        /// The currencies, separated by commas.
        currencies: String,
    },
    /// The rates do not say which currency is the base.
    #[error(
        "found rates without a base currency, expected one currency whose `to_base` is 1 on every date; name the base currency"
    )]
    BaseUnknown,
    /// A currency without a rate.
    #[error("found no rate of {currency} on or before {on}; import one in `fx_rates`")]
    RateMissing {
        /// Which currency.
        currency: Currency,
        /// The day whose rate was asked for.
        on: Day,
    },
    /// A rate that is no positive number.
    #[error("found the rate `{found}` of {currency}, expected a number above 0; correct it in `fx_rates`")]
    RateUnfit {
        /// Which currency.
        currency: Currency,
        /// What was found.
        found: String,
    },
    /// Another base than that of the rates.
    #[error(
        "found no rate of 1 for {base} in `fx_rates`, so its rates are to another base; name that one, or import rates to {base}"
    )]
    BaseNotOne {
        /// The base that was named.
        base: Currency,
    },
    /// Rates of a day that is still to come.
    #[error("found rates on {on}, expected a day up to {as_of}: nothing looks past the as-of day")]
    AfterTheDay {
        /// The day of the rates.
        on: Day,
        /// The as-of day.
        as_of: AsOf,
    },
    /// A sum beyond 28 digits.
    #[error("found an amount in {currency} too large to convert; check its amounts and its rate")]
    TooLarge {
        /// Which currency.
        currency: Currency,
    },
}

/// The rates of a ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BaseRates {
    base: Option<Currency>,
    // By currency, then day; the second day is the one on which the rate was known.
    rates: BTreeMap<Currency, Vec<(Day, Day, Decimal)>>,
}

/// Converts money at the rates of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Converter {
    base: Currency,
    on: Day,
    // The rate and its own date.
    rates: BTreeMap<Currency, (Day, Decimal)>,
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
    pub fn of(ledger: &Ledger, base: Option<Currency>) -> Result<BaseRates, RateError> {
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
                let unfit = || RateError::RateUnfit {
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
                return Err(RateError::BaseNotOne { base });
            }
        }
        Ok(BaseRates {
            base: base.or(inferred),
            rates,
        })
    }

    /// Returns the base currency, where one was named or found.
    pub fn base(&self) -> Option<Currency> {
        self.base
    }

    /// Returns the last rate of a currency on or before a day, with its own date; `known_on` leaves out rates posted after that day.
    ///
    /// The base currency's rate is 1 on every day.
    ///
    /// # Errors
    /// No rate of the currency is dated, and known, by then.
    pub fn latest(&self, currency: Currency, on: Day, known_on: Option<Day>) -> Result<(Day, Decimal), RateError> {
        if self.base == Some(currency) {
            return Ok((on, Decimal::ONE));
        }
        let rates = self.rates.get(&currency).map(Vec::as_slice).unwrap_or_default();
        let dated = rates.partition_point(|(day, ..)| *day <= on);
        let is_known =
            |(_, posted_on, _): &&(Day, Day, Decimal)| known_on.is_none_or(|known_on| *posted_on <= known_on);
        let latest = rates[..dated].iter().rev().find(is_known);
        latest
            .map(|(day, _, rate)| (*day, *rate))
            .ok_or(RateError::RateMissing { currency, on })
    }

    /// Fixes the base currency and the rates of a day, as they were known on it, for the currencies that occur.
    ///
    /// # Errors
    /// A currency without a rate on or before the day, or several currencies and no base currency.
    pub fn on(&self, as_of: AsOf, found: &BTreeSet<Currency>) -> Result<Converter, RateError> {
        let single = found.first().filter(|_| found.len() == 1);
        let base = match (self.base, single) {
            (Some(base), None) => base,
            (Some(base), Some(single)) if self.rates.contains_key(single) => base,
            (_, Some(single)) => *single,
            (None, None) if found.is_empty() => Currency::UNKNOWN,
            (None, None) if !self.rates.is_empty() => return Err(RateError::BaseUnknown),
            (None, None) => {
                let currencies: Vec<_> = found.iter().map(Currency::to_string).collect();
                return Err(RateError::NoRates {
                    currencies: currencies.join(", "),
                });
            }
        };
        let mut rates = BTreeMap::from([(base, (as_of.0, Decimal::ONE))]);
        for &currency in found.iter().filter(|currency| **currency != base) {
            rates.insert(currency, self.latest(currency, as_of.0, Some(as_of.0))?);
        }
        // Credit limits may be in a currency without a document; they are converted where a rate is known.
        if self.base == Some(base) {
            for &currency in self.rates.keys() {
                if let Ok(rate) = self.latest(currency, as_of.0, Some(as_of.0)) {
                    rates.entry(currency).or_insert(rate);
                }
            }
        }
        Ok(Converter {
            base,
            on: as_of.0,
            rates,
        })
    }

    /// Fixes the rates of a named day to the base currency, also where all money is in one other currency.
    ///
    /// # Errors
    /// The rates name no base currency, or a currency has none on or before the day.
    pub fn to_base(&self, on: Day, known_on: Option<Day>, found: &BTreeSet<Currency>) -> Result<Converter, RateError> {
        let base = self.base.ok_or(RateError::BaseUnknown)?;
        let rates = found
            .iter()
            .map(|&currency| Ok((currency, self.latest(currency, on, known_on)?)));
        Ok(Converter {
            base,
            on,
            rates: rates.collect::<Result<_, RateError>>()?,
        })
    }
}

/// Converts money at a rate, rounded half away from zero to cents; `None` for a result beyond 28 digits.
pub(super) fn at_rate(money: Total, rate: Decimal) -> Option<Total> {
    let units = Decimal::try_from_i128_with_scale(money.units(), 0).ok()?;
    // Ten-thousandths, rounded to cents.
    let cents = (units.checked_mul(rate)? / Decimal::ONE_HUNDRED)
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    Some(Total::from_units(cents.mantissa() * 100))
}

impl Converter {
    /// Returns the base currency.
    pub fn base(&self) -> Currency {
        self.base
    }

    /// Converts money to the base currency.
    ///
    /// # Errors
    /// No rate for the currency, or a result beyond 28 digits.
    pub fn convert(&self, currency: Currency, money: Total) -> Result<Total, RateError> {
        if currency == self.base {
            return Ok(money);
        }
        let Some((_, rate)) = self.rates.get(&currency) else {
            return Err(RateError::RateMissing { currency, on: self.on });
        };
        at_rate(money, *rate).ok_or(RateError::TooLarge { currency })
    }

    /// Says how money was converted, for the header of results: rates taken on the as-of day.
    pub fn note(&self) -> String {
        let others = self.rates.iter().filter(|(currency, _)| **currency != self.base);
        let rates: Vec<String> = others
            .map(|(currency, (_, rate))| format!("{currency} at {rate}"))
            .collect();
        if rates.is_empty() {
            return format!("{}, no conversion", self.base);
        }
        format!(
            "{}; latest rates on or before the as-of day: {}; each item rounded half away from zero to cents",
            self.base,
            rates.join(", ")
        )
    }

    /// Says which rates of which days were taken, for the header of results at the rates of a named day.
    pub fn note_of_day(&self) -> String {
        let others = self.rates.iter().filter(|(currency, _)| **currency != self.base);
        let rates: Vec<String> = others
            .map(|(currency, (day, rate))| format!("{currency} at {rate} of {day}"))
            .collect();
        let rates = if rates.is_empty() {
            "none needed".to_owned()
        } else {
            rates.join(", ")
        };
        format!(
            "last on or before {}: {rates}; cells of each currency rounded half away from zero to cents, their control balance too, the largest cell takes the difference",
            self.on
        )
    }
}

/// Returns the currencies of all documents, unapplied items and orders known on the day.
pub fn currencies_known(ledger: &Ledger, as_of: AsOf) -> BTreeSet<Currency> {
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
