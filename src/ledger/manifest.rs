//! The manifest of a ledger folder: which files it consists of, by the hash of their content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::LedgerError;
use super::folder::compare_sha256;

/// The version of the folder's layout that this program writes and reads.
pub const SCHEMA_VERSION: u32 = 2;
pub(super) const MANIFEST: &str = "manifest.json";

/// What a ledger folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Layout of the folder.
    pub schema_version: u32,
    /// Hash over the rows of all tables: the same facts give the same hash, however they were imported.
    pub ledger_hash: String,
    /// Rows of each table.
    pub n_rows: BTreeMap<String, u64>,
    /// The tables whose rows are of no customer, by name.
    pub tables: BTreeMap<String, TableEntry>,
    /// Everything of customers, the oldest layer first: a customer is what the last layer says that has them.
    pub layers: Vec<LayerEntry>,
    /// Customer attributes that hold for every day.
    pub timeless: BTreeSet<String>,
    /// How the facts were made; they are made again on opening where this is another program's.
    pub facts_version: u32,
    /// Balance of all documents and postings, by currency.
    pub control_totals: BTreeMap<String, String>,
    /// What was imported, oldest first.
    pub imports: Vec<ImportEntry>,
}

/// Some customers of the folder, each with all that is theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerEntry {
    /// The tables by name.
    pub tables: BTreeMap<String, TableEntry>,
    /// The facts made from the tables, by name.
    pub facts: BTreeMap<String, TableEntry>,
}

/// One table of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// File below the folder.
    pub file: String,
    /// SHA-256 of the file, in the form auditors know; [`Manifest::compare_sha256`] compares it.
    pub sha256: String,
    /// BLAKE3 of the file, which takes a fraction of the time; opening compares it.
    pub blake3: String,
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

impl Default for Manifest {
    /// A ledger of nothing.
    fn default() -> Manifest {
        Manifest {
            schema_version: SCHEMA_VERSION,
            ledger_hash: String::new(),
            n_rows: BTreeMap::new(),
            tables: BTreeMap::new(),
            layers: Vec::new(),
            timeless: BTreeSet::new(),
            facts_version: 0,
            control_totals: BTreeMap::new(),
            imports: Vec::new(),
        }
    }
}

impl Manifest {
    /// Reads the manifest of the ledger in a folder.
    ///
    /// # Errors
    /// The folder holds no ledger, or one whose manifest is damaged or of another version.
    pub fn read(dir: &Path) -> Result<Manifest, LedgerError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
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
        let damaged = |source| LedgerError::Manifest {
            path: path.clone(),
            source,
        };
        let Version { schema_version } = serde_json::from_slice(&text).map_err(damaged)?;
        if schema_version != SCHEMA_VERSION {
            return Err(LedgerError::SchemaVersion {
                dir: dir.to_owned(),
                found: schema_version,
            });
        }
        serde_json::from_slice(&text).map_err(damaged)
    }

    /// Compares every file of the ledger in a folder with its SHA-256.
    ///
    /// # Errors
    /// The first file that cannot be read, or is another one.
    pub fn compare_sha256(&self, dir: &Path) -> Result<(), LedgerError> {
        let entries: Vec<&TableEntry> = self.entries().collect();
        entries.into_par_iter().try_for_each(|entry| compare_sha256(dir, entry))
    }

    /// Returns all files of the ledger.
    pub(super) fn entries(&self) -> impl Iterator<Item = &TableEntry> {
        let of_layers = self
            .layers
            .iter()
            .flat_map(|layer| layer.tables.values().chain(layer.facts.values()));
        self.tables.values().chain(of_layers)
    }
}

impl LayerEntry {
    /// Returns the rows of all its tables.
    pub(super) fn n_rows(&self) -> u64 {
        self.tables.values().map(|entry| entry.n_rows).sum()
    }
}
