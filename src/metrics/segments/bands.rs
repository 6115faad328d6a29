//! Bands of numbers: how large the document is, how long the customer is known, what its score is.

use rust_decimal::Decimal;

use super::SegmentError;
use super::attributes::{Coded, Codes, external_names, external_values, values_of_customers};
use super::grouping::CustomerAccount;
use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::require_tables;
use crate::money::{Currency, Total};
use crate::outcome::Caveat;
use crate::table::Data;

/// Numbers that are computed, not read from a column.
pub(super) const COMPUTED: &[&str] = &[AMOUNT, OPEN_AMOUNT, DAYS_PAST_DUE, CUSTOMER_TENURE];
const AMOUNT: &str = "amount";
const OPEN_AMOUNT: &str = "open_amount";
const DAYS_PAST_DUE: &str = "days_past_due";
const CUSTOMER_TENURE: &str = "customer_tenure";
const CUSTOMER_SINCE: &str = "customer_since";

/// A number cut into ranges that are closed on the right; the first and the last one are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bands {
    pub name: String,
    number: Number,
    // Invariant: strictly increasing, never empty.
    edges: Vec<Decimal>,
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Number {
    Amount,
    OpenAmount,
    DaysPastDue,
    CustomerTenure,
    OfCustomer,
    OfDocument,
    External,
}

/// One number for each customer, for each account, or for each document.
enum Numbers {
    Customers(Vec<Option<Decimal>>),
    Accounts(Vec<Option<Decimal>>),
    Documents(Vec<Option<Decimal>>),
}

impl Bands {
    /// Reads the edges of a number that the ledger has.
    pub fn parse(ledger: &Ledger, name: &str, edges: &[&str]) -> Result<Bands, SegmentError> {
        let mut bounds: Vec<Decimal> = Vec::new();
        for edge in edges {
            let bound: Decimal = edge.parse().map_err(|_| SegmentError::EdgeNotANumber {
                attribute: name.to_owned(),
                found: (*edge).to_owned(),
            })?;
            if let Some(before) = bounds.last().filter(|before| bound <= **before) {
                return Err(SegmentError::EdgesNotIncreasing {
                    attribute: name.to_owned(),
                    edge: bound.to_string(),
                    before: before.to_string(),
                });
            }
            bounds.push(bound.normalize());
        }
        Ok(Bands {
            name: name.to_owned(),
            number: Number::find(ledger, name)?,
            edges: bounds,
        })
    }

    /// Cuts a number at the quartiles of its values; `None` where they are fewer than `least` different ones;
    /// accounts count as often as they are given.
    pub fn at_quartiles(
        ledger: &Ledger,
        as_of: AsOf,
        accounts: &[CustomerAccount],
        name: &str,
        least: usize,
    ) -> Result<Option<Bands>, SegmentError> {
        let number = Number::find(ledger, name)?;
        let mut bands = Bands {
            name: name.to_owned(),
            number,
            edges: Vec::new(),
        };
        let (Numbers::Customers(values) | Numbers::Accounts(values) | Numbers::Documents(values)) =
            bands.numbers(ledger, as_of, accounts, &mut Vec::new())?;
        let mut values: Vec<Decimal> = values.into_iter().flatten().collect();
        values.sort_unstable();
        let n = values.len();
        let mut quartiles: Vec<Decimal> = [n / 4, n / 2, n * 3 / 4]
            .into_iter()
            .filter_map(|at| values.get(at).map(Decimal::normalize))
            .collect();
        quartiles.dedup();
        values.dedup();
        bands.edges = quartiles;
        Ok((values.len() >= least).then_some(bands))
    }

    /// Returns the ranges in words; the number in front makes them sort in their order.
    pub fn labels(&self) -> Vec<String> {
        let width = (self.edges.len() + 1).to_string().len();
        let n_edges = self.edges.len();
        let words = (0..=n_edges).map(|at| match (at.checked_sub(1), self.edges.get(at)) {
            (None, Some(upper)) => format!("up to {upper}"),
            (Some(lower), Some(upper)) => format!("over {} to {upper}", self.edges[lower]),
            (Some(lower), None) => format!("over {}", self.edges[lower]),
            (None, None) => "any".to_owned(),
        });
        words
            .enumerate()
            .map(|(at, words)| format!("{:0width$}: {words}", at + 1))
            .collect()
    }

    /// Puts every customer, or every item, into its band.
    pub fn values(
        &self,
        ledger: &Ledger,
        as_of: AsOf,
        accounts: &[CustomerAccount],
        caveats: &mut Vec<Caveat>,
    ) -> Result<Coded, SegmentError> {
        let code = |value: Option<Decimal>| {
            value.map_or(0, |value| self.edges.partition_point(|edge| *edge < value) as u32 + 1)
        };
        let codes = match self.numbers(ledger, as_of, accounts, caveats)? {
            Numbers::Customers(values) => Codes::Customers(values.into_iter().map(code).collect()),
            Numbers::Accounts(values) => Codes::Accounts(values.into_iter().map(code).collect()),
            Numbers::Documents(values) => Codes::Documents(values.into_iter().map(code).collect()),
        };
        Ok(Coded {
            words: self.labels(),
            codes,
        })
    }

