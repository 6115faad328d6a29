//! Character-separated files.

use std::io::{BufRead, Read};
use std::mem;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};

use super::bytes::{self, TextFile};
use super::grid::{TextGrid, trimmed};
use super::pieces::{Pieces, RowEnds, TextPiece};
use super::{BytesRead, Defect, Grid, Piece, Reader, Row, RowEvent};
use crate::import::captions;
use crate::import::error::ImportError;
use crate::import::profile::SourceRules;
use crate::import::value::Cell;
use crate::outcome::IssueCode;

/// Separators tried where the profile declares none; a tie goes to the earlier one.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Lines among which the header is looked for.
const HEADER_LINES: usize = 200;

/// An open character-separated file.
pub struct CsvReader {
    path: PathBuf,
    captions: Vec<String>,
    layout: Layout,
    pieces: Pieces,
}

/// What must be known to read a row.
#[derive(Clone, Copy)]
struct Layout {
    separator: u8,
    n_captions: usize,
    /// Whether the bytes are UTF-8 as they stand in the file.
    is_raw: bool,
}

impl CsvReader {
    pub fn open(path: &Path, rules: &SourceRules, bytes_read: BytesRead) -> Result<CsvReader, ImportError> {
        let io_error = |source| ImportError::Io {
            path: path.to_owned(),
            source,
        };
        let TextFile {
            mut head,
            mut text,
            is_raw,
        } = bytes::open_text(path, rules.encoding, bytes_read)?;
        let mut skipped = Vec::new();
        for _ in 0..rules.skip_lines {
            skipped.clear();
            text.read_until(b'\n', &mut skipped).map_err(io_error)?;
            head.drain(..skipped.len().min(head.len()));
        }
        let candidates: Vec<u8> = rules.separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
        let mut best: Option<(u8, Header)> = None;
        for separator in candidates {
            if let Some(header) = find_header(&head, separator, &rules.header_has)
                && best
                    .as_ref()
                    .is_none_or(|(_, other)| header.captions.len() > other.captions.len())
            {
                best = Some((separator, header));
            }
        }
        let Some((separator, header)) = best else {
            return Err(if rules.header_has.is_empty() {
                ImportError::Empty { path: path.to_owned() }
            } else {
                ImportError::HeaderNotFound {
                    path: path.to_owned(),
                    expected: captions::list(rules.header_has.iter().map(String::as_str)),
                    n_lines: HEADER_LINES,
                }
            });
        };
        skipped.clear();
        text.by_ref()
            .take(header.n_bytes)
            .read_to_end(&mut skipped)
            .map_err(io_error)?;
        let lines_of_header = skipped.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(CsvReader {
            path: path.to_owned(),
            layout: Layout {
                separator,
                n_captions: header.captions.len(),
                is_raw,
            },
            captions: header.captions,
            pieces: Pieces::new(text, rules.skip_lines + lines_of_header),
        })
    }
}

impl Reader for CsvReader {
    fn captions(&self) -> &[String] {
        &self.captions
    }

    fn next_piece(&mut self) -> Result<Option<Box<dyn Piece>>, ImportError> {
        let piece = self.pieces.next(RowEnds::Quoted(self.layout.separator));
        let piece = piece.map_err(|source| ImportError::Io {
            path: self.path.clone(),
            source,
        })?;
        let layout = self.layout;
        Ok(piece.map(|text| Box::new(CsvPiece { text, layout }) as Box<dyn Piece>))
    }
}

/// Some rows of a character-separated file.
struct CsvPiece {
    text: TextPiece,
    layout: Layout,
}

