//! One joint simulation of the weeks in which open items are paid.
//!
//! # Definition
//! Each item has a standard normal draw; a low draw is an early payment, and the item's own cumulative probabilities turn the draw into a
//! week or another fate, so that its distribution is kept exactly. The draws of items share a part common to the portfolio, a part common to the customer and a part common to its items of one due day:
//! one payment run clears many. The shares are measured on settled items: each payment day becomes a normal score under its customer's
//! own distribution, and the scores of items due in the same week are correlated within and across customers.
//! # Source
//! One-factor Gaussian copula of times to an event: Li, On Default Correlation, 2000.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::calendar::Day;

/// How strongly payment times move together, as correlations of normal draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dependence {
    /// Shared by all items.
    pub portfolio: f64,
    /// Shared by the items of a customer, beside the portfolio's.
    pub customer: f64,
    /// Shared by the items of a customer that are due on the same day, beside both.
    pub run: f64,
}

/// Scores of settled items, added up by due week within a customer and across customers.
#[derive(Clone, Debug, Default)]
pub(super) struct ScoreMoments {
    /// Items.
    pub n: f64,
    /// Sum of their scores.
    pub sum: f64,
    /// Sum of the squares of their scores.
    pub squares: f64,
    /// Sum over customers of the squared sum of a customer's scores.
    pub customer_sums: f64,
    /// Sum over customers of the squared number of items.
    pub customer_pairs: f64,
    /// Sum over customers of sum times number, for centring.
    pub customer_cross: f64,
    /// Sum over customers with two items or more of (squared sum - squares) / (n - 1).
    pub within: f64,
    /// Items of such customers.
    pub within_n: f64,
    /// The same by due day in place of due week.
    pub run: f64,
    /// Items of a customer with another one due on the same day.
    pub run_n: f64,
}

impl ScoreMoments {
    /// Adds the scores of one customer's items due in one week.
    pub fn add_customer(&mut self, n: f64, sum: f64, squares: f64) {
        self.n += n;
        self.sum += sum;
        self.squares += squares;
        self.customer_sums += sum * sum;
        self.customer_pairs += n * n;
        self.customer_cross += sum * n;
        if n >= 2.0 {
            self.within += (sum * sum - squares) / (n - 1.0);
            self.within_n += n;
        }
    }

    /// Adds the scores of one customer's items due on one day of the week.
    pub fn add_run(&mut self, n: f64, sum: f64, squares: f64) {
        if n >= 2.0 {
            self.run += (sum * sum - squares) / (n - 1.0);
            self.run_n += n;
        }
    }

    /// Adds another part of the same week.
    pub fn merge(&mut self, other: &ScoreMoments) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
        self.customer_sums += other.customer_sums;
        self.customer_pairs += other.customer_pairs;
        self.customer_cross += other.customer_cross;
        self.within += other.within;
        self.within_n += other.within_n;
        self.run += other.run;
        self.run_n += other.run_n;
    }
}

impl Dependence {
    /// Measures the correlations on past weeks; no week with two customers gives the declared defaults.
    pub fn measure<'a>(weeks: impl Iterator<Item = &'a ScoreMoments> + Clone) -> Dependence {
        let n: f64 = weeks.clone().map(|week| week.n).sum();
        let mean = weeks.clone().map(|week| week.sum).sum::<f64>() / n;
        let variance = weeks.clone().map(|week| week.squares).sum::<f64>() / n - mean * mean;
        let (mut within, mut within_n) = (0.0, 0.0);
        let (mut run, mut run_n) = (0.0, 0.0);
        let (mut across, mut across_pairs) = (0.0, 0.0);
        for week in weeks {
            within += week.within - week.within_n * mean * mean;
            within_n += week.within_n;
            run += week.run - week.run_n * mean * mean;
            run_n += week.run_n;
            let pairs = week.n * week.n - week.customer_pairs;
            if pairs > 0.0 {
                let products = (week.sum * week.sum - week.customer_sums)
                    - 2.0 * mean * (week.sum * week.n - week.customer_cross)
                    + mean * mean * pairs;
                // Weeks count by their items, not by their pairs, lest one large week decide.
                across += week.n * products / pairs;
                across_pairs += week.n;
            }
        }
        if n.is_nan() || variance.is_nan() || variance <= 1e-9 || across_pairs <= 0.0 {
            return Dependence {
                portfolio: 0.02,
                customer: 0.1,
                run: 0.2,
            };
        }
        let portfolio = (across / across_pairs / variance).clamp(0.001, 0.5);
        let share = |sum: f64, n: f64, otherwise: f64| if n > 0.0 { sum / n / variance } else { otherwise };
        let customer = (share(within, within_n, portfolio) - portfolio).clamp(0.0, 0.9 - portfolio);
        let both = portfolio + customer;
        Dependence {
            portfolio,
            customer,
            run: (share(run, run_n, both) - both).clamp(0.0, 0.95 - both),
        }
    }
}

