//! The provision matrix of a period's sales.

use crate::metrics::NullReason;
use crate::money::Total;

/// The provision matrix of a period's sales: what was paid in each bucket, and what stayed unpaid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionMatrix {
    // What reached each bucket, and one more: what stayed unpaid behind the last.
    reached: Vec<Total>,
}

impl ProvisionMatrix {
    /// Takes what was paid in each bucket, from current to oldest, and what was never paid; their sum is what was sold.
    pub fn new(paid: &[Total], unpaid: Total) -> ProvisionMatrix {
        let mut reached = vec![unpaid];
        for paid in paid.iter().rev() {
            reached.push(reached[reached.len() - 1] + *paid);
        }
        reached.reverse();
        ProvisionMatrix { reached }
    }

    /// Returns what was sold.
    pub fn sales(&self) -> Total {
        self.reached[0]
    }

    /// Returns the loss rate of each bucket and, last, of what stayed unpaid behind all of them: unpaid over what reached it.
    pub fn rates(&self) -> Vec<Result<f64, NullReason>> {
        let unpaid = self.reached[self.reached.len() - 1];
        let rates = self
            .reached
            .iter()
            .map(|reached| unpaid.ratio(*reached).ok_or(NullReason::NoDenominator));
        rates.collect()
    }

    /// Returns the provision on balances by bucket, one for each rate, rounded once to cents.
    ///
    /// # Errors
    /// [`NullReason::NotDefined`] for another number of balances, or a balance in a bucket without a rate.
    pub fn provision(&self, balances: &[Total]) -> Result<Total, NullReason> {
        let rates = self.rates();
        if balances.len() != rates.len() {
            return Err(NullReason::NotDefined);
        }
        let mut provision = 0.0;
        for (balance, rate) in balances.iter().zip(rates) {
            if !balance.is_zero() {
                provision += balance.to_feature() * rate.map_err(|_| NullReason::NotDefined)?;
            }
        }
        Total::from_estimate(provision).ok_or(NullReason::NotDefined)
    }
}
