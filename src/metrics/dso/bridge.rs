//! Why the simple DSO moved between two month ends.
//!
//! # Definition
//! The change of `receivables / window sales x window days` is taken apart by putting the closing values in place of the
//! opening ones, step by step, in this order; each step's effect is the difference it makes, in days:
//! 1. *volume*, first half: the days of the window.
//! 2. *mix*: each segment's receivables grow with its own window sales instead of with all sales together.
//! 3. *volume*, second half: the not-due receivables of a segment follow its sales of the last month, so that sales that
//!    come late in the window are not mistaken for longer terms.
//! 4. *terms*: what is really not due, or without due date, against that.
//! 5. *lateness*: overdue money that is not in dispute. 6. *disputes*: disputed money. 7. *unapplied*: cash and credits
//!    on no claim, which make the receivables smaller.
//!
//! Even growth alone (all sales, all balances twice as large) moves nothing.
//! # Inputs
//! Two month ends; segments are customers unless other attributes are named; the window of the simple DSO.
//! # Edge cases
//! A segment without sales above zero at both ends grows with all sales: it has no mix. One without sales above zero in both last months
//! has no second half of volume: that part stands under terms. Disputed money is taken out of the overdue first, then out of
//! what has no due date, then out of what is not due. A null DSO at either end gives null parts with the reason of that
//! end. Days are rounded to ten-thousandths, the two DSOs and each part half away from zero; the part with the largest
//! amount takes up what rounding leaves, so that `opening + parts = closing` holds digit by digit.
//! # Source
//! Sequential substitution, as in any bridge of a ratio; the order is a convention of this program.
//! # Example
//! Window sales 900 in 90 days and 300 in the last month at both ends; receivables not due 300 -> 300, overdue 60 -> 100: DSO
//! 36 -> 40, of which lateness (100 - 60) / 900 x 90 = 4 and nothing else.
//! ```
//! use arrears::metrics::dso::bridge::{BridgeEnd, parts};
//! use arrears::money::Amount;
//!
//! let money = |text: &str| Amount::parse(text).unwrap().into();
//! let end = |overdue| BridgeEnd {
//!     window_sales: money("900"),
//!     month_sales: money("300"),
//!     not_due: money("300"),
//!     overdue: money(overdue),
//!     ..BridgeEnd::default()
//! };
//! let found = parts(&[(end("60"), end("100"))], 90, 90).unwrap();
//! // Steps are ten-thousandths of a day.
//! assert_eq!((found.opening, found.closing), (36 * 10_000, 40 * 10_000));
//! assert_eq!(found.lateness, 4 * 10_000);
//! assert_eq!((found.volume, found.mix, found.terms, found.disputes, found.unapplied), (0, 0, 0, 0, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{DsoError, DsoMonth, DsoParams, dso};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{Group, Groups};
use crate::ledger::Ledger;
use crate::metrics::aging::{AgingBasis, AgingParams, AgingSums, aging};
use crate::metrics::{NullReason, view_note};
use crate::money::{Currency, Total};
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "dso_bridge.v1";

/// Ten-thousandths in a day: bridges are exact in these.
const SCALE: f64 = 10_000.0;

/// What one segment, or all of them, brings to the DSO at a month end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BridgeEnd {
    /// Credit sales of the window.
    pub window_sales: Total,
    /// Credit sales of the last month.
    pub month_sales: Total,
    /// Claims not due or without due date, not in dispute.
    pub not_due: Total,
    /// Claims past due, not in dispute.
    pub overdue: Total,
    /// Claims in dispute.
    pub disputed: Total,
    /// Cash and credits on no claim; zero or negative.
    pub unapplied: Total,
}

/// The parts of a change, in ten-thousandths of a day; they sum to `closing - opening`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BridgeParts {
    /// DSO at the first month end.
    pub opening: i64,
    /// Days of the window, and sales early or late in it.
    pub volume: i64,
    /// Segments with other DSOs sold more or less.
    pub mix: i64,
    /// Not-due money for the same sales.
    pub terms: i64,
    /// Overdue money for the same sales.
    pub lateness: i64,
    /// Disputed money for the same sales.
    pub disputes: i64,
    /// Unapplied money for the same sales.
    pub unapplied: i64,
    /// DSO at the second month end.
    pub closing: i64,
}

