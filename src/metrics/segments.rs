//! Which group each document belongs to: its currency and the attributes asked for.
//!
//! # Definition
//! A group is a currency and one value for each attribute. Attributes are columns of the customers table, as of the row
//! valid on the as-of day, or columns of the invoices table; a name that both have means the customers'. `customer_id`
//! groups by customer, `parent` by the customer that heads its group of companies: the last one up the chain of
//! `parent_id`, itself where it has none.
//! # Inputs
//! A ledger, the as-of day, the names of the attributes.
//! # Edge cases
//! Attributes whose rows all begin after the as-of day are undated facts of the day of import: they are refused, unless
//! they were declared timeless. A customer without a row on that day has empty values. Items that stand on no document
//! (unapplied cash and credits) have the customer's attributes, their own entity, and empty values for other columns
//! of the invoices table.
//! # Source
//! The rule for undated attributes: data contract of this program.
//! # Example
//! Two customers, `north` and `south`, each with an invoice in EUR and `by` = region: the groups `EUR north`, `EUR south`.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{
    Column, DataFrame, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, PolarsError, SortMultipleOptions,
    UniqueKeepStrategy, col,
};
use thiserror::Error;

use crate::calendar::{AsOf, Day};
use crate::history::{Group, Groups};
use crate::ids::{CustomerIx, Dictionary};
use crate::ledger::Ledger;
use crate::money::Currency;
use crate::outcome::{Caveat, Checked};
use crate::table::{Data, Table};

/// Why documents cannot be grouped as asked.
#[derive(Debug, Error)]
pub enum SegmentError {
    /// No such attribute.
    #[error("found no attribute `{attribute}`, expected one of {available}")]
    Unknown {
        /// The attribute asked for.
        attribute: String,
        /// Those that are there.
        available: String,
    },
    /// The attribute is known only from a later day on.
    #[error(
        "attribute `{attribute}` holds from {holds_from}, after the as-of day {as_of}: using it would look into the future; \
         give the customers table a `valid_from`, or, if it never changes, declare it at import with --timeless {attribute}"
    )]
    Undated {
        /// The attribute asked for.
        attribute: String,
        /// First day on which any customer has it.
        holds_from: Day,
        /// The day asked for.
        as_of: AsOf,
    },
    /// The join of attributes failed.
    #[error("attributes cannot be joined to documents")]
    Frame {
        /// What the join said.
        #[source]
        source: PolarsError,
    },
}

impl From<PolarsError> for SegmentError {
    fn from(source: PolarsError) -> SegmentError {
        SegmentError::Frame { source }
    }
}

const CUSTOMER_ID: &str = "customer_id";
const ENTITY: &str = "entity";
const PARENT: &str = "parent";
const PARENT_ID: &str = "parent_id";
/// Columns by which nothing is grouped: keys, dates of validity, and the currency, which every group has anyway.
const NOT_ATTRIBUTES: &[&str] = &[CUSTOMER_ID, "invoice_id", "valid_from", "posted_on", "currency"];

/// Puts every document and every unapplied item of a ledger into its group.
///
/// `by` may be empty: then groups are currencies. `customer` means `customer_id`; `currency` adds nothing.
///
/// # Errors
/// An attribute is unknown, or known only from a day after `as_of`.
pub fn groups(ledger: &Ledger, as_of: AsOf, by: &[String]) -> Result<Checked<Groups>, SegmentError> {
    groups_with_accounts(ledger, as_of, by, &[])
}

/// Groups as [`groups`] does, with places for facts that stand on customers' accounts: find them by
/// [`Groups::of_unapplied`] with the currency given here and entity 0.
///
/// # Errors
/// As for [`groups`].
pub(super) fn groups_with_accounts(
    ledger: &Ledger,
    as_of: AsOf,
    by: &[String],
    accounts: &[(CustomerIx, Currency)],
) -> Result<Checked<Groups>, SegmentError> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for name in by.iter().filter(|name| *name != "currency") {
        let attribute = Attribute::find(ledger, name)?;
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    let mut unapplied = unapplied_keys(ledger);
    unapplied.extend(accounts.iter().map(|&(customer, currency)| (customer, currency, 0)));
    unapplied.sort_unstable();
    unapplied.dedup();
    if attributes.is_empty() {
        return Ok(Checked::clean(by_currency(ledger, &unapplied)));
    }
    let mut caveats = Vec::new();
    let coded = attributes
        .iter()
        .map(|attribute| attribute.values(ledger, as_of, &unapplied, &mut caveats))
        .collect::<Result<Vec<Coded>, SegmentError>>()?;
    let names = attributes.iter().map(|attribute| attribute.name().to_owned()).collect();
    Ok(Checked {
        value: join(ledger, as_of, names, &coded, unapplied)?,
        issues: Default::default(),
        caveats,
    })
}

