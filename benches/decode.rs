//! The measure of the pass: decoding the columns it reads, of the same files, with the same threads, and nothing else.

use std::fs::File;
use std::path::Path;

use arrears::ledger::Manifest;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use rayon::prelude::*;

/// Rows decoded at a time: a few columns of so many numbers stay in the processor's cache.
const ROWS_PER_BATCH: usize = 8_192;

/// The facts that all histories read, with the columns they read of them: whose a row is, and known when, they do not.
const READ: [(&str, &[&str]); 7] = [
    (
        "documents",
        &[
            "kind",
            "currency",
            "issued_on",
            "due_on",
            "amount",
            "n_before",
            "n_postings",
        ],
    ),
    ("postings", &["on", "delta", "nature", "money"]),
    (
        "counts",
        &["documents", "accounts", "unapplied", "recoveries", "disputes"],
    ),
    ("accounts", &["currency", "entity"]),
    ("unapplied", OF_ACCOUNTS),
    ("recoveries", OF_ACCOUNTS),
    (
        "disputes",
        &["document", "opened_on", "closed_on", "known_on", "amount", "row"],
    ),
];

/// The columns of postings that stand on no document.
const OF_ACCOUNTS: &[&str] = &[
    "document", "on", "known_on", "delta", "currency", "entity", "nature", "money", "row",
];

/// Decodes what all histories read and returns the number of rows.
pub fn decode(ledger: &Path) -> usize {
    let manifest = Manifest::read(ledger).expect("the ledger is complete");
    READ.iter()
        .map(|(name, columns)| decode_file(&ledger.join(&manifest.layers[0].facts[*name].file), columns))
        .sum()
}

fn decode_file(path: &Path, columns: &[&str]) -> usize {
    let open = || File::open(path).expect("the ledger is complete");
    let metadata = ArrowReaderMetadata::load(&open(), Default::default()).expect("the file is Parquet");
    let mask = ProjectionMask::columns(metadata.parquet_schema(), columns.iter().copied());
    (0..metadata.metadata().num_row_groups())
        .into_par_iter()
        .map(|row_group| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(open(), metadata.clone())
                .with_row_groups(vec![row_group])
                .with_projection(mask.clone())
                .with_batch_size(ROWS_PER_BATCH)
                .build()
                .expect("the columns are in the file")
                .map(|batch| std::hint::black_box(batch.expect("the file is whole")).num_rows())
                .sum::<usize>()
        })
        .sum()
}
