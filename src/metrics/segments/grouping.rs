//! Groups: which one each document and each unapplied item belongs to.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{
    Column, DataFrame, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, PolarsError, SortMultipleOptions,
    UniqueKeepStrategy, col,
};

use super::SegmentError;
use super::attributes::{Coded, Codes, ENTITY, code};
use crate::calendar::AsOf;
use crate::history::{AccountGroups, Assignment, Group, Groups};
use crate::ids::CustomerIx;
use crate::ledger::{Account, Ledger};
use crate::money::Currency;

/// One account of one customer.
pub(super) type CustomerAccount = (CustomerIx, Account);

/// Puts every document and every unapplied item of a ledger into the group of its currency and legal entity.
///
/// The entity is the item's own, also where the customers table has a column of that name; it is `None` where none was named.
pub fn groups_by_entity(ledger: &Ledger) -> Groups {
    let accounts = accounts(ledger, &[]);
    let group = |account: &Account| Group {
        currency: account.currency,
        values: vec![Some(ledger.entity(account.entity).to_owned()).filter(|name| !name.is_empty())],
    };
    let books = distinct(accounts.iter().map(|(_, account)| *account));
    let groups: BTreeSet<Group> = books.iter().map(group).collect();
    let groups: Vec<Group> = groups.into_iter().collect();
    let number: BTreeMap<Account, u32> = books
        .into_iter()
        .map(|account| (account, groups.partition_point(|other| *other < group(&account)) as u32))
        .collect();
    let of_currencies = number.iter().map(|(account, number)| (account.currency, *number));
    let of_currencies: Vec<(Currency, u32)> = of_currencies.collect();
    // Where no currency has several entities, nobody need look at them.
    let assignment = match of_currencies.is_sorted_by(|(a, _), (b, _)| a < b) {
        true => Assignment::Currencies(of_currencies),
        false => {
            let accounts = accounts
                .into_iter()
                .map(|(customer, account)| (customer, account, number[&account]));
            Assignment::Accounts(AccountGroups::new(ledger.n_customers(), accounts))
        }
    };
    Groups::new(vec![ENTITY.to_owned()], groups, assignment, None)
}

/// Returns the different ones of many items of which few differ.
fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> BTreeSet<T> {
    items.fold(BTreeSet::new(), |mut found, item| {
        found.insert(item);
        found
    })
}

/// The accounts of every customer, with places for facts that stand on others: one entry each, sorted by customer.
pub(super) fn accounts(ledger: &Ledger, others: &[(CustomerIx, Currency)]) -> Vec<CustomerAccount> {
    let own = ledger.accounts();
    let own = ledger
        .customers()
        .flat_map(|customer| own.of(customer).iter().map(move |account| (customer, *account)));
    let mut accounts: Vec<CustomerAccount> = own.collect();
    if !others.is_empty() {
        let others = others
            .iter()
            .map(|&(customer, currency)| (customer, Account { currency, entity: 0 }));
        accounts.extend(others);
        accounts.sort_unstable();
        accounts.dedup();
    }
    accounts
}

pub(super) fn by_currency(accounts: &[CustomerAccount]) -> Groups {
    let currencies = distinct(accounts.iter().map(|(_, account)| account.currency));
    let numbers = currencies.iter().copied().zip(0..).collect();
    let groups = currencies.into_iter().map(|currency| Group {
        currency,
        values: Vec::new(),
    });
    Groups::new(Vec::new(), groups.collect(), Assignment::Currencies(numbers), None)
}

const ITEM: &str = "item";
const CUSTOMER: &str = "customer";
const GROUP: &str = "group";
const CURRENCY: &str = "currency_code";

