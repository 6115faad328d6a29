//! The allowance for credit losses: what of the open claims will be written off.
//!
//! # Definition
//! Claims stand in pools (a currency and one value of an attribute) and ageing buckets. Provision of a claim = open x loss rate of its pool and bucket x
//! overlay. The loss rate is what was written off in the end of money that stood in the bucket, chained from the months of history
//! ([`crate::metrics::loss_rates`]): credits are no losses. The overlay is a documented factor for what history does not know. Claims assessed alone leave their
//! pool and carry a loss of their own.
//! # Inputs
//! Claims, roll rates and attributes as known on the as-of day; complete months up to it. Unapplied cash and credits are not set against claims.
//! # Edge cases
//! A pool with fewer claims in its history than `min_pool_items`, or without a rate for a bucket, takes the rates of its currency; where the currency has none either,
//! the rate is null with its reason, nothing is provided, and a caveat says how much money that concerns. A rate times an overlay is at most 1.
//! Each claim's provision is rounded once, half away from zero, to cents; every total is a sum of claims.
//! # Source
//! IFRS 9, paragraphs 5.5.15 and B5.5.35 (simplified approach, provision matrix); ASC 326-20-30 (ageing schedule).
//! # Example
//! 23,000.00 that are 61 to 90 days late, loss rate 25 %, overlay 1.1: 23,000 x 0.275 = 6,325.00.

mod rates;
mod roll_forward;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use self::rates::PoolRates;
use super::settings::Problems;
use crate::calendar::{AsOf, Month};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::metrics::NullReason;
use crate::metrics::aging::{AgingError, AgingScheme};
use crate::metrics::loss_rates::LossRatesError;
use crate::metrics::roll_rates::RollStates;
use crate::metrics::segments::{SegmentError, groups};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};

pub use self::roll_forward::{RollForward, RollForwardRow, roll_forward};
pub use self::tables::Presentation;

/// Settings of the provision.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvisionParams {
    /// Last day of each bounded bucket.
    pub upper_edges: Vec<i32>,
    /// Attribute whose values are the pools; empty: one pool a currency.
    pub pool_by: String,
    /// Claims, counted at each month's opening, that a pool needs for rates of its own.
    pub min_pool_items: u64,
    /// Complete months of history, up to the as-of day.
    pub history_months: i32,
    /// Yearly rate by which losses are discounted; 0 for none.
    pub discount_rate: f64,
    /// Factor on all loss rates for what history does not know; 1 for none.
    pub overlay: f64,
    /// Why the overlay is what it is.
    pub overlay_reason: String,
    /// Customers assessed alone.
    pub assessed: Vec<Assessed>,
}

/// A customer whose claims are assessed alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessed {
    /// The customer's id.
    pub customer: String,
    /// Share of its open claims that is held to be lost, 0 to 1.
    pub loss: f64,
    /// Why.
    pub reason: String,
}

/// Why there is no provision.
#[derive(Debug, Error)]
pub enum ProvisionError {
    /// A setting is out of range.
    #[error("{0}")]
    Settings(Problems),
    /// The buckets cannot be used.
    #[error(transparent)]
    Scheme(#[from] AgingError),
    /// The pools cannot be made.
    #[error(transparent)]
    Pools(#[from] SegmentError),
    /// The history cannot be used.
    #[error(transparent)]
    Rates(#[from] LossRatesError),
    /// A period that does not run forward.
    #[error("found {since} as the opening of {as_of}, expected an earlier day")]
    Reversed {
        /// The opening day.
        since: AsOf,
        /// The closing day.
        as_of: AsOf,
    },
}

/// Where a claim stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Currency of the claim.
    pub currency: Currency,
    /// Value of the attribute; `None` where it has none, or there are no pools.
    pub pool: Option<String>,
    /// Not due, the buckets, no due date, by position; `None` for claims assessed alone.
    pub bucket: Option<usize>,
}

/// One claim and what is provided for it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvidedClaim {
    /// The document.
    pub document: DocumentIx,
    /// Where it stands.
    pub place: Place,
    /// What is open.
    pub open: Total,
    /// What is provided; `None` where there is no rate.
    pub provision: Option<Total>,
}

/// One pool and bucket of one currency.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvisionRow {
    /// Where.
    pub place: Place,
    /// Claims.
    pub n_items: u64,
    /// What is open.
    pub open: Total,
    /// The loss rate of history, or why there is none; for claims assessed alone the mean of theirs.
    pub loss_rate: Result<f64, NullReason>,
    /// Whether the rate is the currency's, not the pool's own.
    pub from_currency: bool,
    /// Loss rate x overlay, at most 1.
    pub adjusted_rate: Option<f64>,
    /// What is provided, the sum of its claims'.
    pub provision: Option<Total>,
}

