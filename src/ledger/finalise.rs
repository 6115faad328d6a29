//! Turns the stored tables into documents and postings: every receipt line becomes the changes of balances it means.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    ByCustomer, Contact, CustomerVersion, Dispute, Document, DocumentKind, Hold, Ledger, Nature, Order, Posting,
    Promise,
};
use crate::calendar::Day;
use crate::ids::{CustomerIx, Dictionary, DocumentIx};
use crate::money::{Amount, Currency, Total};
use crate::outcome::{Issue, IssueCode, Issues, Place};
use crate::table::{Data, Table};

impl Ledger {
    /// Builds the ledger from tables in their stored order.
    pub(super) fn from_tables(tables: BTreeMap<String, Table>, timeless: BTreeSet<String>, hash: String) -> Ledger {
        let customer_ids = customer_ids(&tables);
        let mut issues = Issues::default();
        let mut entities = Dictionary::default();
        entities.number("");
        note_unknown_customers(&tables, &customer_ids, &mut issues);

        let documents = tables
            .get("invoices")
            .map(|invoices| documents(invoices, &customer_ids, &mut entities, &mut issues))
            .unwrap_or_default();
        let mut posted = tables
            .get("receipts")
            .map(|receipts| {
                let invoices = tables.get("invoices");
                Receipts::new(receipts, invoices, &documents, &customer_ids, &mut entities).post(&mut issues)
            })
            .unwrap_or_default();

        let n_customers = customer_ids.len();
        let mut documents = ByCustomer::new(
            n_customers,
            documents
                .into_iter()
                .map(|document| (document.customer, document))
                .collect(),
        );
        attach_postings(&mut documents, &mut posted.on_documents);
        note_over_applied(&documents, &posted.on_documents, tables.get("invoices"), &mut issues);
        posted
            .unapplied
            .sort_by_key(|(customer, posting)| (*customer, posting.on, posting.row));
        posted
            .recoveries
            .sort_by_key(|(customer, posting)| (*customer, posting.on, posting.row));

        let optional = Optional {
            tables: &tables,
            customer_ids: &customer_ids,
            documents: &documents,
        };
        Ledger {
            versions: optional.versions(),
            disputes: optional.disputes(),
            promises: optional.promises(),
            contacts: optional.contacts(),
            orders: optional.orders(),
            holds: optional.holds(),
            postings: posted.on_documents,
            unapplied: ByCustomer::new(n_customers, posted.unapplied),
            recoveries: ByCustomer::new(n_customers, posted.recoveries),
            documents,
            customer_ids,
            entities,
            tables,
            timeless,
            issues,
            hash,
        }
    }
}

/// A column of a table that may be absent, as missing cells.
struct Cells<'a> {
    table: &'a Table,
}

impl<'a> Cells<'a> {
    fn texts(&self, column: &str) -> Texts<'a> {
        Texts(self.table.texts(column).ok())
    }

    fn days(&self, column: &str) -> Days<'a> {
        Days(self.table.days(column).ok())
    }

    fn amount(&self, column: &str, row: usize) -> Option<Amount> {
        self.table.amount(column, row)
    }
}

struct Texts<'a>(Option<&'a [Option<String>]>);
struct Days<'a>(Option<&'a [Option<Day>]>);

impl<'a> Texts<'a> {
    fn at(&self, row: usize) -> Option<&'a str> {
        self.0?[row].as_deref()
    }
}

impl Days<'_> {
    fn at(&self, row: usize) -> Option<Day> {
        self.0?[row]
    }
}

fn customer_ids(tables: &BTreeMap<String, Table>) -> Vec<String> {
    let mut ids = BTreeSet::new();
    for table in tables.values() {
        let mut last = None;
        for id in table.texts("customer_id").unwrap_or_default().iter().flatten() {
            // Tables are sorted by customer, so most rows repeat the customer of the row before.
            if last != Some(id) {
                ids.insert(id.as_str());
                last = Some(id);
            }
        }
    }
    ids.into_iter().map(str::to_owned).collect()
}

