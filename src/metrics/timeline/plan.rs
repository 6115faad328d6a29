//! What the histories of a ledger are taken over, settled before the pass.

use super::{Timeline, TimelineByGroup, TimelineError, TimelineParams, TimelineSums};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{Ledger, NumbersOf};
use crate::metrics::aging::{AgingByMonth, AgingHistory, AgingMonths, AgingParams, AgingScheme};
use crate::metrics::cohorts::CohortFrame;
use crate::metrics::dso::DsoFrame;
use crate::metrics::flow::Flow;
use crate::metrics::roll_rates::{RollFrame, RollPeriods, RollRatesParams, RollUnit};
use crate::metrics::{ByGroup, GroupLabels, Months, Sums};
use crate::money::Total;
use crate::outcome::Checked;

/// Months, buckets and periods of the histories of a ledger.
#[derive(Clone, Debug)]
pub struct TimelinePlan {
    pub(super) months: Months,
    pub(super) known_on: Option<Day>,
    pub(super) aging: AgingParams,
    pub(super) scheme: AgingScheme,
    // Whether open claims stand in the ageing where the roll rates have them.
    pub(super) aging_is_told: bool,
    pub(super) items: RollFrame,
    pub(super) customers: RollFrame,
    pub(super) cohorts: CohortFrame,
    pub(super) dso: DsoFrame,
}

impl TimelinePlan {
    /// Settles what [`super::timeline`] is asked for.
    ///
    /// # Errors
    /// Those of each of the metrics.
    pub fn new(
        ledger: &Ledger,
        as_of: AsOf,
        from: Month,
        to: Month,
        known_on: Option<Day>,
        params: &TimelineParams,
    ) -> Result<TimelinePlan, TimelineError> {
        let of_items = RollRatesParams {
            periods: RollPeriods::EachMonth,
            unit: RollUnit::Item,
            n_draws: 0,
            ..params.roll_rates.clone()
        };
        let items = RollFrame::new(ledger, from, to, known_on, &of_items)?;
        let (months, scheme) = (Months::new(from, to)?, params.aging.scheme()?);
        let aging_is_told = AgingByMonth::new(&months, known_on, &scheme, &params.aging).stands_as_in(&items.states);
        Ok(TimelinePlan {
            months,
            known_on,
            scheme,
            aging_is_told,
            aging: params.aging.clone(),
            customers: items.by(RollUnit::Customer),
            items,
            cohorts: CohortFrame::new(as_of, from, to, &params.cohorts)?,
            dso: DsoFrame::new(ledger, from, to, known_on, &params.dso)?,
        })
    }

    /// Returns the accumulator, with nothing in it.
    pub fn empty<'a>(&'a self, groups: &'a Groups) -> TimelineByGroup<'a> {
        TimelineByGroup::new(self, groups)
    }

    /// Returns the accumulator with what [`TimelineByGroup::state`] laid out; `None` where it has another shape, or a group that is not
    /// among these.
    pub(super) fn restored<'a>(&'a self, groups: &'a Groups, state: &[NumbersOf]) -> Option<TimelineByGroup<'a>> {
        let mut found = self.empty(groups);
        found.sums = ByGroup::restored(state, groups, || self.empty_group())?;
        Some(found)
    }

    /// Returns the same plan for a ledger of some of the customers: what it adds up has the same shape and means the same.
    pub fn over(&self, ledger: &Ledger) -> TimelinePlan {
        let items = self.items.over(ledger, self.known_on);
        TimelinePlan {
            customers: items.by(RollUnit::Customer),
            items,
            dso: self.dso.over(ledger, self.known_on),
            ..self.clone()
        }
    }

    /// Says what the sums mean that are made over customers with nothing after `last`: plans that say the same can go on from each
    /// other's sums.
    pub fn meaning(&self, last: Day) -> String {
        let (cohorts, dso) = (self.cohorts.spans(), self.dso.spans());
        let days = [
            self.months.start(),
            self.months.last_day(),
            cohorts.origins.start(),
            cohorts.origins.last_day(),
            cohorts.observed.last_day(),
            // Later days look at nothing more.
            cohorts.until.min(last),
            dso.history.start(),
        ];
        let window_months = dso.tenures.map(|(_, window_months)| window_months);
        format!(
            "timeline.v3 {} known on {:?}; {:?}; {:?}; {:?}; {:?} {}; {window_months:?}",
            days.map(|day| day.to_string()).join(" "),
            self.known_on,
            self.aging,
            self.customers.states,
            self.customers.params,
            cohorts.origin,
            self.cohorts.calendar(),
        )
    }

    /// Tells whether nothing but its last due day decides where a claim stands, in the ageing as in the moves and whatever its size.
    #[inline]
    pub(super) fn takes_plain(&self, customer: &CustomerHistory<'_>, claim: &DocumentHistory<'_>) -> bool {
        let every_claim_decides = self.customers.params.materiality == Total::ZERO;
        self.aging_is_told && every_claim_decides && !self.items.due_dates.has_several(customer, claim)
    }

    /// Returns about how many bytes the sums of one group take.
    pub fn bytes_of_a_group(&self) -> usize {
        let mut numbers = Vec::new();
        self.empty_group().write(&mut numbers);
        numbers.len() * size_of::<i128>()
    }

    pub(super) fn empty_group(&self) -> TimelineSums {
        TimelineSums {
            aging: AgingMonths::empty(&self.scheme, &self.months),
            items: vec![self.items.states.empty(); self.months.n()],
            customers: vec![self.customers.states.empty_counts(); self.months.n()],
            cohorts: self.cohorts.spans().empty(),
            dso: self.dso.spans().empty(),
        }
    }

    /// Puts the histories together from their sums.
    pub fn result(self, groups: &Groups, sums: &ByGroup<TimelineSums>) -> Checked<Timeline> {
        let sums = sums.of_all(groups.len(), || self.empty_group());
        let known_on = self.known_on;
        let mut aging = Vec::new();
        let (mut items, mut customers) = (Vec::new(), Vec::new());
        let (mut cohorts, mut dso) = (Vec::new(), Vec::new());
        for group in sums {
            let claims = |aging: AgingMonths| match self.aging_is_told {
                true => aging.with_claims_of(&group.items, &self.items.states),
                false => aging,
            };
            aging.push(claims(group.aging).at_ends());
            dso.push(group.dso.with_claims_of(&group.items, &self.items.states));
            let by_customer = group.customers.into_iter().zip(&group.items);
            customers.push(by_customer.map(|(own, items)| own.with_money_of(items)).collect());
            items.push(group.items);
            cohorts.push(group.cohorts);
        }
        let flow = dso
            .iter()
            .map(|dso| dso.flow.clone().beginning_with(self.dso.n_before()));
        let flow = flow.collect();
        self.cohorts.result(groups, known_on, cohorts).map(|cohorts| Timeline {
            aging: AgingHistory {
                months: self.months.clone(),
                known_on,
                params: self.aging,
                scheme: self.scheme,
                labels: GroupLabels::of(groups),
                sums: aging,
            },
            flow: Flow::of_sums(self.months.clone(), groups, known_on, flow),
            items: self.items.result(groups, known_on, items),
            customers: self.customers.result(groups, known_on, customers),
            cohorts,
            dso: self.dso.result(groups, known_on, dso),
            months: self.months,
            known_on,
        })
    }
}
