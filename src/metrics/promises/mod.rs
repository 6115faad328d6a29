//! Promises to pay: how many and how much of them was kept.
//!
//! # Definition
//! A promise is *kept* when the money promised came in from the day it was made until its day plus the tolerance; *partially kept*
//! when some of it came; *broken* when none did. Until that window closes, and unless it is kept before, it is *open*. There is one
//! open promise on an invoice: one that is followed by a newer on the same invoice inside its window is *replaced*, and judged at the
//! end of the newer one's day. Kept rate by count = kept / (kept + partially kept + broken); by money = what came inside the
//! windows / what was promised, over the same promises. The *level* of an invoice is the number of promises on it that were not kept.
//! # Inputs
//! The promises made in the months asked for, judged at the end of the as-of day. On an invoice, what relieved it counts: cash, cash
//! applied, discounts and credits, net of reversals, over all its instalments; write-offs do not. On the account, every cash receipt
//! of the customer in the currency of the account counts, net of refunds and reversals.
//! # Edge cases
//! Open promises are in no denominator; nothing judged: null `no_denominator`. Money of the day the promise was made counts, and
//! money of the day of replacement counts for the old and the new promise. A promise of a part of the invoice that was kept is kept:
//! it does not raise the level. Two promises on the account that overlap may count the same receipt. The account has the currency of
//! the customers table, else of the newest document issued by then.
//! # Source
//! Semantics of SAP Collections Management, promise to pay.
//! # Example
//! 100.00 promised for 10 March with 3 days of tolerance: 100.00 by 13 March is kept, 40.00 partially kept, nothing broken. Of these
//! three the kept rate is 1/3 by count and (100 + 40 + 0) / 300 by money.

mod outcomes;
mod tables;

use std::collections::BTreeMap;

use thiserror::Error;

use super::aging::{AgingError, AgingScheme};
use super::fact_groups::{FactGroups, FactLabels, Place, account_currency};
use super::roll_rates::RollStates;
use super::segments::SegmentError;
use super::{
    BootstrapParams, ClusterSums, Months, MonthsError, NotAvailable, NullReason, require_tables, wilson_interval,
};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Contact, Ledger, Promise};
use crate::money::Total;
use crate::outcome::Checked;

pub use self::outcomes::{DEFAULT_TOLERANCE_DAYS, JudgedPromise, PromiseOutcome, promise_outcomes};

pub(crate) use self::outcomes::instalments;

/// The formula of this metric.
pub const METRIC_ID: &str = "promises.v1";

/// Settings of the promises.
#[derive(Clone, Debug, PartialEq)]
pub struct PromisesParams {
    /// Days after the promised day on which money still keeps the promise, at least 0; by default 3.
    pub tolerance_days: i32,
    /// Last day of each bounded bucket, for `bucket`; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// Draws and coverage of the intervals; the coverage is that of the counts too.
    pub bootstrap: BootstrapParams,
}

/// What promises can be grouped by beside attributes of customers and documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromiseBy {
    /// Month in which the promise was made.
    Month,
    /// Who took it: the collector of a contact with the customer on the day it was made, one about the same invoice first; else the
    /// customer's collector on that day.
    Collector,
    /// Ageing bucket of the invoice on the day it was made; for the account, of its oldest claim open that day.
    Bucket,
}

impl PromiseBy {
    /// The attributes with the names by which they are asked for.
    pub const NAMES: &'static [(&'static str, PromiseBy)] = &[
        ("month", PromiseBy::Month),
        ("collector", PromiseBy::Collector),
        ("bucket", PromiseBy::Bucket),
    ];
}

/// Why there is no result on promises.
#[derive(Debug, Error)]
pub enum PromisesError {
    /// No promises were imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The buckets cannot be used.
    #[error(transparent)]
    Scheme(#[from] AgingError),
    /// The attributes cannot be used.
    #[error(transparent)]
    Segments(#[from] SegmentError),
}

/// What became of the promises of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct PromisesRow {
    /// Promises that were kept.
    pub n_kept: u64,
    /// Promises of which a part came in time.
    pub n_partially_kept: u64,
    /// Promises of which nothing came in time.
    pub n_broken: u64,
    /// Promises whose window is not over.
    pub n_open: u64,
    /// Promises that a newer one on the same invoice ended; they are among the judged.
    pub n_replaced: u64,
    /// Promised in all.
    pub promised: Total,
    /// Promised by those that are judged.
    pub promised_judged: Total,
    /// What of that came in time.
    pub paid: Total,
    /// Share of the judged promises that was kept.
    pub kept_rate: Result<f64, NullReason>,
    /// Wilson's interval of that share.
    pub kept_rate_interval: Option<(f64, f64)>,
    /// Share of the money promised by judged promises that came in time.
    pub paid_share: Result<f64, NullReason>,
    /// Interval of that share, by drawing customers.
    pub paid_share_interval: Option<(f64, f64)>,
}

/// Invoices of one group by level, as of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelRow {
    /// Invoices with this many promises that were not kept.
    pub n_invoices: u64,
    /// What is open on them.
    pub open: Total,
}

