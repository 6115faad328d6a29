//! `arrears diff`: what changed between two states of knowledge, or between two runs.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::args::OutputArgs;
use super::diff_runs::{self, RunsArgs};
use super::{Exit, Ui};
use crate::calendar::{AsOf, Day};
use crate::ledger::{Ledger, facts_difference};

/// Arguments of `arrears diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Documents and receipt lines that appeared or changed, each with its effect on the balance.
    Facts(FactsArgs),
    /// What moved between two runs of `worklist`, `holds`, `score` or `forecast`, and because of what: new facts, corrections, policy or model.
    ///
    /// The states between the runs are made one after the other, so that the causes sum to the whole.
    Runs(RunsArgs),
}

/// Arguments of `arrears diff facts`.
#[derive(Debug, Args)]
struct FactsArgs {
    /// Folder of the ledger.
    #[arg(long, value_name = "DIR")]
    ledger: PathBuf,
    /// Day whose balance is compared.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    as_of: Day,
    /// Day of the earlier state of knowledge.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    known_on: Day,
    /// Day of the later state of knowledge; by default everything, as corrected since.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    and: Option<Day>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &DiffArgs, ui: &mut Ui) -> anyhow::Result<Exit> {
    match &args.what {
        What::Facts(args) => facts(args, ui),
        What::Runs(args) => diff_runs::run(args, ui),
    }
}

fn facts(args: &FactsArgs, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    if let Some(and) = args.and.filter(|and| *and < args.known_on) {
        bail!(
            "--and {and} is before --known-on {}; give the earlier day first",
            args.known_on
        );
    }
    let spinner = ui.spinner("reading the ledger");
    let ledger = Ledger::open(&args.ledger)?;
    let before = ledger.as_known_on(args.known_on);
    let after = match args.and {
        Some(and) => ledger.as_known_on(and),
        None => ledger,
    };
    spinner.finish_and_clear();
    let difference = facts_difference(AsOf(args.as_of), &before, &after);
    let tables = [difference.balance_table(), difference.table()];
    output.write_all(&[&tables[0].clone().note("ledger", after.hash()), &tables[1]])?;
    ui.say(&format!("{} facts changed", difference.facts().len()));
    Ok(Exit::Fine)
}
