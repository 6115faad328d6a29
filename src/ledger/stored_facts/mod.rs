//! Documents, postings and the facts around them as columns of whole numbers, in the order in which the pass reads them.
//!
//! The tables of the contract hold words; to turn them into facts, every receipt has to find its document. That is done
//! once, when the ledger is written. These files are what every later run reads first: they can be made again from the
//! tables at any time, and are, where another version of the program has written them.
//!
//! Customers come in stretches of some ten thousand documents. A stretch is one row group in every file, so that a pass
//! reads stretch after stretch, each on its own, and of each only the columns it asks for. `counts` has a row per
//! customer that says how many rows of the other files are theirs. The columns `customer` and `document` repeat that for
//! readers elsewhere: they are positions in the order of customers and of documents.

mod about_customers;
pub(super) mod columns;
mod file;
pub(super) mod kinds;
mod writer;

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;

use parquet::errors::ParquetError;
use rayon::prelude::*;

pub(super) use self::about_customers::DaysOf;
use self::columns::{
    Cells, Column, Contacts, Disputes, Documents, DueDays, Holds, Layout, Numbers, Orders, PostingsOfDocuments,
    Promises, Recoveries, Unapplied, Versions,
};
use self::file::FactsFile;
use self::kinds::{Kind, N_POSTINGS, OfCustomers};
pub(super) use self::writer::FactsWriter;
use super::customer_rows::CustomerRows;
use super::{ByCustomer, Document, Posting, Reads, Stretch};
use crate::calendar::Day;
use crate::ids::DocumentIx;
use crate::table::{TableError, parquet as parquet_table};

/// Facts of these files are read only by a program that derives them alike; raise it with any change of a fact's meaning or columns.
pub(super) const FACTS_VERSION: u32 = 4;

/// Words that facts name by number.
const CUSTOMER_IDS: &str = "customer_ids";
const ENTITIES: &str = "entities";
/// How many facts of each kind a customer has.
const COUNTS: &str = "counts";
/// Postings of documents, in the order of documents.
const POSTINGS: &str = "postings";

/// The files of facts of a ledger, open.
#[derive(Debug)]
pub(super) struct StoredFacts {
    files: BTreeMap<&'static str, FactsFile>,
    customer_ids: File,
    entities: File,
    // Positions of the first customer and the first document of each stretch.
    firsts: Vec<(u32, u32)>,
}

/// The names of all files of facts.
pub(super) fn file_names() -> impl Iterator<Item = &'static str> {
    let of_customers = Kind::ALL.into_iter().map(|kind| kind.name);
    [CUSTOMER_IDS, ENTITIES, about_customers::NAME, COUNTS, POSTINGS]
        .into_iter()
        .chain(of_customers)
}

/// Every file of whole numbers with its columns.
fn files_of_numbers() -> Vec<(&'static str, Vec<Column>)> {
    let counts = Kind::ALL.map(|kind| Column {
        name: kind.name,
        ..N_POSTINGS
    });
    let mut files = vec![
        (about_customers::NAME, about_customers::columns()),
        (COUNTS, counts.to_vec()),
        (POSTINGS, PostingsOfDocuments::COLUMNS.to_vec()),
    ];
    files.extend(Kind::ALL.map(|kind| (kind.name, (kind.columns)())));
    files
}

impl StoredFacts {
    /// Takes the open files of facts, all of [`file_names`].
    pub fn open(mut opened: BTreeMap<String, File>) -> Result<StoredFacts, TableError> {
        let mut file = |name: &str| {
            opened.remove(name).ok_or_else(|| TableError::Parquet {
                message: format!("the facts `{name}` are not there"),
            })
        };
        let mut files = BTreeMap::new();
        for (name, columns) in files_of_numbers() {
            files.insert(name, FactsFile::open(name, file(name)?, columns).map_err(failed)?);
        }
        let n_stretches = files[COUNTS].n_stretches();
        if let Some((name, _)) = files.iter().find(|(_, file)| file.n_stretches() != n_stretches) {
            return Err(TableError::Parquet {
                message: format!("the facts `{name}` are not cut as the others are"),
            });
        }
        let (mut customer, mut document) = (0, 0);
        let firsts = (0..n_stretches).map(|stretch| {
            let firsts = (customer, document);
            customer += files[COUNTS].n_rows_of(stretch) as u32;
            document += files[Documents::NAME].n_rows_of(stretch) as u32;
            firsts
        });
        Ok(StoredFacts {
            firsts: firsts.collect(),
            customer_ids: file(CUSTOMER_IDS)?,
            entities: file(ENTITIES)?,
            files,
        })
    }

    /// Returns how many stretches there are.
    pub fn n_stretches(&self) -> usize {
        self.firsts.len()
    }

