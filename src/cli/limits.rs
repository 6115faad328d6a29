//! `arrears limits`: how much credit, on which terms, and who gets worse.

use anyhow::{Context, bail};
use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::model::ModelArgs;
use super::{Exit, Ui};
use crate::config::Config;
use crate::decide::limits;
use crate::money::Currency;

/// Arguments of `arrears limits`.
#[derive(Debug, Args)]
pub(super) struct LimitsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Print the calculation of this customer line by line.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Currency to propose in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    base: Option<Currency>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &LimitsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let customer = match &args.customer {
        Some(id) => Some(
            ledger
                .find_customer(id)
                .with_context(|| format!("no customer `{id}` in the ledger"))?,
        ),
        None => None,
    };
    let scored = args.model.scores(&ledger, as_of, ui)?;
    let rates = base_rates(&ledger, args.base)?;
    let scores = scored.as_ref().map(|(_, scores)| scores);
    let found = ui.unpack(limits(&ledger, as_of, scores, &rates, &config.limits)?);
    let table = match customer {
        Some(customer) => match found.calculation_table(customer) {
            Some(table) => table,
            None => bail!(
                "customer `{}` bought nothing by {as_of} and has no limit",
                ledger.customer_id(customer)
            ),
        },
        None => found.table(),
    };
    let model = scored.map(|(model, _)| model.id());
    let question = format!("limits {model:?} {:?} {:?}", args.base, args.customer);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
