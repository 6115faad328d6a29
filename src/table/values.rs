//! A column of small values of one kind, any of which may be missing.

use std::ops::Range;

/// Values by row, `None` where missing. Rows before the first value take no memory, and so a column without values takes
/// none; a column in which nothing is missing has no marks for it.
#[derive(Clone, Debug, Default)]
pub struct Values<T> {
    n_before: usize,
    values: Vec<T>,
    /// Which values are there; empty while all of them are.
    present: Vec<bool>,
}

impl<T: Copy + Default> Values<T> {
    /// Builds a column with room for so many values.
    pub fn with_room(n_rows: usize) -> Values<T> {
        Values {
            values: Vec::with_capacity(n_rows),
            ..Values::default()
        }
    }

    /// Returns the values of some rows; `None` where one may be missing.
    pub fn without_gaps(&self, rows: &Range<usize>) -> Option<&[T]> {
        let start = rows.start.checked_sub(self.n_before)?;
        self.present
            .is_empty()
            .then(|| &self.values[start..rows.end - self.n_before])
    }

    /// Adds a value, or a missing cell.
    pub fn push(&mut self, value: Option<T>) {
        match value {
            Some(value) => {
                self.values.push(value);
                if !self.present.is_empty() {
                    self.present.push(true);
                }
            }
            None if self.values.is_empty() => self.n_before += 1,
            None => self.fill(self.len() + 1),
        }
    }

    /// Returns the value of a row; `None` where it is missing.
    pub fn at(&self, row: usize) -> Option<T> {
        let at = row.checked_sub(self.n_before)?;
        self.is_present(at).then(|| self.values[at])
    }

    /// Returns the values in order of rows.
    pub fn iter(&self) -> impl Iterator<Item = Option<T>> {
        (0..self.len()).map(|row| self.at(row))
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.n_before + self.values.len()
    }

    /// Returns how many values are there.
    pub fn n_present(&self) -> usize {
        match self.present.is_empty() {
            true => self.values.len(),
            false => self.present.iter().filter(|is_present| **is_present).count(),
        }
    }

    /// Returns how many bytes the values take.
    pub fn n_bytes(&self) -> usize {
        size_of_val(self.values.as_slice()) + self.present.len()
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds the rows of another column.
    pub fn append(&mut self, other: &Values<T>) {
        self.append_mapped(other, |value| value);
    }

    /// Adds the rows of another column, each value changed.
    pub fn append_mapped(&mut self, other: &Values<T>, change: impl Fn(T) -> T) {
        self.fill(self.len() + other.n_before);
        if !self.present.is_empty() || !other.present.is_empty() {
            self.mark_present();
            match other.present.is_empty() {
                true => self.present.resize(self.present.len() + other.values.len(), true),
                false => self.present.extend_from_slice(&other.present),
            }
        }
        if other.present.is_empty() {
            self.values.extend(other.values.iter().map(|value| change(*value)));
            return;
        }
        let values = other.values.iter().zip(&other.present);
        self.values.extend(values.map(|(value, is_present)| match is_present {
            true => change(*value),
            false => T::default(),
        }));
    }

    /// Adds missing cells until there are so many rows.
    pub fn fill(&mut self, n_rows: usize) {
        if n_rows <= self.len() {
            return;
        }
        if self.values.is_empty() {
            self.n_before = n_rows;
            return;
        }
        self.mark_present();
        self.values.resize(n_rows - self.n_before, T::default());
        self.present.resize(n_rows - self.n_before, false);
    }

    /// Returns the rows at the given positions, in that order.
    pub fn take(&self, rows: &[u32]) -> Values<T> {
        if self.values.is_empty() {
            return Values {
                n_before: rows.len(),
                ..Values::default()
            };
        }
        if self.n_before == 0 && self.present.is_empty() {
            return Values {
                values: rows.iter().map(|&row| self.values[row as usize]).collect(),
                ..Values::default()
            };
        }
        rows.iter().map(|&row| self.at(row as usize)).collect()
    }

    fn is_present(&self, at: usize) -> bool {
        self.present.is_empty() || self.present[at]
    }

    /// Starts to mark which values are there.
    fn mark_present(&mut self) {
        if self.present.is_empty() {
            self.present.resize(self.values.len(), true);
        }
    }
}

impl<T: Copy + Default> FromIterator<Option<T>> for Values<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Values<T> {
        let values = values.into_iter();
        let mut filled = Values::with_room(values.size_hint().0);
        values.for_each(|value| filled.push(value));
        filled
    }
}
