//! Models: what they learn, refuse, explain and keep.

mod real;
