//! The ledger on disk: a folder of Parquet tables and a manifest that names them by content.
//!
//! Tables are written beside the old ones under the hash of their content; the manifest is renamed into place last, so
//! that a crash leaves the old ledger or the new one, never a mixture. An import writes the customers it touches as a
//! layer over those that are there; when layers have grown, they are written anew as one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::customer_rows::{CustomerRows, is_of_customers};
use super::error::LedgerError;
use super::folder::{has_tables, hex, open_checked, open_written, replace_manifest, write_facts, write_tables};
use super::kept::KeptFacts;
use super::layers::Layers;
use super::manifest::{ImportEntry, LayerEntry, Manifest, TableEntry};
use super::merge::{Merged, merge_showing};
use super::progress::{OnProgress, Share, Stage};
use super::stored_facts::{self, StoredFacts};
use super::tables::Tables;
use super::touched::{Below, OldRows, old_rows};
use super::{Ledger, reconcile};
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::ids::Dictionary;
use crate::outcome::{Checked, Issues};
use crate::records::Records;
use crate::table::PackedTable;

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

/// Opens the files that entries of the manifest name.
type Opener = fn(&Path, &BTreeMap<String, TableEntry>) -> Result<BTreeMap<String, File>, LedgerError>;

impl Ledger {
    /// Opens the ledger in a folder, checking every file against its hash.
    ///
    /// # Errors
    /// The folder holds no ledger, one of another version, or one that was changed or damaged.
    pub fn open(dir: &Path) -> Result<Ledger, LedgerError> {
        Ledger::of_manifest(dir, &Manifest::read(dir)?, open_checked)
    }

    pub(super) fn of_manifest(dir: &Path, manifest: &Manifest, open: Opener) -> Result<Ledger, LedgerError> {
        let (timeless, hash) = (manifest.timeless.clone(), manifest.ledger_hash.clone());
        let (tables, facts) = rayon::join(|| open_tables(dir, manifest, open), || open_facts(dir, manifest, open));
        let tables = Arc::new(tables?);
        let Some(layers) = facts? else {
            return Ok(Ledger::from_tables(tables, timeless, hash));
        };
        let mut entities = Dictionary::default();
        for word in layers.entities()? {
            entities.number(&word);
        }
        Ok(Ledger {
            facts: Arc::new(KeptFacts::in_files(layers)),
            entities,
            tables,
            timeless,
            issues: OnceLock::new(),
            hash,
            known_on: None,
        })
    }
}

impl Manifest {
    /// Returns the manifest of the ledger that some of the layers make by themselves, with the tables without customers.
    pub(super) fn of_layers(&self, dir: &Path, layers: Range<usize>) -> Result<Manifest, LedgerError> {
        let mut part = Manifest {
            layers: self.layers[layers].to_vec(),
            ledger_hash: String::new(),
            ..self.clone()
        };
        let laid = open_facts(dir, &part, open_written)?;
        let of_layers = part.layers.iter().flat_map(|layer| &layer.tables);
        let n_rows = of_layers.map(|(name, entry)| {
            let laid = laid.as_ref().and_then(|laid| laid.n_rows(name));
            (name.clone(), laid.unwrap_or(entry.n_rows))
        });
        let without_customers = part.tables.iter().map(|(name, entry)| (name.clone(), entry.n_rows));
        part.n_rows = n_rows.chain(without_customers).collect();
        Ok(part)
    }
}

fn open_tables(dir: &Path, manifest: &Manifest, open: Opener) -> Result<Tables, LedgerError> {
    let mut files: BTreeMap<String, Vec<File>> = BTreeMap::new();
    let layers = manifest.layers.iter().map(|layer| &layer.tables);
    for entries in [&manifest.tables].into_iter().chain(layers) {
        for (name, file) in open(dir, entries)? {
            files.entry(name).or_default().push(file);
        }
    }
    Ok(Tables::in_files(files, &manifest.n_rows))
}

