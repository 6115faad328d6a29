//! Where the values of an attribute come from, and the numbers they are given.

use std::collections::BTreeSet;

use super::SegmentError;
use super::bands::{self, Bands};
use super::grouping::CustomerAccount;
use crate::calendar::{AsOf, Day};
use crate::ids::{CustomerIx, Dictionary};
use crate::ledger::Ledger;
use crate::outcome::Caveat;
use crate::table::{Data, Table};

pub(super) const CUSTOMER_ID: &str = "customer_id";
pub(super) const ENTITY: &str = "entity";
pub(super) const PARENT: &str = "parent";
pub(super) const PARENT_ID: &str = "parent_id";
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
    names.extend(external_names(ledger).into_iter().map(str::to_owned));
    names.into_iter().collect()
}

/// Returns the numbers that a ledger can be grouped by in bands, in alphabetical order.
pub fn numeric(ledger: &Ledger) -> Vec<String> {
    let mut names: BTreeSet<String> = bands::COMPUTED.iter().map(|name| (*name).to_owned()).collect();
    for table in ["customers", "invoices"]
        .into_iter()
        .filter_map(|name| ledger.table(name))
    {
        let numbers = table.columns().iter();
        let numbers = numbers.filter(|column| matches!(column.data, Data::Money(_) | Data::Real(_) | Data::Int(_)));
        names.extend(numbers.map(|column| column.name.clone()));
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
    External(String),
    Banded(Bands),
}

/// One number per customer, per account or per document; 0 for a missing value, else one more than the position in the sorted words.
pub(super) struct Coded {
    pub words: Vec<String>,
    pub codes: Codes,
}

pub(super) enum Codes {
    Customers(Vec<u32>),
    Accounts(Vec<u32>),
    Documents(Vec<u32>),
}

impl Attribute {
    /// Reads what was asked for: names, and numbers with their edges (`amount:1000,10000`; the comma may have split them).
    pub fn read(ledger: &Ledger, by: &[String]) -> Result<Vec<Attribute>, SegmentError> {
        let mut asked: Vec<(&str, Vec<&str>)> = Vec::new();
        for word in by.iter().map(|word| word.trim()).filter(|word| *word != "currency") {
            let mut parts = word.split(',');
            let first = parts.next().unwrap_or_default();
            match (first.split_once(':'), asked.last_mut()) {
                (Some((name, edge)), _) => asked.push((name, vec![edge])),
                (None, Some((_, edges))) if !edges.is_empty() && first.parse::<f64>().is_ok() => edges.push(first),
                (None, _) => asked.push((first, Vec::new())),
            }
            if let Some((_, edges)) = asked.last_mut() {
                edges.extend(parts);
            }
        }
        let mut attributes: Vec<Attribute> = Vec::new();
        for (name, edges) in asked {
            let attribute = if edges.is_empty() {
                Attribute::find(ledger, name)?
            } else {
                Attribute::Banded(Bands::parse(ledger, name, &edges)?)
            };
            if attributes.contains(&attribute) {
                continue;
            }
            if attributes.iter().any(|known| known.name() == attribute.name()) {
                return Err(SegmentError::Twice {
                    attribute: attribute.name().to_owned(),
                });
            }
            attributes.push(attribute);
        }
        Ok(attributes)
    }

    fn find(ledger: &Ledger, name: &str) -> Result<Attribute, SegmentError> {
        let column = |table: &str| ledger.table(table).and_then(|table| table.column(name));
        let has = |table: &str| ledger.table(table).is_some_and(|table| is_attribute(table, name));
        let is_number = |table: &str| matches!(column(table), Some(Data::Money(_) | Data::Real(_)));
        match name {
            "customer" | CUSTOMER_ID => Ok(Attribute::CustomerId),
            PARENT => Ok(Attribute::Parent),
            name if has("customers") => Ok(Attribute::OfCustomer(name.to_owned())),
            ENTITY if has("invoices") => Ok(Attribute::Entity),
            name if has("invoices") => Ok(Attribute::OfDocument(name.to_owned())),
            name if external_names(ledger).contains(name) => Ok(Attribute::External(name.to_owned())),
            name if bands::COMPUTED.contains(&name) || is_number("customers") || is_number("invoices") => {
                Err(SegmentError::NeedsEdges {
                    attribute: name.to_owned(),
                })
            }
            name => Err(SegmentError::unknown(ledger, name)),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Attribute::CustomerId => CUSTOMER_ID,
            Attribute::Parent => PARENT,
            Attribute::Entity => ENTITY,
            Attribute::OfCustomer(name) | Attribute::OfDocument(name) | Attribute::External(name) => name,
            Attribute::Banded(bands) => &bands.name,
        }
    }

    pub fn values(
        &self,
        ledger: &Ledger,
        as_of: AsOf,
        accounts: &[CustomerAccount],
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
                    codes: Codes::Customers((1..=ledger.n_customers() as u32).collect()),
                })
            }
            Attribute::Parent => {
                let parents = values_of_customers(ledger, as_of, PARENT_ID, caveats)?;
                let heads = heads(ledger, |customer| parents[customer.at()].as_deref());
                let (words, codes) = code(heads.into_iter().map(Some));
                Ok(Coded {
                    words,
                    codes: Codes::Customers(codes),
                })
            }
            Attribute::OfCustomer(name) => {
                let values = values_of_customers(ledger, as_of, name, caveats)?;
                let (words, codes) = code(values.iter().map(Option::as_deref));
                Ok(Coded {
                    words,
                    codes: Codes::Customers(codes),
                })
            }
            Attribute::External(name) => {
                let values = external_values(ledger, as_of, name);
                let (words, codes) = code(values.iter().map(Option::as_deref));
                Ok(Coded {
                    words,
                    codes: Codes::Customers(codes),
                })
            }
            Attribute::Banded(bands) => bands.values(ledger, as_of, accounts, caveats),
            Attribute::Entity => {
                let names = accounts.iter().map(|(_, account)| ledger.entity(account.entity));
                let (words, codes) = code(names.map(|name| Some(name).filter(|name| !name.is_empty())));
                Ok(Coded {
                    words,
                    codes: Codes::Accounts(codes),
                })
            }
            Attribute::OfDocument(name) => {
                let column = ledger.table("invoices").and_then(|invoices| invoices.column(name));
                let rows = ledger.documents().all().iter().map(|document| document.row as usize);
                let (words, codes) = match column {
                    Some(Data::Text(values)) => code(rows.map(|row| values[row].as_deref())),
                    Some(data) => {
                        let texts: Vec<String> = rows.map(|row| data.text(row)).collect();
                        code(
                            texts
                                .iter()
                                .map(|text| Some(text.as_str()).filter(|text| !text.is_empty())),
                        )
                    }
                    None => code(rows.map(|_| None)),
                };
                Ok(Coded {
                    words,
                    codes: Codes::Documents(codes),
                })
            }
        }
    }
}

