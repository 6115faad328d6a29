#![forbid(unsafe_code)]
#![warn(missing_docs)]
//! arrears
pub mod calendar;
pub mod contract;
pub mod ids;
pub mod import;
pub mod money;
pub mod outcome;
pub mod records;
pub mod table;
