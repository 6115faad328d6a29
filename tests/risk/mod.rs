//! Models: what they learn, refuse, explain and keep.

mod estimators;
mod oracles;
mod real;
mod training;
