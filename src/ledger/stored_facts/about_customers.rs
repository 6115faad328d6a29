//! The file that says of each customer what a ledger in layers has to know before it reads anything else: how many rows
//! of each table are theirs, what they hash to, and on which days something was owed or paid.

use std::ops::Range;

use parquet::errors::ParquetError;

use super::columns::{Cells, Column, Number, Numbers, Width, collect};
use super::file::FactsFile;
use crate::calendar::Day;
use crate::ids::CustomerIx;
use crate::ledger::customer_rows::{CustomerRows, RowsHash, tables_of_customers};
use crate::ledger::{Ledger, Reads};

/// Name of the file.
pub(super) const NAME: &str = "customer_rows";

/// First and last day on which a customer's documents or unapplied items changed.
pub(in crate::ledger) type DaysOf = Option<(Day, Day)>;

const HASH_WORDS: [&str; 4] = ["rows_hash_0", "rows_hash_1", "rows_hash_2", "rows_hash_3"];

/// Returns the columns: a count for each table of customers, the hash in four numbers, first and last day.
pub(super) fn columns() -> Vec<Column> {
    let column = |name, width, is_nullable| Column {
        name,
        width,
        is_nullable,
        read_by: Reads::NEVER,
    };
    let counts = tables_of_customers().map(|spec| column(spec.name, Width::Small, false));
    let hashes = HASH_WORDS.map(|name| column(name, Width::Amount, false));
    let days = ["first_on", "last_on"].map(|name| column(name, Width::Day, true));
    counts.chain(hashes).chain(days).collect()
}

/// Returns the rows of some customers, column by column.
pub(super) fn cells(ledger: &Ledger, rows: &CustomerRows, customers: &Range<u32>) -> Vec<Cells> {
    let range = customers.start as usize..customers.end as usize;
    let counts = rows.counts.iter().map(|counts| narrow(&counts[range.clone()]));
    let hashes = (0..HASH_WORDS.len()).map(|word| Cells {
        numbers: Numbers::Wide(
            rows.hashes[range.clone()]
                .iter()
                .map(|hash| hash_word(hash, word))
                .collect(),
        ),
        levels: None,
    });
    let days: Vec<DaysOf> = customers
        .clone()
        .map(|customer| days_of(ledger, CustomerIx(customer)))
        .collect();
    let first = collect(days.iter().map(|days| days.map(|(first, _)| first)));
    let last = collect(days.iter().map(|days| days.map(|(_, last)| last)));
    counts.chain(hashes).chain([first, last]).collect()
}

/// Reads all customers.
pub(super) fn read(file: &FactsFile) -> Result<(CustomerRows, Vec<DaysOf>), ParquetError> {
    let n_tables = tables_of_customers().count();
    let mut rows = CustomerRows {
        counts: vec![Vec::new(); n_tables],
        hashes: Vec::new(),
    };
    let mut days = Vec::new();
    for stretch in 0..file.n_stretches() {
        for (table, counts) in rows.counts.iter_mut().enumerate() {
            counts.extend(numbers(file.read(stretch, table)?).map(|number| number as u32));
        }
        let first_hash = rows.hashes.len();
        rows.hashes
            .resize(first_hash + file.n_rows_of(stretch), RowsHash::default());
        for word in 0..HASH_WORDS.len() {
            let numbers = numbers(file.read(stretch, n_tables + word)?);
            for (hash, number) in rows.hashes[first_hash..].iter_mut().zip(numbers) {
                hash[8 * word..8 * word + 8].copy_from_slice(&number.to_le_bytes());
            }
        }
        let first_days = n_tables + HASH_WORDS.len();
        let first = optional_days(file.read(stretch, first_days)?);
        let last = optional_days(file.read(stretch, first_days + 1)?);
        days.extend(first.zip(last).map(|(first, last)| first.zip(last)));
    }
    Ok((rows, days))
}

fn days_of(ledger: &Ledger, customer: CustomerIx) -> DaysOf {
    let documents = ledger.documents().of(customer).iter();
    let days = documents.flat_map(|document| {
        let posted = ledger.postings_of(document).iter().map(|posting| posting.on);
        std::iter::once(document.issued_on).chain(posted)
    });
    let days = days.chain(ledger.unapplied().of(customer).iter().map(|posting| posting.on));
    days.map(|day| (day, day))
        .reduce(|(first, last), (day, _)| (first.min(day), last.max(day)))
}

fn hash_word(hash: &RowsHash, word: usize) -> i64 {
    let bytes = hash[8 * word..8 * word + 8].try_into();
    i64::from_le_bytes(bytes.expect("eight bytes make a word of 64 bits"))
}

fn narrow(counts: &[u32]) -> Cells {
    Cells {
        numbers: Numbers::Narrow(counts.iter().map(|&count| count as i32).collect()),
        levels: None,
    }
}

fn numbers(cells: Cells) -> impl Iterator<Item = i64> {
    let (narrow, wide) = match cells.numbers {
        Numbers::Narrow(numbers) => (numbers, Vec::new()),
        Numbers::Wide(numbers) => (Vec::new(), numbers),
    };
    narrow.into_iter().map(i64::from).chain(wide)
}

fn optional_days(cells: Cells) -> impl Iterator<Item = Option<Day>> {
    let levels = cells.levels.clone().unwrap_or_default();
    let mut numbers = numbers(cells);
    levels
        .into_iter()
        .map(move |level| Option::<Day>::of(if level > 0 { numbers.next() } else { None }))
}
