//! Which customers an import touches, and the rows that the ledger has of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::LedgerError;
use super::customer_rows::is_of_customers;
use super::folder::open_checked;
use super::judge::columns;
use super::layers::{Overlay, laid_over};
use super::manifest::Manifest;
use super::order;
use super::runs::Runs;
use super::stored_facts::{self, StoredFacts};
use crate::contract::TableSpec;
use crate::records::Records;
use crate::table::{PackedTable, TableError, Words, parquet};

/// A layer is written anew with what lies over it, unless it is so many times larger than all of that together.
///
/// So layers grow downwards, and a row is written again only when what it stands in grows by half.
const TIMES_LARGER: u64 = 2;

/// What the ledger has that is to be written anew together with new rows.
#[derive(Debug, Default)]
pub(super) struct OldRows {
    /// The tables without customers, and of the others the rows of customers who are to be written anew.
    pub tables: BTreeMap<String, PackedTable>,
    /// What stays as it is.
    pub below: Below,
}

/// The layers that stay as they are, below the one that is written.
#[derive(Debug, Default)]
pub(super) struct Below {
    /// How many, counted from the oldest.
    pub n_layers: usize,
    /// The first customer of each of their stretches but the first.
    pub bounds: Vec<String>,
}

/// What has to be known of new rows to tell whom they touch.
#[derive(Debug, Default)]
pub(super) struct NewRows {
    pub customers: BTreeSet<String>,
    pub n_rows: usize,
    /// Hashes of the keys of tables whose key does not name the customer.
    pub keys: Vec<(&'static TableSpec, HashSet<u64>)>,
}

impl NewRows {
    /// Looks through records in memory.
    pub fn of(records: &Records) -> NewRows {
        let mut new = NewRows::default();
        for table in &records.tables {
            new.n_rows += table.rows.n_rows();
            let ids = table.rows.texts("customer_id").into_iter().flat_map(Words::distinct);
            new.customers.extend(ids.map(str::to_owned));
            if is_in_question(table.spec) && table.rows.n_rows() > 0 {
                let hashes = order::hashes(&columns(&table.rows, table.spec.key), table.rows.n_rows());
                new.keys.push((table.spec, hashes.into_iter().collect()));
            }
        }
        new
    }

