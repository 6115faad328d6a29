//! Shares in a grid: the roll-rate matrix.

use super::canvas::{Anchor, draw, fit, width_of};
use super::style::{self, WIDTH};
use super::{PlotError, Svg};

/// A matrix of shares, each printed in its cell: from the state of a row to the state of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// What the plot shows.
    pub title: String,
    /// A label for each row.
    pub row_labels: Vec<String>,
    /// What the rows are: `from`.
    pub row_caption: String,
    /// A label for each column.
    pub column_labels: Vec<String>,
    /// What the columns are: `to`.
    pub column_caption: String,
    /// Shares by row and column, where 1 is 100 %; `None` is printed as a dash.
    pub cells: Vec<Vec<Option<f64>>>,
}

/// Height of a row.
const ROW: f64 = 32.0;
/// Where the first row starts.
const TOP: f64 = 74.0;

impl HeatMap {
    /// Draws the plot.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn svg(&self) -> Result<Svg, PlotError> {
        let (n_rows, n_columns) = (self.row_labels.len(), self.column_labels.len());
        let cell = |row: usize, column: usize| -> Option<f64> {
            let share = self.cells.get(row)?.get(column).copied().flatten()?;
            share.is_finite().then_some(share)
        };
        let all = (0..n_rows).flat_map(|row| (0..n_columns).map(move |column| (row, column)));
        let any = all.clone().any(|(row, column)| cell(row, column).is_some());
        let description = format!(
            "Matrix of shares, {} by {}. Rows: {}. Columns: {}.",
            n_rows,
            n_columns,
            self.row_labels.join(", "),
            self.column_labels.join(", ")
        );
        let height = TOP + ROW * n_rows.max(3) as f64 + 6.0;
        draw((WIDTH, height), &self.title, &description, |canvas| {
            if !any {
                return canvas.no_data();
            }
            let widest = self
                .row_labels
                .iter()
                .map(|label| width_of(label, style::TEXT))
                .fold(0.0, f64::max);
            let left = widest.max(width_of(&self.row_caption, style::TEXT)).min(180.0) + 10.0;
            let pitch = ((WIDTH - left) / n_columns as f64).min(110.0);
            canvas.text((left - 8.0, TOP - 14.0), &self.row_caption, Anchor::End, style::MUTED)?;
            canvas.text(
                (left + 2.0, TOP - 36.0),
                &self.column_caption,
                Anchor::Start,
                style::MUTED,
            )?;
            for (column, label) in self.column_labels.iter().enumerate() {
                let x = left + pitch * (column as f64 + 0.5);
                canvas.text(
                    (x, TOP - 14.0),
                    &fit(label, style::TEXT, pitch - 4.0),
                    Anchor::Middle,
                    style::INK,
                )?;
            }
            for (row, label) in self.row_labels.iter().enumerate() {
                let y = TOP + ROW * (row as f64 + 0.5);
                canvas.text(
                    (left - 8.0, y),
                    &fit(label, style::TEXT, left - 10.0),
                    Anchor::End,
                    style::INK,
                )?;
            }
            for (row, column) in all {
                let (x, y) = (left + pitch * column as f64, TOP + ROW * row as f64);
                let share = cell(row, column);
                // Strong enough to rank the cells, thin enough that the figure stays readable on it, on white and on black.
                let strength = share.map_or(0.0, |share| 0.05 + 0.5 * share.clamp(0.0, 1.0).sqrt());
                canvas.rectangle(
                    (x + 1.0, y + 1.0),
                    (x + pitch - 1.0, y + ROW - 1.0),
                    style::ACCENT.thin(strength),
                )?;
                let (text, paint) = match share {
                    Some(0.0) => ("0".to_owned(), style::MUTED),
                    Some(share) => (
                        format!("{}%", crate::output::display::real(share * 100.0, 1)),
                        style::INK,
                    ),
                    None => ("–".to_owned(), style::MUTED),
                };
                canvas.text((x + pitch / 2.0, y + ROW / 2.0), &text, Anchor::Middle, paint)?;
            }
            Ok(())
        })
    }
}
