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
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::plans::{PlansParams, plans};
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-01, 2024-02-01, 300.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          9,          acme,        1,          2024-03-01, 150.00, EUR",
//!     ),
//!     (
//!         "plans",
//!         "plan_id, customer_id, agreed_on,  instalment, due_on,     amount
//!          l1,      acme,        2024-02-15, 1,          2024-03-01, 100.00
//!          l1,      acme,        2024-02-15, 2,          2024-04-01, 100.00
//!          l1,      acme,        2024-02-15, 3,          2024-05-01, 100.00",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-06-01")?), Month::parse("2024-02")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let found = plans(&ledger, as_of, month, month, &[], None, &PlansParams::default())?.value;
//! let row = found.rows().next().unwrap();
//! assert_eq!(row.adherence, Ok(1.0 / 3.0));
//! assert_eq!(row.paid_share, Ok((100.0 + 50.0 + 0.0) / 300.0));
//! assert_eq!((row.sums.n_up_to_date, row.sums.n_re_defaulted), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod instalments;
mod sums;
mod tables;

use std::collections::BTreeMap;

use thiserror::Error;

use super::fact_groups::{FactGroups, FactLabels, OwnValue, Place};
use super::segments::SegmentError;
use super::{BootstrapParams, Months, MonthsError, NotAvailable, require_tables};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::outcome::Checked;

pub use self::instalments::{Instalment, InstalmentState, Plan, Plans};
pub use self::sums::{PlanSums, PlansRow};

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
            let place = self.groups.0.place(None, account, |by| OwnValue::from(by.value(&plan)));
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

impl PlanResults {
    /// Returns the rows in order of their groups.
    pub fn rows(&self) -> impl Iterator<Item = &PlansRow> {
        self.rows.iter().map(|(_, row)| row)
    }
}
