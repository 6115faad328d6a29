//! `arrears explain`: everything about one customer or one invoice on a page: what is owed, how it pays, its score and how that came about, where it
//! stands, and what is expected.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::decide::{HoldPolicy, InvoicePage, PageParams, customer_page, invoice_page, near_ids};
use crate::features::Unit;
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::risk::{embedded, registry};
use crate::scoring::{Wanted, explain, score};
use crate::table::Table;

/// Arguments of `arrears explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The customer whose page is printed, or whose invoice's.
    #[arg(required_unless_present = "invoice")]
    customer: Option<String>,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Explain this open invoice instead of the customer.
    #[arg(long, value_name = "ID")]
    invoice: Option<String>,
    /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`; by default the illustrative one that comes with the program explains the
    /// score, and worklist and holds go by late shares.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    model: Option<PathBuf>,
    /// Let a model that is illustrative ask for watches and holds.
    #[arg(long)]
    accept_illustrative: bool,
    /// Currency to decide in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    base: Option<Currency>,
    /// Open items listed, the largest; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 12)]
    items: usize,
    /// Weeks in a period of the forecast.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=104))]
    weeks: u8,
    /// Print the whole arithmetic of a customer's score as text too, what would move its grade, and where paying leads; files always hold it.
    #[arg(long)]
    arithmetic: bool,
    /// Leave out the place on the worklist, for which everybody is ranked.
    #[arg(long)]
    no_rank: bool,
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
        Some(id) => Some(customer(&ledger, as_of, id)?),
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
    let mut explained = ui.unpack(explain(&ledger, as_of, &model, wanted)?).tables(&ledger);
    let holds = HoldPolicy {
        accept_illustrative: args.accept_illustrative,
        ..config.holds.clone()
    };
    let params = PageParams {
        aging: &config.aging,
        worklist: &config.worklist,
        holds: &holds,
        escalation: &config.escalation,
        forecast: &config.forecast,
        n_items: if args.items > 0 { args.items } else { usize::MAX },
        weeks_per_period: args.weeks.into(),
        with_rank: !args.no_rank,
    };
    let tables = match wanted {
        Wanted::Document(customer, document) => {
            let page = ui.unpack(invoice_page(&ledger, as_of, (customer, document), &params)?);
            let facts = page.iter().flat_map(InvoicePage::tables);
            facts.chain(explained).collect()
        }
        Wanted::Customer(customer) => {
            let rates = base_rates(&ledger, args.base)?;
            // A model that was named decides too; without one, customers are ranked by their late shares, as the verbs do.
            let scores = args
                .model
                .is_some()
                .then(|| score(&ledger, as_of, &model))
                .transpose()?;
            let basis = (scores.as_ref().map(|scores| &scores.value), &rates);
            let mut page = customer_page(&ledger, as_of, customer, basis, &params)?;
            page.caveats.extend(config.policy.caveat(as_of));
            let page = ui.unpack(page);
            let arithmetic = explained.split_off(SCORE_AND_REASONS);
            let mut tables = page.tables(explained);
            if args.arithmetic || !output.is_for_people() {
                tables.extend(arithmetic);
            } else if let Some(reasons) = tables.iter_mut().find(|table| table.name() == "reasons") {
                let asked = (
                    "arithmetic".to_owned(),
                    "every step of the score with --arithmetic".to_owned(),
                );
                reasons.notes.push(asked);
            }
            tables
        }
    };
    let question = format!(
        "explain {} {:?} {:?} {} {} {} {:?} {}",
        model.id(),
        args.customer,
        args.invoice,
        args.items,
        args.weeks,
        args.no_rank,
        args.base,
        args.accept_illustrative
    );
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    let mut tables: Vec<Table> = tables.into_iter().map(|table| stamp.on(table)).collect();
    if output.is_for_people() {
        say_once(&mut tables);
    }
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    Ok(Exit::Fine)
}

/// Tables of a score that belong on the page; what follows is its arithmetic.
const SCORE_AND_REASONS: usize = 2;

/// Takes the notes off a table that one above it on the page has too.
fn say_once(tables: &mut [Table]) {
    let mut said = BTreeSet::new();
    for table in tables {
        table.notes.retain(|note| said.insert(note.clone()));
    }
}

/// Finds a customer by id; ids near to one that nobody has are named.
fn customer(ledger: &Ledger, as_of: AsOf, id: &str) -> anyhow::Result<CustomerIx> {
    let Some(customer) = ledger.find_customer(id) else {
        let near: Vec<String> = near_ids(ledger, as_of, id).iter().map(|id| format!("`{id}`")).collect();
        match near.is_empty() {
            true => bail!("no customer `{id}` in the ledger"),
            false => bail!("no customer `{id}` in the ledger; near to it: {}", near.join(", ")),
        }
    };
    Ok(customer)
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
