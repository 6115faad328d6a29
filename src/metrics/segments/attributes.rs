//! Where the values of an attribute come from, and the numbers they are given.

use std::collections::BTreeSet;

use super::SegmentError;
use super::grouping::UnappliedKey;
use crate::calendar::{AsOf, Day};
use crate::ids::{CustomerIx, Dictionary};
use crate::ledger::Ledger;
use crate::outcome::Caveat;
use crate::table::{Data, Table};

const CUSTOMER_ID: &str = "customer_id";
pub(super) const ENTITY: &str = "entity";
const PARENT: &str = "parent";
const PARENT_ID: &str = "parent_id";
/// Columns by which nothing is grouped: keys, dates of validity, and the currency, which every group has anyway.
const NOT_ATTRIBUTES: &[&str] = &[CUSTOMER_ID, "invoice_id", "valid_from", "posted_on", "currency"];

/// Returns the names a ledger can be grouped by, in alphabetical order.
pub fn available(ledger: &Ledger) -> Vec<String> {
    let mut names = BTreeSet::from([CUSTOMER_ID.to_owned()]);
    if ledger.has("customers") {
        names.insert(PARENT.to_owned());
    }
    for table in ["customers", "invoices"]
        .into_iter()
        .filter_map(|name| ledger.table(name))
    {
        let columns = table.columns().iter().map(|column| column.name.as_str());
        names.extend(columns.filter(|name| is_attribute(table, name)).map(str::to_owned));
    }
    names.into_iter().collect()
}

fn is_attribute(table: &Table, name: &str) -> bool {
    let grouped = matches!(table.column(name), Some(Data::Text(_) | Data::Flag(_) | Data::Int(_)));
    grouped && !NOT_ATTRIBUTES.contains(&name)
}

/// Where the values of an attribute come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    CustomerId,
    Parent,
    Entity,
    OfCustomer(String),
    OfDocument(String),
}

/// One number per customer or per item; 0 for a missing value, else one more than the position in the sorted words.
pub(super) struct Coded {
    pub words: Vec<String>,
    pub codes: Codes,
}

pub(super) enum Codes {
    OfCustomers(Vec<u32>),
    OfItems(Vec<u32>),
}

