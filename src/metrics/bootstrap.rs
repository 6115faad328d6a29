//! Intervals around sums of money and ratios of them, by drawing whole customers.
//!
//! # Definition
//! The invoices of a customer are paid by the same people; they are no independent cases. So customers are drawn, with
//! replacement and as many as there are, all values of a customer together; the statistic is computed on the sums of each
//! draw, and the interval holds the middle share of the draws (percentile method).
//! # Inputs
//! For each customer the cells that are not zero; the statistic as a function of the sums of the cells.
//! # Edge cases
//! Fewer than two customers, a statistic that half of the draws do not define, or draws that all say the same: no interval.
//! # Source
//! Davison, A. C. and Hinkley, D. V., Bootstrap Methods and their Application (1997), sections 2.4 and 3.8.
//! # Example
//! ```
//! use arrears::metrics::{BootstrapParams, ClusterSums};
//!
//! let mut sums = ClusterSums::new(2);
//! for (collected, opening) in [(60.0, 100.0), (40.0, 100.0), (50.0, 100.0)] {
//!     sums.push([(0, collected), (1, opening)]);
//! }
//! let draws = sums.draws(&BootstrapParams::default());
//! let (low, high) = draws.interval(|sums| (sums[1] > 0.0).then(|| sums[0] / sums[1])).unwrap();
//! assert!(0.4 <= low && low < 0.5 && 0.5 < high && high <= 0.6);
//! ```

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

/// Settings of the draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapParams {
    /// How many draws; by default 1,000.
    pub n_draws: u32,
    /// Seed of the draws; the same seed gives the same interval on any number of threads.
    pub seed: u64,
    /// Coverage of the interval, between 0 and 1; by default 0.95.
    pub confidence: f64,
}

/// The values of each customer: cells by number, zeros left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterSums {
    n_cells: usize,
    // One more entry than customers.
    starts: Vec<usize>,
    cells: Vec<(u32, f64)>,
}

/// The sums of the cells in each draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    n_clusters: usize,
    confidence: f64,
    sums: Vec<Vec<f64>>,
}

impl Default for BootstrapParams {
    fn default() -> BootstrapParams {
        BootstrapParams {
            n_draws: 1_000,
            seed: 1,
            confidence: 0.95,
        }
    }
}

impl ClusterSums {
    /// Starts with no customers and `n_cells` cells.
    pub fn new(n_cells: usize) -> ClusterSums {
        ClusterSums {
            n_cells,
            starts: vec![0],
            cells: Vec::new(),
        }
    }

    /// Adds one customer: the numbers of its cells, below `n_cells`, and their values.
    pub fn push(&mut self, cells: impl IntoIterator<Item = (usize, f64)>) {
        let cells = cells.into_iter().filter(|(_, value)| *value != 0.0);
        self.cells.extend(cells.map(|(cell, value)| (cell as u32, value)));
        self.starts.push(self.cells.len());
    }

    /// Returns how many customers there are.
    pub fn n_clusters(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the interval of the sum of one cell over the sum of another; `None` for fewer than two customers or where half of the
    /// draws have nothing to divide by.
    pub fn ratio_interval(&self, of: usize, over: usize, params: &BootstrapParams) -> Option<(f64, f64)> {
        let draws = self.draws(params);
        draws.interval(|sums| (sums[over] > 0.0).then(|| sums[of] / sums[over]))
    }

    /// Draws customers and adds up their cells.
    pub fn draws(&self, params: &BootstrapParams) -> Draws {
        let n = self.n_clusters();
        // One customer cannot be drawn differently: nothing is drawn.
        let n_draws = if n < 2 { 0 } else { params.n_draws };
        let sums = (0..n_draws).into_par_iter().map(|draw| self.drawn(draw, params.seed));
        Draws {
            n_clusters: n,
            confidence: params.confidence,
            sums: sums.collect(),
        }
    }

    /// Returns the interval of each of several statistics of the sums, each as [`Draws::interval`] does.
    ///
    /// Of a draw only the statistics are kept, so that many cells take no memory.
    pub fn intervals(
        &self,
        params: &BootstrapParams,
        statistics: impl Fn(&[f64]) -> Vec<Option<f64>> + Sync,
    ) -> Vec<Option<(f64, f64)>> {
        let draws = (0..params.n_draws).into_par_iter();
        let drawn: Vec<Vec<Option<f64>>> = draws.map(|draw| statistics(&self.drawn(draw, params.seed))).collect();
        let n_statistics = drawn.first().map_or(0, Vec::len);
        let interval = |at: usize| spread(drawn.iter().map(|values| values[at]), params.confidence);
        (0..n_statistics)
            .map(|at| interval(at).filter(|_| self.n_clusters() >= 2))
            .collect()
    }

    /// The sums of the cells in one draw.
    fn drawn(&self, draw: u32, seed: u64) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_cells];
        for (cluster, &n_times) in times_drawn(self.n_clusters(), draw, seed).iter().enumerate() {
            for &(cell, value) in &self.cells[self.starts[cluster]..self.starts[cluster + 1]] {
                sums[cell as usize] += f64::from(n_times) * value;
            }
        }
        sums
    }
}

