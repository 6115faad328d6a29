//! The open items of a customer, each with what is said of it.

use super::words::Words;
use crate::calendar::{AsOf, Day};
use crate::forecast::{Account, Forecast, OpenItem};
use crate::ledger::Ledger;
use crate::metrics::aging::AgingScheme;
use crate::money::{Currency, Total};
use crate::table::Table;

/// One open item of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct PageItem {
    /// Its invoice.
    pub invoice_id: String,
    /// Which instalment of it; `None` where the invoice does not say.
    pub instalment: Option<i64>,
    /// Day of issue.
    pub issued_on: Day,
    /// Day of payment agreed.
    pub due_on: Option<Day>,
    /// Days since; `None` without a due day.
    pub days_past_due: Option<i32>,
    /// Where it stands in the ageing.
    pub age: String,
    /// Its currency.
    pub currency: Currency,
    /// What it was issued for.
    pub amount: Total,
    /// What is open.
    pub open: Total,
    /// What of it is disputed.
    pub disputed: Total,
    /// What of it is promised.
    pub promised: Total,
    /// For which day.
    pub promised_on: Option<Day>,
    /// Day by which cash is at least as likely as not; `None` beyond the horizon.
    pub expected_on: Option<Day>,
    /// Probability of cash within the horizon; `None` without a forecast.
    pub probability: Option<f64>,
}

/// What items are read with.
pub(super) struct Items<'a> {
    pub ledger: &'a Ledger,
    pub as_of: AsOf,
    pub buckets: &'a AgingScheme,
    pub forecast: Option<&'a Forecast>,
    pub words: &'a Words<'a>,
}

const NO_DUE_DATE: &str = "no due date";

impl Items<'_> {
    /// Returns the largest items, the oldest due day first.
    pub fn largest(&self, account: &Account, n_items: usize) -> Vec<PageItem> {
        let mut by_size: Vec<(usize, &OpenItem)> = account.items.iter().enumerate().collect();
        by_size.sort_by_key(|(position, item)| (std::cmp::Reverse(item.open), *position));
        by_size.truncate(n_items);
        by_size.sort_unstable_by_key(|(position, _)| *position);
        by_size.into_iter().map(|(_, item)| self.item(item)).collect()
    }

    /// Returns everything about one item.
    pub fn item(&self, item: &OpenItem) -> PageItem {
        let expected = self.forecast.and_then(|forecast| {
            let mut items = forecast.items.iter();
            items.find(|expected| expected.document == item.document)
        });
        PageItem {
            invoice_id: self.words.invoice_id(item.document),
            instalment: self.words.instalment(item.document),
            issued_on: item.issued_on,
            due_on: item.due_on,
            days_past_due: item.days_past_due(self.as_of),
            age: self.age(item.due_on),
            currency: item.currency,
            amount: self.ledger.document(item.document).amount.into(),
            open: item.open,
            disputed: item.disputed,
            promised: item.promised,
            promised_on: item.promised_on,
            expected_on: expected.and_then(|expected| expected.expected_on),
            probability: expected.map(|expected| expected.probability),
        }
    }

    /// Returns the ages in order: not due, the buckets, without a due date.
    pub fn ages(&self) -> Vec<String> {
        let past_due = self
            .buckets
            .labels()
            .into_iter()
            .map(|days| format!("{days} days past due"));
        let not_due = std::iter::once("not due".to_owned());
        not_due.chain(past_due).chain([NO_DUE_DATE.to_owned()]).collect()
    }

    /// Returns where an item with such a due day stands.
    pub fn age(&self, due_on: Option<Day>) -> String {
        self.ages().swap_remove(self.buckets.place(due_on, self.as_of.0))
    }
}

/// Returns the items as a table.
pub(super) fn table(items: &[PageItem], n_items: usize) -> Table {
    let shown = match items.len() == n_items {
        true => format!("all {n_items}, the oldest due day first"),
        false => format!("the {} largest of {n_items}, the oldest due day first", items.len()),
    };
    let rows = || items.iter();
    Table::new("items")
        .note("items", shown)
        .text("invoice_id", rows().map(|item| item.invoice_id.clone()))
        .day("due_on", rows().map(|item| item.due_on))
        .int("days_past_due", rows().map(|item| item.days_past_due.map(i64::from)))
        .text("currency", rows().map(|item| item.currency.to_string()))
        .money("open", rows().map(|item| item.open))
        .money("disputed", rows().map(|item| item.disputed))
        .money("promised", rows().map(|item| item.promised))
        .day("promised_on", rows().map(|item| item.promised_on))
        .day("expected_on", rows().map(|item| item.expected_on))
        .real("probability", rows().map(|item| item.probability))
        .money("amount", rows().map(|item| item.amount))
        .day("issued_on", rows().map(|item| item.issued_on))
        .int("instalment", rows().map(|item| item.instalment))
        .text("age", rows().map(|item| item.age.clone()))
}
