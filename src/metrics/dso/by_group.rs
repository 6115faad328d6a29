//! One pass over the documents: balances, sales, open claims and applied cash by month and group.

use super::DsoSums;
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{DocumentKind, Nature};
use crate::metrics::{ByGroup, LineNatures, Months, month_steps};
use crate::money::Total;

/// Adds up what the DSO family needs, by group.
#[derive(Clone, Debug)]
pub struct DsoByGroup<'a> {
    groups: &'a Groups,
    natures: &'a LineNatures<'a>,
    months: &'a Months,
    history: &'a Months,
    sums: ByGroup<DsoSums>,
}

impl<'a> DsoByGroup<'a> {
    /// Starts from nothing; `history` ends where `months` end and begins no later.
    pub fn new(
        groups: &'a Groups,
        natures: &'a LineNatures<'a>,
        months: &'a Months,
        history: &'a Months,
    ) -> DsoByGroup<'a> {
        DsoByGroup {
            groups,
            natures,
            months,
            history,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<DsoSums> {
        &self.sums
    }

    /// Adds an open claim to each month end at which it is open.
    fn add_open(sums: &mut DsoSums, claim: &DocumentHistory<'_>, months: &Months, natures: &LineNatures<'_>) {
        let document = claim.document;
        for step in month_steps(claim, months, natures) {
            if step.closing <= Total::ZERO {
                continue;
            }
            let end = months.end(step.month);
            let month = &mut sums.months[step.month];
            match document.due_on {
                None => month.no_due_date += step.closing,
                Some(due_on) if due_on < end => month.overdue += step.closing,
                Some(_) => month.not_due += step.closing,
            }
            month.open_days += step.closing.units() * i128::from(end - document.issued_on);
        }
    }
}

impl Accumulator for DsoByGroup<'_> {
    /// Adds one customer: balances and sales by month, claims at each month end, cash in the month it was applied.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (months, history, natures) = (self.months, self.history, self.natures);
        for posting in customer.unapplied() {
            if let Some(month) = history.position(posting.on) {
                let group = self
                    .groups
                    .of_unapplied(customer.customer, posting.currency, posting.entity);
                self.sums.at(group, || DsoSums::empty(history, months)).changes[month] += posting.delta;
            }
        }
        for document_history in customer.documents() {
            let document = document_history.document;
            let Some(issued) = history.position(document.issued_on) else {
                continue;
            };
            let group = self.groups.of_document(document_history.ix);
            let sums = self.sums.at(group, || DsoSums::empty(history, months));
            sums.changes[issued] += document.amount;
            if document.kind != DocumentKind::FinanceCharge {
                sums.sales[issued] += document.amount;
            }
            for posting in document_history.postings() {
                let Some(month) = history.position(posting.on) else {
                    break;
                };
                sums.changes[month] += posting.delta;
                let is_cash = matches!(posting.nature, Nature::Cash | Nature::CashApplied)
                    && natures.money(posting) == Nature::Cash;
                if let (true, true, Some(due_on), Some(month)) = (
                    is_cash,
                    document.is_claim(),
                    document.due_on,
                    months.position(posting.on),
                ) {
                    let applied = -i128::from(posting.delta.units());
                    let month = &mut sums.months[month];
                    month.applied -= posting.delta;
                    month.applied_terms += applied * i128::from(due_on - document.issued_on);
                    month.applied_late += applied * i128::from(posting.on - due_on);
                }
            }
            if document.is_claim() {
                DsoByGroup::add_open(sums, &document_history, months, natures);
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }
}
