//! The guide: how the house is built, what its words mean, what comes in, and why things are as they are.

#[doc = include_str!("architecture.md")]
pub mod architecture {}
#[doc = include_str!("data-contract.md")]
pub mod data_contract {}
#[doc = include_str!("features.md")]
pub mod features {}
#[doc = include_str!("models.md")]
pub mod models {}
#[doc = include_str!("worklist.md")]
pub mod worklist {}
#[doc = include_str!("holds.md")]
pub mod holds {}
#[doc = include_str!("forecast.md")]
pub mod forecast {}
#[doc = include_str!("glossary.md")]
pub mod glossary {}
#[doc = include_str!("decisions.md")]
pub mod decisions {}
