//! The steps that were done, as far as they were known.

use std::collections::BTreeMap;

use super::ladder::Ladder;
use crate::calendar::{AsOf, Day};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;

/// A completed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoneStep {
    /// First instalment of the invoice it was about; `None` for the account.
    pub invoice: Option<DocumentIx>,
    /// Its level.
    pub level: u32,
    /// Day it was done.
    pub done_on: Day,
    /// First day on which it was known.
    pub known_on: Day,
}

/// The completed steps of every customer, by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepLog {
    of_customer: BTreeMap<CustomerIx, Vec<DoneStep>>,
    n_unplaced: usize,
}

impl StepLog {
    /// Reads the `steps` table.
    pub fn of(ledger: &Ledger) -> StepLog {
        let mut log = StepLog::default();
        let Some(table) = ledger.table("steps") else {
            return log;
        };
        let texts = |column| table.texts(column).unwrap_or_default();
        let days = |column| table.days(column).unwrap_or_default();
        let (customers, invoices) = (texts("customer_id"), texts("invoice_id"));
        let (done, posted) = (days("done_on"), days("posted_on"));
        let levels = table.ints("level").unwrap_or_default();
        for row in 0..table.n_rows() {
            let customer = customers[row].as_deref().and_then(|id| ledger.find_customer(id));
            let level = levels[row].and_then(|level| u32::try_from(level).ok());
            let (Some(customer), Some(level), Some(done_on)) = (customer, level, done[row]) else {
                log.n_unplaced += 1;
                continue;
            };
            let named = invoices.get(row).and_then(Option::as_deref);
            let invoice = named.map(|id| find_invoice(ledger, customer, id));
            if invoice == Some(None) {
                log.n_unplaced += 1;
                continue;
            }
            let known_on = posted.get(row).copied().flatten().unwrap_or(done_on);
            log.add(
                customer,
                DoneStep {
                    invoice: invoice.flatten(),
                    level,
                    done_on,
                    known_on,
                },
            );
        }
        log
    }

    /// Returns the log without the steps done from a day on.
    pub fn before(mut self, day: Day) -> StepLog {
        self.of_customer
            .values_mut()
            .for_each(|own| own.retain(|step| step.done_on < day));
        self
    }

    /// Adds a step.
    pub fn add(&mut self, customer: CustomerIx, step: DoneStep) {
        let own = self.of_customer.entry(customer).or_default();
        let key = |step: &DoneStep| (step.done_on, step.level, step.invoice);
        let at = own.partition_point(|other| key(other) <= key(&step));
        own.insert(at, step);
    }

    /// Adds everything that a ladder asks for on its day, as done on that day.
    pub fn add_contacts(&mut self, ledger: &Ledger, ladder: &Ladder) {
        for item in &ladder.items {
            if let Some(level) = item.due_level() {
                let step = DoneStep {
                    invoice: Some(ledger.first_instalment(item.document)),
                    level,
                    done_on: ladder.as_of.0,
                    known_on: ladder.as_of.0,
                };
                self.add(item.customer, step);
            }
        }
    }

    /// Returns a customer's steps known on a day, by day and level.
    pub fn known(&self, customer: CustomerIx, as_of: AsOf) -> impl Iterator<Item = &DoneStep> + Clone {
        let own = self.of_customer.get(&customer).map(Vec::as_slice).unwrap_or_default();
        own.iter()
            .filter(move |step| step.known_on <= as_of.0 && step.done_on <= as_of.0)
    }

    /// Returns a customer's steps known on a day, by what they are about.
    pub(super) fn by_invoice(&self, customer: CustomerIx, as_of: AsOf) -> KnownSteps<'_> {
        let mut steps = KnownSteps::default();
        for step in self.known(customer, as_of) {
            steps.last_done_on = Some(step.done_on);
            match step.invoice {
                Some(invoice) => steps.of_invoice.entry(invoice).or_default().push(step),
                None => steps.of_account.push(step),
            }
        }
        steps
    }

    /// Returns how many rows of the table name no customer or invoice of the ledger, or no level.
    pub fn n_unplaced(&self) -> usize {
        self.n_unplaced
    }
}

/// A customer's known steps by what they are about, each list by day and level.
#[derive(Debug, Default)]
pub(super) struct KnownSteps<'l> {
    of_invoice: BTreeMap<DocumentIx, Vec<&'l DoneStep>>,
    of_account: Vec<&'l DoneStep>,
    /// Day of the last of them.
    pub last_done_on: Option<Day>,
}

impl<'l> KnownSteps<'l> {
    /// Returns the steps about an invoice, those about the account included, by day and level.
    pub(super) fn about(&self, first_instalment: DocumentIx) -> Vec<&'l DoneStep> {
        let own = self
            .of_invoice
            .get(&first_instalment)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut steps = [own, &self.of_account].concat();
        steps.sort_by_key(|step| (step.done_on, step.level));
        steps
    }
}

/// Finds the first instalment of an invoice of a customer.
fn find_invoice(ledger: &Ledger, customer: CustomerIx, id: &str) -> Option<DocumentIx> {
    let range = ledger.documents().range(customer);
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match ledger.invoice_id(DocumentIx(middle as u32)) < id {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    let found = DocumentIx(low as u32);
    (low < range.end && ledger.invoice_id(found) == id).then_some(found)
}
