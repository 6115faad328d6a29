//! `arrears backtest`: policies replayed over history.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Deserialize;

use super::answer::answer;
use super::args::{LedgerArgs, MonthsArgs, OutputArgs, base_rates};
use super::input_file::InputFile;
use super::model::EstimatorArg;
use super::{Exit, Ui};
use crate::backtest::{
    HoldReplayParams, JudgedClaims, KnownEffect, ReplayParams, provision_table, replay_effects, replay_holds,
    replay_orders, replay_provision,
};
use crate::calendar::{AsOf, Day};
use crate::config::Config;
use crate::features::Unit;
use crate::forecast::track_record;
use crate::ledger::Ledger;
use crate::money::{Amount, Currency, Total};
use crate::risk::{TrainParams, evaluate};

/// Seed of the draws of customers where nothing is learnt.
const SEED_OF_DRAWS: u64 = 1;

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
    /// Orders of the worklist by what each contact is known to change: for generated ledgers, whose truths have both outcomes.
    Contacts(ContactsArgs),
    /// The cash forecast: its bias, errors and coverage over the weeks that came, beside three baselines.
    Forecast(ForecastArgs),
    /// The allowance of past month ends, beside what was written off since.
    Provision(ProvisionArgs),
    /// The hold policy: holds it would have made, days to release, sales stopped, losses avoided and margin lost.
    Holds(HoldsArgs),
}

/// Arguments of `arrears backtest contacts`.
#[derive(Debug, Args)]
struct ContactsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    /// CSV with `customer_id`, `selected_on`, `settled_30_if_contacted` and `settled_30_if_not`, as `generate` writes it among the truths.
    #[arg(long, value_name = "FILE")]
    effects: PathBuf,
    /// Contacts that come up so many days after a month end are those to put in order on it.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=31))]
    within_days: u16,
    /// Currency to add up in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CUR", value_parser = Currency::parse)]
    base: Option<Currency>,
    /// Draws of customers behind the intervals.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    draws: usize,
    #[command(flatten)]
    output: OutputArgs,
}

/// A row of the file of effects.
#[derive(Debug, Deserialize)]
struct EffectRow {
    customer_id: String,
    selected_on: String,
    settled_30_if_contacted: String,
    settled_30_if_not: String,
}

/// Arguments of `arrears backtest forecast`.
#[derive(Debug, Args)]
struct ForecastArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    /// Weeks ahead.
    #[arg(long, value_name = "N")]
    weeks: Option<usize>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments of `arrears backtest provision`.
#[derive(Debug, Args)]
struct ProvisionArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments of `arrears backtest holds`.
#[derive(Debug, Args)]
struct HoldsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    reviews: ReviewArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// When policies are reviewed, and what counts as lost.
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    #[command(flatten)]
    months: MonthsArgs,
    /// Days from one review to the next; by default one at each month end.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=365))]
    every_days: Option<u16>,
    /// Days past due beyond which what is still open in the end may be lost.
    #[arg(long, value_name = "D", default_value_t = 90)]
    days_late: i32,
    /// Customer attribute to split by.
    #[arg(long, value_name = "ATTR")]
    by: Option<String>,
    /// Currency to add up in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    pub(super) base: Option<Currency>,
}

impl ReviewArgs {
    /// Settles the review days: from the end of the first month to the end of the last.
    pub(super) fn settle(&self, ledger: &Ledger, as_of: AsOf) -> anyhow::Result<HoldReplayParams> {
        let (from, to) = self.months.settle(as_of)?;
        let days = match self.every_days {
            None => from.through(to).map(|month| AsOf(month.last())).collect(),
            Some(n) => {
                let (first, last) = (from.last(), to.last());
                let n = i32::from(n);
                (0..=(last - first) / n)
                    .map(|step| AsOf(first + step * n))
                    .collect::<Vec<_>>()
            }
        };
        if days.len() < 2 {
            bail!(
                "found {} review days from {from} to {to}, expected two at least; name more months",
                days.len()
            );
        }
        if let Some(by) = self.by.as_deref() {
            let customers = ledger.table("customers");
            if customers.and_then(|customers| customers.column(by)).is_none() {
                let columns = customers.into_iter().flat_map(|customers| customers.columns());
                let known: Vec<String> = columns.map(|column| format!("`{}`", column.name)).collect();
                bail!(
                    "found no customer attribute `{by}`, expected one of {}",
                    known.join(", ")
                );
            }
        }
        Ok(HoldReplayParams {
            days,
            known_on: as_of,
            days_late: self.days_late,
            by: self.by.clone(),
        })
    }
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
        Policy::Contacts(args) => contacts(args, config, ui),
        Policy::Forecast(args) => forecasts(args, config, ui),
        Policy::Provision(args) => provisions(args, config, ui),
        Policy::Holds(args) => held(args, config, ui),
    }
}

