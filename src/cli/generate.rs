//! `arrears generate`: a made-up ledger of any size, with its truth.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::{Exit, Ui};
use crate::generate::{GenerateParams, generate_in_parts};
use crate::output::{Format, GrowingFile};
use crate::table::Table;

/// Invoices that are in memory at a time, with all that belongs to them.
const INVOICES_PER_PART: u64 = 100_000;

/// Arguments of `arrears generate`.
#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// Folder that gets one file per canonical table, and `truths/` with what a judge may know.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Invoices, exactly.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    invoices: u64,
    /// Months of history; the last is 2025-12.
    #[arg(long, value_name = "M", default_value_t = 36)]
    months: u32,
    /// Seed; the same seed gives the same ledger on every machine.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Form of the files.
    #[arg(long, value_enum, default_value_t = FileFormat::Csv)]
    format: FileFormat,
    /// Only these tables (truths are `truth_customers` and so on); by default all of them.
    #[arg(long, value_name = "TABLE,…", value_delimiter = ',')]
    tables: Vec<String>,
}

/// Forms that an import can read back.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    Csv,
    Parquet,
}

pub(super) fn run(args: &GenerateArgs, ui: &mut Ui) -> anyhow::Result<Exit> {
    let params = GenerateParams::new(args.invoices, args.months, args.seed).check()?;
    let mut parts = generate_in_parts(&params, params.customers_with(INVOICES_PER_PART));
    if !args.tables.is_empty() {
        parts = parts.only(&args.tables)?;
    }
    let format = match args.format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Parquet => Format::Parquet,
    };
    let mut files = open(&args.out, format, parts.tables())?;
    let n_tables = files.len();
    files.extend(open(&args.out.join("truths"), format, parts.truths())?);

    let bar = ui.bar("generating");
    bar.set_length(parts.n_customers());
    let mut n_rows = 0;
    while let Some(part) = parts.next() {
        files
            .par_iter_mut()
            .zip(part.tables.par_iter().chain(&part.truths))
            .try_for_each(|(file, table)| file.append(table))?;
        n_rows += part.tables.iter().map(Table::n_rows).sum::<usize>();
        bar.set_position(parts.n_done());
    }
    let with_truths = if files.len() > n_tables {
        ", and their truths,"
    } else {
        ""
    };
    files.into_par_iter().try_for_each(GrowingFile::finish)?;
    bar.finish_and_clear();
    ui.say(&format!(
        "{n_rows} rows in {n_tables} tables{with_truths} are in {}",
        args.out.display()
    ));
    Ok(Exit::Fine)
}

/// Opens a file for each table, in a folder that is made where it is missing.
fn open(folder: &Path, format: Format, tables: impl Iterator<Item = &'static str>) -> anyhow::Result<Vec<GrowingFile>> {
    let mut tables = tables.peekable();
    if tables.peek().is_some() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    tables
        .map(|table| {
            let path = folder.join(format!("{table}.{}", format.ending()));
            Ok(GrowingFile::open(&path, format)?)
        })
        .collect()
}
