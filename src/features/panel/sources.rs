//! The tables and columns beside documents and postings that features read.

use crate::features::external::OutsideScore;
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::table::Data;

/// What the ledger has beside documents and postings.
pub(super) struct Sources {
    pub limits: Option<Limits>,
    pub outside_score: Option<OutsideScore>,
    pub has_disputes: bool,
    pub has_promises: bool,
    pub has_contacts: bool,
}

impl Sources {
    pub fn of(ledger: &Ledger) -> Sources {
        Sources {
            limits: Limits::of(ledger),
            outside_score: OutsideScore::of(ledger),
            has_disputes: ledger.has("disputes"),
            has_promises: ledger.has("promises"),
            has_contacts: ledger.has("contacts"),
        }
    }
}

/// Credit limits by row of the customers table.
pub(super) struct Limits(Vec<Option<Limit>>);

/// A limit that is an amount above zero; without a currency it holds in any.
#[derive(Clone, Copy)]
struct Limit {
    amount: Total,
    currency: Option<Currency>,
}

impl Limits {
    fn of(ledger: &Ledger) -> Option<Limits> {
        let column = |name: &str| ledger.column("customers", name);
        let (amounts, kinds, currencies) = (column("credit_limit")?, column("limit_kind")?, column("currency"));
        let (Data::Money(amounts), Data::Text(kinds)) = (&*amounts, &*kinds) else {
            return None;
        };
        let word = |row: usize| match currencies.as_deref() {
            Some(Data::Text(words)) => words[row].as_deref(),
            _ => None,
        };
        let limit = |row: usize| {
            let amount = amounts[row].filter(|amount| *amount > Total::ZERO)?;
            let currency = match word(row) {
                Some(word) => Some(Currency::parse(word).ok()?),
                None => None,
            };
            (kinds[row].as_deref() == Some("amount")).then_some(Limit { amount, currency })
        };
        Some(Limits((0..amounts.len()).map(limit).collect()))
    }

    /// Returns the limit of a row of the customers table, where it is an amount in a currency.
    pub fn of_row(&self, row: u32, currency: Currency) -> Option<Total> {
        let limit = self.0[row as usize]?;
        let is_same = limit.currency.is_none_or(|own| own == currency);
        is_same.then_some(limit.amount)
    }
}