fn position(customer_ids: &[String], id: &str) -> CustomerIx {
    let position = customer_ids
        .binary_search_by(|candidate| candidate.as_str().cmp(id))
        .expect("every customer id of every table is in the list");
    CustomerIx(position as u32)
}

fn note_unknown_customers(tables: &BTreeMap<String, Table>, customer_ids: &[String], issues: &mut Issues) {
    let Some(customers) = tables.get("customers") else {
        return;
    };
    let known: BTreeSet<&str> = customers
        .texts("customer_id")
        .unwrap_or_default()
        .iter()
        .flatten()
        .map(String::as_str)
        .collect();
    for id in customer_ids.iter().filter(|id| !known.contains(id.as_str())) {
        issues.push_with(IssueCode::CustomerUnknown, || {
            issue(
                IssueCode::CustomerUnknown,
                "customers",
                format!("customer `{id}` has documents but no row in the customers table"),
                "kept without attributes",
                "import a customers table that has it",
            )
        });
    }
}

fn issue(code: IssueCode, table: &str, message: String, action: &str, hint: &str) -> Issue {
    Issue {
        code,
        place: Place {
            file: table.to_owned(),
            ..Place::default()
        },
        message,
        action: action.to_owned(),
        hint: (!hint.is_empty()).then(|| hint.to_owned()),
    }
}

/// Walks the customer column of a sorted table, giving each row its customer.
struct CustomerColumn<'a> {
    ids: &'a [Option<String>],
    customer_ids: &'a [String],
}

impl CustomerColumn<'_> {
    fn positions(&self) -> Vec<CustomerIx> {
        let mut last: Option<(&str, CustomerIx)> = None;
        self.ids
            .iter()
            .map(|id| {
                let id = id.as_deref().unwrap_or_default();
                match last {
                    Some((seen, customer)) if seen == id => customer,
                    _ => {
                        let customer = position(self.customer_ids, id);
                        last = Some((id, customer));
                        customer
                    }
                }
            })
            .collect()
    }
}

fn customers_of(table: &Table, customer_ids: &[String]) -> Vec<CustomerIx> {
    CustomerColumn {
        ids: table.texts("customer_id").unwrap_or_default(),
        customer_ids,
    }
    .positions()
}

fn entity_number(entities: &mut Dictionary, name: Option<&str>) -> u16 {
    name.map_or(0, |name| u16::try_from(entities.number(name)).unwrap_or(u16::MAX))
}

