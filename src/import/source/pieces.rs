//! Text cut into pieces of whole rows.

use std::io::{self, BufRead, Read};

/// Bytes of a piece, unless one row is longer.
const PIECE_BYTES: usize = 1 << 20;
/// Bytes that a quoted cell can have: one that is longer was never meant to be one.
const QUOTED_BYTES: usize = 1 << 20;

/// Text that is handed out piece by piece.
pub struct Pieces {
    text: Box<dyn BufRead + Send>,
    /// What was read and not handed out; it starts with a row.
    ahead: Vec<u8>,
    lines_before: u64,
}

/// Some rows as text.
pub struct TextPiece {
    pub bytes: Vec<u8>,
    /// Lines of the file in front of it.
    pub lines_before: u64,
    /// Whether it is one line with a quote that is never closed.
    pub is_unclosed: bool,
}

/// How rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowEnds {
    /// A row is a line.
    Lines,
    /// A row is a line, but for line ends within quotes; cells are separated by this byte.
    Quoted(u8),
}

/// Where the last whole row of a text ends, and where a quote opens behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cut {
    end: usize,
    open_quote: Option<usize>,
}

impl Pieces {
    /// Starts behind the lines that were read already; `text` ends with a line end.
    pub fn new(text: Box<dyn BufRead + Send>, lines_before: u64) -> Pieces {
        Pieces {
            text,
            ahead: Vec::new(),
            lines_before,
        }
    }

    /// Returns the next rows, or `None` at the end.
    pub fn next(&mut self, ends: RowEnds) -> io::Result<Option<TextPiece>> {
        loop {
            let wanted = (PIECE_BYTES as u64)
                .saturating_sub(self.ahead.len() as u64)
                .max(PIECE_BYTES as u64 / 2);
            let at_end = self.text.by_ref().take(wanted).read_to_end(&mut self.ahead)? == 0;
            if self.ahead.is_empty() {
                return Ok(None);
            }
            let cut = last_end(&self.ahead, ends);
            if cut.end > 0 {
                return Ok(Some(self.hand_out(cut.end, false)));
            }
            match cut.open_quote {
                Some(quote) if at_end || self.ahead.len() - quote > QUOTED_BYTES => {
                    let line_end = self.ahead[quote..].iter().position(|byte| *byte == b'\n');
                    let end = line_end.map_or(self.ahead.len(), |end| quote + end + 1);
                    return Ok(Some(self.hand_out(end, true)));
                }
                None if at_end => {
                    let end = self.ahead.len();
                    return Ok(Some(self.hand_out(end, false)));
                }
                _ => {}
            }
        }
    }

    fn hand_out(&mut self, end: usize, is_unclosed: bool) -> TextPiece {
        let behind = self.ahead.split_off(end);
        let bytes = std::mem::replace(&mut self.ahead, behind);
        let lines_before = self.lines_before;
        self.lines_before += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        TextPiece {
            bytes,
            lines_before,
            is_unclosed,
        }
    }
}

/// Finds the end of the last whole row of a text that starts with a row.
fn last_end(text: &[u8], ends: RowEnds) -> Cut {
    let RowEnds::Quoted(separator) = ends else {
        return without_quotes(text);
    };
    if !text.contains(&b'"') {
        return without_quotes(text);
    }
    #[derive(Clone, Copy)]
    enum At {
        CellStart,
        Cell,
        Quoted,
        QuoteInQuoted,
    }
    let mut at = At::CellStart;
    let mut cut = Cut::default();
    for (position, &byte) in text.iter().enumerate() {
        at = match (at, byte) {
            (At::CellStart, b'"') => {
                cut.open_quote = Some(position);
                At::Quoted
            }
            (At::Quoted, b'"') => At::QuoteInQuoted,
            (At::Quoted, _) | (At::QuoteInQuoted, b'"') => At::Quoted,
            (_, b'\n') => {
                cut.end = position + 1;
                At::CellStart
            }
            (_, byte) if byte == separator => At::CellStart,
            _ => At::Cell,
        };
    }
    if !matches!(at, At::Quoted) {
        cut.open_quote = None;
    }
    cut
}

fn without_quotes(text: &[u8]) -> Cut {
    let last = text.iter().rposition(|byte| *byte == b'\n');
    Cut {
        end: last.map_or(0, |position| position + 1),
        open_quote: None,
    }
}
