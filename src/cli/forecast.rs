//! `arrears forecast`: cash by week, and what will not come.

use clap::Args;

use super::answer::{Made, answer_made};
use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::forecast::forecast;
use crate::ledger::Ledger;

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
    let (ledger, as_of) = args.ledger.open(ui)?;
    let made = made(args, &ledger, as_of, config, ui)?;
    answer_made(made, (&ledger, as_of), output, config, ui)
}

/// Makes the forecast of a ledger.
pub(super) fn made(
    args: &ForecastArgs,
    ledger: &Ledger,
    as_of: AsOf,
    config: &Config,
    ui: &mut Ui,
) -> anyhow::Result<Made> {
    let mut params = config.forecast.clone();
    params.horizon_weeks = args.weeks.unwrap_or(params.horizon_weeks);
    let spinner = ui.spinner("simulating");
    let forecast = forecast(ledger, as_of, &params);
    spinner.finish_and_clear();
    let forecast = ui.unpack(forecast?);
    let table = if args.items {
        forecast.items_table(ledger)
    } else {
        forecast.table()
    };
    let question = format!("forecast {} {params:?}", args.items);
    Ok(Made {
        question,
        table,
        model: None,
        closing: None,
    })
}
