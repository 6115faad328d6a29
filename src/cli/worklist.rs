//! `arrears worklist`: whom to contact first, and whom to leave alone.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::model::ModelArgs;
use super::{Exit, Ui};
use crate::config::Config;
use crate::decide::{WorklistOrder, worklist};
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
    /// In which order, if not in that of the settings.
    #[arg(long, value_name = "ORDER", value_parser = PossibleValuesParser::new(WorklistOrder::ALL.map(WorklistOrder::as_str)))]
    order: Option<String>,
    /// Print what comes next, beyond everybody's minutes, instead of the worklist.
    #[arg(long, conflicts_with = "excluded")]
    next: bool,
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
    let mut policy = config.worklist.clone();
    let named = |word: &String| WorklistOrder::ALL.into_iter().find(|order| order.as_str() == word);
    policy.order = args.order.as_ref().and_then(named).unwrap_or(policy.order);
    let scores = scored.as_ref().map(|(_, scores)| scores);
    let mut made = worklist(&ledger, as_of, scores, &rates, &policy)?;
    made.caveats.extend(config.policy.caveat(as_of));
    let worklist = ui.unpack(made);
    let table = if args.excluded {
        worklist.exclusions_table()
    } else if args.next {
        worklist.next_table()
    } else {
        worklist.table()
    };
    let table = table.note("policy", &config.policy);
    let model = scored.map(|(model, _)| model.id());
    let question = format!("worklist {model:?} {:?} {}", args.base, policy.order.as_str());
    let exit = answer(&question, table, (&ledger, as_of), output, config, ui)?;
    ui.say(&format!(
        "{} customers to contact until {}, {} next (--next), {} left alone (--excluded)",
        worklist.lines.len(),
        worklist.valid_until,
        worklist.next.len(),
        worklist.exclusions.len()
    ));
    Ok(exit)
}
