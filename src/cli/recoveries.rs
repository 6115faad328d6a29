//! `arrears recoveries`: what came back after write-offs, and from the insurer.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::recoveries::recoveries;
use crate::metrics::segments;

/// Arguments of `arrears recoveries`.
#[derive(Debug, Args)]
pub(super) struct RecoveriesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Print what came back by months since the write-off instead.
    #[arg(long)]
    ages: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &RecoveriesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let params = &config.recoveries;
    let recoveries = ui.unpack(recoveries(
        &ledger,
        as_of,
        from,
        to,
        &groups,
        args.ledger.known_on,
        params,
    )?);
    let question = format!("recoveries {from} {to} {:?} {params:?} {}", args.by.by, args.ages);
    let table = if args.ages {
        recoveries.age_table()
    } else {
        recoveries.table()
    };
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
