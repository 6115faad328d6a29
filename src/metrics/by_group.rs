//! Sums by group number, holding only the groups that were touched.

use std::collections::{BTreeMap, HashMap};

use super::{Change, Sums};
use crate::history::{Group, Groups};
use crate::ledger::NumbersOf;

/// Sums by group number.
///
/// A part of the pass sees few of the groups (one customer's documents lie in few of them), so only those touched take
/// memory; a result by customer costs as much as its rows. Asking for the group asked for last costs no search.
#[derive(Clone, Debug)]
pub struct ByGroup<T> {
    // Where in `sums` each group stands that was touched.
    places: BTreeMap<u32, usize>,
    sums: Vec<T>,
    last: Option<(u32, usize)>,
}

impl<T> Default for ByGroup<T> {
    fn default() -> ByGroup<T> {
        ByGroup {
            places: BTreeMap::new(),
            sums: Vec::new(),
            last: None,
        }
    }
}

impl<T: PartialEq> PartialEq for ByGroup<T> {
    fn eq(&self, other: &ByGroup<T>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T> ByGroup<T> {
    /// Returns the sums of a group, or `None` where nothing was added to it.
    pub fn of(&self, group: usize) -> Option<&T> {
        self.places.get(&(group as u32)).map(|&place| &self.sums[place])
    }

    /// Returns the sums of a group for adding to them, starting from `empty`.
    #[inline]
    pub fn at(&mut self, group: usize, empty: impl FnOnce() -> T) -> &mut T {
        let group = group as u32;
        let place = match self.last {
            Some((last, place)) if last == group => place,
            _ => self.find(group, empty),
        };
        &mut self.sums[place]
    }

    fn find(&mut self, group: u32, empty: impl FnOnce() -> T) -> usize {
        let place = *self.places.entry(group).or_insert_with(|| {
            self.sums.push(empty());
            self.sums.len() - 1
        });
        self.last = Some((group, place));
        place
    }

    /// Adds the sums of other customers, group by group.
    pub fn merge(&mut self, other: ByGroup<T>, mut add: impl FnMut(&mut T, T)) {
        let mut others: Vec<Option<T>> = other.sums.into_iter().map(Some).collect();
        for (group, place) in other.places {
            let Some(sums) = others[place].take() else { continue };
            match self.places.get(&group) {
                Some(&own) => add(&mut self.sums[own], sums),
                None => {
                    self.places.insert(group, self.sums.len());
                    self.sums.push(sums);
                }
            }
        }
    }

    /// Returns the groups that were touched and their sums, in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.places
            .iter()
            .map(|(&group, &place)| (group as usize, &self.sums[place]))
    }

    /// Returns the sums of each of the first `n` groups, `empty` where nothing was added.
    pub fn of_all(&self, n: usize, empty: impl Fn() -> T) -> Vec<T>
    where
        T: Clone,
    {
        (0..n)
            .map(|group| self.of(group).cloned().unwrap_or_else(&empty))
            .collect()
    }
}

impl<T: Sums> ByGroup<T> {
    /// Returns the sums in plain numbers, group by group.
    pub fn state(&self, groups: &Groups) -> Vec<NumbersOf> {
        let groups = self.iter().map(|(group, sums)| {
            let Group { currency, values } = &groups.all()[group];
            let mut numbers = Vec::new();
            sums.write(&mut numbers);
            NumbersOf {
                words: std::iter::once(Some(currency.to_string()))
                    .chain(values.clone())
                    .collect(),
                numbers,
            }
        });
        groups.collect()
    }

    /// Returns the sums that [`ByGroup::state`] laid out; `None` where they are of another shape than `empty`, or of a group that is not
    /// among these.
    pub fn restored(state: &[NumbersOf], groups: &Groups, empty: impl Fn() -> T) -> Option<ByGroup<T>> {
        let own = groups
            .all()
            .iter()
            .map(|group| (group.currency.as_str(), group.values.as_slice()));
        let numbers: HashMap<(&str, &[Option<String>]), usize> = own.zip(0..).collect();
        let mut found = ByGroup::default();
        for NumbersOf { words, numbers: state } in state {
            let (currency, values) = words.split_first()?;
            let group = *numbers.get(&(currency.as_deref()?, values))?;
            let mut state = state.iter();
            found.at(group, &empty).read(&mut state)?;
            state.next().is_none().then_some(())?;
        }
        Some(found)
    }

    /// Takes away sums that were added before; of those that were not, less than nothing is left.
    pub fn subtract(&mut self, other: &ByGroup<T>, empty: impl Fn() -> T) {
        for (group, sums) in other.iter() {
            self.at(group, &empty).change_by(sums, Change::TakeAway);
        }
    }
}
