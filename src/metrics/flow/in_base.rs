//! The flow of all currencies together in the base currency, with what exchange rates gained and lost.
//!
//! # Definition
//! Balances stand at the rate of the month end, movements at the rate of their own day. `fx_realised` is settlement rate less
//! issue rate on what was settled; `fx_unrealised` is what the revaluation of open items added in the month, the part that was
//! realised since taken out again. For each month and group, exact to the last digit: `closing = opening + invoiced +
//! debit_notes + charges - credit_notes - credits - cash - discounts - write_offs + refunds + reversals + applied +
//! fx_realised + fx_unrealised`.
//! # Inputs
//! Documents by day of issue, postings by effective day, the last rate on or before each of those days.
//! # Edge cases
//! Each movement is converted on its own and rounded half away from zero to cents. Unapplied cash is carried at the average
//! rate of what is waiting; what is applied later realises the difference in two steps, which sum to settlement rate less
//! issue rate. A currency without a rate by a day that is needed is refused, naming both; items settled before the first
//! month need none.
//! # Source
//! IAS 21, The Effects of Changes in Foreign Exchange Rates, paragraphs 21 to 28: transactions at the spot rate, monetary items
//! at the closing rate, differences on settlement and on translation.
//! # Example
//! 100 USD issued at 0.90 EUR, 40 paid at 0.95, month end at 0.92: 0 + 90 - 38 + realised 40 x (0.95 - 0.90) = 2 + unrealised
//! 60 x (0.92 - 0.90) = 1.20 gives 55.20 = 60 x 0.92.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::base_currency::BaseRates;
//! use arrears::metrics::flow::in_base::flow_in_base;
//! use arrears::metrics::segments::groups;
//! use arrears::money::Currency;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-10, 2024-02-09, 100.00, USD",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          acme,        1,          2024-01-25, 40.00,  USD",
//!     ),
//!     (
//!         "fx_rates",
//!         "date,       currency, to_base
//!          2024-01-10, USD,      0.90
//!          2024-01-25, USD,      0.95
//!          2024-01-31, USD,      0.92",
//!     ),
//! ])?;
//! let month = Month::parse("2024-01")?;
//! let (ledger, _) = Ledger::from_records(records, month.last()).value;
//! let all = groups(&ledger, AsOf(month.last()), &[])?.value;
//! let rates = BaseRates::of(&ledger, Some(Currency::parse("EUR")?))?;
//! let found = flow_in_base(&ledger, month, month, &all, None, &rates)?.value;
//! let january = &found.rows()[0][0];
//! assert_eq!(january.sums.cash.to_string(), "38.00");
//! assert_eq!(january.fx_realised.to_string(), "2.00");
//! assert_eq!(january.fx_unrealised.to_string(), "1.20");
//! assert_eq!(january.closing.to_string(), "55.20");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use thiserror::Error;

use super::carried::{Carried, Rate, convert};
use super::{FlowError, FlowParams, FlowSums, flow};
use crate::calendar::{Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ledger::{Ledger, Nature, Posting};
use crate::metrics::base_currency::{BaseRates, RateError};
use crate::metrics::{ByGroup, GroupLabels, Months, Sums, view_note};
use crate::money::{Currency, Total};
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "flow.base.v1";

/// Why there is no flow in the base currency.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlowInBaseError {
    /// The flow failed.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// Money cannot be converted.
    #[error(transparent)]
    Rates(#[from] RateError),
}

/// One month of one group in the base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaseMonth {
    /// Balance at the end of the month before, at its rate.
    pub opening: Total,
    /// What moved it, at the rates of the days.
    pub sums: FlowSums,
    /// Gained on what was settled.
    pub fx_realised: Total,
    /// Gained on what is open.
    pub fx_unrealised: Total,
    /// Balance at the end of the month, at its rate.
    pub closing: Total,
}

/// The flow of a ledger over some months in the base currency.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowInBase {
    months: Months,
    known_on: Option<Day>,
    base: Currency,
    labels: GroupLabels,
    // By group, then by month.
    rows: Vec<Vec<BaseMonth>>,
}

/// What one group carries and moves, in the base currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedFlow {
    // Value of what is open before the first month, at the rates it came in at.
    opening: Total,
    months: Vec<CarriedMonth>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct CarriedMonth {
    sums: FlowSums,
    realised: Total,
}

/// Adds up movements at the rates of their days, by month and group.
#[derive(Clone, Debug)]
pub struct CarriedFlowByMonth<'a> {
    groups: &'a Groups,
    months: &'a Months,
    rates: &'a BaseRates,
    known_on: Option<Day>,
    sums: ByGroup<CarriedFlow>,
    // The first rate that is missing, by currency and day; sums are of no use then.
    refused: Option<Refusal>,
}

/// What could not be converted; ordered, so that any order of customers names the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Refusal {
    Missing(Currency, Day),
    TooLarge(Currency),
}

