//! One page about one customer: who it is, what it owes, how it pays, where it stands on the worklist, which rules ask for a hold, and what
//! is expected of it.
//!
//! # Definition
//! Nothing here is computed otherwise than by the verb that answers the question for everybody: the account is that of the worklist, the rules are those of
//! [`holds`](super::holds), the forecast is the customer's part of the forecast. The page puts them side by side, for a day.
//! # Inputs
//! All that was known of the customer on the day; scores, or late shares where none are given. Amounts are in their own currency, decisions in the base currency.
//! # Edge cases
//! A customer with nothing open has a page without items and without a place. What cannot be decided (several currencies without rates, no history
//! to learn delays from) is left out with the reason; the rest of the page stands.
//! # Source
//! Design section 7.

mod accounts;
mod behaviour;
mod events;
mod invoice;
mod items;
mod place;
mod trace;
mod who;
mod words;

use self::items::Items;
use self::words::Words;
use super::escalation::{EscalationPolicy, escalation_of};
use super::holds::{HoldPolicy, Holds, holds};
use super::worklist::{Worklist, WorklistPolicy, worklist};
use super::{BaseRates, DecideError};
use crate::calendar::AsOf;
use crate::forecast::{Account, Attributes, Forecast, ForecastParams, forecast_customer};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::aging::AgingParams;
use crate::metrics::base_currency::currencies_known;
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;
use crate::table::{Data, Table};

pub use self::accounts::{AccountBalance, ExposureTerms};
pub use self::behaviour::{BehaviourWindow, PaymentBehaviour};
pub use self::events::Event;
pub use self::invoice::{InvoicePage, invoice_page};
pub use self::items::PageItem;
pub use self::place::Place;
pub use self::who::near_ids;

/// What the page is made with.
#[derive(Clone, Copy, Debug)]
pub struct PageParams<'a> {
    /// Buckets of the balance.
    pub aging: &'a AgingParams,
    /// How the worklist ranks.
    pub worklist: &'a WorklistPolicy,
    /// The rules of holds.
    pub holds: &'a HoldPolicy,
    /// The ladder.
    pub escalation: &'a EscalationPolicy,
    /// Horizon and learning of the forecast.
    pub forecast: &'a ForecastParams,
    /// Open items listed at most, the largest.
    pub n_items: usize,
    /// Weeks in a period of the forecast.
    pub weeks_per_period: usize,
    /// Whether the worklist is made for everybody, which a rank takes.
    pub with_rank: bool,
}

