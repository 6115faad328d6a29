//! The ageing at every month end, from the same walk through the months as the roll rates.

use super::disputed::{DisputedInvoice, OpenDisputes};
use super::sums::Slot;
use super::tables::{with_sums, with_views};
use super::{AgingBasis, AgingByGroup, AgingCredits, AgingDisputes, AgingParams, AgingScheme, AgingSums, METRIC_ID};
use crate::calendar::{AsOf, Day};
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ids::DocumentIx;
use crate::ledger::{Document, Posting, Reads};
use crate::metrics::roll_rates::{RollStates, RollSums};
use crate::metrics::{GroupLabels, MonthStep, Months, Sums, sums};
use crate::money::Total;
use crate::table::Table;

/// How the ageing of a ledger is added up at every month end.
#[derive(Clone, Debug)]
pub struct AgingByMonth<'a> {
    months: &'a Months,
    known_on: Option<Day>,
    scheme: &'a AgingScheme,
    params: &'a AgingParams,
    open_disputes: OpenDisputes,
    disputed: Vec<Disputed>,
}

/// The disputed part of a claim at the end of a month.
#[derive(Clone, Copy, Debug)]
pub struct Disputed {
    /// Group of the claim.
    pub group: usize,
    month: usize,
    slot: Slot,
    money: Total,
}

/// Sums of one group at every month end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgingMonths {
    // One entry a month: what stands at its end, but for unapplied items of customers.
    ends: Vec<AgingSums>,
    // One entry a month: what it added to unapplied cash and credits, what came before with the first.
    cash: Vec<Total>,
    credits: Vec<Total>,
}

/// The ageing of a ledger at the end of each of some months.
#[derive(Clone, Debug, PartialEq)]
pub struct AgingHistory {
    pub(in crate::metrics) months: Months,
    pub(in crate::metrics) known_on: Option<Day>,
    pub(in crate::metrics) params: AgingParams,
    pub(in crate::metrics) scheme: AgingScheme,
    pub(in crate::metrics) labels: GroupLabels,
    // By group, then by month.
    pub(in crate::metrics) sums: Vec<Vec<AgingSums>>,
}

sums!(AgingMonths { ends, cash, credits });

impl AgingMonths {
    pub(in crate::metrics) fn empty(scheme: &AgingScheme, months: &Months) -> AgingMonths {
        AgingMonths {
            ends: vec![AgingSums::empty(scheme.n_buckets()); months.n()],
            cash: vec![Total::ZERO; months.n()],
            credits: vec![Total::ZERO; months.n()],
        }
    }

    /// Adds what a whole customer has at the end of a month.
    pub(in crate::metrics) fn add_end(&mut self, month: usize, sums: &AgingSums) {
        self.ends[month].add(sums);
    }

    /// Takes the disputed part of a claim to where the view of disputes wants it.
    pub(in crate::metrics) fn dispute(&mut self, view: AgingDisputes, disputed: &Disputed) {
        self.ends[disputed.month].dispute(view, disputed.slot, disputed.money);
    }

    /// Adds the open claims at each month end where the moves of the months leave them.
    pub(in crate::metrics) fn with_claims_of(mut self, moves: &[RollSums], states: &RollStates) -> AgingMonths {
        for (end, moves) in self.ends.iter_mut().zip(moves) {
            for state in 0..states.n_open() {
                *end.at_place(state) += moves.closing(state);
                end.n_open_items += moves.n_closing(state);
            }
        }
        self
    }

    /// Returns the sums at each month end.
    pub(in crate::metrics) fn at_ends(&self) -> Vec<AgingSums> {
        let (mut cash, mut credits) = (Total::ZERO, Total::ZERO);
        let ends = self.ends.iter().enumerate().map(|(month, end)| {
            cash += self.cash[month];
            credits += self.credits[month];
            let mut end = end.clone();
            end.add_unapplied(cash, false);
            end.add_unapplied(credits, true);
            end
        });
        ends.collect()
    }
}

impl<'a> AgingByMonth<'a> {
    /// Says what it looks at, beyond what every pass reads.
    pub fn reads(&self) -> Reads {
        self.params.basis.reads().and(OpenDisputes::READS)
    }

