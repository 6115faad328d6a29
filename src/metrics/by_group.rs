//! Sums by group number, holding only the groups that were touched.

use std::collections::BTreeMap;

/// Sums by group number.
///
/// A part of the pass sees few of the groups (one customer's documents lie in few of them), so only those touched take
/// memory; a result by customer costs as much as its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ByGroup<T> {
    sums: BTreeMap<u32, T>,
}

impl<T> Default for ByGroup<T> {
    fn default() -> ByGroup<T> {
        ByGroup { sums: BTreeMap::new() }
    }
}

impl<T> ByGroup<T> {
    /// Returns the sums of a group, or `None` where nothing was added to it.
    pub fn of(&self, group: usize) -> Option<&T> {
        self.sums.get(&(group as u32))
    }

    /// Returns the sums of a group for adding to them, starting from `empty`.
    pub fn at(&mut self, group: usize, empty: impl FnOnce() -> T) -> &mut T {
        self.sums.entry(group as u32).or_insert_with(empty)
    }

    /// Adds the sums of other customers, group by group.
    pub fn merge(&mut self, other: ByGroup<T>, mut add: impl FnMut(&mut T, T)) {
        for (group, sums) in other.sums {
            match self.sums.get_mut(&group) {
                Some(own) => add(own, sums),
                None => {
                    self.sums.insert(group, sums);
                }
            }
        }
    }

    /// Returns the groups that were touched and their sums, in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.sums.iter().map(|(&group, sums)| (group as usize, sums))
    }
}
