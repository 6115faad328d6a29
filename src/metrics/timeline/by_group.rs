//! The pass: one walk over each document and its months feeds every history.

use super::TimelinePlan;
use super::plain::PlainClaim;
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{NumbersOf, Posting, Reads};
use crate::metrics::aging::{AgingByMonth, AgingMonths};
use crate::metrics::cohorts::CohortSums;
use crate::metrics::dso::{DsoSums, Standing};
use crate::metrics::roll_rates::{ClaimMoves, CustomerMonths, RollSums};
use crate::metrics::{ByGroup, Sums, month_steps, sums};
use crate::money::Total;

/// Adds up every history by group.
#[derive(Clone, Debug)]
pub struct TimelineByGroup<'a> {
    plan: &'a TimelinePlan,
    groups: &'a Groups,
    aging: AgingByMonth<'a>,
    pub(super) sums: ByGroup<TimelineSums>,
    customer: CustomerMonths,
}

/// Sums of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineSums {
    // Where the moves of the items tell it, without the open claims.
    pub(super) aging: AgingMonths,
    // One entry a month each; those by customer hold counts alone, the money is that of the items.
    pub(super) items: Vec<RollSums>,
    pub(super) customers: Vec<RollSums>,
    pub(super) cohorts: CohortSums,
    // With the flow of all months of the ledger; without the open claims, which the moves of the items tell.
    pub(super) dso: DsoSums,
}

sums!(TimelineSums {
    aging,
    items,
    customers,
    cohorts,
    dso,
});

