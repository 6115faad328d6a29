//! Splits for validation: in time where history allows it, across customers where it does not.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::Rows;
use super::measures::below;
use crate::calendar::Day;
use crate::ids::CustomerIx;

/// Positions of training rows and of held-out rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Rows to fit to.
    pub train: Vec<usize>,
    /// Rows to judge on.
    pub held_out: Vec<usize>,
}

/// Bad and good rows that each side of a split needs.
const MIN_EVENTS: usize = 20;
/// Month ends held out at most.
const MAX_HELD_OUT: usize = 6;
/// Groups of customers where time cannot be split.
const N_FOLDS: usize = 5;
/// Stretches of later days that are held out one after the other.
const N_ROLLING: usize = 4;

/// Holds out the last quarter of the days; trains on earlier days whose outcome was known by the first of them.
///
/// Fewer days are held out where that leaves too few events to train on; `None` where no split has enough on both sides.
pub fn in_time(rows: &Rows) -> Option<Part> {
    let days = days(rows);
    let wanted = (days.len() / 4).clamp(1, MAX_HELD_OUT);
    (1..=wanted)
        .rev()
        .filter(|n| *n < days.len())
        .find_map(|n_held_out| between(rows, days[days.len() - n_held_out], Day::LATEST))
}

/// Cuts the later half of the days into stretches and holds out one after the other; trains each time on what was known before.
///
/// Stretches without enough events on both sides are left out. Where no stretch has enough, customers are held out instead; none are
/// where all bad rows are one customer's.
pub fn rolling(rows: &Rows, seed: u64) -> Vec<Part> {
    let days = days(rows);
    let later = &days[days.len() - days.len() / 2..];
    let n = N_ROLLING.min(later.len());
    let starts: Vec<Day> = (0..n).map(|stretch| later[stretch * later.len() / n]).collect();
    let ends = starts.iter().skip(1).copied().chain([Day::LATEST]);
    let parts: Vec<Part> = starts
        .iter()
        .zip(ends)
        .filter_map(|(&start, end)| between(rows, start, end))
        .collect();
    if parts.is_empty() {
        // The last days may do where the whole stretch does not.
        let mut parts = in_time(rows).map_or_else(|| across_customers(rows, seed), |part| vec![part]);
        parts.retain(|part| has_both(rows, &part.train));
        return parts;
    }
    parts
}

/// Holds out each customer once, in groups drawn by the seed.
pub fn across_customers(rows: &Rows, seed: u64) -> Vec<Part> {
    let mut customers: Vec<CustomerIx> = rows
        .customers
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for last in (1..customers.len()).rev() {
        customers.swap(last, below(&mut random, last + 1));
    }
    let mut fold_of = vec![0; customers.iter().map(|customer| customer.at() + 1).max().unwrap_or(0)];
    for (position, customer) in customers.iter().enumerate() {
        fold_of[customer.at()] = position % N_FOLDS;
    }
    (0..N_FOLDS)
        .map(|fold| {
            let (held_out, train) = (0..rows.n()).partition(|&row| fold_of[rows.customers[row].at()] == fold);
            Part { train, held_out }
        })
        .filter(|part: &Part| !part.held_out.is_empty())
        .collect()
}

/// Keeps all rows of some customers, so that about `n_wanted` rows are left; all rows where there are no more.
pub fn sample_of_customers(rows: &Rows, n_wanted: usize, seed: u64) -> Option<Rows> {
    if rows.n() <= n_wanted {
        return None;
    }
    let share = n_wanted as f64 / rows.n() as f64;
    let is_kept = |customer: &CustomerIx| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(customer.at() as u64);
        (below(&mut random, 1 << 30) as f64) < share * f64::from(1 << 30)
    };
    let kept: Vec<usize> = (0..rows.n()).filter(|&row| is_kept(&rows.customers[row])).collect();
    Some(rows.take(&kept))
}

fn days(rows: &Rows) -> Vec<Day> {
    rows.days.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Holds out the days from `first` to before `end`; `None` where either side lacks events.
fn between(rows: &Rows, first: Day, end: Day) -> Option<Part> {
    let train = (0..rows.n())
        .filter(|&row| rows.days[row] < first && rows.matures_on[row] <= first)
        .collect();
    let held_out = (0..rows.n())
        .filter(|&row| (first..end).contains(&rows.days[row]))
        .collect();
    let part = Part { train, held_out };
    (has_events(rows, &part.train) && has_events(rows, &part.held_out)).then_some(part)
}

fn has_both(rows: &Rows, part: &[usize]) -> bool {
    part.iter().any(|&row| rows.bad[row]) && part.iter().any(|&row| !rows.bad[row])
}

fn has_events(rows: &Rows, part: &[usize]) -> bool {
    let n_bad = part.iter().filter(|&&row| rows.bad[row]).count();
    n_bad >= MIN_EVENTS && part.len() - n_bad >= MIN_EVENTS
}
