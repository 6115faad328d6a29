//! `arrears flow`: how the balance went from opening to closing, month by month.

use clap::Args;

use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::config::Config;
use crate::metrics::flow::{FlowParams, flow};
use crate::metrics::segments;

/// Arguments of `arrears flow`.
#[derive(Debug, Args)]
pub(super) struct FlowArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &FlowArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let flow = ui.unpack(flow(&ledger, from, to, &groups, None, &FlowParams::default())?);
    let question = format!("flow {from} {to} {:?}", args.by.by);
    output.write(&Stamp::new(&question, &ledger, as_of, config).on(flow.table()))?;
    Ok(Exit::Fine)
}
