//! Plots as SVG that needs no fonts and no network and follows the text colour of the page, so that light and dark both work.
//!
//! Each kind of plot is a struct of plain data with a method `svg`. Data without a single value gives a plot that says "no data";
//! a missing value leaves a gap and is never drawn as 0. Bars start at zero.

mod axis;
mod bars;
mod calibration;
mod canvas;
mod heat;
mod lines;
mod style;

use std::fmt;

use thiserror::Error;

pub use self::bars::{HorizontalBars, StackedBars};
pub use self::calibration::{Calibration, CalibrationBin};
pub use self::heat::HeatMap;
pub use self::lines::{Fan, Lines};
pub use self::style::Shades;

/// What the values of a plot are counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole units of the currency named.
    Money(String),
    /// Days.
    Days,
    /// Shares, where 1 is 100 %.
    Percent,
    /// Things, such as `customers`.
    Count(String),
}

/// One named line or layer of a plot: a value for each label of the horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name as printed beside it.
    pub name: String,
    /// Values in the order of the labels, `None` where there is none; a series that ends early is missing from there on.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// Names the values of a line or layer.
    pub fn new<T: Into<Option<f64>>>(name: &str, values: impl IntoIterator<Item = T>) -> Series {
        Series {
            name: name.to_owned(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }

    /// Returns a value that can be drawn.
    fn at(&self, position: usize) -> Option<f64> {
        self.values
            .get(position)
            .copied()
            .flatten()
            .filter(|value| value.is_finite())
    }
}

/// A finished plot: one `<svg>` element in which all text from data is escaped, safe to stand in an HTML page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg(String);

impl Svg {
    /// Returns the element.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a plot cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlotError {
    /// The drawing library refused.
    #[error("cannot draw the plot `{title}`: {message}")]
    Drawing {
        /// The plot.
        title: String,
        /// What the library answered.
        message: String,
    },
}
