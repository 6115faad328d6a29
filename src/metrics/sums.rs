//! Sums over customers: added up, taken away again, laid out as plain numbers.

use std::collections::BTreeMap;

use crate::money::Total;

/// What becomes of sums over other customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They are added.
    Add,
    /// They are taken away; they were added before.
    TakeAway,
}

/// Exact sums over customers: what was added can be taken away again without a trace.
pub trait Sums {
    /// Adds or takes away the sums of other customers, number by number; both have the same shape.
    fn change_by(&mut self, other: &Self, change: Change);
    /// Appends every number in a fixed order.
    fn write(&self, numbers: &mut Vec<i128>);
    /// Replaces every number by the next ones of a list that [`Sums::write`] made of the same shape; `None` where it was another.
    fn read(&mut self, numbers: &mut std::slice::Iter<'_, i128>) -> Option<()>;

    /// Adds the sums of other customers.
    fn add(&mut self, other: &Self) {
        self.change_by(other, Change::Add);
    }
}

impl Sums for Total {
    fn change_by(&mut self, other: &Total, change: Change) {
        match change {
            Change::Add => *self += *other,
            Change::TakeAway => *self -= *other,
        }
    }

    fn write(&self, numbers: &mut Vec<i128>) {
        numbers.push(self.units());
    }

    fn read(&mut self, numbers: &mut std::slice::Iter<'_, i128>) -> Option<()> {
        *self = Total::from_units(*numbers.next()?);
        Some(())
    }
}

macro_rules! sums_of_integers {
    ($($integer:ty),*) => {
        $(impl Sums for $integer {
            fn change_by(&mut self, other: &$integer, change: Change) {
                match change {
                    Change::Add => *self += other,
                    Change::TakeAway => *self -= other,
                }
            }

            fn write(&self, numbers: &mut Vec<i128>) {
                numbers.push(i128::from(*self));
            }

            fn read(&mut self, numbers: &mut std::slice::Iter<'_, i128>) -> Option<()> {
                *self = <$integer>::try_from(*numbers.next()?).ok()?;
                Some(())
            }
        })*
    };
}

sums_of_integers!(u64, i128);

impl<S: Sums> Sums for Vec<S> {
    fn change_by(&mut self, other: &Vec<S>, change: Change) {
        for (own, other) in self.iter_mut().zip(other) {
            own.change_by(other, change);
        }
    }

    fn write(&self, numbers: &mut Vec<i128>) {
        self.iter().for_each(|own| own.write(numbers));
    }

    fn read(&mut self, numbers: &mut std::slice::Iter<'_, i128>) -> Option<()> {
        self.iter_mut().try_for_each(|own| own.read(numbers))
    }
}

/// Money by a number of days, without entries of nothing.
impl Sums for BTreeMap<i32, Total> {
    fn change_by(&mut self, other: &BTreeMap<i32, Total>, change: Change) {
        for (key, other) in other {
            self.entry(*key).or_default().change_by(other, change);
        }
        self.retain(|_, own| !own.is_zero());
    }

    fn write(&self, numbers: &mut Vec<i128>) {
        let own = self.iter().filter(|(_, own)| !own.is_zero());
        numbers.push(own.clone().count() as i128);
        numbers.extend(own.flat_map(|(&key, own)| [i128::from(key), own.units()]));
    }

    fn read(&mut self, numbers: &mut std::slice::Iter<'_, i128>) -> Option<()> {
        self.clear();
        for _ in 0..*numbers.next()? {
            let key = i32::try_from(*numbers.next()?).ok()?;
            self.insert(key, Total::from_units(*numbers.next()?));
        }
        Some(())
    }
}

/// Makes a struct of sums: the fields named are its numbers, in order.
macro_rules! sums {
    ($name:ty { $($field:ident),* $(,)? }) => {
        impl $crate::metrics::Sums for $name {
            fn change_by(&mut self, other: &Self, change: $crate::metrics::Change) {
                $($crate::metrics::Sums::change_by(&mut self.$field, &other.$field, change);)*
            }

            fn write(&self, numbers: &mut Vec<i128>) {
                $($crate::metrics::Sums::write(&self.$field, numbers);)*
            }

            fn read(&mut self, numbers: &mut std::slice::Iter<'_, i128>) -> Option<()> {
                $($crate::metrics::Sums::read(&mut self.$field, numbers)?;)*
                Some(())
            }
        }
    };
}

pub(super) use sums;
