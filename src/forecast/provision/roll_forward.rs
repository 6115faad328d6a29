//! How the allowance came from one day to another, and why.
//!
//! # Definition
//! `closing = opening + new - released - used + remeasured`, per currency, exact. *New*: provided at the closing for claims issued after the
//! opening. *Released*: the opening provision of what was collected or credited since, in proportion. *Used*: written off since on claims that were open at the
//! opening. *Remeasured*: everything else, as claims aged and rates changed, and what was written off beyond its provision.
//! The change is also explained by `volume + ageing + rates + overlay + alone`, exact: pools are taken from the opening's to the closing's money at the opening's mix, then to the
//! closing's mix, rates and overlay, one after the other; claims assessed alone stand apart.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, Provision, ProvisionError, ProvisionParams, provision};
use crate::calendar::AsOf;
use crate::history::CustomerHistory;
use crate::ids::DocumentIx;
use crate::ledger::{Ledger, Nature};
use crate::money::{Currency, Total};
use crate::outcome::Checked;

/// The allowance of one currency from one day to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollForwardRow {
    /// Currency.
    pub currency: Currency,
    /// Provided at the opening.
    pub opening: Total,
    /// For claims issued since.
    pub new: Total,
    /// Of what was collected or credited since.
    pub released: Total,
    /// Written off since.
    pub used: Total,
    /// Everything else.
    pub remeasured: Total,
    /// Provided at the closing.
    pub closing: Total,
    /// Of the change: by more or less money.
    pub volume: Total,
    /// By its age and pools.
    pub ageing: Total,
    /// By loss rates.
    pub rates: Total,
    /// By the overlay.
    pub overlay: Total,
    /// By claims assessed alone.
    pub alone: Total,
}

/// The allowance of every currency from one day to another.
#[derive(Clone, Debug, PartialEq)]
pub struct RollForward {
    /// Opening day.
    pub since: AsOf,
    /// Closing day.
    pub as_of: AsOf,
    /// By currency.
    pub rows: Vec<RollForwardRow>,
}

/// Rolls the allowance from one day to another, each as known on its day, under the settings that held on each.
///
/// # Errors
/// What [`provision`] refuses, or an opening that is not before the closing.
pub fn roll_forward(
    ledger: &Ledger,
    (since, before): (AsOf, &ProvisionParams),
    (as_of, after): (AsOf, &ProvisionParams),
) -> Result<Checked<RollForward>, ProvisionError> {
    if since >= as_of {
        return Err(ProvisionError::Reversed { since, as_of });
    }
    let opening = provision(ledger, since, before)?;
    let closing = provision(ledger, as_of, after)?;
    let (old, new) = (&opening.value, &closing.value);
    let currencies: BTreeSet<Currency> = old.currencies().union(&new.currencies()).copied().collect();
    let rows = currencies.into_iter().map(|currency| row(ledger, currency, old, new));
    let mut checked = Checked::clean(RollForward {
        since,
        as_of,
        rows: rows.collect(),
    });
    checked.caveats = closing.caveats;
    Ok(checked)
}

fn row(ledger: &Ledger, currency: Currency, old: &Provision, new: &Provision) -> RollForwardRow {
    let ((_, opening), (_, closing)) = (old.total(currency), new.total(currency));
    let of = |provision: &'_ Provision| -> BTreeMap<DocumentIx, Total> {
        let claims = provision.claims.iter().filter(|claim| claim.place.currency == currency);
        claims
            .map(|claim| (claim.document, claim.provision.unwrap_or_default()))
            .collect()
    };
    let (before, after) = (of(old), of(new));
    let issued_since = after
        .iter()
        .filter(|(document, _)| ledger.document(**document).issued_on > old.as_of.0);
    let new_claims: Total = issued_since.map(|(_, provision)| *provision).sum();
    let (mut released, mut used) = (0.0, Total::ZERO);
    for claim in old.claims.iter().filter(|claim| claim.place.currency == currency) {
        let customer = ledger.document(claim.document).customer;
        let history = CustomerHistory::of(ledger, customer, Some(new.as_of.0));
        let (mut settled, mut written_off) = (Total::ZERO, Total::ZERO);
        for posting in history.document(claim.document).postings() {
            let is_since = posting.on > old.as_of.0 && posting.on <= new.as_of.0;
            match (is_since, posting.money) {
                (false, _) | (_, Nature::Recovery) => {}
                (true, Nature::WriteOff) => written_off -= Total::from(posting.delta),
                (true, _) => settled -= Total::from(posting.delta),
            }
        }
        used += written_off;
        let share = settled.ratio(claim.open).unwrap_or_default().clamp(0.0, 1.0);
        released += before[&claim.document].to_feature() * share;
    }
    let released = Total::from_estimate(released).unwrap_or_default();
    let [volume, ageing, rates, overlay, alone] = explained(currency, old, new);
    RollForwardRow {
        currency,
        opening,
        new: new_claims,
        released,
        used,
        remeasured: closing - (opening + new_claims - released - used),
        closing,
        volume,
        ageing,
        rates,
        overlay,
        alone,
    }
}

/// Takes the pools from the opening to the closing one step after the other; each step is rounded once, and the
/// rounding of claims is put with the rates, so that the steps add up.
fn explained(currency: Currency, old: &Provision, new: &Provision) -> [Total; 5] {
    let pools = |provision: &Provision| -> BTreeMap<Place, (f64, f64)> {
        let rows = provision.rows.iter();
        let rows = rows.filter(|row| row.place.currency == currency && row.place.bucket.is_some());
        rows.map(|row| {
            let rate = row.loss_rate.unwrap_or_default();
            (row.place.clone(), (row.open.to_feature(), rate))
        })
        .collect()
    };
    let (before, after) = (pools(old), pools(new));
    let pooled = |provision: &Provision| -> Total {
        let rows = provision.rows.iter();
        let rows = rows.filter(|row| row.place.currency == currency && row.place.bucket.is_some());
        rows.filter_map(|row| row.provision).sum()
    };
    let sum = |pools: &BTreeMap<Place, (f64, f64)>| pools.values().map(|(open, _)| open).sum::<f64>();
    let scale = if sum(&before) > 0.0 {
        sum(&after) / sum(&before)
    } else {
        0.0
    };
    let first = old.params.overlay;
    let provided = |open: f64, rate: f64, overlay: f64| open * (rate * overlay).min(1.0);
    let rounded = |sum: f64| Total::from_estimate(sum).unwrap_or_default();
    let scaled = rounded(
        before
            .values()
            .map(|(open, rate)| provided(open * scale, *rate, first))
            .sum(),
    );
    let at_old_rates = rounded(
        after
            .iter()
            .map(|(place, (open, rate))| provided(*open, before.get(place).map_or(*rate, |(_, rate)| *rate), first))
            .sum(),
    );
    let at_new_rates = |overlay| rounded(after.values().map(|(open, rate)| provided(*open, *rate, overlay)).sum());
    let by_overlay = at_new_rates(new.params.overlay) - at_new_rates(first);
    let (opening, closing) = (pooled(old), pooled(new));
    let total = |provision: &Provision| provision.total(currency).1;
    [
        scaled - opening,
        at_old_rates - scaled,
        closing - by_overlay - at_old_rates,
        by_overlay,
        (total(new) - closing) - (total(old) - opening),
    ]
}
