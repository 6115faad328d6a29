//! The ageing of all currencies together, in the base currency at the rates of a named day.
//!
//! # Definition
//! The control balance of each currency is converted from its exact sum and rounded half away from zero to cents, as in the
//! flow. So is each cell; what the cells then lack of the control balance is added to the largest of them, so that the
//! identity of the row holds to the cent.
//! # Inputs
//! An ageing by currency; the rates of [`BaseRates`], the latest on or before the named day.
//! # Edge cases
//! A rate that is missing is refused, never taken as 1, and so is a day after the as-of day. A currency in which nothing
//! stands needs no rate.
//! # Source
//! Design of this program, section 5: totals over currencies need a rate table and a named rate date.
//! # Example
//! 100.00 EUR and 10.01 USD past due, 0.92 EUR for one dollar: 100.00 + 9.2092, in cents 109.21.
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::aging::{AgingParams, aging};
//! use arrears::metrics::base_currency::BaseRates;
//! use arrears::metrics::segments::groups;
//! use arrears::money::Currency;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-10, 2024-01-31, 100.00, EUR
//!          2,          acme,        2024-01-10, 2024-01-31,  10.01, USD",
//!     ),
//!     ("fx_rates", "date, currency, to_base\n 2024-01-31, USD, 0.92"),
//! ])?;
//! let as_of = AsOf(Day::parse("2024-02-20")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let by_currency = groups(&ledger, as_of, &[])?.value;
//! let aging = aging(&ledger, as_of, &by_currency, None, &AgingParams::default())?.value;
//! let rates = BaseRates::of(&ledger, Some(Currency::parse("EUR")?))?;
//! let in_base = aging.in_base(&rates, as_of.0)?;
//! assert_eq!(in_base.sums()[0].past_due[0].to_string(), "109.21");
//! assert_eq!(in_base.sums()[0].control().to_string(), "109.21");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;

use super::{Aging, AgingSums};
use crate::calendar::Day;
use crate::metrics::Sums;
use crate::metrics::base_currency::{BaseRates, Converter, RateError};
use crate::money::{Currency, Total};

/// The formula of this metric.
pub const METRIC_ID: &str = "aging.base.v1";

impl Aging {
    /// Returns the same ageing with all currencies together, at the last rates on or before a day that is not after the as-of day.
    ///
    /// # Errors
    /// The rates name no base currency, a currency has no rate by then, or the day lies after the as-of day.
    pub fn in_base(&self, rates: &BaseRates, rates_on: Day) -> Result<Aging, RateError> {
        if rates_on > self.as_of.0 {
            return Err(RateError::AfterTheDay {
                on: rates_on,
                as_of: self.as_of,
            });
        }
        let n_buckets = self.scheme.n_buckets();
        let empty = AgingSums::empty(n_buckets);
        let groups = self.labels.all().iter();
        let found: BTreeSet<Currency> = groups
            .zip(&self.sums)
            .filter(|(_, sums)| **sums != empty)
            .map(|(group, _)| group.currency)
            .collect();
        let converter = rates.to_base(rates_on, self.known_on, &found)?;
        let (labels, places) = self.labels.in_currency(converter.base());
        let mut sums = vec![empty.clone(); labels.n()];
        for ((group, own), place) in self.labels.all().iter().zip(&self.sums).zip(places) {
            if *own != empty {
                sums[place].add(&own.converted(group.currency, &converter)?);
            }
        }
        Ok(Aging {
            labels,
            sums,
            rates: Some(converter.note_of_day()),
            ..self.clone()
        })
    }
}

impl AgingSums {
    fn converted(&self, currency: Currency, converter: &Converter) -> Result<AgingSums, RateError> {
        let money = |total: Total| converter.convert(currency, total);
        let mut sums = AgingSums {
            not_due: money(self.not_due)?,
            past_due: self.past_due.iter().copied().map(money).collect::<Result<_, _>>()?,
            no_due_date: money(self.no_due_date)?,
            disputed: money(self.disputed)?,
            carved_out: money(self.carved_out)?,
            unapplied_cash: money(self.unapplied_cash)?,
            unapplied_credits: money(self.unapplied_credits)?,
            n_open_items: self.n_open_items,
        };
        let lacking = money(self.control())? - sums.control();
        let (cell, adds) = sums.largest();
        if adds {
            *cell += lacking;
        } else {
            *cell -= lacking;
        }
        Ok(sums)
    }

    /// The summand of the control balance with most money, and whether it adds to the balance.
    fn largest(&mut self) -> (&mut Total, bool) {
        let adding = self
            .past_due
            .iter_mut()
            .chain([&mut self.not_due, &mut self.no_due_date, &mut self.carved_out]);
        let taking = [&mut self.unapplied_cash, &mut self.unapplied_credits];
        let cells = adding.map(|cell| (cell, true)).chain(taking.map(|cell| (cell, false)));
        cells
            .max_by_key(|(cell, _)| cell.abs())
            .expect("there are columns besides the buckets")
    }
}