fn documents(
    invoices: &Table,
    customer_ids: &[String],
    entities: &mut Dictionary,
    issues: &mut Issues,
) -> Vec<Document> {
    let cells = Cells { table: invoices };
    let customers = customers_of(invoices, customer_ids);
    let (ids, kinds, currencies, entity_names) = (
        cells.texts("invoice_id"),
        cells.texts("kind"),
        cells.texts("currency"),
        cells.texts("entity"),
    );
    let (issued, due, posted) = (cells.days("issued_on"), cells.days("due_on"), cells.days("posted_on"));
    let instalments = invoices.ints("instalment").unwrap_or_default();

    let mut documents: Vec<Document> = Vec::with_capacity(invoices.n_rows());
    for row in 0..invoices.n_rows() {
        let (Some(issued_on), Some(amount)) = (issued.at(row), cells.amount("amount", row)) else {
            continue;
        };
        let kind = match kinds.at(row) {
            Some("credit_note") => DocumentKind::CreditNote,
            Some("debit_note") => DocumentKind::DebitNote,
            Some("finance_charge") => DocumentKind::FinanceCharge,
            _ => DocumentKind::Invoice,
        };
        let document = Document {
            customer: customers[row],
            kind,
            currency: currency(currencies.at(row)),
            entity: entity_number(entities, entity_names.at(row)),
            row: row as u32,
            issued_on,
            due_on: due.at(row),
            known_on: posted.at(row).unwrap_or(issued_on),
            amount: if kind == DocumentKind::CreditNote {
                -amount
            } else {
                amount
            },
            postings: (0, 0),
        };
        let same_as_last = documents.last().is_some_and(|last| {
            let last_row = last.row as usize;
            last.customer == document.customer
                && ids.at(last_row) == ids.at(row)
                && instalments.get(last_row) == instalments.get(row)
        });
        match documents.last_mut() {
            // A later version of the same document replaces it and keeps the day on which it was first known.
            Some(last) if same_as_last => {
                *last = Document {
                    known_on: last.known_on,
                    ..document
                }
            }
            _ => documents.push(document),
        }
        let id = || ids.at(row).unwrap_or_default();
        match document.due_on {
            None if document.is_claim() => issues.push_with(IssueCode::DueOnMissing, || {
                issue(
                    IssueCode::DueOnMissing,
                    "invoices",
                    format!("invoice {} has no due date", id()),
                    "kept, shown under `no due date`",
                    "map the due date, or let the profile compute it from the terms",
                )
            }),
            Some(due_on) if due_on < issued_on => issues.push_with(IssueCode::DueBeforeIssue, || {
                issue(
                    IssueCode::DueBeforeIssue,
                    "invoices",
                    format!("invoice {} is due {due_on}, before it was issued {issued_on}", id()),
                    "kept, aged from its due date",
                    "check the day/month order of the due date",
                )
            }),
            _ => {}
        }
    }
    documents
}

fn currency(text: Option<&str>) -> Currency {
    text.and_then(|text| Currency::parse(text).ok())
        .unwrap_or(Currency::UNKNOWN)
}

/// Changes of balances, not yet sorted.
#[derive(Default)]
struct Posted {
    on_documents: Vec<Posting>,
    unapplied: Vec<(CustomerIx, Posting)>,
    recoveries: Vec<(CustomerIx, Posting)>,
}

/// The receipts table beside the documents it relieves.
struct Receipts<'a> {
    n_rows: usize,
    receipt_ids: Texts<'a>,
    applications: &'a [Option<i64>],
    named_invoices: Texts<'a>,
    named_instalments: &'a [Option<i64>],
    kinds: Texts<'a>,
    paid: Days<'a>,
    applied: Days<'a>,
    posted: Days<'a>,
    amounts: &'a [Option<Total>],
    currencies: Texts<'a>,
    reverses: Texts<'a>,
    credit_notes: Texts<'a>,
    invoice_ids: Texts<'a>,
    instalments: &'a [Option<i64>],
    documents: &'a [Document],
    /// Where each customer's documents start, one entry more than customers.
    starts: Vec<u32>,
    customers: Vec<CustomerIx>,
    entities: Vec<u16>,
}

/// One receipt line, read.
struct Line<'a> {
    row: usize,
    customer: CustomerIx,
    invoice_id: Option<&'a str>,
    instalment: Option<i64>,
    kind: &'a str,
    paid_on: Day,
    applied_on: Day,
    known_on: Day,
    amount: Amount,
    currency: Option<Currency>,
    entity: u16,
}

