//! Lines over time or age, and the forecast fan.

use super::axis::{Frame, Scale};
use super::canvas::{Anchor, Canvas, draw};
use super::style::{self, HEIGHT, Paint, Shades, WIDTH};
use super::{PlotError, Series, Svg, Unit};

/// Pixels from the upper left corner.
type Point = (f64, f64);

/// Lines over a shared axis: DSO by month, recovery by age of a cohort.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// What the plot shows.
    pub title: String,
    /// A label for each point of the horizontal axis.
    pub x_labels: Vec<String>,
    /// What the labels are: `months since issue`.
    pub x_caption: String,
    /// The lines; a missing value breaks its line.
    pub series: Vec<Series>,
    /// What the values are counted in.
    pub unit: Unit,
    /// How the lines are coloured. [`Shades::Ordered`] names only the first and the last, in a key.
    pub shades: Shades,
}

impl Lines {
    /// Draws the plot.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn svg(&self) -> Result<Svg, PlotError> {
        let n = self.x_labels.len();
        let values = self
            .series
            .iter()
            .flat_map(|series| (0..n).filter_map(|position| series.at(position)));
        let scale = Scale::covering(values, &self.unit);
        draw((WIDTH, HEIGHT), &self.title, &self.description(), |canvas| {
            let Some(scale) = scale else {
                return canvas.no_data();
            };
            let ordered = self.shades == Shades::Ordered;
            let names: Vec<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
            let frame = Frame::draw(
                canvas,
                scale,
                &self.x_labels,
                &self.x_caption,
                if ordered { &[] } else { &names },
            )?;
            let mut beside = Vec::new();
            for (position, series) in self.series.iter().enumerate() {
                let paint = self.shades.of(position, self.series.len());
                let points: Vec<Option<Point>> = (0..n)
                    .map(|slot| Some((frame.x(slot), frame.y(series.at(slot)?))))
                    .collect();
                broken_line(
                    canvas,
                    &points,
                    if ordered { style::THIN_LINE } else { style::LINE },
                    paint,
                )?;
                if let Some((_, y)) = points.iter().rev().flatten().next() {
                    beside.push((*y, names[position], paint));
                }
            }
            if ordered {
                self.key(canvas, &names)
            } else {
                frame.names(canvas, beside)
            }
        })
    }

    /// Draws the colours from first to last between the names of both.
    fn key(&self, canvas: &Canvas<'_>, names: &[&str]) -> Result<(), PlotError> {
        let (Some(first), Some(last)) = (names.first(), names.last()) else {
            return Ok(());
        };
        let last_width = super::canvas::width_of(last, style::TEXT);
        let (from, to) = (canvas.width - last_width - 126.0, canvas.width - last_width - 6.0);
        let step = (to - from) / names.len() as f64;
        for position in 0..names.len() {
            let left = from + step * position as f64;
            canvas.rectangle((left, 30.0), (left + step, 38.0), self.shades.of(position, names.len()))?;
        }
        canvas.text((from - 6.0, 34.0), first, Anchor::End, style::MUTED)?;
        canvas.text((canvas.width, 34.0), last, Anchor::End, style::MUTED)
    }

    fn description(&self) -> String {
        let last: Vec<String> = self
            .series
            .iter()
            .map(|series| match series.values.iter().flatten().next_back() {
                Some(value) => format!("{} ends at {}", series.name, self.unit.short(*value)),
                None => format!("{} has no data", series.name),
            })
            .collect();
        format!("Lines: {}. {}", last.join("; "), span(&self.x_labels))
    }
}

/// A forecast by period: what is expected, the band it should fall into, and what came where that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// What the plot shows.
    pub title: String,
    /// A label for each period.
    pub x_labels: Vec<String>,
    /// What the labels are: `week starting`.
    pub x_caption: String,
    /// Expected values.
    pub expected: Vec<Option<f64>>,
    /// Low and high ends of the band.
    pub band: Vec<Option<(f64, f64)>>,
    /// What the ends of the band are called: `P10` and `P90`.
    pub band_names: (String, String),
    /// What came, where it is known.
    pub actual: Vec<Option<f64>>,
    /// What the values are counted in.
    pub unit: Unit,
}

