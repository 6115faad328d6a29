//! The files of a ledger folder: opened after their content was compared with the manifest, and written so that a
//! reader sees the old content or the new.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::LedgerError;
use super::content_file::ContentFile;
use super::kept_sums::{SUMS, is_stale};
use super::manifest::{MANIFEST, Manifest, TableEntry};
use super::progress::Share;
use super::stored_facts;
use crate::contract::TableSpec;
use crate::table::{PackedTable, TableError, parquet};

pub(super) const TABLES: &str = "tables";
const FACTS: &str = "facts";

/// Opens files after comparing the content of each, byte for byte, with its BLAKE3.
pub(super) fn open_checked(
    dir: &Path,
    entries: &BTreeMap<String, TableEntry>,
) -> Result<BTreeMap<String, File>, LedgerError> {
    let open = |(name, entry): (&String, &TableEntry)| {
        let path = dir.join(&entry.file);
        let mut hasher = blake3::Hasher::new();
        let mut file = read_through(&path, |bytes| {
            hasher.update(bytes);
        })?;
        file.rewind().map_err(|source| LedgerError::Io {
            doing: "read",
            path: path.clone(),
            source,
        })?;
        same_hash(path, hasher.finalize().to_hex().to_string(), &entry.blake3)?;
        Ok((name.clone(), file))
    };
    entries.par_iter().map(open).collect()
}

/// Compares the content of a file with its SHA-256.
pub(super) fn compare_sha256(dir: &Path, entry: &TableEntry) -> Result<(), LedgerError> {
    let path = dir.join(&entry.file);
    let mut hasher = Sha256::new();
    read_through(&path, |bytes| hasher.update(bytes))?;
    same_hash(path, hex(&hasher.finalize()), &entry.sha256)
}

/// Opens files that were written or compared just now.
pub(super) fn open_written(
    dir: &Path,
    entries: &BTreeMap<String, TableEntry>,
) -> Result<BTreeMap<String, File>, LedgerError> {
    let open = |(name, entry): (&String, &TableEntry)| {
        let path = dir.join(&entry.file);
        let file = File::open(&path).map_err(|source| LedgerError::Io {
            doing: "read",
            path,
            source,
        })?;
        Ok((name.clone(), file))
    };
    entries.iter().map(open).collect()
}

fn same_hash(path: PathBuf, found: String, expected: &str) -> Result<(), LedgerError> {
    if found == expected {
        return Ok(());
    }
    Err(LedgerError::HashDiffers {
        path,
        found,
        expected: expected.to_owned(),
    })
}

/// Writes whole tables on all threads.
pub(super) fn write_tables(
    dir: &Path,
    tables: &BTreeMap<String, PackedTable>,
    progress: &Share<'_>,
) -> Result<BTreeMap<String, TableEntry>, LedgerError> {
    let write = |(name, table): (&String, &PackedTable)| {
        let mut file = create_table(dir, name)?;
        parquet::write_packed(table, parquet::DOCUMENT_PRECISION, &mut file, |cells| {
            progress.add(cells)
        })
        .map_err(of_table(dir, name))?;
        Ok((name.clone(), file.keep(dir, table.n_rows())?))
    };
    tables.par_iter().map(write).collect()
}

/// Begins the file of a table.
pub(super) fn create_table(dir: &Path, name: &str) -> Result<ContentFile, LedgerError> {
    create_folder(&dir.join(TABLES))?;
    ContentFile::create(dir, TABLES, name)
}

/// Begins a file of facts.
pub(super) fn create_facts(dir: &Path, name: &str) -> Result<ContentFile, LedgerError> {
    create_folder(&dir.join(FACTS))?;
    ContentFile::create(dir, FACTS, name)
}

/// Says of which table a failure was.
pub(super) fn of_table(dir: &Path, name: &str) -> impl FnOnce(TableError) -> LedgerError {
    let path = dir.join(TABLES).join(name);
    |source| LedgerError::Table { path, source }
}

/// Puts a manifest in the place of the one before, and removes the files that only that one named.
pub(super) fn replace_manifest(dir: &Path, manifest: &Manifest) -> Result<(), LedgerError> {
    let text = serde_json::to_vec_pretty(manifest).expect("a manifest is plain text and numbers");
    write_beside_and_rename(&dir.join(MANIFEST), &text)?;
    remove_unreferenced(dir, manifest);
    Ok(())
}

pub(super) fn create_folder(folder: &Path) -> Result<(), LedgerError> {
    fs::create_dir_all(folder).map_err(|source| LedgerError::Io {
        doing: "create",
        path: folder.to_owned(),
        source,
    })
}

/// Writes a file so that a reader sees the old content or the new, whatever happens in between.
pub(super) fn write_beside_and_rename(path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let attempt = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    attempt().map_err(|source| {
        // The half-written file is worth nothing; the error that matters is the first one.
        let _ = fs::remove_file(&beside);
        LedgerError::Io {
            doing: "write",
            path: path.to_owned(),
            source,
        }
    })
}

/// Tells whether there are files where tables stand.
pub(super) fn has_tables(dir: &Path) -> bool {
    fs::read_dir(dir.join(TABLES)).is_ok_and(|mut files| files.next().is_some())
}

/// Removes tables of earlier imports, and sums over a first layer that is gone; what cannot be removed now goes with the next import.
///
/// Only files that this program made are touched: `<table>-<16 hex digits>.parquet`, kept sums, or such a name while it was being written.
fn remove_unreferenced(dir: &Path, manifest: &Manifest) {
    let named: BTreeSet<PathBuf> = manifest.entries().map(|entry| dir.join(&entry.file)).collect();
    let files = |folder: &str| {
        let found = fs::read_dir(dir.join(folder)).into_iter().flatten().flatten();
        found.map(|file| file.path())
    };
    let tables = [TABLES, FACTS].into_iter().flat_map(files);
    let tables = tables.filter(|path| !named.contains(path) && is_own_name(path));
    let sums = files(SUMS).filter(|path| is_stale(path, manifest.layers.first()));
    for path in tables.chain(sums).collect::<Vec<_>>() {
        let _ = fs::remove_file(path);
    }
}

fn is_own_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((table, rest)) = name.rsplit_once('-') else {
        return false;
    };
    let Some((hash, ending)) = rest.split_once('.') else {
        return false;
    };
    let is_hash = hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    let is_ours = TableSpec::by_name(table).is_some() || stored_facts::file_names().any(|name| name == table);
    is_ours && is_hash && (ending == "parquet" || ending.ends_with("tmp"))
}

/// Opens a file and hands out all its bytes in order.
fn read_through(path: &Path, mut take: impl FnMut(&[u8])) -> Result<File, LedgerError> {
    let mut read = || {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(file),
                n => take(&buffer[..n]),
            }
        }
    };
    read().map_err(|source| LedgerError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    })
}

pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
