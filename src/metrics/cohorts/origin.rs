//! What places a claim in its period of origin, and what entered on that day.

use std::fmt;

use crate::calendar::Day;
use crate::history::DocumentHistory;
use crate::money::Total;

/// What places a claim in its period of origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CohortOrigin {
    /// The day of issue; the whole amount enters.
    #[default]
    Issue,
    /// The day of payment agreed; the whole amount enters.
    Due,
    /// The day on which it is so many days past due; what is open at the end of that day enters.
    Entering(i32),
}

/// When and with how much a claim enters its cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It has no day of payment to count from.
    NoDueDate,
    /// Nothing was open on the day.
    Settled,
    /// It enters on a day; money counts from the day after `after` on.
    On {
        day: Day,
        amount: Total,
        after: Option<Day>,
    },
}

impl CohortOrigin {
    /// Reads `issue`, `due` or `entering:31`; a bucket, `entering:31-60` or `entering:121+`, stands for its first day.
    ///
    /// # Errors
    /// Another word, a first day below 1, a bucket whose last day lies before its first.
    pub fn parse(text: &str) -> Result<CohortOrigin, String> {
        let refused = || {
            format!(
                "found `{text}`, expected `issue`, `due` or the first day of a bucket such as `entering:31` or `entering:31-60`"
            )
        };
        match text {
            "issue" => return Ok(CohortOrigin::Issue),
            "due" => return Ok(CohortOrigin::Due),
            _ => {}
        }
        let bucket = text.strip_prefix("entering:").ok_or_else(refused)?;
        let (first, last) = match bucket.split_once('-') {
            Some((first, last)) => (first, Some(last)),
            None => (bucket.strip_suffix('+').unwrap_or(bucket), None),
        };
        let first: i32 = first.parse().map_err(|_| refused())?;
        let is_bucket = match last {
            Some(last) => last.parse().is_ok_and(|last: i32| first <= last),
            None => true,
        };
        if first < 1 || !is_bucket {
            return Err(refused());
        }
        Ok(CohortOrigin::Entering(first))
    }

    #[inline]
    pub(super) fn entry(self, claim: &DocumentHistory<'_>) -> Entry {
        let document = claim.document;
        let whole = |day| Entry::On {
            day,
            amount: document.amount.into(),
            after: None,
        };
        match (self, document.due_on) {
            (CohortOrigin::Issue, _) => whole(document.issued_on),
            (_, None) => Entry::NoDueDate,
            (CohortOrigin::Due, Some(due_on)) => whole(due_on),
            (CohortOrigin::Entering(days_past_due), Some(due_on)) => {
                let day = (due_on + days_past_due).max(document.issued_on);
                match claim.open_on(day) {
                    open if open > Total::ZERO => Entry::On {
                        day,
                        amount: open,
                        after: Some(day),
                    },
                    _ => Entry::Settled,
                }
            }
        }
    }
}

impl fmt::Display for CohortOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CohortOrigin::Issue => f.pad("issue"),
            CohortOrigin::Due => f.pad("due"),
            CohortOrigin::Entering(days) => f.pad(&format!("entering:{days}")),
        }
    }
}
