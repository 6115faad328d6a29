//! Documents, postings and the facts around them as columns of whole numbers, in the order in which the pass reads them.
//!
//! The tables of the contract hold words; to turn them into facts, every receipt has to find its document. That is done
//! once, when the ledger is written. These files are what every later run reads first: they can be made again from the
//! tables at any time, and are, where another version of the program has written them.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::finalise::attach_postings;
use super::tables::Tables;
use super::{
    ByCustomer, Contact, CustomerVersion, Dispute, Document, DocumentKind, Hold, Ledger, Nature, Order, Posting,
    Promise,
};
use crate::calendar::Day;
use crate::ids::{CustomerIx, Dictionary, DocumentIx};
use crate::money::{Amount, Currency};
use crate::table::{Table, TableError, parquet as parquet_table};

/// Facts of these files are read only by a program that derives them alike; raise it with any change of a fact's meaning or columns.
pub(super) const FACTS_VERSION: u32 = 1;

/// Rows decoded at a time: a few columns of so many numbers stay in the processor's cache.
const ROWS_PER_BATCH: usize = 8_192;

/// A value as a whole number; `None` where there is none.
trait Number: Sized {
    fn to_number(self) -> Option<i64>;
    fn of(number: Option<i64>) -> Self;
}

/// A fact as whole numbers, one per column.
trait Fact: Sized {
    /// Columns in their order.
    const COLUMNS: &'static [&'static str];
    /// Returns the number of each column.
    fn numbers(&self) -> Vec<Option<i64>>;
    /// Builds the fact from the number of each column.
    fn of(number: impl Fn(usize) -> Option<i64>) -> Self;
}

macro_rules! facts {
    ($($fact:ident { $($field:ident),* $(; $derived:ident = $value:expr)? })*) => {
        $(impl Fact for $fact {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn numbers(&self) -> Vec<Option<i64>> {
                vec![$(self.$field.to_number()),*]
            }

            fn of(number: impl Fn(usize) -> Option<i64>) -> $fact {
                let mut columns = 0..;
                let mut next = || number(columns.next().unwrap_or_default());
                $fact { $($field: Number::of(next()),)* $($derived: $value,)? }
            }
        })*
    };
}

facts! {
    Document { customer, kind, currency, entity, row, issued_on, due_on, known_on, amount, n_before; postings = (0, 0) }
    Posting { document, on, known_on, delta, currency, entity, nature, money, row }
    CustomerVersion { valid_from, known_on, row }
    Dispute { document, opened_on, closed_on, known_on, amount, row }
    Promise { document, made_on, promised_on, known_on, amount, row }
    Contact { document, contacted_on, known_on, outbound, reached, row }
    Order { ordered_on, billed_on, cancelled_on, known_on, amount, currency, row }
    Hold { placed_on, released_on, known_on, manual, review_on, row }
}

