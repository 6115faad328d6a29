//! The contact funnel: of the attempts to reach customers, how many reached them, how many brought a promise, and how many of
//! these promises were kept.
//!
//! # Definition
//! An attempt is a contact that the customer did not make. It *reached* the customer where the contact says so. A promise
//! belongs to the last attempt that reached its customer on the day it was made or up to `promise_window_days` before; an
//! attempt *promised* where at least one promise belongs to it, and *kept* where all of its promises are kept, as the metric
//! `promises` judges them. Each stage is a share of the stage before; kept is a share of the attempts of which no promise is open.
//! # Inputs
//! Contacts of a range of months, promises made by the end of the as-of day, judged at its end. Counts have no currency; money
//! promised, and what of it came in time, is given by currency in a table of its own.
//! # Edge cases
//! An attempt that does not say whether it reached anybody is left out of the reached share and of what follows. A promise without
//! such an attempt before it belongs to none; it is counted in the header. A promise on the account is in the account's currency: that of
//! the customers table, else of the newest document, else `XXX`. An attempt with an open promise
//! is not judged yet. Without a table of promises the funnel ends at `reached`.
//! # Source
//! Design of this program, section 5; Wilson, E. B., JASA 22 (1927), for the interval.
//! # Example
//! Four attempts, two of them reached somebody, one of these brought a promise, which was kept: reached 2/4, promised 1/2, kept 1/1.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::funnel::{FunnelParams, funnel};
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-01, 2024-01-31, 100.00, EUR
//!          2,          bolt,        2024-01-01, 2024-01-31, 100.00, EUR",
//!     ),
//!     (
//!         "contacts",
//!         "contact_id, customer_id, contacted_on, direction, reached
//!          k1,         acme,        2024-02-05,   out,       false
//!          k2,         acme,        2024-02-07,   out,       true
//!          k3,         bolt,        2024-02-05,   out,       false
//!          k4,         bolt,        2024-02-06,   out,       true",
//!     ),
//!     (
//!         "promises",
//!         "promise_id, customer_id, invoice_id, made_on,    promised_on, amount
//!          p1,         acme,        1,          2024-02-07, 2024-02-20,  60.00",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          r1,         acme,        1,          2024-02-18,  60.00, EUR",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-02-29")?), Month::parse("2024-02")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let found = funnel(&ledger, as_of, month, month, &[], None, &FunnelParams::default())?.value;
//! let (_, counts) = &found.rows()[0];
//! assert_eq!((counts.n_reached, counts.n_attempts), (2, 4));
//! assert_eq!((counts.n_promised, counts.n_reached), (1, 2));
//! assert_eq!((counts.n_kept, counts.n_judged), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod keys;
mod tables;

use std::collections::BTreeMap;

use thiserror::Error;

use super::fact_groups::account_currency;
use super::promises::{DEFAULT_TOLERANCE_DAYS, JudgedPromise, KeptCounts, PromiseOutcome, promise_outcomes};
use super::{Months, MonthsError, NotAvailable, require_tables};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory};
use crate::ids::CustomerIx;
use crate::ledger::{Contact, Ledger, Promise};
use crate::money::{Currency, Total};
use crate::outcome::Checked;

pub use self::keys::ContactKeys;

/// The formula of this metric.
pub const METRIC_ID: &str = "funnel.v1";

/// Settings of the contact funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelParams {
    /// Days after a contact in which a promise still belongs to it; by default 2.
    pub promise_window_days: i32,
    /// Days after the promised day on which money still keeps the promise; by default 3.
    pub tolerance_days: i32,
    /// Coverage of the interval beside each share, between 0 and 1; by default 0.95.
    pub confidence: f64,
}

/// Why there is no funnel.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FunnelError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// Contacts, or for money promises, were not imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// The contacts have only days.
    #[error("not available: import contacts with an hour (a column `contacted_at` or `hour`)")]
    NoHour,
    /// No such attribute.
    #[error("found no attribute `{attribute}` of contacts, expected one of {available}")]
    Unknown {
        /// The attribute asked for.
        attribute: String,
        /// Those that are there.
        available: String,
    },
}

