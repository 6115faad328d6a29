//! `arrears flow`: how the balance went from opening to closing, month by month.

use clap::Args;

use super::args::{BaseArgs, ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::certificate::Tied;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::metrics::certificate::certificate;
use crate::metrics::flow::in_base::flow_in_base;
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
    base: BaseArgs,
    /// Print the tie-out certificate of the last day instead: flow, ageing, ledger and general ledger by currency and entity.
    #[arg(long)]
    certificate: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &FlowArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_for(args.base.base.is_some())?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let known_on = args.ledger.known_on;
    let rates = args.base.rates(&ledger)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let flow = ui.unpack(flow(&ledger, from, to, &groups, known_on, &FlowParams::default())?);
    let closing_day = AsOf(to.last());
    let certificate = certificate(&ledger, closing_day, known_on, &config.aging)?;
    let tied = Tied::new(certificate, &ledger, closing_day).with_flow(&flow);
    let mut question = format!("flow {from} {to} {:?}", args.by.by);
    if let Some(base) = args.base.base {
        question.push_str(&format!(" base {base}"));
    }
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    if args.certificate {
        return tied.write(output, &stamp, ui);
    }
    let mut tables = vec![stamp.on(tied.on(flow.table()))];
    if let Some(rates) = &rates {
        let in_base = ui.unpack(flow_in_base(&ledger, from, to, &groups, known_on, rates)?);
        tables.push(stamp.on(in_base.table()));
    }
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    Ok(tied.say(ui))
}
