//! `arrears uplift`: what contacts changed, by age of the claim.

use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::{Exit, Ui};
use crate::config::Config;
use crate::decide::uplift;
use crate::money::Currency;

/// Arguments of `arrears uplift`.
#[derive(Debug, Args)]
pub(super) struct UpliftArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Currency of the sizes, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    base: Option<Currency>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &UpliftArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let rates = base_rates(&ledger, args.base)?;
    let measured = uplift(&ledger, as_of, &rates, &config.worklist)?;
    let question = format!("uplift {:?}", args.base);
    answer(&question, measured.table(), (&ledger, as_of), output, config, ui)
}
