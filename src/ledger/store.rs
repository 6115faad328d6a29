//! The ledger on disk: a folder of Parquet tables and a manifest that names them by content.
//!
//! Tables are written beside the old ones under the hash of their content; the manifest is renamed into place last, so
//! that a crash leaves the old ledger or the new one, never a mixture. An import writes the customers it touches as a
//! layer over those that are there; when layers have grown, they are written anew as one.

use std::collections::BTreeMap;
use std::fs::File;
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
use super::touched::{OldRows, old_rows};
use super::{Ledger, reconcile};
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::ids::Dictionary;
use crate::money::Total;
use crate::outcome::Checked;
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

    fn of_manifest(dir: &Path, manifest: &Manifest, open: Opener) -> Result<Ledger, LedgerError> {
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
        n_layers_below,
        bounds,
    } = old_rows(dir, &manifest, &records)?;
    let old = (n_layers_below > 0).then(|| Sums::of(&old_tables, &made(&old_tables)));
    let files = records.files.clone();
    let Checked {
        value: mut merged,
        mut issues,
        caveats,
    } = merge_showing(old_tables, records, imported_on, on_progress);
    manifest.timeless.extend(merged.timeless.iter().cloned());
    merged.timeless = manifest.timeless.clone();

    let tables = std::mem::take(&mut merged.tables);
    let (of_customers, without_customers): (BTreeMap<_, _>, BTreeMap<_, _>) = tables
        .into_iter()
        .partition(|(name, _)| TableSpec::by_name(name).is_some_and(is_of_customers));
    // Cells of the tables, and for the facts their rows twice: once to make them, once to write them.
    let all = of_customers.values().chain(without_customers.values());
    let n_cells = all.map(|table| table.n_rows() * table.columns().len());
    let n_rows: usize = of_customers.values().map(PackedTable::n_rows).sum();
    let progress = Share::new(Stage::Writing, n_cells.sum::<usize>() + 2 * n_rows, on_progress);
    let (entries, ledger) = rayon::join(
        || -> Result<_, LedgerError> {
            let shared = write_tables(dir, &without_customers, &progress)?;
            Ok((shared, write_tables(dir, &of_customers, &progress)?))
        },
        || -> Result<_, LedgerError> {
            let ledger = made(&of_customers);
            let rows = CustomerRows::of(&of_customers, ledger.customer_ids());
            progress.add(n_rows);
            let stretches = match n_layers_below {
                0 => stored_facts::stretches(&ledger),
                _ => stored_facts::stretches_at(ledger.customer_ids(), &bounds),
            };
            let facts = write_facts(dir, &ledger, &rows, &stretches)?;
            progress.add(n_rows);
            Ok((ledger, facts))
        },
    );
    let ((shared, tables), (ledger, facts)) = (entries?, ledger?);
    issues.extend(ledger.issues().clone());

    match old {
        Some(old) => old.take_from(&mut manifest),
        None => (manifest.n_rows, manifest.control_totals) = Default::default(),
    }
    Sums::of(&of_customers, &ledger).add_to(&mut manifest);
    let without_customers = shared.iter().map(|(name, entry)| (name.clone(), entry.n_rows));
    manifest.n_rows.extend(without_customers);
    manifest.tables = shared;
    manifest.layers.truncate(n_layers_below);
    if ledger.n_customers() > 0 || n_layers_below == 0 {
        manifest.layers.push(LayerEntry { tables, facts });
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
    replace_manifest(dir, &manifest)?;
    let ledger = Ledger::of_manifest(dir, &manifest, open_written)?;
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

/// Makes the facts of tables.
fn made(tables: &BTreeMap<String, PackedTable>) -> Ledger {
    Ledger::from_packed(tables, Arc::new(Tables::default()), Default::default(), String::new())
}

/// What the manifest says in sums, of some customers.
struct Sums {
    n_rows: BTreeMap<String, u64>,
    balances: BTreeMap<String, Total>,
}

impl Sums {
    fn of(tables: &BTreeMap<String, PackedTable>, ledger: &Ledger) -> Sums {
        let n_rows = tables.iter().map(|(name, table)| (name.clone(), table.n_rows() as u64));
        let totals = reconcile::control_totals(ledger).into_iter();
        Sums {
            n_rows: n_rows.collect(),
            balances: totals
                .map(|(currency, totals)| (currency.to_string(), totals.balance()))
                .collect(),
        }
    }

    fn add_to(self, manifest: &mut Manifest) {
        for (table, n_rows) in self.n_rows {
            *manifest.n_rows.entry(table).or_default() += n_rows;
        }
        for (currency, balance) in self.balances {
            let sum = manifest.control_totals.entry(currency).or_default();
            *sum = (Total::parse(sum).unwrap_or_default() + balance).to_string();
        }
    }

    fn take_from(self, manifest: &mut Manifest) {
        for (table, n_rows) in self.n_rows {
            let sum = manifest.n_rows.entry(table).or_default();
            *sum = sum.saturating_sub(n_rows);
        }
        for (currency, balance) in self.balances {
            let sum = manifest.control_totals.entry(currency).or_default();
            *sum = (Total::parse(sum).unwrap_or_default() - balance).to_string();
        }
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
