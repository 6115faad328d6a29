//! `[policy]`: what the settings are called, and when they hold.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::calendar::{AsOf, Day};
use crate::outcome::Caveat;

/// The name of a policy and the time for which it was laid down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHeader {
    /// What it is called.
    pub name: String,
    /// Which of its versions.
    pub version: String,
    /// First day; `None`: since ever.
    pub effective_from: Option<Day>,
    /// Last day; `None`: until further notice.
    pub effective_until: Option<Day>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyMirror {
    name: String,
    version: String,
    effective_from: String,
    effective_until: String,
}

impl PolicyMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> PolicyHeader {
        let mut day = |key: &str, text: &str| {
            if text.is_empty() {
                return None;
            }
            let day = Day::parse(text);
            if day.is_err() {
                check.problem(key, format!("must be a date such as 2026-01-31, or \"\", is `{text}`"));
            }
            day.ok()
        };
        let effective_from = day("policy.effective_from", &self.effective_from);
        let effective_until = day("policy.effective_until", &self.effective_until);
        if let (Some(from), Some(until)) = (effective_from, effective_until)
            && until < from
        {
            check.problem(
                "policy.effective_until",
                format!("must not be before {from}, is {until}"),
            );
        }
        PolicyHeader {
            name: self.name,
            version: self.version,
            effective_from,
            effective_until,
        }
    }
}

impl PolicyHeader {
    /// Returns what a reader must know where the policy does not hold on a day.
    pub fn caveat(&self, as_of: AsOf) -> Option<Caveat> {
        let holds = self.effective_from.is_none_or(|from| from <= as_of.0)
            && self.effective_until.is_none_or(|until| until >= as_of.0);
        (!holds).then(|| Caveat(format!("policy {self} does not hold on {as_of}")))
    }
}

impl fmt::Display for PolicyHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)?;
        if let Some(from) = self.effective_from {
            write!(f, " from {from}")?;
        }
        if let Some(until) = self.effective_until {
            write!(f, " until {until}")?;
        }
        Ok(())
    }
}
