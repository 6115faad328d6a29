//! `arrears roll-rates`: where what stood in one state stood a month later.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::input_file::InputFile;
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::roll_rates::histories::StateHistories;
use crate::metrics::roll_rates::matrix_file::MatrixFile;
use crate::metrics::roll_rates::steps::roll_steps;
use crate::metrics::roll_rates::{RollDueDates, RollInterval, RollPeriods, RollRatesParams, RollUnit, roll_rates};
use crate::metrics::segments;
use crate::money::{Amount, Total};

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
    /// What a claim must exceed to decide the state of its customer; smaller ones are counted and left out.
    #[arg(long, value_name = "AMOUNT", value_parser = Amount::parse)]
    materiality: Option<Amount>,
    /// One matrix for each month instead of one over all.
    #[arg(long)]
    each_month: bool,
    /// One matrix for each month, averaged over the N months that end with it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=120), conflicts_with = "each_month")]
    window: Option<u16>,
    /// Print the shares that moved forward, stayed, were cured or left, instead of the matrices.
    #[arg(long)]
    shares: bool,
    /// Print the balance of each bucket over the balance of the bucket before it a month earlier, instead of the matrices.
    #[arg(long, conflicts_with_all = ["shares", "level", "materiality", "interval"])]
    net_flow: bool,
    /// Interval around the count rates: each by itself (Wilson), or all of a row together (Goodman).
    #[arg(long, value_enum, default_value_t = Interval::Wilson)]
    interval: Interval,
    /// Draws of whole customers behind the intervals of money; 0 for none.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100_000))]
    draws: Option<u32>,
    /// Which due day a claim is judged by at a month end: the one in force then, or the last one.
    #[arg(long, value_enum, default_value_t = DueDates::InForce)]
    due_dates: DueDates,
    /// Count the moves in a CSV file of state histories (columns id, period, state) instead of a ledger.
    #[arg(long, value_name = "FILE", conflicts_with_all = OF_A_LEDGER)]
    from_states: Option<PathBuf>,
    /// States of the histories from best to worst; by default sorted.
    #[arg(long, value_name = "STATE,…", value_delimiter = ',', requires = "from_states")]
    states: Option<Vec<String>>,
    /// Check a matrix of rates in a CSV file (a header of states, one row each) and chain it, instead of a ledger.
    #[arg(long, value_name = "FILE", conflicts_with_all = OF_A_LEDGER, conflicts_with = "from_states")]
    from_matrix: Option<PathBuf>,
    /// Divide the rows of the matrix by their sums.
    #[arg(long, requires = "from_matrix")]
    rescale: bool,
    /// The rates over so many months (or periods, or steps), as observed and as chained from single ones.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(2..=120))]
    #[arg(conflicts_with_all = ["shares", "net_flow", "level", "materiality", "each_month", "window", "interval"])]
    steps: Option<u16>,
    /// Of the rates over several months, those to write-off alone.
    #[arg(long, requires = "steps")]
    write_off: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments that only a ledger has.
const OF_A_LEDGER: [&str; 16] = [
    "ledger",
    "as_of",
    "known_on",
    "from",
    "to",
    "by",
    "level",
    "materiality",
    "each_month",
    "window",
    "shares",
    "net_flow",
    "interval",
    "draws",
    "due_dates",
    "write_off",
];

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

/// Which due day a claim is judged by.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum DueDates {
    InForce,
    Latest,
}

