//! `arrears collectors`: what each collector's book brought, against like claims of everybody else.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::metrics::collectors::{CollectorsParams, collectors};
use crate::metrics::segments;

/// Arguments of `arrears collectors`.
#[derive(Debug, Args)]
pub(super) struct CollectorsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &CollectorsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let params = CollectorsParams {
        upper_edges: config.aging.upper_edges.clone(),
        tolerance_days: config.promises.tolerance_days,
        ..CollectorsParams::default()
    };
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, AsOf(to.last()), &args.by.by)?);
    let found = ui.unpack(collectors(&ledger, from, to, &groups, args.ledger.known_on, &params)?);
    let question = format!("collectors {from} {to} {:?} {params:?}", args.by.by);
    answer(&question, found.table(), (&ledger, as_of), output, config, ui)
}
