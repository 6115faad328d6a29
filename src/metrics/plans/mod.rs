//! Payment plans and settlements: instalments paid in time, plans that broke again, settlements agreed against collected.
//!
//! # Definition
//! An instalment is *due* when its due day and the tolerance are over. It was paid *on time* when all of it came by then, *late* when
//! all of it came after, else it is *unpaid*. *Adherence* by count = on time / due; by money = what came by then / what was due. A plan
//! is *kept up* while every due instalment was on time, *broken* from the first that was not. A plan that paid its first instalment on
//! time was up to date; broken after that it has *re-defaulted*: re-default rate = re-defaulted / plans whose first due instalment was
//! on time. A plan is *completed* when all of it came.
//! # Inputs
//! Plans agreed in the months asked for, as of the end of the as-of day. Cash has no plan's name on it, so it is matched: what the
//! customer pays from the day of agreement on, in the currency of the account, fills the instalments of the customer's plans by due
//! day. Cash on documents issued after the agreement is for new business and fills nothing.
//! # Edge cases
//! Refunds and reversals take back from the instalment due last. Cash beyond all instalments fills nothing. An instalment paid before
//! it is due enters the denominators when it is due. Two plans of one customer share one stream of cash: no cent counts twice.
//! Nothing due: null `no_denominator`.
//! # Source
//! Design of this program, section 5; re-default as loan modifications count it: delinquent again after having been current.
//! # Example
//! 300.00 agreed in three instalments due on 1 March, April and May. 150.00 come on 1 March and nothing more: in June one of three was
//! on time, adherence by money is (100 + 50 + 0) / 300, and the plan has re-defaulted.

mod instalments;

use std::collections::BTreeMap;

use thiserror::Error;

use super::fact_groups::{FactGroups, FactLabels, Place};
use super::segments::SegmentError;
use super::{
    BootstrapParams, ClusterSums, Months, MonthsError, NotAvailable, NullReason, require_tables, view_note,
    wilson_interval,
};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

pub use self::instalments::{Instalment, InstalmentState, Plan, Plans};

/// The formula of this metric.
pub const METRIC_ID: &str = "plans.v1";

/// What plans can be grouped by beside attributes of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanBy {
    /// Month of agreement.
    Month,
    /// Whether it is debited automatically: `true`, `false`, or nothing where that is not known.
    Autopay,
    /// Whether it is a settlement: `true` or `false`.
    Settlement,
}

impl PlanBy {
    /// The attributes with the names by which they are asked for.
    pub const NAMES: &'static [(&'static str, PlanBy)] = &[
        ("month", PlanBy::Month),
        ("autopay", PlanBy::Autopay),
        ("settlement", PlanBy::Settlement),
    ];

    fn value(self, plan: &Plan) -> Option<String> {
        match self {
            PlanBy::Month => Some(plan.agreed_on.month().to_string()),
            PlanBy::Autopay => plan.autopay.map(|autopay| autopay.to_string()),
            PlanBy::Settlement => Some(plan.settlement.to_string()),
        }
    }
}

/// Settings of the plans.
#[derive(Clone, Debug, PartialEq)]
pub struct PlansParams {
    /// Days after the due day on which an instalment is still on time, at least 0; by default 3.
    pub tolerance_days: i32,
    /// Draws and coverage of the intervals; the coverage is that of the counts too.
    pub bootstrap: BootstrapParams,
}

/// Why there is no result on plans.
#[derive(Debug, Error)]
pub enum PlansError {
    /// No plans were imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The attributes cannot be used.
    #[error(transparent)]
    Segments(#[from] SegmentError),
}

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

/// The plans agreed in some months, as of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanResults {
    as_of: AsOf,
    known_on: Option<Day>,
    months: Months,
    params: PlansParams,
    labels: FactLabels,
    rows: Vec<(Place, PlansRow)>,
}

/// Adds up plans by customer and group.
#[derive(Clone, Debug)]
pub struct PlansByGroup<'a> {
    plans: &'a Plans,
    months: &'a Months,
    as_of: AsOf,
    tolerance_days: i32,
    groups: &'a PlanGroups,
    sums: Vec<(CustomerIx, Place, PlanSums)>,
}

/// The groups of a ledger's plans.
#[derive(Clone, Debug)]
pub struct PlanGroups(FactGroups<PlanBy>);

/// Returns the plans agreed from one month to another, both included, as of the end of a day.
///
/// `by` names attributes of customers and those of [`PlanBy::NAMES`]. `known_on` leaves out what was posted after that day.
///
/// # Errors
/// No plans were imported; the months or attributes cannot be used.
pub fn plans(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    by: &[String],
    known_on: Option<Day>,
    params: &PlansParams,
) -> Result<Checked<PlanResults>, PlansError> {
    require_tables(ledger, &["plans"])?;
    let months = Months::new(from, to)?;
    let plans = Plans::of(ledger, as_of.0, known_on);
    let groups = PlanGroups::new(ledger, as_of, by, &plans)?;
    let empty = PlansByGroup::new(&plans, &months, as_of, params.tolerance_days, &groups.value);
    let sums = history::run(ledger, known_on, empty).sums;
    let mut by_place: BTreeMap<Place, Vec<PlanSums>> = BTreeMap::new();
    for (_, place, sums) in sums {
        by_place.entry(place).or_default().push(sums);
    }
    let rows = by_place
        .into_iter()
        .map(|(place, customers)| (place, PlansRow::of(&customers, &params.bootstrap)));
    let rows = rows.collect();
    Ok(groups.map(|groups| PlanResults {
        as_of,
        known_on,
        months,
        params: params.clone(),
        labels: groups.0.labels(),
        rows,
    }))
}