/// The promises made in some months, judged on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Promises {
    as_of: AsOf,
    known_on: Option<Day>,
    months: Months,
    params: PromisesParams,
    labels: FactLabels,
    rows: Vec<(Place, PromisesRow)>,
    levels: Vec<((Place, u32), LevelRow)>,
}

/// One promise as the result counts it.
#[derive(Clone, Debug, PartialEq)]
pub struct PromiseFact {
    customer: CustomerIx,
    place: Place,
    judged: JudgedPromise,
    // What is open on its invoice, on the last promise of the invoice alone.
    open_at_level: Option<Total>,
}

/// Collects the judged promises of the months.
#[derive(Clone, Debug)]
pub struct JudgedPromises<'a> {
    ledger: &'a Ledger,
    months: &'a Months,
    as_of: AsOf,
    tolerance_days: i32,
    groups: &'a PromiseGroups,
    facts: Vec<PromiseFact>,
}

/// The groups of a ledger's promises.
#[derive(Clone, Debug)]
pub struct PromiseGroups {
    groups: FactGroups<PromiseBy>,
    states: RollStates,
}

/// Returns what became of the promises made from one month to another, both included, at the end of a day.
///
/// `by` names attributes of customers and documents and those of [`PromiseBy::NAMES`]. `known_on` leaves out what was posted after
/// that day.
///
/// # Errors
/// No promises were imported; the months, buckets or attributes cannot be used.
pub fn promises(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    by: &[String],
    known_on: Option<Day>,
    params: &PromisesParams,
) -> Result<Checked<Promises>, PromisesError> {
    require_tables(ledger, &["promises"])?;
    let months = Months::new(from, to)?;
    let groups = PromiseGroups::new(ledger, as_of, by, params)?;
    let empty = JudgedPromises::new(ledger, &months, as_of, params.tolerance_days, &groups.value);
    let facts = history::run(ledger, known_on, empty).facts;
    let mut by_place: BTreeMap<&Place, Vec<&PromiseFact>> = BTreeMap::new();
    let mut levels: BTreeMap<(Place, u32), LevelRow> = BTreeMap::new();
    for fact in &facts {
        by_place.entry(&fact.place).or_default().push(fact);
        if let Some(open) = fact.open_at_level {
            let level = levels.entry((fact.place.clone(), fact.judged.level)).or_default();
            level.n_invoices += 1;
            level.open += open;
        }
    }
    let rows = by_place
        .into_iter()
        .map(|(place, facts)| (place.clone(), PromisesRow::of(&facts, &params.bootstrap)));
    let rows = rows.collect();
    Ok(groups.map(|groups| Promises {
        as_of,
        known_on,
        months,
        params: params.clone(),
        labels: groups.groups.labels(),
        rows,
        levels: levels.into_iter().collect(),
    }))
}

