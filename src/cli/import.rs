//! `arrears import`: files into a ledger, with every row and every cent accounted for.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;

use super::args::{OutputArgs, Prepared};
use super::memory::Bytes;
use super::{Exit, Ui};
use crate::calendar::Day;
use crate::config::Config;
use crate::import::{self, ImportParams, Imported, Profile};
use crate::ledger::store::Intake;
use crate::outcome::Checked;
use crate::records::{Fate, MoneyFate};
use crate::table::Table;

/// Arguments of `arrears import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Folder of the ledger; it is made where it is missing, and added to where it exists.
    #[arg(long, value_name = "DIR")]
    ledger: PathBuf,
    /// How to read the files: a built-in profile or a profile file.
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "canonical")]
    profile: String,
    /// Customer attributes that hold for every day, past days included.
    #[arg(long, value_name = "COL,…", value_delimiter = ',')]
    timeless: Vec<String>,
    /// Show how each column was read, and write nothing.
    #[arg(long)]
    explain: bool,
    /// Refuse the whole import where there is any issue.
    #[arg(long)]
    strict: bool,
    /// Where refused rows go.
    #[arg(long, value_name = "FILE.csv", default_value = "quarantine.csv")]
    quarantine: PathBuf,
    /// Day of the import: customer rows without `valid_from` hold from it; by default today.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    imported_on: Option<Day>,
    /// Memory the import may take, such as 500MB or 4GB; rows that do not fit wait on disk, in the ledger's folder.
    #[arg(long, value_name = "SIZE", default_value = "1200MB")]
    memory: Bytes,
    #[command(flatten)]
    output: OutputArgs,
    /// Files to read.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl ImportArgs {
    /// Tries the quarantine file before the long work; it must not be a file that is being read.
    fn prepare_quarantine(&self) -> anyhow::Result<Prepared> {
        let same = |file: &PathBuf| match (file.canonicalize(), self.quarantine.canonicalize()) {
            (Ok(file), Ok(quarantine)) => file == quarantine,
            _ => false,
        };
        if let Some(file) = self.files.iter().find(|file| same(file)) {
            bail!(
                "--quarantine names {}, which is to be read; name another file",
                file.display()
            );
        }
        OutputArgs {
            output: Some(self.quarantine.clone()),
            ..OutputArgs::default()
        }
        .prepare()
    }
}

pub(super) fn run(args: &ImportArgs, _config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = if args.explain {
        args.output.prepare()?
    } else {
        args.output.prepare_several()?
    };
    let quarantine = args.prepare_quarantine()?;
    let profile = Profile::open(&args.profile)?;
    let params = ImportParams {
        timeless: args.timeless.clone(),
    };
    let imported_on = args.imported_on.unwrap_or_else(super::clock::today);
    let room = args.memory.for_rows()?;
    let mut intake = Intake::new(&args.ledger, imported_on, room);
    let bar = ImportBar::new(ui, if args.explain { EXPLAIN } else { IMPORT });
    let checked = import::read_in_parts(
        &args.files,
        &profile,
        &params,
        room,
        &mut |records| match args.explain {
            true => Ok(()),
            false => intake.put(records).map_err(anyhow::Error::from),
        },
        &mut |done, all| bar.show("reading", done, all),
    )?;
    let Checked {
        value: imported,
        mut issues,
        caveats,
    } = checked;
    if args.explain {
        bar.end();
        output.write(&imported.explanation)?;
        return Ok(Exit::Fine);
    }
    if args.strict && !issues.is_empty() {
        bar.end();
        ui.issues(&issues);
        bail!(
            "{} issues, and --strict allows none; nothing was imported",
            issues.total()
        );
    }
    let Imported {
        records,
        mut rejected,
        rows,
        money,
        n_unreadable_amounts,
        ..
    } = imported;
    let appended = intake.append(records, &args.profile, &|stage, done, all| {
        bar.show(stage.as_str(), done, all);
    });
    bar.end();
    let Checked {
        value: appended,
        issues: found,
        caveats: more,
    } = appended?;
    issues.extend(found);
    rejected.extend(appended.merged.rejected.iter().cloned());
    ui.issues(&issues);
    ui.caveats(&caveats);
    ui.caveats(&more);

    let by_table = &appended.merged.records;
    let records = fates("records", by_table.iter().map(|(table, fate)| (table.clone(), *fate)));
    let source_rows = fates("source_rows", [("all files".to_owned(), rows)]);
    let money = money_table(&money, &appended.merged.money);
    output.write_all(&[&source_rows, &records, &money])?;
    if n_unreadable_amounts > 0 {
        ui.say(&format!(
            "{n_unreadable_amounts} amounts could not be read and are in no money total"
        ));
    }
    if !rejected.is_empty() {
        quarantine.write(&import::quarantine_table(&rejected))?;
        ui.say(&format!(
            "{} rows are in quarantine: {}",
            rejected.len(),
            args.quarantine.display()
        ));
    }
    ui.say(&format!("the ledger is {}", args.ledger.display()));
    // Refused rows are a finding; assumptions that the profile announced are not.
    Ok(if rejected.is_empty() {
        Exit::Fine
    } else {
        Exit::Findings
    })
}

