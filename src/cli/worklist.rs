//! `arrears worklist`: whom to contact first, and whom to leave alone.

use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::model::ModelArgs;
use super::{Exit, Ui};
use crate::config::Config;
use crate::decide::worklist;
use crate::money::Currency;

/// Arguments of `arrears worklist`.
#[derive(Debug, Args)]
pub(super) struct WorklistArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Currency to rank in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    base: Option<Currency>,
    /// Print the accounts that are left alone, and why, instead of the worklist.
    #[arg(long)]
    excluded: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &WorklistArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let scored = args.model.scores(&ledger, as_of, ui)?;
    let rates = base_rates(&ledger, args.base)?;
    let scores = scored.as_ref().map(|(_, scores)| scores);
    let worklist = ui.unpack(worklist(&ledger, as_of, scores, &rates, &config.worklist)?);
    let table = if args.excluded {
        worklist.exclusions_table()
    } else {
        worklist.table()
    };
    let model = scored.map(|(model, _)| model.id());
    let question = format!("worklist {model:?} {:?}", args.base);
    let exit = answer(&question, table, (&ledger, as_of), output, config, ui)?;
    ui.say(&format!(
        "{} customers to contact, {} left alone (--excluded lists them)",
        worklist.lines.len(),
        worklist.exclusions.len()
    ));
    Ok(exit)
}
