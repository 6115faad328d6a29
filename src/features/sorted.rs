//! Values in order that grow from day to day.

/// Values in order: those of a day are added at its end, in one go, which costs a walk over all and no sort of all.
#[derive(Clone, Debug)]
pub(super) struct Sorted<T> {
    values: Vec<T>,
    // Invariant: the values before this position are in order; those from it on came since the last `sort`.
    n_sorted: usize,
}

impl<T> Default for Sorted<T> {
    fn default() -> Sorted<T> {
        Sorted {
            values: Vec::new(),
            n_sorted: 0,
        }
    }
}

impl<T: Ord> Sorted<T> {
    pub fn clear(&mut self) {
        self.values.clear();
        self.n_sorted = 0;
    }

    /// Adds a value that takes its place with the next [`Sorted::sort`].
    pub fn push(&mut self, value: T) {
        self.values.push(value);
    }

    /// Takes out a value that was there at the last [`Sorted::sort`]; of equal values any one.
    pub fn remove(&mut self, value: &T) {
        if let Ok(at) = self.values[..self.n_sorted].binary_search(value) {
            self.values.remove(at);
            self.n_sorted -= 1;
        }
    }

    /// Keeps the values that pass a test.
    pub fn retain(&mut self, test: impl FnMut(&T) -> bool) {
        debug_assert_eq!(self.n_sorted, self.values.len());
        self.values.retain(test);
        self.n_sorted = self.values.len();
    }

    /// Puts the values that were pushed in their places.
    pub fn sort(&mut self) {
        if self.n_sorted < self.values.len() {
            // The stable sort finds the run that is in order already.
            self.values.sort();
            self.n_sorted = self.values.len();
        }
    }

    /// Returns the values in order, as of the last [`Sorted::sort`].
    pub fn values(&self) -> &[T] {
        &self.values[..self.n_sorted]
    }
}
