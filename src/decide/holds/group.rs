//! The group of companies a customer belongs to: what all of them together owe against the limit of their head.

use std::collections::BTreeMap;

use super::policy::HoldPolicy;
use super::rules::days_reached_by;
use crate::calendar::AsOf;
use crate::decide::DecideError;
use crate::decide::exposure::{Exposure, Limit};
use crate::decide::position::Position;
use crate::forecast::{Account, Attributes};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::base_currency::Converter;
use crate::metrics::segments::heads;
use crate::money::Total;

/// What a customer's group adds to the customer.
#[derive(Clone, Debug)]
pub(super) struct Companions {
    /// The head of the group.
    pub head: String,
    /// Companies with the customer.
    pub n_companies: usize,
    /// Exposure of the others.
    pub exposure: Total,
    /// Worst days overdue of the others.
    pub days_overdue: i32,
    /// Limit of the head, which is that of the group.
    pub limit: Limit,
}

/// Groups of more than one company, with each member's part.
#[derive(Debug, Default)]
pub(super) struct CompanyGroups {
    members: BTreeMap<CustomerIx, usize>,
    groups: Vec<CompanyGroup>,
}

#[derive(Debug)]
struct CompanyGroup {
    head: String,
    limit: Limit,
    parts: BTreeMap<CustomerIx, Part>,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    exposure: Total,
    days_overdue: i32,
}

impl CompanyGroups {
    pub fn on(
        ledger: &Ledger,
        attributes: &Attributes<'_>,
        as_of: AsOf,
        converter: &Converter,
        policy: &HoldPolicy,
    ) -> Result<CompanyGroups, DecideError> {
        let heads = heads(ledger, |customer| attributes.text(customer, "parent_id"));
        let mut companies: BTreeMap<&str, Vec<CustomerIx>> = BTreeMap::new();
        for (customer, head) in ledger.customers().zip(heads) {
            companies.entry(head).or_default().push(customer);
        }
        let mut groups = CompanyGroups::default();
        for (head, companies) in companies.into_iter().filter(|(_, companies)| companies.len() > 1) {
            let limit = match ledger.find_customer(head) {
                Some(head) => Exposure::of(ledger, attributes, head, as_of, converter)?.limit,
                None => Limit::NotAvailable(format!("the head of the group, {head}, is no customer of the ledger")),
            };
            let mut parts = BTreeMap::new();
            for customer in companies {
                let account = Account::on(ledger, customer, as_of, policy.promise_tolerance_days);
                let position = Position::of(account, as_of, converter)?;
                let exposure = Exposure::of(ledger, attributes, customer, as_of, converter)?;
                let part = Part {
                    exposure: exposure.total(&position),
                    days_overdue: days_reached_by(&position, policy),
                };
                parts.insert(customer, part);
                groups.members.insert(customer, groups.groups.len());
            }
            groups.groups.push(CompanyGroup {
                head: head.to_owned(),
                limit,
                parts,
            });
        }
        Ok(groups)
    }

    /// Returns the others of a customer's group, `None` where the customer stands alone.
    pub fn companions(&self, customer: CustomerIx) -> Option<Companions> {
        let group = &self.groups[*self.members.get(&customer)?];
        let others = || group.parts.iter().filter(|(other, _)| **other != customer);
        Some(Companions {
            head: group.head.clone(),
            n_companies: group.parts.len(),
            exposure: others().map(|(_, part)| part.exposure).sum(),
            days_overdue: others().map(|(_, part)| part.days_overdue).max().unwrap_or(0),
            limit: group.limit.clone(),
        })
    }
}
