//! A file that a verb reads instead of a ledger.

use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::Context;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::table::Table;

/// A file's content, unpacked where it was gzipped.
pub(super) struct InputFile {
    name: String,
    hash: String,
    content: Vec<u8>,
}

impl InputFile {
    /// Reads a file whole.
    pub(super) fn read(path: &Path) -> anyhow::Result<InputFile> {
        let read = || -> std::io::Result<Vec<u8>> {
            let bytes = std::fs::read(path)?;
            if !bytes.starts_with(&[0x1f, 0x8b]) {
                return Ok(bytes);
            }
            let mut content = Vec::new();
            MultiGzDecoder::new(Cursor::new(bytes)).read_to_end(&mut content)?;
            Ok(content)
        };
        let content = read().with_context(|| format!("cannot read {}", path.display()))?;
        Ok(InputFile {
            name: path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
            hash: short_hash(&content),
            content,
        })
    }

    /// Returns the content.
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    /// Returns a short hash of the content.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// Adds what a result can be repeated from; the same question, file and settings give the same run id.
    pub(super) fn stamp(&self, table: Table, question: &str, config: &Config) -> Table {
        let version = env!("CARGO_PKG_VERSION");
        let run = format!("{question}\n{}\n{}\n{version}", self.hash, config.hash());
        table
            .note("file", &self.name)
            .note("file_hash", &self.hash)
            .note("run", short_hash(run.as_bytes()))
            .note("configuration", config.hash())
            .note("version", version)
    }
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
