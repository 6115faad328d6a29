//! Models: what they learn, refuse, explain and keep.

mod blending;
mod estimators;
mod evaluating;
mod export;
mod monitor;
mod oracles;
mod real;
mod training;
