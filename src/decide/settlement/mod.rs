//! Whether to take less than what is owed: an offer against what is expected otherwise.
//!
//! # Definition
//! Value of an offer = sum over its instalments of amount x adherence / (1 + discount rate)^(days / 365). What is expected otherwise is the best of: going on
//! ourselves (cash by day at the customer's pace for the age of each claim, discounted alike, less the cost of each claim), an agency (the same cash less
//! its fee), and giving up (nothing). The smallest acceptable offer is the sum whose value in these instalments is what is expected otherwise.
//! # Inputs
//! Open claims of one customer, or one invoice; payment times learnt from the ledger; adherence from the plans of all customers where enough instalments fell
//! due, else as declared; the fee from known placements, else as declared. Each currency by itself.
//! # Edge cases
//! What is not paid under the offer counts as lost, so that the smallest acceptable offer is on the safe side. No offer is acceptable where even the whole
//! claim, paid in these instalments, is worth less than what is expected otherwise.
//! # Source
//! Design of this program, section 7.
//! # Example
//! 1,000.00 owed, 600.00 expected otherwise; at once, adherence 0.8: an offer of 0.75 is worth 600.00 and is the smallest acceptable.

mod measured;
mod policy;
mod tables;

use std::collections::BTreeMap;

use super::DecideError;
use super::authority::Authority;
use crate::calendar::{AsOf, Day};
use crate::forecast::{Account, Attributes, OpenItem, Timing};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::{Currency, SCALE, Total};
use crate::outcome::{Caveat, Checked};

pub use self::policy::{Offer, SettlementPolicy};

use self::measured::{adherence, agency_fee};

/// An offer for the claims of one currency, with everything it is compared with; estimates are rounded to cents.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// Currency of all money.
    pub currency: Currency,
    /// Open claims.
    pub n_claims: usize,
    /// What is owed.
    pub owed: Total,
    /// What of it is disputed.
    pub disputed: Total,
    /// What is offered, rounded to cents half away from zero.
    pub offered: Total,
    /// The offer by day.
    pub instalments: Vec<(Day, Total)>,
    /// Share of the offer that is expected to come.
    pub adherence: f64,
    /// What the offer is worth on the as-of day.
    pub value: Total,
    /// Cash expected without the offer, discounted, before any cost.
    pub recovery: Total,
    /// What it costs to pursue the claims ourselves.
    pub cost: Total,
    /// Share that an agency keeps.
    pub agency_fee: f64,
    /// The best that can be expected otherwise.
    pub otherwise: Total,
    /// The smallest sum in these instalments that is worth as much; `None` where not even the whole claim is.
    pub smallest: Option<Total>,
    /// Who may approve what is given up.
    pub approval: String,
}

impl Settlement {
    /// Tells whether the offer is worth at least what is expected otherwise.
    pub fn is_acceptable(&self) -> bool {
        self.smallest.is_some_and(|smallest| self.offered >= smallest)
    }

    /// Returns what would be given up.
    pub fn given_up(&self) -> Total {
        self.owed - self.offered
    }
}

/// The offer in each currency, with the sources of what it is valued by.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlements {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// By currency.
    pub rows: Vec<Settlement>,
    /// Where the adherence comes from.
    pub adherence_source: String,
    /// Where the agency's fee comes from.
    pub fee_source: String,
    discount_rate: f64,
    recovery_days: i32,
}