fn contacts(args: &ContactsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let file = InputFile::read(&args.effects)?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let days: Vec<AsOf> = from.through(to).map(|month| AsOf(month.last())).collect();
    let (effects, n_strange) =
        effects(&ledger, &file).with_context(|| format!("cannot use {}", args.effects.display()))?;
    if n_strange > 0 {
        ui.say(&format!(
            "{n_strange} rows of {} are about customers the ledger has not",
            args.effects.display()
        ));
    }
    let rates = base_rates(&ledger, args.base)?;
    let params = ReplayParams {
        currency: None,
        collected_days: 0,
        n_draws: args.draws,
        seed: SEED_OF_DRAWS,
    };
    let near = (days.as_slice(), i32::from(args.within_days));
    let replay = replay_effects(&ledger, &effects, near, &rates, &config.worklist, params)?;
    let question = format!(
        "backtest contacts {from} {to} {near:?} {} {params:?} {:?}",
        file.hash(),
        args.base
    );
    answer(&question, replay.table(), (&ledger, as_of), output, config, ui)
}

/// Reads the effects of customers that the ledger has, and counts the rows about others.
fn effects(ledger: &Ledger, file: &InputFile) -> anyhow::Result<(Vec<KnownEffect>, usize)> {
    let (mut effects, mut n_strange) = (Vec::new(), 0);
    for (row, line) in csv::Reader::from_reader(file.content()).deserialize().zip(2..) {
        let row: EffectRow = row?;
        let read = || -> anyhow::Result<Option<KnownEffect>> {
            let Some(customer) = ledger.find_customer(&row.customer_id) else {
                return Ok(None);
            };
            let with = Total::from(Amount::parse(&row.settled_30_if_contacted)?);
            let without = Total::from(Amount::parse(&row.settled_30_if_not)?);
            Ok(Some(KnownEffect {
                customer,
                on: Day::parse(&row.selected_on)?,
                effect: with - without,
            }))
        };
        match read().with_context(|| format!("line {line}"))? {
            Some(effect) => effects.push(effect),
            None => n_strange += 1,
        }
    }
    Ok((effects, n_strange))
}

fn forecasts(args: &ForecastArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.forecast.clone();
    params.horizon_weeks = args.weeks.unwrap_or(params.horizon_weeks);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let days: Vec<AsOf> = from.through(to).map(|month| AsOf(month.last())).collect();
    let spinner = ui.spinner("forecasting from each month end");
    let record = track_record(&ledger, &days, &params);
    spinner.finish_and_clear();
    let table = ui.unpack(record?).table();
    let question = format!("backtest forecast {from} {to} {params:?}");
    answer(&question, table, (&ledger, as_of), output, config, ui)
}

fn provisions(args: &ProvisionArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let days: Vec<AsOf> = from.through(to).map(|month| AsOf(month.last())).collect();
    let spinner = ui.spinner("providing on each month end");
    let judged = replay_provision(&ledger, &days, as_of, &config.provision);
    spinner.finish_and_clear();
    let question = format!("backtest provision {from} {to} {:?}", config.provision);
    answer(
        &question,
        provision_table(&judged?, as_of),
        (&ledger, as_of),
        output,
        config,
        ui,
    )
}

fn held(args: &HoldsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let params = args.reviews.settle(&ledger, as_of)?;
    let rates = base_rates(&ledger, args.reviews.base)?;
    let spinner = ui.spinner("reviewing each day");
    let replay = replay_holds(&ledger, &rates, &config.holds, &params);
    spinner.finish_and_clear();
    let replay = ui.unpack(replay?);
    let question = format!("backtest holds {params:?} {:?}", args.reviews.base);
    let table = replay.table().note("policy", &config.policy);
    answer(&question, table, (&ledger, as_of), output, config, ui)
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