    /// Returns about how many bytes the largest stretch takes while it is decoded: its facts, and some columns beside them.
    pub fn bytes_of_a_stretch(&self) -> usize {
        let bytes = (0..self.n_stretches()).map(|stretch| {
            let documents = self.files[Documents::NAME].n_rows_of(stretch) * size_of::<Document>();
            let postings = self.files[POSTINGS].n_rows_of(stretch) + self.files[Unapplied::NAME].n_rows_of(stretch);
            documents + postings * size_of::<Posting>()
        });
        2 * bytes.max().unwrap_or_default()
    }

    /// Returns how many customers there are.
    pub fn n_customers(&self) -> usize {
        self.files[COUNTS].n_rows()
    }

    /// Returns how many documents there are.
    pub fn n_documents(&self) -> usize {
        self.files[Documents::NAME].n_rows()
    }

    /// Tells whether there is any fact of a kind.
    pub fn has<L: OfCustomers>(&self) -> bool {
        self.files[L::NAME].n_rows() > 0
    }

    /// Returns the first and last day of any document or posting, from what the files say of their columns.
    pub fn span(&self) -> Option<(Day, Day)> {
        let of = |name: &str, column: &str| {
            let file = &self.files[name];
            let at = file.columns().iter().position(|found| found.name == column)?;
            file.span(at)
        };
        let spans = [
            of(Documents::NAME, "issued_on"),
            of(POSTINGS, "on"),
            of(Unapplied::NAME, "on"),
        ];
        let span = spans.into_iter().flatten();
        span.reduce(|(first, last), (min, max)| (first.min(min), last.max(max)))
            .map(|(first, last)| (Day::from_epoch(first), Day::from_epoch(last)))
    }

    /// Returns the position of the first customer of each stretch.
    pub fn first_customers(&self) -> impl Iterator<Item = u32> {
        self.firsts.iter().map(|(customer, _)| *customer)
    }

    /// Returns the customers of a stretch.
    pub fn customers_of_stretch(&self, stretch: usize) -> Range<u32> {
        let first = self.firsts[stretch].0;
        first..first + self.files[COUNTS].n_rows_of(stretch) as u32
    }

    /// Reads how many documents each customer has.
    pub fn documents_of_customers(&self) -> Result<Vec<u32>, TableError> {
        let column = Kind::position::<Documents>();
        let counts = (0..self.n_stretches()).map(|stretch| self.counts(COUNTS, stretch, column));
        let counts = counts.collect::<Result<Vec<_>, ParquetError>>().map_err(failed)?;
        Ok(counts.concat())
    }

    /// Reads what is kept about the rows and the days of each customer.
    pub fn about_customers(&self) -> Result<(CustomerRows, Vec<DaysOf>), TableError> {
        about_customers::read(&self.files[about_customers::NAME]).map_err(failed)
    }

    /// Reads the words of the customers' ids.
    pub fn customer_ids(&self) -> Result<Vec<String>, TableError> {
        words(&self.customer_ids)
    }

    /// Reads the words of the legal entities.
    pub fn entities(&self) -> Result<Vec<String>, TableError> {
        words(&self.entities)
    }

    /// Reads the facts of one stretch of customers that a pass asks for.
    pub fn stretch(&self, stretch: usize, reads: Reads) -> Result<Stretch, TableError> {
        self.read_stretch(stretch, reads).map_err(failed)
    }

    fn read_stretch(&self, stretch: usize, reads: Reads) -> Result<Stretch, ParquetError> {
        let (documents, postings) = self.read_documents(stretch, reads, 0)?;
        Ok(Stretch {
            documents,
            postings,
            first_document: self.firsts[stretch].1,
            unapplied: self.read_asked::<Unapplied>(stretch, reads)?,
            recoveries: self.read_asked::<Recoveries>(stretch, reads)?,
            versions: self.read_asked::<Versions>(stretch, reads)?,
            due_days: self.read_asked::<DueDays>(stretch, reads)?,
            disputes: self.read_asked::<Disputes>(stretch, reads)?,
            promises: self.read_asked::<Promises>(stretch, reads)?,
            contacts: self.read_asked::<Contacts>(stretch, reads)?,
            orders: self.read_asked::<Orders>(stretch, reads)?,
            holds: self.read_asked::<Holds>(stretch, reads)?,
        })
    }

    /// Reads one kind of facts of one stretch.
    pub fn stretch_of<L: OfCustomers>(&self, stretch: usize) -> Result<ByCustomer<L::Fact>, TableError> {
        self.read_kind::<L>(stretch, Reads::ALL).map_err(failed)
    }