impl<'a> Receipts<'a> {
    fn new(
        table: &'a Table,
        invoices: Option<&'a Table>,
        documents: &'a [Document],
        customer_ids: &[String],
        entities: &mut Dictionary,
    ) -> Receipts<'a> {
        let mut starts = vec![0_u32; customer_ids.len() + 1];
        for document in documents {
            starts[document.customer.at() + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let cells = Cells { table };
        let names = cells.texts("entity");
        Receipts {
            n_rows: table.n_rows(),
            receipt_ids: cells.texts("receipt_id"),
            applications: table.ints("application").unwrap_or_default(),
            named_invoices: cells.texts("invoice_id"),
            named_instalments: table.ints("instalment").unwrap_or_default(),
            kinds: cells.texts("kind"),
            paid: cells.days("paid_on"),
            applied: cells.days("applied_on"),
            posted: cells.days("posted_on"),
            amounts: table.moneys("amount").unwrap_or_default(),
            currencies: cells.texts("currency"),
            reverses: cells.texts("reverses"),
            credit_notes: cells.texts("document_id"),
            invoice_ids: Texts(invoices.and_then(|invoices| invoices.texts("invoice_id").ok())),
            instalments: invoices
                .and_then(|invoices| invoices.ints("instalment").ok())
                .unwrap_or_default(),
            documents,
            starts,
            customers: customers_of(table, customer_ids),
            entities: (0..table.n_rows())
                .map(|row| entity_number(entities, names.at(row)))
                .collect(),
        }
    }

    fn post(&self, issues: &mut Issues) -> Posted {
        let mut posted = Posted::default();
        let reversed = self.reversed_lines();
        let mut shared: BTreeMap<u32, Vec<Line<'a>>> = BTreeMap::new();
        for row in 0..self.n_rows {
            let Some(line) = self.line(row) else { continue };
            match line.kind {
                "reversal" => self.post_reversal(&line, &reversed, &mut posted, issues),
                "recovery" => {
                    let document = self
                        .find(line.customer, line.invoice_id, line.instalment)
                        .first()
                        .copied();
                    let posting = self.posting(&line, document, line.paid_on, -line.amount, Nature::Recovery);
                    posted.recoveries.push((line.customer, posting));
                }
                _ => {
                    let documents = self.documents_of(&line, issues);
                    match documents.as_slice() {
                        [] => self.post_unapplied(&line, &mut posted),
                        [document] => self.post_on(&line, *document, line.amount, &mut posted, issues),
                        [first, ..] => shared.entry(first.0).or_default().push(line),
                    }
                }
            }
        }
        for lines in shared.into_values() {
            self.post_on_instalments(lines, &mut posted, issues);
        }
        posted
    }

    fn line(&self, row: usize) -> Option<Line<'a>> {
        let paid_on = self.paid.at(row)?;
        Some(Line {
            row,
            customer: self.customers[row],
            invoice_id: self.named_invoices.at(row),
            instalment: self.named_instalments.get(row).copied().flatten(),
            kind: self.kinds.at(row).unwrap_or("cash"),
            paid_on,
            applied_on: self.applied.at(row).unwrap_or(paid_on).max(paid_on),
            known_on: self.posted.at(row).unwrap_or(paid_on),
            amount: self.amounts.get(row).copied().flatten().and_then(Total::to_amount)?,
            currency: self.currencies.at(row).and_then(|text| Currency::parse(text).ok()),
            entity: self.entities[row],
        })
    }

    /// Finds a customer's documents by invoice id: one, or all instalments where the line names none.
    fn find(&self, customer: CustomerIx, invoice_id: Option<&str>, instalment: Option<i64>) -> Vec<DocumentIx> {
        let Some(invoice_id) = invoice_id else {
            return Vec::new();
        };
        let first = self.starts[customer.at()] as usize;
        let own = &self.documents[first..self.starts[customer.at() + 1] as usize];
        let id = |document: &Document| self.invoice_ids.at(document.row as usize);
        let from = own.partition_point(|document| id(document) < Some(invoice_id));
        own[from..]
            .iter()
            .enumerate()
            .take_while(|(_, document)| id(document) == Some(invoice_id))
            .filter(|(_, document)| instalment.is_none() || self.instalments[document.row as usize] == instalment)
            .map(|(offset, _)| DocumentIx((first + from + offset) as u32))
            .collect()
    }