/// Gives every item the number of the combination of values that it has.
///
/// Items are the accounts where all values are those of customers and accounts; else the documents, and after them the
/// accounts of what stands on no document.
pub(super) fn join(
    ledger: &Ledger,
    as_of: AsOf,
    names: Vec<String>,
    attributes: &[Coded],
    accounts: &[CustomerAccount],
    others: &[(CustomerIx, Currency)],
) -> Result<Groups, SegmentError> {
    let by_document = attributes
        .iter()
        .any(|attribute| matches!(attribute.codes, Codes::Documents(_)));
    let beside = by_document.then(|| beside_documents(ledger, others));
    let beside = beside.as_deref().unwrap_or(accounts);
    let mut items = if by_document {
        accounts_of_documents(ledger)
    } else {
        Vec::new()
    };
    let n_documents = items.len();
    items.extend(beside);
    let currencies = items.iter().map(|(_, account)| Some(account.currency.as_str()));
    let (currency_words, currency_codes) = code(currencies);

    let mut item_columns = vec![
        column(ITEM, (0..items.len() as u32).collect()),
        column(CUSTOMER, items.iter().map(|(customer, _)| customer.0).collect()),
        column(CURRENCY, currency_codes),
    ];
    let mut of_customers = vec![column(CUSTOMER, (0..ledger.n_customers() as u32).collect())];
    let mut keys = vec![CURRENCY.to_owned()];
    for (at, attribute) in attributes.iter().enumerate() {
        let key = format!("attribute_{at}");
        match &attribute.codes {
            Codes::Customers(codes) => of_customers.push(column(&key, codes.clone())),
            Codes::Accounts(codes) => {
                let code = |item: &CustomerAccount| codes[accounts.partition_point(|account| account < item)];
                item_columns.push(column(&key, items.iter().map(code).collect()));
            }
            Codes::Documents(codes) => {
                let nothing = beside.iter().map(|_| 0);
                item_columns.push(column(&key, codes.iter().copied().chain(nothing).collect()));
            }
        }
        keys.push(key);
    }
    let key_columns: Vec<Expr> = keys.iter().map(|key| col(key.as_str())).collect();
    let item_columns: LazyFrame = DataFrame::new_infer_height(item_columns)?.lazy();
    let of_customers = DataFrame::new_infer_height(of_customers)?.lazy();

    // Every item has the attributes of its customer beside its own.
    let keyed = item_columns
        .left_join(of_customers, col(CUSTOMER), col(CUSTOMER))
        .collect()?;
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
    let mut of_item = vec![0_u32; items.len()];
    for (item, group) in numbers(&numbered, ITEM)?.into_iter().zip(numbers(&numbered, GROUP)?) {
        of_item[item as usize] = group;
    }
    let of_accounts = of_item.split_off(n_documents);
    let of_accounts = beside.iter().zip(of_accounts);
    let of_accounts = AccountGroups::new(
        ledger.n_customers(),
        of_accounts.map(|(&(customer, account), group)| (customer, account, group)),
    );
    let assignment = if by_document {
        Assignment::Documents(of_item, of_accounts)
    } else {
        Assignment::Accounts(of_accounts)
    };
    Ok(Groups::new(names, groups.collect(), assignment, Some(as_of.0)))
}

/// The account of every document.
pub(super) fn accounts_of_documents(ledger: &Ledger) -> Vec<CustomerAccount> {
    let documents = ledger.documents().all().iter();
    documents
        .map(|document| (document.customer, document.account()))
        .collect()
}

/// The accounts of what stands on no document: unapplied cash and credits, recoveries whose document is unknown, facts
/// on accounts.
fn beside_documents(ledger: &Ledger, others: &[(CustomerIx, Currency)]) -> Vec<CustomerAccount> {
    let recoveries = ledger.recoveries();
    let of_customer = |customer: CustomerIx| {
        let recoveries = recoveries.of(customer).iter();
        let recoveries = recoveries.filter(|posting| posting.document.is_none());
        let postings = ledger.unapplied().of(customer).iter().chain(recoveries);
        postings.map(move |posting| {
            let (currency, entity) = (posting.currency, posting.entity);
            (customer, Account { currency, entity })
        })
    };
    let others = others
        .iter()
        .map(|&(customer, currency)| (customer, Account { currency, entity: 0 }));
    let mut accounts: Vec<CustomerAccount> = ledger.customers().flat_map(of_customer).chain(others).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
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
