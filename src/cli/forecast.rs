//! `arrears forecast`: cash by week, and what will not come.

use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::forecast::forecast;

/// Arguments of `arrears forecast`.
#[derive(Debug, Args)]
pub(super) struct ForecastArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Weeks to forecast.
    #[arg(long, value_name = "N")]
    weeks: Option<usize>,
    /// Print when each open item is expected instead of the weeks.
    #[arg(long)]
    items: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &ForecastArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.forecast.clone();
    params.horizon_weeks = args.weeks.unwrap_or(params.horizon_weeks);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let spinner = ui.spinner("simulating");
    let forecast = forecast(&ledger, as_of, &params);
    spinner.finish_and_clear();
    let forecast = ui.unpack(forecast?);
    let table = if args.items {
        forecast.items_table(&ledger)
    } else {
        forecast.table()
    };
    let question = format!("forecast {} {params:?}", args.items);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
