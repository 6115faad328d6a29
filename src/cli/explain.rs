//! `arrears explain`: how a score came about, and what would move its grade.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::Unit;
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::risk::{embedded, registry};
use crate::scoring::{Wanted, explain};
use crate::table::Table;

/// Arguments of `arrears explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The customer whose score, or whose invoice's score, is explained.
    #[arg(required_unless_present = "invoice")]
    customer: Option<String>,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Explain the score of this open invoice instead of the customer's.
    #[arg(long, value_name = "ID")]
    invoice: Option<String>,
    /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`; by default the illustrative one that comes with the program.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    model: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &ExplainArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_several()?;
    let unit = match args.invoice {
        Some(_) => Unit::Invoice,
        None => Unit::Customer,
    };
    let path = args
        .model
        .clone()
        .unwrap_or_else(|| PathBuf::from(embedded::name(unit)));
    let model = registry::load(&path)?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let customer = match &args.customer {
        Some(id) => Some(
            ledger
                .find_customer(id)
                .with_context(|| format!("no customer `{id}` in the ledger"))?,
        ),
        None => None,
    };
    let wanted = match (&args.invoice, customer) {
        (Some(id), customer) => document(&ledger, as_of, id, customer, ui)?,
        (None, Some(customer)) => {
            if model.label.unit == Unit::Invoice.as_str() {
                bail!(
                    "{} scores invoices: name one with --invoice{}",
                    model.id(),
                    open_invoices(&ledger, as_of, customer)
                );
            }
            Wanted::Customer(customer)
        }
        (None, None) => bail!("name a customer, or an invoice with --invoice"),
    };
    let explained = ui.unpack(explain(&ledger, as_of, &model, wanted)?);
    let question = format!("explain {} {:?} {:?}", model.id(), args.customer, args.invoice);
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    let tables: Vec<Table> = explained
        .tables(&ledger)
        .into_iter()
        .map(|table| stamp.on(table))
        .collect();
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    Ok(Exit::Fine)
}

/// Finds an open document by its id: of several instalments the first that is due, of several customers the one that was named.
fn document(
    ledger: &Ledger,
    as_of: AsOf,
    id: &str,
    customer: Option<CustomerIx>,
    ui: &mut Ui,
) -> anyhow::Result<Wanted> {
    let documents = ledger.documents();
    let mut found: Vec<(CustomerIx, DocumentIx)> = Vec::new();
    for owner in ledger
        .customers()
        .filter(|owner| customer.is_none_or(|customer| customer == *owner))
    {
        let range = documents.range(owner).map(|at| DocumentIx(at as u32));
        found.extend(range.filter(|&ix| ledger.invoice_id(ix) == id).map(|ix| (owner, ix)));
    }
    let Some(&(owner, _)) = found.first() else {
        bail!("no invoice `{id}` in the ledger");
    };
    if found.iter().any(|(other, _)| *other != owner) {
        bail!("several customers have an invoice `{id}`; name the customer as well");
    }
    let history = CustomerHistory::of(ledger, owner, Some(as_of.0));
    let is_open = |ix: &DocumentIx| history.document(*ix).open_on(as_of.0) > Total::ZERO;
    let mut open: Vec<DocumentIx> = found.iter().map(|(_, ix)| *ix).filter(is_open).collect();
    open.sort_by_key(|ix| (ledger.document(*ix).due_on, *ix));
    if open.len() > 1 {
        ui.say(&format!(
            "{} instalments of `{id}` are open; this is the one due first",
            open.len()
        ));
    }
    Ok(Wanted::Document(owner, open.first().copied().unwrap_or(found[0].1)))
}

/// Lists some open invoices of a customer, as a hint.
fn open_invoices(ledger: &Ledger, as_of: AsOf, customer: CustomerIx) -> String {
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let open = history
        .documents()
        .filter(|item| item.document.is_claim() && item.open_on(as_of.0) > Total::ZERO);
    let ids: Vec<String> = open
        .take(5)
        .map(|item| format!("`{}`", ledger.invoice_id(item.ix)))
        .collect();
    match ids.is_empty() {
        true => "; none of this customer's is open".to_owned(),
        false => format!(", such as {}", ids.join(", ")),
    }
}
