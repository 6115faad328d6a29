//! Plain lines of separated cells, all of one length: cut once, then had cell by cell.

use super::Grid;
use crate::import::value::Cell;

/// Lines of text without quotes.
pub struct TextGrid<'t> {
    text: &'t str,
    /// Where each cell ends, row by row; the next one begins a byte behind.
    ends: Vec<u32>,
    n_columns: usize,
    first_line: u64,
}

impl<'t> TextGrid<'t> {
    /// Cuts lines that follow each other from `first_line` on; `None` where one is blank or has another number of cells.
    pub fn new(text: &'t str, separator: u8, n_columns: usize, first_line: u64) -> Option<TextGrid<'t>> {
        let text = text.trim_end_matches('\n');
        if text.is_empty() || u32::try_from(text.len()).is_err() {
            return None;
        }
        let mut ends = Vec::with_capacity(text.len() / 6);
        let mut n_in_row = 0;
        for (at, &byte) in text.as_bytes().iter().enumerate() {
            if byte == separator {
                ends.push(at as u32);
                n_in_row += 1;
            } else if byte == b'\n' {
                let is_blank = n_in_row == 0 && ends.last().map_or(at == 0, |end| *end as usize + 1 == at);
                if is_blank || n_in_row + 1 != n_columns {
                    return None;
                }
                ends.push(at as u32);
                n_in_row = 0;
            }
        }
        ends.push(text.len() as u32);
        (n_in_row + 1 == n_columns).then_some(TextGrid {
            text,
            ends,
            n_columns,
            first_line,
        })
    }
}

impl Grid for TextGrid<'_> {
    fn n_rows(&self) -> usize {
        self.ends.len() / self.n_columns
    }

    fn first_line(&self) -> u64 {
        self.first_line
    }

    fn cell(&self, row: usize, position: usize) -> Cell<'_> {
        if position >= self.n_columns {
            return Cell::Missing;
        }
        let at = row * self.n_columns + position;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize + 1);
        Cell::Text(trimmed(&self.text[start..self.ends[at] as usize]))
    }
}

/// Takes blanks off both ends of a text, which mostly has none.
pub fn trimmed(text: &str) -> &str {
    let is_letter = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    match is_letter(text.as_bytes().first()) && is_letter(text.as_bytes().last()) {
        true => text,
        false => text.trim(),
    }
}
