//! Whether a score means a probability: predicted against observed, and how many accounts each band holds.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, draw};
use super::style::{self, WIDTH};
use super::{PlotError, Svg, Unit};

/// Predicted against observed rates by band, beside the number of accounts in each band.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// What the plot shows.
    pub title: String,
    /// Bands from the lowest to the highest prediction.
    pub bins: Vec<CalibrationBin>,
}

/// One band of predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that turned out bad, `None` where none has matured.
    pub observed: Option<f64>,
    /// Interval of the observed share.
    pub interval: Option<(f64, f64)>,
    /// Accounts in the band.
    pub n: u64,
}

/// Corners of a panel: left, top, right, bottom.
type Panel = (f64, f64, f64, f64);

const HEIGHT: f64 = 400.0;
const POINTS: Panel = (46.0, 52.0, 346.0, 352.0);
const COUNTS: Panel = (436.0, 52.0, WIDTH - 8.0, 352.0);

impl Calibration {
    /// Draws the plot.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn svg(&self) -> Result<Svg, PlotError> {
        let bins: Vec<&CalibrationBin> = self.bins.iter().filter(|bin| bin.predicted.is_finite()).collect();
        let rates = bins.iter().flat_map(|bin| {
            let (low, high) = bin.interval.unzip();
            [Some(bin.predicted), bin.observed, low, high]
        });
        let scale = Scale::covering(rates.flatten(), &Unit::Percent);
        let counts = Scale::covering(bins.iter().map(|bin| bin.n as f64), &Unit::Count("accounts".to_owned()));
        let description = "Left: observed share against predicted probability by band; on the diagonal both agree. Right: accounts in each band.";
        draw((WIDTH, HEIGHT), &self.title, description, |canvas| {
            let (Some(scale), Some(counts)) = (scale, counts) else {
                return canvas.no_data();
            };
            points(canvas, &bins, &scale)?;
            columns(canvas, &bins, &counts)
        })
    }
}

fn points(canvas: &Canvas<'_>, bins: &[&CalibrationBin], scale: &Scale) -> Result<(), PlotError> {
    let (left, top, right, bottom) = POINTS;
    let x = |rate: f64| left + (right - left) * scale.share(rate);
    let y = |rate: f64| bottom - (bottom - top) * scale.share(rate);
    grid(canvas, POINTS, scale, "observed")?;
    for tick in scale.ticks() {
        canvas.text(
            (x(tick), bottom + 14.0),
            &scale.label(tick),
            Anchor::Middle,
            style::MUTED,
        )?;
    }
    canvas.text(
        ((left + right) / 2.0, bottom + 33.0),
        "predicted",
        Anchor::Middle,
        style::MUTED,
    )?;
    canvas.dashes((left, bottom), (right, top), 1.25, style::MUTED)?;
    for bin in bins {
        if let Some((low, high)) = bin.interval {
            canvas.line(
                [(x(bin.predicted), y(low)), (x(bin.predicted), y(high))],
                1.5,
                style::ACCENT.thin(0.55),
            )?;
        }
        if let Some(observed) = bin.observed {
            canvas.dot((x(bin.predicted), y(observed)), 4.0, style::ACCENT)?;
        }
    }
    Ok(())
}

fn columns(canvas: &Canvas<'_>, bins: &[&CalibrationBin], scale: &Scale) -> Result<(), PlotError> {
    let (left, top, right, bottom) = COUNTS;
    let pitch = (right - left) / bins.len() as f64;
    grid(canvas, COUNTS, scale, &scale.caption())?;
    // A label needs about forty pixels.
    let every = (44.0 / pitch).ceil().max(1.0) as usize;
    for (position, bin) in bins.iter().enumerate() {
        let middle = left + pitch * (position as f64 + 0.5);
        let height = bottom - (bottom - top) * scale.share(bin.n as f64);
        let half = (pitch * 0.4).min(26.0);
        canvas.rectangle((middle - half, height), (middle + half, bottom), style::ACCENT)?;
        if position.is_multiple_of(every) {
            let label = Unit::Percent.short(bin.predicted);
            canvas.text((middle, bottom + 14.0), &label, Anchor::Middle, style::MUTED)?;
        }
    }
    canvas.text(
        ((left + right) / 2.0, bottom + 33.0),
        "mean predicted in the band",
        Anchor::Middle,
        style::MUTED,
    )
}

fn grid(canvas: &Canvas<'_>, (left, _, right, _): Panel, scale: &Scale, caption: &str) -> Result<(), PlotError> {
    let (_, top, _, bottom) = POINTS;
    canvas.text((left - 40.0, 34.0), caption, Anchor::Start, style::MUTED)?;
    for tick in scale.ticks() {
        let y = bottom - (bottom - top) * scale.share(tick);
        let paint = if tick == 0.0 {
            style::INK.thin(0.6)
        } else {
            style::FAINT
        };
        canvas.line([(left, y), (right, y)], 1.0, paint)?;
        canvas.text((left - 6.0, y), &scale.label(tick), Anchor::End, style::MUTED)?;
    }
    Ok(())
}
