//! How much of something stands with the customers that an order puts first.

/// Customers of one day in an order: runs of equal keys, which share their places evenly.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    // Positions of customers, run after run, and where each run ends.
    positions: Vec<usize>,
    ends: Vec<usize>,
}

impl Ranked {
    /// Puts customers in order of their keys, the largest first.
    pub fn by(keys: &[f64]) -> Ranked {
        let mut positions: Vec<usize> = (0..keys.len()).collect();
        positions.sort_by(|&a, &b| keys[b].total_cmp(&keys[a]));
        let run_ends = (1..=positions.len()).filter(|&end| {
            let next = positions.get(end).map(|&next| keys[next]);
            next.is_none_or(|next| next != keys[positions[end - 1]])
        });
        let ends = run_ends.collect();
        Ranked { positions, ends }
    }

    /// Returns how much of `what` stands with the first `shares` of the customers, each counted `weights` times.
    pub fn captured(&self, what: &[f64], weights: &[f64], shares: &[f64]) -> Vec<f64> {
        let all: f64 = weights.iter().sum();
        let mut captured = vec![0.0; shares.len()];
        let (mut seen, mut start) = (0.0, 0);
        for &end in &self.ends {
            let run = &self.positions[std::mem::replace(&mut start, end)..end];
            let n: f64 = run.iter().map(|&position| weights[position]).sum();
            if n == 0.0 {
                continue;
            }
            let sum: f64 = run.iter().map(|&position| weights[position] * what[position]).sum();
            for (captured, share) in captured.iter_mut().zip(shares) {
                *captured += sum * ((share * all - seen) / n).clamp(0.0, 1.0);
            }
            seen += n;
        }
        captured
    }
}
