//! JSON lines: one object a line. Numbers are taken digit by digit, never through a binary number.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bytes::{self, TextFile};
use super::pieces::{Pieces, RowEnds, TextPiece};
use super::{BytesRead, Defect, Piece, Reader, Row, RowEvent};
use crate::import::error::ImportError;
use crate::import::profile::SourceRules;
use crate::import::value::Cell;
use crate::outcome::IssueCode;

/// An open file of JSON lines.
pub struct JsonReader {
    path: PathBuf,
    captions: Vec<String>,
    positions: Arc<HashMap<String, usize>>,
    pieces: Pieces,
}

impl JsonReader {
    /// Opens the file and reads it once for the names of its members, in order of first sight.
    pub fn open(path: &Path, rules: &SourceRules, bytes_read: BytesRead) -> Result<JsonReader, ImportError> {
        let first_pass = bytes::open_text(path, rules.encoding, BytesRead::default())?;
        if first_pass.head.trim_ascii_start().starts_with(b"[") {
            return Err(ImportError::JsonArray { path: path.to_owned() });
        }
        let (mut captions, mut known) = (Vec::new(), HashSet::new());
        let mut pieces = Pieces::new(first_pass.text, 0);
        while let Some(piece) = next_lines(path, &mut pieces)? {
            for_each_line(&piece, &mut |_, line| {
                for (name, _) in std::str::from_utf8(line).ok().and_then(members).into_iter().flatten() {
                    if known.insert(name.clone()) {
                        captions.push(name);
                    }
                }
            });
        }
        let TextFile { text, .. } = bytes::open_text(path, rules.encoding, bytes_read)?;
        let positions = captions.iter().cloned().zip(0..).collect();
        Ok(JsonReader {
            path: path.to_owned(),
            captions,
            positions: Arc::new(positions),
            pieces: Pieces::new(text, 0),
        })
    }
}

impl Reader for JsonReader {
    fn captions(&self) -> &[String] {
        &self.captions
    }

    fn next_piece(&mut self) -> Result<Option<Box<dyn Piece>>, ImportError> {
        let positions = Arc::clone(&self.positions);
        let lines = next_lines(&self.path, &mut self.pieces)?;
        Ok(lines.map(|lines| Box::new(JsonPiece { lines, positions }) as Box<dyn Piece>))
    }
}

/// Some lines of JSON.
struct JsonPiece {
    lines: TextPiece,
    /// Where each member stands among the columns.
    positions: Arc<HashMap<String, usize>>,
}

impl Piece for JsonPiece {
    fn for_each(&self, sink: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ImportError> {
        for_each_line(&self.lines, &mut |number, line| {
            let mut row = JsonRow {
                line: String::from_utf8_lossy(line).into_owned(),
                cells: Vec::new(),
            };
            let mut defect = None;
            match std::str::from_utf8(line) {
                Err(_) => {
                    defect = Some(Defect {
                        code: IssueCode::TextUndecodable,
                        found: row.line.clone(),
                        expected: "text in the declared encoding (`source.encoding` in the profile)".to_owned(),
                    });
                }
                Ok(text) => match members(text) {
                    None => {
                        defect = Some(Defect {
                            code: IssueCode::RowShape,
                            found: shortened(text),
                            expected: "one JSON object".to_owned(),
                        });
                    }
                    Some(members) => {
                        row.cells.resize(self.positions.len(), Member::Missing);
                        for (name, member) in members {
                            if let Some(&position) = self.positions.get(&name) {
                                row.cells[position] = member;
                            }
                        }
                    }
                },
            }
            sink(RowEvent {
                line: number,
                row: &row,
                defect,
            });
        });
        Ok(())
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn next_lines(path: &Path, pieces: &mut Pieces) -> Result<Option<TextPiece>, ImportError> {
    pieces.next(RowEnds::Lines).map_err(|source| ImportError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Hands out the lines that are not blank, with their numbers in the file from 1.
fn for_each_line(piece: &TextPiece, sink: &mut dyn FnMut(u64, &[u8])) {
    let lines = piece.bytes.split(|byte| *byte == b'\n');
    for (line, number) in lines.zip(piece.lines_before + 1..) {
        let trimmed = line.trim_ascii();
        if !trimmed.is_empty() {
            sink(number, trimmed);
        }
    }
}

struct JsonRow {
    line: String,
    cells: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq)]
enum Member {
    Missing,
    Text(String),
    /// The digits as they stand.
    Number(String),
    Flag(bool),
}

impl Row for JsonRow {
    fn cell(&self, position: usize) -> Cell<'_> {
        match self.cells.get(position) {
            None | Some(Member::Missing) => Cell::Missing,
            Some(Member::Text(text)) => Cell::Text(text.trim()),
            Some(Member::Number(digits)) => Cell::Number(digits),
            Some(Member::Flag(flag)) => Cell::Flag(*flag),
        }
    }

    fn text(&self) -> String {
        self.line.clone()
    }
}

/// Splits a JSON object into its members, or returns `None` where the line is none; what is nested stays as text.
fn members(line: &str) -> Option<Vec<(String, Member)>> {
    // The standard parser judges; the scan below only has to find the ends of things.
    serde_json::from_str::<serde::de::IgnoredAny>(line).ok()?;
    let mut rest = line.trim().strip_prefix('{')?.trim_start();
    let mut members = Vec::new();
    while !rest.starts_with('}') {
        let end = string_end(rest)?;
        let name = serde_json::from_str(&rest[..end]).ok()?;
        rest = rest[end..].trim_start().strip_prefix(':')?.trim_start();
        let end = value_end(rest)?;
        members.push((name, member(&rest[..end])?));
        rest = rest[end..].trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(members)
}

fn member(raw: &str) -> Option<Member> {
    Some(match raw.as_bytes().first()? {
        b'"' => Member::Text(serde_json::from_str(raw).ok()?),
        b'n' => Member::Missing,
        b't' => Member::Flag(true),
        b'f' => Member::Flag(false),
        b'{' | b'[' => Member::Text(raw.to_owned()),
        _ => Member::Number(raw.to_owned()),
    })
}

/// Returns where a string that starts here ends, quotes included.
fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn value_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'"' => string_end(text),
        b'{' | b'[' => {
            let (mut depth, mut at) = (0_usize, 0);
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at += string_end(&text[at..])?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => Some(text.find([',', '}', ']', ' ', '\t']).unwrap_or(text.len())),
    }
}
