//! The look of all plots: sizes, weights and colours.
//!
//! Colours start from Okabe and Ito's set, which people with any colour vision can tell apart, darkened where needed so that each stands out on
//! white and on near black. Names stand beside what they name, so that nothing is told by colour alone.

/// A colour and how much of it covers what is below, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Paint {
    pub rgb: (u8, u8, u8),
    pub alpha: f64,
}

/// Stands for the text colour of the page until the drawing is finished.
const INK_RGB: (u8, u8, u8) = (1, 2, 3);
/// How the drawing library writes the stand-in.
pub(super) const INK_WRITTEN: &str = "\"#010203\"";

/// Text and the zero line.
pub(super) const INK: Paint = paint(INK_RGB, 1.0);
/// Axis captions and labels that may stand back.
pub(super) const MUTED: Paint = paint(INK_RGB, 0.68);
/// Grid lines.
pub(super) const FAINT: Paint = paint(INK_RGB, 0.13);
/// The main series of plots that have one.
pub(super) const ACCENT: Paint = paint((0x1F, 0x78, 0xB4), 1.0);
/// What deserves attention.
pub(super) const WARM: Paint = paint((0xD5, 0x5E, 0x00), 1.0);

/// Families the reader's machine has.
pub(super) const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
/// Width of a plot, in pixels at its natural size.
pub(super) const WIDTH: f64 = 720.0;
/// Height of a plot that has no reason for another.
pub(super) const HEIGHT: f64 = 360.0;
/// Size of a title.
pub(super) const TITLE: f64 = 16.0;
/// Size of all other text.
pub(super) const TEXT: f64 = 12.0;
/// Width of a line that carries data.
pub(super) const LINE: f64 = 2.25;

/// Width of a line among many.
pub(super) const THIN_LINE: f64 = 1.25;

/// How the series of a plot are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shades {
    /// Unrelated series, told apart by hue.
    #[default]
    Distinct,
    /// The first series is at ease, the others go from mild to severe: ageing buckets.
    Severity,
    /// Series with an order, from pale to strong: cohorts from the oldest to the newest.
    Ordered,
}

const DISTINCT: [(u8, u8, u8); 6] = [
    (0x1F, 0x78, 0xB4),
    (0xD5, 0x5E, 0x00),
    (0x00, 0x9E, 0x73),
    (0xB8, 0x5C, 0x93),
    (0xC6, 0x8A, 0x00),
    (0x6B, 0x7A, 0x8C),
];
const AT_EASE: (u8, u8, u8) = (0x8F, 0xA9, 0xC4);
const SEVERITY: [(u8, u8, u8); 4] = [
    (0xF5, 0xC8, 0x6B),
    (0xEE, 0x9B, 0x3F),
    (0xD9, 0x64, 0x2A),
    (0xA8, 0x2F, 0x25),
];
const ORDERED: [(u8, u8, u8); 3] = [(0xB5, 0xC7, 0xD8), (0x5F, 0x9F, 0xCB), (0x1B, 0x6F, 0xAC)];

impl Shades {
    /// Returns the colour of a series by its position.
    pub(super) fn of(self, position: usize, n_series: usize) -> Paint {
        match self {
            Shades::Distinct => paint(DISTINCT[position % DISTINCT.len()], 1.0),
            Shades::Severity if position == 0 => paint(AT_EASE, 1.0),
            Shades::Severity => along(&SEVERITY, position - 1, n_series.saturating_sub(1)),
            Shades::Ordered => along(&ORDERED, position, n_series),
        }
    }
}

impl Paint {
    /// Returns the same colour, thinner.
    pub(super) const fn thin(self, alpha: f64) -> Paint {
        paint(self.rgb, alpha)
    }
}

const fn paint(rgb: (u8, u8, u8), alpha: f64) -> Paint {
    Paint { rgb, alpha }
}

/// Picks the colour at a position of a ramp that spreads over `n` positions.
fn along(ramp: &[(u8, u8, u8)], position: usize, n: usize) -> Paint {
    let reach = if n > 1 { position as f64 / (n - 1) as f64 } else { 1.0 };
    let place = reach.clamp(0.0, 1.0) * (ramp.len() - 1) as f64;
    let below = (place.floor() as usize).min(ramp.len() - 2);
    let (low, high, share) = (ramp[below], ramp[below + 1], place - below as f64);
    let mix = |low: u8, high: u8| (f64::from(low) + (f64::from(high) - f64::from(low)) * share).round() as u8;
    paint((mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2)), 1.0)
}
