//! Writes a layer: stretch after stretch of customers, their rows into the tables and the facts made from them beside.
//!
//! While the stretches of one batch are written, the facts of the next one are made. What is in memory of a layer that
//! is being written is what it is written from, two batches, and of each table what a row group has so far.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::content_file::ContentFile;
use super::customer_rows::{CustomerRows, tables_of_customers};
use super::customers::Customers;
use super::folder::{create_facts, create_table, of_table};
use super::manifest::{LayerEntry, TableEntry};
use super::merge::Placed;
use super::progress::Share;
use super::stored_facts::FactsWriter;
use super::{Ledger, LedgerError};
use crate::ids::Dictionary;
use crate::outcome::Issues;
use crate::table::PackedTable;
use crate::table::parquet::{DOCUMENT_PRECISION, PackedWriter};

/// A layer that is being written.
pub(super) struct LayerWriter<'w> {
    dir: &'w Path,
    customers: &'w Customers,
    entities: &'w Dictionary,
    progress: &'w Share<'w>,
    tables: BTreeMap<String, PackedWriter<ContentFile>>,
    facts: FactsWriter<ContentFile>,
    issues: Issues,
    /// Stretches that are made and not written yet.
    ready: Vec<Stretch>,
}

/// A stretch of customers with everything that is theirs.
struct Stretch {
    tables: BTreeMap<String, PackedTable>,
    ledger: Ledger,
    rows: CustomerRows,
    n_rows: usize,
}

impl<'w> LayerWriter<'w> {
    /// Begins a layer of tables with the columns of `layouts`.
    pub fn create<'l>(
        dir: &'w Path,
        layouts: impl Iterator<Item = &'l PackedTable>,
        customers: &'w Customers,
        entities: &'w Dictionary,
        progress: &'w Share<'w>,
    ) -> Result<LayerWriter<'w>, LedgerError> {
        let mut tables = BTreeMap::new();
        for layout in layouts {
            let name = layout.name();
            let file = create_table(dir, name)?;
            let writer =
                PackedWriter::kept(layout, DOCUMENT_PRECISION, "customer_id", file).map_err(of_table(dir, name))?;
            tables.insert(name.to_owned(), writer);
        }
        Ok(LayerWriter {
            facts: FactsWriter::create(entities.len(), |name| create_facts(dir, name))?,
            dir,
            customers,
            entities,
            progress,
            tables,
            issues: Issues::default(),
            ready: Vec::new(),
        })
    }

    /// Writes stretches behind those already written; `part` has the rows of their customers and of nobody else.
    pub fn write(&mut self, part: &BTreeMap<String, Placed>, stretches: &[Range<u32>]) -> Result<(), LedgerError> {
        let first = stretches.first().map_or(0, |stretch| stretch.start);
        let (customers, entities, progress) = (self.customers, self.entities, self.progress);
        for batch in stretches.chunks(rayon::current_num_threads()) {
            let make = |stretch: &Range<u32>| {
                let made = Stretch::make(part, customers, first, stretch, entities.clone());
                progress.add(made.n_rows);
                made
            };
            let (written, made) = rayon::join(|| self.write_ready(), || batch.par_iter().map(make).collect());
            written?;
            self.ready = made;
        }
        Ok(())
    }

    fn write_ready(&mut self) -> Result<(), LedgerError> {
        let ready = std::mem::take(&mut self.ready);
        let (dir, progress) = (self.dir, self.progress);
        let write_table = |(name, writer): (&String, &mut PackedWriter<ContentFile>)| {
            let tables = ready.iter().filter_map(|stretch| stretch.tables.get(name));
            for table in tables {
                let written = writer.write(table, 0..table.n_rows(), &|cells| progress.add(cells));
                written.map_err(of_table(dir, name))?;
            }
            Ok::<(), LedgerError>(())
        };
        let facts: Vec<_> = ready.iter().map(|stretch| (&stretch.ledger, &stretch.rows)).collect();
        let (tables, facts) = rayon::join(
            || self.tables.par_iter_mut().try_for_each(write_table),
            || self.facts.write(&facts),
        );
        tables?;
        facts?;
        for stretch in &ready {
            progress.add(stretch.n_rows);
            self.issues.extend(stretch.ledger.issues().clone());
        }
        Ok(())
    }

    /// Ends the layer; returns its files and what was found while facts were made.
    pub fn close(mut self) -> Result<(LayerEntry, Issues), LedgerError> {
        self.write_ready()?;
        let dir = self.dir;
        let keep = |(name, writer): (String, PackedWriter<ContentFile>)| {
            let (file, n_rows) = writer.close().map_err(of_table(dir, &name))?;
            Ok((name, file.keep(dir, n_rows)?))
        };
        let tables = self.tables.into_par_iter().map(keep);
        let tables = tables.collect::<Result<BTreeMap<String, TableEntry>, LedgerError>>()?;
        let create = |name| create_facts(dir, name);
        let facts = self.facts.close(self.customers.ids(), self.entities.words(), create)?;
        let keep = |(name, file, n_rows): (&str, ContentFile, usize)| Ok((name.to_owned(), file.keep(dir, n_rows)?));
        let facts = facts.into_par_iter().map(keep);
        let facts = facts.collect::<Result<BTreeMap<String, TableEntry>, LedgerError>>()?;
        Ok((LayerEntry { tables, facts }, self.issues))
    }
}

impl Stretch {
    /// Takes a stretch of customers out of a part that begins with the customer `first`, and makes its facts.
    fn make(
        part: &BTreeMap<String, Placed>,
        customers: &Customers,
        first: u32,
        stretch: &Range<u32>,
        entities: Dictionary,
    ) -> Stretch {
        let mut tables = BTreeMap::new();
        for (at, spec) in tables_of_customers().enumerate() {
            let Some(placed) = part.get(spec.name) else { continue };
            let before = customers.rows(at, &(0..first)).end;
            let rows = customers.rows(at, stretch);
            let rows = &placed.order[rows.start - before..rows.end - before];
            tables.insert(spec.name.to_owned(), placed.table.gathered(rows));
        }
        let ledger = Ledger::of_rows(&tables, entities);
        Stretch {
            rows: CustomerRows::of(&tables, ledger.customer_ids()),
            n_rows: tables.values().map(PackedTable::n_rows).sum(),
            ledger,
            tables,
        }
    }
}
