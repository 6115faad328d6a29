//! The one test target: laws, hand-sized examples, messages.

mod features;
mod ledger;
mod risk;
mod support;
