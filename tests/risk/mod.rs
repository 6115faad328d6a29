//! Models: what they learn, refuse, explain and keep.

mod blending;
mod estimators;
mod candidates;
mod evaluating;
mod explaining;
mod export;
mod monitor;
mod oracles;
mod real;
mod recalibrating;
mod training;
