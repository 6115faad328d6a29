//! `arrears dso`: how many days of sales the receivables are worth.

use clap::Args;

use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::config::Config;
use crate::metrics::dso::dso;
use crate::metrics::segments;

/// Arguments of `arrears dso`.
#[derive(Debug, Args)]
pub(super) struct DsoArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Months of credit sales behind the simple method.
    #[arg(long, value_name = "MONTHS")]
    window: Option<u32>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &DsoArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.dso.clone();
    params.window_months = args.window.unwrap_or(params.window_months);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let dso = ui.unpack(dso(&ledger, from, to, &groups, args.ledger.known_on, &params)?);
    let question = format!("dso {from} {to} {:?} {params:?}", args.by.by);
    output.write(&Stamp::new(&question, &ledger, as_of, config).on(dso.table()))?;
    Ok(Exit::Fine)
}