/// The probabilities of an item's fates in order: week by week, then the others; they sum to one.
pub(super) struct Fates<'a>(pub &'a [f64]);

/// Draws shared by all items of a simulation.
pub(super) struct Shocks {
    portfolio: Vec<f64>,
    dependence: Dependence,
    seed: u64,
    normal: Normal,
}

impl Shocks {
    pub fn new(seed: u64, n_simulations: usize, dependence: Dependence) -> Shocks {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        let portfolio = draws(&mut stream).take(n_simulations).collect();
        Shocks {
            portfolio,
            dependence,
            seed,
            normal: Normal::standard(),
        }
    }

    /// Starts a customer: its stream depends on the seed and its id alone, never on other customers or threads.
    pub fn customer(&self, customer_id: &str) -> CustomerDraws<'_> {
        let mut stream = ChaCha8Rng::seed_from_u64(self.seed);
        stream.set_stream(stream_of(customer_id));
        let (portfolio, customer) = (self.dependence.portfolio.sqrt(), self.dependence.customer.sqrt());
        let own = draws(&mut stream).take(self.portfolio.len());
        let common = self.portfolio.iter().zip(own);
        CustomerDraws {
            common: common.map(|(all, own)| portfolio * all + customer * own).collect(),
            run_weight: self.dependence.run.sqrt(),
            run: vec![0.0; self.portfolio.len()],
            due_on: None,
            alone: (1.0 - self.dependence.portfolio - self.dependence.customer - self.dependence.run)
                .max(0.0)
                .sqrt(),
            stream,
            normal: &self.normal,
        }
    }
}

/// Draws shared by the items of a customer.
pub(super) struct CustomerDraws<'a> {
    common: Vec<f64>,
    run: Vec<f64>,
    run_weight: f64,
    due_on: Option<Option<Day>>,
    alone: f64,
    stream: ChaCha8Rng,
    normal: &'a Normal,
}

impl CustomerDraws<'_> {
    /// Turns to items due on a day; items that follow each other with the same due day share a draw.
    pub fn start_run(&mut self, due_on: Option<Day>) {
        if self.due_on != Some(due_on) {
            self.due_on = Some(due_on);
            for run in &mut self.run {
                let draw: f64 = StandardNormal.sample(&mut self.stream);
                *run = self.run_weight * draw;
            }
        }
    }

    /// Calls `fate_is(simulation, fate)` once for each simulation.
    pub fn each_fate(&mut self, fates: &Fates<'_>, mut fate_is: impl FnMut(usize, usize)) {
        let last = fates.0.len() - 1;
        let mut cumulative = 0.0;
        let limits: Vec<f64> = fates.0[..last]
            .iter()
            .map(|probability| {
                cumulative += probability;
                self.normal.inverse_cdf(f64::clamp(cumulative, 0.0, 1.0))
            })
            .collect();
        for (simulation, (common, run)) in self.common.iter().zip(&self.run).enumerate() {
            let own: f64 = StandardNormal.sample(&mut self.stream);
            let draw = common + run + self.alone * own;
            let fate = limits.partition_point(|limit| *limit < draw);
            fate_is(simulation, fate);
        }
    }
}

fn draws(stream: &mut ChaCha8Rng) -> impl Iterator<Item = f64> {
    std::iter::repeat_with(|| StandardNormal.sample(stream))
}

/// FNV-1a over the id; stream 0 belongs to the portfolio.
fn stream_of(customer_id: &str) -> u64 {
    let hash = customer_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.max(1)
}
