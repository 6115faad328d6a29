//! The one test target: laws, hand-sized examples, messages.

mod architecture;
mod config;
mod guide;
mod import;
mod forecast;
mod ledger;
mod output;
mod support;
mod generate;
