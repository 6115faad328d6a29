//! What is added up for the DSO family, and the figures of one month from it.

use std::collections::BTreeMap;

use super::formulas::{MonthlySales, collection_effectiveness, countback, days_of_sales, sales_reason};
use super::{DsoMonth, DsoParams};
use crate::calendar::Day;
use crate::metrics::flow::GroupFlow;
use crate::metrics::roll_rates::{RollStates, RollSums};
use crate::metrics::{NullReason, Periods, sums};
use crate::money::Total;

/// What one month needs besides balances and sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MonthSums {
    pub not_due: Total,
    pub overdue: Total,
    pub no_due_date: Total,
    // Ten-thousandths of the currency times days since issue, over open claims.
    pub open_days: i128,
    pub applied: Total,
    // Ten-thousandths of the currency times days, over applied cash.
    pub applied_terms: i128,
    pub applied_late: i128,
    pub applied_late_floored: i128,
}

/// Sums of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsoSums {
    // Over the months of the ledger's history: the control balance and the credit sales are views of it.
    pub(in crate::metrics) flow: GroupFlow,
    // One entry a month of the ledger's history: write-offs less those taken back.
    pub(super) write_offs: Vec<Total>,
    // One entry a month asked for.
    pub(super) months: Vec<MonthSums>,
    // One entry a month asked for: window sales of customers younger than the window, by their days in it.
    pub(super) sales_of_young: Vec<BTreeMap<i32, Total>>,
}

/// Where an open claim stands at a month end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metrics) enum Standing {
    NotDue,
    Overdue,
    NoDueDate,
}

impl Standing {
    #[inline]
    pub fn on(due_on: Option<Day>, end: Day) -> Standing {
        match due_on {
            None => Standing::NoDueDate,
            Some(due_on) if due_on < end => Standing::Overdue,
            Some(_) => Standing::NotDue,
        }
    }

    /// Returns where a claim in an open state of the roll rates stands.
    #[inline]
    pub fn of_state(states: &RollStates, state: usize) -> Standing {
        match state {
            0 => Standing::NotDue,
            state if state + 1 == states.n_open() => Standing::NoDueDate,
            _ => Standing::Overdue,
        }
    }
}

impl MonthSums {
    #[inline]
    pub fn at(&mut self, standing: Standing) -> &mut Total {
        match standing {
            Standing::NotDue => &mut self.not_due,
            Standing::Overdue => &mut self.overdue,
            Standing::NoDueDate => &mut self.no_due_date,
        }
    }
}

sums!(MonthSums {
    not_due,
    overdue,
    no_due_date,
    open_days,
    applied,
    applied_terms,
    applied_late,
    applied_late_floored,
});

sums!(DsoSums {
    flow,
    write_offs,
    months,
    sales_of_young,
});

impl DsoSums {
    pub(in crate::metrics) fn empty(history: &Periods, months: &Periods) -> DsoSums {
        DsoSums {
            flow: GroupFlow::empty(history),
            write_offs: vec![Total::ZERO; history.n()],
            months: vec![MonthSums::default(); months.n()],
            sales_of_young: vec![BTreeMap::new(); months.n()],
        }
    }

    /// Adds the open claims at each month end where the moves of the months leave them.
    pub(in crate::metrics) fn with_claims_of(mut self, moves: &[RollSums], states: &RollStates) -> DsoSums {
        for (month, moves) in self.months.iter_mut().zip(moves) {
            for state in 0..states.n_open() {
                *month.at(Standing::of_state(states, state)) += moves.closing(state);
            }
        }
        self
    }

    /// Returns the sales of each month of the history.
    pub(super) fn monthly_sales(&self, history: &Periods) -> Vec<MonthlySales> {
        let sales = self.flow.months.iter().enumerate().map(|(month, flow)| MonthlySales {
            sales: flow.sales(),
            n_days: history.n_days(month),
        });
        sales.collect()
    }

    /// Returns the figures of each month asked for; `knows_tenure` tells whether the days of young customers are known.
    pub(super) fn rows(&self, history: &Periods, params: &DsoParams, knows_tenure: bool) -> Vec<DsoMonth> {
        let past = Past {
            history,
            balances: self.flow.balances().map(|(_, closing)| closing).collect(),
            sales: self.monthly_sales(history),
            window_months: params.window_months as usize,
            knows_tenure,
        };
        (0..self.months.len()).map(|month| self.row(month, &past)).collect()
    }

