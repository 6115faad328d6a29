//! The receipts table as postings: each line becomes the changes of balances it means.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cells::{Amounts, Cells, Days, Ints, Texts, customers_of, entities_of, issue};
use crate::calendar::Day;
use crate::ids::{CustomerIx, Dictionary, DocumentIx};
use crate::ledger::{Document, DocumentKind, Nature, Posting};
use crate::money::{Amount, Currency};
use crate::outcome::{IssueCode, Issues};
use crate::table::PackedTable;

/// Changes of balances, not yet sorted.
#[derive(Default)]
pub(super) struct Posted {
    pub(super) on_documents: Vec<Posting>,
    pub(super) unapplied: Vec<(CustomerIx, Posting)>,
    pub(super) recoveries: Vec<(CustomerIx, Posting)>,
}

/// The receipts table beside the documents it relieves.
pub(super) struct Receipts<'a> {
    n_rows: usize,
    receipt_ids: Texts<'a>,
    applications: Ints<'a>,
    named_invoices: Texts<'a>,
    named_instalments: Ints<'a>,
    kinds: Texts<'a>,
    paid: Days<'a>,
    applied: Days<'a>,
    posted: Days<'a>,
    amounts: Amounts<'a>,
    currencies: Vec<Option<Currency>>,
    reverses: Texts<'a>,
    credit_notes: Texts<'a>,
    invoice_ids: Texts<'a>,
    instalments: Ints<'a>,
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
    pub(super) fn new(
        table: &'a PackedTable,
        invoices: Option<&'a PackedTable>,
        documents: &'a [Document],
        customer_ids: &[String],
        entities: &Dictionary,
    ) -> Receipts<'a> {
        let mut starts = vec![0_u32; customer_ids.len() + 1];
        for document in documents {
            starts[document.customer.at() + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let cells = Cells { table };
        Receipts {
            n_rows: table.n_rows(),
            receipt_ids: cells.texts("receipt_id"),
            applications: cells.ints("application"),
            named_invoices: cells.texts("invoice_id"),
            named_instalments: cells.ints("instalment"),
            kinds: cells.texts("kind"),
            paid: cells.days("paid_on"),
            applied: cells.days("applied_on"),
            posted: cells.days("posted_on"),
            amounts: cells.amounts("amount"),
            currencies: cells
                .texts("currency")
                .each(table.n_rows(), None, |code| Currency::parse(code).ok()),
            reverses: cells.texts("reverses"),
            credit_notes: cells.texts("document_id"),
            invoice_ids: Texts(invoices.and_then(|invoices| invoices.texts("invoice_id"))),
            instalments: Ints(invoices.and_then(|invoices| invoices.ints("instalment"))),
            documents,
            starts,
            customers: customers_of(table, customer_ids),
            entities: entities_of(table, entities),
        }
    }

    pub(super) fn post(&self, issues: &mut Issues) -> Posted {
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
                        // A credit note whose invoice is not there stays open; it is never a second credit.
                        [] if self.credit_note(&line).is_some() && line.invoice_id.is_some() => {}
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
            instalment: self.named_instalments.at(row),
            kind: self.kinds.at(row).unwrap_or("cash"),
            paid_on,
            applied_on: self.applied.at(row).unwrap_or(paid_on).max(paid_on),
            known_on: self.posted.at(row).unwrap_or(paid_on),
            amount: self.amounts.at(row)?,
            currency: self.currencies[row],
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
            .filter(|(_, document)| instalment.is_none() || self.instalments.at(document.row as usize) == instalment)
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
                    self.note_currency(line, found, invoice_id, expected, issues);
                    return Vec::new();
                }
            }
            (None, _) => {}
        }
        found
    }

    fn note_currency(
        &self,
        line: &Line<'_>,
        found: Currency,
        invoice_id: &str,
        expected: Currency,
        issues: &mut Issues,
    ) {
        issues.push_with(IssueCode::ReceiptCurrency, || {
            issue(
                IssueCode::ReceiptCurrency,
                "receipts",
                format!(
                    "receipt {} is in {found}, its invoice {invoice_id} in {expected}",
                    self.receipt_id(line.row)
                ),
                "kept as unapplied cash in its own currency",
                "give what is relieved in the currency of the invoice, and what was received in `received_amount`",
            )
        });
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
            money: match nature {
                Nature::CreditApplied => Nature::Credit,
                _ => money(line.kind),
            },
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
    fn reversed_lines(&self) -> HashMap<LineKey<'a>, usize> {
        let wanted: BTreeSet<LineKey<'_>> = (0..self.n_rows)
            .filter_map(|row| Some(line_named(self.customers[row], self.reverses.at(row)?)))
            .collect();
        if wanted.is_empty() {
            return HashMap::new();
        }
        (0..self.n_rows)
            .filter_map(|row| {
                let application = self.applications.at(row).unwrap_or(1);
                Some(((self.customers[row], self.receipt_ids.at(row)?, application), row))
            })
            .filter(|(key, _)| wanted.contains(key))
            .collect()
    }

    fn post_reversal(
        &self,
        line: &Line<'_>,
        reversed: &HashMap<LineKey<'_>, usize>,
        posted: &mut Posted,
        issues: &mut Issues,
    ) {
        let reference = self.reverses.at(line.row);
        let original = reference
            .and_then(|reference| reversed.get(&line_named(line.customer, reference)))
            .and_then(|&row| self.line(row));
        if original.is_none() {
            issues.push_with(IssueCode::ReversalOrphan, || {
                issue(
                    IssueCode::ReversalOrphan,
                    "receipts",
                    format!(
                        "reversal {} names `{}`, which is no receipt line of this customer in the ledger",
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
        // A reversal in another currency than the document leaves it alone, as the receipt did.
        let currency = line.currency.or(source.currency);
        let document = document.filter(|document| {
            let expected = self.documents[document.at()].currency;
            let differs = currency.filter(|&found| found != expected);
            if let Some(found) = differs {
                self.note_currency(line, found, source.invoice_id.unwrap_or_default(), expected, issues);
            }
            differs.is_none()
        });
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
                posted.on_documents.push(Posting {
                    money: money(source.kind),
                    ..self.posting(line, Some(document), on, delta, Nature::Reversal)
                });
            }
            None => {
                let posting = Posting {
                    money: money(source.kind),
                    currency: currency.unwrap_or(Currency::UNKNOWN),
                    ..self.posting(line, None, line.paid_on, delta, Nature::Reversal)
                };
                posted.unapplied.push((source.customer, posting));
            }
        }
    }
}

/// A customer's receipt line: receipt id and application.
type LineKey<'a> = (CustomerIx, &'a str, i64);

/// Reads `receipt_id/application`, or a receipt id alone for its first line.
fn line_named(customer: CustomerIx, reference: &str) -> LineKey<'_> {
    let named = reference
        .rsplit_once('/')
        .and_then(|(receipt, application)| Some((customer, receipt, application.parse().ok()?)));
    named.unwrap_or((customer, reference, 1))
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

/// What kind of money a receipt line moves; a reversal that names no line moves cash.
fn money(kind: &str) -> Nature {
    match effect(kind, Amount::from_units(0)).1 {
        Nature::Reversal => Nature::Cash,
        _ if kind == "recovery" => Nature::Recovery,
        nature => nature,
    }
}
