//! The days of a panel, and which of them is the first to see a fact.

use crate::calendar::{AsOf, Day};

/// Days in order, each once; a fact belongs to the first of them on whose end it is known.
#[derive(Clone, Debug)]
pub(super) struct Days {
    days: Vec<AsOf>,
    // For every day from the first to the last of `days`: the position of the first of them that is not earlier.
    positions: Vec<u32>,
}

impl Days {
    pub fn new(days: &[AsOf]) -> Days {
        let mut days = days.to_vec();
        days.sort_unstable();
        days.dedup();
        let (Some(&AsOf(first)), Some(&AsOf(last))) = (days.first(), days.last()) else {
            return Days {
                days,
                positions: Vec::new(),
            };
        };
        let position = |offset: i32| days.partition_point(|day| day.0 < first + offset) as u32;
        Days {
            positions: (0..=last - first).map(position).collect(),
            days,
        }
    }

    pub fn all(&self) -> &[AsOf] {
        &self.days
    }

    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Returns the position of the first day that is not before `day`; the number of days where all are.
    pub fn first_from(&self, day: Day) -> usize {
        let Some(first) = self.days.first() else { return 0 };
        let offset = (day - first.0).max(0) as usize;
        self.positions
            .get(offset)
            .map_or(self.days.len(), |&position| position as usize)
    }
}
