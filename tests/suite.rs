//! The one test target: laws, hand-sized examples, messages.

mod ledger;
mod metrics;
mod support;
