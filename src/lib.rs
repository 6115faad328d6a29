#![forbid(unsafe_code)]
#![warn(missing_docs)]
//! Accounts receivable, from a finance team's exports to decisions: one reproducible ledger, exact money, honest statistics.
//!
//! ```text
//! files -> import -> ledger -> history -> metrics -> features -> risk -> scoring -> forecast -> decide -> backtest -> output
//! ```
//!
//! Every stage takes values and returns values. A result is as of a day and never looks past it. Money is exact from the
//! file to the reported balance; a floating-point number is a statistic. [`guide::architecture`] is the map.

// The vocabulary.
pub mod money;
pub mod calendar;
pub mod ids;
pub mod outcome;
pub mod table;
pub mod contract;
pub mod records;

// The stages, left to right.
pub mod import;
pub mod ledger;
pub mod history;
pub mod metrics;
pub mod features;
pub mod risk;
pub mod scoring;
pub mod forecast;
pub mod decide;
pub mod backtest;

// The ends.
pub mod output;
pub mod generate;
pub mod config;
pub mod cli;
pub mod guide;