    /// Looks through rows in runs.
    pub fn in_runs(runs: &Runs) -> Result<NewRows, LedgerError> {
        let mut new = NewRows {
            customers: runs.census.ids().map(str::to_owned).collect(),
            ..NewRows::default()
        };
        for table in runs.tables() {
            new.n_rows += table.n_rows();
            if is_in_question(table.spec) && table.n_rows() > 0 {
                new.keys.push((table.spec, table.key_hashes()?.into_iter().collect()));
            }
        }
        Ok(new)
    }
}

/// Tells whether a key of a table can be kept under another customer.
fn is_in_question(spec: &TableSpec) -> bool {
    is_of_customers(spec) && !spec.key.contains(&"customer_id")
}

/// Reads what the ledger in a folder has of the customers that new rows touch, and of those in layers that have grown
/// too many; everything, where that is most of the ledger.
///
/// A new row touches its customer, and the customer under whom its key is kept already: whether the two rows contradict
/// each other can then be told without looking at anybody else.
pub(super) fn old_rows(dir: &Path, manifest: &Manifest, new: &NewRows) -> Result<OldRows, LedgerError> {
    let without_customers = open_checked(dir, &manifest.tables)?;
    let mut layers = Vec::new();
    for layer in &manifest.layers {
        layers.push(open_checked(dir, &layer.tables)?);
    }
    let mut old = OldRows::default();
    for (name, file) in &without_customers {
        old.tables.insert(name.clone(), read(name, file, Part::All)?);
    }
    let overlay = overlay(dir, manifest)?;
    let choice = match &overlay {
        Some(overlay) => choice(manifest, overlay, &layers, new)?,
        None => Choice::All,
    };
    let names: BTreeSet<&String> = layers.iter().flat_map(BTreeMap::keys).collect();
    let tables = names.into_par_iter().map(|name| {
        let files = layers.iter().map(|layer| layer.get(name)).enumerate();
        let parts = files.filter_map(|(layer, file)| Some((layer, file?)));
        let parts = parts.map(|(layer, file)| match (&choice, &overlay) {
            (Choice::Some { customers, .. }, Some(overlay)) => {
                read(name, file, Part::Rows(&overlay.rows(layer, name, customers)))
            }
            _ => read(name, file, Part::All),
        });
        let spec = TableSpec::by_name(name).ok_or_else(|| unknown(name))?;
        Ok((
            name.clone(),
            laid_over(spec, parts.collect::<Result<_, LedgerError>>()?),
        ))
    });
    old.tables.extend(tables.collect::<Result<Vec<_>, LedgerError>>()?);
    if let (Choice::Some { n_layers_below, .. }, Some(overlay)) = (choice, overlay) {
        old.below = Below {
            n_layers: n_layers_below,
            bounds: overlay.bounds().map(str::to_owned).collect(),
        };
    }
    Ok(old)
}

/// Which customers are written anew.
enum Choice {
    /// All of them, into the only layer.
    All,
    /// Some, by position, over so many of the layers.
    Some { customers: Vec<u32>, n_layers_below: usize },
}

fn choice(
    manifest: &Manifest,
    overlay: &Overlay,
    layers: &[BTreeMap<String, File>],
    new: &NewRows,
) -> Result<Choice, LedgerError> {
    let found = new.customers.iter().filter_map(|id| overlay.find(id));
    let mut customers: BTreeSet<u32> = found.collect();
    for id in holders_of_keys(layers, new)? {
        customers.extend(overlay.find(&id));
    }
    let touched = customers.iter().map(|&customer| overlay.n_rows_of(customer));
    let mut n_rows = touched.sum::<u64>() + new.n_rows as u64;
    let mut n_layers_below = manifest.layers.len();
    while let Some(layer) = n_layers_below.checked_sub(1) {
        let in_layer = manifest.layers[layer].n_rows();
        if in_layer > TIMES_LARGER * n_rows {
            customers.extend(overlay.customers_in(n_layers_below..manifest.layers.len()));
            return Ok(Choice::Some {
                customers: customers.into_iter().collect(),
                n_layers_below,
            });
        }
        n_rows += in_layer;
        n_layers_below = layer;
    }
    Ok(Choice::All)
}

/// Lays the facts of all layers over each other; `None` where another program made them, or there are no customers.
fn overlay(dir: &Path, manifest: &Manifest) -> Result<Option<Overlay>, LedgerError> {
    if manifest.facts_version != stored_facts::FACTS_VERSION || manifest.layers.is_empty() {
        return Ok(None);
    }
    let mut layers = Vec::new();
    for layer in &manifest.layers {
        layers.push(StoredFacts::open(open_checked(dir, &layer.facts)?)?);
    }
    Ok(Some(Overlay::of(&layers)?))
}

/// Returns the customers under whom keys of new rows are kept, of tables whose key does not name the customer; some others
/// too, since two keys can share a hash.
fn holders_of_keys(layers: &[BTreeMap<String, File>], new: &NewRows) -> Result<BTreeSet<String>, LedgerError> {
    let searches: Vec<_> = (new.keys.iter())
        .flat_map(|(spec, wanted)| {
            let files = layers.iter().filter_map(|layer| layer.get(spec.name));
            files.map(move |file| (*spec, wanted, file))
        })
        .collect();
    let found = searches.into_par_iter().map(|(spec, wanted, file)| {
        let names: Vec<&str> = spec.key.iter().copied().chain(["customer_id"]).collect();
        let kept = read(spec.name, file, Part::Columns(&names))?;
        let holders = order::hashes(&columns(&kept, spec.key), kept.n_rows())
            .into_iter()
            .enumerate();
        let holders = holders.filter(|(_, hash)| wanted.contains(hash));
        let ids = kept.texts("customer_id");
        Ok(holders
            .filter_map(|(row, _)| Some(ids?.at(row)?.to_owned()))
            .collect::<BTreeSet<String>>())
    });
    let found = found.collect::<Result<Vec<_>, LedgerError>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// What is read of a table.
enum Part<'p> {
    All,
    Rows(&'p [Range<usize>]),
    Columns(&'p [&'p str]),
}

fn read(name: &str, file: &File, part: Part<'_>) -> Result<PackedTable, LedgerError> {
    let handle = file.try_clone().map_err(|error| TableError::Parquet {
        message: error.to_string(),
    });
    let read = handle.and_then(|file| match part {
        Part::All => parquet::read_packed(name, file),
        Part::Rows(rows) => parquet::read_packed_rows(name, rows, file),
        Part::Columns(columns) => parquet::read_packed_columns(name, columns, file),
    });
    read.map_err(|source| LedgerError::Table {
        path: name.into(),
        source,
    })
}

fn unknown(name: &str) -> LedgerError {
    LedgerError::Table {
        path: name.into(),
        source: TableError::Parquet {
            message: "no table of the contract has this name".to_owned(),
        },
    }
}
