//! The command line: one verb per question, one file per verb.
//!
//! Results go to stdout or `--output`, talk goes to stderr. Exit code 0: fine; 1: findings above the limit; 2: error.

mod accounts;
mod again;
mod agencies;
mod aging;
mod answer;
mod args;
mod backtest;
mod certificate;
mod check;
mod clock;
mod cohorts;
mod collectors;
mod concentration;
mod demo;
mod diff;
mod disputes;
mod dso;
mod evaluate;
mod explain;
mod explain_metric;
mod features;
mod flow;
mod forecast;
mod funnel;
mod generate;
mod history;
mod holds;
mod import;
mod input_file;
mod loss_rates;
mod memory;
mod model;
mod models;
mod monitor;
mod panel;
mod plans;
mod policy;
mod promises;
mod provision;
mod recoveries;
mod recovery;
mod report;
mod roll_rates;
mod root_causes;
mod score;
mod segments;
mod settings;
mod sla;
mod stamp;
mod train;
mod ui;
mod uplift;
mod worklist;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::ledger;

use self::stamp::Stamp;
pub use self::ui::Ui;

/// Accounts receivable: ageing, roll rates, recovery, DSO, scores, worklists, holds and cash forecasts from one reproducible ledger.
#[derive(Debug, Parser)]
#[command(name = "arrears", version, propagate_version = true, max_term_width = 110)]
struct Cli {
    /// Settings that differ from the built-in ones (`arrears config` prints those).
    #[arg(long, global = true, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Say nothing on stderr but errors.
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Cores to work on; by default all. No digit of a result depends on it.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the whole job on a small made-up company, and end with a report.
    Demo(demo::DemoArgs),
    /// Read export files into a ledger.
    Import(import::ImportArgs),
    /// Reconcile a ledger to the cent and list what is wrong with its data.
    Check(check::CheckArgs),
    /// How old the money is.
    Aging(aging::AgingArgs),
    /// How the balance went from opening to closing, month by month.
    Flow(flow::FlowArgs),
    /// Where what stood in one state stood a month later.
    RollRates(roll_rates::RollRatesArgs),
    /// How much of each month's claims has come in by age.
    Cohorts(cohorts::CohortsArgs),
    /// How many days of sales the receivables are worth.
    Dso(dso::DsoArgs),
    /// Ageing, flow, roll rates, cohorts, sales and receipts and the DSO family of every month, from one pass.
    ///
    /// One file per history, with the columns of the verb of that name; the moves of money stand without intervals.
    History(history::HistoryArgs),
    /// How many and how much of the promises to pay were kept.
    ///
    /// The promises made in the months asked for; `--by` also takes `collector`, `bucket` (of the invoice when it was promised) and `month`.
    Promises(promises::PromisesArgs),
    /// How well instalments of payment plans and settlements were paid.
    ///
    /// The plans agreed in the months asked for; `--by` takes attributes of customers, and `autopay`, `settlement` and `month`.
    Plans(plans::PlansArgs),
    /// How many invoices are disputed, how long it takes, how much money waits.
    ///
    /// The disputes opened in the months asked for (with --rate, the invoices issued); `--by` also takes `reason`, `outcome` and `month`, except with --rate and --buckets.
    Disputes(disputes::DisputesArgs),
    /// How much of the money in each ageing bucket was collected within so many days.
    ///
    /// The money that stood in a bucket at the opening of each month asked for, months whose days are not over left out.
    Recovery(recovery::RecoveryArgs),
    /// What came back after write-offs, and from the insurer.
    ///
    /// The write-offs of the months asked for, and all that came back of them by the as-of day.
    Recoveries(recoveries::RecoveriesArgs),
    /// How much of the money in each ageing bucket is written off in the end.
    ///
    /// Chained from the moves of money in the months asked for.
    LossRates(loss_rates::LossRatesArgs),
    /// Each segment against the rest, and which segments hold most overdue money.
    Segments(segments::SegmentsArgs),
    /// What each collector's book brought, against like claims of everybody else.
    Collectors(collectors::CollectorsArgs),
    /// From attempts to reach customers to promises kept.
    Funnel(funnel::FunnelArgs),
    /// How soon customers are contacted and disputes answered.
    Sla(sla::SlaArgs),
    /// What agencies recovered, net of fees, against like claims that were not placed.
    Agencies(agencies::AgenciesArgs),
    /// Behind which causes the overdue money stands.
    RootCauses(root_causes::RootCausesArgs),
    /// How much of the open money stands with few customers.
    Concentration(concentration::ConcentrationArgs),
    /// What a number means: definition, formula, conventions, reasons of nulls, source.
    ExplainMetric(explain_metric::ExplainMetricArgs),
    /// What changed between two states of knowledge.
    Diff(diff::DiffArgs),
    /// What models look at: each feature's definition, unit, source, expected sign and when it is missing.
    Features(features::FeaturesArgs),
    /// The rows models are trained on: features of each open invoice or customer at each month end, and how it ended.
    Panel(panel::PanelArgs),
    /// A model from the ledger, with its validation and its card.
    Train(train::TrainArgs),
    /// Every model and baseline on months none of them had seen: how well they rank, and whether they mean what they say.
    ///
    /// On each month end everything is learnt anew from what was known on it; `--by` judges each segment by itself. With --table, the accounts of a CSV file.
    Evaluate(evaluate::EvaluateArgs),
    /// The stored models: which there are, what they say, how they compare, which one is used, and their form elsewhere.
    Models(models::ModelsArgs),
    /// Whether a model still sees the rows it was made for, and still means what it says.
    Monitor(monitor::MonitorArgs),
    /// How likely each invoice or customer is to go late, and why.
    Score(score::ScoreArgs),
    /// How one score came about: its whole arithmetic, its reasons, and the smallest change that would move its grade.
    ///
    /// What a metric means is another question: `explain-metric`.
    Explain(explain::ExplainArgs),
    /// Whom to contact first, and whom to leave alone.
    Worklist(worklist::WorklistArgs),
    /// What contacts changed: measured against uncontacted days, shrunk to the declared table.
    Uplift(uplift::UpliftArgs),
    /// What an order or a policy would have caught, replayed over past month ends.
    Backtest(backtest::BacktestArgs),
    /// To whom to stop shipping on credit, and whom to release.
    Holds(holds::HoldsArgs),
    /// Whether a policy has mistakes, and what another one would have done.
    Policy(policy::PolicyArgs),
    /// What of the open money will be written off: the allowance, rolled forward and explained.
    Provision(provision::ProvisionArgs),
    /// Cash by week, and what will not come.
    Forecast(forecast::ForecastArgs),
    /// Everything on one page that opens without a network.
    Report(report::ReportArgs),
    /// Make up a ledger of any size whose truth is known.
    Generate(generate::GenerateArgs),
    /// Print the settings, complete and commented.
    Config,
}

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to complain about.
    Fine,
    /// Findings above the configured limit, or money that does not tie out.
    Findings,
}

