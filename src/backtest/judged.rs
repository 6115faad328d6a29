//! Orders judged over some days: what each captures, with intervals, as a table.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::captured::Ranked;
use super::orders::{Order, Standing};
use super::replay::{ReplayError, ReplayParams};
use crate::calendar::Day;
use crate::ids::CustomerIx;
use crate::metrics::{percentile_interval, times_drawn};
use crate::money::Currency;
use crate::table::Table;

/// Shares of the customers that an order puts first.
const SHARES: [f64; 3] = [0.05, 0.10, 0.20];

/// What each order would have captured.
#[derive(Clone, Debug)]
pub struct OrderReplay {
    currency: Currency,
    days: Vec<Day>,
    n_customers: usize,
    n_with_sought: usize,
    sought: f64,
    subject: Subject,
    params: ReplayParams,
    probabilities: String,
    rows: Vec<Row>,
}

/// What an order is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Money that went late.
    WentLate,
    /// Money that a contact brings and that would not have come without.
    Effect,
}

/// One order at one share of the customers.
#[derive(Clone, Debug)]
struct Row {
    order: Order,
    share: f64,
    captured: Measured,
    collected: Measured,
    regret: Measured,
}

/// A value with its 95% interval.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    value: Option<f64>,
    interval: Option<(f64, f64)>,
}

/// The customers of one day.
struct OfDay {
    standings: Vec<Standing>,
    ranked: Vec<Ranked>,
}

impl OfDay {
    fn of(standings: Vec<Standing>, orders: &[Order]) -> OfDay {
        let ranked = |order: &Order| {
            let keys: Vec<f64> = standings.iter().map(|standing| order.key(standing)).collect();
            Ranked::by(&keys)
        };
        OfDay {
            ranked: orders.iter().map(ranked).collect(),
            standings,
        }
    }
}

/// Shares of the money that an order captures: by order, then by share of the customers.
type Captured = Vec<[(Option<f64>, Option<f64>); SHARES.len()]>;

fn measured(of_days: &[OfDay], orders: &[Order], params: ReplayParams) -> Vec<Row> {
    let customers: BTreeSet<CustomerIx> = of_days
        .iter()
        .flat_map(|of_day| of_day.standings.iter().map(|standing| standing.customer))
        .collect();
    let positions: BTreeMap<CustomerIx, usize> = customers.into_iter().zip(0..).collect();
    let clusters: Vec<Vec<usize>> = of_days
        .iter()
        .map(|of_day| {
            of_day
                .standings
                .iter()
                .map(|standing| positions[&standing.customer])
                .collect()
        })
        .collect();
    let captured = |weights: &[f64]| captured(of_days, orders, &clusters, weights);
    let all = captured(&vec![1.0; positions.len()]);
    let draws: Vec<Captured> = (0..params.n_draws)
        .into_par_iter()
        .map(|draw| {
            let times = times_drawn(positions.len(), draw as u32, params.seed);
            captured(&times.into_iter().map(f64::from).collect::<Vec<_>>())
        })
        .collect();
    let best = orders.iter().position(|order| *order == Order::Best);
    let regret = |captured: &Captured, order: usize, share: usize| {
        let best = captured[best?][share].0.filter(|best| *best > 0.0)?;
        Some(1.0 - captured[order][share].0? / best)
    };
    let mut rows = Vec::new();
    for (at, &order) in orders.iter().enumerate() {
        for (of_share, &share) in SHARES.iter().enumerate() {
            let measured = |value: &dyn Fn(&Captured) -> Option<f64>| Measured {
                value: value(&all),
                interval: percentile_interval(draws.iter().map(value), 0.95),
            };
            rows.push(Row {
                order,
                share,
                captured: measured(&|captured| captured[at][of_share].0),
                collected: measured(&|captured| captured[at][of_share].1),
                regret: measured(&|captured| regret(captured, at, of_share)),
            });
        }
    }
    rows
}