/// Everything about one customer on a day.
#[derive(Clone, Debug)]
pub struct CustomerPage {
    /// What is known of the customer, line by line; `None` where it was not known on the day.
    pub who: Vec<(&'static str, Option<String>)>,
    /// What it owes, by currency.
    pub accounts: Vec<AccountBalance>,
    /// What could be lost on it; `None` where its money cannot be put into one currency.
    pub exposure: Option<ExposureTerms>,
    /// The largest open items, oldest due day first.
    pub items: Vec<PageItem>,
    /// Open items in all.
    pub n_items: usize,
    /// How it paid.
    pub behaviour: PaymentBehaviour,
    /// What happened last, newest first.
    pub events: Vec<Event>,
    /// Where it stands on the worklist; `None` where no rank was wanted or none can be had.
    pub place: Option<Place>,
    holds: Option<Holds>,
    ladder: Table,
    forecast: Option<Forecast>,
    customer_id: String,
}

/// Makes the page of a customer.
///
/// # Errors
/// Settings out of range, or scores of another day; everything else that is missing is a caveat.
pub fn customer_page(
    ledger: &Ledger,
    as_of: AsOf,
    customer: CustomerIx,
    basis: (Option<&Scores>, &BaseRates),
    params: &PageParams<'_>,
) -> Result<Checked<CustomerPage>, DecideError> {
    let attributes = Attributes::on(ledger, as_of);
    let account = Account::on(ledger, customer, as_of, params.worklist.promise_tolerance_days);
    let mut caveats = Vec::new();
    let converter = match basis.1.on(as_of, &currencies_known(ledger, as_of)) {
        Ok(converter) => Some(converter),
        Err(error) => {
            caveats.push(Caveat(format!("worklist and holds are not available: {error}")));
            None
        }
    };
    // Both pass over everybody; they share nothing but the ledger.
    let (decided, expected) = rayon::join(
        || match &converter {
            Some(_) => decide(ledger, as_of, basis, params),
            None => Ok(Checked::clean((None, None))),
        },
        || forecast_customer(ledger, as_of, customer, params.weeks_per_period, params.forecast),
    );
    let Checked {
        value: (worklist, holds),
        caveats: of_decisions,
        ..
    } = decided?;
    caveats.extend(of_decisions);
    let forecast = match expected {
        Ok(forecast) => {
            caveats.extend(forecast.caveats);
            Some(forecast.value)
        }
        Err(error) => {
            caveats.push(Caveat(format!("the forecast is not available: {error}")));
            None
        }
    };
    let exposure = match &converter {
        Some(converter) => Some(ExposureTerms::of(ledger, &attributes, &account, as_of, converter)?),
        None => None,
    };
    let words = Words::of(ledger);
    let items = Items {
        ledger,
        as_of,
        buckets: &params.aging.scheme()?,
        forecast: forecast.as_ref(),
        words: &words,
    };
    let mut page = CustomerPage {
        who: who::who(ledger, &attributes, customer, as_of),
        accounts: items.balances(&account),
        exposure,
        n_items: account.items.len(),
        items: items.largest(&account, params.n_items),
        behaviour: PaymentBehaviour::of(ledger, &account, as_of, converter.as_ref()),
        events: events::last(ledger, &account, as_of, &words),
        place: None,
        holds,
        ladder: escalation_of(ledger, as_of, [customer], params.escalation)?
            .value
            .items_table(),
        forecast,
        customer_id: ledger.customer_id(customer).to_owned(),
    };
    page.place = worklist.map(|worklist| Place::of(&page.customer_id, customer, &worklist, params.worklist));
    Ok(Checked {
        value: page,
        issues: Default::default(),
        caveats,
    })
}

type Decided = (Option<Worklist>, Option<Holds>);

/// Makes the worklist, where a rank is wanted, and the holds; the holds of a model that nobody should be held for go by late shares.
fn decide(
    ledger: &Ledger,
    as_of: AsOf,
    (scores, rates): (Option<&Scores>, &BaseRates),
    params: &PageParams<'_>,
) -> Result<Checked<Decided>, DecideError> {
    let (ranked, held) = rayon::join(
        || {
            let ranked = params
                .with_rank
                .then(|| worklist(ledger, as_of, scores, rates, params.worklist));
            ranked.transpose()
        },
        || match holds(ledger, as_of, scores, rates, params.holds) {
            Err(DecideError::Marked { model, mark }) => {
                let mut by_late_share = holds(ledger, as_of, None, rates, params.holds)?;
                by_late_share.caveats.push(Caveat(format!(
                    "{model} is {mark}: the hold rules go by the late share (--accept-illustrative lets it ask for holds)"
                )));
                Ok(by_late_share)
            }
            held => held,
        },
    );
    let (ranked, held) = (ranked?, held?);
    let said = ranked.iter().flat_map(|ranked| &ranked.caveats).chain(&held.caveats);
    let mut caveats: Vec<Caveat> = Vec::new();
    for caveat in said {
        if !caveats.contains(caveat) {
            caveats.push(caveat.clone());
        }
    }
    Ok(Checked {
        value: (ranked.map(|ranked| ranked.value), Some(held.value)),
        issues: Default::default(),
        caveats,
    })
}

impl CustomerPage {
    /// Returns the page: `customer`, `balance`, `items`, `behaviour`, `events`; the tables of the score, such as that and its reasons; the decisions
    /// `worklist_place`, `hold`, `hold_rules`, `escalation_items`, `forecast`, as far as they could be made.
    pub fn tables(&self, score: Vec<Table>) -> Vec<Table> {
        let who = self.who.iter();
        let who = who.map(|(what, value)| ((*what).to_owned(), value.clone()));
        let mut tables = vec![
            named_values("customer", who),
            accounts::table(&self.accounts, self.exposure.as_ref()),
            items::table(&self.items, self.n_items),
            self.behaviour.table(),
            events::table(&self.events),
        ];
        tables.extend(score);
        tables.extend(self.place.as_ref().map(Place::table));
        if let Some(holds) = &self.holds {
            tables.extend(trace::tables(holds, &self.customer_id));
        }
        let ladder = rows_about(&self.ladder, &self.customer_id);
        tables.extend(Some(ladder).filter(|ladder| ladder.n_rows() > 0));
        let has_open = |forecast: &&Forecast| !forecast.currencies.is_empty();
        tables.extend(self.forecast.as_ref().filter(has_open).map(Forecast::table));
        tables
    }
}

/// A table of names and values, for what is read line by line.
fn named_values(name: &str, values: impl IntoIterator<Item = (String, Option<String>)>) -> Table {
    let (names, values): (Vec<String>, Vec<Option<String>>) = values.into_iter().unzip();
    Table::new(name).text("what", names).text("value", values)
}

/// Returns the row of a table that is about a customer, line by line, but for some columns; cells that are empty are left out.
fn row_of(table: &Table, customer_id: &str, named: &str, but: &[&str]) -> Option<Table> {
    let ids = table.texts("customer_id").ok()?;
    let row = ids.iter().position(|id| id.as_deref() == Some(customer_id))?;
    let cells = table
        .columns()
        .iter()
        .filter(|column| {
            !["customer_id", "name"].contains(&column.name.as_str()) && !but.contains(&column.name.as_str())
        })
        .map(|column| (column.name.clone(), written(&column.data, row)));
    let cells: Vec<_> = cells
        .filter(|(_, value)| value.as_deref().is_some_and(|value| !value.is_empty()))
        .collect();
    let mut found = named_values(named, cells);
    found.notes = table.notes.clone();
    Some(found)
}

/// Returns the rows of a table that are about a customer, without naming it in each.
fn rows_about(table: &Table, customer_id: &str) -> Table {
    let ids = table.texts("customer_id").unwrap_or_default();
    let rows = ids.iter().enumerate();
    let rows = rows.filter(|(_, id)| id.as_deref() == Some(customer_id));
    let rows: Vec<usize> = rows.map(|(row, _)| row).collect();
    let columns = table.columns().iter().filter(|column| column.name != "customer_id");
    let mut about = columns.fold(Table::new(table.name()), |about, column| {
        about.with(&column.name, column.data.clone())
    });
    about.notes.clone_from(&table.notes);
    about.take(&rows)
}

/// Returns a cell as a line says it: estimates to four digits behind the point, as far as they are not zeros.
fn written(data: &Data, row: usize) -> Option<String> {
    match data {
        Data::Real(values) => values[row].map(|value| {
            let text = format!("{value:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }),
        Data::Flag(values) => values[row].map(|flag| if flag { "yes" } else { "no" }.to_owned()),
        data => (!data.is_none(row)).then(|| data.text(row)),
    }
}