    /// Finds the documents a line may relieve; none where it is to stay unapplied.
    fn documents_of(&self, line: &Line<'_>, issues: &mut Issues) -> Vec<DocumentIx> {
        let found = self.find(line.customer, line.invoice_id, line.instalment);
        match (line.invoice_id, found.first()) {
            (Some(invoice_id), None) => issues.push_with(IssueCode::ReceiptOrphan, || {
                issue(
                    IssueCode::ReceiptOrphan,
                    "receipts",
                    format!(
                        "receipt {} names invoice {invoice_id}, which the ledger does not have for this customer",
                        self.receipt_id(line.row)
                    ),
                    "kept as unapplied cash",
                    "import the invoices of the same period, or check the invoice ids of the receipts",
                )
            }),
            (Some(invoice_id), Some(first)) => {
                let expected = self.documents[first.at()].currency;
                if let Some(found) = line.currency.filter(|&found| found != expected) {
                    issues.push_with(IssueCode::ReceiptCurrency, || {
                        issue(IssueCode::ReceiptCurrency, "receipts", format!("receipt {} is in {found}, its invoice {invoice_id} in {expected}", self.receipt_id(line.row)), "kept as unapplied cash in its own currency", "give what is relieved in the currency of the invoice, and what was received in `received_amount`")
                    });
                    return Vec::new();
                }
            }
            (None, _) => {}
        }
        found
    }

    fn receipt_id(&self, row: usize) -> &str {
        self.receipt_ids.at(row).unwrap_or_default()
    }

    fn posting(
        &self,
        line: &Line<'_>,
        document: Option<DocumentIx>,
        on: Day,
        delta: Amount,
        nature: Nature,
    ) -> Posting {
        let target = document.map(|document| &self.documents[document.at()]);
        Posting {
            document,
            on,
            known_on: line.known_on,
            delta,
            currency: target.map_or(line.currency.unwrap_or(Currency::UNKNOWN), |target| target.currency),
            entity: target.map_or(line.entity, |target| target.entity),
            nature,
            row: line.row as u32,
        }
    }

    fn post_unapplied(&self, line: &Line<'_>, posted: &mut Posted) {
        let (delta, nature) = effect(line.kind, line.amount);
        posted
            .unapplied
            .push((line.customer, self.posting(line, None, line.paid_on, delta, nature)));
    }

    fn post_on(&self, line: &Line<'_>, document: DocumentIx, amount: Amount, posted: &mut Posted, issues: &mut Issues) {
        let issued_on = self.documents[document.at()].issued_on;
        let (delta, nature) = effect(line.kind, amount);
        if line.applied_on < issued_on {
            issues.push_with(IssueCode::ReceiptBeforeIssue, || {
                issue(
                    IssueCode::ReceiptBeforeIssue,
                    "receipts",
                    format!(
                        "receipt {} is applied on {} to an invoice issued on {issued_on}",
                        self.receipt_id(line.row),
                        line.applied_on
                    ),
                    "kept, it counts on the invoice from the issue day",
                    "check the issue dates of the invoices",
                )
            });
        }
        let applied_on = line.applied_on.max(issued_on);
        if let Some(note) = self.credit_note(line) {
            posted
                .on_documents
                .push(self.posting(line, Some(document), applied_on, delta, Nature::CreditApplied));
            let on_note = applied_on.max(self.documents[note.at()].issued_on);
            posted
                .on_documents
                .push(self.posting(line, Some(note), on_note, -delta, Nature::CreditApplied));
        } else if line.paid_on == applied_on {
            posted
                .on_documents
                .push(self.posting(line, Some(document), applied_on, delta, nature));
        } else {
            // The money waits as unapplied cash, in the document's currency and entity, until it is applied.
            let target = &self.documents[document.at()];
            let wait = |on, delta, nature| Posting {
                document: None,
                currency: target.currency,
                entity: target.entity,
                ..self.posting(line, None, on, delta, nature)
            };
            posted
                .unapplied
                .push((line.customer, wait(line.paid_on, delta, nature)));
            posted
                .unapplied
                .push((line.customer, wait(applied_on, -delta, Nature::CashApplied)));
            posted
                .on_documents
                .push(self.posting(line, Some(document), applied_on, delta, Nature::CashApplied));
        }
    }

