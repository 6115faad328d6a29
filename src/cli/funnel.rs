//! `arrears funnel`: from attempts to reach customers to promises kept.

use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::funnel::funnel;

/// Arguments of `arrears funnel`.
#[derive(Debug, Args)]
pub(super) struct FunnelArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    /// One funnel per value: a column of the contacts table such as `channel` or `collector`, `weekday`, `month` or `hour`.
    #[arg(long, value_name = "ATTR,…", value_delimiter = ',')]
    by: Vec<String>,
    /// Print the money promised, and what of it came in time, by currency instead.
    #[arg(long)]
    money: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &FunnelArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let params = &config.funnel;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let found = ui.unpack(funnel(
        &ledger,
        as_of,
        from,
        to,
        &args.by,
        args.ledger.known_on,
        params,
    )?);
    let table = if args.money {
        found.money_table()?
    } else {
        found.table()
    };
    let question = format!("funnel {from} {to} {:?} {params:?} {}", args.by, args.money);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
