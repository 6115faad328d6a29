//! `arrears generate`: a made-up ledger of any size, with its truth.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{Exit, Ui};
use crate::generate::{GenerateParams, generate};
use crate::output::{self, Format, Layout, Target};
use crate::table::Table;

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
}

/// Forms that an import can read back.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    Csv,
    Parquet,
}

pub(super) fn run(args: &GenerateArgs, ui: &mut Ui) -> anyhow::Result<Exit> {
    let params = GenerateParams::new(args.invoices, args.months, args.seed).check()?;
    let format = match args.format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Parquet => Format::Parquet,
    };
    let truths = args.out.join("truths");
    std::fs::create_dir_all(&truths).with_context(|| format!("cannot create {}", truths.display()))?;
    let spinner = ui.spinner("generating");
    let generated = generate(&params);
    spinner.finish_and_clear();
    for (folder, tables) in [(&args.out, &generated.tables), (&truths, &generated.truths)] {
        for table in tables {
            let path = folder.join(format!("{}.{}", table.name(), format.ending()));
            output::write(&[table], format, Layout::COMPLETE, Target::prepare(&path)?)?;
        }
    }
    let rows = |tables: &[Table]| tables.iter().map(Table::n_rows).sum::<usize>();
    ui.say(&format!(
        "{} rows in {} tables, and their truths, are in {}",
        rows(&generated.tables),
        generated.tables.len(),
        args.out.display()
    ));
    Ok(Exit::Fine)
}