/// A file of facts: its name, its content, how many rows it has.
pub(super) type FactsFile = (&'static str, Vec<u8>, usize);

/// Words that facts name by number.
const CUSTOMER_IDS: &str = "customer_ids";
const ENTITIES: &str = "entities";

/// The names of all files of facts.
pub(super) const FILES: [&str; 12] = [
    CUSTOMER_IDS,
    ENTITIES,
    "documents",
    "postings",
    "unapplied",
    "recoveries",
    "versions",
    "disputes",
    "promises",
    "contacts",
    "orders",
    "holds",
];

/// Returns the facts of a ledger as files, in the order of [`FILES`].
pub(super) fn files(ledger: &Ledger) -> Result<Vec<FactsFile>, TableError> {
    let words = |name: &str, words: &[String]| {
        let mut bytes = Vec::new();
        let table = Table::new(name).text("word", words.iter().cloned());
        parquet_table::write(&table, parquet_table::DOCUMENT_PRECISION, &mut bytes).map(|()| bytes)
    };
    let contents = [
        (words(CUSTOMER_IDS, &ledger.customer_ids)?, ledger.customer_ids.len()),
        (words(ENTITIES, ledger.entities.words())?, ledger.entities.len()),
        write(ledger.documents.all())?,
        write(&ledger.postings)?,
        write_by_customer(&ledger.unapplied)?,
        write_by_customer(&ledger.recoveries)?,
        write_by_customer(&ledger.versions)?,
        write_by_customer(&ledger.disputes)?,
        write_by_customer(&ledger.promises)?,
        write_by_customer(&ledger.contacts)?,
        write_by_customer(&ledger.orders)?,
        write_by_customer(&ledger.holds)?,
    ];
    let files = FILES.into_iter().zip(contents);
    Ok(files.map(|(name, (bytes, n_rows))| (name, bytes, n_rows)).collect())
}

/// Puts a ledger together from its files of facts; `content` returns a file's checked bytes by name.
pub(super) fn ledger<E: From<TableError>>(
    content: impl Fn(&'static str) -> Result<Bytes, E>,
    tables: Arc<Tables>,
    timeless: BTreeSet<String>,
    hash: String,
) -> Result<Ledger, E> {
    let words = |name: &'static str| -> Result<Vec<String>, E> {
        let table = parquet_table::read(name, content(name)?)?;
        let words = table.texts("word")?;
        Ok(words.iter().map(|word| word.clone().unwrap_or_default()).collect())
    };
    let customer_ids = words(CUSTOMER_IDS)?;
    let n_customers = customer_ids.len();
    let mut entities = Dictionary::default();
    for word in words(ENTITIES)? {
        entities.number(&word);
    }
    let documents: Vec<Document> = read(content("documents")?)?;
    let documents = documents.into_iter().map(|document| (document.customer, document));
    let mut documents = ByCustomer::new(n_customers, documents.collect());
    let postings = read(content("postings")?)?;
    attach_postings(&mut documents, &postings);
    Ok(Ledger {
        documents,
        postings,
        unapplied: read_by_customer(content("unapplied")?, n_customers)?,
        recoveries: read_by_customer(content("recoveries")?, n_customers)?,
        versions: read_by_customer(content("versions")?, n_customers)?,
        disputes: read_by_customer(content("disputes")?, n_customers)?,
        promises: read_by_customer(content("promises")?, n_customers)?,
        contacts: read_by_customer(content("contacts")?, n_customers)?,
        orders: read_by_customer(content("orders")?, n_customers)?,
        holds: read_by_customer(content("holds")?, n_customers)?,
        customer_ids,
        entities,
        tables,
        timeless,
        issues: OnceLock::new(),
        hash,
        known_on: None,
    })
}

/// One customer's item, as a row that begins with the customer.
struct OfCustomer<T>(CustomerIx, T);

/// Writes facts that name their own place, in their order.
fn write<T: Fact>(facts: &[T]) -> Result<(Vec<u8>, usize), TableError> {
    let bytes = write_rows(T::COLUMNS, facts.iter().map(Fact::numbers)).map_err(failed)?;
    Ok((bytes, facts.len()))
}

/// Reads facts that [`write`] wrote.
fn read<T: Fact>(bytes: Bytes) -> Result<Vec<T>, TableError> {
    read_rows(bytes, T::COLUMNS, |number| T::of(number)).map_err(failed)
}

/// Writes facts by customer.
fn write_by_customer<T: Fact>(facts: &ByCustomer<T>) -> Result<(Vec<u8>, usize), TableError> {
    let columns: Vec<&str> = std::iter::once("customer").chain(T::COLUMNS.iter().copied()).collect();
    let customers = (0..facts.starts.len() as u32 - 1).map(CustomerIx);
    let rows = customers.flat_map(|customer| facts.of(customer).iter().map(move |fact| (customer, fact)));
    let numbers = rows.map(|(customer, fact)| {
        let mut row = vec![customer.to_number()];
        row.extend(fact.numbers());
        row
    });
    let bytes = write_rows(&columns, numbers).map_err(failed)?;
    Ok((bytes, facts.all().len()))
}

/// Reads facts that [`write_by_customer`] wrote.
fn read_by_customer<T: Fact>(bytes: Bytes, n_customers: usize) -> Result<ByCustomer<T>, TableError> {
    let columns: Vec<&str> = std::iter::once("customer").chain(T::COLUMNS.iter().copied()).collect();
    let rows = read_rows(bytes, &columns, |number| {
        OfCustomer(Number::of(number(0)), T::of(|column| number(column + 1)))
    })
    .map_err(failed)?;
    let items = rows.into_iter().map(|OfCustomer(customer, fact)| (customer, fact));
    Ok(ByCustomer::new(n_customers, items.collect()))
}

fn write_rows(columns: &[&str], mut rows: impl Iterator<Item = Vec<Option<i64>>>) -> Result<Vec<u8>, ParquetError> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|name| Field::new(*name, DataType::Int64, true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("arrears ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema.clone(), Some(properties))?;
    loop {
        let mut numbers: Vec<Vec<Option<i64>>> = vec![Vec::with_capacity(ROWS_PER_BATCH); columns.len()];
        for row in rows.by_ref().take(ROWS_PER_BATCH) {
            for (column, number) in numbers.iter_mut().zip(row) {
                column.push(number);
            }
        }
        if numbers.first().is_none_or(Vec::is_empty) {
            break;
        }
        let arrays = numbers
            .into_iter()
            .map(|column| Arc::new(Int64Array::from(column)) as ArrayRef);
        let batch = RecordBatch::try_new(schema.clone(), arrays.collect())?;
        writer.write(&batch)?;
    }
    writer.close()?;
    Ok(bytes)
}

fn read_rows<T>(
    bytes: Bytes,
    columns: &[&str],
    row: impl Fn(&dyn Fn(usize) -> Option<i64>) -> T,
) -> Result<Vec<T>, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let found: Vec<&str> = builder
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let fits = builder
        .schema()
        .fields()
        .iter()
        .all(|field| field.data_type() == &DataType::Int64);
    if found != columns || !fits {
        return Err(ParquetError::General(format!(
            "found the columns {}, expected whole numbers in {}",
            found.join(", "),
            columns.join(", ")
        )));
    }
    let n_rows = builder.metadata().file_metadata().num_rows();
    let mut all = Vec::with_capacity(usize::try_from(n_rows).unwrap_or_default());
    for batch in builder.with_batch_size(ROWS_PER_BATCH).build()? {
        let batch = batch?;
        let arrays: Vec<&Int64Array> = batch
            .columns()
            .iter()
            .map(|array| array.as_primitive::<Int64Type>())
            .collect();
        for at in 0..batch.num_rows() {
            all.push(row(&|column| {
                let array = arrays[column];
                array.is_valid(at).then(|| array.value(at))
            }));
        }
    }
    Ok(all)
}

macro_rules! numbers {
    ($($whole:ty),*) => {
        $(impl Number for $whole {
            fn to_number(self) -> Option<i64> {
                Some(i64::from(self))
            }
            fn of(number: Option<i64>) -> $whole {
                number.and_then(|number| number.try_into().ok()).unwrap_or_default()
            }
        })*
    };
}
numbers!(u16, u32);

macro_rules! wrapped {
    ($($type:ty: $to:expr, $of:expr;)*) => {
        $(impl Number for $type {
            fn to_number(self) -> Option<i64> {
                let to: fn($type) -> i64 = $to;
                Some(to(self))
            }
            fn of(number: Option<i64>) -> $type {
                let of: fn(i64) -> $type = $of;
                of(number.unwrap_or_default())
            }
        }
        impl Number for Option<$type> {
            fn to_number(self) -> Option<i64> {
                self.and_then(Number::to_number)
            }
            fn of(number: Option<i64>) -> Option<$type> {
                number.map(|number| Number::of(Some(number)))
            }
        })*
    };
}
wrapped! {
    Day: |day| i64::from(day.epoch()), |number| Day::from_epoch(number as i32);
    Amount: |amount| amount.units(), Amount::from_units;
    CustomerIx: |customer| i64::from(customer.0), |number| CustomerIx(number as u32);
    DocumentIx: |document| i64::from(document.0), |number| DocumentIx(number as u32);
    bool: i64::from, |number| number != 0;
    Currency: |currency| i64::from(currency.number()), |number| Currency::from_number(number as u32);
    DocumentKind: |kind| position(&DocumentKind::ALL, kind), |number| DocumentKind::ALL[number as usize % DocumentKind::ALL.len()];
    Nature: |nature| position(&Nature::ALL, nature), |number| Nature::ALL[number as usize % Nature::ALL.len()];
}

/// The place of a word of a fixed list, which is its number on disk.
fn position<T: PartialEq>(all: &[T], word: T) -> i64 {
    all.iter().position(|listed| *listed == word).unwrap_or_default() as i64
}

fn failed(error: ParquetError) -> TableError {
    TableError::Parquet {
        message: error.to_string(),
    }
}
