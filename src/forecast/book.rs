//! The forecast in the making: item by item into sums per currency, and sums into rows.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::account::{Account, OpenItem};
use super::clock::Clock;
use super::collections::{CurrencyForecast, ForecastParams, ItemForecast, RowForecast, RowKind};
use super::habits::Habits;
use super::hazards::Hazards;
use super::simulate::{Fates, Shocks};
use super::timing::{Timing, due_or_assumed, tasks};
use crate::calendar::AsOf;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::{Currency, SCALE, Total};

/// Everything a customer's part of the forecast is made from.
pub(super) struct Book<'a> {
    pub ledger: &'a Ledger,
    pub as_of: AsOf,
    pub params: &'a ForecastParams,
    pub timing: &'a Timing,
    pub habits: &'a Habits,
    pub shocks: &'a Shocks,
}

/// Fates of an item beside the weeks, in the order in which low draws become high ones.
const CREDITED: usize = 0;
const NOT_PAID: usize = 1;
const WRITTEN_OFF: usize = 2;
const N_OTHER_FATES: usize = 3;

#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    pub by_currency: BTreeMap<Currency, CurrencySum>,
    pub items: Vec<ItemForecast>,
}

#[derive(Clone, Debug)]
pub(super) struct CurrencySum {
    open: Total,
    unapplied: Total,
    /// Expected money by fate, in units.
    expected: Vec<f64>,
    /// Money by simulation and fate, in units: `(n_simulations, n_fates)`.
    drawn: Vec<i128>,
}

impl Sums {
    fn merge(&mut self, other: Sums) {
        self.items.extend(other.items);
        for (currency, sum) in other.by_currency {
            match self.by_currency.get_mut(&currency) {
                None => {
                    self.by_currency.insert(currency, sum);
                }
                Some(own) => {
                    own.open += sum.open;
                    own.unapplied += sum.unapplied;
                    own.expected
                        .iter_mut()
                        .zip(sum.expected)
                        .for_each(|(own, more)| *own += more);
                    own.drawn.iter_mut().zip(sum.drawn).for_each(|(own, more)| *own += more);
                }
            }
        }
    }
}

/// Parts held in memory at a time.
const TASKS_AT_ONCE: usize = 64;

