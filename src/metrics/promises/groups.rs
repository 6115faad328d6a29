//! What promises are grouped by.

use super::{PromisesError, PromisesParams};
use crate::calendar::AsOf;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{Contact, Ledger, Promise};
use crate::metrics::aging::AgingScheme;
use crate::metrics::fact_groups::{FactGroups, FactLabels, OwnValue, Place, account_currency};
use crate::metrics::roll_rates::RollStates;
use crate::money::{Currency, Total};
use crate::outcome::Checked;

/// What promises can be grouped by beside attributes of customers and documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromiseBy {
    /// Month in which the promise was made.
    Month,
    /// Who took it: the collector of a contact with the customer on the day it was made, one about the same invoice first; else the
    /// customer's collector on that day.
    Collector,
    /// Ageing bucket of the invoice on the day it was made; for the account, of its oldest claim open that day.
    Bucket,
}

impl PromiseBy {
    /// The attributes with the names by which they are asked for.
    pub const NAMES: &'static [(&'static str, PromiseBy)] = &[
        ("month", PromiseBy::Month),
        ("collector", PromiseBy::Collector),
        ("bucket", PromiseBy::Bucket),
    ];
}

/// The groups of a ledger's promises.
#[derive(Clone, Debug)]
pub struct PromiseGroups {
    groups: FactGroups<PromiseBy>,
    states: RollStates,
}

impl PromiseGroups {
    /// Groups the promises of a ledger by attributes.
    ///
    /// # Errors
    /// The buckets or attributes cannot be used.
    pub fn new(
        ledger: &Ledger,
        as_of: AsOf,
        by: &[String],
        params: &PromisesParams,
    ) -> Result<Checked<PromiseGroups>, PromisesError> {
        let states = RollStates::new(AgingScheme::from_upper_edges(&params.upper_edges)?);
        let groups = FactGroups::new(ledger, as_of, by, PromiseBy::NAMES, &promised_accounts(ledger))?;
        Ok(groups.map(|groups| PromiseGroups { groups, states }))
    }

    pub(super) fn labels(&self) -> FactLabels {
        self.groups.labels()
    }

    pub(super) fn place(&self, ledger: &Ledger, history: &CustomerHistory<'_>, promise: &Promise) -> Place {
        let account = (
            history.customer,
            account_currency(ledger, history.customer, promise.made_on),
        );
        let document = promise.document.map(|document| history.document(document));
        self.groups.place(document, account, |by| match by {
            PromiseBy::Month => OwnValue::from(Some(promise.made_on.month().to_string())),
            PromiseBy::Collector => OwnValue::from(collector(ledger, history, promise)),
            PromiseBy::Bucket => self.bucket(history, promise),
        })
    }

    fn bucket(&self, history: &CustomerHistory<'_>, promise: &Promise) -> OwnValue {
        let oldest_open = || {
            let claims = history.documents().filter(|item| item.document.is_claim());
            let open = claims.filter(|item| item.open_on(promise.made_on) > Total::ZERO);
            let oldest = open.min_by_key(|item| (item.document.due_on.is_none(), item.document.due_on));
            oldest.map(|item| item.document)
        };
        let of_promise = promise.document.map(|document| history.document(document).document);
        match of_promise.or_else(oldest_open) {
            Some(document) => {
                let state = self.states.on(document.due_on, promise.made_on);
                OwnValue::ranked(state, self.states.from().swap_remove(state))
            }
            None => OwnValue::from(None),
        }
    }
}

/// Returns the customers and currencies of the promises that stand on no document.
pub(crate) fn promised_accounts(ledger: &Ledger) -> Vec<(CustomerIx, Currency)> {
    let on_account = ledger.customers().flat_map(|customer| {
        let promises = ledger.promises().of(customer).iter();
        let on_account = promises.filter(|promise| promise.document.is_none());
        on_account.map(move |promise| (customer, account_currency(ledger, customer, promise.made_on)))
    });
    on_account.collect()
}

fn collector(ledger: &Ledger, history: &CustomerHistory<'_>, promise: &Promise) -> Option<String> {
    let of_the_day = |contact: &&Contact| contact.contacted_on == promise.made_on && history.knows(contact.known_on);
    let name = |contact: &Contact| ledger.text("contacts", "collector", contact.row);
    let contacts = ledger.contacts().of(history.customer).iter().filter(of_the_day);
    let named: Vec<&Contact> = contacts.filter(|contact| name(contact).is_some()).collect();
    let about_it = named.iter().find(|contact| contact.document == promise.document);
    let of_contact = about_it.or(named.last()).and_then(|contact| name(contact));
    let of_customer = || {
        let row = ledger.version_on(history.customer, promise.made_on)?;
        ledger.text("customers", "collector", row)
    };
    of_contact.or_else(of_customer).map(str::to_owned)
}