    pub(in crate::metrics) fn new(
        months: &'a Months,
        known_on: Option<Day>,
        scheme: &'a AgingScheme,
        params: &'a AgingParams,
    ) -> AgingByMonth<'a> {
        AgingByMonth {
            months,
            known_on,
            scheme,
            params,
            open_disputes: OpenDisputes::default(),
            disputed: Vec::new(),
        }
    }

    /// Tells whether each item counts by itself; where credits are set against claims or stand at their own day, whole
    /// customers have to be looked at, with [`AgingByMonth::of_customer`].
    pub(in crate::metrics) fn is_by_item(&self) -> bool {
        self.params.credits == AgingCredits::Separate
    }

    /// Adds a change of a customer's unapplied items.
    pub(in crate::metrics) fn add_unapplied(&self, sums: &mut AgingMonths, posting: &Posting) {
        if posting.on > self.months.last_day() {
            return;
        }
        let month = self.months.position(posting.on).unwrap_or(0);
        let changes = if posting.is_credit() {
            &mut sums.credits
        } else {
            &mut sums.cash
        };
        changes[month] -= posting.delta;
    }

    /// Tells whether an open claim stands where the roll rates have it, so long as its due day was never changed.
    pub(in crate::metrics) fn stands_as_in(&self, states: &RollStates) -> bool {
        self.is_by_item() && self.params.basis == AgingBasis::Due && self.scheme == states.scheme()
    }

    /// Adds what is open on a document at the end of a month; `told` is the place where sums that [`AgingMonths::with_claims_of`]
    /// completes will have it, so that only a difference is added.
    #[inline]
    pub(in crate::metrics) fn add_step(
        &self,
        sums: &mut AgingMonths,
        document: &Document,
        step: &MonthStep<'_>,
        told: Option<usize>,
    ) {
        if step.closing.is_zero() {
            return;
        }
        let end = &mut sums.ends[step.month];
        if !document.is_claim() || step.closing < Total::ZERO {
            end.n_open_items += 1;
            return end.add_unapplied(-step.closing, !document.is_claim());
        }
        let place = self
            .scheme
            .place(self.params.basis.day_of(document), self.months.end(step.month));
        if told != Some(place) {
            *end.at_place(place) += step.closing;
            match told {
                Some(told) => *end.at_place(told) -= step.closing,
                None => end.n_open_items += 1,
            }
        }
    }

    /// Returns what is disputed of a customer's claims at the month ends.
    pub(in crate::metrics) fn disputed(&mut self, customer: &CustomerHistory<'_>, groups: &Groups) -> &[Disputed] {
        self.disputed.clear();
        if customer.disputes.is_empty() {
            return &self.disputed;
        }
        for month in 0..self.months.n() {
            let day = self.months.end(month);
            self.open_disputes.find(customer, day, self.known_on);
            if self.open_disputes.all().is_empty() {
                continue;
            }
            let mut invoice = DisputedInvoice::default();
            let mut next = customer.first_document;
            for &(document, _) in self.open_disputes.all() {
                if document < next {
                    continue;
                }
                for history in rest_of_invoice(customer, document) {
                    next = DocumentIx(history.ix.0 + 1);
                    if !customer.knows(history.document.known_on) {
                        continue;
                    }
                    invoice.reach(&history, self.open_disputes.all());
                    let open = history.open_on(day);
                    if history.document.is_claim() && open > Total::ZERO {
                        self.disputed.push(Disputed {
                            group: groups.of_document(history.ix, history.document),
                            month,
                            slot: slot(self.scheme, self.params, self.months, history.document, month),
                            money: invoice.take(open),
                        });
                    }
                }
            }
        }
        &self.disputed
    }

    /// Returns a customer's ageing by group and month, where [`AgingByMonth::is_by_item`] says no.
    pub(in crate::metrics) fn of_customer(
        &self,
        customer: &CustomerHistory<'_>,
        groups: &'a Groups,
    ) -> Vec<(usize, usize, AgingSums)> {
        let mut all = Vec::new();
        for month in 0..self.months.n() {
            let as_of = AsOf(self.months.end(month));
            let mut day = AgingByGroup::new(groups, as_of, self.known_on, self.scheme, self.params.basis)
                .with_views(self.params.credits, self.params.disputes);
            day.update(customer);
            all.extend(day.sums().iter().map(|(group, sums)| (group, month, sums.clone())));
        }
        all
    }
}

/// Where a claim stands at the end of a month.
fn slot(scheme: &AgingScheme, params: &AgingParams, months: &Months, document: &Document, month: usize) -> Slot {
    scheme.slot(params.basis.day_of(document), AsOf(months.end(month)))
}

/// Returns a document and the later instalments of its invoice.
fn rest_of_invoice<'c>(
    customer: &CustomerHistory<'c>,
    from: DocumentIx,
) -> impl Iterator<Item = DocumentHistory<'c>> + use<'c> {
    let first = from.at() - customer.first_document.at();
    let later = customer.documents[first + 1..].iter();
    let n_later = later.take_while(|document| document.n_before > 0).count();
    let customer = *customer;
    (from.0..=from.0 + n_later as u32).map(move |at| customer.document(DocumentIx(at)))
}

impl AgingHistory {
    /// Returns the sums by group, then by month.
    pub fn sums(&self) -> &[Vec<AgingSums>] {
        &self.sums
    }

    /// Returns one row per group and month end; the columns are those of the ageing of a day.
    pub fn table(&self) -> Table {
        let n_months = self.months.n();
        let groups: Vec<usize> = (0..self.sums.len())
            .flat_map(|group| std::iter::repeat_n(group, n_months))
            .collect();
        let ends = (0..self.sums.len()).flat_map(|_| (0..n_months).map(|month| self.months.end(month)));
        let table = self.labels.start("ageing", METRIC_ID, &groups).day("month_end", ends);
        let sums: Vec<&AgingSums> = self.sums.iter().flatten().collect();
        let table = with_sums(table, &sums, &self.scheme, self.params.disputes);
        with_views(table, self.months.last_day(), self.known_on, &self.params)
    }
}