/// Runs the program on its arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut ui = Ui::new(cli.quiet);
    let ended = ledger::interruptible(|| run(cli, &mut ui));
    match ended.unwrap_or_else(|error| Err(error.into())) {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::Findings) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            ui.error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli, ui: &mut Ui) -> anyhow::Result<Exit> {
    if let Some(n) = cli.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n.into());
        pool.build_global().context("cannot start the threads")?;
    }
    let config = match &cli.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the configuration {}", path.display()))?;
            Config::from_toml(&text, &path.display().to_string())?
        }
        None => Config::built_in(),
    };
    match &cli.verb {
        Verb::Demo(args) => demo::run(args, ui),
        Verb::Import(args) => import::run(args, &config, ui),
        Verb::Check(args) => check::run(args, &config, ui),
        Verb::Aging(args) => aging::run(args, &config, ui),
        Verb::Flow(args) => flow::run(args, &config, ui),
        Verb::RollRates(args) => roll_rates::run(args, &config, ui),
        Verb::Cohorts(args) => cohorts::run(args, &config, ui),
        Verb::Dso(args) => dso::run(args, &config, ui),
        Verb::History(args) => history::run(args, &config, ui),
        Verb::Promises(args) => promises::run(args, &config, ui),
        Verb::Plans(args) => plans::run(args, &config, ui),
        Verb::Disputes(args) => disputes::run(args, &config, ui),
        Verb::Recovery(args) => recovery::run(args, &config, ui),
        Verb::Recoveries(args) => recoveries::run(args, &config, ui),
        Verb::LossRates(args) => loss_rates::run(args, &config, ui),
        Verb::Segments(args) => segments::run(args, &config, ui),
        Verb::Collectors(args) => collectors::run(args, &config, ui),
        Verb::Funnel(args) => funnel::run(args, &config, ui),
        Verb::Sla(args) => sla::run(args, &config, ui),
        Verb::Agencies(args) => agencies::run(args, &config, ui),
        Verb::RootCauses(args) => root_causes::run(args, &config, ui),
        Verb::Concentration(args) => concentration::run(args, &config, ui),
        Verb::ExplainMetric(args) => explain_metric::run(args),
        Verb::Diff(args) => diff::run(args, ui),
        Verb::Features(args) => features::run(args),
        Verb::Panel(args) => panel::run(args, &config, ui),
        Verb::Train(args) => train::run(args, &config, ui),
        Verb::Evaluate(args) => evaluate::run(args, &config, ui),
        Verb::Models(args) => models::run(args, &config, ui),
        Verb::Monitor(args) => monitor::run(args, &config, ui),
        Verb::Score(args) => score::run(args, &config, ui),
        Verb::Explain(args) => explain::run(args, &config, ui),
        Verb::Worklist(args) => worklist::run(args, &config, ui),
        Verb::Uplift(args) => uplift::run(args, &config, ui),
        Verb::Backtest(args) => backtest::run(args, &config, ui),
        Verb::Holds(args) => holds::run(args, &config, ui),
        Verb::Policy(args) => policy::run(args, &config, ui),
        Verb::Provision(args) => provision::run(args, &config, ui),
        Verb::Forecast(args) => forecast::run(args, &config, ui),
        Verb::Report(args) => report::run(args, &config, ui),
        Verb::Generate(args) => generate::run(args, ui),
        Verb::Config => settings::run(),
    }
}

/// A reader such as `head` that stops early is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe || wraps_broken_pipe(cause))
}

/// The CSV writer hands its reader's going away on inside an error of its own.
fn wraps_broken_pipe(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<csv::Error>());
    inner.is_some_and(|inner| match inner.kind() {
        csv::ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::BrokenPipe,
        _ => false,
    })
}