    /// The credit note a line sets against its invoice.
    fn credit_note(&self, line: &Line<'_>) -> Option<DocumentIx> {
        let note = self.credit_notes.at(line.row)?;
        self.find(line.customer, Some(note), None)
            .into_iter()
            .find(|note| self.documents[note.at()].kind == DocumentKind::CreditNote)
    }

    /// A line that names an invoice but no instalment relieves the instalment due first, then the next.
    fn post_on_instalments(&self, mut lines: Vec<Line<'a>>, posted: &mut Posted, issues: &mut Issues) {
        lines.sort_by_key(|line| (line.applied_on, line.row));
        let Some(first) = lines.first() else { return };
        let mut instalments = self.find(first.customer, first.invoice_id, None);
        instalments.sort_by_key(|document| (self.documents[document.at()].due_on, document.0));
        let named: Vec<_> = posted
            .on_documents
            .iter()
            .filter(|posting| posting.document.is_some_and(|document| instalments.contains(&document)))
            .collect();
        let mut open: Vec<i64> = instalments
            .iter()
            .map(|document| {
                let settled: i64 = named
                    .iter()
                    .filter(|posting| posting.document == Some(*document))
                    .map(|posting| posting.delta.units())
                    .sum();
                self.documents[document.at()].amount.units() + settled
            })
            .collect();
        for line in lines {
            let sign = effect(line.kind, line.amount).0.units().signum();
            let mut rest = line.amount.units();
            for (at, document) in instalments.iter().enumerate() {
                let is_last = at + 1 == instalments.len();
                let part = match is_last {
                    true => rest,
                    false if sign < 0 => rest.min(open[at].max(0)),
                    false => 0,
                };
                if part != 0 {
                    open[at] += sign * part;
                    rest -= part;
                    self.post_on(&line, *document, Amount::from_units(part), posted, issues);
                }
            }
        }
    }

    /// Lines that some reversal names, by receipt id and application.
    fn reversed_lines(&self) -> HashMap<(&'a str, i64), usize> {
        let wanted: BTreeSet<(&str, i64)> = (0..self.n_rows)
            .filter_map(|row| self.reverses.at(row))
            .map(split_reference)
            .collect();
        if wanted.is_empty() {
            return HashMap::new();
        }
        (0..self.n_rows)
            .filter_map(|row| {
                let application = self.applications.get(row).copied().flatten().unwrap_or(1);
                Some(((self.receipt_ids.at(row)?, application), row))
            })
            .filter(|(key, _)| wanted.contains(key))
            .collect()
    }

    fn post_reversal(
        &self,
        line: &Line<'_>,
        reversed: &HashMap<(&str, i64), usize>,
        posted: &mut Posted,
        issues: &mut Issues,
    ) {
        let reference = self.reverses.at(line.row);
        let original = reference
            .and_then(|reference| reversed.get(&split_reference(reference)))
            .and_then(|&row| self.line(row));
        if original.is_none() {
            issues.push_with(IssueCode::ReversalOrphan, || {
                issue(
                    IssueCode::ReversalOrphan,
                    "receipts",
                    format!(
                        "reversal {} names `{}`, which is no receipt line in the ledger",
                        self.receipt_id(line.row),
                        reference.unwrap_or("nothing")
                    ),
                    "kept as a debit on the customer's unapplied cash",
                    "name the line as `receipt_id/application` and import its receipt",
                )
            });
        }
        if original.as_ref().is_some_and(|original| original.kind == "recovery") {
            posted.recoveries.push((
                line.customer,
                self.posting(line, None, line.paid_on, line.amount, Nature::Recovery),
            ));
            return;
        }
        let source = original.as_ref().unwrap_or(line);
        let document = self
            .find(source.customer, source.invoice_id, source.instalment)
            .first()
            .copied();
        let sign = effect(source.kind, Amount::from_units(1)).0.units();
        let delta = if original.is_some() && sign > 0 {
            -line.amount
        } else {
            line.amount
        };
        match document {
            Some(document) => {
                let on = line
                    .paid_on
                    .max(source.applied_on)
                    .max(self.documents[document.at()].issued_on);
                posted
                    .on_documents
                    .push(self.posting(line, Some(document), on, delta, Nature::Reversal));
            }
            None => {
                let mut posting = self.posting(line, None, line.paid_on, delta, Nature::Reversal);
                posting.currency = line.currency.or(source.currency).unwrap_or(Currency::UNKNOWN);
                posted.unapplied.push((source.customer, posting));
            }
        }
    }
}

