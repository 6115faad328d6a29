//! A customer, or all with a value of an attribute.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::decide::Whose;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhoseMirror {
    customer: Option<String>,
    by: Option<String>,
    value: Option<String>,
}

impl WhoseMirror {
    pub(super) fn of(customer: Option<String>, by: Option<String>, value: Option<String>) -> WhoseMirror {
        WhoseMirror { customer, by, value }
    }

    /// Reads either a customer, or an attribute and its value.
    pub(super) fn check(self, key: &str, check: &mut Check<'_>) -> Whose {
        match (self.customer, self.by, self.value) {
            (Some(id), None, None) => Whose::Customer(id),
            (None, Some(attribute), Some(value)) => Whose::With { attribute, value },
            _ => {
                check.problem(key, "must name either `customer`, or `by` and `value`");
                Whose::Customer(String::new())
            }
        }
    }
}