/// How far attempts came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunnelCounts {
    /// Attempts.
    pub n_attempts: u64,
    /// Attempts that say whether they reached the customer.
    pub n_known: u64,
    /// Attempts that did.
    pub n_reached: u64,
    /// Of these, attempts that brought a promise.
    pub n_promised: u64,
    /// Of these, attempts none of whose promises is open.
    pub n_judged: u64,
    /// Of these, attempts all of whose promises are kept.
    pub n_kept: u64,
    /// Promises they brought, by currency.
    pub promises: BTreeMap<Currency, PromisedMoney>,
}

/// The promises of one currency that attempts brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromisedMoney {
    /// How many there are.
    pub n_promises: u64,
    /// How much they promise.
    pub promised: Total,
    /// How many of them are judged, and kept.
    pub kept: KeptCounts,
    /// How much the judged ones promised.
    pub promised_judged: Total,
    /// What of that came in time.
    pub paid_in_time: Total,
}

/// The contact funnel of a ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    params: FunnelParams,
    has_promises: bool,
    n_promises_alone: u64,
    by: Vec<String>,
    rows: Vec<(Vec<Option<String>>, FunnelCounts)>,
}

/// Follows attempts through the funnel, by what they are grouped by.
#[derive(Clone, Debug)]
pub struct FunnelByKey<'a> {
    ledger: &'a Ledger,
    keys: &'a ContactKeys,
    days: (Day, Day),
    as_of: AsOf,
    known_on: Option<Day>,
    params: &'a FunnelParams,
    sums: BTreeMap<u32, FunnelCounts>,
    n_promises_alone: u64,
}

/// Returns the contact funnel of the months from one to another, as seen on a day.
///
/// `by` names columns of the contacts table, `month`, `weekday` or `hour`; `known_on` leaves out what was posted after that day.
///
/// # Errors
/// Contacts were not imported, an attribute is unknown, the months are reversed.
pub fn funnel(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    by: &[String],
    known_on: Option<Day>,
    params: &FunnelParams,
) -> Result<Checked<Funnel>, FunnelError> {
    require_tables(ledger, &["contacts"])?;
    let months = Months::new(from, to)?;
    let keys = ContactKeys::of(ledger, by)?;
    let days = (months.start(), months.last_day().min(as_of.0));
    let empty = FunnelByKey::new(ledger, &keys, days, as_of, known_on, params);
    let found = history::run(ledger, known_on, empty);
    let rows = found.sums.into_iter();
    Ok(Checked::clean(Funnel {
        as_of,
        known_on,
        months: (from, to),
        params: params.clone(),
        has_promises: ledger.has("promises"),
        n_promises_alone: found.n_promises_alone,
        by: by.to_vec(),
        rows: rows.map(|(key, counts)| (keys.key(key).to_vec(), counts)).collect(),
    }))
}

impl Default for FunnelParams {
    fn default() -> FunnelParams {
        FunnelParams {
            promise_window_days: 2,
            tolerance_days: DEFAULT_TOLERANCE_DAYS,
            confidence: 0.95,
        }
    }
}

impl FunnelCounts {
    fn add(&mut self, other: FunnelCounts) {
        self.n_attempts += other.n_attempts;
        self.n_known += other.n_known;
        self.n_reached += other.n_reached;
        self.n_promised += other.n_promised;
        self.n_judged += other.n_judged;
        self.n_kept += other.n_kept;
        for (currency, money) in other.promises {
            self.promises.entry(currency).or_default().add(money);
        }
    }
}

impl PromisedMoney {
    fn count(&mut self, judged: &JudgedPromise) {
        self.n_promises += 1;
        self.promised += judged.promise.amount;
        self.kept.count(judged);
        if judged.outcome != PromiseOutcome::Open {
            self.promised_judged += judged.promise.amount;
            self.paid_in_time += judged.paid;
        }
    }

    fn add(&mut self, other: PromisedMoney) {
        self.n_promises += other.n_promises;
        self.promised += other.promised;
        self.kept.add(other.kept);
        self.promised_judged += other.promised_judged;
        self.paid_in_time += other.paid_in_time;
    }
}

