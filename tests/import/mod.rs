mod real;
mod support;
