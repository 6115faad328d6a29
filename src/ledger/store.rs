//! The ledger on disk: a folder of Parquet tables and a manifest that names them by content.
//!
//! Tables are written beside the old ones under the hash of their content; the manifest is renamed into place last, so
//! that a crash leaves the old ledger or the new one, never a mixture.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::content_file::ContentFile;
use super::error::LedgerError;
use super::kept::KeptFacts;
use super::merge::{Merged, merge_showing};
use super::progress::{OnProgress, Share, Stage};
use super::stored_facts::{StoredFacts, Written};
use super::tables::Tables;
use super::{Ledger, reconcile, stored_facts};
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::ids::Dictionary;
use crate::outcome::Checked;
use crate::records::Records;
use crate::table::{PackedTable, parquet};

/// The version of the folder's layout that this program writes and reads.
pub const SCHEMA_VERSION: u32 = 1;
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const TABLES: &str = "tables";
const FACTS: &str = "facts";

/// What a ledger folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Layout of the folder.
    pub schema_version: u32,
    /// Hash over the content of all tables: the same facts give the same hash.
    pub ledger_hash: String,
    /// The tables by name.
    pub tables: BTreeMap<String, TableEntry>,
    /// Customer attributes that hold for every day.
    pub timeless: BTreeSet<String>,
    /// The facts made from the tables, by name; made again on opening where `facts_version` is another program's.
    #[serde(default)]
    pub facts: BTreeMap<String, TableEntry>,
    /// How the facts were made.
    #[serde(default)]
    pub facts_version: u32,
    /// Balance of all documents and postings, by currency.
    pub control_totals: BTreeMap<String, String>,
    /// What was imported, oldest first.
    pub imports: Vec<ImportEntry>,
}

/// One table of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// File below the folder.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Rows.
    pub n_rows: u64,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportEntry {
    /// Day of the import.
    pub imported_on: String,
    /// Profile used.
    pub profile: String,
    /// Files read.
    pub files: Vec<String>,
    /// Rows that were new, by table.
    pub n_kept: BTreeMap<String, u64>,
}

/// What an import did to the ledger on disk.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The ledger as it is now.
    pub ledger: Ledger,
    /// What happened to the new rows.
    pub merged: Merged,
    /// The manifest as it is now.
    pub manifest: Manifest,
}

impl Ledger {
    /// Opens the ledger in a folder, checking every file against its hash.
    ///
    /// # Errors
    /// The folder holds no ledger, one of another version, or one that was changed or damaged.
    pub fn open(dir: &Path) -> Result<Ledger, LedgerError> {
        let manifest = read_manifest(dir)?;
        let (timeless, hash) = (manifest.timeless.clone(), manifest.ledger_hash.clone());
        let (tables, facts) = rayon::join(
            || open_checked(dir, &manifest.tables),
            || open_checked(dir, &manifest.facts),
        );
        let tables = Arc::new(Tables::in_files(tables?, &manifest.tables));
        if manifest.facts_version != stored_facts::FACTS_VERSION {
            return Ok(Ledger::from_tables(tables, timeless, hash));
        }
        if let Some(name) = stored_facts::file_names().find(|name| !manifest.facts.contains_key(*name)) {
            return Err(LedgerError::FactsMissing {
                dir: dir.to_owned(),
                name,
            });
        }
        let stored = StoredFacts::open(facts?)?;
        let mut entities = Dictionary::default();
        for word in stored.entities()? {
            entities.number(&word);
        }
        Ok(Ledger {
            facts: Arc::new(KeptFacts::in_files(stored)),
            entities,
            tables,
            timeless,
            issues: OnceLock::new(),
            hash,
            known_on: None,
        })
    }
}

/// Adds records to the ledger in a folder, which is created where it is missing.
///
/// # Errors
/// The folder cannot be read or written; what was there before is untouched.
pub fn append(dir: &Path, records: Records, imported_on: Day, profile: &str) -> Result<Checked<Appended>, LedgerError> {
    append_showing(dir, records, imported_on, profile, &|_, _, _| {})
}

