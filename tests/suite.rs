//! The one test target: laws, hand-sized examples, messages.

mod decide;
mod forecast;
mod ledger;
mod support;
