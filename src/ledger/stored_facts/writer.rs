//! Writes the files of facts, stretch after stretch.

use std::io::Write;

use parquet::errors::ParquetError;
use rayon::prelude::*;

use super::columns::{Cells, Layout, PostingsOfDocuments, Unapplied};
use super::file::FactsFileWriter;
use super::kinds::{Kind, OfCustomers};
use super::{COUNTS, CUSTOMER_IDS, ENTITIES, POSTINGS, about_customers, failed, files_of_numbers};
use crate::ledger::customer_rows::{CustomerRows, tables_of_customers};
use crate::ledger::layers::{Moved, Shift};
use crate::ledger::{Ledger, Posting};
use crate::table::{Table, TableError, parquet as parquet_table};

/// A file of facts that was written: its name, its destination, how many rows it has.
pub(in crate::ledger) type Written<W> = (&'static str, W, usize);

/// Where a stretch begins: how many customers, documents and rows of tables stand before it.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Starts {
    pub customer: u32,
    document: u32,
    /// By table of customers.
    rows: Vec<u32>,
    /// Every legal entity under its own number.
    entities: Vec<u16>,
}

impl Starts {
    /// Begins at nothing, with so many legal entities.
    fn of_nothing(n_entities: usize) -> Starts {
        Starts {
            customer: 0,
            document: 0,
            rows: vec![0; tables_of_customers().count()],
            entities: (0..=u16::MAX).take(n_entities).collect(),
        }
    }

    /// Moves behind a stretch.
    fn pass(&mut self, ledger: &Ledger, rows: &CustomerRows) {
        self.customer += ledger.n_customers() as u32;
        self.document += ledger.n_documents() as u32;
        for (start, counts) in self.rows.iter_mut().zip(&rows.counts) {
            *start += counts.iter().sum::<u32>();
        }
    }

    /// Returns how the facts of the stretch move that name rows of a table.
    pub fn shift(&self, table: &str) -> Shift<'_> {
        let place = tables_of_customers().position(|spec| spec.name == table);
        Shift {
            documents: self.document,
            rows: self.rows[place.expect("rows of customers stand in tables of customers")],
            entities: &self.entities,
        }
    }
}

/// The files of facts of a ledger that is being written.
pub(in crate::ledger) struct FactsWriter<W: Write + Send> {
    files: Vec<(&'static str, FactsFileWriter<W>)>,
    starts: Starts,
}

impl<W: Write + Send> FactsWriter<W> {
    /// Begins the files; `create` returns where one goes.
    pub fn create<E: From<TableError>>(
        n_entities: usize,
        create: impl Fn(&'static str) -> Result<W, E>,
    ) -> Result<FactsWriter<W>, E> {
        let mut files = Vec::new();
        for (name, columns) in files_of_numbers() {
            let writer = FactsFileWriter::create(name, &columns, create(name)?).map_err(failed)?;
            files.push((name, writer));
        }
        Ok(FactsWriter {
            files,
            starts: Starts::of_nothing(n_entities),
        })
    }

    /// Writes stretches of customers behind those already written: each the facts of a ledger of its own, with the rows
    /// they were made from.
    pub fn write(&mut self, stretches: &[(&Ledger, &CustomerRows)]) -> Result<(), TableError> {
        let starts = stretches.iter().map(|(ledger, rows)| {
            let starts = self.starts.clone();
            self.starts.pass(ledger, rows);
            starts
        });
        let starts: Vec<Starts> = starts.collect();
        let write = |(name, writer): &mut (&'static str, FactsFileWriter<W>)| {
            for ((ledger, rows), starts) in stretches.iter().zip(&starts) {
                let (n_rows, cells) = cells(name, ledger, rows, starts);
                writer.write(n_rows, &cells)?;
            }
            Ok(())
        };
        self.files
            .par_iter_mut()
            .try_for_each(write)
            .map_err(|error: ParquetError| failed(error))
    }

    /// Ends the files, with the words that facts name by number.
    pub fn close<E: From<TableError>>(
        self,
        customer_ids: &[String],
        entities: &[String],
        create: impl Fn(&'static str) -> Result<W, E>,
    ) -> Result<Vec<Written<W>>, E> {
        let mut written = Vec::new();
        for (name, words) in [(CUSTOMER_IDS, customer_ids), (ENTITIES, entities)] {
            let mut to = create(name)?;
            let table = Table::new(name).text("word", words.iter().cloned());
            parquet_table::write(&table, parquet_table::DOCUMENT_PRECISION, &mut to)?;
            written.push((name, to, words.len()));
        }
        for (name, writer) in self.files {
            let (to, n_rows) = writer.close().map_err(failed)?;
            written.push((name, to, n_rows));
        }
        Ok(written)
    }
}

/// Returns the facts of a file, column by column.
fn cells(name: &str, ledger: &Ledger, rows: &CustomerRows, starts: &Starts) -> (usize, Vec<Cells>) {
    let customers = 0..ledger.n_customers() as u32;
    match name {
        about_customers::NAME => (customers.len(), about_customers::cells(ledger, rows, &customers)),
        COUNTS => {
            let counts = Kind::ALL.map(|kind| (kind.counts)(ledger, &customers));
            (customers.len(), counts.into())
        }
        POSTINGS => {
            let shift = starts.shift(Unapplied::TABLE);
            let postings = ledger.postings().iter().map(|posting| posting.moved(&shift));
            let postings: Vec<Posting> = postings.collect();
            let columns = 0..PostingsOfDocuments::COLUMNS.len();
            let cells = columns.map(|column| PostingsOfDocuments::cells(&postings, column));
            (postings.len(), cells.collect())
        }
        _ => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name == name);
            let kind = kind.expect("every other file holds a kind of facts");
            (kind.rows)(ledger, starts)
        }
    }
}