impl Default for PlansParams {
    fn default() -> PlansParams {
        PlansParams {
            tolerance_days: super::promises::DEFAULT_TOLERANCE_DAYS,
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl PlanSums {
    fn add_plan(&mut self, plan: &Plan, as_of: AsOf, tolerance_days: i32) {
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

impl PlanGroups {
    /// Groups plans by attributes.
    ///
    /// # Errors
    /// The attributes cannot be used.
    pub fn new(
        ledger: &Ledger,
        as_of: AsOf,
        by: &[String],
        plans: &Plans,
    ) -> Result<Checked<PlanGroups>, SegmentError> {
        Ok(FactGroups::new(ledger, as_of, by, PlanBy::NAMES, &plans.accounts())?.map(PlanGroups))
    }
}

impl<'a> PlansByGroup<'a> {
    /// Starts from nothing.
    pub fn new(
        plans: &'a Plans,
        months: &'a Months,
        as_of: AsOf,
        tolerance_days: i32,
        groups: &'a PlanGroups,
    ) -> PlansByGroup<'a> {
        PlansByGroup {
            plans,
            months,
            as_of,
            tolerance_days,
            groups,
            sums: Vec::new(),
        }
    }

    /// Returns the sums by customer so far, each with the number of its group.
    pub fn sums(&self) -> impl Iterator<Item = (CustomerIx, usize, &PlanSums)> {
        self.sums
            .iter()
            .map(|(customer, (group, _), sums)| (*customer, *group, sums))
    }
}

impl Accumulator for PlansByGroup<'_> {
    /// Adds one customer's plans.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let first = self.sums.len();
        for plan in self.plans.filled(customer, self.as_of.0) {
            if self.months.position(plan.agreed_on).is_none() {
                continue;
            }
            let account = (customer.customer, plan.currency);
            let place = self.groups.0.place(None, account, |by| by.value(&plan));
            let own = self.sums[first..].iter().position(|(_, known, _)| *known == place);
            let at = own.map_or(self.sums.len(), |own| first + own);
            if at == self.sums.len() {
                self.sums.push((customer.customer, place, PlanSums::default()));
            }
            self.sums[at].2.add_plan(&plan, self.as_of, self.tolerance_days);
        }
    }

    /// Adds the plans of other customers.
    fn merge(&mut self, other: Self) {
        self.sums.extend(other.sums);
    }
}

impl PlansRow {
    fn of(customers: &[PlanSums], bootstrap: &BootstrapParams) -> PlansRow {
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

impl PlanResults {
    /// Returns the rows in order of their groups.
    pub fn rows(&self) -> impl Iterator<Item = &PlansRow> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// Returns one row per group.
    pub fn table(&self) -> Table {
        let rows = || self.rows.iter().map(|(_, row)| row);
        let count = |of: fn(&PlanSums) -> u64| rows().map(move |row| of(&row.sums) as i64);
        let money = |of: fn(&PlanSums) -> Total| rows().map(move |row| of(&row.sums));
        let (first, last) = (self.months.month(0), self.months.month(self.months.n() - 1));
        self.labels
            .start("plans", METRIC_ID, self.rows.iter().map(|(place, _)| place))
            .int("n_plans", count(|sums| sums.n_plans))
            .int("n_completed", count(|sums| sums.n_completed))
            .int("n_broken", count(|sums| sums.n_broken))
            .int("n_up_to_date", count(|sums| sums.n_up_to_date))
            .int("n_re_defaulted", count(|sums| sums.n_re_defaulted))
            .real("re_default_rate", rows().map(|row| row.re_default_rate.ok()))
            .real("re_default_low", rows().map(|row| Some(row.re_default_interval?.0)))
            .real("re_default_high", rows().map(|row| Some(row.re_default_interval?.1)))
            .int("n_due", count(PlanSums::n_due))
            .int("n_on_time", count(|sums| sums.n_on_time))
            .int("n_late", count(|sums| sums.n_late))
            .int("n_unpaid", count(|sums| sums.n_unpaid))
            .int("n_not_due", count(|sums| sums.n_not_due))
            .real("adherence", rows().map(|row| row.adherence.ok()))
            .real("adherence_low", rows().map(|row| Some(row.adherence_interval?.0)))
            .real("adherence_high", rows().map(|row| Some(row.adherence_interval?.1)))
            .money("due", money(|sums| sums.due))
            .money("paid_on_time", money(|sums| sums.paid_on_time))
            .real("paid_share", rows().map(|row| row.paid_share.ok()))
            .real("paid_share_low", rows().map(|row| Some(row.paid_share_interval?.0)))
            .real("paid_share_high", rows().map(|row| Some(row.paid_share_interval?.1)))
            .money("agreed", money(|sums| sums.agreed))
            .money("collected", money(|sums| sums.collected))
            .money("settlements_agreed", money(|sums| sums.settlements_agreed))
            .money("settlements_collected", money(|sums| sums.settlements_collected))
            .text("reason", rows().map(|row| row.adherence.err().map(|reason| reason.to_string())))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("agreed", format!("{first} to {last}"))
            .note("tolerance", format!("{} days after the due day", self.params.tolerance_days))
            .note("matching", "cash from the day of agreement on fills instalments by due day; cash on documents issued later does not")
    }
}
