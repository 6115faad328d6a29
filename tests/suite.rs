//! The one test target: laws, hand-sized examples, messages.

mod forecast;
mod ledger;
mod support;
