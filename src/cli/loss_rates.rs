//! `arrears loss-rates`: how much of the money in each ageing bucket is written off in the end.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::loss_rates::{LossRatesParams, loss_rates};
use crate::metrics::segments;

/// Arguments of `arrears loss-rates`.
#[derive(Debug, Args)]
pub(super) struct LossRatesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &LossRatesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let params = LossRatesParams {
        upper_edges: config.aging.upper_edges.clone(),
        ..LossRatesParams::default()
    };
    let rates = ui.unpack(loss_rates(&ledger, from, to, &groups, args.ledger.known_on, &params)?);
    let question = format!("loss-rates {from} {to} {:?} {params:?}", args.by.by);
    answer(&question, rates.table(), (&ledger, as_of), output, config, ui)
}
