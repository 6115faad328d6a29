//! Net flow: the balance of a bucket over the balance of the bucket before it, a month earlier.
//!
//! # Definition
//! `balance_b(k + 1) / balance_a(k)` for consecutive buckets `a`, `b`, over month ends `k`. Where both buckets are as wide
//! as the period, all that stands in `b` a month later stood in `a` or came in from outside, and the ratio says how much
//! of `a` rolled on, net of what was collected. It follows no single claim: it is no roll rate, and stands in a table of its own.
//! # Inputs
//! The balances of claims by bucket at month ends, as the roll rates have them.
//! # Edge cases
//! A calendar month has 28 to 31 days; buckets of that many days are as wide as it. Anything else is null
//! `width_mismatch`: not due and the last bucket have no width at all. A balance of zero or less to start from is null
//! `no_denominator`. Balances stand beside the ratio in any case. Over several months balances are added up first.
//! # Source
//! Net flow rates of portfolio reports, as against matched (item by item) roll rates; design of this program, section 5.
//! # Example
//! 500 stand in 1-30 at the end of March, 200 in 31-60 at the end of April: 200 / 500 = 0.4 flowed on.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::roll_rates::{RollRatesParams, roll_rates};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-02-10, 2024-03-10, 200.00, EUR
//!          2,          bolt,        2024-02-10, 2024-03-10, 300.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          bolt,        2,          2024-04-15, 300.00, EUR",
//!     ),
//! ])?;
//! let april = Month::parse("2024-04")?;
//! let (ledger, _) = Ledger::from_records(records, april.last()).value;
//! let all = groups(&ledger, AsOf(april.last()), &[])?.value;
//! let rolls = roll_rates(&ledger, april, april, &all, None, &RollRatesParams::default())?.value;
//! let flows = rolls.net_flows(0).unwrap();
//! let flow = flows.iter().find(|flow| flow.from == "1-30").unwrap();
//! assert_eq!(flow.to, "31-60");
//! assert_eq!(flow.rate, Ok(200.0 / 500.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::tables::share;
use super::{Period, RollPeriods, RollRates, RollSums};
use crate::metrics::NullReason;
use crate::money::Total;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "net_flow.v1";

/// Days a bucket must have to be as wide as a month.
const DAYS_OF_A_MONTH: std::ops::RangeInclusive<i32> = 28..=31;

/// The net flow between two consecutive buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct NetFlow {
    /// The earlier bucket.
    pub from: String,
    /// The next one.
    pub to: String,
    /// Balance of the earlier bucket at the openings.
    pub opening: Total,
    /// Balance of the next one at the closings, a month later each.
    pub closing: Total,
    /// Closing over opening.
    pub rate: Result<f64, NullReason>,
}

impl RollRates {
    /// Returns the net flows of a group over the months asked for, bucket by bucket; `None` for a number that is no group.
    pub fn net_flows(&self, group: usize) -> Option<Vec<NetFlow>> {
        Some(self.net_flows_of(&self.together(group)?))
    }

    /// Returns the width of a state in days; `None` for those without one.
    fn width(&self, state: usize) -> Option<i32> {
        let edges = &self.params.upper_edges;
        let bucket = state.checked_sub(1)?;
        let below = bucket.checked_sub(1).map_or(0, |below| edges[below]);
        Some(edges.get(bucket)? - below)
    }

    fn is_as_wide_as_a_month(&self, state: usize) -> bool {
        self.width(state).is_some_and(|days| DAYS_OF_A_MONTH.contains(&days))
    }

    fn net_flow(&self, sums: &RollSums, state: usize) -> Result<f64, NullReason> {
        if !(self.is_as_wide_as_a_month(state) && self.is_as_wide_as_a_month(state + 1)) {
            return Err(NullReason::WidthMismatch);
        }
        share(sums.closing(state + 1), sums.opening(state)).ok_or(NullReason::NoDenominator)
    }

    fn net_flows_of(&self, sums: &RollSums) -> Vec<NetFlow> {
        let states = self.states.open();
        // The last of the open states has no due date.
        (0..states.len() - 2)
            .map(|state| NetFlow {
                from: states[state].clone(),
                to: states[state + 1].clone(),
                opening: sums.opening(state),
                closing: sums.closing(state + 1),
                rate: self.net_flow(sums, state),
            })
            .collect()
    }

    /// Returns one row per group, period and pair of consecutive buckets.
    pub fn net_flow_table(&self) -> Table {
        let mut groups = Vec::new();
        let (mut months, mut flows, mut means, mut intervals) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for group in 0..self.labels.n() {
            let draws = self.draws(group);
            for period in self.periods(group) {
                for (state, flow) in self.net_flows_of(period.sums()).into_iter().enumerate() {
                    groups.push(group);
                    months.extend(period.month());
                    means.push(self.mean(group, &period, |sums| self.net_flow(sums, state).ok()));
                    let interval = || {
                        draws
                            .as_ref()?
                            .interval(&self.closing_cells(&period, state + 1), &opening_cells(&period, state))
                    };
                    intervals.push(flow.rate.ok().and_then(|_| interval()));
                    flows.push(flow);
                }
            }
        }
        let mut table = self.labels.start("net_flow", METRIC_ID, &groups);
        if self.params.periods != RollPeriods::Together {
            table = table.text("month", months);
        }
        table = table
            .text("from_state", flows.iter().map(|flow| flow.from.clone()))
            .text("to_state", flows.iter().map(|flow| flow.to.clone()))
            .money("balance_from", flows.iter().map(|flow| flow.opening))
            .money("balance_to", flows.iter().map(|flow| flow.closing))
            .real("net_flow", flows.iter().map(|flow| flow.rate.ok()))
            .text(
                "net_flow_reason",
                flows
                    .iter()
                    .map(|flow| flow.rate.err().map(|reason| reason.to_string())),
            );
        if matches!(self.params.periods, RollPeriods::Windows(_)) {
            table = table
                .real("net_flow_mean", means.iter().map(|(mean, _)| *mean))
                .int("n_months", means.iter().map(|(_, n)| *n));
        }
        let table = table
            .real(
                "net_flow_low",
                intervals.iter().map(|interval| interval.map(|(low, _)| low)),
            )
            .real(
                "net_flow_high",
                intervals.iter().map(|interval| interval.map(|(_, high)| high)),
            );
        self.notes(table).note("interval", self.params.draws_note()).note(
            "net_flow",
            format!(
                "balance_to at the closings over balance_from at the openings, a month earlier; only between buckets of {} to {} days; follows no single claim",
                DAYS_OF_A_MONTH.start(),
                DAYS_OF_A_MONTH.end()
            ),
        )
    }

    fn closing_cells(&self, period: &Period, state: usize) -> Vec<usize> {
        let rows = 0..self.states.from().len();
        period.cells(rows.map(|from| period.sums().amount_cell(from, state)))
    }
}

fn opening_cells(period: &Period, state: usize) -> Vec<usize> {
    period.cells(std::iter::once(period.sums().opening_cell(state)))
}
