//! Character-separated files.

use std::io::BufRead;
use std::mem;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};

use super::bytes::{self, TextFile};
use super::{BytesRead, Defect, Reader, Row, RowEvent};
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
    separator: u8,
    reader: csv::Reader<Box<dyn BufRead>>,
    /// Lines in front of what the reader sees.
    lines_before: u64,
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
        let mut reader = builder(separator).from_reader(text);
        let mut record = ByteRecord::new();
        for _ in 0..=header.n_records_before {
            read_record(&mut reader, &mut record).map_err(io_error)?;
        }
        Ok(CsvReader {
            path: path.to_owned(),
            captions: header.captions,
            separator,
            reader,
            lines_before: rules.skip_lines,
            is_raw,
        })
    }
}

impl Reader for CsvReader {
    fn captions(&self) -> &[String] {
        &self.captions
    }

    fn for_each(&mut self, sink: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ImportError> {
        let mut record = ByteRecord::new();
        let mut lines = self.reader.position().line();
        loop {
            let more = read_record(&mut self.reader, &mut record).map_err(|source| ImportError::Io {
                path: self.path.clone(),
                source,
            })?;
            if !more {
                return Ok(());
            }
            let lines_after = self.reader.position().line();
            // Blank lines in front of the row were passed too, so count back from its end.
            let inside = match lines_after - lines {
                1 => 0,
                _ => record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64,
            };
            lines = lines_after;
            let line = self.lines_before + (lines_after - 1).saturating_sub(inside);
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
                separator: self.separator,
            };
            let defect = self.defect(&row, undecodable);
            sink(RowEvent {
                line,
                row: &row,
                defect,
            });
            record = row.cells.into_byte_record();
        }
    }
}

impl CsvReader {
    fn defect(&self, row: &CsvRow, undecodable: Option<usize>) -> Option<Defect> {
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
        let (n_cells, n_captions) = (row.cells.len(), self.captions.len());
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
            .map_or(Cell::Missing, |text| Cell::Text(text.trim()))
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
    n_records_before: usize,
}

fn find_header(head: &[u8], separator: u8, header_has: &[String]) -> Option<Header> {
    let mut reader = builder(separator).from_reader(head);
    let mut record = ByteRecord::new();
    let wanted: Vec<String> = header_has.iter().map(|caption| captions::normal(caption)).collect();
    for n_records_before in 0..HEADER_LINES {
        if !read_record(&mut reader, &mut record).ok()? {
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
                n_records_before,
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

fn read_record<R: std::io::Read>(reader: &mut csv::Reader<R>, record: &mut ByteRecord) -> std::io::Result<bool> {
    reader
        .read_byte_record(record)
        .map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            // Rows of any length are taken, and no row is read by serde: only the file itself can fail.
            other => std::io::Error::other(format!("{other:?}")),
        })
}