impl Draws {
    /// Returns the interval of a statistic of the sums; `None` for fewer than two customers or where fewer than half of the draws define it.
    pub fn interval(&self, statistic: impl Fn(&[f64]) -> Option<f64>) -> Option<(f64, f64)> {
        if self.n_clusters < 2 {
            return None;
        }
        spread(self.sums.iter().map(|sums| statistic(sums)), self.confidence)
    }

    /// Returns the intervals of `n` statistics that are computed together, as the points of a curve are; each as [`Draws::interval`] gives it.
    pub fn intervals(
        &self,
        n: usize,
        statistics: impl Fn(&[f64]) -> Vec<Option<f64>> + Sync,
    ) -> Vec<Option<(f64, f64)>> {
        if self.n_clusters < 2 {
            return vec![None; n];
        }
        let draws: Vec<Vec<Option<f64>>> = self.sums.par_iter().map(|sums| statistics(sums)).collect();
        let of_draws = |at: usize| draws.iter().map(move |draw| draw.get(at).copied().flatten());
        (0..n).map(|at| spread(of_draws(at), self.confidence)).collect()
    }

    /// Returns the standard error of a statistic of the sums, its standard deviation over the draws; `None` where the interval would be.
    pub fn standard_error(&self, statistic: impl Fn(&[f64]) -> Option<f64>) -> Option<f64> {
        let known: Vec<f64> = self.sums.iter().filter_map(|sums| statistic(sums)).collect();
        if self.n_clusters < 2 || known.len() < 2 || known.len() * 2 < self.sums.len() {
            return None;
        }
        let n = known.len() as f64;
        let mean = known.iter().sum::<f64>() / n;
        let squares: f64 = known.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some((squares / (n - 1.0)).sqrt())
    }
}

/// Returns how often each of `n` clusters is drawn in one draw; it depends on the seed and the number of the draw alone.
pub fn times_drawn(n: usize, draw: u32, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::from(draw) + 1);
    let mut times = vec![0; n];
    for _ in 0..n {
        // The bias of the multiplication is below 2^-32.
        let cluster = ((u128::from(random.next_u64()) * n as u128) >> 64) as usize;
        times[cluster] += 1;
    }
    times
}

/// Returns the interval of draws; `None` where all of them say the same, since one customer's ratio, or none's, has no spread to show.
fn spread(values: impl Iterator<Item = Option<f64>> + Clone, confidence: f64) -> Option<(f64, f64)> {
    let mut known = values.clone().flatten();
    let first = known.next()?;
    let is_same = |value: f64| (value - first).abs() <= 1e-12 * first.abs();
    if known.all(is_same) {
        return None;
    }
    percentile_interval(values, confidence)
}

/// Returns the quantiles that hold the middle `confidence` of draws, or `None` where fewer than half of them have a value.
pub fn percentile_interval(values: impl Iterator<Item = Option<f64>>, confidence: f64) -> Option<(f64, f64)> {
    let all: Vec<Option<f64>> = values.collect();
    let mut known: Vec<f64> = all.iter().flatten().copied().collect();
    if known.is_empty() || known.len() * 2 < all.len() {
        return None;
    }
    known.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| known[((known.len() - 1) as f64 * share).round() as usize];
    let tail = (1.0 - confidence) / 2.0;
    Some((at(tail), at(1.0 - tail)))
}