/// The bridges of a ledger, one a currency.
#[derive(Clone, Debug, PartialEq)]
pub struct DsoBridge {
    from: Month,
    to: Month,
    known_on: Option<Day>,
    window_months: u32,
    segments: String,
    rows: Vec<(Currency, Result<BridgeParts, NullReason>)>,
}

/// Returns the bridge of the simple DSO from one month end to another, by currency; `segments` are those of the mix.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months are reversed, or the window is empty.
pub fn bridge(
    ledger: &Ledger,
    from: Month,
    to: Month,
    segments: &Groups,
    known_on: Option<Day>,
    params: &DsoParams,
) -> Result<Checked<DsoBridge>, DsoError> {
    // The months in between are not needed, but reversed ones are an error.
    crate::metrics::Months::new(from, to)?;
    let (opening, opening_days) = ends(ledger, from, segments, known_on, params)?;
    let (closing, closing_days) = ends(ledger, to, segments, known_on, params)?;
    let mut rows: Vec<(Currency, Result<BridgeParts, NullReason>)> = Vec::new();
    // Groups are sorted by currency first.
    let mut first = 0;
    for own in segments.all().chunk_by(|a: &Group, b: &Group| a.currency == b.currency) {
        let range = first..first + own.len();
        let pairs: Vec<(BridgeEnd, BridgeEnd)> = opening[range.clone()]
            .iter()
            .copied()
            .zip(closing[range].iter().copied())
            .collect();
        rows.push((own[0].currency, parts(&pairs, opening_days, closing_days)));
        first += own.len();
    }
    Ok(Checked::clean(DsoBridge {
        from,
        to,
        known_on,
        window_months: params.window_months,
        segments: segments.by().join(", "),
        rows,
    }))
}

/// Returns every segment at one month end, and the days of the window.
fn ends(
    ledger: &Ledger,
    month: Month,
    segments: &Groups,
    known_on: Option<Day>,
    params: &DsoParams,
) -> Result<(Vec<BridgeEnd>, i32), DsoError> {
    let sales = dso(ledger, month, month, segments, known_on, params)?.value;
    let aging_params = AgingParams {
        basis: AgingBasis::Due,
        ..AgingParams::default()
    };
    // The default edges increase, so that there is an ageing.
    let aged = aging(ledger, AsOf(month.last()), segments, known_on, &aging_params)
        .map(|checked| checked.value.sums().to_vec())
        .unwrap_or_default();
    let rows = sales.rows().iter().filter_map(|months| months.first());
    let window_days = rows.clone().next().map_or(0, |row| row.window_days);
    Ok((
        rows.zip(&aged).map(|(row, sums)| BridgeEnd::of(row, sums)).collect(),
        window_days,
    ))
}

impl BridgeEnd {
    fn of(month: &DsoMonth, aged: &AgingSums) -> BridgeEnd {
        let mut disputed = aged.disputed;
        let mut without_disputed = |open: Total| {
            let carved = disputed.min(open);
            disputed -= carved;
            open - carved
        };
        let overdue = without_disputed(aged.overdue());
        let no_due_date = without_disputed(aged.no_due_date);
        let not_due = without_disputed(aged.not_due);
        BridgeEnd {
            window_sales: month.window_sales,
            month_sales: month.month_sales,
            not_due: not_due + no_due_date,
            overdue,
            disputed: aged.disputed - disputed,
            unapplied: -(aged.unapplied_cash + aged.unapplied_credits),
        }
    }

    fn receivables(&self) -> Total {
        self.not_due + self.overdue + self.disputed + self.unapplied
    }
}

