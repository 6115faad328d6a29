//! Which result a document belongs to: its currency and the attributes asked for.

use crate::calendar::Day;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Account, Document, Reads};
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
    assignment: Assignment,
    attributes_on: Option<Day>,
}

/// What decides the group of an item.
#[derive(Clone, Debug)]
pub enum Assignment {
    /// Its currency.
    Currencies(Vec<(Currency, u32)>),
    /// Its account: attributes of the customer, or of the legal entity.
    Accounts(AccountGroups),
    /// Itself: attributes of documents, one entry per document; unapplied items go by their account.
    Documents(Vec<u32>, AccountGroups),
}

/// The group of each account of each customer.
#[derive(Clone, Debug)]
pub struct AccountGroups {
    // One more entry than customers.
    starts: Vec<u32>,
    groups: Vec<(Account, u32)>,
}

impl AccountGroups {
    /// Takes the accounts of each customer with their groups, sorted by customer.
    pub fn new(n_customers: usize, groups: impl IntoIterator<Item = (CustomerIx, Account, u32)>) -> AccountGroups {
        let mut starts = vec![0_u32; n_customers + 1];
        let groups = groups.into_iter().map(|(customer, account, group)| {
            starts[customer.at() + 1] += 1;
            (account, group)
        });
        let groups = groups.collect();
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        AccountGroups { starts, groups }
    }

    fn of(&self, customer: CustomerIx, account: Account) -> usize {
        let own = self.starts[customer.at()] as usize..self.starts[customer.at() + 1] as usize;
        let found = self.groups[own].iter().find(|(own, _)| *own == account);
        found.expect("groups were made from every account of the same ledger").1 as usize
    }
}

impl Groups {
    /// Puts groups together; `attributes_on` is the day whose attributes were taken, for the header of results.
    pub fn new(by: Vec<String>, groups: Vec<Group>, assignment: Assignment, attributes_on: Option<Day>) -> Groups {
        Groups {
            by,
            groups,
            assignment,
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
    #[inline]
    pub fn of_document(&self, ix: DocumentIx, document: &Document) -> usize {
        match &self.assignment {
            Assignment::Currencies(groups) => of_currency(groups, document.currency),
            Assignment::Accounts(accounts) => accounts.of(document.customer, document.account()),
            Assignment::Documents(documents, _) => documents[ix.at()] as usize,
        }
    }

    /// Returns the number of the group of a customer's unapplied items in a currency and entity.
    ///
    /// # Panics
    /// Where the customer has none: groups are made from the same ledger they are asked about.
    pub fn of_unapplied(&self, customer: CustomerIx, currency: Currency, entity: u16) -> usize {
        match &self.assignment {
            Assignment::Currencies(groups) => of_currency(groups, currency),
            Assignment::Accounts(accounts) | Assignment::Documents(_, accounts) => {
                accounts.of(customer, Account { currency, entity })
            }
        }
    }

    /// Returns the day whose attributes were taken.
    pub fn attributes_on(&self) -> Option<Day> {
        self.attributes_on
    }

    /// Says what of a document decides its group, beyond what every pass reads.
    pub fn reads(&self) -> Reads {
        match self.assignment {
            Assignment::Accounts(_) => Reads::ENTITIES,
            Assignment::Currencies(_) | Assignment::Documents(..) => Reads::BALANCES,
        }
    }
}

#[inline]
fn of_currency(groups: &[(Currency, u32)], currency: Currency) -> usize {
    let found = groups.iter().find(|(own, _)| *own == currency);
    found
        .expect("groups were made from every currency of the same ledger")
        .1 as usize
}
