//! A file that is named by its content: written beside, hashed on the way, renamed when it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::LedgerError;
use super::folder::hex;
use super::manifest::TableEntry;

/// A file on its way; one that is dropped before [`ContentFile::keep`] leaves nothing behind.
#[derive(Debug)]
pub(super) struct ContentFile {
    to: BufWriter<File>,
    sha256: Sha256,
    blake3: blake3::Hasher,
    beside: Beside,
    folder: &'static str,
    name: String,
}

/// The path of a file that is not whole yet.
#[derive(Debug)]
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        // After the rename nothing is there; before it, what is there is worth nothing.
        let _ = fs::remove_file(&self.0);
    }
}

impl ContentFile {
    /// Begins the file of a table or of facts in a folder of the ledger.
    pub fn create(dir: &Path, folder: &'static str, name: &str) -> Result<ContentFile, LedgerError> {
        // Sixteen digits, as if of a hash: whatever cleans up after a crash knows the name as one of ours.
        let path = dir.join(folder).join(format!("{name}-{:016x}.tmp", std::process::id()));
        let file = File::create(&path).map_err(|source| LedgerError::Io {
            doing: "write",
            path: path.clone(),
            source,
        })?;
        Ok(ContentFile {
            to: BufWriter::with_capacity(1 << 20, file),
            sha256: Sha256::new(),
            blake3: blake3::Hasher::new(),
            beside: Beside(path),
            folder,
            name: name.to_owned(),
        })
    }

    /// Ends the file and gives it its name; one of that name that is there already is the same.
    pub fn keep(self, dir: &Path, n_rows: usize) -> Result<TableEntry, LedgerError> {
        let sha256 = hex(&self.sha256.finalize());
        let blake3 = self.blake3.finalize().to_hex().to_string();
        let file = format!("{}/{}-{}.parquet", self.folder, self.name, &sha256[..16]);
        let path = dir.join(&file);
        let end = || {
            let written = self.to.into_inner().map_err(io::IntoInnerError::into_error)?;
            written.sync_all()?;
            fs::rename(&self.beside.0, &path)
        };
        end().map_err(|source| LedgerError::Io {
            doing: "write",
            path: path.clone(),
            source,
        })?;
        Ok(TableEntry {
            file,
            sha256,
            blake3,
            n_rows: n_rows as u64,
        })
    }
}

impl Write for ContentFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.sha256.update(&bytes[..n]);
        self.blake3.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