/// Returns the flow of a ledger in the base currency, from one month to another, both included.
///
/// `known_on` leaves out what was posted after that day, rates too.
///
/// # Errors
/// The last month lies before the first, the rates name no base currency, or one that is needed is missing.
pub fn flow_in_base(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    rates: &BaseRates,
) -> Result<Checked<FlowInBase>, FlowInBaseError> {
    let base = rates.base().ok_or(RateError::BaseUnknown)?;
    let by_currency = flow(ledger, from, to, groups, known_on, &FlowParams::default())?.value;
    let months = by_currency.months();
    let pass = history::run(
        ledger,
        known_on,
        CarriedFlowByMonth::new(groups, months, rates, known_on),
    );
    if let Some(refused) = pass.refused {
        return Err(RateError::from(refused).into());
    }
    let (labels, places) = by_currency.labels().in_currency(base);
    let mut rows = vec![vec![BaseMonth::default(); months.n()]; labels.n()];
    let empty = CarriedFlow::empty(months);
    for (group, (own, place)) in by_currency.groups().iter().zip(places).enumerate() {
        let currency = groups.all()[group].currency;
        let at_end_of = |balance: Total, day: Day| -> Result<Total, RateError> {
            if balance.is_zero() {
                return Ok(balance);
            }
            let rate = rate_on(rates, currency, day, known_on)?;
            convert(balance, rate).ok_or(RateError::TooLarge { currency })
        };
        let carried = pass.sums.of(group).unwrap_or(&empty);
        let mut value = carried.opening;
        for (month, (opening, closing)) in own.balances().enumerate() {
            let moved = &carried.months[month];
            let opening = at_end_of(opening, months.day_before(month))?;
            let closing = at_end_of(closing, months.end(month))?;
            let change = moved.sums.change() + moved.realised;
            let row = &mut rows[place][month];
            row.opening += opening;
            row.closing += closing;
            row.sums.add(&moved.sums);
            row.fx_realised += moved.realised;
            // Balance less carried value, at the end less at the beginning.
            row.fx_unrealised += (closing - (value + change)) - (opening - value);
            value += change;
        }
    }
    Ok(Checked::clean(FlowInBase {
        months: months.clone(),
        known_on,
        base,
        labels,
        rows,
    }))
}

fn rate_on(rates: &BaseRates, currency: Currency, on: Day, known_on: Option<Day>) -> Result<Rate, RateError> {
    if rates.base() == Some(currency) {
        return Ok(None);
    }
    Ok(Some(rates.latest(currency, on, known_on)?.1))
}

impl From<Refusal> for RateError {
    fn from(refusal: Refusal) -> RateError {
        match refusal {
            Refusal::Missing(currency, on) => RateError::RateMissing { currency, on },
            Refusal::TooLarge(currency) => RateError::TooLarge { currency },
        }
    }
}

impl CarriedFlow {
    fn empty(months: &Months) -> CarriedFlow {
        CarriedFlow {
            opening: Total::ZERO,
            months: vec![CarriedMonth::default(); months.n()],
        }
    }
}

