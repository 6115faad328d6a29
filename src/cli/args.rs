//! Arguments that many verbs share: the ledger and the day, the segments, where the result goes.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use crate::calendar::{AsOf, Day, Month};
use crate::ledger::Ledger;
use crate::metrics::base_currency::BaseRates;
use crate::metrics::require_tables;
use crate::money::Currency;
use crate::output::{self, EncodedPart, Format, Layout, NewFile, PartEncoder, Target};
use crate::table::Table;

use super::ui::Ui;

/// What the name of a file's manifest ends with, behind the name of the file.
pub(super) const MANIFEST_ENDING: &str = ".run.json";
/// Name of the manifest of a folder.
pub(super) const MANIFEST_OF_FOLDER: &str = "run.json";

/// Which ledger, seen on which day.
#[derive(Clone, Debug, Args)]
pub(super) struct LedgerArgs {
    /// Folder of the ledger.
    #[arg(long, value_name = "DIR")]
    pub ledger: PathBuf,
    /// Day at whose end the result is true; by default the day of the newest fact in the ledger.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    pub as_of: Option<Day>,
    /// Day whose knowledge counts: only what was posted by then, as it stood then; by default everything, as corrected since.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    pub known_on: Option<Day>,
}

/// A range of months.
#[derive(Clone, Debug, Args)]
pub(super) struct MonthsArgs {
    /// First month; by default eleven months before the last.
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
    pub from: Option<Month>,
    /// Last month; by default the last that is complete on the as-of day.
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
    pub to: Option<Month>,
}

/// One result per segment.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ByArgs {
    /// One result per value of these attributes; a number with edges, such as `amount:1000,10000`, gives bands.
    #[arg(long, value_name = "ATTR,…", value_delimiter = ',')]
    pub by: Vec<String>,
}

/// Everything in one currency besides each by itself.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct BaseArgs {
    /// Add a table in this currency, that of the rates in `fx_rates`.
    #[arg(long, value_name = "CUR", value_parser = Currency::parse)]
    pub base: Option<Currency>,
}

impl BaseArgs {
    /// Reads the rates to the base currency, where one was asked for.
    pub(super) fn rates(&self, ledger: &Ledger) -> anyhow::Result<Option<BaseRates>> {
        let Some(base) = self.base else {
            return Ok(None);
        };
        require_tables(ledger, &["fx_rates"])?;
        Ok(Some(BaseRates::of(ledger, Some(base))?))
    }
}

/// Where the result goes and what it looks like.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct OutputArgs {
    /// Form of the result; by default the file's ending says, on the terminal a table.
    #[arg(long, value_name = "table|csv|json|parquet")]
    pub format: Option<Format>,
    /// File to write instead of stdout; a path that ends with `/` is a folder that gets one file per table.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write what the run can be made again from: beside FILE as `FILE.run.json`, in a folder as `run.json`.
    #[arg(long, requires = "output")]
    pub manifest: bool,
    /// Rows of a table shown on the terminal; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub rows: usize,
}

impl LedgerArgs {
    /// Opens the ledger and settles the day.
    pub(super) fn open(&self, ui: &mut Ui) -> anyhow::Result<(Ledger, AsOf)> {
        let spinner = ui.spinner("reading the ledger");
        let ledger = Ledger::open(&self.ledger);
        spinner.finish_and_clear();
        let mut ledger = ledger?;
        if ledger.span().is_none() {
            bail!("the ledger {} is empty; import into it first", self.ledger.display());
        }
        if let Some(known_on) = self.known_on {
            ledger = ledger.as_known_on(known_on);
        }
        let Some((first, last)) = ledger.span() else {
            bail!(
                "nothing in the ledger {} was known on {}",
                self.ledger.display(),
                self.known_on.unwrap_or(Day::EARLIEST)
            );
        };
        let as_of = self.as_of.unwrap_or(last);
        if as_of < first {
            bail!("no record is dated on or before {as_of}; the first is dated {first}");
        }
        Ok((ledger, AsOf(as_of)))
    }
}

impl MonthsArgs {
    /// Settles the range: complete months up to the as-of day.
    pub(super) fn settle(&self, as_of: AsOf) -> anyhow::Result<(Month, Month)> {
        let current = as_of.0.month();
        let complete = if current.last() == as_of.0 {
            current
        } else {
            current - 1
        };
        let to = self.to.unwrap_or(complete);
        let from = self.from.unwrap_or(to - 11);
        if to > complete {
            bail!("--to {to}: the last complete month on {as_of} is {complete}; nothing looks past the as-of day");
        }
        if from > to {
            bail!("--from {from} is after --to {to}");
        }
        Ok((from, to))
    }
}

