#![forbid(unsafe_code)]
#![warn(missing_docs)]
//! arrears
pub mod calendar;
pub mod contract;
pub mod decide;
pub mod forecast;
pub mod history;
pub mod ids;
pub mod ledger;
pub mod money;
pub mod outcome;
pub mod records;
pub mod scoring;
pub mod table;