    fn numbers(
        &self,
        ledger: &Ledger,
        as_of: AsOf,
        accounts: &[CustomerAccount],
        caveats: &mut Vec<Caveat>,
    ) -> Result<Numbers, SegmentError> {
        let documents = || ledger.documents().all().iter();
        let numbers = match self.number {
            Number::Amount => {
                let amounts = documents().map(|document| money(Total::from(document.amount).abs()));
                Numbers::Documents(amounts.collect())
            }
            Number::DaysPastDue => {
                let days = documents().map(|document| Some(as_of.days_past(document.due_on?).0.into()));
                Numbers::Documents(days.collect())
            }
            Number::OpenAmount => {
                let open = OpenAmounts::on(ledger, as_of);
                let of_account = |(customer, account): &CustomerAccount| money(open.of(*customer, account.currency));
                Numbers::Accounts(accounts.iter().map(of_account).collect())
            }
            Number::CustomerTenure => {
                let since = values_of_customers(ledger, as_of, CUSTOMER_SINCE, caveats)?;
                let days = since.iter().map(|since| {
                    let since = Day::parse(since.as_deref()?).ok()?;
                    (since <= as_of.0).then(|| (as_of.0 - since).into())
                });
                Numbers::Customers(days.collect())
            }
            Number::OfCustomer => {
                Numbers::Customers(self.parse_all(values_of_customers(ledger, as_of, &self.name, caveats)?)?)
            }
            Number::External => Numbers::Customers(self.parse_all(external_values(ledger, as_of, &self.name))?),
            Number::OfDocument => {
                let column = ledger
                    .table("invoices")
                    .and_then(|invoices| invoices.column(&self.name));
                let texts = documents().map(|document| {
                    let text = column.map(|data| data.text(document.row as usize));
                    text.filter(|text| !text.is_empty())
                });
                Numbers::Documents(self.parse_all(texts.collect())?)
            }
        };
        Ok(numbers)
    }

    fn parse_all(&self, texts: Vec<Option<String>>) -> Result<Vec<Option<Decimal>>, SegmentError> {
        let parse = |text: Option<String>| match text {
            None => Ok(None),
            Some(text) => match text.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(SegmentError::NotANumber {
                    attribute: self.name.clone(),
                    found: text,
                }),
            },
        };
        texts.into_iter().map(parse).collect()
    }
}

impl Number {
    fn find(ledger: &Ledger, name: &str) -> Result<Number, SegmentError> {
        let has = |table: &str| {
            let column = ledger.table(table).and_then(|table| table.column(name));
            column.is_some_and(|data| !matches!(data, Data::Day(_) | Data::Flag(_)))
        };
        match name {
            AMOUNT => Ok(Number::Amount),
            OPEN_AMOUNT => Ok(Number::OpenAmount),
            DAYS_PAST_DUE => Ok(Number::DaysPastDue),
            CUSTOMER_TENURE => {
                require_tables(ledger, &["customers"])?;
                Ok(Number::CustomerTenure)
            }
            _ if has("customers") => Ok(Number::OfCustomer),
            _ if has("invoices") => Ok(Number::OfDocument),
            _ if external_names(ledger).contains(name) => Ok(Number::External),
            _ => Err(SegmentError::unknown(ledger, name)),
        }
    }
}

fn money(total: Total) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(total.units(), 4).ok()
}

/// What each customer owes in each currency on a day, unapplied items not deducted.
struct OpenAmounts {
    // By customer; few currencies each.
    open: Vec<Vec<(Currency, Total)>>,
}

impl OpenAmounts {
    fn on(ledger: &Ledger, as_of: AsOf) -> OpenAmounts {
        let of_customer = |customer: CustomerIx| {
            let mut open: Vec<(Currency, Total)> = Vec::new();
            let documents = CustomerHistory::of(ledger, customer, None);
            for history in documents.documents().filter(|history| history.document.is_claim()) {
                let currency = history.document.currency;
                let amount = history.open_on(as_of.0).max(Total::ZERO);
                match open.iter_mut().find(|(own, _)| *own == currency) {
                    Some((_, sum)) => *sum += amount,
                    None => open.push((currency, amount)),
                }
            }
            open
        };
        OpenAmounts {
            open: ledger.customers().map(of_customer).collect(),
        }
    }

    fn of(&self, customer: CustomerIx, currency: Currency) -> Total {
        let open = self.open[customer.at()].iter();
        open.filter(|(own, _)| *own == currency).map(|(_, open)| *open).sum()
    }
}
