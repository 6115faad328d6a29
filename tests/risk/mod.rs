//! Models: what they learn, refuse, explain and keep.

mod oracles;
mod real;
mod training;
