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
    #[arg(required_unless_present = "invoice")]
    customer: Option<String>,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Settle this invoice alone.
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
    let named = match &args.customer {
        Some(id) => Some(
            ledger
                .find_customer(id)
                .with_context(|| format!("no customer `{id}` in the ledger"))?,
        ),
        None => None,
    };
    let (customer, invoice) = match (&args.invoice, named) {
        (Some(id), named) => {
            let (customer, invoice) = find_invoice(&ledger, id, named)?;
            (customer, Some(invoice))
        }
        (None, Some(customer)) => (customer, None),
        (None, None) => bail!("name a customer, or an invoice with --invoice"),
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
        bail!(
            "{what} of customer `{}` is open on {as_of}",
            ledger.customer_id(customer)
        );
    }
    let question = format!("settle {} {:?} {offer:?}", ledger.customer_id(customer), args.invoice);
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    let tables = [found.table(), found.instalments_table()].map(|table| stamp.on(table));
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    Ok(Exit::Fine)
}

/// Finds the first instalment of an invoice: of the customer that was named, or of the only one that has it.
fn find_invoice(ledger: &Ledger, id: &str, named: Option<CustomerIx>) -> anyhow::Result<(CustomerIx, DocumentIx)> {
    let of_customer = |customer: CustomerIx| {
        let mut own = ledger.documents().range(customer).map(|at| DocumentIx(at as u32));
        let found = own.find(|&document| ledger.invoice_id(document) == id)?;
        Some((customer, found))
    };
    let customers = ledger
        .customers()
        .filter(|customer| named.is_none_or(|named| named == *customer));
    let mut found = customers.filter_map(of_customer);
    let Some(first) = found.next() else {
        bail!("no invoice `{id}` in the ledger");
    };
    if found.next().is_some() {
        bail!("several customers have an invoice `{id}`; name the customer as well");
    }
    Ok(first)
}
