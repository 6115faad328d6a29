//! What a customer owes, by currency and age, and what could be lost on it.

use super::items::Items;
use crate::calendar::AsOf;
use crate::decide::DecideError;
use crate::decide::exposure::{Exposure, Limit};
use crate::decide::position::Position;
use crate::forecast::{Account, Attributes};
use crate::history::CustomerHistory;
use crate::ledger::Ledger;
use crate::metrics::base_currency::Converter;
use crate::money::{Currency, Total};
use crate::table::Table;

/// What a customer owes in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountBalance {
    /// Which currency.
    pub currency: Currency,
    /// Open claims by age: not due, the buckets of the ageing, without a due date.
    pub by_age: Vec<(String, Total)>,
    /// Unapplied cash and credits, below zero where we owe the customer.
    pub unapplied: Total,
    /// What of the claims is disputed.
    pub disputed: Total,
    /// What of the claims is promised and not disputed.
    pub promised: Total,
    /// The balance as the ledger has it: amounts of documents and their postings, and unapplied postings.
    pub control: Total,
}

impl AccountBalance {
    /// Returns the open claims of all ages.
    pub fn claims(&self) -> Total {
        self.by_age.iter().map(|(_, money)| *money).sum()
    }

    /// Returns claims and unapplied items together; the control balance unless something is missing.
    pub fn balance(&self) -> Total {
        self.claims() + self.unapplied
    }
}

/// What could be lost on a customer, in the base currency: open receivables net of unapplied + unbilled orders - insured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExposureTerms {
    /// The base currency.
    pub currency: Currency,
    /// Open claims.
    pub claims: Total,
    /// Unapplied cash and credits as a positive number.
    pub unapplied: Total,
    /// Orders neither billed nor cancelled; `None` where no orders were imported.
    pub unbilled_orders: Option<Total>,
    /// The insured part of the receivables.
    pub insured: Total,
    /// All of it.
    pub exposure: Total,
    /// Credit limit.
    pub limit: Limit,
}

impl ExposureTerms {
    pub(super) fn of(
        ledger: &Ledger,
        attributes: &Attributes<'_>,
        account: &Account,
        as_of: AsOf,
        converter: &Converter,
    ) -> Result<ExposureTerms, DecideError> {
        let position = Position::of(account.clone(), as_of, converter)?;
        let exposure = Exposure::of(ledger, attributes, account.customer, as_of, converter)?;
        Ok(ExposureTerms {
            currency: converter.base(),
            claims: position.claims(),
            unapplied: position.unapplied,
            unbilled_orders: exposure.unbilled_orders,
            insured: exposure.insured(&position),
            exposure: exposure.total(&position),
            limit: exposure.limit,
        })
    }
}

impl Items<'_> {
    /// Adds up what is open by currency and age, in alphabetical order of currencies.
    pub fn balances(&self, account: &Account) -> Vec<AccountBalance> {
        let mut currencies: Vec<Currency> = account.items.iter().map(|item| item.currency).collect();
        currencies.extend(account.unapplied.keys());
        currencies.sort_unstable();
        currencies.dedup();
        let balance = |currency: Currency| {
            let items = || account.items.iter().filter(move |item| item.currency == currency);
            let aged = self.ages().into_iter().map(|age| {
                let of_age = items().filter(|item| self.age(item.due_on) == age);
                let money = of_age.map(|item| item.open).sum();
                (age, money)
            });
            AccountBalance {
                currency,
                by_age: aged.collect(),
                unapplied: account.unapplied.get(&currency).copied().unwrap_or_default(),
                disputed: items().map(|item| item.disputed).sum(),
                promised: items().map(|item| item.promised).sum(),
                control: self.control(account, currency),
            }
        };
        currencies.into_iter().map(balance).collect()
    }

    /// Adds up the customer's documents and postings, without asking what is a claim and what is not.
    fn control(&self, account: &Account, currency: Currency) -> Total {
        let day = self.as_of.0;
        let history = CustomerHistory::of(self.ledger, account.customer, Some(day));
        let documents = history
            .documents()
            .filter(|item| item.document.currency == currency && item.document.issued_on <= day);
        let of_documents = documents.map(|item| {
            let postings = item.postings().filter(|posting| posting.on <= day);
            Total::from(item.document.amount) + postings.map(|posting| posting.delta).sum::<Total>()
        });
        let unapplied = history
            .unapplied()
            .filter(|posting| posting.currency == currency && posting.on <= day);
        of_documents.sum::<Total>() + unapplied.map(|posting| posting.delta).sum::<Total>()
    }
}

/// Returns the balances and the exposure, line by line; ages at which nothing is open have none.
pub(super) fn table(accounts: &[AccountBalance], exposure: Option<&ExposureTerms>) -> Table {
    let mut lines: Vec<(Currency, String, Option<Total>)> = Vec::new();
    let mut ties = Vec::new();
    for account in accounts {
        let mut line = |what: &str, money: Total| lines.push((account.currency, what.to_owned(), Some(money)));
        for (age, money) in account.by_age.iter().filter(|(_, money)| !money.is_zero()) {
            line(age, *money);
        }
        line("unapplied cash and credits", account.unapplied);
        line("balance", account.balance());
        line("of which disputed", account.disputed);
        line("of which promised", account.promised);
        let is_tied = account.balance() == account.control;
        ties.push(match is_tied {
            true => format!("{} {} ties out to the ledger", account.control, account.currency),
            false => format!(
                "{} {} of items, the ledger has {}",
                account.balance(),
                account.currency,
                account.control
            ),
        });
    }
    if let Some(terms) = exposure {
        let mut line = |what: &str, money: Option<Total>| lines.push((terms.currency, what.to_owned(), money));
        line("exposure: open claims", Some(terms.claims));
        line("exposure: less unapplied", Some(-terms.unapplied));
        line("exposure: unbilled orders", terms.unbilled_orders);
        line("exposure: less insured", Some(-terms.insured));
        line("exposure", Some(terms.exposure));
        let limit = match &terms.limit {
            Limit::Amount(limit) => ("credit limit", Some(*limit)),
            Limit::NoCredit => ("credit limit (no credit is granted)", Some(Total::ZERO)),
            Limit::Unlimited => ("credit limit (unlimited)", None),
            Limit::NotAvailable(_) => ("credit limit (not available)", None),
        };
        line(limit.0, limit.1);
    }
    let tie = match ties.is_empty() {
        true => "nothing open".to_owned(),
        false => ties.join(", "),
    };
    Table::new("balance")
        .note("tie_out", tie)
        .text("currency", lines.iter().map(|(currency, ..)| currency.to_string()))
        .text("line", lines.iter().map(|(_, what, _)| what.clone()))
        .money("money", lines.iter().map(|(.., money)| *money))
}