impl RollRatesArgs {
    fn params(&self, config: &Config) -> anyhow::Result<RollRatesParams> {
        let mut params = config.roll_rates.clone();
        params.unit = match self.level {
            Level::Item => RollUnit::Item,
            Level::Customer => RollUnit::Customer,
        };
        params.interval = match self.interval {
            Interval::Wilson => RollInterval::Wilson,
            Interval::Goodman => RollInterval::Goodman,
        };
        params.due_dates = match self.due_dates {
            DueDates::InForce => RollDueDates::InForce,
            DueDates::Latest => RollDueDates::Latest,
        };
        params.periods = match (self.each_month, self.window) {
            (true, _) => RollPeriods::EachMonth,
            (false, Some(n_months)) => RollPeriods::Windows(n_months),
            (false, None) => RollPeriods::Together,
        };
        params.n_draws = self.draws.unwrap_or(params.n_draws);
        if let Some(materiality) = self.materiality.map(Total::from) {
            if params.unit == RollUnit::Item {
                bail!("--materiality decides the state of customers; give it with --level customer");
            }
            if materiality < Total::ZERO {
                bail!("--materiality: found {materiality}, expected at least 0");
            }
            params.materiality = materiality;
        }
        Ok(params)
    }
}

pub(super) fn run(args: &RollRatesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    if let Some(path) = &args.from_states {
        return of_histories(path, args, config, ui);
    }
    if let Some(path) = &args.from_matrix {
        return of_matrix(path, args, config, ui);
    }
    let Some(of_ledger) = &args.ledger else {
        bail!(
            "name a ledger (--ledger DIR), a file of state histories (--from-states FILE) or a matrix of rates (--from-matrix FILE)"
        );
    };
    let output = args.output.prepare()?;
    let params = args.params(config)?;
    let (ledger, as_of) = of_ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let question = format!("roll-rates {from} {to} {:?} {params:?}", args.by.by);
    let known_on = of_ledger.known_on;
    let (question, table) = if let Some(n_steps) = args.steps {
        let steps = roll_steps(&ledger, from, to, &groups, known_on, usize::from(n_steps), &params)?;
        let steps = ui.unpack(steps);
        if args.write_off {
            (
                format!("{question} {n_steps} steps to write-off"),
                steps.write_off_table(),
            )
        } else {
            (format!("{question} {n_steps} steps"), steps.table())
        }
    } else {
        let rates = ui.unpack(roll_rates(&ledger, from, to, &groups, known_on, &params)?);
        if args.shares {
            (format!("{question} shares"), rates.shares_table())
        } else if args.net_flow {
            (format!("{question} net flow"), rates.net_flow_table())
        } else {
            (question, rates.table())
        }
    };
    answer(&question, table, (&ledger, as_of), output, config, ui)
}

fn of_histories(path: &Path, args: &RollRatesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let file = InputFile::read(path)?;
    let histories = StateHistories::from_csv(file.content(), args.states.as_deref())
        .with_context(|| format!("cannot use {}", path.display()))?;
    ui.caveats(&histories.caveats());
    let question = format!("roll-rates states {:?} {:?}", args.states, args.steps);
    let confidence = config.roll_rates.confidence;
    let mut tables = vec![histories.table(confidence)];
    let n_steps = args.steps.map(usize::from);
    tables.extend(n_steps.map(|n_steps| histories.steps_table(n_steps, confidence)));
    let tables = tables.into_iter().map(|table| file.stamp(table, &question, config));
    output.write_all(&tables.collect::<Vec<_>>().iter().collect::<Vec<_>>())?;
    Ok(Exit::Fine)
}

fn of_matrix(path: &Path, args: &RollRatesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_several()?;
    let file = InputFile::read(path)?;
    let matrix = MatrixFile::from_csv(file.content()).with_context(|| format!("cannot use {}", path.display()))?;
    let matrix = if args.rescale { matrix.rescaled() } else { matrix };
    ui.caveats(&matrix.caveats());
    let question = format!("roll-rates matrix {:?} {}", args.steps, args.rescale);
    let n_steps = args.steps.map_or(1, usize::from);
    let tables = [matrix.states_table(), matrix.steps_table(n_steps)].map(|table| file.stamp(table, &question, config));
    output.write_all(&tables.each_ref())?;
    Ok(if matrix.is_sound() { Exit::Fine } else { Exit::Findings })
}
