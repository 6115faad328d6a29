//! `arrears holds`: to whom to stop shipping on credit, and whom to release.

use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::model::ModelArgs;
use super::{Exit, Ui};
use crate::config::Config;
use crate::decide::{HoldPolicy, holds};
use crate::money::Currency;

/// Arguments of `arrears holds`.
#[derive(Debug, Args)]
pub(super) struct HoldsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Let a model that is illustrative, such as the one that comes with the program, ask for watches and holds.
    #[arg(long)]
    accept_illustrative: bool,
    /// Currency to compare in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    base: Option<Currency>,
    /// Print every rule of every customer, fired or not, with what it measured, instead of the recommendations.
    #[arg(long)]
    trace: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &HoldsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let scored = args.model.scores(&ledger, as_of, ui)?;
    let rates = base_rates(&ledger, args.base)?;
    let scores = scored.as_ref().map(|(_, scores)| scores);
    let policy = HoldPolicy {
        accept_illustrative: args.accept_illustrative,
        ..config.holds.clone()
    };
    let mut made = holds(&ledger, as_of, scores, &rates, &policy)?;
    made.caveats.extend(config.policy.caveat(as_of));
    let holds = ui.unpack(made);
    let model = scored.map(|(model, _)| model.id());
    let question = format!("holds {model:?} {:?}", args.base);
    let table = if args.trace { holds.trace_table() } else { holds.table() };
    let table = table.note("policy", &config.policy);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