impl Attribute {
    pub fn find(ledger: &Ledger, name: &str) -> Result<Attribute, SegmentError> {
        let has = |table: &str| ledger.table(table).is_some_and(|table| is_attribute(table, name));
        match name {
            "customer" | CUSTOMER_ID => Ok(Attribute::CustomerId),
            PARENT => Ok(Attribute::Parent),
            name if has("customers") => Ok(Attribute::OfCustomer(name.to_owned())),
            ENTITY if has("invoices") => Ok(Attribute::Entity),
            name if has("invoices") => Ok(Attribute::OfDocument(name.to_owned())),
            name => Err(SegmentError::Unknown {
                attribute: name.to_owned(),
                available: available(ledger)
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Attribute::CustomerId => CUSTOMER_ID,
            Attribute::Parent => PARENT,
            Attribute::Entity => ENTITY,
            Attribute::OfCustomer(name) | Attribute::OfDocument(name) => name,
        }
    }

    pub fn values(
        &self,
        ledger: &Ledger,
        as_of: AsOf,
        unapplied: &[UnappliedKey],
        caveats: &mut Vec<Caveat>,
    ) -> Result<Coded, SegmentError> {
        match self {
            Attribute::CustomerId => {
                // Customers are sorted by id, so that their numbers are already in the order of the words.
                Ok(Coded {
                    words: ledger
                        .customers()
                        .map(|customer| ledger.customer_id(customer).to_owned())
                        .collect(),
                    codes: Codes::OfCustomers((1..=ledger.n_customers() as u32).collect()),
                })
            }
            Attribute::Parent => {
                let parents = values_of_customers(ledger, as_of, PARENT_ID, caveats)?;
                let (words, codes) = code(heads(ledger, &parents).into_iter().map(Some));
                Ok(Coded {
                    words,
                    codes: Codes::OfCustomers(codes),
                })
            }
            Attribute::OfCustomer(name) => {
                let values = values_of_customers(ledger, as_of, name, caveats)?;
                let (words, codes) = code(values.iter().map(Option::as_deref));
                Ok(Coded {
                    words,
                    codes: Codes::OfCustomers(codes),
                })
            }
            Attribute::Entity => {
                let documents = ledger.documents().all().iter().map(|document| document.entity);
                let items = documents.chain(unapplied.iter().map(|(_, _, entity)| *entity));
                let words = items.map(|entity| Some(ledger.entity(entity)).filter(|name| !name.is_empty()));
                let (words, codes) = code(words);
                Ok(Coded {
                    words,
                    codes: Codes::OfItems(codes),
                })
            }
            Attribute::OfDocument(name) => {
                let column = ledger.table("invoices").and_then(|invoices| invoices.column(name));
                let rows = ledger.documents().all().iter().map(|document| document.row as usize);
                let (words, codes) = match column {
                    Some(Data::Text(values)) => {
                        let documents = rows.map(|row| values[row].as_deref());
                        code(documents.chain(unapplied.iter().map(|_| None)))
                    }
                    Some(data) => {
                        let texts: Vec<String> = rows.map(|row| data.text(row)).collect();
                        let documents = texts
                            .iter()
                            .map(|text| Some(text.as_str()).filter(|text| !text.is_empty()));
                        code(documents.chain(unapplied.iter().map(|_| None)))
                    }
                    None => code(rows.map(|_| None).chain(unapplied.iter().map(|_| None))),
                };
                Ok(Coded {
                    words,
                    codes: Codes::OfItems(codes),
                })
            }
        }
    }
}

/// The head of each customer's group of companies, given everyone's parent; a circle ends where it closes.
fn heads<'a>(ledger: &'a Ledger, parents: &'a [Option<String>]) -> Vec<&'a str> {
    let head_of = |customer: CustomerIx| {
        let mut head = ledger.customer_id(customer);
        let mut above = BTreeSet::from([head]);
        let mut at = Some(customer);
        while let Some(parent) = at.and_then(|at| parents[at.at()].as_deref()) {
            // A customer that is its own ancestor stops the walk.
            if !above.insert(parent) {
                break;
            }
            head = parent;
            at = ledger.find_customer(parent);
        }
        head
    };
    ledger.customers().map(head_of).collect()
}

/// Takes a customer attribute from the row valid on the as-of day; a timeless one may come from the earliest row.
fn values_of_customers(
    ledger: &Ledger,
    as_of: AsOf,
    name: &str,
    caveats: &mut Vec<Caveat>,
) -> Result<Vec<Option<String>>, SegmentError> {
    let column = ledger.table("customers").and_then(|customers| customers.column(name));
    let is_timeless = ledger.timeless().contains(name);
    let (mut n_dated, mut n_later) = (0_u64, 0_u64);
    let mut holds_from: Option<Day> = None;
    let mut values: Vec<Option<String>> = Vec::with_capacity(ledger.n_customers());
    for customer in ledger.customers() {
        let earliest = ledger.versions().of(customer).first();
        let row = match (ledger.version_on(customer, as_of.0), earliest) {
            (Some(row), _) => {
                n_dated += 1;
                Some(row)
            }
            (None, Some(earliest)) if is_timeless => Some(earliest.row),
            (None, Some(earliest)) => {
                n_later += 1;
                holds_from = Some(holds_from.map_or(earliest.valid_from, |day| day.min(earliest.valid_from)));
                None
            }
            (None, None) => None,
        };
        let text = row.zip(column).map(|(row, data)| data.text(row as usize));
        values.push(text.filter(|text| !text.is_empty()));
    }
    if let Some(holds_from) = holds_from {
        if n_dated == 0 {
            return Err(SegmentError::Undated {
                attribute: name.to_owned(),
                holds_from,
                as_of,
            });
        }
        caveats.push(Caveat(format!(
            "{n_later} customers have no row of the customers table valid on {as_of}; their `{name}` is left empty, unless it is declared at import with --timeless {name}"
        )));
    }
    Ok(values)
}

/// Numbers words so that the order of numbers is the order of words, missing first.
pub(super) fn code<'a>(values: impl Iterator<Item = Option<&'a str>>) -> (Vec<String>, Vec<u32>) {
    let mut seen = Dictionary::default();
    let mut codes: Vec<u32> = values
        .map(|word| word.map_or(0, |word| seen.number(word) + 1))
        .collect();
    let mut order: Vec<u32> = (0..seen.len() as u32).collect();
    order.sort_by(|&a, &b| seen.word(a).cmp(seen.word(b)));
    let mut rank = vec![0_u32; seen.len() + 1];
    for (position, &number) in order.iter().enumerate() {
        rank[number as usize + 1] = position as u32 + 1;
    }
    for code in &mut codes {
        *code = rank[*code as usize];
    }
    (
        order.into_iter().map(|number| seen.word(number).to_owned()).collect(),
        codes,
    )
}
