//! Policies replayed over history.

mod holds;
mod orders;
mod provision;
