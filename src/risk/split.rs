//! Splits for validation: in time where history allows it, across customers where it does not.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::Rows;
use super::measures::below;
use crate::calendar::Day;
use crate::ids::CustomerIx;

/// Positions of training rows and of held-out rows.
pub(super) struct Part {
    pub train: Vec<usize>,
    pub held_out: Vec<usize>,
}

/// Bad and good rows that each side of a split needs.
const MIN_EVENTS: usize = 20;
/// Month ends held out at most.
const MAX_HELD_OUT: usize = 6;
/// Groups of customers where time cannot be split.
const N_FOLDS: usize = 5;

/// Holds out the last quarter of the days; trains on earlier days whose outcome was known by the first of them.
///
/// Fewer days are held out where that leaves too few events to train on; `None` where no split has enough on both sides.
pub(super) fn in_time(rows: &Rows) -> Option<Part> {
    let days: Vec<Day> = rows.days.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let wanted = (days.len() / 4).clamp(1, MAX_HELD_OUT);
    (1..=wanted).rev().filter(|n| *n < days.len()).find_map(|n_held_out| {
        let first = days[days.len() - n_held_out];
        let train = (0..rows.n())
            .filter(|&row| rows.days[row] < first && rows.matures_on[row] <= first)
            .collect();
        let held_out = (0..rows.n()).filter(|&row| rows.days[row] >= first).collect();
        let part = Part { train, held_out };
        (has_events(rows, &part.train) && has_events(rows, &part.held_out)).then_some(part)
    })
}

/// Holds out each customer once, in groups drawn by the seed.
pub(super) fn across_customers(rows: &Rows, seed: u64) -> Vec<Part> {
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

fn has_events(rows: &Rows, part: &[usize]) -> bool {
    let n_bad = part.iter().filter(|&&row| rows.bad[row]).count();
    n_bad >= MIN_EVENTS && part.len() - n_bad >= MIN_EVENTS
}
