//! In which order the lines of a worklist stand.

use std::cmp::Reverse;

use super::WorklistLine;
use crate::calendar::AsOf;
use crate::ledger::Ledger;
use crate::money::Total;

/// By what the contacts of a day are put in order, the largest first; equal ones by customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorklistOrder {
    /// Value of the contact.
    #[default]
    Value,
    /// Probability of delinquency x balance.
    ExpectedLoss,
    /// Probability of delinquency.
    Score,
    /// Open receivables net of unapplied cash and credits.
    Balance,
    /// Claims past their due day.
    Overdue,
    /// Days past due of the oldest overdue claim.
    Oldest,
    /// Points out of the policy's maximum, then by value.
    Points,
    /// By lot, drawn anew for each day: what every other order is compared with.
    Random,
}

impl WorklistOrder {
    /// Every order.
    pub const ALL: [WorklistOrder; 8] = [
        WorklistOrder::Value,
        WorklistOrder::ExpectedLoss,
        WorklistOrder::Score,
        WorklistOrder::Balance,
        WorklistOrder::Overdue,
        WorklistOrder::Oldest,
        WorklistOrder::Points,
        WorklistOrder::Random,
    ];

    /// Returns the word of the command line and of headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            WorklistOrder::Value => "value",
            WorklistOrder::ExpectedLoss => "expected-loss",
            WorklistOrder::Score => "score",
            WorklistOrder::Balance => "balance",
            WorklistOrder::Overdue => "overdue",
            WorklistOrder::Oldest => "oldest",
            WorklistOrder::Points => "points",
            WorklistOrder::Random => "random",
        }
    }

    /// Puts lines in order.
    pub(super) fn sort(self, lines: &mut [WorklistLine], ledger: &Ledger, as_of: AsOf) {
        let estimate = |value: f64| Total::from_estimate(value).unwrap_or(Total::ZERO);
        let probability = |line: &WorklistLine| line.probability.unwrap_or(0.0);
        lines.sort_by_cached_key(|line| {
            let key = match self {
                WorklistOrder::Value => line.value.units(),
                WorklistOrder::ExpectedLoss => estimate(probability(line) * line.balance.to_feature()).units(),
                // In millionths, so that every key is a whole number.
                WorklistOrder::Score => (probability(line) * 1e6).round() as i128,
                WorklistOrder::Balance => line.balance.units(),
                WorklistOrder::Overdue => line.overdue.units(),
                WorklistOrder::Oldest => i128::from(line.oldest_days.unwrap_or(0)),
                WorklistOrder::Points => i128::from(line.points),
                WorklistOrder::Random => i128::from(lot(ledger.customer_id(line.customer), as_of)),
            };
            let then = if self == WorklistOrder::Points {
                line.value
            } else {
                Total::ZERO
            };
            (Reverse((key, then)), line.customer)
        });
    }
}

/// Draws a customer's lot of a day: FNV-1a over the id and the day (Fowler, Noll and Vo), so that it is the same on every machine.
fn lot(customer_id: &str, as_of: AsOf) -> u64 {
    let text = format!("{customer_id} {as_of}");
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
