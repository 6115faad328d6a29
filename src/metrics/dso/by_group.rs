//! One pass over the documents: balances, sales, open claims and applied cash by month and group.

use super::{DsoSums, Tenures};
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{DocumentKind, Nature};
use crate::metrics::{ByGroup, Months, month_steps};
use crate::money::{Amount, Total};

/// Adds up what the DSO family needs, by group.
#[derive(Clone, Debug)]
pub struct DsoByGroup<'a> {
    groups: &'a Groups,
    months: &'a Months,
    history: &'a Months,
    tenures: Option<(&'a Tenures, usize)>,
    sums: ByGroup<DsoSums>,
}

impl<'a> DsoByGroup<'a> {
    /// Starts from nothing; `history` ends where `months` end and begins no later.
    pub fn new(groups: &'a Groups, months: &'a Months, history: &'a Months) -> DsoByGroup<'a> {
        DsoByGroup {
            groups,
            months,
            history,
            tenures: None,
            sums: ByGroup::default(),
        }
    }

    /// Adds up, too, what customers younger than a window of so many months were sold in it.
    pub fn with_tenures(self, tenures: &'a Tenures, window_months: u32) -> DsoByGroup<'a> {
        DsoByGroup {
            tenures: Some((tenures, window_months as usize)),
            ..self
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<DsoSums> {
        &self.sums
    }

    /// Adds an open claim to each month end at which it is open.
    fn add_open(sums: &mut DsoSums, claim: &DocumentHistory<'_>, months: &Months) {
        let document = claim.document;
        for step in month_steps(claim, months) {
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
        let (months, history) = (self.months, self.history);
        let since = self.tenures.and_then(|(tenures, _)| tenures.since(customer));
        for posting in customer.unapplied() {
            if let Some(month) = history.position(posting.on) {
                let group = self
                    .groups
                    .of_unapplied(customer.customer, posting.currency, posting.entity);
                let sums = self.sums.at(group, || DsoSums::empty(history, months));
                sums.changes[month] += posting.delta;
                if posting.money == Nature::WriteOff {
                    sums.net_write_offs[month] -= posting.delta;
                }
            }
        }
        for posting in customer.recoveries() {
            if let Some(month) = history.position(posting.on) {
                let group = match posting.document {
                    Some(document) => self.groups.of_document(document, customer.document(document).document),
                    None => self
                        .groups
                        .of_unapplied(customer.customer, posting.currency, posting.entity),
                };
                // A recovery is cash as a negative number.
                self.sums.at(group, || DsoSums::empty(history, months)).net_write_offs[month] += posting.delta;
            }
        }
        for document_history in customer.documents() {
            let document = document_history.document;
            let Some(issued) = history.position(document.issued_on) else {
                continue;
            };
            let group = self.groups.of_document(document_history.ix, document_history.document);
            let sums = self.sums.at(group, || DsoSums::empty(history, months));
            sums.changes[issued] += document.amount;
            if document.kind != DocumentKind::FinanceCharge {
                sums.sales[issued] += document.amount;
                if let (Some(since), Some((_, window))) = (since, self.tenures) {
                    add_young_sale(sums, (issued, document.amount), since, window, history);
                }
            }
            for posting in document_history.postings() {
                let Some(month) = history.position(posting.on) else {
                    break;
                };
                sums.changes[month] += posting.delta;
                if posting.money == Nature::WriteOff {
                    sums.net_write_offs[month] -= posting.delta;
                }
                let is_cash =
                    matches!(posting.nature, Nature::Cash | Nature::CashApplied) && posting.money == Nature::Cash;
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
                    month.applied_late_floored += applied * i128::from((posting.on - due_on).max(0));
                }
            }
            if document.is_claim() {
                DsoByGroup::add_open(sums, &document_history, months);
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, DsoSums::add);
    }
}

/// Adds a sale of a month of the history to each month asked for whose window holds it, where the customer became one inside that window.
fn add_young_sale(sums: &mut DsoSums, sale: (usize, Amount), since: Day, window_months: usize, history: &Months) {
    let (month, amount) = sale;
    let first = history.n() - sums.months.len();
    for at in month.max(first)..(month + window_months).min(history.n()) {
        let window_from = history.day_before((at + 1).saturating_sub(window_months)) + 1;
        if since > window_from {
            let n_days = history.end(at) - since + 1;
            *sums.sales_of_young[at - first].entry(n_days).or_default() += amount;
        }
    }
}
