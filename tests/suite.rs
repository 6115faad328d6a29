//! All tests of behaviour, one module for each area.

mod output;
