//! Models: what they learn, refuse, explain and keep.

mod estimators;
mod evaluating;
mod monitor;
mod oracles;
mod real;
mod training;