impl OutputArgs {
    /// Tries the destination of one table before the long work.
    pub(super) fn prepare(&self) -> anyhow::Result<Prepared> {
        let layout = Layout {
            width: terminal_size::terminal_size().map(|(width, _)| width.0),
            rows: (self.rows > 0).then_some(self.rows),
        };
        let Some(path) = self.output.as_deref().filter(|path| *path != Path::new("-")) else {
            return Ok(Prepared {
                target: None,
                manifest: None,
                format: self.format.unwrap_or(Format::Table),
                layout,
            });
        };
        let is_folder = path.to_string_lossy().ends_with('/');
        let format = match self.format {
            Some(format) => format,
            None if is_folder => Format::Csv,
            None => Format::of_path(path)?,
        };
        let target = Target::prepare(path)?;
        let manifest = self.manifest.then(|| {
            let mut beside = path.as_os_str().to_owned();
            beside.push(if is_folder { MANIFEST_OF_FOLDER } else { MANIFEST_ENDING });
            NewFile::open(Path::new(&beside))
        });
        Ok(Prepared {
            target: Some(target),
            manifest: manifest.transpose()?,
            format,
            layout,
        })
    }

    /// Tries the destination of one table that is written part by part: CSV, unless the file's ending or `--format` says Parquet.
    pub(super) fn prepare_in_parts(&self) -> anyhow::Result<Prepared> {
        let mut prepared = self.prepare()?;
        if prepared.target.is_none() && self.format.is_none() {
            prepared.format = Format::Csv;
        }
        output::check_in_parts(prepared.format)?;
        Ok(prepared)
    }

    /// Tries the destination of one table, or of several.
    pub(super) fn prepare_for(&self, is_several: bool) -> anyhow::Result<Prepared> {
        if is_several {
            self.prepare_several()
        } else {
            self.prepare()
        }
    }

    /// Tries the destination of several tables before the long work: a form whose file holds one table needs a folder.
    pub(super) fn prepare_several(&self) -> anyhow::Result<Prepared> {
        let prepared = self.prepare()?;
        let holds_one = matches!(prepared.format, Format::Csv | Format::Parquet);
        if holds_one && !matches!(prepared.target, Some(Target::Folder(_))) {
            bail!(
                "the result is several tables and {} holds one; name a folder (`-o results/`) or use --format json",
                prepared.format
            );
        }
        Ok(prepared)
    }
}

/// A destination that can be written; stdout where no file was named.
pub(super) struct Prepared {
    target: Option<Target<'static>>,
    manifest: Option<NewFile>,
    format: Format,
    layout: Layout,
}

impl Prepared {
    /// Tells whether the result is written as text that people read.
    pub(super) fn is_for_people(&self) -> bool {
        self.format == Format::Table
    }

    /// Writes one table.
    pub(super) fn write(self, table: &Table) -> anyhow::Result<()> {
        self.write_all(&[table])
    }

    /// Writes one table part by part, as [`output::write_in_parts`] does.
    pub(super) fn write_in_parts(
        self,
        head: &Table,
        fill: impl FnOnce(&PartEncoder, &mut dyn FnMut(EncodedPart) -> io::Result<()>) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        match self.target {
            Some(target) => output::write_in_parts(head, self.format, target, fill)?,
            None => {
                let mut stdout = io::stdout().lock();
                output::write_in_parts(head, self.format, Target::Writer(&mut stdout), fill)?;
            }
        }
        write_manifest(self.manifest, &[head])
    }

    /// Writes several tables.
    pub(super) fn write_all(self, tables: &[&Table]) -> anyhow::Result<()> {
        match self.target {
            Some(target) => output::write(tables, self.format, self.layout, target)?,
            None => {
                let mut stdout = io::stdout().lock();
                output::write(tables, self.format, self.layout, Target::Writer(&mut stdout))?;
            }
        }
        write_manifest(self.manifest, tables)
    }
}

/// Writes the notes of tables, as a JSON result has them, without rows, where a manifest is wanted.
fn write_manifest(file: Option<NewFile>, tables: &[&Table]) -> anyhow::Result<()> {
    let Some(mut file) = file else { return Ok(()) };
    let of_tables = tables.iter().map(|table| {
        let notes = table
            .notes
            .iter()
            .map(|(key, value)| (key.clone(), value.clone().into()));
        let notes: serde_json::Map<String, serde_json::Value> = notes.collect();
        serde_json::json!({"table": table.name(), "notes": notes})
    });
    let manifest = serde_json::json!({"tables": of_tables.collect::<Vec<_>>()});
    file.fill(|sink| writeln!(sink, "{manifest:#}"))?;
    Ok(file.finish()?)
}

/// Reads the rates of the ledger, where it has any.
pub(super) fn base_rates(ledger: &Ledger, base: Option<Currency>) -> anyhow::Result<BaseRates> {
    if ledger.has("fx_rates") {
        Ok(BaseRates::of(ledger, base)?)
    } else {
        Ok(BaseRates::none())
    }
}