impl Book<'_> {
    fn n_fates(&self) -> usize {
        self.params.horizon_weeks + N_OTHER_FATES
    }

    /// Adds up all customers; the same for any number of threads.
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for tasks in tasks(self.ledger.n_customers()).chunks(TASKS_AT_ONCE) {
            let parts: Vec<Sums> = tasks
                .par_iter()
                .map(|customers| {
                    let mut part = Sums::default();
                    customers
                        .clone()
                        .for_each(|customer| self.add(CustomerIx(customer), &mut part));
                    part
                })
                .collect();
            parts.into_iter().for_each(|part| sums.merge(part));
        }
        sums
    }

    /// Adds up one customer.
    pub fn sums_of(&self, customer: CustomerIx) -> Sums {
        let mut sums = Sums::default();
        self.add(customer, &mut sums);
        sums
    }

    fn add(&self, customer: CustomerIx, sums: &mut Sums) {
        let account = Account::on(self.ledger, customer, self.as_of, self.params.promise_tolerance_days);
        if account.is_empty() {
            return;
        }
        let empty = || CurrencySum {
            open: Total::ZERO,
            unapplied: Total::ZERO,
            expected: vec![0.0; self.n_fates()],
            drawn: vec![0; self.n_fates() * self.params.n_simulations],
        };
        for (currency, unapplied) in &account.unapplied {
            sums.by_currency.entry(*currency).or_insert_with(empty).unapplied += *unapplied;
        }
        if account.items.is_empty() {
            return;
        }
        let hazards = self.timing.of_customer(self.ledger, customer);
        let credibility = if account.items.iter().any(|item| item.promised > Total::ZERO) {
            self.habits.credibility(self.ledger, customer, self.as_of, self.params)
        } else {
            0.0
        };
        let mut draws = self.shocks.customer(self.ledger.customer_id(customer));
        let n_fates = self.n_fates();
        for item in &account.items {
            let sum = sums.by_currency.entry(item.currency).or_insert_with(empty);
            let outlook = self.outlook(item, &hazards, credibility);
            let units = item.open.units();
            sum.open += item.open;
            for (expected, probability) in sum.expected.iter_mut().zip(&outlook.fates) {
                *expected += probability * units as f64;
            }
            draws.start_run(item.due_on);
            draws.each_fate(&Fates(&outlook.fates), |simulation, fate| {
                sum.drawn[simulation * n_fates + fate] += units;
            });
            sums.items.push(ItemForecast {
                document: item.document,
                open: item.open,
                expected_on: outlook.median.map(|days| self.as_of.0 + days),
                probability: outlook.fates[..self.params.horizon_weeks].iter().sum(),
            });
        }
    }

    /// Mixes what the hazards say of the free, the promised and the disputed part of an item.
    fn outlook(&self, item: &OpenItem, hazards: &Hazards, credibility: f64) -> Outlook {
        let document = self.ledger.document(item.document);
        let due_on = due_or_assumed(document, &self.params.timing);
        let disputed = item.disputed.ratio(item.open).unwrap_or(0.0);
        let believed = credibility * item.promised.ratio(item.open).unwrap_or(0.0);
        let mut outlook = Outlook::new(self.params.horizon_weeks);
        let clock = self.timing.clock();
        let pause = match clock {
            Clock::Calendar => self.habits.dispute_days,
            // Whole weeks, so that a working day stays one.
            Clock::Working => (self.habits.dispute_days + 3) / 7 * 7,
        };
        let mut follow = |pause: i32, share: f64| {
            let start = self.as_of.0 - pause;
            outlook.follow(hazards, pause, share, |day| {
                let day = start + day;
                clock.counts(day).then(|| clock.number(day) - clock.number(due_on))
            });
        };
        follow(0, 1.0 - disputed - believed);
        if disputed > 0.0 {
            follow(pause, disputed);
        }
        if let (Some(promised_on), true) = (item.promised_on, believed > 0.0) {
            outlook.pay_on((promised_on - self.as_of.0).max(1), believed);
        }
        outlook.close();
        outlook
    }

    /// Turns the sums of a currency into its rows, each period of so many weeks; the last may be shorter.
    pub fn close(&self, currency: Currency, sum: &CurrencySum, weeks_per_period: usize) -> CurrencyForecast {
        let n_weeks = self.params.horizon_weeks;
        let expected = deal(sum.open, &sum.expected, n_weeks + NOT_PAID);
        let start = self.as_of.0 + 1;
        let row_of = |row, fates: Range<usize>, period_start, period_end| {
            let simulations = sum.drawn.chunks_exact(self.n_fates());
            let mut drawn: Vec<i128> = simulations.map(|drawn| drawn[fates.clone()].iter().sum()).collect();
            drawn.sort_unstable();
            let quantile = |share: f64| {
                let rank = (share * drawn.len() as f64).ceil() as usize;
                to_cents(drawn[rank.clamp(1, drawn.len()) - 1])
            };
            RowForecast {
                row,
                period_start,
                period_end,
                expected: expected[fates].iter().copied().sum(),
                p10: quantile(0.1),
                p50: quantile(0.5),
                p90: quantile(0.9),
            }
        };
        let end = start + (7 * n_weeks as i32 - 1);
        let period = |first: usize| {
            let weeks = first..(first + weeks_per_period).min(n_weeks);
            let day = |week: usize| start + 7 * week as i32;
            row_of(RowKind::Period, weeks.clone(), day(weeks.start), day(weeks.end) - 1)
        };
        let fate = |row, fate: usize| row_of(row, n_weeks + fate..n_weeks + fate + 1, start, end);
        let mut rows: Vec<RowForecast> = (0..n_weeks).step_by(weeks_per_period).map(period).collect();
        rows.push(fate(RowKind::Credited, CREDITED));
        rows.push(fate(RowKind::WrittenOff, WRITTEN_OFF));
        rows.push(fate(RowKind::NotPaid, NOT_PAID));
        rows.push(RowForecast {
            row: RowKind::Unapplied,
            period_start: start,
            period_end: end,
            expected: sum.unapplied,
            p10: sum.unapplied,
            p50: sum.unapplied,
            p90: sum.unapplied,
        });
        CurrencyForecast {
            currency,
            open_receivables: sum.open + sum.unapplied,
            rows,
        }
    }
}

