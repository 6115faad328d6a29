//! A drawing surface in pixels at natural size, on the SVG backend of plotters.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};

use super::style::{self, Paint};
use super::{PlotError, Svg};

/// The backend places shapes on whole pixels; drawing larger than shown keeps curves smooth.
const FINENESS: f64 = 4.0;
/// What the backend multiplies a font size by before it writes it.
const FONT_SIZE_OF_BACKEND: f64 = 1.24;

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The point is at its left.
    Start,
    /// The point is in its middle.
    Middle,
    /// The point is at its right.
    End,
}

/// A drawing surface; points are pixels from the upper left corner.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    title: &'a str,
    pub width: f64,
    pub height: f64,
}

/// Draws a plot of a size with a function; the title is drawn already, `description` says what a reader would see.
pub(super) fn draw(
    (width, height): (f64, f64),
    title: &str,
    description: &str,
    paint: impl FnOnce(&Canvas<'_>) -> Result<(), PlotError>,
) -> Result<Svg, PlotError> {
    let mut drawing = String::new();
    let size = ((width * FINENESS) as u32, (height * FINENESS) as u32);
    {
        let canvas = Canvas {
            area: SVGBackend::with_string(&mut drawing, size).into_drawing_area(),
            title,
            width,
            height,
        };
        let title = fit(title, style::TITLE, width);
        canvas.bold((0.0, 11.0), &title)?;
        paint(&canvas)?;
        canvas.area.present().map_err(|error| canvas.refused(error))?;
    }
    let body = drawing.split_once('>').map_or("", |(_, body)| body);
    // Text takes family and colour from the whole plot, and that from the page; only text from data could hold a line break, and has none.
    let body = body
        .replace(&format!(" font-family=\"{FONT_STAND_IN}\""), "")
        .replace(style::INK_WRITTEN, "\"currentColor\"")
        .replace(" opacity=\"1\"", "")
        .replace("\n</text>", "</text>");
    let body: String = body
        .split_inclusive('\n')
        .map(|line| {
            if line.starts_with("<text") {
                line.trim_end()
            } else {
                line
            }
        })
        .collect();
    Ok(Svg(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{title}\" font-family=\"{}\">\n<title>{title}</title>\n<desc>{}</desc>{body}",
        size.0,
        size.1,
        style::FONTS,
        escaped(description),
        title = escaped(title),
    )))
}

/// A family name that is written into every text and taken out again.
const FONT_STAND_IN: &str = "plot";

impl Canvas<'_> {
    /// Fills a rectangle given by two corners.
    pub fn rectangle(&self, from: (f64, f64), to: (f64, f64), paint: Paint) -> Result<(), PlotError> {
        self.put(&Rectangle::new([fine(from), fine(to)], filled(paint)))
    }

    /// Draws a line through points.
    pub fn line(
        &self,
        points: impl IntoIterator<Item = (f64, f64)>,
        width: f64,
        paint: Paint,
    ) -> Result<(), PlotError> {
        let points: Vec<(i32, i32)> = points.into_iter().map(fine).collect();
        self.put(&PathElement::new(points, stroked(width, paint)))
    }

    /// Draws a line of dashes between two points.
    pub fn dashes(&self, from: (f64, f64), to: (f64, f64), width: f64, paint: Paint) -> Result<(), PlotError> {
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |reach: f64| (from.0 + (to.0 - from.0) * reach, from.1 + (to.1 - from.1) * reach);
        let n = ((length / 8.0).ceil() as usize).clamp(1, 500);
        (0..n).try_for_each(|dash| {
            let start = dash as f64 / n as f64;
            self.line([at(start), at(start + 0.55 / n as f64)], width, paint)
        })
    }

    /// Fills the area inside points.
    pub fn polygon(&self, points: impl IntoIterator<Item = (f64, f64)>, paint: Paint) -> Result<(), PlotError> {
        let points: Vec<(i32, i32)> = points.into_iter().map(fine).collect();
        self.put(&Polygon::new(points, filled(paint)))
    }

    /// Fills a circle.
    pub fn dot(&self, centre: (f64, f64), radius: f64, paint: Paint) -> Result<(), PlotError> {
        self.put(&Circle::new(fine(centre), (radius * FINENESS) as u32, filled(paint)))
    }

    /// Writes a text, centred vertically on its point.
    pub fn text(&self, at: (f64, f64), text: &str, anchor: Anchor, paint: Paint) -> Result<(), PlotError> {
        let font = (FONT_STAND_IN, style::TEXT * FINENESS * FONT_SIZE_OF_BACKEND).into_font();
        self.put(&Text::new(printable(text), fine(at), text_style(font, anchor, paint)))
    }

    fn bold(&self, at: (f64, f64), text: &str) -> Result<(), PlotError> {
        let size = style::TITLE * FINENESS * FONT_SIZE_OF_BACKEND;
        let font = (FONT_STAND_IN, size)
            .into_font()
            .style(plotters::style::FontStyle::Bold);
        self.put(&Text::new(
            printable(text),
            fine(at),
            text_style(font, Anchor::Start, style::INK),
        ))
    }

    /// Says in the middle of the plot that there is nothing to see.
    pub fn no_data(&self) -> Result<(), PlotError> {
        self.text(
            (self.width / 2.0, self.height / 2.0),
            "no data",
            Anchor::Middle,
            style::MUTED,
        )
    }

    fn put<E>(&self, element: &E) -> Result<(), PlotError>
    where
        for<'e> &'e E: PointCollection<'e, (i32, i32)>,
        for<'b> E: Drawable<SVGBackend<'b>>,
    {
        self.area.draw(element).map_err(|error| self.refused(error))
    }

    fn refused(&self, error: impl std::error::Error) -> PlotError {
        PlotError::Drawing {
            title: self.title.to_owned(),
            message: error.to_string(),
        }
    }
}

/// Estimates how wide a text is drawn; families differ, so this is on the wide side.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '(' | ')' | ' ' => 0.38,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.96,
            letter if letter.is_uppercase() => 0.72,
            letter if (letter as u32) < 0x2000 => 0.62,
            _ => 1.0,
        })
        .sum();
    em * size
}

/// Shortens a text to a width, with an ellipsis where something is left out.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        short.push(letter);
        if width_of(&short, size) + size > width {
            short.pop();
            break;
        }
    }
    format!("{}…", short.trim_end())
}

fn fine((x, y): (f64, f64)) -> (i32, i32) {
    ((x * FINENESS).round() as i32, (y * FINENESS).round() as i32)
}

fn colour(paint: Paint) -> RGBAColor {
    RGBColor(paint.rgb.0, paint.rgb.1, paint.rgb.2).mix(paint.alpha)
}

fn filled(paint: Paint) -> ShapeStyle {
    colour(paint).filled()
}

fn stroked(width: f64, paint: Paint) -> ShapeStyle {
    colour(paint).stroke_width((width * FINENESS).round() as u32)
}

fn text_style(font: plotters::style::FontDesc<'_>, anchor: Anchor, paint: Paint) -> TextStyle<'_> {
    let horizontal = match anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let mut text = TextStyle::from(font).pos(Pos::new(horizontal, VPos::Center));
    text.color = colour(paint).to_backend_color();
    text
}

/// Control characters have no place in XML.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

fn escaped(text: &str) -> String {
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}