impl Fan {
    /// Draws the plot.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn svg(&self) -> Result<Svg, PlotError> {
        let n = self.x_labels.len();
        let expected = Series::new("expected", self.expected.iter().copied());
        let actual = Series::new("actual", self.actual.iter().copied());
        let finite = |band: &(f64, f64)| band.0.is_finite() && band.1.is_finite();
        let bands: Vec<Option<(f64, f64)>> = (0..n)
            .map(|slot| self.band.get(slot).copied().flatten().filter(finite))
            .collect();
        let values = (0..n).flat_map(|slot| {
            let (low, high) = bands[slot].unzip();
            [expected.at(slot), actual.at(slot), low, high]
        });
        let scale = Scale::covering(values.flatten(), &self.unit);
        let (low_name, high_name) = &self.band_names;
        let description = format!(
            "Expected values with a band from {low_name} to {high_name}. {}",
            span(&self.x_labels)
        );
        draw((WIDTH, HEIGHT), &self.title, &description, |canvas| {
            let Some(scale) = scale else {
                return canvas.no_data();
            };
            let band_name = format!("{low_name} to {high_name}");
            let frame = Frame::draw(
                canvas,
                scale,
                &self.x_labels,
                &self.x_caption,
                &["expected", "actual", &band_name],
            )?;
            let (band_paint, line_paint) = (style::ACCENT.thin(0.28), style::ACCENT);
            let ends: Vec<Option<(Point, Point)>> = bands
                .iter()
                .enumerate()
                .map(|(slot, band)| {
                    band.map(|(low, high)| ((frame.x(slot), frame.y(low)), (frame.x(slot), frame.y(high))))
                })
                .collect();
            for run in ends.split(Option::is_none) {
                match run {
                    [] => {}
                    [only] => {
                        if let Some((low, high)) = only {
                            canvas.rectangle((high.0 - 4.0, high.1), (low.0 + 4.0, low.1), band_paint)?;
                        }
                    }
                    run => {
                        let there = run.iter().flatten().map(|ends| ends.1);
                        let back = run.iter().flatten().rev().map(|ends| ends.0);
                        canvas.polygon(there.chain(back), band_paint)?;
                    }
                }
            }
            let points = |series: &Series| -> Vec<Option<Point>> {
                (0..n)
                    .map(|slot| Some((frame.x(slot), frame.y(series.at(slot)?))))
                    .collect()
            };
            let (expected, actual) = (points(&expected), points(&actual));
            broken_line(canvas, &expected, style::LINE, line_paint)?;
            let last = |points: &[Option<Point>]| points.iter().rev().flatten().next().copied();
            let mut beside = Vec::new();
            if let Some((low, high)) = ends.iter().rev().flatten().next() {
                beside.push((high.1.min(low.1), band_name.as_str(), band_paint));
            }
            if let Some((_, y)) = last(&expected) {
                beside.push((y, "expected", line_paint));
            }
            for point in actual.iter().flatten() {
                canvas.dot(*point, 3.5, style::WARM)?;
            }
            if let Some((_, y)) = last(&actual) {
                beside.push((y, "actual", style::WARM));
            }
            frame.names(canvas, beside)
        })
    }
}

/// Draws a line that breaks where a point is missing; a point without neighbours is a dot.
fn broken_line(canvas: &Canvas<'_>, points: &[Option<Point>], width: f64, paint: Paint) -> Result<(), PlotError> {
    for run in points.split(Option::is_none) {
        match run {
            [] => {}
            [only] => only.iter().try_for_each(|point| canvas.dot(*point, 3.0, paint))?,
            run => canvas.line(run.iter().flatten().copied(), width, paint)?,
        }
    }
    Ok(())
}

/// Says which labels a plot spans.
pub(super) fn span(labels: &[String]) -> String {
    match labels {
        [] => "No data.".to_owned(),
        [only] => format!("Only {only}."),
        [first, .., last] => format!("From {first} to {last}."),
    }
}