/// The probabilities of an item's fates, in the making.
struct Outlook {
    fates: Vec<f64>,
    cash_by_day: Vec<f64>,
    median: Option<i32>,
}

impl Outlook {
    fn new(n_weeks: usize) -> Outlook {
        Outlook {
            fates: vec![0.0; n_weeks + N_OTHER_FATES],
            cash_by_day: vec![0.0; 7 * n_weeks],
            median: None,
        }
    }

    fn n_weeks(&self) -> usize {
        self.fates.len() - N_OTHER_FATES
    }

    /// Follows a share of the item day by day, from the day after `pause` on; `age_on` is `None` on a day on which nothing happens.
    fn follow(&mut self, hazards: &Hazards, pause: i32, share: f64, age_on: impl Fn(i32) -> Option<i32>) {
        let others = self.n_weeks();
        let mut open = share;
        for day in (pause + 1)..=(self.cash_by_day.len() as i32) {
            let Some(age) = age_on(day) else {
                continue;
            };
            let [cash, credited, written_off] = hazards.at(age);
            self.cash_by_day[day as usize - 1] += open * cash;
            self.fates[others + CREDITED] += open * credited;
            self.fates[others + WRITTEN_OFF] += open * written_off;
            open *= (1.0 - cash - credited - written_off).max(0.0);
        }
    }

    fn pay_on(&mut self, day: i32, share: f64) {
        if let Some(cash) = self.cash_by_day.get_mut(day as usize - 1) {
            *cash += share;
        }
    }

    /// Adds days up to weeks; what has no other fate stays unpaid.
    fn close(&mut self) {
        let others = self.n_weeks();
        let mut paid = 0.0;
        for (day, cash) in self.cash_by_day.iter().enumerate() {
            self.fates[day / 7] += cash;
            paid += cash;
            if self.median.is_none() && paid >= 0.5 {
                self.median = Some(day as i32 + 1);
            }
        }
        let settled = paid + self.fates[others + CREDITED] + self.fates[others + WRITTEN_OFF];
        self.fates[others + NOT_PAID] = (1.0 - settled).max(0.0);
    }
}

const UNITS_PER_CENT: i128 = (SCALE / 100) as i128;

fn to_cents(units: i128) -> Total {
    let half = UNITS_PER_CENT / 2 * units.signum();
    Total::from_units((units + half) / UNITS_PER_CENT * UNITS_PER_CENT)
}

/// Deals an exact total in cents by largest remainder; the fraction of a cent goes to the row `rest`.
fn deal(total: Total, weights: &[f64], rest: usize) -> Vec<Total> {
    let whole: f64 = weights.iter().sum();
    let cents = total.units() / UNITS_PER_CENT;
    let share = |weight: &f64| {
        if whole > 0.0 {
            weight / whole * cents as f64
        } else {
            0.0
        }
    };
    let shares: Vec<f64> = weights.iter().map(share).collect();
    let mut dealt: Vec<i128> = shares.iter().map(|share| share.floor() as i128).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| (shares[b].fract()).total_cmp(&shares[a].fract()));
    let left = cents - dealt.iter().sum::<i128>();
    if (0..=weights.len() as i128).contains(&left) {
        order.iter().take(left as usize).for_each(|&at| dealt[at] += 1);
    } else {
        // Totals beyond the 53 bits of a share: the rounding error is too small to matter and goes where it shows least.
        dealt[rest] += left;
    }
    let mut totals: Vec<Total> = dealt
        .into_iter()
        .map(|cents| Total::from_units(cents * UNITS_PER_CENT))
        .collect();
    totals[rest] += Total::from_units(total.units() - cents * UNITS_PER_CENT);
    totals
}
