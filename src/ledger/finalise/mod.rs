//! Turns the stored tables into documents and postings: every receipt line becomes the changes of balances it means.

mod cells;
mod documents;
mod due_days;
mod optional;
mod receipts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

pub(super) use self::cells::customers_of;
use self::cells::issue;
use self::documents::documents;
use self::due_days::due_days;
use self::optional::Optional;
use self::receipts::Receipts;
use super::kept::{KeptFacts, MadeFacts};
use super::tables::Tables;
use super::{ByCustomer, Document, Ledger, Posting};
use crate::ids::{Dictionary, DocumentIx};
use crate::money::Amount;
use crate::outcome::{IssueCode, Issues};
use crate::table::{PackedTable, Words};

impl Ledger {
    /// Builds the ledger from tables in their stored order.
    pub(in crate::ledger) fn from_tables(tables: Arc<Tables>, timeless: BTreeSet<String>, hash: String) -> Ledger {
        let packed = tables.all().map(|(name, table)| {
            let packed = PackedTable::of(table).expect("a stored table holds amounts of documents");
            (name.to_owned(), packed)
        });
        Ledger::from_packed(&packed.collect(), tables, timeless, hash)
    }

    /// Builds the ledger from packed tables in their stored order; `stored` are the same tables, for the words in them.
    pub(in crate::ledger) fn from_packed(
        tables: &BTreeMap<String, PackedTable>,
        stored: Arc<Tables>,
        timeless: BTreeSet<String>,
        hash: String,
    ) -> Ledger {
        let books = BOOKS.into_iter().filter_map(|name| tables.get(name));
        let columns = books.filter_map(|table| table.texts("entity"));
        let names: BTreeSet<&str> = columns.flat_map(Words::distinct).collect();
        let ledger = Ledger::of_rows(tables, numbered(names));
        Ledger {
            tables: stored,
            timeless,
            hash,
            ..ledger
        }
    }

    /// Builds a ledger of facts alone, from packed tables in their stored order, given the numbers of the legal entities.
    pub(in crate::ledger) fn of_rows(tables: &BTreeMap<String, PackedTable>, entities: Dictionary) -> Ledger {
        let customer_ids = customer_ids(tables);
        let mut issues = Issues::default();
        note_unknown_customers(tables, &customer_ids, &mut issues);

        let documents = tables
            .get("invoices")
            .map(|invoices| documents(invoices, &customer_ids, &entities, &mut issues))
            .unwrap_or_default();
        let mut posted = tables
            .get("receipts")
            .map(|receipts| {
                let invoices = tables.get("invoices");
                Receipts::new(receipts, invoices, &documents, &customer_ids, &entities).post(&mut issues)
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
        sort_and_attach_postings(&mut documents, &mut posted.on_documents);
        note_over_applied(&documents, &posted.on_documents, tables.get("invoices"), &mut issues);
        posted
            .unapplied
            .sort_by_key(|(customer, posting)| (*customer, posting.on, posting.row));
        posted
            .recoveries
            .sort_by_key(|(customer, posting)| (*customer, posting.on, posting.row));

        let optional = Optional {
            tables,
            customer_ids: &customer_ids,
            documents: &documents,
        };
        let facts = MadeFacts {
            due_days: due_days(tables.get("invoices"), n_customers, &documents),
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
        };
        Ledger {
            facts: Arc::new(KeptFacts::in_memory(facts)),
            entities,
            tables: Arc::default(),
            timeless: BTreeSet::new(),
            issues: OnceLock::from(issues),
            hash: String::new(),
            known_on: None,
        }
    }
}

fn customer_ids(tables: &BTreeMap<String, PackedTable>) -> Vec<String> {
    let columns = tables.values().filter_map(|table| table.texts("customer_id"));
    let ids: BTreeSet<&str> = columns.flat_map(Words::distinct).collect();
    ids.into_iter().map(str::to_owned).collect()
}

/// The tables whose rows name legal entities.
pub(super) const BOOKS: [&str; 2] = ["invoices", "receipts"];

/// Numbers legal entities, given in alphabetical order, behind the one that has no name.
pub(super) fn numbered<'n>(names: impl IntoIterator<Item = &'n str>) -> Dictionary {
    let mut entities = Dictionary::default();
    entities.number("");
    for name in names {
        entities.number(name);
    }
    entities
}

fn note_unknown_customers(tables: &BTreeMap<String, PackedTable>, customer_ids: &[String], issues: &mut Issues) {
    let Some(customers) = tables.get("customers") else {
        return;
    };
    let known: BTreeSet<&str> = customers
        .texts("customer_id")
        .into_iter()
        .flat_map(Words::distinct)
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

fn sort_and_attach_postings(documents: &mut ByCustomer<Document>, postings: &mut [Posting]) {
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
    invoices: Option<&PackedTable>,
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
                let id = invoices.and_then(|invoices| invoices.texts("invoice_id")?.at(document.row as usize));
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
