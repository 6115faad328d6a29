//! Which result a document belongs to: its currency and the attributes asked for.

use crate::calendar::Day;
use crate::ids::{CustomerIx, DocumentIx};
use crate::money::Currency;

/// One result: a currency and the values of the attributes asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// Currency of all its money.
    pub currency: Currency,
    /// One value per attribute, in the order asked for; `None` where the attribute is missing.
    pub values: Vec<Option<String>>,
}

/// The group of every document and of every unapplied item of a ledger.
///
/// Groups are sorted, so that their numbers give the order of rows in every result.
#[derive(Clone, Debug)]
pub struct Groups {
    by: Vec<String>,
    groups: Vec<Group>,
    of_document: Vec<u32>,
    // One entry per customer and currency, sorted.
    of_unapplied: Vec<((CustomerIx, Currency, u16), u32)>,
    attributes_on: Option<Day>,
}

impl Groups {
    /// Puts groups together; `of_document` has one entry per document, `of_unapplied` one per customer, currency and entity with unapplied items.
    ///
    /// `attributes_on` is the day whose attributes were taken, for the header of results.
    pub fn new(
        by: Vec<String>,
        groups: Vec<Group>,
        of_document: Vec<u32>,
        mut of_unapplied: Vec<((CustomerIx, Currency, u16), u32)>,
        attributes_on: Option<Day>,
    ) -> Groups {
        of_unapplied.sort_unstable();
        Groups {
            by,
            groups,
            of_document,
            of_unapplied,
            attributes_on,
        }
    }

    /// Returns the attributes asked for.
    pub fn by(&self) -> &[String] {
        &self.by
    }

    /// Returns the groups in order of their numbers.
    pub fn all(&self) -> &[Group] {
        &self.groups
    }

    /// Returns how many groups there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Tells whether there is no group: a ledger without documents.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Returns the number of a document's group.
    pub fn of_document(&self, document: DocumentIx) -> usize {
        self.of_document[document.at()] as usize
    }

    /// Returns the number of the group of a customer's unapplied items in a currency and entity.
    ///
    /// # Panics
    /// Where the customer has none: groups are made from the same ledger they are asked about.
    pub fn of_unapplied(&self, customer: CustomerIx, currency: Currency, entity: u16) -> usize {
        let at = self
            .of_unapplied
            .binary_search_by_key(&(customer, currency, entity), |(key, _)| *key)
            .expect("groups were made from every unapplied item of the same ledger");
        self.of_unapplied[at].1 as usize
    }

    /// Returns the day whose attributes were taken.
    pub fn attributes_on(&self) -> Option<Day> {
        self.attributes_on
    }
}
