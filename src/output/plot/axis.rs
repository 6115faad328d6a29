//! Axes: round ticks, units, labels that do not overlap.

use super::canvas::{Anchor, Canvas, fit, width_of};
use super::style::{self, Paint};
use super::{PlotError, Unit};

/// Pixels above a plot's frame: its title and the caption of the vertical axis.
const HEAD: f64 = 52.0;
/// Pixels below a plot's frame: labels and the caption of the horizontal axis.
const FOOT: f64 = 44.0;
/// The least distance between two lines of text.
const LINE_HEIGHT: f64 = 15.0;
/// The widest direct label; longer ones are shortened.
const WIDEST_LABEL: f64 = 150.0;

/// A vertical axis: from a round value at or below zero to a round value above the largest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
    unit: Unit,
}

impl Scale {
    /// Covers zero and all values with about five steps of 1, 2 or 5 times a power of ten; `None` without a value.
    pub fn covering(values: impl Iterator<Item = f64>, unit: &Unit) -> Option<Scale> {
        let (mut low, mut high, mut any) = (0.0_f64, 0.0_f64, false);
        for value in values.filter(|value| value.is_finite() && value.abs() < 1e300) {
            (low, high, any) = (low.min(value), high.max(value), true);
        }
        if !any {
            return None;
        }
        if low == high {
            high = 1.0;
        }
        let rough = (high - low) / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let whole = matches!(unit, Unit::Count(_));
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| *step >= rough * 0.999 && !(whole && step.fract() != 0.0))
            .unwrap_or(if whole { (10.0 * power).max(1.0) } else { 10.0 * power });
        Some(Scale {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
            unit: unit.clone(),
        })
    }

    /// Returns the share of the axis below a value, from 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Returns the round values from bottom to top.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let n = ((self.high - self.low) / self.step).round() as i64;
        (0..=n).map(|tick| self.low + self.step * tick as f64)
    }

    /// Returns the unit as words: `EUR million`.
    pub fn caption(&self) -> String {
        let (_, size) = self.size();
        match &self.unit {
            Unit::Money(currency) => format!("{currency}{size}"),
            Unit::Count(things) => format!("{things}{size}"),
            Unit::Days => "days".to_owned(),
            Unit::Percent => "per cent".to_owned(),
        }
    }

    /// Returns a tick as text, in the unit of the caption.
    pub fn label(&self, value: f64) -> String {
        let (divisor, _) = self.size();
        let step = self.step / divisor;
        let decimals = (0..6).find(|&decimals| {
            let scaled = step * 10_f64.powi(decimals);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0)
        });
        let text = crate::output::display::real(value / divisor, decimals.unwrap_or(6) as usize);
        match self.unit {
            Unit::Percent => format!("{text}%"),
            _ => text,
        }
    }

    fn size(&self) -> (f64, &'static str) {
        match &self.unit {
            Unit::Percent => (0.01, ""),
            Unit::Days => (1.0, ""),
            Unit::Money(_) | Unit::Count(_) => match self.high.abs().max(self.low.abs()) {
                largest if largest >= 2e9 => (1e9, " billion"),
                largest if largest >= 2e6 => (1e6, " million"),
                largest if largest >= 2e4 => (1e3, " thousand"),
                _ => (1.0, ""),
            },
        }
    }
}

impl Unit {
    /// Returns one value as a short text of its own: `1.2m`, `34 %`.
    pub(super) fn short(&self, value: f64) -> String {
        use crate::output::display::real;
        match self {
            Unit::Percent => format!("{}%", real(value * 100.0, if value.abs() < 0.0995 { 1 } else { 0 })),
            Unit::Days => real(value, 1),
            Unit::Money(_) | Unit::Count(_) => match value.abs() {
                size if size >= 9.995e8 => format!("{}bn", real(value / 1e9, 2)),
                size if size >= 9.995e5 => format!("{}m", real(value / 1e6, 2)),
                size if size >= 9_995.0 => format!("{}k", real(value / 1e3, 0)),
                _ => real(value, 0),
            },
        }
    }
}

/// The rectangle that holds the data, between its axes.
pub(super) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub scale: Scale,
    n_slots: usize,
}