impl Piece for CsvPiece {
    fn for_each(&self, sink: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ImportError> {
        let mut reader = builder(self.layout.separator).from_reader(self.text.bytes.as_slice());
        let mut record = ByteRecord::new();
        let mut lines = reader.position().line();
        while reader
            .read_byte_record(&mut record)
            .expect("rows of any length are taken from memory, and no row is read by serde")
        {
            let lines_after = reader.position().line();
            // Blank lines in front of the row were passed too, so count back from its end.
            let inside = match lines_after - lines {
                1 => 0,
                _ => record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64,
            };
            lines = lines_after;
            let line = self.text.lines_before + (lines_after - 1).saturating_sub(inside);
            let (row, undecodable) = match StringRecord::from_byte_record(mem::take(&mut record)) {
                Ok(cells) => (cells, None),
                Err(error) => {
                    let found = error.utf8_error().field();
                    (
                        StringRecord::from_byte_record_lossy(error.into_byte_record()),
                        Some(found),
                    )
                }
            };
            let row = CsvRow {
                cells: row,
                separator: self.layout.separator,
            };
            let defect = match self.text.is_unclosed {
                true => Some(Defect {
                    code: IssueCode::RowShape,
                    found: format!("a quote in cell {} that is never closed", row.cells.len()),
                    expected: "a closing quote".to_owned(),
                }),
                false => self.layout.defect(&row, undecodable),
            };
            sink(RowEvent {
                line,
                row: &row,
                defect,
            });
            record = row.cells.into_byte_record();
        }
        Ok(())
    }

    fn grid(&self) -> Option<Box<dyn Grid + '_>> {
        let Layout {
            separator,
            n_captions,
            is_raw,
        } = self.layout;
        let bytes = &self.text.bytes;
        // A quote may hide a separator, a NUL or a replacement character is a defect.
        if bytes.iter().any(|byte| matches!(byte, b'"' | b'\0')) {
            return None;
        }
        let text = str::from_utf8(bytes).ok()?;
        if !is_raw && text.contains('\u{fffd}') {
            return None;
        }
        let grid = TextGrid::new(text, separator, n_captions, self.text.lines_before + 1)?;
        Some(Box::new(grid))
    }
}

impl Layout {
    fn defect(self, row: &CsvRow, undecodable: Option<usize>) -> Option<Defect> {
        let text = row.cells.as_slice();
        let spoilt = undecodable
            .or_else(|| text.contains('\0').then(|| row.position_of('\0')))
            .or_else(|| (!self.is_raw && text.contains('\u{fffd}')).then(|| row.position_of('\u{fffd}')));
        if let Some(position) = spoilt {
            return Some(Defect {
                code: IssueCode::TextUndecodable,
                found: row.cells.get(position).unwrap_or_default().to_owned(),
                expected: "text in the declared encoding (`source.encoding` in the profile)".to_owned(),
            });
        }
        let (n_cells, n_captions) = (row.cells.len(), self.n_captions);
        // Spreadsheets leave empty cells behind the last column.
        let surplus = row.cells.iter().skip(n_captions).any(|cell| !cell.trim().is_empty());
        (n_cells < n_captions || surplus).then(|| Defect {
            code: IssueCode::RowShape,
            found: format!("{n_cells} cells"),
            expected: format!("{n_captions} cells, as in the header"),
        })
    }
}

struct CsvRow {
    cells: StringRecord,
    separator: u8,
}

impl CsvRow {
    fn position_of(&self, letter: char) -> usize {
        self.cells.iter().position(|cell| cell.contains(letter)).unwrap_or(0)
    }
}

impl Row for CsvRow {
    fn cell(&self, position: usize) -> Cell<'_> {
        self.cells
            .get(position)
            .map_or(Cell::Missing, |text| Cell::Text(trimmed(text)))
    }

    fn text(&self) -> String {
        let mut line = csv::WriterBuilder::new()
            .delimiter(self.separator)
            .from_writer(Vec::new());
        // Writing to memory cannot fail; a row that did would be reported empty.
        let written = line.write_record(&self.cells).is_ok();
        let bytes = line.into_inner().unwrap_or_default();
        let text = if written {
            String::from_utf8_lossy(&bytes)
        } else {
            "".into()
        };
        text.trim_end_matches('\n').to_owned()
    }
}

/// The header and where it stands.
struct Header {
    captions: Vec<String>,
    /// Bytes up to its end.
    n_bytes: u64,
}

fn find_header(head: &[u8], separator: u8, header_has: &[String]) -> Option<Header> {
    let mut reader = builder(separator).from_reader(head);
    let mut record = ByteRecord::new();
    let wanted: Vec<String> = header_has.iter().map(|caption| captions::normal(caption)).collect();
    for _ in 0..HEADER_LINES {
        if !reader.read_byte_record(&mut record).ok()? {
            return None;
        }
        let captions: Vec<String> = record
            .iter()
            .map(|caption| String::from_utf8_lossy(caption).trim().to_owned())
            .collect();
        let normal: Vec<String> = captions.iter().map(|caption| captions::normal(caption)).collect();
        if wanted.iter().all(|caption| normal.contains(caption)) {
            return Some(Header {
                captions,
                n_bytes: reader.position().byte(),
            });
        }
    }
    None
}

fn builder(separator: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .terminator(Terminator::Any(b'\n'))
        .buffer_capacity(1 << 16);
    builder
}
