//! The plans of one group added up.

use super::{InstalmentState, Plan};
use crate::calendar::AsOf;
use crate::metrics::{BootstrapParams, ClusterSums, NullReason, wilson_interval};
use crate::money::Total;

/// Sums over the plans of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanSums {
    /// Plans.
    pub n_plans: u64,
    /// Plans of which all came.
    pub n_completed: u64,
    /// Plans with an instalment that was not on time.
    pub n_broken: u64,
    /// Plans whose first due instalment was on time.
    pub n_up_to_date: u64,
    /// Of these, plans with a later instalment that was not.
    pub n_re_defaulted: u64,
    /// Instalments not due yet.
    pub n_not_due: u64,
    /// Instalments paid on time.
    pub n_on_time: u64,
    /// Instalments paid late.
    pub n_late: u64,
    /// Instalments due and not paid.
    pub n_unpaid: u64,
    /// What was due.
    pub due: Total,
    /// What of that came on time.
    pub paid_on_time: Total,
    /// Agreed in all, settlements among it.
    pub agreed: Total,
    /// Came in all, settlements among it.
    pub collected: Total,
    /// Agreed in settlements.
    pub settlements_agreed: Total,
    /// Came for settlements.
    pub settlements_collected: Total,
}

impl PlanSums {
    pub(super) fn add_plan(&mut self, plan: &Plan, as_of: AsOf, tolerance_days: i32) {
        self.n_plans += 1;
        let (agreed, collected) = (plan.agreed(), plan.collected());
        self.agreed += agreed;
        self.collected += collected;
        if plan.settlement {
            self.settlements_agreed += agreed;
            self.settlements_collected += collected;
        }
        self.n_completed += u64::from(collected >= agreed);
        let mut states = Vec::with_capacity(plan.instalments.len());
        for instalment in &plan.instalments {
            let state = instalment.state(as_of.0, tolerance_days);
            match state {
                InstalmentState::NotDue => self.n_not_due += 1,
                InstalmentState::OnTime => self.n_on_time += 1,
                InstalmentState::Late => self.n_late += 1,
                InstalmentState::Unpaid => self.n_unpaid += 1,
            }
            if state != InstalmentState::NotDue {
                self.due += instalment.amount;
                self.paid_on_time += instalment.paid_by(instalment.due_on + tolerance_days);
                states.push(state);
            }
        }
        let is_broken = states.iter().any(|state| *state != InstalmentState::OnTime);
        let was_up_to_date = states.first() == Some(&InstalmentState::OnTime);
        self.n_broken += u64::from(is_broken);
        self.n_up_to_date += u64::from(was_up_to_date);
        self.n_re_defaulted += u64::from(was_up_to_date && is_broken);
    }

    fn add(&mut self, other: &PlanSums) {
        self.n_plans += other.n_plans;
        self.n_completed += other.n_completed;
        self.n_broken += other.n_broken;
        self.n_up_to_date += other.n_up_to_date;
        self.n_re_defaulted += other.n_re_defaulted;
        self.n_not_due += other.n_not_due;
        self.n_on_time += other.n_on_time;
        self.n_late += other.n_late;
        self.n_unpaid += other.n_unpaid;
        self.due += other.due;
        self.paid_on_time += other.paid_on_time;
        self.agreed += other.agreed;
        self.collected += other.collected;
        self.settlements_agreed += other.settlements_agreed;
        self.settlements_collected += other.settlements_collected;
    }

    /// Returns how many instalments were due: the denominator of the adherence.
    pub fn n_due(&self) -> u64 {
        self.n_on_time + self.n_late + self.n_unpaid
    }
}

/// The plans of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct PlansRow {
    /// Counts and money.
    pub sums: PlanSums,
    /// Share of the due instalments that were on time.
    pub adherence: Result<f64, NullReason>,
    /// Wilson's interval of that share.
    pub adherence_interval: Option<(f64, f64)>,
    /// Share of the money due that came on time.
    pub paid_share: Result<f64, NullReason>,
    /// Interval of that share, by drawing customers.
    pub paid_share_interval: Option<(f64, f64)>,
    /// Share of the plans once up to date that broke.
    pub re_default_rate: Result<f64, NullReason>,
    /// Wilson's interval of that share.
    pub re_default_interval: Option<(f64, f64)>,
}

impl PlansRow {
    pub(super) fn of(customers: &[PlanSums], bootstrap: &BootstrapParams) -> PlansRow {
        let mut sums = PlanSums::default();
        let mut clusters = ClusterSums::new(2);
        for of_customer in customers {
            sums.add(of_customer);
            clusters.push([
                (0, of_customer.paid_on_time.to_feature()),
                (1, of_customer.due.to_feature()),
            ]);
        }
        let rate = |n_of: u64, n: u64| match n {
            0 => Err(NullReason::NoDenominator),
            n => Ok(n_of as f64 / n as f64),
        };
        PlansRow {
            adherence: rate(sums.n_on_time, sums.n_due()),
            adherence_interval: wilson_interval(sums.n_on_time, sums.n_due(), bootstrap.confidence),
            paid_share: sums.paid_on_time.ratio(sums.due).ok_or(NullReason::NoDenominator),
            paid_share_interval: clusters.ratio_interval(0, 1, bootstrap),
            re_default_rate: rate(sums.n_re_defaulted, sums.n_up_to_date),
            re_default_interval: wilson_interval(sums.n_re_defaulted, sums.n_up_to_date, bootstrap.confidence),
            sums,
        }
    }
}
