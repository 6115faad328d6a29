//! `arrears recovery`: how much of the money in each ageing bucket was collected within so many days.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::recovery::recovery;
use crate::metrics::segments;

/// Arguments of `arrears recovery`.
#[derive(Debug, Args)]
pub(super) struct RecoveryArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Days after a month's opening within which cash counts; by default as configured.
    #[arg(long, value_name = "DAYS,…", value_delimiter = ',')]
    horizons: Vec<i32>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &RecoveryArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.recovery.clone();
    if !args.horizons.is_empty() {
        params.horizons = args.horizons.clone();
    }
    params.check_horizons()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let recovery = recovery(&ledger, as_of, from, to, &groups, args.ledger.known_on, &params)?;
    let question = format!("recovery {from} {to} {:?} {params:?}", args.by.by);
    answer(
        &question,
        ui.unpack(recovery).table(),
        (&ledger, as_of),
        output,
        config,
        ui,
    )
}
