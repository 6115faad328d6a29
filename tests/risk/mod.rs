//! Models: what they learn, refuse, explain and keep.

mod estimators;
mod evaluating;
mod oracles;
mod real;
mod training;
