//! How long cases waited: the share inside a target, the percentiles of the waiting.

use std::collections::BTreeMap;

/// How a case ended its waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// It was answered.
    Answered,
    /// It was settled before an answer.
    Settled,
    /// It still waits when last seen.
    Waits,
}

/// How many cases ended their waiting after how many days, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseTimes {
    // Answered, settled, still waiting.
    by_days: BTreeMap<i32, [u64; 3]>,
}

impl ResponseTimes {
    /// Adds a case that ended its waiting after some days.
    pub fn add(&mut self, days: i32, end: Waiting) {
        self.by_days.entry(days).or_default()[end as usize] += 1;
    }

    pub(super) fn merge(&mut self, other: ResponseTimes) {
        for (days, ended) in other.by_days {
            let own = self.by_days.entry(days).or_default();
            for (own, more) in own.iter_mut().zip(ended) {
                *own += more;
            }
        }
    }

    /// Returns how many cases ended in this way.
    pub fn n(&self, end: Waiting) -> u64 {
        self.by_days.values().map(|ended| ended[end as usize]).sum()
    }

    /// Returns how many cases there are.
    pub fn n_all(&self) -> u64 {
        self.by_days.values().flatten().sum()
    }

    /// Returns how many were answered inside a target, out of how many for whom the target is decided.
    pub fn within(&self, target_days: i32) -> (u64, u64) {
        let inside = self.by_days.range(..=target_days).map(|(_, ended)| ended);
        let within: u64 = inside.map(|ended| ended[Waiting::Answered as usize]).sum();
        let beyond = self
            .by_days
            .range(target_days.saturating_add(1)..)
            .map(|(_, ended)| ended);
        let late: u64 = beyond.flatten().sum();
        // The as-of day is seen to its end, so that what waits on its target day missed it.
        let on_the_day = self
            .by_days
            .get(&target_days)
            .map_or(0, |ended| ended[Waiting::Waits as usize]);
        (within, within + late + on_the_day)
    }

    /// Returns the day by which this share (0 to 1) is answered, had every case been left to wait; `None` where the curve ends before.
    pub fn percentile(&self, share: f64) -> Option<i32> {
        let mut at_risk = self.n_all();
        let mut waiting = 1.0;
        for (&days, ended) in &self.by_days {
            waiting *= (at_risk - ended[Waiting::Answered as usize]) as f64 / at_risk as f64;
            // Rates of a few cases multiply to a share such as 1/2 with an error in the last digit.
            if 1.0 - waiting >= share - 1e-12 {
                return Some(days);
            }
            at_risk -= ended.iter().sum::<u64>();
        }
        None
    }
}
