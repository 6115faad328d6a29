//! `arrears worklist`: whom to contact first, and whom to leave alone.

use clap::{Args, ValueEnum};

use super::answer::{Made, answer_made};
use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::model::ModelArgs;
use super::{Exit, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::decide::{WorklistOrder, worklist};
use crate::ledger::Ledger;
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
    #[arg(long, value_enum)]
    order: Option<OrderArg>,
    /// Print the accounts that are left alone, and why, instead of the worklist.
    #[arg(long)]
    excluded: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// In which order the lines stand; each largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OrderArg {
    /// Value of the contact.
    Value,
    /// Probability of delinquency x balance.
    ExpectedLoss,
    /// Probability of delinquency.
    Score,
    /// Open receivables, net.
    Balance,
    /// Money past its due day.
    Overdue,
    /// Age of the oldest overdue claim.
    Oldest,
}

impl OrderArg {
    fn order(self) -> WorklistOrder {
        match self {
            OrderArg::Value => WorklistOrder::Value,
            OrderArg::ExpectedLoss => WorklistOrder::ExpectedLoss,
            OrderArg::Score => WorklistOrder::Score,
            OrderArg::Balance => WorklistOrder::Balance,
            OrderArg::Overdue => WorklistOrder::Overdue,
            OrderArg::Oldest => WorklistOrder::Oldest,
        }
    }
}

pub(super) fn run(args: &WorklistArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let made = made(args, &ledger, as_of, config, ui)?;
    answer_made(made, (&ledger, as_of), output, config, ui)
}

/// Makes the worklist of a ledger.
pub(super) fn made(
    args: &WorklistArgs,
    ledger: &Ledger,
    as_of: AsOf,
    config: &Config,
    ui: &mut Ui,
) -> anyhow::Result<Made> {
    let scored = args.model.scores(ledger, as_of, ui)?;
    let rates = base_rates(ledger, args.base)?;
    let mut policy = config.worklist.clone();
    policy.order = args.order.map_or(policy.order, OrderArg::order);
    let scores = scored.as_ref().map(|(_, scores)| scores);
    let worklist = ui.unpack(worklist(ledger, as_of, scores, &rates, &policy)?);
    let table = if args.excluded {
        worklist.exclusions_table()
    } else {
        worklist.table()
    };
    let model = scored.map(|(model, _)| model.id());
    let question = format!("worklist {model:?} {:?} {}", args.base, policy.order.as_str());
    Ok(Made {
        question,
        table,
        model,
        closing: Some(format!(
            "{} customers to contact, {} left alone (--excluded lists them)",
            worklist.lines.len(),
            worklist.exclusions.len()
        )),
    })
}
