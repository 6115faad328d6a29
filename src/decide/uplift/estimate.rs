//! From counts to shares paid with and without a contact, and their error.

use std::ops::Range;

use super::study::{Cell, Cells, Study, add};
use super::{MeasuredBand, MeasuredUplift};

/// Uncontacted days that an age, with those around it, needs at least.
const MIN_FREE_DAYS: u64 = 100;
/// How many days around an age are taken with it, the first that has enough.
const AROUND: [usize; 5] = [3, 7, 14, 28, 56];

impl Study<'_> {
    /// Measures each age of the response from counts by group of customers.
    pub fn finish(&self, groups: &[Cells]) -> MeasuredUplift {
        let without = |left_out: Option<usize>| {
            let mut sums = vec![Cell::default(); self.n_cells()];
            let kept = groups.iter().enumerate().filter(|(at, _)| Some(*at) != left_out);
            kept.for_each(|(_, cells)| add(&mut sums, cells));
            sums
        };
        let all = without(None);
        let parts: Vec<Cells> = (0..groups.len()).map(|at| without(Some(at))).collect();
        let window = self.policy.action_window_days;
        let bands = self.policy.response.bands.iter().enumerate().map(|(at, band)| {
            let own = |cells: &Cells| shares(cells, self.n_ages(), self.ages(at), window as usize);
            let whole = own(&all);
            let is_enough = whole.n_contacted >= self.policy.uplift.min_items as u64;
            let measured = whole.difference().filter(|_| is_enough).and_then(|difference| {
                let parts: Option<Vec<f64>> = parts.iter().map(|cells| own(cells).difference()).collect();
                Some((difference, jackknife_error(&parts?)))
            });
            let prior = self.policy.uplift.prior_sd.powi(2);
            let uplift = measured.map_or(band.uplift, |(difference, error)| {
                let weight = prior / (prior + error * error);
                (weight * difference + (1.0 - weight) * band.uplift).clamp(0.0, 1.0)
            });
            MeasuredBand {
                up_to_days: band.up_to_days,
                n_contacted: whole.n_contacted,
                paid_contacted: whole.paid.map(|(contacted, _)| contacted),
                paid_uncontacted: whole.paid.map(|(_, uncontacted)| uncontacted),
                n_free_days: whole.n_free_days,
                measured,
                declared: band.uplift,
                uplift,
            }
        });
        MeasuredUplift {
            as_of: self.as_of,
            window_days: window,
            bands: bands.collect(),
            hold_out: !self.policy.uplift.hold_out_by.is_empty(),
        }
    }
}

/// The shares paid with and without a contact, over cells of one age.
struct Shares {
    n_contacted: u64,
    n_free_days: u64,
    paid: Option<(f64, f64)>,
}

impl Shares {
    fn difference(&self) -> Option<f64> {
        self.paid.map(|(contacted, uncontacted)| contacted - uncontacted)
    }
}

/// Adds up the claims contacted at some ages, and what would have been paid of them.
fn shares(cells: &Cells, n_ages: usize, ages: Range<usize>, window: usize) -> Shares {
    let (mut n, mut paid, mut without, mut n_free_days) = (0, 0, 0.0, 0);
    for of_kind in cells.chunks(n_ages) {
        let mut is_used = false;
        for age in ages.clone().filter(|&age| of_kind[age].n_contacted > 0) {
            let days = (age..age + window).map(|day| paid_a_day(of_kind, day.min(n_ages - 1)));
            let Some(stays) = days
                .map(|share| share.map(|share| 1.0 - share))
                .product::<Option<f64>>()
            else {
                continue;
            };
            is_used = true;
            n += of_kind[age].n_contacted;
            paid += of_kind[age].n_paid;
            without += of_kind[age].n_contacted as f64 * (1.0 - stays);
        }
        if is_used {
            n_free_days += of_kind[ages.clone()].iter().map(|cell| cell.n_free_days).sum::<u64>();
        }
    }
    Shares {
        n_contacted: n,
        n_free_days,
        paid: (n > 0).then(|| (paid as f64 / n as f64, without / n as f64)),
    }
}

/// Returns the share of uncontacted days of an age that were followed by payment; `None` where there are too few days far and wide.
fn paid_a_day(cells: &[Cell], age: usize) -> Option<f64> {
    AROUND.into_iter().find_map(|around| {
        let near = &cells[age.saturating_sub(around)..(age + around + 1).min(cells.len())];
        let n: u64 = near.iter().map(|cell| cell.n_free_days).sum();
        let paid: u64 = near.iter().map(|cell| cell.n_free_paid).sum();
        (n >= MIN_FREE_DAYS).then(|| paid as f64 / n as f64)
    })
}

/// Returns the standard error from estimates that each leave out one group.
fn jackknife_error(parts: &[f64]) -> f64 {
    let n = parts.len() as f64;
    let mean = parts.iter().sum::<f64>() / n;
    let squares: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
    ((n - 1.0) / n * squares).sqrt()
}