/// Puts every document and every unapplied item of a ledger into the group of its currency and legal entity.
///
/// The entity is the item's own, also where the customers table has a column of that name; it is `None` where none was named.
pub fn groups_by_entity(ledger: &Ledger) -> Groups {
    let unapplied = unapplied_keys(ledger);
    let name = |entity: u16| Some(ledger.entity(entity).to_owned()).filter(|name| !name.is_empty());
    let documents = ledger.documents().all();
    let found: BTreeSet<(Currency, u16)> = documents
        .iter()
        .map(|document| (document.currency, document.entity))
        .chain(unapplied.iter().map(|&(_, currency, entity)| (currency, entity)))
        .collect();
    let mut groups: Vec<Group> = found
        .iter()
        .map(|&(currency, entity)| Group {
            currency,
            values: vec![name(entity)],
        })
        .collect();
    groups.sort();
    let number: BTreeMap<(Currency, u16), u32> = found
        .into_iter()
        .map(|(currency, entity)| {
            let values = vec![name(entity)];
            let at = groups.partition_point(|group| {
                *group
                    < Group {
                        currency,
                        values: values.clone(),
                    }
            });
            ((currency, entity), at as u32)
        })
        .collect();
    Groups::new(
        vec![ENTITY.to_owned()],
        groups,
        documents
            .iter()
            .map(|document| number[&(document.currency, document.entity)])
            .collect(),
        unapplied.iter().map(|&key| (key, number[&(key.1, key.2)])).collect(),
        None,
    )
}

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
enum Attribute {
    CustomerId,
    Parent,
    Entity,
    OfCustomer(String),
    OfDocument(String),
}

/// One number per customer or per item; 0 for a missing value, else one more than the position in the sorted words.
struct Coded {
    words: Vec<String>,
    codes: Codes,
}

enum Codes {
    OfCustomers(Vec<u32>),
    OfItems(Vec<u32>),
}

type UnappliedKey = (CustomerIx, Currency, u16);

