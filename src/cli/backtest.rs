//! `arrears backtest`: policies replayed over history.

use anyhow::bail;
use clap::{Args, Subcommand};

use super::answer::answer;
use super::args::{LedgerArgs, MonthsArgs, OutputArgs, base_rates};
use super::model::EstimatorArg;
use super::{Exit, Ui};
use crate::backtest::{JudgedClaims, ReplayParams, replay_orders};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::Unit;
use crate::money::Currency;
use crate::risk::{TrainParams, evaluate};

/// Arguments of `arrears backtest`.
#[derive(Debug, Args)]
pub(super) struct BacktestArgs {
    #[command(subcommand)]
    policy: Policy,
}

/// What is replayed.
#[derive(Debug, Subcommand)]
enum Policy {
    /// Orders of the worklist: how much of the money that went late stands with the customers each puts first.
    ///
    /// On each month end the probabilities are learnt anew from what was known on it.
    Worklist(OrdersArgs),
}

/// Arguments of `arrears backtest worklist`.
#[derive(Debug, Args)]
struct OrdersArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    /// Days past the due day beyond which money went late.
    #[arg(long, value_name = "D")]
    days_late: i32,
    /// Where the probabilities come from.
    #[arg(long, value_enum, default_value_t = EstimatorArg::Boosting)]
    estimator: EstimatorArg,
    /// Only claims in this currency; by default all, in the base currency.
    #[arg(long, value_name = "CUR", value_parser = Currency::parse, conflicts_with = "base")]
    currency: Option<Currency>,
    /// Currency to add up in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CUR", value_parser = Currency::parse)]
    base: Option<Currency>,
    /// Days after a month end in which cash counts as collected.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=365))]
    collected_days: u16,
    /// Draws of customers behind the intervals.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    draws: usize,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &BacktestArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    match &args.policy {
        Policy::Worklist(args) => orders(args, config, ui),
    }
}

fn orders(args: &OrdersArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let params = TrainParams {
        n_draws: args.draws,
        estimator: args.estimator.choice(),
        ..config
            .train
            .params("backtest", config.train.label(Unit::Invoice, args.days_late))
    }
    .check()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let days: Vec<AsOf> = from.through(to).map(|month| AsOf(month.last())).collect();
    if let Some(currency) = args.currency.filter(|currency| !ledger.currencies().contains(currency)) {
        let known: Vec<String> = ledger.currencies().iter().map(ToString::to_string).collect();
        bail!("found no money in {currency}, the ledger has {}", known.join(", "));
    }
    let rates = base_rates(&ledger, args.base)?;
    let spinner = ui.spinner("learning on each month end");
    let evaluation = evaluate(&ledger, as_of, &days, &params);
    spinner.finish_and_clear();
    let evaluation = ui.unpack(evaluation?);
    let replay = replay_orders(
        &ledger,
        &JudgedClaims::of(&evaluation),
        &rates,
        &config.worklist,
        ReplayParams {
            currency: args.currency,
            collected_days: args.collected_days.into(),
            n_draws: args.draws,
            seed: params.seed,
        },
    );
    let replay = ui.unpack(replay?);
    let question = format!(
        "backtest worklist {from} {to} {:?} {:?} {params:?}",
        args.currency, args.base
    );
    answer(&question, replay.table(), (&ledger, as_of), output, config, ui)
}
