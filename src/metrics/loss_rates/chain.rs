//! The chain of monthly moves: what is lost in the end of the money in each bucket.

/// Where the money of a bucket stands among the cells: what stood, what was written off, what stands in each bucket a month later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    pub n_open: usize,
    /// What money of a month later is worth now: 1, or less where losses are discounted.
    pub discount: f64,
}

impl Cells {
    fn width(self) -> usize {
        self.n_open + 2
    }

    pub fn n(self) -> usize {
        self.n_open * self.width()
    }

    pub fn stood(self, bucket: usize) -> usize {
        bucket * self.width()
    }

    pub fn written_off(self, bucket: usize) -> usize {
        self.stood(bucket) + 1
    }

    pub fn remaining(self, from: usize, to: usize) -> usize {
        self.stood(from) + 2 + to
    }

    pub fn monthly(self, cells: &[f64], bucket: usize) -> Option<f64> {
        let stood = cells[self.stood(bucket)];
        (stood > 0.0).then(|| cells[self.written_off(bucket)] / stood)
    }

    /// Solves the chain; `None` for buckets that were not seen, or from which such a bucket can be reached.
    pub fn chained(self, cells: &[f64]) -> Vec<Option<f64>> {
        let goes = |from: usize, to: usize| cells[self.remaining(from, to)] / cells[self.stood(from)];
        let mut known: Vec<usize> = (0..self.n_open).filter(|&at| cells[self.stood(at)] > 0.0).collect();
        loop {
            let reaches_unknown = |from: usize| (0..self.n_open).any(|to| goes(from, to) > 0.0 && !known.contains(&to));
            let kept: Vec<usize> = known.iter().copied().filter(|&from| !reaches_unknown(from)).collect();
            if kept.len() == known.len() {
                break;
            }
            known = kept;
        }
        let mut rates = vec![None; self.n_open];
        let rows = known.iter().map(|&from| {
            let coefficients = known
                .iter()
                .map(|&to| f64::from(from == to) - self.discount * goes(from, to));
            let loss = self.discount * cells[self.written_off(from)] / cells[self.stood(from)];
            coefficients.chain([loss]).collect::<Vec<f64>>()
        });
        if let Some(solution) = solved(rows.collect()) {
            for (&bucket, rate) in known.iter().zip(solution) {
                rates[bucket] = Some(rate);
            }
        }
        rates
    }
}

/// Solves linear equations, each row with its right side last, by elimination with the largest pivot; `None` where there is no one solution.
fn solved(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, pivot);
        if rows[column][column].abs() < 1e-12 {
            return None;
        }
        let pivot = rows[column].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(at, _)| *at != column) {
            let factor = row[column] / pivot[column];
            for (cell, above) in row.iter_mut().zip(&pivot).skip(column) {
                *cell -= factor * above;
            }
        }
    }
    Some(rows.iter().enumerate().map(|(at, row)| row[n] / row[at]).collect())
}
