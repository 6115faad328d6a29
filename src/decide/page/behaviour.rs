//! How a customer paid: lately, over a year, ever, and where that is going.
//!
//! # Definition
//! The items of a window are the claims with a due day that were settled inside it, counted back from the as-of day. Days late are the day of settlement
//! less the due day, early ones below zero; by money they are weighted with the amounts. An item is late when it was settled after its due day. Promises stand in
//! the window of their promised day, open ones in none; disputes in that of their opening day.
//! # Edge cases
//! What is still open is no part of it, however late it is: it stands in the balance. Nothing settled: every figure is missing. Amounts of several
//! currencies are weighted in the base currency; without rates figures by money are missing.
//! # Example
//! 100.00 settled 10 days late and 300.00 settled 2 days early: (10 - 2) / 2 = 4 days late, by money (100 x 10 - 300 x 2) / 400 = 1 day late.

use crate::calendar::{AsOf, Day};
use crate::forecast::Account;
use crate::history::CustomerHistory;
use crate::ledger::Ledger;
use crate::metrics::base_currency::Converter;
use crate::metrics::promises::PromiseOutcome;
use crate::money::Total;
use crate::table::Table;

/// How a customer paid in a window of days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BehaviourWindow {
    /// Items settled.
    pub n_settled: u64,
    /// Their mean days late.
    pub days_late: Option<f64>,
    /// The same, weighted by money.
    pub days_late_by_money: Option<f64>,
    /// Share of them that was settled after its due day.
    pub share_late: Option<f64>,
    /// Share of their money.
    pub share_of_money_late: Option<f64>,
    /// Promises whose end is known.
    pub n_promises: u64,
    /// Share of these that was kept.
    pub kept_rate: Option<f64>,
    /// Disputes opened.
    pub n_disputes: u64,
}

/// How a customer paid, window by window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PaymentBehaviour {
    /// The last 90 days.
    pub lately: BehaviourWindow,
    /// The 275 days before them.
    pub before: BehaviourWindow,
    /// Both together: 365 days.
    pub year: BehaviourWindow,
    /// Ever.
    pub ever: BehaviourWindow,
}

const LATELY: i32 = 90;
const YEAR: i32 = 365;

/// An item that was settled.
struct Settled {
    on: Day,
    days_late: i32,
    /// In the base currency; `None` where it cannot be had.
    money: Option<Total>,
}

impl PaymentBehaviour {
    pub(super) fn of(
        ledger: &Ledger,
        account: &Account,
        as_of: AsOf,
        converter: Option<&Converter>,
    ) -> PaymentBehaviour {
        let day = as_of.0;
        let history = CustomerHistory::of(ledger, account.customer, Some(day));
        let claims = history
            .documents()
            .filter(|item| item.document.is_claim() && item.document.issued_on <= day);
        let settled = claims.filter_map(|item| {
            let on = item.settled_on(day)?;
            let amount = Total::from(item.document.amount);
            Some(Settled {
                on,
                days_late: on - item.document.due_on?,
                money: converter.and_then(|converter| converter.convert(item.document.currency, amount).ok()),
            })
        });
        let settled: Vec<Settled> = settled.collect();
        let window = |first: Day, last: Day| {
            let inside = |day: Day| (first..=last).contains(&day);
            let mut window = BehaviourWindow::of_items(settled.iter().filter(|item| inside(item.on)));
            let judged = account
                .promises
                .iter()
                .filter(|judged| judged.outcome != PromiseOutcome::Open);
            let judged = judged.filter(|judged| inside(judged.promise.promised_on));
            let (n, kept) = judged.fold((0, 0), |(n, kept), judged| {
                (n + 1, kept + u64::from(judged.outcome == PromiseOutcome::Kept))
            });
            window.n_promises = n;
            window.kept_rate = (n > 0).then(|| kept as f64 / n as f64);
            window.n_disputes = history.disputes().filter(|dispute| inside(dispute.opened_on)).count() as u64;
            window
        };
        PaymentBehaviour {
            lately: window(day - LATELY + 1, day),
            before: window(day - YEAR + 1, day - LATELY),
            year: window(day - YEAR + 1, day),
            ever: window(Day::EARLIEST, day),
        }
    }

    /// Returns the days late of the last 90 days less those of the 275 days before them: above zero, it pays later than it did.
    pub fn trend(&self) -> Option<f64> {
        Some(self.lately.days_late? - self.before.days_late?)
    }

    /// Returns one row per window, and one for the change.
    pub(super) fn table(&self) -> Table {
        let less = |of: fn(&BehaviourWindow) -> Option<f64>| Some(of(&self.lately)? - of(&self.before)?);
        let windows = [
            ("last 90 days", &self.lately),
            ("275 days before", &self.before),
            ("last 365 days", &self.year),
            ("all time", &self.ever),
        ];
        let names = windows.iter().map(|(name, _)| (*name).to_owned());
        let figures = |of: fn(&BehaviourWindow) -> Option<f64>| {
            let figures = windows.iter().map(|(_, window)| of(window));
            figures.chain([less(of)]).collect::<Vec<_>>()
        };
        let counts = |of: fn(&BehaviourWindow) -> u64| {
            let counts = windows.iter().map(|(_, window)| Some(of(window) as i64));
            counts.chain([None]).collect::<Vec<_>>()
        };
        Table::new("behaviour")
            .note(
                "days_late",
                "of claims settled in the window: settled less due, early below zero",
            )
            .note("change", "last 90 days less the 275 days before")
            .text("window", names.chain(["change".to_owned()]))
            .int("n_settled", counts(|window| window.n_settled))
            .real("days_late", figures(|window| window.days_late))
            .real("days_late_by_money", figures(|window| window.days_late_by_money))
            .real("share_late", figures(|window| window.share_late))
            .real("share_of_money_late", figures(|window| window.share_of_money_late))
            .int("n_promises", counts(|window| window.n_promises))
            .real("kept_rate", figures(|window| window.kept_rate))
            .int("n_disputes", counts(|window| window.n_disputes))
    }
}

impl BehaviourWindow {
    fn of_items<'a>(items: impl Iterator<Item = &'a Settled>) -> BehaviourWindow {
        let (mut n, mut n_late, mut days) = (0_u64, 0_u64, 0_i64);
        let (mut money, mut late_money, mut money_days) = (Some(Total::ZERO), Total::ZERO, 0_i128);
        for item in items {
            n += 1;
            days += i64::from(item.days_late);
            n_late += u64::from(item.days_late > 0);
            money = money.zip(item.money).map(|(sum, own)| sum + own);
            if let Some(own) = item.money {
                money_days += own.units() * i128::from(item.days_late);
                late_money += if item.days_late > 0 { own } else { Total::ZERO };
            }
        }
        let of_money = |part: Total| money.and_then(|money| part.ratio(money));
        let mean = |sum: f64| (n > 0).then(|| sum / n as f64);
        BehaviourWindow {
            n_settled: n,
            days_late: mean(days as f64),
            days_late_by_money: of_money(Total::from_units(money_days)),
            share_late: mean(n_late as f64),
            share_of_money_late: of_money(late_money),
            ..BehaviourWindow::default()
        }
    }
}
