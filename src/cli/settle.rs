//! `arrears settle`: whether to take less than what is owed.

use anyhow::{Context, bail};
use clap::Args;

use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::calendar::Day;
use crate::config::Config;
use crate::decide::{Offer, settlements};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::Amount;

/// Arguments of `arrears settle`.
#[derive(Debug, Args)]
pub(super) struct SettleArgs {
    /// The customer whose open claims are settled.
    customer: String,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Settle this invoice of the customer alone.
    #[arg(long, value_name = "ID")]
    invoice: Option<String>,
    /// Share of what is owed that is offered; 0.7 is 70 %.
    #[arg(long, value_name = "SHARE", value_parser = Amount::parse)]
    offer: Amount,
    /// Equal monthly instalments.
    #[arg(long, value_name = "N", default_value_t = 1)]
    instalments: u32,
    /// Day of the first; by default the as-of day.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    first_on: Option<Day>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &SettleArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_several()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let customer = ledger
        .find_customer(&args.customer)
        .with_context(|| format!("no customer `{}` in the ledger", args.customer))?;
    let invoice = match &args.invoice {
        Some(id) => Some(find_invoice(&ledger, customer, id)?),
        None => None,
    };
    let offer = Offer {
        share: args.offer,
        n_instalments: args.instalments,
        first_on: args.first_on.unwrap_or(as_of.0),
    };
    let found = ui.unpack(settlements(
        &ledger,
        as_of,
        customer,
        invoice,
        &offer,
        &config.settlement,
    )?);
    if found.rows.is_empty() {
        let what = args
            .invoice
            .as_ref()
            .map_or("nothing".to_owned(), |id| format!("nothing of invoice `{id}`"));
        bail!("{what} of customer `{}` is open on {as_of}", args.customer);
    }
    let question = format!("settle {} {:?} {offer:?}", args.customer, args.invoice);
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    let tables = [found.table(), found.instalments_table()].map(|table| stamp.on(table));
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    Ok(Exit::Fine)
}

fn find_invoice(ledger: &Ledger, customer: CustomerIx, id: &str) -> anyhow::Result<DocumentIx> {
    let mut own = ledger.documents().range(customer).map(|at| DocumentIx(at as u32));
    let found = own.find(|&document| ledger.invoice_id(document) == id);
    let customer = ledger.customer_id(customer);
    found.with_context(|| format!("no invoice `{id}` of customer `{customer}` in the ledger"))
}