impl<'a> FunnelByKey<'a> {
    /// Starts from nothing; attempts lie between the two `days`, both included.
    pub fn new(
        ledger: &'a Ledger,
        keys: &'a ContactKeys,
        days: (Day, Day),
        as_of: AsOf,
        known_on: Option<Day>,
        params: &'a FunnelParams,
    ) -> FunnelByKey<'a> {
        FunnelByKey {
            ledger,
            keys,
            days,
            as_of,
            known_on,
            params,
            sums: BTreeMap::new(),
            n_promises_alone: 0,
        }
    }

    /// Returns the counts so far, by number of the key.
    pub fn sums(&self) -> &BTreeMap<u32, FunnelCounts> {
        &self.sums
    }

    fn is_known(&self, known_on: Day) -> bool {
        self.known_on.is_none_or(|day| known_on <= day)
    }

    fn is_in_range(&self, contact: &Contact) -> bool {
        (self.days.0..=self.days.1).contains(&contact.contacted_on)
    }

    /// The attempt a promise belongs to: the last that reached the customer inside the window.
    fn attempt_behind<'c>(&self, promise: &Promise, attempts: &[&'c Contact]) -> Option<&'c Contact> {
        let made_on = promise.made_on;
        let before = &attempts[..attempts.partition_point(|contact| contact.contacted_on <= made_on)];
        let inside = before
            .iter()
            .rev()
            .take_while(|contact| made_on - contact.contacted_on <= self.params.promise_window_days);
        inside.copied().find(|contact| contact.reached == Some(true))
    }

    /// The currency of a promise: its document's, else that of the account on the day it was made.
    fn currency_of(&self, promise: &Promise, customer: CustomerIx) -> Currency {
        match promise.document {
            Some(document) => self.ledger.document(document).currency,
            None => account_currency(self.ledger, customer, promise.made_on),
        }
    }
}

impl Accumulator for FunnelByKey<'_> {
    /// Adds one customer's attempts, and the promises that belong to them.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let contacts = self.ledger.contacts().of(customer.customer).iter();
        let attempts: Vec<&Contact> = contacts
            .filter(|contact| contact.is_attempt() && contact.contacted_on <= self.as_of.0)
            .filter(|contact| self.is_known(contact.known_on))
            .collect();
        for &contact in &attempts {
            if !self.is_in_range(contact) {
                continue;
            }
            let counts = self.sums.entry(self.keys.of_row(contact.row)).or_default();
            counts.n_attempts += 1;
            counts.n_known += u64::from(contact.reached.is_some());
            counts.n_reached += u64::from(contact.reached == Some(true));
        }
        let mut outcomes: BTreeMap<u32, Vec<PromiseOutcome>> = BTreeMap::new();
        for judged in promise_outcomes(self.ledger, customer, self.as_of, self.params.tolerance_days) {
            let promise = &judged.promise;
            if !self.is_known(promise.known_on) {
                continue;
            }
            match self.attempt_behind(promise, &attempts) {
                Some(contact) if self.is_in_range(contact) => {
                    let currency = self.currency_of(promise, customer.customer);
                    let counts = self.sums.entry(self.keys.of_row(contact.row)).or_default();
                    counts.promises.entry(currency).or_default().count(&judged);
                    outcomes.entry(contact.row).or_default().push(judged.outcome);
                }
                Some(_) => {}
                None => {
                    let is_asked_for = (self.days.0..=self.days.1).contains(&promise.made_on);
                    self.n_promises_alone += u64::from(is_asked_for);
                }
            }
        }
        for (row, outcomes) in outcomes {
            let counts = self.sums.entry(self.keys.of_row(row)).or_default();
            counts.n_promised += 1;
            if !outcomes.contains(&PromiseOutcome::Open) {
                counts.n_judged += 1;
                counts.n_kept += u64::from(outcomes.iter().all(|outcome| *outcome == PromiseOutcome::Kept));
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.n_promises_alone += other.n_promises_alone;
        for (key, counts) in other.sums {
            self.sums.entry(key).or_default().add(counts);
        }
    }
}

impl Funnel {
    /// Returns the counts with the values of what they are grouped by, in order.
    pub fn rows(&self) -> &[(Vec<Option<String>>, FunnelCounts)] {
        &self.rows
    }
}