/// Returns the parts of the change over pairs of ends, one pair a segment.
///
/// # Errors
/// Null where the DSO of either end is.
pub fn parts(
    segments: &[(BridgeEnd, BridgeEnd)],
    opening_days: i32,
    closing_days: i32,
) -> Result<BridgeParts, NullReason> {
    let sum = |of: fn(&BridgeEnd) -> Total, end: fn(&(BridgeEnd, BridgeEnd)) -> &BridgeEnd| -> Total {
        segments.iter().map(|pair| of(end(pair))).sum()
    };
    let sales = [
        sum(|end| end.window_sales, |pair| &pair.0),
        sum(|end| end.window_sales, |pair| &pair.1),
    ];
    let receivables = [
        sum(BridgeEnd::receivables, |pair| &pair.0),
        sum(BridgeEnd::receivables, |pair| &pair.1),
    ];
    let opening = super::days_of_sales(receivables[0], sales[0], opening_days)?;
    let closing = super::days_of_sales(receivables[1], sales[1], closing_days)?;
    let growth_of_all = sales[1].ratio(sales[0]).ok_or(NullReason::NoSales)?;
    let days = |money: f64| money / sales[1].to_feature() * f64::from(closing_days);

    let window_days = opening / f64::from(opening_days) * f64::from(closing_days - opening_days);
    let (mut mix, mut timing, mut terms) = (0.0, 0.0, 0.0);
    let (mut lateness, mut disputes, mut unapplied) = (0.0, 0.0, 0.0);
    for (before, after) in segments {
        let growth = ratio(after.window_sales, before.window_sales).unwrap_or(growth_of_all);
        mix += before.receivables().to_feature() * (growth - growth_of_all);
        let expected = |of: Total| of.to_feature() * growth;
        // How far the last month's sales outgrew the window's.
        let shift = match (
            ratio(after.month_sales, before.month_sales),
            ratio(after.window_sales, before.window_sales),
        ) {
            (Some(month), Some(window)) => month / window,
            _ => 1.0,
        };
        let not_due = expected(before.not_due) * shift;
        timing += not_due - expected(before.not_due);
        terms += after.not_due.to_feature() - not_due;
        lateness += after.overdue.to_feature() - expected(before.overdue);
        disputes += after.disputed.to_feature() - expected(before.disputed);
        unapplied += after.unapplied.to_feature() - expected(before.unapplied);
    }
    let mut effects = [
        window_days + days(timing),
        days(mix),
        days(terms),
        days(lateness),
        days(disputes),
        days(unapplied),
    ]
    .map(rounded);
    let (opening, closing) = (rounded(opening), rounded(closing));
    let left = closing - opening - effects.iter().sum::<i64>();
    if let Some(largest) = effects.iter_mut().max_by_key(|effect| effect.abs()) {
        *largest += left;
    }
    let [volume, mix, terms, lateness, disputes, unapplied] = effects;
    Ok(BridgeParts {
        opening,
        volume,
        mix,
        terms,
        lateness,
        disputes,
        unapplied,
        closing,
    })
}

/// Growth between two sums that are both above zero.
fn ratio(after: Total, before: Total) -> Option<f64> {
    (after > Total::ZERO && before > Total::ZERO)
        .then(|| after.ratio(before))
        .flatten()
}

fn rounded(days: f64) -> i64 {
    (days * SCALE).round() as i64
}

impl DsoBridge {
    /// Returns the bridge of each currency.
    pub fn rows(&self) -> &[(Currency, Result<BridgeParts, NullReason>)] {
        &self.rows
    }

    /// Returns one row per currency and step, from the opening DSO to the closing one, in days.
    pub fn table(&self) -> Table {
        type Step = (&'static str, fn(&BridgeParts) -> i64);
        let steps: [Step; 8] = [
            ("opening", |parts| parts.opening),
            ("volume", |parts| parts.volume),
            ("mix", |parts| parts.mix),
            ("terms", |parts| parts.terms),
            ("lateness", |parts| parts.lateness),
            ("disputes", |parts| parts.disputes),
            ("unapplied", |parts| parts.unapplied),
            ("closing", |parts| parts.closing),
        ];
        let rows = || {
            self.rows
                .iter()
                .flat_map(|row| steps.iter().map(move |step| (row, step)))
        };
        Table::new("dso_bridge")
            .text("currency", rows().map(|((currency, _), _)| currency.to_string()))
            .text("step", rows().map(|(_, (name, _))| (*name).to_owned()))
            .real(
                "days",
                rows().map(|((_, parts), (_, of))| parts.as_ref().ok().map(|parts| of(parts) as f64 / SCALE)),
            )
            .text(
                "days_reason",
                rows().map(|((_, parts), _)| parts.as_ref().err().map(ToString::to_string)),
            )
            .note("metric", METRIC_ID)
            .note("as_of", self.to.last())
            .note("view", view_note(self.known_on))
            .note("bridge", format!("simple DSO at the end of {} to the end of {}", self.from, self.to))
            .note("window", format!("{} months of credit sales, actual days", self.window_months))
            .note("segments", &self.segments)
            .note("order", "days of the window, mix, sales early or late in it (volume), terms, lateness, disputes, unapplied")
            .note("rounding", "ten-thousandths of a day; the largest part takes up the rest, so that the steps sum to the closing DSO")
    }
}
