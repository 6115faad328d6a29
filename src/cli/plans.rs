//! `arrears plans`: instalments paid in time, plans that broke again, settlements collected.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::plans::{PlansParams, plans};

/// Arguments of `arrears plans`.
#[derive(Debug, Args)]
pub(super) struct PlansArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Days after the due day on which an instalment is still on time; by default as configured for promises.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i32).range(0..=365))]
    tolerance: Option<i32>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &PlansArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let params = PlansParams {
        tolerance_days: args.tolerance.unwrap_or(config.promises.tolerance_days),
        ..PlansParams::default()
    };
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let by = &args.by.by;
    let plans = ui.unpack(plans(&ledger, as_of, from, to, by, args.ledger.known_on, &params)?);
    let question = format!("plans {from} {to} {by:?} {params:?}");
    answer(&question, plans.table(), (&ledger, as_of), output, config, ui)
}
