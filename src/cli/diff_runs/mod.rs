//! `arrears diff runs`: what moved between two runs of a verb, and because of what.

mod attribute;
mod differences;
mod repeat;
mod saved;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use self::attribute::{Attribution, attribute};
use self::saved::SavedRun;
use super::args::OutputArgs;
use super::{Exit, Ui};
use crate::decide::{Move, MoveCause};
use crate::ledger::Ledger;
use crate::table::Table;

/// Arguments of `arrears diff runs`.
#[derive(Debug, Args)]
pub(super) struct RunsArgs {
    /// The earlier run: what `worklist`, `holds`, `score` or `forecast` wrote as json, parquet, or csv with its manifest; or a folder of several.
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The later run of the same verb, or a folder of several.
    #[arg(value_name = "B")]
    after: PathBuf,
    /// Folder of the ledger the runs were made from, to make the states between them; needed where more than one thing differs.
    #[arg(long, value_name = "DIR")]
    ledger: Option<PathBuf>,
    /// Folder of the models that the runs name.
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &RunsArgs, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_several()?;
    let mut before = SavedRun::read_all(&args.before)?;
    let after = SavedRun::read_all(&args.after)?;
    let mut pairs = Vec::new();
    for (name, later) in after {
        match before.remove(name) {
            Some(earlier) => pairs.push((name, earlier, later)),
            None => ui.say(&format!("{} has no `{name}`; left out", args.before.display())),
        }
    }
    for name in before.keys() {
        ui.say(&format!("{} has no `{name}`; left out", args.after.display()));
    }
    if pairs.is_empty() {
        bail!(
            "{} and {} have no table in common; compare runs of one verb",
            args.before.display(),
            args.after.display()
        );
    }
    for (_, earlier, later) in &pairs {
        if later.as_of < earlier.as_of {
            bail!(
                "{} is as of {}, {} as of {}; give the earlier run first",
                earlier.path.display(),
                earlier.as_of,
                later.path.display(),
                later.as_of
            );
        }
    }
    let ledger = args.ledger.as_deref().map(Ledger::open).transpose()?;
    let is_one = pairs.len() == 1;
    let mut tables = Vec::new();
    for (name, earlier, later) in &pairs {
        let spinner = ui.spinner("repeating the runs");
        let found = attribute((earlier, later), ledger.as_ref(), &args.models);
        spinner.finish_and_clear();
        let found = found?;
        let n_moved = found.moved.n_rows();
        ui.say(&match n_moved {
            0 => format!("{name}: the two runs are the same, row by row"),
            n => format!("{name}: {n} rows moved"),
        });
        if let Some(missing) = &found.missing {
            ui.say(&format!("not attributable: {missing}"));
        }
        let named = |table: Table, own: &str| match is_one {
            true => table,
            false => table.named(&format!("{own}_{name}")),
        };
        tables.push(named(found.differences.table(), "differs").note("runs", both(earlier, later)));
        tables.push(named(
            found.moved.totals_table().note("causes", found.steps()),
            "totals",
        ));
        let moved = found.moved.table(|made| found.because(made));
        tables.push(named(moved.note("verb", found.verb()), "moved"));
    }
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    Ok(Exit::Fine)
}

fn both(before: &SavedRun, after: &SavedRun) -> String {
    let run = |run: &SavedRun| {
        let id = run.note("run").unwrap_or("unknown");
        format!("{id} as of {}", run.as_of)
    };
    format!("{} -> {}", run(before), run(after))
}

impl Attribution<'_> {
    /// Says how the causes were told apart.
    fn steps(&self) -> String {
        let causes = self.moved.causes();
        match causes.as_slice() {
            [] => "none".to_owned(),
            [one] => format!("{one} alone"),
            several => {
                let names: Vec<&str> = several.iter().map(|cause| cause.as_str()).collect();
                format!("{}; each on top of those before it", names.join(", "))
            }
        }
    }

    /// Says what of a row stands behind its move.
    fn because(&self, made: &Move<'_>) -> Option<String> {
        match made.cause {
            MoveCause::NewFacts | MoveCause::Corrections => {
                let own = self
                    .customer_of(made)
                    .and_then(|id| self.evidence.in_words(id, made.cause));
                Some(own.unwrap_or_else(|| self.of_others(made.cause)))
            }
            MoveCause::Policy => Some(in_short(&self.differences.policy)),
            MoveCause::Model => self.differences.model.as_ref().map(differences::Difference::in_words),
            MoveCause::NotAttributable => self.missing.clone(),
        }
    }

    fn of_others(&self, cause: MoveCause) -> String {
        match (cause, self.n_days) {
            (MoveCause::NewFacts, 1) => "a day passed; no fact of its own is new".to_owned(),
            (MoveCause::NewFacts, days) if days > 1 => format!("{days} days passed; no fact of its own is new"),
            _ => "no fact of its own; others moved".to_owned(),
        }
    }
}

/// Settings that are named; the table `differs` has them all.
const MOST_NAMED: usize = 2;

fn in_short(differences: &[differences::Difference]) -> String {
    let named: Vec<String> = differences
        .iter()
        .take(MOST_NAMED)
        .map(|difference| difference.in_words())
        .collect();
    let more = match differences.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        n => format!("; and {n} more"),
    };
    named.join("; ") + &more
}