/// The provision of a ledger as of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Provision {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Every open claim, by customer.
    pub claims: Vec<ProvidedClaim>,
    /// By currency, pool and bucket; those assessed alone first.
    pub rows: Vec<ProvisionRow>,
    captions: Vec<String>,
    months: (Month, Month),
    params: ProvisionParams,
}

impl Default for ProvisionParams {
    fn default() -> ProvisionParams {
        ProvisionParams {
            upper_edges: vec![30, 60, 90, 120],
            pool_by: String::new(),
            min_pool_items: 500,
            history_months: 24,
            discount_rate: 0.0,
            overlay: 1.0,
            overlay_reason: String::new(),
            assessed: Vec::new(),
        }
    }
}

impl ProvisionParams {
    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let months = self.history_months;
        problems.require((1..=240).contains(&months), "history_months", "1 to 240", months);
        let rate = self.discount_rate;
        problems.require((0.0..=1.0).contains(&rate), "discount_rate", "0 to 1", rate);
        let overlay = self.overlay;
        problems.require((0.0..=10.0).contains(&overlay), "overlay", "0 to 10", overlay);
        let is_documented = overlay == 1.0 || !self.overlay_reason.trim().is_empty();
        problems.require(is_documented, "overlay_reason", "the reason of an overlay", "empty");
        let mut seen = BTreeSet::new();
        for (at, one) in self.assessed.iter().enumerate() {
            let key = |name: &str| format!("assessed[{at}].{name}");
            problems.require((0.0..=1.0).contains(&one.loss), &key("loss"), "0 to 1", one.loss);
            problems.require(!one.reason.trim().is_empty(), &key("reason"), "a reason", "empty");
            let is_new = seen.insert(&one.customer);
            problems.require(
                is_new,
                &key("customer"),
                "a customer not assessed before",
                &one.customer,
            );
        }
        problems.into_result()
    }

    fn scheme(&self) -> Result<AgingScheme, AgingError> {
        AgingScheme::from_upper_edges(&self.upper_edges)
    }
}

/// Provides for the claims that are open at the end of a day.
///
/// # Errors
/// Settings out of range, or pools by an attribute that is not known on the day.
pub fn provision(ledger: &Ledger, as_of: AsOf, params: &ProvisionParams) -> Result<Checked<Provision>, ProvisionError> {
    params.check().map_err(ProvisionError::Settings)?;
    let scheme = params.scheme()?;
    let by: Vec<String> = Some(params.pool_by.clone())
        .filter(|by| !by.is_empty())
        .into_iter()
        .collect();
    let pools = groups(ledger, as_of, &by)?;
    let rates = PoolRates::learn(ledger, as_of, &pools.value, params)?;
    let assessed: BTreeMap<CustomerIx, &Assessed> = params
        .assessed
        .iter()
        .filter_map(|one| Some((ledger.find_customer(&one.customer)?, one)))
        .collect();

    let mut claims = Vec::new();
    for customer in ledger.customers() {
        let alone = assessed.get(&customer);
        for item in CustomerHistory::of(ledger, customer, Some(as_of.0)).documents() {
            let open = item.open_on(as_of.0);
            if !item.document.is_claim() || open <= Total::ZERO {
                continue;
            }
            let group = pools.value.of_document(item.ix, item.document);
            let bucket = scheme.place(item.document.due_on, as_of.0);
            let rate = match alone {
                Some(alone) => Some(alone.loss),
                None => rates.adjusted(group, bucket),
            };
            claims.push(ProvidedClaim {
                document: item.ix,
                place: Place {
                    currency: item.document.currency,
                    pool: pools.value.all()[group]
                        .values
                        .first()
                        .cloned()
                        .flatten()
                        .filter(|_| alone.is_none()),
                    bucket: alone.is_none().then_some(bucket),
                },
                open,
                provision: rate.and_then(|rate| Total::from_estimate(open.to_feature() * rate)),
            });
        }
    }
    let mut checked = Checked::clean(Provision {
        as_of,
        rows: rows(&claims, &rates, |document| {
            pools.value.of_document(document, ledger.document(document))
        }),
        claims,
        captions: RollStates::new(scheme).from(),
        months: rates.months,
        params: params.clone(),
    });
    checked.caveats = pools.caveats;
    checked.caveats.extend(caveats(&checked.value));
    let unknown = params
        .assessed
        .iter()
        .filter(|one| ledger.find_customer(&one.customer).is_none());
    for one in unknown {
        let id = &one.customer;
        checked.caveats.push(Caveat(format!(
            "`{id}` is assessed alone and is no customer of the ledger"
        )));
    }
    Ok(checked)
}