/// Returns what each order captures where customer by customer counts so many times.
fn captured(of_days: &[OfDay], orders: &[Order], clusters: &[Vec<usize>], weights: &[f64]) -> Captured {
    let (mut went_late, mut collected) = (0.0, 0.0);
    let mut sums = vec![[(0.0, 0.0); SHARES.len()]; orders.len()];
    for (of_day, clusters) in of_days.iter().zip(clusters) {
        let weights: Vec<f64> = clusters.iter().map(|&cluster| weights[cluster]).collect();
        let of = |what: fn(&Standing) -> f64| of_day.standings.iter().map(what).collect::<Vec<f64>>();
        let (late, cash) = (of(|standing| standing.sought), of(|standing| standing.collected));
        let sum = |what: &[f64]| {
            what.iter()
                .zip(&weights)
                .map(|(what, weight)| what * weight)
                .sum::<f64>()
        };
        went_late += sum(&late);
        collected += sum(&cash);
        for (sums, ranked) in sums.iter_mut().zip(&of_day.ranked) {
            let of_late = ranked.captured(&late, &weights, &SHARES);
            let of_cash = ranked.captured(&cash, &weights, &SHARES);
            for (sum, (late, cash)) in sums.iter_mut().zip(of_late.into_iter().zip(of_cash)) {
                sum.0 += late;
                sum.1 += cash;
            }
        }
    }
    let share = |part: f64, all: f64| (all > 0.0).then(|| part / all);
    let shares = sums
        .into_iter()
        .map(|sums| sums.map(|(late, cash)| (share(late, went_late), share(cash, collected))));
    shares.collect()
}

impl OrderReplay {
    /// Judges orders by the standings of some days.
    pub(super) fn of(
        standings: Vec<Vec<Standing>>,
        days: Vec<Day>,
        orders: &[Order],
        currency: Option<Currency>,
        (subject, probabilities): (Subject, String),
        params: ReplayParams,
    ) -> Result<OrderReplay, ReplayError> {
        let of_days: Vec<OfDay> = standings
            .into_iter()
            .map(|standings| OfDay::of(standings, orders))
            .collect();
        let all = || of_days.iter().flat_map(|of_day| &of_day.standings);
        let currency = currency
            .filter(|_| all().next().is_some())
            .ok_or(ReplayError::NoClaims)?;
        Ok(OrderReplay {
            currency,
            n_customers: all().count(),
            n_with_sought: all().filter(|standing| standing.sought > 0.0).count(),
            sought: all().map(|standing| standing.sought).sum(),
            subject,
            rows: measured(&of_days, orders, params),
            days,
            probabilities,
            params,
        })
    }

    /// Returns one row per order and share of the customers: `order`, `first` (the share), `captured`, `collected` and `regret`, each with the
    /// bounds of its interval.
    pub fn table(&self) -> Table {
        let rows = &self.rows;
        let mut table = Table::new("orders")
            .text("order", rows.iter().map(|row| row.order.as_str().to_owned()))
            .real("first", rows.iter().map(|row| row.share));
        for (at, name) in ["captured", "regret", "collected"].into_iter().enumerate() {
            let measured = || {
                rows.iter()
                    .map(move |row| [row.captured, row.regret, row.collected][at])
            };
            let bound = |bound: fn((f64, f64)) -> f64| measured().map(move |measured| measured.interval.map(bound));
            table = table
                .real(name, measured().map(|measured| measured.value))
                .real(&format!("{name}_low"), bound(|(low, _)| low))
                .real(&format!("{name}_high"), bound(|(_, high)| high));
        }
        let days: Vec<String> = self.days.iter().map(Day::to_string).collect();
        table
            .note("days", days.join(", "))
            .note(
                "customers",
                match self.subject {
                    Subject::WentLate => format!(
                        "{} on all days together, {} with money that went late",
                        self.n_customers, self.n_with_sought
                    ),
                    Subject::Effect => format!(
                        "{} on all days together, {} whom a contact moves",
                        self.n_customers, self.n_with_sought
                    ),
                },
            )
            .note(
                match self.subject {
                    Subject::WentLate => "went_late",
                    Subject::Effect => "effect",
                },
                format!("{:.2} {}", self.sought, self.currency),
            )
            .note("probabilities", &self.probabilities)
            .note(
                "collected",
                match self.subject {
                    Subject::WentLate => format!("cash within {} days for what was open", self.params.collected_days),
                    Subject::Effect => "not followed".to_owned(),
                },
            )
            .note("places", "customers with the same number share their places")
            .note(
                "intervals",
                format!("95%, {} draws of customers with all their days", self.params.n_draws),
            )
    }
}