fn split_reference(reference: &str) -> (&str, i64) {
    match reference.rsplit_once('/') {
        Some((receipt, application)) => match application.parse() {
            Ok(application) => (receipt, application),
            Err(_) => (reference, 1),
        },
        None => (reference, 1),
    }
}

/// What a kind of receipt does to the balance it is applied to.
fn effect(kind: &str, amount: Amount) -> (Amount, Nature) {
    match kind {
        "credit" => (-amount, Nature::Credit),
        "write_off" => (-amount, Nature::WriteOff),
        "discount" => (-amount, Nature::Discount),
        "refund" => (amount, Nature::Refund),
        "reversal" => (amount, Nature::Reversal),
        _ => (-amount, Nature::Cash),
    }
}

fn attach_postings(documents: &mut ByCustomer<Document>, postings: &mut [Posting]) {
    postings.sort_by_key(|posting| (posting.document, posting.on, posting.row));
    let mut at = 0;
    for (position, document) in documents.items.iter_mut().enumerate() {
        let start = at;
        while postings
            .get(at)
            .is_some_and(|posting| posting.document == Some(DocumentIx(position as u32)))
        {
            at += 1;
        }
        document.postings = (start as u32, at as u32);
    }
}

fn note_over_applied(
    documents: &ByCustomer<Document>,
    postings: &[Posting],
    invoices: Option<&Table>,
    issues: &mut Issues,
) {
    for document in documents.all() {
        let settled: i64 = postings[document.postings()]
            .iter()
            .map(|posting| posting.delta.units())
            .sum();
        let open = document.amount.units() + settled;
        if open != 0 && (open < 0) == document.is_claim() {
            issues.push_with(IssueCode::OverApplied, || {
                let id =
                    invoices.and_then(|invoices| invoices.texts("invoice_id").ok()?[document.row as usize].clone());
                issue(
                    IssueCode::OverApplied,
                    "receipts",
                    format!(
                        "{} {} was applied to document {} of {}",
                        Amount::from_units(-settled),
                        document.currency,
                        id.unwrap_or_default(),
                        document.amount
                    ),
                    "kept, the excess counts as unapplied cash",
                    "look for a payment that was booked twice",
                )
            });
        }
    }
}

/// The optional tables, typed.
struct Optional<'a> {
    tables: &'a BTreeMap<String, Table>,
    customer_ids: &'a [String],
    documents: &'a ByCustomer<Document>,
}

