//! `arrears concentration`: how much of the open money stands with few customers.

use clap::{Args, ValueEnum};

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::concentration::{ConcentrationLevel, ConcentrationParams, concentration};
use crate::metrics::segments;

/// Arguments of `arrears concentration`.
#[derive(Debug, Args)]
pub(super) struct ConcentrationArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Who counts as one debtor.
    #[arg(long, value_enum, default_value_t = Level::Customer)]
    level: Level,
    /// How many of the largest.
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// Print the largest debtors themselves instead.
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Who counts as one debtor.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// Each customer.
    Customer,
    /// Each group of companies, under the customer that heads it.
    Parent,
}

pub(super) fn run(args: &ConcentrationArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let params = ConcentrationParams {
        top_n: args.top,
        level: match args.level {
            Level::Customer => ConcentrationLevel::Customer,
            Level::Parent => ConcentrationLevel::Parent,
        },
    };
    let (ledger, as_of) = args.ledger.open(ui)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let found = ui.unpack(concentration(&ledger, as_of, &groups, args.ledger.known_on, &params)?);
    let table = if args.list { found.list_table() } else { found.table() };
    let question = format!("concentration {:?} {params:?} {}", args.by.by, args.list);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
