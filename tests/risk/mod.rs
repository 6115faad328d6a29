//! Models: what they learn, refuse, explain and keep.

mod estimators;
mod evaluating;
mod export;
mod monitor;
mod oracles;
mod real;
mod training;