/// One bar over all stages of an import: what is done of those behind and of the one under way, each with the share of the time
/// it takes as a rule. What a stage has to do is known when it begins: bytes of files, rows, cells.
struct ImportBar {
    bar: ProgressBar,
    stages: &'static [(&'static str, u64)],
}

/// The stages of an import with their shares of the bar.
const IMPORT: &[(&str, u64)] = &[("reading", 400), ("sorting", 100), ("writing", 500)];
/// The only stage where nothing is written.
const EXPLAIN: &[(&str, u64)] = &[("reading", 1000)];

impl ImportBar {
    fn new(ui: &Ui, stages: &'static [(&'static str, u64)]) -> ImportBar {
        let bar = ui.bar("reading");
        bar.set_length(stages.iter().map(|(_, share)| share).sum());
        ImportBar { bar, stages }
    }

    fn show(&self, stage: &'static str, done: u64, all: u64) {
        let before = self.stages.iter().take_while(|(name, _)| *name != stage);
        let before: u64 = before.map(|(_, share)| share).sum();
        let share = self
            .stages
            .iter()
            .find(|(name, _)| *name == stage)
            .map_or(0, |(_, share)| *share);
        let done = if all == 0 {
            share
        } else {
            (u128::from(share) * u128::from(done) / u128::from(all)) as u64
        };
        self.bar.set_message(stage);
        // Threads report out of turn.
        self.bar.set_position(self.bar.position().max(before + done));
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn fates(name: &str, rows: impl IntoIterator<Item = (String, Fate<u64>)>) -> Table {
    let rows: Vec<_> = rows.into_iter().collect();
    let counts = |of: fn(&Fate<u64>) -> u64| rows.iter().map(move |(_, fate)| of(fate) as i64).collect::<Vec<_>>();
    Table::new(name)
        .text("table", rows.iter().map(|(table, _)| table.clone()))
        .int("read", counts(|fate| fate.read))
        .int("kept", counts(|fate| fate.kept))
        .int("merged", counts(|fate| fate.merged))
        .int("quarantined", counts(|fate| fate.quarantined))
}

/// Money as the files had it, then as the ledger took it.
fn money_table(read: &MoneyFate, by_table: &std::collections::BTreeMap<String, MoneyFate>) -> Table {
    let files = read
        .iter()
        .map(|(currency, fate)| ("documents read, signed".to_owned(), *currency, *fate));
    let tables = by_table.iter().flat_map(|(table, fates)| {
        fates
            .iter()
            .map(move |(currency, fate)| (table.clone(), *currency, *fate))
    });
    let rows: Vec<_> = files.chain(tables).collect();
    Table::new("money")
        .text("table", rows.iter().map(|(table, ..)| table.clone()))
        .text("currency", rows.iter().map(|(_, currency, _)| currency.to_string()))
        .money("read", rows.iter().map(|(.., fate)| fate.read))
        .money("kept", rows.iter().map(|(.., fate)| fate.kept))
        .money("merged", rows.iter().map(|(.., fate)| fate.merged))
        .money("quarantined", rows.iter().map(|(.., fate)| fate.quarantined))
}
