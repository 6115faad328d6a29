//! Who is to be left alone, whose contact is due, and how the customer is best reached.

use std::collections::BTreeMap;

use super::{Action, Desk};
use crate::decide::standing::standing;
use crate::ids::CustomerIx;
use crate::ledger::Contact;

/// Attempts by the usual channel without an answer after which another one that worked is tried.
const VAIN_ATTEMPTS: usize = 3;

impl Desk<'_> {
    /// Returns why the account's standing forbids a contact.
    pub(super) fn standing(&self, customer: CustomerIx) -> Option<String> {
        let status = standing(&self.attributes, customer, self.as_of)?;
        Some(format!("status {}", status.replace('_', " ")))
    }

    /// Returns why the customer is not to be contacted again yet.
    pub(super) fn left_alone(&self, customer: CustomerIx) -> Option<String> {
        let day = self.as_of.0;
        let steps = self.steps.known(customer, self.as_of);
        if let Some(step) = steps.max_by_key(|step| (step.done_on, step.level))
            && day - step.done_on < self.policy.step_quiet_days
        {
            let (level, done_on) = (step.level, step.done_on);
            return Some(format!("already worked: step {level} of the ladder on {done_on}"));
        }
        let last = self.contacts(customer).last()?;
        let days = day - last.contacted_on;
        if days < self.policy.quiet_days {
            return Some(format!(
                "contacted {days} days ago, quiet for {} days",
                self.policy.quiet_days
            ));
        }
        let limit = self.policy.consumer_contacts_in_7_days?;
        let recent = self
            .contacts(customer)
            .filter(|contact| day - contact.contacted_on < 7)
            .count();
        (self.attributes.flag(customer, "consumer") == Some(true) && recent >= limit)
            .then(|| format!("natural person contacted {recent} times in 7 days, at most {limit} allowed"))
    }

    /// Returns why a strategic account must be contacted now: nobody did for longer than the policy allows.
    pub(super) fn coverage(&self, customer: CustomerIx) -> Option<String> {
        let mut strategic = self.policy.strategic.iter();
        strategic.find(|whose| whose.includes(self.ledger, &self.attributes, customer))?;
        match self.contacts(customer).last() {
            None => Some("strategic account, never contacted".to_owned()),
            Some(last) => {
                let days = self.as_of.0 - last.contacted_on;
                (days >= self.policy.strategic_every_days)
                    .then(|| format!("strategic account, last contacted {days} days ago"))
            }
        }
    }

    /// Returns by what the customer is contacted, and, where that is not the usual channel of the action, why.
    pub(super) fn channel(&self, customer: CustomerIx, action: Action) -> (String, Option<String>) {
        let usual = action.channel();
        let words = self
            .ledger
            .table("contacts")
            .and_then(|table| table.texts("channel").ok());
        let mut attempts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for contact in self.contacts(customer) {
            let channel = words.and_then(|words| words.get(contact.row as usize)?.as_deref());
            if let (Some(channel), Some(reached)) = (channel, contact.reached) {
                let (n, n_reached) = attempts.entry(channel).or_default();
                *n += 1;
                *n_reached += usize::from(reached);
            }
        }
        let (in_vain, reached) = attempts.get(usual).copied().unwrap_or_default();
        let share = |(n, reached): (usize, usize)| reached as f64 / n as f64;
        let others = attempts
            .iter()
            .filter(|(channel, (_, reached))| **channel != usual && *reached > 0);
        let best = others.max_by(|a, b| share(*a.1).total_cmp(&share(*b.1)).then(b.0.cmp(a.0)));
        match best {
            Some((other, (n, n_reached))) if reached == 0 && in_vain >= VAIN_ATTEMPTS => (
                (*other).to_owned(),
                Some(format!(
                    "not reached by {usual} in {in_vain} attempts, by {other} in {n_reached} of {n}"
                )),
            ),
            _ => (usual.to_owned(), None),
        }
    }

    /// Returns our attempts to reach the customer known on the day, oldest first.
    fn contacts(&self, customer: CustomerIx) -> impl Iterator<Item = &Contact> {
        let day = self.as_of.0;
        let known = move |contact: &&Contact| {
            contact.contacted_on <= day && contact.known_on <= day && contact.outbound != Some(false)
        };
        self.ledger.contacts().of(customer).iter().filter(known)
    }
}
