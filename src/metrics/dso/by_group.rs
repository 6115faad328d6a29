//! One pass over the documents: balances, sales, open claims and applied cash by month and group.

use super::sums::Standing;
use super::{DsoSums, Tenures};
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{Document, DocumentKind, Nature, Posting, Reads};
use crate::metrics::{ByGroup, MonthStep, Months, Sums, month_steps};
use crate::money::Total;

/// Adds up what the DSO family needs, by group.
#[derive(Clone, Debug)]
pub struct DsoByGroup<'a> {
    groups: &'a Groups,
    spans: DsoSpans<'a>,
    sums: ByGroup<DsoSums>,
}

/// The months of a DSO family, and what they look back to.
#[derive(Clone, Copy, Debug)]
pub(in crate::metrics) struct DsoSpans<'a> {
    /// The months asked for.
    pub months: &'a Months,
    /// They end where `months` end and begin no later: with the first of the ledger.
    pub history: &'a Months,
    /// Since when each customer has been one, and the months of the window.
    pub tenures: Option<(&'a Tenures, usize)>,
}

impl<'a> DsoByGroup<'a> {
    /// Starts from nothing; `history` ends where `months` end and begins no later.
    pub fn new(groups: &'a Groups, months: &'a Months, history: &'a Months) -> DsoByGroup<'a> {
        DsoByGroup {
            groups,
            spans: DsoSpans {
                months,
                history,
                tenures: None,
            },
            sums: ByGroup::default(),
        }
    }

    /// Adds up, too, what customers younger than a window of so many months were sold in it.
    pub fn with_tenures(self, tenures: &'a Tenures, window_months: u32) -> DsoByGroup<'a> {
        let tenures = Some((tenures, window_months as usize));
        DsoByGroup {
            spans: DsoSpans { tenures, ..self.spans },
            ..self
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<DsoSums> {
        &self.sums
    }
}

impl Accumulator for DsoByGroup<'_> {
    /// Adds one customer: balances and sales by month, claims at each month end, cash in the month it was applied.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (groups, spans) = (self.groups, self.spans);
        let empty = || spans.empty();
        let of_unapplied = |posting: &Posting| groups.of_unapplied(customer.customer, posting.currency, posting.entity);
        for posting in customer.unapplied() {
            spans.add_unapplied(self.sums.at(of_unapplied(posting), empty), posting);
        }
        for posting in customer.recoveries() {
            let of_document = posting
                .document
                .map(|ix| groups.of_document(ix, customer.document(ix).document));
            let group = of_document.unwrap_or_else(|| of_unapplied(posting));
            spans.add_recovery(self.sums.at(group, empty), posting);
        }
        let since = spans.since(customer);
        for history in customer.documents() {
            if history.document.issued_on > spans.history.last_day() {
                continue;
            }
            let sums = self.sums.at(groups.of_document(history.ix, history.document), empty);
            spans.add_document(sums, &history, since);
            if history.document.is_claim() {
                for step in month_steps(&history, spans.months) {
                    spans.add_step(sums, history.document, &step, None);
                }
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }

    fn reads(&self) -> Reads {
        self.groups.reads().and(Reads::UNAPPLIED).and(Reads::RECOVERIES)
    }
}

impl DsoSpans<'_> {
    pub fn empty(&self) -> DsoSums {
        DsoSums::empty(self.history, self.months)
    }

    /// Returns since when a customer has been one, where that is asked and known and lies in the window of any month asked for.
    pub fn since(&self, customer: &CustomerHistory<'_>) -> Option<Day> {
        let (tenures, window_months) = self.tenures?;
        let first = self.history.n() - self.months.n();
        tenures.since(customer, self.window_start(first, window_months))
    }

    /// Returns the first day of the window that ends with a month of the history.
    fn window_start(&self, month: usize, window_months: usize) -> Day {
        self.history.day_before((month + 1).saturating_sub(window_months)) + 1
    }

    /// Adds a change of unapplied items.
    pub fn add_unapplied(&self, sums: &mut DsoSums, posting: &Posting) {
        sums.flow.add_posting(self.history, posting);
        self.add_write_off(sums, posting);
    }

    /// Adds cash after a write-off.
    pub fn add_recovery(&self, sums: &mut DsoSums, posting: &Posting) {
        sums.flow.add_posting(self.history, posting);
    }

    /// Adds a document that was issued by the last month, and its postings; `since` is the first day of its customer, where it counts.
    #[inline]
    pub fn add_document(&self, sums: &mut DsoSums, history: &DocumentHistory<'_>, since: Option<Day>) {
        let document = history.document;
        sums.flow.add_document(self.history, history);
        if let Some(since) = since.filter(|_| document.kind != DocumentKind::FinanceCharge) {
            self.add_young_sale(sums, document, since);
        }
        for posting in history.postings() {
            self.add_write_off(sums, posting);
            self.add_applied(sums, document, posting);
        }
    }

    #[inline]
    fn add_write_off(&self, sums: &mut DsoSums, posting: &Posting) {
        if posting.money == Nature::WriteOff
            && let Some(month) = self.history.position(posting.on)
        {
            sums.write_offs[month] -= posting.delta;
        }
    }

    /// Adds cash to the month in which it was applied to a claim with a due date.
    fn add_applied(&self, sums: &mut DsoSums, document: &Document, posting: &Posting) {
        let is_cash = matches!(posting.nature, Nature::Cash | Nature::CashApplied) && posting.money == Nature::Cash;
        if !is_cash || !document.is_claim() {
            return;
        }
        if let (Some(due_on), Some(month)) = (document.due_on, self.months.position(posting.on)) {
            let delta = i128::from(posting.delta.units());
            let month = &mut sums.months[month];
            month.applied -= posting.delta;
            month.applied_terms -= delta * i128::from(due_on - document.issued_on);
            month.applied_late -= delta * i128::from(posting.on - due_on);
            month.applied_late_floored -= delta * i128::from((posting.on - due_on).max(0));
        }
    }

    /// Adds a claim to the end of a month at which it is open; `told` is where sums that [`DsoSums::with_claims_of`] completes
    /// will have it, so that only a difference is added.
    #[inline]
    pub fn add_step(&self, sums: &mut DsoSums, claim: &Document, step: &MonthStep<'_>, told: Option<Standing>) {
        if step.closing <= Total::ZERO {
            return;
        }
        let end = self.months.end(step.month);
        let month = &mut sums.months[step.month];
        let standing = Standing::on(claim.due_on, end);
        if told != Some(standing) {
            *month.at(standing) += step.closing;
            if let Some(told) = told {
                *month.at(told) -= step.closing;
            }
        }
        month.open_days += step.closing.units() * i128::from(end - claim.issued_on);
    }

    /// As [`DsoSpans::add_step`], of a claim that is open by its whole amount and stands where it is told.
    #[inline]
    pub fn add_open(&self, sums: &mut DsoSums, claim: &Document, month: usize) {
        let n_days = self.months.end(month) - claim.issued_on;
        sums.months[month].open_days += i128::from(claim.amount.units()) * i128::from(n_days);
    }

    /// Adds a sale to each month asked for whose window holds it, where the customer became one inside that window.
    fn add_young_sale(&self, sums: &mut DsoSums, document: &Document, since: Day) {
        let window_months = self.tenures.map_or(0, |(_, window_months)| window_months);
        let history = self.history;
        let Some(month) = history.position(document.issued_on) else {
            return;
        };
        let first = history.n() - sums.months.len();
        for at in month.max(first)..(month + window_months).min(history.n()) {
            // Later windows begin later still.
            if since <= self.window_start(at, window_months) {
                break;
            }
            let n_days = history.end(at) - since + 1;
            let young = &mut sums.sales_of_young[at - first];
            let sold = young.entry(n_days).or_default();
            *sold += document.amount;
            if sold.is_zero() {
                young.remove(&n_days);
            }
        }
    }
}