/// Values an offer for the open claims of a customer, or of one invoice by its first instalment.
///
/// # Errors
/// Settings or an offer out of range.
pub fn settlements(
    ledger: &Ledger,
    as_of: AsOf,
    customer: CustomerIx,
    invoice: Option<DocumentIx>,
    offer: &Offer,
    policy: &SettlementPolicy,
) -> Result<Checked<Settlements>, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    offer.check(as_of).map_err(DecideError::Settings)?;
    let account = Account::on(ledger, customer, as_of, policy.promise_tolerance_days);
    let mut claims: BTreeMap<Currency, Vec<&OpenItem>> = BTreeMap::new();
    let concerned = account.items.iter();
    for item in concerned.filter(|item| invoice.is_none_or(|first| ledger.first_instalment(item.document) == first)) {
        claims.entry(item.currency).or_default().push(item);
    }
    let timing = Timing::learn(ledger, as_of, &policy.timing);
    let (adherence, adherence_source) = adherence(ledger, as_of, policy);
    let (agency_fee, fee_source) = agency_fee(ledger, as_of, policy);
    let bench = Bench {
        ledger,
        as_of,
        policy,
        timing: &timing,
        adherence,
        agency_fee,
    };
    let rows = claims
        .iter()
        .map(|(currency, items)| bench.settlement(customer, *currency, items, offer));
    let mut checked = Checked::clean(Settlements {
        as_of,
        rows: rows.collect(),
        adherence_source,
        fee_source,
        discount_rate: policy.discount_rate,
        recovery_days: policy.recovery_days,
    });
    if timing.n_exits() == 0.0 {
        let said =
            "nothing was ever paid by the day; the expected recovery is 0 for want of history, not for want of hope";
        checked.caveats.push(Caveat(said.to_owned()));
    }
    Ok(checked)
}

const CENT: i128 = (SCALE / 100) as i128;

/// Everything an offer is valued by.
struct Bench<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
    policy: &'a SettlementPolicy,
    timing: &'a Timing,
    adherence: f64,
    agency_fee: f64,
}

impl Bench<'_> {
    fn settlement(&self, customer: CustomerIx, currency: Currency, items: &[&OpenItem], offer: &Offer) -> Settlement {
        let owed: Total = items.iter().map(|item| item.open).sum();
        let offered = offer.part_of(owed);
        let instalments = offer.split(offered);
        let discounted: f64 = instalments
            .iter()
            .map(|(day, amount)| amount.to_feature() * self.discount(*day - self.as_of.0))
            .sum();
        let recovery = self.recovery(customer, items);
        let cost = Total::from_units(self.policy.cost_per_claim.units() * items.len() as i128);
        let by_agency = recovery * (1.0 - self.agency_fee);
        let otherwise = (recovery - cost.to_feature()).max(by_agency).max(0.0);
        // The value of an offer is in proportion to its sum.
        let value_of_one = self.adherence * discounted / offered.to_feature();
        let smallest = to_cents_above(otherwise / value_of_one).filter(|smallest| *smallest <= owed);
        let authority = Authority::on(self.ledger, self.as_of);
        let attributes = Attributes::on(self.ledger, self.as_of);
        Settlement {
            currency,
            n_claims: items.len(),
            owed,
            disputed: items.iter().map(|item| item.disputed).sum(),
            offered,
            adherence: self.adherence,
            value: estimate(self.adherence * discounted),
            recovery: estimate(recovery),
            cost,
            agency_fee: self.agency_fee,
            otherwise: estimate(otherwise),
            smallest,
            approval: authority.approval(&attributes, customer, owed - offered),
            instalments,
        }
    }

    /// Returns the cash expected of the claims, discounted.
    fn recovery(&self, customer: CustomerIx, items: &[&OpenItem]) -> f64 {
        let hazards = self.timing.of_customer(self.ledger, customer);
        let of_item = |item: &&OpenItem| {
            let document = self.ledger.document(item.document);
            let paid = self.timing.cash_by_day(&hazards, document, self.policy.recovery_days);
            let by_day = (1..).zip(paid).map(|(days, share)| share * self.discount(days));
            item.open.to_feature() * by_day.sum::<f64>()
        };
        items.iter().map(of_item).sum()
    }

    fn discount(&self, days: i32) -> f64 {
        (1.0 + self.policy.discount_rate).powf(-f64::from(days) / 365.0)
    }
}

fn estimate(money: f64) -> Total {
    Total::from_estimate(money).unwrap_or(Total::ZERO)
}

/// Rounds an estimate up to cents, so that what is rounded is still enough.
fn to_cents_above(money: f64) -> Option<Total> {
    // A millionth of a cent is the noise of the estimate.
    let cents = (money * 100.0 - 1e-6).ceil().max(0.0);
    (cents.is_finite() && cents < 1e30).then(|| Total::from_units(cents as i128 * CENT))
}
