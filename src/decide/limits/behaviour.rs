//! What a customer bought, owed and paid in the months before the day.

use super::policy::{LimitsPolicy, WatchPolicy};
use crate::calendar::{AsOf, Day, Month};
use crate::decide::DecideError;
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ledger::{DocumentKind, Ledger, Nature, Posting};
use crate::metrics::base_currency::Converter;
use crate::money::Total;

/// Days late of payments, weighted by what was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DaysLate {
    /// Payments on claims with a due day.
    pub n_payments: u64,
    paid: f64,
    paid_days: f64,
}

impl DaysLate {
    /// Returns the weighted days late, below zero where the money came early; `None` without a payment.
    pub fn mean(&self) -> Option<f64> {
        (self.paid > 0.0).then(|| self.paid_days / self.paid)
    }
}

/// Items due in some days of which it is known whether they were late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LateItems {
    /// All of them.
    pub n: u64,
    /// Those that were late.
    pub n_late: u64,
}

/// What a customer bought, owed and paid, as known at the end of the day.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// Complete months of history inside the window, oldest first, with net credit sales and what was owed, orders included, at the end of each.
    pub months: Vec<MonthOfSales>,
    /// Items that fell due in these months.
    pub n_fallen_due: usize,
    /// Days from issue to due of the invoices of these months, weighted by amount.
    pub terms_days: Option<f64>,
    /// Payments of these months.
    pub days_late: DaysLate,
    /// Payments of the recent days, and of those before.
    pub days_late_recent: DaysLate,
    /// See `days_late_recent`.
    pub days_late_before: DaysLate,
    /// Items of the recent days, and of those before.
    pub late_recent: LateItems,
    /// See `late_recent`.
    pub late_before: LateItems,
    /// Payments that were taken back inside the policy's days.
    pub n_returned: usize,
    /// First day of the relation that is known.
    pub since: Option<Day>,
}

/// One month of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthOfSales {
    /// Which.
    pub month: Month,
    /// Invoices and debit notes less credit notes issued in it.
    pub sales: Total,
    /// Open receivables less unapplied, plus unbilled orders, at its end.
    pub exposure: Total,
}

impl Behaviour {
    pub(super) fn of(
        ledger: &Ledger,
        history: &CustomerHistory<'_>,
        as_of: AsOf,
        since: Option<Day>,
        converter: &Converter,
        policy: &LimitsPolicy,
    ) -> Result<Behaviour, DecideError> {
        let day = as_of.0;
        let issued = history
            .documents()
            .map(|item| item.document.issued_on)
            .filter(|issued_on| *issued_on <= day);
        let first = issued.min();
        let last = match day.month().last() == day {
            true => day.month(),
            false => day.month() - 1,
        };
        let from = first.map_or(last + 1, |first| first.month().max(last - (policy.window_months - 1)));
        let mut behaviour = Behaviour {
            months: Vec::new(),
            n_fallen_due: 0,
            terms_days: None,
            days_late: DaysLate::default(),
            days_late_recent: DaysLate::default(),
            days_late_before: DaysLate::default(),
            late_recent: LateItems::default(),
            late_before: LateItems::default(),
            n_returned: n_returned(history, day, policy.no_increase.window_days),
            since: [since, first].into_iter().flatten().min(),
        };
        for month in from.through(last) {
            behaviour.months.push(MonthOfSales {
                month,
                sales: sales(history, month, converter)?,
                exposure: exposure(ledger, history, month.last(), converter)?,
            });
        }
        let inside = |on: Day| on >= from.first() && on <= last.last();
        let (mut billed, mut billed_days) = (0.0, 0.0);
        for item in history.documents().filter(|item| item.document.is_claim()) {
            let document = item.document;
            let Some(due_on) = document.due_on else { continue };
            behaviour.n_fallen_due += usize::from(inside(due_on) && document.issued_on <= day);
            if inside(document.issued_on) {
                let amount = converter
                    .convert(document.currency, document.amount.into())?
                    .to_feature();
                billed += amount;
                billed_days += amount * f64::from(due_on - document.issued_on);
            }
            behaviour.add_payments(&item, due_on, as_of, inside, converter, &policy.watch)?;
            behaviour.add_item(&item, due_on, day, policy);
        }
        behaviour.terms_days = (billed > 0.0).then(|| billed_days / billed);
        Ok(behaviour)
    }