impl Frame {
    /// Draws the grid and both axes; room at the right is kept for direct labels.
    pub fn draw(
        canvas: &Canvas<'_>,
        scale: Scale,
        x_labels: &[String],
        x_caption: &str,
        names: &[&str],
    ) -> Result<Frame, PlotError> {
        let ticks: Vec<(f64, String)> = scale.ticks().map(|tick| (tick, scale.label(tick))).collect();
        let widest =
            |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| width_of(text, style::TEXT)).fold(0.0, f64::max);
        let beside = widest(&mut names.iter().copied());
        let frame = Frame {
            left: widest(&mut ticks.iter().map(|(_, label)| label.as_str())).max(16.0) + 8.0,
            right: canvas.width
                - if names.is_empty() {
                    8.0
                } else {
                    beside.min(WIDEST_LABEL) + 22.0
                },
            top: HEAD,
            bottom: canvas.height - FOOT,
            scale,
            n_slots: x_labels.len().max(1),
        };
        canvas.text((0.0, 34.0), &frame.scale.caption(), Anchor::Start, style::MUTED)?;
        for (tick, label) in &ticks {
            let y = frame.y(*tick);
            let paint = if *tick == 0.0 {
                style::INK.thin(0.6)
            } else {
                style::FAINT
            };
            canvas.line([(frame.left, y), (frame.right, y)], 1.0, paint)?;
            canvas.text((frame.left - 6.0, y), label, Anchor::End, style::MUTED)?;
        }
        frame.x_axis(canvas, x_labels, x_caption)?;
        Ok(frame)
    }

    /// Labels as many slots as there is room for, counted back from the last.
    fn x_axis(&self, canvas: &Canvas<'_>, labels: &[String], caption: &str) -> Result<(), PlotError> {
        let widest = labels
            .iter()
            .map(|label| width_of(label, style::TEXT))
            .fold(1.0, f64::max);
        let every = ((widest + 12.0) / self.slot_width()).ceil().max(1.0) as usize;
        for (position, label) in labels.iter().enumerate() {
            if (labels.len() - 1 - position).is_multiple_of(every) {
                let x = self.x(position);
                // A label at the edge moves inwards, so that none is cut.
                let half = width_of(label, style::TEXT) / 2.0;
                let x = x.max(half).min(canvas.width - half);
                canvas.text((x, self.bottom + 14.0), label, Anchor::Middle, style::MUTED)?;
            }
        }
        let middle = (self.left + self.right) / 2.0;
        canvas.text((middle, self.bottom + 33.0), caption, Anchor::Middle, style::MUTED)
    }

    /// Returns the middle of a slot.
    pub fn x(&self, position: usize) -> f64 {
        self.left + (position as f64 + 0.5) * self.slot_width()
    }

    /// Returns the width of a slot.
    pub fn slot_width(&self) -> f64 {
        (self.right - self.left) / self.n_slots as f64
    }

    /// Returns the height of a value.
    pub fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * self.scale.share(value)
    }

    /// Writes names beside what they name, moved apart where they would overlap and joined to it by a colour.
    pub fn names(&self, canvas: &Canvas<'_>, mut names: Vec<(f64, &str, Paint)>) -> Result<(), PlotError> {
        names.sort_by(|left, right| left.0.total_cmp(&right.0));
        let mut places: Vec<f64> = names.iter().map(|name| name.0).collect();
        apart(&mut places, self.top, self.bottom);
        for ((_, name, paint), y) in names.iter().zip(places) {
            canvas.rectangle((self.right + 4.0, y - 4.5), (self.right + 13.0, y + 4.5), *paint)?;
            let name = fit(name, style::TEXT, WIDEST_LABEL);
            canvas.text((self.right + 18.0, y), &name, Anchor::Start, style::INK)?;
        }
        Ok(())
    }
}

/// Moves sorted heights to at least a line's distance: down from the top, then up from the bottom.
fn apart(places: &mut [f64], top: f64, bottom: f64) {
    let mut free = top;
    for place in places.iter_mut() {
        *place = place.max(free);
        free = *place + LINE_HEIGHT;
    }
    let mut free = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(free);
        free = *place - LINE_HEIGHT;
    }
}
