//! Stacked columns over time, and horizontal bars by name.

use super::axis::{Frame, Scale};
use super::canvas::{Anchor, draw, fit, width_of};
use super::style::{self, HEIGHT, Shades, WIDTH};
use super::{PlotError, Series, Svg, Unit};

/// Columns of layers over time: receivables by ageing bucket at month ends, scores by good and bad.
#[derive(Clone, Debug, PartialEq)]
pub struct StackedBars {
    /// What the plot shows.
    pub title: String,
    /// A label for each column.
    pub x_labels: Vec<String>,
    /// What the labels are: `month end`.
    pub x_caption: String,
    /// Layers from bottom to top; negative values hang below zero.
    pub series: Vec<Series>,
    /// What the values are counted in.
    pub unit: Unit,
    /// How the layers are coloured.
    pub shades: Shades,
}

impl StackedBars {
    /// Draws the plot.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn svg(&self) -> Result<Svg, PlotError> {
        let layers = self.layers();
        let ends = layers.iter().flatten().flatten().flat_map(|&(from, to)| [from, to]);
        let scale = Scale::covering(ends, &self.unit);
        draw((WIDTH, HEIGHT), &self.title, &self.description(), |canvas| {
            let Some(scale) = scale else {
                return canvas.no_data();
            };
            let names: Vec<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
            let frame = Frame::draw(canvas, scale, &self.x_labels, &self.x_caption, &names)?;
            let half = (frame.slot_width() * 0.4).min(34.0);
            for (layer, spans) in layers.iter().enumerate() {
                let paint = self.shades.of(layer, layers.len());
                for (column, span) in spans.iter().enumerate() {
                    let Some((from, to)) = span.filter(|(from, to)| from != to) else {
                        continue;
                    };
                    let (bottom, top) = (frame.y(from.min(to)), frame.y(from.max(to)));
                    // A hair of background between two layers, unless the layer is hardly more than that itself.
                    let hair = if bottom - top > 3.0 { 0.75 } else { 0.0 };
                    let x = frame.x(column);
                    canvas.rectangle((x - half, top + hair), (x + half, bottom), paint)?;
                }
            }
            // Names stand at the height of the last column's layers.
            let beside = layers.iter().enumerate().map(|(layer, spans)| {
                let (from, to) = spans.iter().rev().flatten().next().copied().unwrap_or((0.0, 0.0));
                (
                    frame.y((from + to) / 2.0),
                    names[layer],
                    self.shades.of(layer, layers.len()),
                )
            });
            frame.names(canvas, beside.collect())
        })
    }

    /// Returns for each layer and column where it starts and ends.
    fn layers(&self) -> Vec<Vec<Option<(f64, f64)>>> {
        let mut above = vec![0.0; self.x_labels.len()];
        let mut below = vec![0.0; self.x_labels.len()];
        let mut layer = |series: &Series| {
            (0..self.x_labels.len())
                .map(|column| {
                    let value = series.at(column)?;
                    let side = if value < 0.0 {
                        &mut below[column]
                    } else {
                        &mut above[column]
                    };
                    let from = *side;
                    *side += value;
                    Some((from, *side))
                })
                .collect()
        };
        self.series.iter().map(&mut layer).collect()
    }

    fn description(&self) -> String {
        let names: Vec<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
        format!(
            "Stacked columns, from bottom to top: {}. {}",
            names.join(", "),
            super::lines::span(&self.x_labels)
        )
    }
}

/// Bars by name, in the order given: the customers that owe most.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizontalBars {
    /// What the plot shows.
    pub title: String,
    /// Name and value of each bar; a missing value is printed as such.
    pub bars: Vec<(String, Option<f64>)>,
    /// What the values are counted in.
    pub unit: Unit,
}

/// Height of one bar with its distance to the next.
const BAR_PITCH: f64 = 26.0;

impl HorizontalBars {
    /// Draws the plot.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn svg(&self) -> Result<Svg, PlotError> {
        let values: Vec<Option<f64>> = self
            .bars
            .iter()
            .map(|bar| bar.1.filter(|value| value.is_finite()))
            .collect();
        let scale = Scale::covering(values.iter().flatten().copied(), &self.unit);
        let height = 56.0 + BAR_PITCH * self.bars.len().max(3) as f64;
        let description = match values.iter().position(Option::is_some) {
            Some(first) => format!(
                "{} bars; the first with a value is {} with {}.",
                self.bars.len(),
                self.bars[first].0,
                self.unit.short(values[first].unwrap_or_default())
            ),
            None => "No data.".to_owned(),
        };
        draw((WIDTH, height), &self.title, &description, |canvas| {
            let Some(scale) = scale else {
                return canvas.no_data();
            };
            let widest = |texts: &mut dyn Iterator<Item = String>| {
                texts.map(|text| width_of(&text, style::TEXT)).fold(0.0, f64::max)
            };
            let names = widest(&mut self.bars.iter().map(|bar| bar.0.clone())).min(230.0);
            let numbers = widest(&mut values.iter().flatten().map(|value| self.unit.short(*value)));
            let (left, right) = (names + 10.0, WIDTH - numbers - 12.0);
            let x = |value: f64| left + (right - left) * scale.share(value);
            let caption = match &self.unit {
                Unit::Money(currency) => currency.clone(),
                _ => scale.caption(),
            };
            canvas.text((0.0, 34.0), &caption, Anchor::Start, style::MUTED)?;
            for (row, (name, value)) in self.bars.iter().map(|bar| &bar.0).zip(&values).enumerate() {
                let y = 50.0 + BAR_PITCH * (row as f64 + 0.5);
                let name = fit(name, style::TEXT, names);
                canvas.text((left - 8.0, y), &name, Anchor::End, style::INK)?;
                let Some(value) = *value else {
                    canvas.text((left + 6.0, y), "not available", Anchor::Start, style::MUTED)?;
                    continue;
                };
                let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
                canvas.rectangle((from, y - 8.5), (to, y + 8.5), style::ACCENT)?;
                canvas.text((to + 6.0, y), &self.unit.short(value), Anchor::Start, style::INK)?;
            }
            let bottom = 50.0 + BAR_PITCH * self.bars.len() as f64;
            canvas.line([(x(0.0), 50.0), (x(0.0), bottom)], 1.0, style::INK.thin(0.6))
        })
    }
}
