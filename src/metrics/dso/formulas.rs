//! The formulas of the DSO family over exact sums.

use crate::metrics::NullReason;
use crate::money::Total;

/// Credit sales of one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthlySales {
    /// Invoices and debit notes less credit notes.
    pub sales: Total,
    /// Days of the month.
    pub n_days: i32,
}

/// Days of sales by the countback method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Countback {
    /// Days taken off.
    pub days: f64,
    /// Whether the sales given were too few, so that the days are a lower bound.
    pub is_censored: bool,
}

/// One month that was taken off the receivables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountbackStep {
    /// What was taken off: the sales of the month, or what was left of the receivables.
    pub taken: Total,
    /// Credit sales of the month.
    pub sales: Total,
    /// Days of the month.
    pub n_days: i32,
}

impl CountbackStep {
    /// Returns the days this month stands for: all of them where all its sales were taken off, else in proportion.
    pub fn days(&self) -> f64 {
        let part = match self.taken == self.sales {
            true => 1.0,
            false => self.taken.ratio(self.sales).unwrap_or_default(),
        };
        f64::from(self.n_days) * part
    }
}

/// Returns why nothing can be divided by the sales, where it cannot.
pub(super) fn sales_reason(sales: Total) -> Option<NullReason> {
    match sales {
        sales if sales.is_zero() => Some(NullReason::NoSales),
        sales if sales < Total::ZERO => Some(NullReason::NegativeSales),
        _ => None,
    }
}

/// Returns days of sales: `amount / sales x n_days`.
///
/// # Errors
/// Null for sales of zero or less, and for an amount below zero.
pub fn days_of_sales(amount: Total, sales: Total, n_days: i32) -> Result<f64, NullReason> {
    if let Some(reason) = sales_reason(sales) {
        return Err(reason);
    }
    if amount < Total::ZERO {
        return Err(NullReason::CreditBalance);
    }
    let ratio = amount.ratio(sales).ok_or(NullReason::NoSales)?;
    Ok(ratio * f64::from(n_days))
}

/// Returns the months taken off the receivables, newest first; `sales` are consecutive months, newest last.
///
/// # Errors
/// Null for a credit balance, for no sales at all, and where a month with more credit notes than sales would have to be taken off.
pub fn countback_steps(receivables: Total, sales: &[MonthlySales]) -> Result<Vec<CountbackStep>, NullReason> {
    if receivables < Total::ZERO {
        return Err(NullReason::CreditBalance);
    }
    let mut rest = receivables;
    let mut steps = Vec::new();
    for month in sales.iter().rev() {
        if rest.is_zero() {
            break;
        }
        if month.sales < Total::ZERO {
            return Err(NullReason::NegativeSales);
        }
        let taken = rest.min(month.sales);
        rest -= taken;
        steps.push(CountbackStep {
            taken,
            sales: month.sales,
            n_days: month.n_days,
        });
    }
    if !rest.is_zero() && sales.iter().all(|month| month.sales.is_zero()) {
        return Err(NullReason::NoSales);
    }
    Ok(steps)
}

/// Returns DSO by the countback method; `sales` are consecutive months, newest last.
///
/// # Errors
/// As [`countback_steps`].
pub fn countback(receivables: Total, sales: &[MonthlySales]) -> Result<Countback, NullReason> {
    let steps = countback_steps(receivables, sales)?;
    let taken: Total = steps.iter().map(|step| step.taken).sum();
    Ok(Countback {
        days: steps.iter().map(CountbackStep::days).sum(),
        is_censored: taken < receivables,
    })
}

/// Returns the collection effectiveness index in percent: what was collected of what could be.
///
/// # Errors
/// Null `no_denominator` where nothing could be collected.
pub fn collection_effectiveness(
    opening: Total,
    sales: Total,
    closing: Total,
    closing_not_due: Total,
) -> Result<f64, NullReason> {
    let collectable = opening + sales - closing_not_due;
    if collectable <= Total::ZERO {
        return Err(NullReason::NoDenominator);
    }
    let collected = opening + sales - closing;
    let ratio = collected.ratio(collectable).ok_or(NullReason::NoDenominator)?;
    Ok(100.0 * ratio)
}