impl<'a> CarriedFlowByMonth<'a> {
    /// Starts from nothing; the rates must name a base currency.
    pub fn new(
        groups: &'a Groups,
        months: &'a Months,
        rates: &'a BaseRates,
        known_on: Option<Day>,
    ) -> CarriedFlowByMonth<'a> {
        CarriedFlowByMonth {
            groups,
            months,
            rates,
            known_on,
            sums: ByGroup::default(),
            refused: None,
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<CarriedFlow> {
        &self.sums
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refused = Some(self.refused.map_or(refusal, |first| first.min(refusal)));
    }

    /// The rate of a day; where it is missing that is kept, and the sums are of no use.
    fn rate(&mut self, currency: Currency, on: Day) -> Option<Rate> {
        let rate = rate_on(self.rates, currency, on, self.known_on);
        if rate.is_err() {
            self.refuse(Refusal::Missing(currency, on));
        }
        rate.ok()
    }

    /// Moves an item on a day: its value by the rate it is carried at, the flow by the rate of the day.
    fn move_item(
        &mut self,
        group: usize,
        item: &mut Carried,
        (currency, on, delta): (Currency, Day, Total),
        carried_at: Rate,
        add: impl FnOnce(&mut FlowSums, Total),
    ) {
        let Some(of_day) = self.rate(currency, on) else {
            return;
        };
        let (Some(change), Some(moved)) = (item.apply(delta, carried_at), convert(delta, of_day)) else {
            self.refuse(Refusal::TooLarge(currency));
            return;
        };
        let sums = self.sums.at(group, || CarriedFlow::empty(self.months));
        match self.months.position(on) {
            None => sums.opening += change,
            Some(month) => {
                let month = &mut sums.months[month];
                add(&mut month.sums, moved);
                month.realised += change - moved;
            }
        }
    }

    fn move_unapplied(&mut self, customer: &CustomerHistory<'_>) {
        let last_day = self.months.last_day();
        let mut pools: Vec<((Currency, u16), Carried)> = Vec::new();
        for posting in customer.unapplied().filter(|posting| posting.on <= last_day) {
            let key = (posting.currency, posting.entity);
            let at = pools.iter().position(|(own, _)| *own == key).unwrap_or_else(|| {
                pools.push((key, Carried::default()));
                pools.len() - 1
            });
            let group = self.groups.of_unapplied(customer.customer, key.0, key.1);
            if let Some(rate) = self.rate(posting.currency, posting.on) {
                let moved = (posting.currency, posting.on, posting.delta.into());
                self.move_item(group, &mut pools[at].1, moved, rate, |sums, delta| {
                    sums.add_moved(posting.nature, delta)
                });
            }
        }
    }

    /// Cash after a write-off is a memo: it has a rate and no value.
    fn note_recovery(&mut self, customer: &CustomerHistory<'_>, posting: &Posting) {
        let group = match posting.document {
            Some(document) => self.groups.of_document(document, customer.document(document).document),
            None => self
                .groups
                .of_unapplied(customer.customer, posting.currency, posting.entity),
        };
        let (Some(month), Some(rate)) = (
            self.months.position(posting.on),
            self.rate(posting.currency, posting.on),
        ) else {
            return;
        };
        match convert(posting.delta.into(), rate) {
            Some(moved) => {
                let sums = self.sums.at(group, || CarriedFlow::empty(self.months));
                sums.months[month].sums.add_moved(Nature::Recovery, moved);
            }
            None => self.refuse(Refusal::TooLarge(posting.currency)),
        }
    }
}

impl Accumulator for CarriedFlowByMonth<'_> {
    /// Adds one customer: documents at the rate of their issue, postings at those of their days.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (start, last_day) = (self.months.start(), self.months.last_day());
        self.move_unapplied(customer);
        for posting in customer
            .recoveries()
            .filter(|posting| (start..=last_day).contains(&posting.on))
        {
            self.note_recovery(customer, posting);
        }
        for history in customer.documents() {
            let document = history.document;
            let postings = || history.postings().take_while(|posting| posting.on <= last_day);
            let is_over = document.issued_on < start
                && history.open_on(start - 1).is_zero()
                && postings().all(|posting| posting.on < start);
            if document.issued_on > last_day || is_over {
                continue;
            }
            let (currency, issued_on) = (document.currency, document.issued_on);
            let group = self.groups.of_document(history.ix, history.document);
            let Some(issue_rate) = self.rate(currency, issued_on) else {
                continue;
            };
            let mut item = Carried::default();
            let issued = (currency, issued_on, document.amount.into());
            self.move_item(group, &mut item, issued, issue_rate, |sums, amount| {
                sums.add_issued(document.kind, amount);
            });
            for posting in postings() {
                let moved = (currency, posting.on, posting.delta.into());
                self.move_item(group, &mut item, moved, issue_rate, |sums, delta| {
                    sums.add_moved(posting.nature, delta);
                });
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        if let Some(refused) = other.refused {
            self.refuse(refused);
        }
        self.sums.merge(other.sums, |own, more| {
            own.opening += more.opening;
            for (own, more) in own.months.iter_mut().zip(&more.months) {
                own.sums.add(&more.sums);
                own.realised += more.realised;
            }
        });
    }
}

impl FlowInBase {
    /// Returns the months of each group, in order of the groups' numbers.
    pub fn rows(&self) -> &[Vec<BaseMonth>] {
        &self.rows
    }

    /// Returns the groups, all in the base currency.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns one row per group and month.
    pub fn table(&self) -> Table {
        let n_months = self.months.n();
        let groups: Vec<usize> = (0..self.rows.len())
            .flat_map(|group| std::iter::repeat_n(group, n_months))
            .collect();
        let rows = || self.rows.iter().flatten();
        let table = self
            .labels
            .start("flow_base", METRIC_ID, &groups)
            .text(
                "month",
                self.rows
                    .iter()
                    .flat_map(|_| self.months.iter())
                    .map(|month| month.to_string()),
            )
            .money("opening", rows().map(|row| row.opening));
        FlowSums::COLUMNS
            .iter()
            .fold(table, |table, (name, of)| table.money(name, rows().map(|row| of(&row.sums))))
            .money("fx_realised", rows().map(|row| row.fx_realised))
            .money("fx_unrealised", rows().map(|row| row.fx_unrealised))
            .money("closing", rows().map(|row| row.closing))
            .money("recoveries", rows().map(|row| row.sums.recoveries))
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note("base_currency", self.base)
            .note(
                "rates",
                "the last on or before each day: balances at month ends, movements on their own day, each rounded half away from zero to cents",
            )
            .note(
                "identity",
                "closing = opening + invoiced + debit_notes + charges - credit_notes - credits - cash - discounts - write_offs + refunds + reversals + applied + fx_realised + fx_unrealised; recoveries is a memo",
            )
    }
}
