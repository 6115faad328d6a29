//! The groups of facts that are no documents: promises, disputes, plans. Such a fact is grouped by attributes of its document or
//! customer and by attributes of its own.

use super::GroupLabels;
use super::segments::{SegmentError, available, groups_with_accounts};
use crate::calendar::{AsOf, Day};
use crate::history::{DocumentHistory, Groups};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::Currency;
use crate::outcome::Checked;
use crate::table::Table;

/// Where a fact belongs: the number of its group, and the values of the attributes of its own that were asked for.
pub(super) type Place = (usize, Vec<OwnValue>);

/// A value of an attribute of a fact's own, ordered by rank, then by its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OwnValue {
    rank: usize,
    text: Option<String>,
}

/// The groups of facts, by attributes of customers and documents and by attributes of the facts' own.
#[derive(Clone, Debug)]
pub(super) struct FactGroups<K> {
    groups: Groups,
    own: Vec<(&'static str, K)>,
}

/// Returns the currency of a customer's account on a day: the one in the customers table, else that of the newest document issued by
/// then, else unknown (`XXX`).
pub(super) fn account_currency(ledger: &Ledger, customer: CustomerIx, day: Day) -> Currency {
    let row = ledger.version_on(customer, day);
    let named = row.and_then(|row| Currency::parse(ledger.text("customers", "currency", row)?).ok());
    let named = named.filter(|currency| *currency != Currency::UNKNOWN);
    let newest = || {
        let issued = ledger
            .documents()
            .of(customer)
            .iter()
            .filter(|document| document.issued_on <= day);
        issued
            .max_by_key(|document| document.issued_on)
            .map(|document| document.currency)
    };
    named.or_else(newest).unwrap_or(Currency::UNKNOWN)
}

impl OwnValue {
    /// Takes a value whose place in the order its text does not tell.
    pub fn ranked(rank: usize, text: String) -> OwnValue {
        OwnValue { rank, text: Some(text) }
    }
}

impl From<Option<String>> for OwnValue {
    fn from(text: Option<String>) -> OwnValue {
        OwnValue { rank: 0, text }
    }
}

impl<K: Copy> FactGroups<K> {
    /// Groups by the names in `by`: those in `own` are the facts' own, all others those of customers and documents.
    ///
    /// `accounts` are the customers and currencies of facts that stand on no document.
    pub fn new(
        ledger: &Ledger,
        as_of: AsOf,
        by: &[String],
        own: &[(&'static str, K)],
        accounts: &[(CustomerIx, Currency)],
    ) -> Result<Checked<FactGroups<K>>, SegmentError> {
        let named = |name: &String| own.iter().find(|(own, _)| own == name).copied();
        let mut found: Vec<(&'static str, K)> = Vec::new();
        for (name, key) in by.iter().filter_map(named) {
            if found.iter().all(|(known, _)| *known != name) {
                found.push((name, key));
            }
        }
        let others: Vec<String> = by.iter().filter(|name| named(name).is_none()).cloned().collect();
        let groups = groups_with_accounts(ledger, as_of, &others, accounts).map_err(|error| match error {
            SegmentError::Unknown { attribute, .. } => SegmentError::Unknown {
                attribute,
                available: available_beside(ledger, own),
            },
            other => other,
        })?;
        Ok(groups.map(|groups| FactGroups { groups, own: found }))
    }

    /// Returns the place of a fact on a document, or without one on the account of a customer.
    pub fn place(
        &self,
        document: Option<DocumentHistory<'_>>,
        account: (CustomerIx, Currency),
        value: impl Fn(K) -> OwnValue,
    ) -> Place {
        let group = match document {
            Some(item) => self.groups.of_document(item.ix, item.document),
            None => self.groups.of_unapplied(account.0, account.1, 0),
        };
        (group, self.own.iter().map(|&(_, key)| value(key)).collect())
    }

    /// Returns what the rows of results are called.
    pub fn labels(&self) -> FactLabels {
        FactLabels {
            labels: GroupLabels::of(&self.groups),
            own: self.own.iter().map(|&(name, _)| name).collect(),
        }
    }
}

/// All names facts can be grouped by, their own first.
fn available_beside<K>(ledger: &Ledger, own: &[(&'static str, K)]) -> String {
    let is_other = |name: &String| own.iter().all(|(own, _)| own != name);
    let others = available(ledger).into_iter().filter(is_other);
    let names = own.iter().map(|(name, _)| (*name).to_owned()).chain(others);
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The captions of groups and of the facts' own attributes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FactLabels {
    labels: GroupLabels,
    own: Vec<&'static str>,
}

impl FactLabels {
    /// Starts a table with the columns of the places: currency, attributes, attributes of the facts' own.
    pub fn start<'p>(&self, name: &str, metric: &str, places: impl Iterator<Item = &'p Place> + Clone) -> Table {
        let groups: Vec<usize> = places.clone().map(|(group, _)| *group).collect();
        let table = self.labels.start(name, metric, &groups);
        self.own.iter().enumerate().fold(table, |table, (at, caption)| {
            table.text(caption, places.clone().map(|(_, own)| own[at].text.clone()))
        })
    }
}
