//! `arrears roll-rates`: where what stood in one state stood a month later.

use clap::{Args, ValueEnum};

use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::config::Config;
use crate::metrics::roll_rates::{RollPeriods, RollUnit, roll_rates};
use crate::metrics::segments;

/// Arguments of `arrears roll-rates`.
#[derive(Debug, Args)]
pub(super) struct RollRatesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// What the count matrix counts.
    #[arg(long, value_enum, default_value_t = Level::Item)]
    level: Level,
    /// One matrix for each month instead of one over all.
    #[arg(long)]
    each_month: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What the count matrix counts.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Item,
    Customer,
}

pub(super) fn run(args: &RollRatesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.roll_rates.clone();
    params.unit = match args.level {
        Level::Item => RollUnit::Item,
        Level::Customer => RollUnit::Customer,
    };
    if args.each_month {
        params.periods = RollPeriods::EachMonth;
    }
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let rates = ui.unpack(roll_rates(&ledger, from, to, &groups, args.ledger.known_on, &params)?);
    let question = format!("roll-rates {from} {to} {:?} {params:?}", args.by.by);
    output.write(&Stamp::new(&question, &ledger, as_of, config).on(rates.table()))?;
    Ok(Exit::Fine)
}