fn rows(claims: &[ProvidedClaim], rates: &PoolRates, group_of: impl Fn(DocumentIx) -> usize) -> Vec<ProvisionRow> {
    let mut places: BTreeMap<&Place, Vec<&ProvidedClaim>> = BTreeMap::new();
    for claim in claims {
        places.entry(&claim.place).or_default().push(claim);
    }
    let rows = places.into_iter().map(|(place, claims)| {
        let open: Total = claims.iter().map(|claim| claim.open).sum();
        let provision: Option<Total> = claims.iter().map(|claim| claim.provision).sum();
        let group = group_of(claims[0].document);
        let (loss_rate, from_currency, adjusted_rate) = match place.bucket {
            Some(bucket) => {
                let (rate, from_currency) = rates.own(group, bucket);
                (rate, from_currency, rates.adjusted(group, bucket))
            }
            None => {
                let mean = provision.and_then(|provision| provision.ratio(open));
                (mean.ok_or(NullReason::NoDenominator), false, mean)
            }
        };
        ProvisionRow {
            place: place.clone(),
            n_items: claims.len() as u64,
            open,
            loss_rate,
            from_currency,
            adjusted_rate,
            provision,
        }
    });
    rows.collect()
}

fn caveats(provision: &Provision) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    for row in provision.rows.iter().filter(|row| row.provision.is_none()) {
        caveats.push(Caveat(format!(
            "nothing is provided for {} {} in {}: no loss rate ({})",
            row.open,
            row.place.currency,
            provision.caption(&row.place),
            row.loss_rate
                .as_ref()
                .err()
                .map(ToString::to_string)
                .unwrap_or_default()
        )));
    }
    let borrowed = provision.rows.iter().filter(|row| row.from_currency).count();
    if borrowed > 0 {
        caveats.push(Caveat(format!(
            "{borrowed} of {} pools and buckets take the rates of their currency: fewer than {} claims in their history, or none in the bucket",
            provision.rows.len(),
            provision.params.min_pool_items
        )));
    }
    caveats
}

impl Provision {
    /// Returns what is open and what is provided in a currency, over all that has a rate.
    pub fn total(&self, currency: Currency) -> (Total, Total) {
        let own = || self.rows.iter().filter(move |row| row.place.currency == currency);
        (
            own().map(|row| row.open).sum(),
            own().filter_map(|row| row.provision).sum(),
        )
    }

    /// Returns the currencies with open claims.
    pub fn currencies(&self) -> BTreeSet<Currency> {
        self.rows.iter().map(|row| row.place.currency).collect()
    }

    fn caption(&self, place: &Place) -> String {
        match place.bucket {
            Some(bucket) => self.captions[bucket].clone(),
            None => "assessed alone".to_owned(),
        }
    }
}