/// Opens the facts; `None` where they are those of another program, or no customer has any.
fn open_facts(dir: &Path, manifest: &Manifest, open: Opener) -> Result<Option<Layers>, LedgerError> {
    if manifest.facts_version != stored_facts::FACTS_VERSION || manifest.layers.is_empty() {
        return Ok(None);
    }
    let mut layers = Vec::new();
    for layer in &manifest.layers {
        if let Some(name) = stored_facts::file_names().find(|name| !layer.facts.contains_key(*name)) {
            return Err(LedgerError::FactsMissing {
                dir: dir.to_owned(),
                name,
            });
        }
        layers.push(StoredFacts::open(open(dir, &layer.facts)?)?);
    }
    Ok(Some(Layers::open(layers)?))
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
    let mut manifest = manifest_to_add_to(dir)?;
    let OldRows {
        tables: old_tables,
        below,
    } = old_rows(dir, &manifest, &records)?;
    let n_rows_before: Vec<(String, usize)> = old_tables
        .iter()
        .map(|(name, table)| (name.clone(), table.n_rows()))
        .collect();
    let files = records.files.clone();
    let Checked {
        value: mut merged,
        mut issues,
        caveats,
    } = merge_showing(old_tables, records, imported_on, on_progress);
    manifest.timeless.extend(merged.timeless.iter().cloned());
    merged.timeless = manifest.timeless.clone();

    let (of_customers, without_customers): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut merged.tables)
        .into_iter()
        .partition(|(name, _)| TableSpec::by_name(name).is_some_and(is_of_customers));
    let progress = Share::new(
        Stage::Writing,
        steps(&of_customers) + steps(&without_customers),
        on_progress,
    );
    manifest.tables = write_tables(dir, &without_customers, &progress)?;
    let layer = write_layer(dir, &of_customers, &below, &progress)?;
    issues.extend(layer.issues);
    if below.n_layers == 0 {
        manifest.n_rows.clear();
    }
    for (name, n_rows) in n_rows_before {
        let sum = manifest.n_rows.entry(name).or_default();
        *sum = sum.saturating_sub(n_rows as u64);
    }
    for (name, entry) in manifest.tables.iter().chain(&layer.entry.tables) {
        *manifest.n_rows.entry(name.clone()).or_default() += entry.n_rows;
    }
    manifest.layers.truncate(below.n_layers);
    if layer.n_customers > 0 || below.n_layers == 0 {
        manifest.layers.push(layer.entry);
    }
    manifest.facts_version = stored_facts::FACTS_VERSION;
    manifest.imports.push(ImportEntry {
        imported_on: imported_on.to_string(),
        profile: profile.to_owned(),
        files,
        n_kept: merged
            .records
            .iter()
            .map(|(table, fate)| (table.clone(), fate.kept))
            .collect(),
    });
    manifest.ledger_hash = ledger_hash(dir, &manifest)?;
    let ledger = Ledger::of_manifest(dir, &manifest, open_written)?;
    manifest.control_totals = reconcile::control_totals(&ledger)
        .into_iter()
        .map(|(currency, totals)| (currency.to_string(), totals.balance().to_string()))
        .collect();
    replace_manifest(dir, &manifest)?;
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

/// A layer that was written.
struct Layer {
    entry: LayerEntry,
    n_customers: usize,
    issues: Issues,
}

/// Writes tables of customers and beside them the facts made from them.
fn write_layer(
    dir: &Path,
    tables: &BTreeMap<String, PackedTable>,
    below: &Below,
    progress: &Share<'_>,
) -> Result<Layer, LedgerError> {
    let n_rows: usize = tables.values().map(PackedTable::n_rows).sum();
    let write_made_facts = || {
        let no_words = Arc::new(Tables::default());
        let ledger = Ledger::from_packed(tables, no_words, BTreeSet::new(), String::new());
        let rows = CustomerRows::of(tables, ledger.customer_ids());
        progress.add(n_rows);
        let stretches = match below.n_layers {
            0 => stored_facts::stretches(&ledger),
            _ => stored_facts::stretches_at(ledger.customer_ids(), &below.bounds),
        };
        let facts = write_facts(dir, &ledger, &rows, &stretches)?;
        progress.add(n_rows);
        Ok::<_, LedgerError>((facts, ledger.n_customers(), ledger.issues().clone()))
    };
    let (tables, made) = rayon::join(|| write_tables(dir, tables, progress), write_made_facts);
    let (facts, n_customers, issues) = made?;
    Ok(Layer {
        entry: LayerEntry { tables: tables?, facts },
        n_customers,
        issues,
    })
}

/// Counts what writing tables tells of its progress: cells, and for the facts of customers their rows twice, once to make
/// them, once to write them.
fn steps(tables: &BTreeMap<String, PackedTable>) -> usize {
    let steps = tables.iter().map(|(name, table)| {
        let of_customers = TableSpec::by_name(name).is_some_and(is_of_customers);
        table.n_rows() * (table.columns().len() + 2 * usize::from(of_customers))
    });
    steps.sum()
}

/// Returns the manifest of the ledger in a folder; where nothing is there yet, one of nothing.
fn manifest_to_add_to(dir: &Path) -> Result<Manifest, LedgerError> {
    match Manifest::read(dir) {
        Err(LedgerError::NotALedger { .. }) if has_tables(dir) => {
            Err(LedgerError::ManifestMissing { dir: dir.to_owned() })
        }
        Err(LedgerError::NotALedger { .. }) => Ok(Manifest::default()),
        manifest => manifest,
    }
}

/// Returns the hash over the rows of all tables: those of each customer in order of ids, and the tables without customers.
fn ledger_hash(dir: &Path, manifest: &Manifest) -> Result<String, LedgerError> {
    let mut hasher = Sha256::new();
    for name in manifest.n_rows.keys() {
        let content = manifest
            .tables
            .get(name)
            .map_or("of customers", |entry| entry.sha256.as_str());
        hasher.update(format!("{name} {content}\n"));
    }
    if let Some(layers) = open_facts(dir, manifest, open_written)? {
        for (id, rows) in layers.customer_ids()?.iter().zip(layers.rows_hashes()?) {
            hasher.update((id.len() as u32).to_le_bytes());
            hasher.update(id);
            hasher.update(rows);
        }
    }
    Ok(hex(&hasher.finalize()))
}
