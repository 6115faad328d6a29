//! Settings are checked as a whole: every problem is listed at once, by key.

use std::fmt;

/// What is wrong with a set of settings, one line each: `horizon_weeks: must be 1 to 104, is 0`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Records a problem unless the condition holds.
    pub fn require(&mut self, holds: bool, key: &str, expected: impl fmt::Display, found: impl fmt::Display) {
        if !holds {
            self.0.push(format!("{key}: must be {expected}, is {found}"));
        }
    }

    /// Returns `Ok` where nothing is wrong.
    ///
    /// # Errors
    /// All problems together.
    pub fn into_result(self) -> Result<(), Problems> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Returns the problems in the order of the settings.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}
