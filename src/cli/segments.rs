//! `arrears segments`: each segment against the rest, and which segments hold most overdue money.

use clap::{Args, ValueEnum};

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::segments::SegmentMetric;
use crate::metrics::segments::compare::{CompareParams, compare};
use crate::metrics::segments::explain::{ExplainParams, explain_overdue};

/// Arguments of `arrears segments`.
#[derive(Debug, Args)]
pub(super) struct SegmentsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    by: ByArgs,
    /// The number that is compared.
    #[arg(long, value_enum, default_value_t = Metric::PastDueShare)]
    metric: Metric,
    /// Months behind numbers of a period; they end with the last complete month.
    #[arg(long, value_name = "MONTHS", default_value_t = 3)]
    window: u32,
    /// Days after the due day in which cash counts as collected.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    within: i32,
    /// Search the segments that hold more of this than their part of the book accounts for; `--by` names the attributes to search, by default all.
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["metric", "window", "within"])]
    explain: Option<Explained>,
    /// Attributes put together in one segment, 1 or 2.
    #[arg(long, value_name = "N", default_value_t = 2, requires = "explain")]
    max_depth: usize,
    /// Customers a segment must have to be looked at.
    #[arg(long, value_name = "N", default_value_t = 10, requires = "explain")]
    min_customers: usize,
    /// Chance of finding anything where nothing is to be found.
    #[arg(long, value_name = "P", default_value_t = 0.05, requires = "explain")]
    alpha: f64,
    /// Draws of whole customers behind the intervals.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    draws: u32,
    #[command(flatten)]
    output: OutputArgs,
}

/// The number that is compared.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Metric {
    /// Claims past due, per customer with an open item.
    Overdue,
    /// Claims past due over open claims.
    PastDueShare,
    /// Receivables in days of credit sales.
    Dso,
    /// Claims not due in days of credit sales.
    BestPossibleDso,
    /// Days from due to payment, weighted by cash.
    DaysLate,
    /// Collected of what could be collected, in percent.
    CollectionEffectiveness,
    /// Claims that moved to a worse bucket within a month.
    RollForward,
    /// Claims not settled on their due day.
    LateShare,
    /// Money that came soon after the due day.
    Collected,
    /// Promises to pay that were kept.
    PromisesKept,
}

/// What is searched for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Explained {
    /// Claims past due.
    Overdue,
}

impl From<Metric> for SegmentMetric {
    fn from(metric: Metric) -> SegmentMetric {
        match metric {
            Metric::Overdue => SegmentMetric::Overdue,
            Metric::PastDueShare => SegmentMetric::PastDueShare,
            Metric::Dso => SegmentMetric::Dso,
            Metric::BestPossibleDso => SegmentMetric::BestPossibleDso,
            Metric::DaysLate => SegmentMetric::DaysLate,
            Metric::CollectionEffectiveness => SegmentMetric::CollectionEffectiveness,
            Metric::RollForward => SegmentMetric::RollForward,
            Metric::LateShare => SegmentMetric::LateShare,
            Metric::Collected => SegmentMetric::Collected,
            Metric::PromisesKept => SegmentMetric::PromisesKept,
        }
    }
}

pub(super) fn run(args: &SegmentsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let known_on = args.ledger.known_on;
    let by = &args.by.by;
    let mut bootstrap = CompareParams::default().bootstrap;
    bootstrap.n_draws = args.draws;
    let (question, table) = match args.explain {
        Some(Explained::Overdue) => {
            let params = ExplainParams {
                max_depth: args.max_depth,
                min_customers: args.min_customers,
                alpha: args.alpha,
                bootstrap,
                ..ExplainParams::default()
            };
            let found = ui.unpack(explain_overdue(&ledger, as_of, by, known_on, &params)?);
            (format!("segments explain overdue {by:?} {params:?}"), found.table())
        }
        None => {
            let params = CompareParams {
                metric: args.metric.into(),
                window_months: args.window,
                within_days: args.within,
                tolerance_days: config.promises.tolerance_days,
                bootstrap,
            };
            let (_, to) = MonthsArgs { from: None, to: None }.settle(as_of)?;
            let compared = ui.unpack(compare(&ledger, as_of, to, by, known_on, &params)?);
            (format!("segments {by:?} {params:?}"), compared.table())
        }
    };
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