/// As [`append`], telling how far it has come.
///
/// # Errors
/// As [`append`].
pub fn append_showing(
    dir: &Path,
    records: Records,
    imported_on: Day,
    profile: &str,
    on_progress: OnProgress<'_>,
) -> Result<Checked<Appended>, LedgerError> {
    let (old_manifest, old_tables) = match read_manifest(dir) {
        Ok(manifest) => {
            let tables = read_tables(dir, &manifest)?;
            (Some(manifest), tables)
        }
        Err(LedgerError::NotALedger { .. }) if has_tables(dir) => {
            return Err(LedgerError::ManifestMissing { dir: dir.to_owned() });
        }
        Err(LedgerError::NotALedger { .. }) => (None, BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let files = records.files.clone();
    let Checked {
        value: mut merged,
        mut issues,
        caveats,
    } = merge_showing(old_tables, records, imported_on, on_progress);
    if let Some(old) = &old_manifest {
        merged.timeless.extend(old.timeless.iter().cloned());
    }
    // Cells of the tables, and for the facts their rows twice: once to make them, once to write them.
    let n_rows: usize = merged.tables.values().map(PackedTable::n_rows).sum();
    let n_cells = merged
        .tables
        .values()
        .map(|table| table.n_rows() * table.columns().len());
    let progress = Share::new(Stage::Writing, n_cells.sum::<usize>() + 2 * n_rows, on_progress);
    let (entries, ledger) = rayon::join(
        || write_tables(dir, &merged.tables, &progress),
        || -> Result<_, LedgerError> {
            let no_words = Arc::new(Tables::default());
            let ledger = Ledger::from_packed(&merged.tables, no_words, merged.timeless.clone(), String::new());
            progress.add(n_rows);
            let facts = write_facts(dir, &ledger)?;
            progress.add(n_rows);
            Ok((ledger, facts))
        },
    );
    let (entries, (ledger, facts)) = (entries?, ledger?);
    merged.tables.clear();
    let ledger_hash = sha256(
        entries
            .iter()
            .map(|(name, entry)| format!("{name} {}\n", entry.sha256))
            .collect::<String>()
            .as_bytes(),
    );
    issues.extend(ledger.issues().clone());
    let mut imports = old_manifest.map(|manifest| manifest.imports).unwrap_or_default();
    imports.push(ImportEntry {
        imported_on: imported_on.to_string(),
        profile: profile.to_owned(),
        files,
        n_kept: merged
            .records
            .iter()
            .map(|(table, fate)| (table.clone(), fate.kept))
            .collect(),
    });
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        ledger_hash,
        tables: entries,
        timeless: merged.timeless.clone(),
        facts,
        facts_version: stored_facts::FACTS_VERSION,
        control_totals: reconcile::control_totals(&ledger)
            .into_iter()
            .map(|(currency, totals)| (currency.to_string(), totals.balance().to_string()))
            .collect(),
        imports,
    };
    let text = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain text and numbers");
    write_beside_and_rename(&dir.join(MANIFEST), &text)?;
    remove_unreferenced(dir, &manifest);
    let tables = Arc::new(Tables::in_files(open_written(dir, &manifest)?, &manifest.tables));
    let ledger = ledger.stored_as(tables, manifest.ledger_hash.clone());
    Ok(Checked {
        value: Appended {
            ledger,
            merged,
            manifest,
        },
        issues,
        caveats,
    })
}

/// Reads the manifest of the ledger in a folder.
///
/// # Errors
/// The folder holds no ledger, or one whose manifest is damaged or of another version.
pub fn read_manifest(dir: &Path) -> Result<Manifest, LedgerError> {
    let path = dir.join(MANIFEST);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(LedgerError::NotALedger { dir: dir.to_owned() });
        }
        Err(source) => {
            return Err(LedgerError::Io {
                doing: "read",
                path,
                source,
            });
        }
    };
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|source| LedgerError::Manifest { path, source })?;
    if manifest.schema_version != SCHEMA_VERSION {
        return Err(LedgerError::SchemaVersion {
            dir: dir.to_owned(),
            found: manifest.schema_version,
        });
    }
    Ok(manifest)
}

/// Opens files after comparing the content of each with its hash.
fn open_checked(dir: &Path, entries: &BTreeMap<String, TableEntry>) -> Result<BTreeMap<String, File>, LedgerError> {
    let open = |(name, entry): (&String, &TableEntry)| {
        let path = dir.join(&entry.file);
        let (file, found) = File::open(&path)
            .and_then(|mut file| {
                let found = sha256_of_file(&mut file)?;
                file.rewind()?;
                Ok((file, found))
            })
            .map_err(|source| LedgerError::Io {
                doing: "read",
                path: path.clone(),
                source,
            })?;
        same_hash(path, found, entry)?;
        Ok((name.clone(), file))
    };
    entries.par_iter().map(open).collect()
}