impl Default for PromisesParams {
    fn default() -> PromisesParams {
        PromisesParams {
            tolerance_days: DEFAULT_TOLERANCE_DAYS,
            upper_edges: vec![30, 60, 90, 120],
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl PromiseGroups {
    /// Groups the promises of a ledger by attributes.
    ///
    /// # Errors
    /// The buckets or attributes cannot be used.
    pub fn new(
        ledger: &Ledger,
        as_of: AsOf,
        by: &[String],
        params: &PromisesParams,
    ) -> Result<Checked<PromiseGroups>, PromisesError> {
        let states = RollStates::new(AgingScheme::from_upper_edges(&params.upper_edges)?);
        let on_account = ledger.customers().flat_map(|customer| {
            let promises = ledger.promises().of(customer).iter();
            let on_account = promises.filter(|promise| promise.document.is_none());
            on_account.map(move |promise| (customer, account_currency(ledger, customer, promise.made_on)))
        });
        let accounts: Vec<_> = on_account.collect();
        let groups = FactGroups::new(ledger, as_of, by, PromiseBy::NAMES, &accounts)?;
        Ok(groups.map(|groups| PromiseGroups { groups, states }))
    }

    fn place(&self, ledger: &Ledger, history: &CustomerHistory<'_>, promise: &Promise) -> Place {
        let account = (
            history.customer,
            account_currency(ledger, history.customer, promise.made_on),
        );
        self.groups.place(promise.document, account, |by| match by {
            PromiseBy::Month => Some(promise.made_on.month().to_string()),
            PromiseBy::Collector => collector(ledger, history, promise),
            PromiseBy::Bucket => self.bucket(history, promise),
        })
    }

    fn bucket(&self, history: &CustomerHistory<'_>, promise: &Promise) -> Option<String> {
        let document = match promise.document {
            Some(document) => history.document(document).document,
            None => {
                let claims = history.documents().filter(|item| item.document.is_claim());
                let open = claims.filter(|item| item.open_on(promise.made_on) > Total::ZERO);
                open.min_by_key(|item| (item.document.due_on.is_none(), item.document.due_on))?
                    .document
            }
        };
        let state = self.states.on(document, promise.made_on);
        self.states.from().into_iter().nth(state)
    }
}

fn collector(ledger: &Ledger, history: &CustomerHistory<'_>, promise: &Promise) -> Option<String> {
    let of_the_day = |contact: &&Contact| contact.contacted_on == promise.made_on && history.knows(contact.known_on);
    let name = |contact: &Contact| ledger.text("contacts", "collector", contact.row);
    let contacts = ledger.contacts().of(history.customer).iter().filter(of_the_day);
    let named: Vec<&Contact> = contacts.filter(|contact| name(contact).is_some()).collect();
    let about_it = named.iter().find(|contact| contact.document == promise.document);
    let of_contact = about_it.or(named.last()).and_then(|contact| name(contact));
    let of_customer = || {
        let row = ledger.version_on(history.customer, promise.made_on)?;
        ledger.text("customers", "collector", row)
    };
    of_contact.or_else(of_customer).map(str::to_owned)
}

impl<'a> JudgedPromises<'a> {
    /// Starts from nothing.
    pub fn new(
        ledger: &'a Ledger,
        months: &'a Months,
        as_of: AsOf,
        tolerance_days: i32,
        groups: &'a PromiseGroups,
    ) -> JudgedPromises<'a> {
        JudgedPromises {
            ledger,
            months,
            as_of,
            tolerance_days,
            groups,
            facts: Vec::new(),
        }
    }

    /// Returns the promises collected so far, by customer and the day they were made.
    pub fn facts(&self) -> &[PromiseFact] {
        &self.facts
    }
}

impl Accumulator for JudgedPromises<'_> {
    /// Adds one customer's promises.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let judged = promise_outcomes(self.ledger, customer, self.as_of, self.tolerance_days);
        for (position, own) in judged.iter().enumerate() {
            if self.months.position(own.promise.made_on).is_none() {
                continue;
            }
            let is_last = |document: &DocumentIx| {
                judged[position + 1..]
                    .iter()
                    .all(|later| later.promise.document != Some(*document))
            };
            let open = |document: DocumentIx| -> Total {
                let instalments = instalments(self.ledger, document).map(DocumentIx);
                instalments.map(|ix| customer.document(ix).open_on(self.as_of.0)).sum()
            };
            self.facts.push(PromiseFact {
                customer: customer.customer,
                place: self.groups.place(self.ledger, customer, &own.promise),
                judged: *own,
                open_at_level: own.promise.document.filter(is_last).map(open),
            });
        }
    }

    /// Adds the promises of other customers.
    fn merge(&mut self, other: Self) {
        self.facts.extend(other.facts);
    }
}

impl PromisesRow {
    fn of(facts: &[&PromiseFact], bootstrap: &BootstrapParams) -> PromisesRow {
        let n = |outcome: PromiseOutcome| facts.iter().filter(|fact| fact.judged.outcome == outcome).count() as u64;
        let judged = || facts.iter().filter(|fact| fact.judged.outcome != PromiseOutcome::Open);
        let promised_judged: Total = judged().map(|fact| fact.judged.promise.amount).sum();
        let paid: Total = judged().map(|fact| fact.judged.paid).sum();
        let (n_kept, n_judged) = (n(PromiseOutcome::Kept), judged().count() as u64);
        let mut sums = ClusterSums::new(2);
        for of_customer in facts.chunk_by(|a, b| a.customer == b.customer) {
            let judged = of_customer
                .iter()
                .filter(|fact| fact.judged.outcome != PromiseOutcome::Open);
            let (paid, promised) = judged.fold((Total::ZERO, Total::ZERO), |(paid, promised), fact| {
                (paid + fact.judged.paid, promised + fact.judged.promise.amount.into())
            });
            sums.push([(0, paid.to_feature()), (1, promised.to_feature())]);
        }
        PromisesRow {
            n_kept,
            n_partially_kept: n(PromiseOutcome::PartiallyKept),
            n_broken: n(PromiseOutcome::Broken),
            n_open: n(PromiseOutcome::Open),
            n_replaced: facts.iter().filter(|fact| fact.judged.replaced).count() as u64,
            promised: facts.iter().map(|fact| fact.judged.promise.amount).sum(),
            promised_judged,
            paid,
            kept_rate: match n_judged {
                0 => Err(NullReason::NoDenominator),
                n_judged => Ok(n_kept as f64 / n_judged as f64),
            },
            kept_rate_interval: wilson_interval(n_kept, n_judged, bootstrap.confidence),
            paid_share: paid.ratio(promised_judged).ok_or(NullReason::NoDenominator),
            paid_share_interval: sums.ratio_interval(0, 1, bootstrap),
        }
    }

    /// Returns how many promises were judged: they are the denominator of the rate.
    pub fn n_judged(&self) -> u64 {
        self.n_kept + self.n_partially_kept + self.n_broken
    }
}

impl Promises {
    /// Returns the rows in order of their groups.
    pub fn rows(&self) -> impl Iterator<Item = &PromisesRow> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// Returns the invoices by level, in order of groups and levels.
    pub fn levels(&self) -> impl Iterator<Item = (u32, &LevelRow)> {
        self.levels.iter().map(|((_, level), row)| (*level, row))
    }
}
