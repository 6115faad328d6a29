//! `arrears promises`: how many and how much of the promises to pay were kept.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::promises::promises;

/// Arguments of `arrears promises`.
#[derive(Debug, Args)]
pub(super) struct PromisesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Days after the promised day on which money still keeps the promise; by default as configured.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i32).range(0..=365))]
    tolerance: Option<i32>,
    /// Print the promised invoices by level instead: how many promises on each were not kept.
    #[arg(long)]
    levels: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &PromisesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.promises.clone();
    params.tolerance_days = args.tolerance.unwrap_or(params.tolerance_days);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let by = &args.by.by;
    let promises = ui.unpack(promises(&ledger, as_of, from, to, by, args.ledger.known_on, &params)?);
    let question = format!("promises {from} {to} {by:?} {params:?} {}", args.levels);
    let table = if args.levels {
        promises.level_table()
    } else {
        promises.table()
    };
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
