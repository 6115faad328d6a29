//! `arrears flow`: how the balance went from opening to closing, month by month.

use clap::Args;

use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::certificate::Tied;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::metrics::certificate::certificate;
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
    /// Print the tie-out certificate of the last day instead: flow, ageing, ledger and general ledger by currency and entity.
    #[arg(long)]
    certificate: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &FlowArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let known_on = args.ledger.known_on;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let flow = ui.unpack(flow(&ledger, from, to, &groups, known_on, &FlowParams::default())?);
    let closing_day = AsOf(to.last());
    let certificate = certificate(&ledger, closing_day, known_on, &config.aging)?;
    let tied = Tied::new(certificate, &ledger, closing_day).with_flow(&flow);
    let question = format!("flow {from} {to} {:?}", args.by.by);
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    if args.certificate {
        return tied.write(output, &stamp, ui);
    }
    output.write(&stamp.on(tied.on(flow.table())))?;
    Ok(tied.say(ui))
}