impl Attribute {
    fn find(ledger: &Ledger, name: &str) -> Result<Attribute, SegmentError> {
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

    fn name(&self) -> &str {
        match self {
            Attribute::CustomerId => CUSTOMER_ID,
            Attribute::Parent => PARENT,
            Attribute::Entity => ENTITY,
            Attribute::OfCustomer(name) | Attribute::OfDocument(name) => name,
        }
    }

    fn values(
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
fn code<'a>(values: impl Iterator<Item = Option<&'a str>>) -> (Vec<String>, Vec<u32>) {
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

/// Customers' items that stand on no document: unapplied cash and credits, and recoveries whose document is unknown.
fn unapplied_keys(ledger: &Ledger) -> Vec<UnappliedKey> {
    let mut keys: Vec<UnappliedKey> = Vec::new();
    for customer in ledger.customers() {
        let recoveries = ledger.recoveries().of(customer).iter();
        let recoveries = recoveries.filter(|posting| posting.document.is_none());
        let first = keys.len();
        for posting in ledger.unapplied().of(customer).iter().chain(recoveries) {
            keys.push((customer, posting.currency, posting.entity));
        }
        keys[first..].sort_unstable();
        let mut kept = first;
        for at in first..keys.len() {
            if at == first || keys[at] != keys[kept - 1] {
                keys[kept] = keys[at];
                kept += 1;
            }
        }
        keys.truncate(kept);
    }
    keys
}

fn by_currency(ledger: &Ledger, unapplied: &[UnappliedKey]) -> Groups {
    let documents = ledger.documents().all();
    let currencies: BTreeSet<Currency> = documents
        .iter()
        .map(|document| document.currency)
        .chain(unapplied.iter().map(|(_, currency, _)| *currency))
        .collect();
    let number: BTreeMap<Currency, u32> = currencies.iter().copied().zip(0..).collect();
    let groups = currencies.into_iter().map(|currency| Group {
        currency,
        values: Vec::new(),
    });
    Groups::new(
        Vec::new(),
        groups.collect(),
        documents.iter().map(|document| number[&document.currency]).collect(),
        unapplied.iter().map(|&key| (key, number[&key.1])).collect(),
        None,
    )
}

const ITEM: &str = "item";
const CUSTOMER: &str = "customer";
const GROUP: &str = "group";
const CURRENCY: &str = "currency_code";

fn join(
    ledger: &Ledger,
    as_of: AsOf,
    names: Vec<String>,
    attributes: &[Coded],
    unapplied: Vec<UnappliedKey>,
) -> Result<Groups, SegmentError> {
    let documents = ledger.documents().all();
    let n_items = documents.len() + unapplied.len();
    let customers = documents.iter().map(|document| document.customer.0);
    let customers = customers.chain(unapplied.iter().map(|(customer, _, _)| customer.0));
    let currencies: Vec<Currency> = documents
        .iter()
        .map(|document| document.currency)
        .chain(unapplied.iter().map(|(_, currency, _)| *currency))
        .collect();
    let (currency_words, currency_codes) = code(currencies.iter().map(|currency| Some(currency.as_str())));

    let mut items = vec![
        column(ITEM, (0..n_items as u32).collect()),
        column(CUSTOMER, customers.collect()),
        column(CURRENCY, currency_codes),
    ];
    let mut of_customers = vec![column(CUSTOMER, (0..ledger.n_customers() as u32).collect())];
    let mut keys = vec![CURRENCY.to_owned()];
    for (at, attribute) in attributes.iter().enumerate() {
        let key = format!("attribute_{at}");
        match &attribute.codes {
            Codes::OfCustomers(codes) => of_customers.push(column(&key, codes.clone())),
            Codes::OfItems(codes) => items.push(column(&key, codes.clone())),
        }
        keys.push(key);
    }
    let key_columns: Vec<Expr> = keys.iter().map(|key| col(key.as_str())).collect();
    let items: LazyFrame = DataFrame::new_infer_height(items)?.lazy();
    let of_customers = DataFrame::new_infer_height(of_customers)?.lazy();

    // Every item has the attributes of its customer beside its own.
    let keyed = items.left_join(of_customers, col(CUSTOMER), col(CUSTOMER)).collect()?;
    // A group is a combination that occurs; groups are numbered in the order of their words.
    let distinct = keyed
        .clone()
        .lazy()
        .select(key_columns.clone())
        .unique(None, UniqueKeepStrategy::Any)
        .sort(keys.clone(), SortMultipleOptions::default())
        .with_row_index(GROUP, None)
        .collect()?;
    // Every item has the number of its group.
    let numbered = keyed
        .lazy()
        .join(
            distinct.clone().lazy(),
            key_columns.clone(),
            key_columns,
            JoinArgs::new(JoinType::Left),
        )
        .select([col(ITEM), col(GROUP)])
        .collect()?;

    let codes = keys
        .iter()
        .map(|key| numbers(&distinct, key))
        .collect::<Result<Vec<_>, _>>()?;
    let groups = (0..distinct.height()).map(|group| Group {
        currency: Currency::parse(&currency_words[codes[0][group] as usize - 1]).unwrap_or(Currency::UNKNOWN),
        values: attributes
            .iter()
            .zip(&codes[1..])
            .map(|(attribute, codes)| {
                let position = codes[group].checked_sub(1)?;
                Some(attribute.words[position as usize].clone())
            })
            .collect(),
    });
    let mut of_item = vec![0_u32; n_items];
    for (item, group) in numbers(&numbered, ITEM)?.into_iter().zip(numbers(&numbered, GROUP)?) {
        of_item[item as usize] = group;
    }
    let of_unapplied = unapplied.into_iter().zip(of_item.split_off(documents.len())).collect();
    Ok(Groups::new(
        names,
        groups.collect(),
        of_item,
        of_unapplied,
        Some(as_of.0),
    ))
}

fn column(name: &str, values: Vec<u32>) -> Column {
    Column::new(name.into(), values)
}

fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<u32>, PolarsError> {
    Ok(frame
        .column(name)?
        .u32()?
        .iter()
        .map(Option::unwrap_or_default)
        .collect())
}