    /// Reads the documents of one stretch with their postings, of which a document names places in the stretch.
    pub fn stretch_of_documents(&self, stretch: usize) -> Result<(ByCustomer<Document>, Vec<Posting>), TableError> {
        self.read_documents(stretch, Reads::ALL, 0).map_err(failed)
    }

    /// Reads all documents and their postings.
    pub fn documents(&self) -> Result<(ByCustomer<Document>, Vec<Posting>), TableError> {
        let mut n_before = 0;
        let before = (0..self.n_stretches()).map(|stretch| {
            let before = n_before;
            n_before += self.files[POSTINGS].n_rows_of(stretch) as u32;
            before
        });
        let before: Vec<u32> = before.collect();
        let parts = (before.into_par_iter().enumerate())
            .map(|(stretch, before)| self.read_documents(stretch, Reads::ALL, before))
            .collect::<Result<Vec<_>, ParquetError>>()
            .map_err(failed)?;
        let (documents, postings): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        Ok((ByCustomer::joined(documents), postings.concat()))
    }

    /// Reads a stretch of documents with their postings, the first of which has a given position.
    fn read_documents(
        &self,
        stretch: usize,
        reads: Reads,
        first_posting: u32,
    ) -> Result<(ByCustomer<Document>, Vec<Posting>), ParquetError> {
        let mut documents = self.read_kind::<Documents>(stretch, reads)?;
        let n_postings = self.counts(Documents::NAME, stretch, Documents::COLUMNS.len())?;
        let columns = self.read_columns::<PostingsOfDocuments>(POSTINGS, stretch, reads)?;
        let n_rows = self.files[POSTINGS].n_rows_of(stretch);
        let mut rows = PostingsOfDocuments::facts(n_rows, &columns);
        let mut postings = Vec::with_capacity(n_rows);
        documents.name_customers();
        for ((document, n_postings), at) in (documents.items.iter_mut().zip(n_postings)).zip(self.firsts[stretch].1..) {
            let start = first_posting + postings.len() as u32;
            document.postings = (start, start + n_postings);
            postings.extend(rows.by_ref().take(n_postings as usize).map(|posting| Posting {
                document: Some(DocumentIx(at)),
                currency: document.currency,
                entity: document.entity,
                ..posting
            }));
        }
        let end = documents.items.last().map_or(first_posting, |last| last.postings.1);
        if end as usize != first_posting as usize + n_rows {
            let message = format!("found {n_rows} postings, expected {}", end - first_posting);
            return Err(ParquetError::EOF(message));
        }
        Ok((documents, postings))
    }

    fn read_asked<L: OfCustomers>(
        &self,
        stretch: usize,
        reads: Reads,
    ) -> Result<Option<ByCustomer<L::Fact>>, ParquetError> {
        let is_asked = reads.contains(L::READ_BY);
        is_asked.then(|| self.read_kind::<L>(stretch, reads)).transpose()
    }

    fn read_kind<L: OfCustomers>(&self, stretch: usize, reads: Reads) -> Result<ByCustomer<L::Fact>, ParquetError> {
        let counts = self.counts(COUNTS, stretch, Kind::position::<L>())?;
        let columns = self.read_columns::<L>(L::NAME, stretch, reads)?;
        let facts = L::facts(self.files[L::NAME].n_rows_of(stretch), &columns).collect();
        Ok(ByCustomer::counted(self.firsts[stretch].0, &counts, facts))
    }

    fn read_columns<L: Layout>(
        &self,
        name: &str,
        stretch: usize,
        reads: Reads,
    ) -> Result<Vec<Option<Cells>>, ParquetError> {
        let read = |(at, column): (usize, &Column)| {
            let is_read = reads.contains(column.read_by);
            is_read.then(|| self.files[name].read(stretch, at)).transpose()
        };
        L::COLUMNS.iter().enumerate().map(read).collect()
    }

    fn counts(&self, name: &str, stretch: usize, column: usize) -> Result<Vec<u32>, ParquetError> {
        match self.files[name].read(stretch, column)?.numbers {
            Numbers::Narrow(numbers) => Ok(numbers.into_iter().map(|number| number as u32).collect()),
            Numbers::Wide(numbers) => Ok(numbers.into_iter().map(|number| number as u32).collect()),
        }
    }
}

fn words(file: &File) -> Result<Vec<String>, TableError> {
    let file = file.try_clone().map_err(|error| TableError::Parquet {
        message: error.to_string(),
    })?;
    let table = parquet_table::read_chunks("words", file)?;
    let words = table.texts("word")?;
    Ok(words.iter().map(|word| word.clone().unwrap_or_default()).collect())
}

fn failed(error: ParquetError) -> TableError {
    TableError::Parquet {
        message: error.to_string(),
    }
}
