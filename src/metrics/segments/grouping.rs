//! Groups: which one each document and each unapplied item belongs to.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{
    Column, DataFrame, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, PolarsError, SortMultipleOptions,
    UniqueKeepStrategy, col,
};

use super::SegmentError;
use super::attributes::{Coded, Codes, ENTITY, code};
use crate::calendar::AsOf;
use crate::history::{Group, Groups};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::Currency;

pub(super) type UnappliedKey = (CustomerIx, Currency, u16);

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

/// Customers' items that stand on no document: unapplied cash and credits, and recoveries whose document is unknown.
pub(super) fn unapplied_keys(ledger: &Ledger) -> Vec<UnappliedKey> {
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

pub(super) fn by_currency(ledger: &Ledger, unapplied: &[UnappliedKey]) -> Groups {
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

pub(super) fn join(
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
