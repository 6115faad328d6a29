//! `arrears interest`: what late claims bear.

use clap::{Args, ValueEnum};

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::decide::late_interest;

/// Arguments of `arrears interest`.
#[derive(Debug, Args)]
pub(super) struct InterestArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Also claims that are settled and were late.
    #[arg(long)]
    settled: bool,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Shown::Items)]
    show: Shown,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shown {
    /// Days, interest and compensation of each item.
    Items,
    /// Each stretch of days with one base and one rate.
    Segments,
    /// What each currency comes to.
    Totals,
}

pub(super) fn run(args: &InterestArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let found = ui.unpack(late_interest(&ledger, as_of, args.settled, &config.interest)?);
    let table = match args.show {
        Shown::Items => found.table(),
        Shown::Segments => found.segments_table(),
        Shown::Totals => found.sums_table(),
    };
    let question = format!("interest {:?} {}", args.show, args.settled);
    let exit = answer(&question, table, (&ledger, as_of), output, config, ui)?;
    for (currency, sum) in found.sums() {
        ui.say(&format!(
            "{currency}: {} interest and {} compensation on {} items",
            sum.interest, sum.compensation, sum.n_items
        ));
    }
    Ok(exit)
}