/// Opens the tables that were written just now.
fn open_written(dir: &Path, manifest: &Manifest) -> Result<BTreeMap<String, File>, LedgerError> {
    let open = |(name, entry): (&String, &TableEntry)| {
        let path = dir.join(&entry.file);
        let file = File::open(&path).map_err(|source| LedgerError::Io {
            doing: "read",
            path,
            source,
        })?;
        Ok((name.clone(), file))
    };
    manifest.tables.iter().map(open).collect()
}

fn read_tables(dir: &Path, manifest: &Manifest) -> Result<BTreeMap<String, PackedTable>, LedgerError> {
    let read = |(name, entry): (&String, &TableEntry)| {
        let path = dir.join(&entry.file);
        let bytes = read_checked(&path, entry)?;
        let table = parquet::read_packed(name, bytes).map_err(|source| LedgerError::Table { path, source })?;
        Ok((name.clone(), table))
    };
    manifest.tables.par_iter().map(read).collect()
}

fn read_checked(path: &Path, entry: &TableEntry) -> Result<Vec<u8>, LedgerError> {
    let bytes = fs::read(path).map_err(|source| LedgerError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    })?;
    same_hash(path.to_owned(), sha256(&bytes), entry)?;
    Ok(bytes)
}

fn same_hash(path: PathBuf, found: String, entry: &TableEntry) -> Result<(), LedgerError> {
    if found == entry.sha256 {
        return Ok(());
    }
    Err(LedgerError::HashDiffers {
        path,
        found,
        expected: entry.sha256.clone(),
    })
}

fn write_tables(
    dir: &Path,
    tables: &BTreeMap<String, PackedTable>,
    progress: &Share<'_>,
) -> Result<BTreeMap<String, TableEntry>, LedgerError> {
    let write = |(name, table): (&String, &PackedTable)| {
        let mut file = ContentFile::create(dir, TABLES, name)?;
        parquet::write_packed(table, parquet::DOCUMENT_PRECISION, &mut file, |cells| {
            progress.add(cells)
        })
        .map_err(|source| LedgerError::Table {
            path: dir.join(TABLES).join(name),
            source,
        })?;
        Ok((name.clone(), file.keep(dir, table.n_rows())?))
    };
    create_folder(&dir.join(TABLES))?;
    tables.par_iter().map(write).collect()
}

fn write_facts(dir: &Path, ledger: &Ledger) -> Result<BTreeMap<String, TableEntry>, LedgerError> {
    create_folder(&dir.join(FACTS))?;
    let written = stored_facts::write(ledger, |name| ContentFile::create(dir, FACTS, name))?;
    let keep = |(name, file, n_rows): Written<ContentFile>| Ok((name.to_owned(), file.keep(dir, n_rows)?));
    written.into_iter().map(keep).collect()
}

fn create_folder(folder: &Path) -> Result<(), LedgerError> {
    fs::create_dir_all(folder).map_err(|source| LedgerError::Io {
        doing: "create",
        path: folder.to_owned(),
        source,
    })
}

/// Writes a file so that a reader sees the old content or the new, whatever happens in between.
fn write_beside_and_rename(path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
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
fn has_tables(dir: &Path) -> bool {
    fs::read_dir(dir.join(TABLES)).is_ok_and(|mut files| files.next().is_some())
}

/// Removes tables of earlier imports; one that cannot be removed now goes with the next import.
///
/// Only files that an import made are touched: `<table>-<16 hex digits>.parquet`, or such a name while it was being written.
fn remove_unreferenced(dir: &Path, manifest: &Manifest) {
    let entries = manifest.tables.values().chain(manifest.facts.values());
    let named: BTreeSet<PathBuf> = entries.map(|entry| dir.join(&entry.file)).collect();
    let folders = [TABLES, FACTS].map(|folder| fs::read_dir(dir.join(folder)));
    for path in folders
        .into_iter()
        .flatten()
        .flatten()
        .flatten()
        .map(|file| file.path())
    {
        if !named.contains(&path) && is_own_name(&path) {
            let _ = fs::remove_file(path);
        }
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

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn sha256_of_file(file: &mut File) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
