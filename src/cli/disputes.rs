//! `arrears disputes`: how many invoices are disputed, how long it takes, how much money waits.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::disputes::{dispute_rate, disputed_by_bucket, disputes};
use crate::metrics::segments;

/// Arguments of `arrears disputes`.
#[derive(Debug, Args)]
pub(super) struct DisputesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Print the share of the invoices issued that were disputed instead.
    #[arg(long, conflicts_with = "buckets")]
    rate: bool,
    /// Print the money in dispute by ageing bucket on the as-of day instead.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    buckets: bool,
    /// Days within which a dispute should be resolved; by default as configured.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i32).range(1..=3650))]
    within: Option<i32>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &DisputesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.disputes.clone();
    params.within_days = args.within.unwrap_or(params.within_days);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let (by, known_on) = (&args.by.by, args.ledger.known_on);
    let table = if args.buckets {
        let groups = ui.unpack(segments::groups(&ledger, as_of, by)?);
        ui.unpack(disputed_by_bucket(&ledger, as_of, &groups, known_on, &params)?)
            .table()
    } else if args.rate {
        let groups = ui.unpack(segments::groups(&ledger, as_of, by)?);
        ui.unpack(dispute_rate(&ledger, as_of, from, to, &groups, known_on, &params)?)
            .table()
    } else {
        ui.unpack(disputes(&ledger, as_of, from, to, by, known_on, &params)?)
            .table()
    };
    let question = format!("disputes {from} {to} {by:?} {params:?} {} {}", args.rate, args.buckets);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
