//! The ledger on disk: a folder of Parquet tables and a manifest that names them by content.
//!
//! Tables are written beside the old ones under the hash of their content; the manifest is renamed into place last, so
//! that a crash leaves the old ledger or the new one, never a mixture. An import writes the customers it touches as a
//! layer over those that are there; when layers have grown, they are written anew as one.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::arranged::Arranged;
use super::customer_rows::{is_of_customers, tables_of_customers};
use super::error::LedgerError;
use super::folder::{has_tables, hex, open_checked, open_written, replace_manifest, write_tables};
use super::kept::KeptFacts;
use super::layer_writer::LayerWriter;
use super::layers::Layers;
use super::manifest::{ImportEntry, LayerEntry, Manifest, TableEntry};
use super::merge::{Merged, concat};
use super::progress::{OnProgress, Share, Stage};
use super::runs::{Runs, remove_left_over};
use super::stored_facts::{self, StoredFacts};
use super::tables::Tables;
use super::touched::{Below, NewRows, OldRows, old_rows};
use super::{Ledger, reconcile};
use crate::calendar::Day;
use crate::ids::Dictionary;
use crate::outcome::{Checked, Issues};
use crate::records::{RecordTable, Records};

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
    Intake::new(dir, imported_on, usize::MAX).append(records, profile, &|_, _, _| {})
}

/// Rows on their way into the ledger in a folder, some of which may wait on disk.
#[derive(Debug)]
pub struct Intake<'d> {
    dir: &'d Path,
    imported_on: Day,
    room: usize,
    runs: Option<Runs>,
    /// Tables without customers, which are small and stay in memory.
    others: Vec<RecordTable>,
}

impl<'d> Intake<'d> {
    /// Begins an import; rows that waited on disk come back in parts for which there is `room`, in bytes.
    pub fn new(dir: &'d Path, imported_on: Day, room: usize) -> Intake<'d> {
        Intake {
            dir,
            imported_on,
            room,
            runs: None,
            others: Vec::new(),
        }
    }

    /// Takes rows that memory has no more room for: they wait in the ledger's folder.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn put(&mut self, records: Records) -> Result<(), LedgerError> {
        let (of_customers, others): (Vec<_>, Vec<_>) = records
            .tables
            .into_iter()
            .partition(|table| is_of_customers(table.spec));
        for table in others {
            match self.others.iter_mut().find(|known| known.spec == table.spec) {
                Some(known) => {
                    known.rows = concat(table.spec, std::mem::take(&mut known.rows), &table.rows);
                    known.sources.append(&table.sources);
                }
                None => self.others.push(table),
            }
        }
        let runs = match &mut self.runs {
            Some(runs) => runs,
            None => self.runs.insert(Runs::create(self.dir)?),
        };
        runs.put(of_customers, self.imported_on)
    }

    /// Adds the rows taken so far and the last ones to the ledger, telling how far it has come.
    ///
    /// # Errors
    /// The folder cannot be read or written; what was there before is untouched.
    pub fn append(
        mut self,
        last: Records,
        profile: &str,
        on_progress: OnProgress<'_>,
    ) -> Result<Checked<Appended>, LedgerError> {
        let (dir, imported_on) = (self.dir, self.imported_on);
        let mut manifest = manifest_to_add_to(dir)?;
        let files = last.files.clone();
        let mut last = last;
        if self.runs.is_some() {
            self.put(last)?;
            last = Records {
                tables: std::mem::take(&mut self.others),
                files: files.clone(),
            };
        } else {
            remove_left_over(dir);
        }
        let new = match &self.runs {
            // Nobody is there whom a row could touch.
            _ if manifest.layers.is_empty() => NewRows::default(),
            Some(runs) => NewRows::in_runs(runs)?,
            None => NewRows::of(&last),
        };
        let OldRows { tables: old, below } = old_rows(dir, &manifest, &new)?;
        drop(new);
        let n_rows_before = old.iter().map(|(name, table)| (name.clone(), table.n_rows()));
        let n_rows_before: Vec<(String, usize)> = n_rows_before.collect();
        let mut arranged = match self.runs {
            Some(runs) => Arranged::in_runs(old, runs, last, imported_on, self.room, on_progress)?,
            None => Arranged::in_memory(old, last, imported_on, on_progress),
        };
        manifest.timeless.append(&mut arranged.merged.timeless);
        arranged.merged.timeless = manifest.timeless.clone();

        let progress = Share::new(Stage::Writing, steps(&arranged), on_progress);
        manifest.tables = write_tables(dir, &arranged.others, &progress)?;
        let (layer, found) = write_layer(dir, &arranged, &below, &progress)?;
        arranged.issues.extend(found);
        if below.n_layers == 0 {
            manifest.n_rows.clear();
        }
        for (name, n_rows) in n_rows_before {
            let sum = manifest.n_rows.entry(name).or_default();
            *sum = sum.saturating_sub(n_rows as u64);
        }
        for (name, entry) in manifest.tables.iter().chain(&layer.tables) {
            *manifest.n_rows.entry(name.clone()).or_default() += entry.n_rows;
        }
        manifest.layers.truncate(below.n_layers);
        if !arranged.customers.ids().is_empty() || below.n_layers == 0 {
            manifest.layers.push(layer);
        }
        let Arranged { merged, issues, .. } = arranged;
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
            caveats: Vec::new(),
        })
    }
}

/// Writes the tables of customers and beside them the facts made from them; returns what was found on the way, too.
fn write_layer(
    dir: &Path,
    arranged: &Arranged,
    below: &Below,
    progress: &Share<'_>,
) -> Result<(LayerEntry, Issues), LedgerError> {
    let customers = &arranged.customers;
    let stretches = match below.n_layers {
        0 => customers.stretches(),
        _ => customers.stretches_at(&below.bounds),
    };
    let layouts = arranged.layouts.values();
    let mut writer = LayerWriter::create(dir, layouts, customers, &arranged.entities, progress)?;
    arranged.for_each_part(&stretches, |part, stretches| writer.write(part, stretches))?;
    writer.close()
}

/// Counts what writing tells of its progress: cells, and for customers their rows twice, once when their facts are made, once when
/// those are written.
fn steps(arranged: &Arranged) -> usize {
    let everyone = 0..arranged.customers.ids().len() as u32;
    let of_customers = tables_of_customers().enumerate().map(|(at, spec)| {
        let n_columns = arranged
            .layouts
            .get(spec.name)
            .map_or(0, |layout| layout.columns().len());
        arranged.customers.rows(at, &everyone).len() * (n_columns + 2)
    });
    let others = arranged.others.values();
    of_customers.sum::<usize>()
        + others
            .map(|table| table.n_rows() * table.columns().len())
            .sum::<usize>()
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
