//! The loss rates of pools, and of their currencies where a pool knows too little.

use super::{ProvisionError, ProvisionParams};
use crate::calendar::{AsOf, Month};
use crate::history::Groups;
use crate::ledger::Ledger;
use crate::metrics::loss_rates::{LossRateRow, LossRatesParams, loss_rates};
use crate::metrics::segments::groups;
use crate::metrics::{BootstrapParams, NullReason};

/// Rates by pool and bucket.
pub(super) struct PoolRates {
    /// First and last month of history.
    pub months: (Month, Month),
    overlay: f64,
    /// Pool by pool, bucket by bucket: the rate, and whether it is the currency's.
    rates: Vec<Vec<(Result<f64, NullReason>, bool)>>,
}

impl PoolRates {
    /// Learns from the complete months up to a day, from what was known on it.
    pub fn learn(
        ledger: &Ledger,
        as_of: AsOf,
        pools: &Groups,
        params: &ProvisionParams,
    ) -> Result<PoolRates, ProvisionError> {
        let month = as_of.0.month();
        let last = if month.last() <= as_of.0 { month } else { month + -1 };
        let first = last + (1 - params.history_months);
        let settings = LossRatesParams {
            upper_edges: params.upper_edges.clone(),
            discount_rate: params.discount_rate,
            // Only the rates are used here; `loss-rates` has their intervals.
            bootstrap: BootstrapParams {
                n_draws: 0,
                ..BootstrapParams::default()
            },
        };
        let learn = |groups: &Groups| loss_rates(ledger, first, last, groups, Some(as_of.0), &settings);
        let own = learn(pools)?.value;
        let currencies = groups(ledger, as_of, &[])?.value;
        let of_currencies = learn(&currencies)?.value;
        let rows_of = |rows: &[LossRateRow], group: usize| -> Vec<LossRateRow> {
            rows.iter().filter(|row| row.group == group).cloned().collect()
        };
        let rates = pools.all().iter().enumerate().map(|(at, pool)| {
            let currency = currencies
                .all()
                .iter()
                .position(|group| group.currency == pool.currency);
            let wider = currency
                .map(|group| rows_of(of_currencies.rows(), group))
                .unwrap_or_default();
            let own = rows_of(own.rows(), at);
            let n_items: u64 = own.iter().map(|row| row.n_items).sum();
            let knows_enough = n_items >= params.min_pool_items || pools.by().is_empty();
            let buckets = own.iter().zip(&wider).map(|(own, wider)| match own.chained {
                Ok(rate) if knows_enough => (Ok(rate), false),
                _ => (wider.chained, !pools.by().is_empty()),
            });
            buckets.collect()
        });
        Ok(PoolRates {
            months: (first, last),
            overlay: params.overlay,
            rates: rates.collect(),
        })
    }

    /// Returns the rate of history, and whether it is the currency's.
    pub fn own(&self, pool: usize, bucket: usize) -> (Result<f64, NullReason>, bool) {
        self.rates[pool][bucket]
    }

    /// Returns the rate with the overlay, at most 1.
    pub fn adjusted(&self, pool: usize, bucket: usize) -> Option<f64> {
        let (rate, _) = self.own(pool, bucket);
        rate.ok().map(|rate| (rate * self.overlay).min(1.0))
    }
}
