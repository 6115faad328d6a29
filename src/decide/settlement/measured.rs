//! How well plans are kept and what agencies take: measured where there is enough, else as declared, and it says which.

use super::SettlementPolicy;
use crate::calendar::AsOf;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::plans::{InstalmentState, Plans};

/// Returns the share of the money of due instalments that came, over all plans known on the day, or the declared one, and says which.
pub(super) fn adherence(ledger: &Ledger, as_of: AsOf, policy: &SettlementPolicy) -> (f64, String) {
    let plans = Plans::of(ledger, as_of.0, Some(as_of.0));
    let mut customers: Vec<CustomerIx> = plans.accounts().into_iter().map(|(customer, _)| customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let (mut n, mut paid, mut agreed) = (0_u64, 0.0, 0.0);
    for customer in customers {
        let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
        for plan in plans.filled(&history, as_of.0) {
            for instalment in &plan.instalments {
                if instalment.state(as_of.0, policy.promise_tolerance_days) == InstalmentState::NotDue {
                    continue;
                }
                n += 1;
                // Sums of several currencies are shares of instalments, each of which counts once.
                let amount = instalment.amount;
                paid += instalment.paid().min(amount).ratio(amount).unwrap_or(1.0);
                agreed += 1.0;
            }
        }
    }
    if n >= policy.min_instalments.max(1) && paid > 0.0 {
        (
            paid / agreed,
            format!("measured: what came of {n} due instalments of plans, each counted once"),
        )
    } else {
        let declared = policy.adherence;
        (
            declared,
            format!(
                "declared, not measured: {n} instalments of plans have fallen due, {} would be enough",
                policy.min_instalments
            ),
        )
    }
}

/// Returns the mean fee rate of the placements known on the day, or the declared one, and says which.
pub(super) fn agency_fee(ledger: &Ledger, as_of: AsOf, policy: &SettlementPolicy) -> (f64, String) {
    let table = ledger.table("placements");
    let rates = table.and_then(|table| table.reals("fee_rate").ok()).unwrap_or_default();
    let days = |column: &str| table.and_then(|table| table.days(column).ok()).unwrap_or_default();
    let (placed, posted) = (days("placed_on"), days("posted_on"));
    let is_known = |row: usize| {
        let known_on = posted.get(row).copied().flatten().or(placed[row]);
        known_on.is_some_and(|day| day <= as_of.0)
    };
    let known: Vec<f64> = (0..rates.len())
        .filter(|&row| is_known(row))
        .filter_map(|row| rates[row])
        .collect();
    match known.len() {
        0 => (
            policy.agency_fee,
            "declared, not measured: no placement names a fee".to_owned(),
        ),
        n => (known.iter().sum::<f64>() / n as f64, format!("mean of {n} placements")),
    }
}
