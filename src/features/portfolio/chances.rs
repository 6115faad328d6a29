//! The chance of ending late by the age a claim has reached, of the portfolio and of each segment.

/// Delays are counted by day from this one, 180 days before the due day; earlier ones are counted with it.
pub(in crate::features) const EARLIEST: i32 = -180;

/// How many invoices the portfolio's share counts for beside a segment's own.
const SEGMENT_PRIOR: f64 = 20.0;

/// Returns how many delays are told apart: one by one up to the days late, all later ones together.
pub(super) fn n_delays(days_late: i32) -> usize {
    (days_late - EARLIEST + 2) as usize
}

/// Claims by segment, day and delay, as how many more than on the day before.
#[derive(Clone, Debug)]
pub(super) struct ByDelay {
    n_days: usize,
    n_delays: usize,
    // The whole portfolio first; empty for a segment without a claim.
    more: Vec<Vec<i64>>,
}

impl ByDelay {
    pub fn new(n_segments: usize, n_days: usize, n_delays: usize) -> ByDelay {
        ByDelay {
            n_days,
            n_delays,
            more: vec![Vec::new(); n_segments],
        }
    }

    pub fn add(&mut self, segment: usize, at: usize, delay: i32, n: i64) {
        let n_delays = self.n_delays;
        let bin = (delay.clamp(EARLIEST, EARLIEST + n_delays as i32 - 1) - EARLIEST) as usize;
        self.of(0)[at * n_delays + bin] += n;
        if segment > 0 {
            self.of(segment)[at * n_delays + bin] += n;
        }
    }

    fn of(&mut self, segment: usize) -> &mut [i64] {
        let more = &mut self.more[segment];
        if more.is_empty() {
            more.resize(self.n_days * self.n_delays, 0);
        }
        more
    }

    pub fn merge(&mut self, other: ByDelay) {
        for (segment, theirs) in other
            .more
            .into_iter()
            .enumerate()
            .filter(|(_, theirs)| !theirs.is_empty())
        {
            for (mine, theirs) in self.of(segment).iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
    }

    /// Returns the chances of every day, those of the whole portfolio first.
    pub fn chances(&self, days_late: i32) -> Vec<Vec<Chances>> {
        let mut totals = vec![vec![0_i64; self.n_delays]; self.more.len()];
        let of_day = |at: usize| {
            for (total, more) in totals.iter_mut().zip(&self.more).filter(|(_, more)| !more.is_empty()) {
                for (n, more) in total.iter_mut().zip(&more[at * self.n_delays..]) {
                    *n += more;
                }
            }
            let portfolio = Chances::of(&totals[0], days_late);
            let segments = totals[1..]
                .iter()
                .map(|total| portfolio.narrowed(total))
                .collect::<Vec<_>>();
            std::iter::once(portfolio).chain(segments).collect()
        };
        (0..self.n_days).map(of_day).collect()
    }
}

/// The chance of ending late, by the age a claim has reached.
#[derive(Clone, Debug)]
pub(in crate::features) struct Chances {
    by_age: Vec<f64>,
    /// Share of late claims among all.
    pub late_share: f64,
}

impl Chances {
    /// Takes the share of late claims among those still open at an age, for every age from [`EARLIEST`] to `days_late`.
    ///
    /// Half a late and half a punctual claim are added, so that an empty portfolio says one half and none says never.
    fn of(by_delay: &[i64], days_late: i32) -> Chances {
        let (at_risk, late, all) = at_risk(by_delay);
        debug_assert_eq!(at_risk.len(), (days_late - EARLIEST + 1) as usize);
        let chance = |n: &i64| (late + 0.5) / (*n as f64 + 1.0).max(late + 0.5);
        Chances {
            by_age: at_risk.iter().map(chance).collect(),
            late_share: (late + 0.5) / (all + 1.0),
        }
    }

    /// Takes the shares of a segment, these being the portfolio's that they are shrunk to.
    fn narrowed(&self, by_delay: &[i64]) -> Chances {
        let (at_risk, late, all) = at_risk(by_delay);
        let shrunk = |n: f64, wider: f64| (late + SEGMENT_PRIOR * wider) / (n + SEGMENT_PRIOR);
        Chances {
            by_age: at_risk
                .iter()
                .zip(&self.by_age)
                .map(|(n, wider)| shrunk(*n as f64, *wider))
                .collect(),
            late_share: shrunk(all, self.late_share),
        }
    }

    /// Returns the chance at an age in days after due.
    pub fn at(&self, age: i32) -> f64 {
        let position = (age - EARLIEST).clamp(0, self.by_age.len() as i32 - 1) as usize;
        self.by_age[position]
    }
}

/// Returns the claims settled after each age from [`EARLIEST`] to the days late, the late ones, and all.
fn at_risk(by_delay: &[i64]) -> (Vec<i64>, f64, f64) {
    let (last, punctual) = by_delay.split_last().expect("late claims have a place of their own");
    let mut n = last + punctual.iter().sum::<i64>();
    let all = n as f64;
    let at_risk = punctual.iter().map(|settled| {
        n -= settled;
        n
    });
    (at_risk.collect(), *last as f64, all)
}
