//! `arrears dso`: how many days of sales the receivables are worth.

use anyhow::bail;
use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::calendar::Month;
use crate::config::Config;
use crate::metrics::dso::bridge::bridge;
use crate::metrics::dso::dso;
use crate::metrics::segments;

/// Arguments of `arrears dso`.
#[derive(Debug, Args)]
pub(super) struct DsoArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Months of credit sales behind the simple method.
    #[arg(long, value_name = "MONTHS")]
    window: Option<u32>,
    /// Take apart the change of the simple DSO between two month ends; the mix is over `--by`, by default customers.
    #[arg(long, value_name = "FROM,TO", value_delimiter = ',', num_args = 1, value_parser = Month::parse)]
    #[arg(conflicts_with_all = ["from", "to"])]
    bridge: Option<Vec<Month>>,
    /// Print the arithmetic of one month with its operands.
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse, conflicts_with_all = ["from", "to", "bridge"])]
    explain: Option<Month>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &DsoArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.dso.clone();
    params.window_months = args.window.unwrap_or(params.window_months);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let mut months = args.months.clone();
    if let Some(ends) = &args.bridge {
        let [from, to] = ends[..] else {
            bail!(
                "--bridge takes two months, such as 2025-06,2025-12; found {}",
                ends.len()
            );
        };
        (months.from, months.to) = (Some(from), Some(to));
    } else if let Some(month) = args.explain {
        (months.from, months.to) = (Some(month), Some(month));
    }
    let (from, to) = months.settle(as_of)?;
    let mut by = args.by.by.clone();
    if args.bridge.is_some() && by.is_empty() {
        by.push("customer_id".to_owned());
    }
    let groups = ui.unpack(segments::groups(&ledger, as_of, &by)?);
    let question = format!("dso {from} {to} {by:?} {params:?}");
    let (question, table) = if args.bridge.is_some() {
        let bridge = ui.unpack(bridge(&ledger, from, to, &groups, args.ledger.known_on, &params)?);
        (format!("{question} bridge"), bridge.table())
    } else {
        let dso = ui.unpack(dso(&ledger, from, to, &groups, args.ledger.known_on, &params)?);
        match args.explain {
            Some(_) => (format!("{question} explain"), dso.explanation()),
            None => (question, dso.table()),
        }
    };
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