    fn row(&self, month: usize, past: &Past<'_>) -> DsoMonth {
        let Past {
            history,
            balances,
            sales,
            ..
        } = past;
        let at = history.n() - self.months.len() + month;
        let sums = &self.months[month];
        let window_from = (at + 1).saturating_sub(past.window_months);
        let window = &sales[window_from..=at];
        let window_sales: Total = window.iter().map(|month| month.sales).sum();
        let window_days = window.iter().map(|month| month.n_days).sum();
        let written_off: Total = self.write_offs[window_from..=at].iter().copied().sum();
        let recovered: Total = self.flow.months[window_from..=at]
            .iter()
            .map(|flow| flow.recoveries)
            .sum();
        let net_write_offs = written_off - recovered;
        let receivables = balances[at];
        let opening = at.checked_sub(1).map_or(Total::ZERO, |before| balances[before]);

        let simple = days_of_sales(receivables, window_sales, window_days);
        let best_possible = days_of_sales(sums.not_due, window_sales, window_days);
        let open = sums.not_due + sums.overdue + sums.no_due_date;
        let weighted = |days: i128| match Total::from_units(days).ratio(sums.applied) {
            Some(days) => Ok(days),
            None => Err(NullReason::NoApplications),
        };
        let (weighted_terms, weighted_days_late) = (weighted(sums.applied_terms), weighted(sums.applied_late));
        let of_window: Total = balances[window_from..=at].iter().copied().sum();
        let turnover = if of_window > Total::ZERO {
            let ratio = window_sales.ratio(of_window).ok_or(NullReason::NoDenominator);
            ratio.map(|ratio| ratio * window.len() as f64)
        } else {
            Err(NullReason::NoDenominator)
        };
        let sales_a_day = sales_a_day(window_sales, window_days, &self.sales_of_young[month]);
        let tenure_adjusted = match (past.knows_tenure, simple) {
            (false, _) => Err(NullReason::NotImported),
            (true, Err(reason)) => Err(reason),
            (true, Ok(simple)) if self.sales_of_young[month].values().all(|sales| sales.is_zero()) => Ok(simple),
            (true, Ok(_)) if sales_a_day <= 0.0 => Err(NullReason::NegativeSales),
            (true, Ok(_)) => Ok(receivables.to_feature() / sales_a_day),
        };
        DsoMonth {
            receivables,
            receivables_on: history.end(at),
            opening,
            receivables_of_window: of_window,
            open_days: Total::from_units(sums.open_days),
            applied_terms: Total::from_units(sums.applied_terms),
            applied_late: Total::from_units(sums.applied_late),
            applied_late_floored: Total::from_units(sums.applied_late_floored),
            not_due: sums.not_due,
            overdue: sums.overdue,
            no_due_date: sums.no_due_date,
            month_sales: sales[at].sales,
            window_sales,
            sales_from: history.day_before(window_from) + 1,
            window_months: window.len(),
            window_days,
            average_days_delinquent: simple.and_then(|simple| Ok(simple - best_possible?)),
            simple,
            best_possible,
            sales_a_day,
            tenure_adjusted,
            countback: countback(receivables, &sales[..=at]),
            true_dso: Total::from_units(sums.open_days)
                .ratio(open)
                .ok_or(NullReason::NothingOpen),
            cei: collection_effectiveness(opening, sales[at].sales, receivables, sums.not_due),
            applied: sums.applied,
            weighted_days_to_pay: weighted(sums.applied_terms + sums.applied_late),
            days_late_floored: weighted(sums.applied_late_floored),
            weighted_terms,
            weighted_days_late,
            turnover,
            net_write_offs,
            bad_debt_ratio: match sales_reason(window_sales) {
                Some(reason) => Err(reason),
                None => net_write_offs.ratio(window_sales).ok_or(NullReason::NoSales),
            },
            sales_of_all: window_sales,
            impact: days_of_sales(sums.overdue, window_sales, window_days),
        }
    }
}

/// What the months of a group look back to: one entry a month of the history.
struct Past<'a> {
    history: &'a Periods,
    balances: Vec<Total>,
    sales: Vec<MonthlySales>,
    window_months: usize,
    knows_tenure: bool,
}

/// Window sales over days, those of young customers over their own.
fn sales_a_day(window_sales: Total, window_days: i32, of_young: &BTreeMap<i32, Total>) -> f64 {
    let young: Total = of_young.values().copied().sum();
    let of_old = (window_sales - young).to_feature() / f64::from(window_days);
    let of_young = of_young
        .iter()
        .map(|(&n_days, sales)| sales.to_feature() / f64::from(n_days));
    of_old + of_young.sum::<f64>()
}
