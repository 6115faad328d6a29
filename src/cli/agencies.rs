//! `arrears agencies`: what agencies recovered, net of fees, against like claims that were not placed.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::agencies::agencies;
use crate::metrics::segments;

/// Arguments of `arrears agencies`.
#[derive(Debug, Args)]
pub(super) struct AgenciesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &AgenciesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let params = &config.agencies;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let found = ui.unpack(agencies(
        &ledger,
        as_of,
        from,
        to,
        &groups,
        args.ledger.known_on,
        params,
    )?);
    let question = format!("agencies {from} {to} {:?} {params:?}", args.by.by);
    answer(&question, found.table(), (&ledger, as_of), output, config, ui)
}
