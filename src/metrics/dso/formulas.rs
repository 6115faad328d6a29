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

/// Returns days of sales: `amount / sales x n_days`.
///
/// # Errors
/// Null for sales of zero or less, and for an amount below zero.
pub fn days_of_sales(amount: Total, sales: Total, n_days: i32) -> Result<f64, NullReason> {
    if sales.is_zero() {
        return Err(NullReason::NoSales);
    }
    if sales < Total::ZERO {
        return Err(NullReason::NegativeSales);
    }
    if amount < Total::ZERO {
        return Err(NullReason::CreditBalance);
    }
    let ratio = amount.ratio(sales).ok_or(NullReason::NoSales)?;
    Ok(ratio * f64::from(n_days))
}

/// Returns DSO by the countback method; `sales` are consecutive months, newest last.
///
/// # Errors
/// Null for a credit balance, for no sales at all, and where a month with more credit notes than sales would have to be taken off.
pub fn countback(receivables: Total, sales: &[MonthlySales]) -> Result<Countback, NullReason> {
    if receivables < Total::ZERO {
        return Err(NullReason::CreditBalance);
    }
    let mut rest = receivables;
    let mut whole_days = 0;
    for month in sales.iter().rev() {
        if rest.is_zero() {
            break;
        }
        if month.sales < Total::ZERO {
            return Err(NullReason::NegativeSales);
        }
        if rest < month.sales {
            let part = rest.ratio(month.sales).unwrap_or_default();
            return Ok(Countback {
                days: f64::from(whole_days) + f64::from(month.n_days) * part,
                is_censored: false,
            });
        }
        rest -= month.sales;
        whole_days += month.n_days;
    }
    if !rest.is_zero() && sales.iter().all(|month| month.sales.is_zero()) {
        return Err(NullReason::NoSales);
    }
    Ok(Countback {
        days: f64::from(whole_days),
        is_censored: !rest.is_zero(),
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