    fn add_payments(
        &mut self,
        item: &DocumentHistory<'_>,
        due_on: Day,
        as_of: AsOf,
        inside: impl Fn(Day) -> bool,
        converter: &Converter,
        watch: &WatchPolicy,
    ) -> Result<(), DecideError> {
        let is_payment = |posting: &&Posting| {
            let came = matches!(posting.nature, Nature::Cash | Nature::CashApplied) && posting.delta.units() < 0;
            came && posting.on <= as_of.0
        };
        for payment in item.postings().filter(is_payment) {
            let money = converter
                .convert(payment.currency, -Total::from(payment.delta))?
                .to_feature();
            let days = f64::from(payment.on - due_on);
            let add = |sums: &mut DaysLate| {
                sums.n_payments += 1;
                sums.paid += money;
                sums.paid_days += money * days;
            };
            if inside(payment.on) {
                add(&mut self.days_late);
            }
            match as_of.0 - payment.on {
                ago if ago < watch.recent_days => add(&mut self.days_late_recent),
                ago if ago < watch.recent_days + watch.before_days => add(&mut self.days_late_before),
                _ => {}
            }
        }
        Ok(())
    }

    /// Counts an item on the side of the watch on which its last day in time fell.
    fn add_item(&mut self, item: &DocumentHistory<'_>, due_on: Day, day: Day, policy: &LimitsPolicy) {
        let in_time = due_on + policy.late_share.days_late;
        if in_time > day {
            return;
        }
        let side = match day - in_time {
            ago if ago < policy.watch.recent_days => &mut self.late_recent,
            ago if ago < policy.watch.recent_days + policy.watch.before_days => &mut self.late_before,
            _ => return,
        };
        side.n += 1;
        side.n_late += u64::from(item.settled_on(day).is_none_or(|settled_on| settled_on > in_time));
    }

    /// Returns the largest month-end exposure, with its month.
    pub fn peak(&self) -> Option<&MonthOfSales> {
        // Of equal months the first.
        self.months.iter().rev().max_by_key(|month| month.exposure)
    }

    /// Returns the mean month-end exposure; `None` without a month.
    pub fn mean_exposure(&self) -> Option<f64> {
        let sum: Total = self.months.iter().map(|month| month.exposure).sum();
        (!self.months.is_empty()).then(|| sum.to_feature() / self.months.len() as f64)
    }

    /// Returns the mean sales of a month; `None` without a month.
    pub fn mean_sales(&self) -> Option<f64> {
        let sum: Total = self.months.iter().map(|month| month.sales).sum();
        (!self.months.is_empty()).then(|| sum.to_feature() / self.months.len() as f64)
    }

    /// Returns the sales of the later half of the months over those of the earlier half; `None` under 12 months or without earlier sales.
    pub fn growth(&self) -> Option<f64> {
        let n = self.months.len();
        if n < 12 {
            return None;
        }
        let sum = |months: &[MonthOfSales]| -> Total { months.iter().map(|month| month.sales).sum() };
        let (earlier, later) = (
            sum(&self.months[n % 2..n / 2 + n % 2]),
            sum(&self.months[n / 2 + n % 2..]),
        );
        (earlier > Total::ZERO).then(|| later.ratio(earlier))?
    }

    /// Returns the whole months since the relation began.
    pub fn tenure_months(&self, as_of: AsOf) -> i32 {
        self.since.map_or(0, |since| {
            let months = as_of.0.month() - since.month();
            months - i32::from(as_of.0.day_of_month() < since.day_of_month())
        })
    }
}

fn sales(history: &CustomerHistory<'_>, month: Month, converter: &Converter) -> Result<Total, DecideError> {
    let mut sum = Total::ZERO;
    for item in history.documents() {
        let document = item.document;
        if document.kind != DocumentKind::FinanceCharge && document.issued_on.month() == month {
            sum += converter.convert(document.currency, document.amount.into())?;
        }
    }
    Ok(sum)
}

fn exposure(
    ledger: &Ledger,
    history: &CustomerHistory<'_>,
    day: Day,
    converter: &Converter,
) -> Result<Total, DecideError> {
    let mut sum = Total::ZERO;
    for item in history.documents() {
        sum += converter.convert(item.document.currency, item.open_on(day))?;
    }
    for posting in history.unapplied().filter(|posting| posting.on <= day) {
        sum += converter.convert(posting.currency, posting.delta.into())?;
    }
    for order in ledger
        .orders()
        .of(history.customer)
        .iter()
        .filter(|order| history.knows(order.known_on))
    {
        let ended = [order.billed_on, order.cancelled_on].into_iter().flatten().min();
        if order.ordered_on <= day && ended.is_none_or(|ended| ended > day) {
            sum += converter.convert(order.currency, order.amount.into())?;
        }
    }
    Ok(sum)
}

/// Counts the receipt lines that took cash back in the days before the day.
fn n_returned(history: &CustomerHistory<'_>, day: Day, window_days: i32) -> usize {
    let is_returned = |posting: &&Posting| {
        let taken_back = posting.nature == Nature::Reversal && posting.money == Nature::Cash;
        taken_back && posting.on <= day && day - posting.on < window_days
    };
    let mut rows: Vec<u32> = history
        .unapplied()
        .filter(is_returned)
        .map(|posting| posting.row)
        .collect();
    for item in history.documents() {
        rows.extend(item.postings().filter(is_returned).map(|posting| posting.row));
    }
    rows.sort_unstable();
    rows.dedup();
    rows.len()
}