impl<'a> TimelineByGroup<'a> {
    pub(super) fn new(plan: &'a TimelinePlan, groups: &'a Groups) -> TimelineByGroup<'a> {
        TimelineByGroup {
            plan,
            groups,
            aging: AgingByMonth::new(&plan.months, plan.known_on, &plan.scheme, &plan.aging),
            sums: ByGroup::default(),
            customer: CustomerMonths::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<TimelineSums> {
        &self.sums
    }

    /// Returns the sums.
    pub fn into_sums(self) -> ByGroup<TimelineSums> {
        self.sums
    }

    /// Returns the sums in plain numbers, group by group.
    pub(super) fn state(&self) -> Vec<NumbersOf> {
        self.sums.state(self.groups)
    }

    /// Takes customers away that were added before.
    pub fn subtract(&mut self, other: &TimelineByGroup<'_>) {
        self.sums.subtract(&other.sums, || self.plan.empty_group());
    }

    /// Adds what stands on no document, and cash after write-offs.
    fn add_unapplied(&mut self, customer: &CustomerHistory<'_>) {
        let (groups, plan) = (self.groups, self.plan);
        let dso = plan.dso.spans();
        let empty = || plan.empty_group();
        let is_by_item = self.aging.is_by_item();
        let of_unapplied = |posting: &Posting| groups.of_unapplied(customer.customer, posting.currency, posting.entity);
        for posting in customer.unapplied() {
            let sums = self.sums.at(of_unapplied(posting), empty);
            dso.add_unapplied(&mut sums.dso, posting);
            if is_by_item {
                self.aging.add_unapplied(&mut sums.aging, posting);
            }
        }
        for posting in customer.recoveries() {
            let of_document = posting
                .document
                .map(|ix| groups.of_document(ix, customer.document(ix).document));
            let sums = self
                .sums
                .at(of_document.unwrap_or_else(|| of_unapplied(posting)), empty);
            dso.add_recovery(&mut sums.dso, posting);
        }
    }

    /// Adds the documents, each with one walk through its postings and months; hands out what is open after the last of them.
    fn add_documents(
        &mut self,
        customer: &CustomerHistory<'_>,
        take_open: &mut impl FnMut(&DocumentHistory<'_>, Total),
    ) {
        let (groups, plan) = (self.groups, self.plan);
        let (months, dso, cohorts) = (&plan.months, plan.dso.spans(), plan.cohorts.spans());
        let since = dso.since(customer);
        for history in customer.documents() {
            let (document, group) = (history.document, groups.of_document(history.ix, history.document));
            let sums = self.sums.at(group, || plan.empty_group());
            if document.is_claim() && document.issued_on <= cohorts.until {
                cohorts.add_claim(&mut sums.cohorts, &history);
            }
            if document.issued_on > months.last_day() {
                continue;
            }
            dso.add_document(&mut sums.dso, &history, since);
            let plain = || PlainClaim::of(&history, months).filter(|_| plan.takes_plain(customer, &history));
            let open = match document.is_claim() {
                true => match plain() {
                    Some(claim) => self.add_plain_claim(&claim, group),
                    None => self.add_claim(customer, &history, group),
                },
                false => self.add_credit(&history, group),
            };
            if !open.is_zero() {
                take_open(&history, open);
            }
        }
    }

    /// Adds the months of a credit note, and returns what is open after them.
    fn add_credit(&mut self, history: &DocumentHistory<'_>, group: usize) -> Total {
        let plan = self.plan;
        let sums = self.sums.at(group, || plan.empty_group());
        let mut open = Total::ZERO;
        for step in month_steps(history, &plan.months) {
            open = step.closing;
            if self.aging.is_by_item() {
                self.aging.add_step(&mut sums.aging, history.document, &step, None);
            }
        }
        open
    }

    /// As [`TimelineByGroup::add_claim`], of a claim for which less has to be looked at.
    #[inline]
    fn add_plain_claim(&mut self, claim: &PlainClaim<'_>, group: usize) -> Total {
        let (plan, document) = (self.plan, claim.document);
        let (months, dso) = (&plan.months, plan.dso.spans());
        let (of_items, of_customers) = (&plan.items.states, &plan.customers.states);
        let sums = self.sums.at(group, || plan.empty_group());
        let customer_months = self.customer.of_group(group, months.n());
        let mut from = of_items.entered();
        for month in claim.issued..claim.closed {
            let state = of_items.on(document.due_on, months.end(month));
            sums.items[month].add_open(from, state, document.amount);
            dso.add_open(&mut sums.dso, document, month);
            customer_months.at(month).add_plain(of_customers, from, Ok(state));
            from = state;
        }
        let Some(by) = claim.by else {
            return document.amount.into();
        };
        sums.items[claim.closed].add_closed(of_items, from, by);
        customer_months.at(claim.closed).add_plain(of_customers, from, Err(by));
        Total::ZERO
    }

    /// Adds the months of a claim, its moves and what is open at their ends, and returns what is open after them.
    ///
    /// The amounts in a column of the moves are what stands in a state at the month end, so that the ageing and the DSO, completed
    /// with them at last, need to be told only of what stands elsewhere for them.
    fn add_claim(&mut self, customer: &CustomerHistory<'_>, history: &DocumentHistory<'_>, group: usize) -> Total {
        let (plan, claim) = (self.plan, history.document);
        let (months, dso) = (&plan.months, plan.dso.spans());
        let (of_items, of_customers) = (&plan.items.states, &plan.customers.states);
        let materiality = plan.customers.params.materiality;
        let sums = self.sums.at(group, || plan.empty_group());
        let customer_months = self.customer.of_group(group, months.n());
        let mut moves = ClaimMoves::new(of_items, months, &plan.items.due_dates, customer, history);
        let mut open = Total::ZERO;
        for step in month_steps(history, months) {
            open = step.closing;
            let moved = moves.next(&step);
            let state = moved.and_then(|moved| Some(moved.to?.state));
            if self.aging.is_by_item() {
                let told = state.filter(|_| plan.aging_is_told);
                self.aging.add_step(&mut sums.aging, claim, &step, told);
            }
            let standing = state.map(|state| Standing::of_state(of_items, state));
            dso.add_step(&mut sums.dso, claim, &step, standing);
            let Some(moved) = moved else { continue };
            let items = &mut sums.items[step.month];
            items.add_amounts_of(of_items, &moved, &step);
            items.count_move(of_items, moved.from, moved.to, || of_items.exit(step.last_money()));
            let of_month = customer_months.at(step.month);
            if !of_month.add(of_customers, &moved, &step, materiality) {
                sums.customers[step.month].count_below_materiality();
            }
        }
        open
    }

    /// Adds the move of the customer in each month.
    fn add_customer_moves(&mut self) {
        let plan = self.plan;
        self.customer.drain(|group, month, moves| {
            let sums = self.sums.at(group, || plan.empty_group());
            moves.count(&mut sums.customers[month], &plan.customers.states);
        });
    }

    /// Adds what the ageing says of the customer beyond its items.
    fn add_aging(&mut self, customer: &CustomerHistory<'_>) {
        let plan = self.plan;
        let empty = || plan.empty_group();
        if self.aging.is_by_item() {
            for disputed in self.aging.disputed(customer, self.groups) {
                let sums = self.sums.at(disputed.group, empty);
                sums.aging.dispute(plan.aging.disputes, disputed);
            }
        } else {
            for (group, month, end) in self.aging.of_customer(customer, self.groups) {
                self.sums.at(group, empty).aging.add_end(month, &end);
            }
        }
    }
}

impl TimelineByGroup<'_> {
    /// Adds one customer to every history; hands out what is open on a document at the end of the last month.
    pub(super) fn add_customer(
        &mut self,
        customer: &CustomerHistory<'_>,
        mut take_open: impl FnMut(&DocumentHistory<'_>, Total),
    ) {
        self.add_unapplied(customer);
        self.add_documents(customer, &mut take_open);
        self.add_customer_moves();
        self.add_aging(customer);
    }
}

impl Accumulator for TimelineByGroup<'_> {
    /// Adds one customer to every history.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        self.add_customer(customer, |_, _| {});
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }

    fn reads(&self) -> Reads {
        let beside_documents = Reads::UNAPPLIED
            .and(Reads::RECOVERIES)
            .and(self.plan.items.due_dates.reads());
        self.aging.reads().and(self.groups.reads()).and(beside_documents)
    }
}