impl Optional<'_> {
    /// Reads a table row by row; rows whose required cells are missing yield nothing.
    fn rows<T>(
        &self,
        name: &str,
        sort: impl Fn(&T) -> (Day, u32),
        read: impl Fn(&Cells<'_>, usize, CustomerIx) -> Option<T>,
    ) -> ByCustomer<T> {
        let Some(table) = self.tables.get(name) else {
            return ByCustomer::new(self.customer_ids.len(), Vec::new());
        };
        let cells = Cells { table };
        let mut items: Vec<(CustomerIx, T)> = customers_of(table, self.customer_ids)
            .into_iter()
            .enumerate()
            .filter_map(|(row, customer)| Some((customer, read(&cells, row, customer)?)))
            .collect();
        items.sort_by_key(|(customer, item)| (*customer, sort(item)));
        ByCustomer::new(self.customer_ids.len(), items)
    }

    fn document(&self, cells: &Cells<'_>, row: usize, customer: CustomerIx) -> Option<DocumentIx> {
        let wanted = cells.texts("invoice_id").at(row)?;
        let ids = Texts(self.tables.get("invoices")?.texts("invoice_id").ok());
        let range = self.documents.range(customer);
        let own = self.documents.of(customer);
        let at = own.partition_point(|document| ids.at(document.row as usize) < Some(wanted));
        let found = own
            .get(at)
            .filter(|document| ids.at(document.row as usize) == Some(wanted));
        found.map(|_| DocumentIx((range.start + at) as u32))
    }

    fn versions(&self) -> ByCustomer<CustomerVersion> {
        self.rows(
            "customers",
            |version: &CustomerVersion| (version.valid_from, version.row),
            |cells, row, _| {
                let valid_from = cells.days("valid_from").at(row)?;
                Some(CustomerVersion {
                    valid_from,
                    known_on: cells.days("posted_on").at(row).unwrap_or(valid_from),
                    row: row as u32,
                })
            },
        )
    }

    fn disputes(&self) -> ByCustomer<Dispute> {
        self.rows(
            "disputes",
            |dispute: &Dispute| (dispute.opened_on, dispute.row),
            |cells, row, customer| {
                let opened_on = cells.days("opened_on").at(row)?;
                Some(Dispute {
                    document: self.document(cells, row, customer),
                    opened_on,
                    closed_on: cells.days("closed_on").at(row),
                    known_on: cells.days("posted_on").at(row).unwrap_or(opened_on),
                    amount: cells.amount("amount", row),
                    row: row as u32,
                })
            },
        )
    }

    fn promises(&self) -> ByCustomer<Promise> {
        self.rows(
            "promises",
            |promise: &Promise| (promise.made_on, promise.row),
            |cells, row, customer| {
                let made_on = cells.days("made_on").at(row)?;
                Some(Promise {
                    document: self.document(cells, row, customer),
                    made_on,
                    promised_on: cells.days("promised_on").at(row)?,
                    known_on: cells.days("posted_on").at(row).unwrap_or(made_on),
                    amount: cells.amount("amount", row)?,
                    row: row as u32,
                })
            },
        )
    }

    fn contacts(&self) -> ByCustomer<Contact> {
        self.rows(
            "contacts",
            |contact: &Contact| (contact.contacted_on, contact.row),
            |cells, row, customer| {
                let contacted_on = cells.days("contacted_on").at(row)?;
                Some(Contact {
                    document: self.document(cells, row, customer),
                    contacted_on,
                    known_on: cells.days("posted_on").at(row).unwrap_or(contacted_on),
                    outbound: cells.texts("direction").at(row).map(|direction| direction == "out"),
                    reached: match cells.table.column("reached") {
                        Some(Data::Flag(values)) => values[row],
                        _ => None,
                    },
                    row: row as u32,
                })
            },
        )
    }

    fn orders(&self) -> ByCustomer<Order> {
        self.rows(
            "orders",
            |order: &Order| (order.ordered_on, order.row),
            |cells, row, _| {
                let ordered_on = cells.days("ordered_on").at(row)?;
                Some(Order {
                    ordered_on,
                    billed_on: cells.days("billed_on").at(row),
                    cancelled_on: cells.days("cancelled_on").at(row),
                    known_on: cells.days("posted_on").at(row).unwrap_or(ordered_on),
                    amount: cells.amount("amount", row)?,
                    currency: currency(cells.texts("currency").at(row)),
                    row: row as u32,
                })
            },
        )
    }

    fn holds(&self) -> ByCustomer<Hold> {
        self.rows(
            "holds",
            |hold: &Hold| (hold.placed_on, hold.row),
            |cells, row, _| {
                let placed_on = cells.days("placed_on").at(row)?;
                Some(Hold {
                    placed_on,
                    released_on: cells.days("released_on").at(row),
                    known_on: cells.days("posted_on").at(row).unwrap_or(placed_on),
                    manual: cells.texts("kind").at(row) != Some("rule"),
                    review_on: cells.days("review_on").at(row),
                    row: row as u32,
                })
            },
        )
    }
}
