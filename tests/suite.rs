//! The one test target: laws, hand-sized examples, messages.

mod architecture;
mod backtest;
mod cli;
mod config;
mod decide;
mod features;
mod forecast;
mod generate;
mod guide;
mod import;
mod ledger;
mod metrics;
mod output;
mod parity;
mod risk;
mod support;
mod table;
