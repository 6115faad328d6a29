//! `arrears roll-rates`: where what stood in one state stood a month later.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::input_file::InputFile;
use super::{Exit, Stamp, Ui};
use crate::config::Config;
use crate::metrics::roll_rates::histories::StateHistories;
use crate::metrics::roll_rates::{RollInterval, RollPeriods, RollUnit, roll_rates};
use crate::metrics::segments;

/// Arguments of `arrears roll-rates`.
#[derive(Debug, Args)]
pub(super) struct RollRatesArgs {
    #[command(flatten)]
    ledger: Option<LedgerArgs>,
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
    /// Print the shares that moved forward, stayed, were cured or left, instead of the matrices.
    #[arg(long)]
    shares: bool,
    /// Interval around the count rates: each by itself (Wilson), or all of a row together (Goodman).
    #[arg(long, value_enum, default_value_t = Interval::Wilson)]
    interval: Interval,
    /// Count the moves in a CSV file of state histories (columns id, period, state) instead of a ledger.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ledger", "as_of", "from", "to", "by", "level", "each_month", "shares", "interval"])]
    from_states: Option<PathBuf>,
    /// States of the histories from best to worst; by default sorted.
    #[arg(long, value_name = "STATE,…", value_delimiter = ',', requires = "from_states")]
    states: Option<Vec<String>>,
    /// Also the rates over so many periods, as observed and as chained from single steps.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=120), requires = "from_states")]
    steps: Option<u16>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Interval around the count rates.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Interval {
    Wilson,
    Goodman,
}

/// What the count matrix counts.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Item,
    Customer,
}

pub(super) fn run(args: &RollRatesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    if let Some(path) = &args.from_states {
        return of_histories(path, args, config, ui);
    }
    let Some(of_ledger) = &args.ledger else {
        bail!("name a ledger (--ledger DIR) or a file of state histories (--from-states FILE)");
    };
    let output = args.output.prepare()?;
    let mut params = config.roll_rates.clone();
    params.unit = match args.level {
        Level::Item => RollUnit::Item,
        Level::Customer => RollUnit::Customer,
    };
    params.interval = match args.interval {
        Interval::Wilson => RollInterval::Wilson,
        Interval::Goodman => RollInterval::Goodman,
    };
    if args.each_month {
        params.periods = RollPeriods::EachMonth;
    }
    let (ledger, as_of) = of_ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let rates = ui.unpack(roll_rates(&ledger, from, to, &groups, of_ledger.known_on, &params)?);
    let question = format!("roll-rates {from} {to} {:?} {params:?}", args.by.by);
    let (question, table) = if args.shares {
        (format!("{question} shares"), rates.shares_table())
    } else {
        (question, rates.table())
    };
    output.write(&Stamp::new(&question, &ledger, as_of, config).on(table))?;
    Ok(Exit::Fine)
}

fn of_histories(path: &Path, args: &RollRatesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let file = InputFile::read(path)?;
    let histories = StateHistories::from_csv(file.content(), args.states.as_deref())
        .with_context(|| format!("cannot use {}", path.display()))?;
    ui.caveats(&histories.caveats());
    let question = format!("roll-rates states {:?} {:?}", args.states, args.steps);
    let mut tables = vec![histories.table(config.roll_rates.confidence)];
    tables.extend(args.steps.map(|n_steps| histories.steps_table(usize::from(n_steps))));
    let tables = tables.into_iter().map(|table| file.stamp(table, &question, config));
    output.write_all(&tables.collect::<Vec<_>>().iter().collect::<Vec<_>>())?;
    Ok(Exit::Fine)
}