/// Returns the head of each customer's group of companies, given everyone's parent; a circle ends where it closes.
pub(crate) fn heads<'a>(ledger: &'a Ledger, parent_of: impl Fn(CustomerIx) -> Option<&'a str>) -> Vec<&'a str> {
    let head_of = |customer: CustomerIx| {
        let mut head = ledger.customer_id(customer);
        let mut above = BTreeSet::from([head]);
        let mut at = Some(customer);
        while let Some(parent) = at.and_then(&parent_of) {
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
pub(super) fn values_of_customers(
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

/// Returns the names of what was imported about customers from outside.
pub(super) fn external_names(ledger: &Ledger) -> BTreeSet<&str> {
    let names = ledger.table("external").and_then(|table| table.texts("name").ok());
    names.unwrap_or_default().iter().flatten().map(String::as_str).collect()
}

/// Takes the newest value from outside that was known on the as-of day, for each customer.
pub(super) fn external_values(ledger: &Ledger, as_of: AsOf, name: &str) -> Vec<Option<String>> {
    let mut newest: Vec<Option<(Day, String)>> = vec![None; ledger.n_customers()];
    let Some(table) = ledger.table("external") else {
        return vec![None; ledger.n_customers()];
    };
    let texts = |column: &str| table.texts(column).unwrap_or_default();
    let (customers, names, values) = (texts("customer_id"), texts("name"), texts("value"));
    let days = table.days("known_on").unwrap_or_default();
    for (row, day) in days.iter().enumerate() {
        let (Some(day), Some(id), Some(value)) = (*day, &customers[row], &values[row]) else {
            continue;
        };
        if names[row].as_deref() != Some(name) || day > as_of.0 {
            continue;
        }
        if let Some(customer) = ledger.find_customer(id) {
            let own = &mut newest[customer.at()];
            if own.as_ref().is_none_or(|(known_on, _)| *known_on <= day) {
                *own = Some((day, value.clone()));
            }
        }
    }
    newest.into_iter().map(|value| Some(value?.1)).collect()
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
