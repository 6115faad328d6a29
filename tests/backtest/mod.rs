//! Policies replayed over history.

mod orders;
