//! The contacts of each collector.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory};
use crate::ledger::Ledger;

/// What a collector's contacts came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactWork {
    /// Attempts to reach a customer.
    pub n_attempts: u64,
    /// Attempts that say whether they reached the customer.
    pub n_known: u64,
    /// Attempts that did.
    pub n_reached: u64,
    /// Attempts that say how long they took.
    pub n_timed: u64,
    /// How long these took, in hundredths of a minute.
    pub hundredths_of_minutes: u64,
}

/// Adds up contacts by the collector who made them.
#[derive(Clone, Debug)]
pub struct WorkByCollector<'a> {
    ledger: &'a Ledger,
    days: (Day, Day),
    known_on: Option<Day>,
    names: &'a [Option<String>],
    minutes: &'a [Option<f64>],
    work: BTreeMap<Option<&'a str>, ContactWork>,
}

impl ContactWork {
    /// Returns the share of the attempts that reached the customer, or `None` where no attempt says.
    pub fn reached_rate(&self) -> Option<f64> {
        (self.n_known > 0).then(|| self.n_reached as f64 / self.n_known as f64)
    }

    /// Returns attempts per hour of contact, or `None` where no attempt says how long it took.
    pub fn an_hour(&self) -> Option<f64> {
        let hours = self.hundredths_of_minutes as f64 / 6_000.0;
        (self.hundredths_of_minutes > 0).then(|| self.n_timed as f64 / hours)
    }

    fn add(&mut self, other: &ContactWork) {
        self.n_attempts += other.n_attempts;
        self.n_known += other.n_known;
        self.n_reached += other.n_reached;
        self.n_timed += other.n_timed;
        self.hundredths_of_minutes += other.hundredths_of_minutes;
    }
}

impl<'a> WorkByCollector<'a> {
    /// Starts from nothing; contacts lie between the two `days`, both included.
    pub fn new(ledger: &'a Ledger, days: (Day, Day), known_on: Option<Day>) -> WorkByCollector<'a> {
        let contacts = ledger.table("contacts");
        WorkByCollector {
            ledger,
            days,
            known_on,
            names: contacts
                .and_then(|table| table.texts("collector").ok())
                .unwrap_or_default(),
            minutes: contacts
                .and_then(|table| table.reals("minutes").ok())
                .unwrap_or_default(),
            work: BTreeMap::new(),
        }
    }

    /// Returns the work so far; the key is `None` for contacts that name nobody.
    pub fn work(&self) -> &BTreeMap<Option<&'a str>, ContactWork> {
        &self.work
    }

    pub(super) fn into_work(self) -> BTreeMap<Option<String>, ContactWork> {
        let named = self.work.into_iter();
        named.map(|(name, work)| (name.map(str::to_owned), work)).collect()
    }
}

impl Accumulator for WorkByCollector<'_> {
    /// Adds the attempts to reach one customer.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        for contact in self.ledger.contacts().of(customer.customer) {
            let is_in_range = (self.days.0..=self.days.1).contains(&contact.contacted_on);
            let is_known = self.known_on.is_none_or(|day| contact.known_on <= day);
            if !contact.is_attempt() || !is_in_range || !is_known {
                continue;
            }
            let row = contact.row as usize;
            let name = self.names.get(row).and_then(Option::as_deref);
            let minutes = self
                .minutes
                .get(row)
                .copied()
                .flatten()
                .filter(|minutes| *minutes >= 0.0);
            self.work.entry(name).or_default().add(&ContactWork {
                n_attempts: 1,
                n_known: u64::from(contact.reached.is_some()),
                n_reached: u64::from(contact.reached == Some(true)),
                n_timed: u64::from(minutes.is_some()),
                hundredths_of_minutes: minutes.map_or(0, |minutes| (minutes * 100.0).round() as u64),
            });
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        for (name, work) in other.work {
            self.work.entry(name).or_default().add(&work);
        }
    }
}
