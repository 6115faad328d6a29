//! Recoveries: what came back after a write-off, and what of it from the insurer.
//!
//! # Definition
//! A cohort is what was written off in one month, net of write-offs taken back. A recovery belongs to the newest write-off of its
//! document made by its day, without a document to the newest of its customer in its currency; its age is the months from the month of the
//! write-off to its own. Recovery rate = recovered / written off of the cohort. *Claimable* from the insurer = insured share of each
//! write-off by the customer's row valid on the day of the write-off and insured then, altogether at most the insured amount of the
//! customer. *From insurance* is what came by receipts whose reason or channel names the insurer.
//! # Inputs
//! Write-offs in the months asked for and receipts of kind recovery, as of the end of the as-of day; insured share, amount and last day
//! from the customers table; the words that name the insurer.
//! # Edge cases
//! Insured columns not imported: claimable is null. Neither share nor amount known of a customer on the day: nothing is claimable. An
//! insured amount alone insures all of a write-off up to it. It is compared where the account has the currency of the write-off, else it insures nothing. A recovery
//! without a write-off before it stands in no cohort and is named by a caveat. Nothing written off: null `no_denominator`.
//! # Source
//! Design of this program, section 5.
//! # Example
//! 1,000.00 written off in March, 200.00 came in April and 300.00 from the insurer in June: after one month 200/1,000, in June
//! 500/1,000. With an insured share of 0.9 and an insured amount of 600.00, 600.00 were claimable.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::recoveries::{RecoveriesParams, recoveries};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "customers",
//!         "customer_id, valid_from, insured_share, insured_amount
//!          acme,        2023-01-01, 0.9,           600.00",
//!     ),
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount,  currency
//!          1,          acme,        2024-01-01, 2024-02-01, 1000.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, kind,      paid_on,    amount,  currency, reason
//!          5,          acme,        1,          write_off, 2024-03-10, 1000.00, EUR,
//!          6,          acme,        1,          recovery,  2024-04-15,  200.00, EUR,
//!          7,          acme,        1,          recovery,  2024-06-15,  300.00, EUR,      credit insurance",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-06-30")?), Month::parse("2024-03")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let found = recoveries(&ledger, as_of, month, month, &all, None, &RecoveriesParams::default())?.value;
//! let row = &found.rows()[0];
//! assert_eq!(row.by_age[1], Ok(200.0 / 1000.0));
//! assert_eq!(row.rate, Ok(500.0 / 1000.0));
//! assert_eq!(row.cohort.from_insurance.to_string(), "300.00");
//! assert_eq!(found.claimable(row).unwrap().to_string(), "600.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod pass;

use thiserror::Error;

use super::{BootstrapParams, ClusterSums, GroupLabels, Months, MonthsError, NullReason, view_note};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::{Caveat, Checked};
use crate::table::{Data, Table};

pub use self::pass::{Cohort, RecoveriesByGroup};

/// The formula of this metric.
pub const METRIC_ID: &str = "recoveries.v1";

/// Settings of the recoveries.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveriesParams {
    /// Words that name the insurer in the reason or channel of a receipt, in any case.
    pub insurance_words: Vec<String>,
    /// Draws and coverage of the intervals.
    pub bootstrap: BootstrapParams,
}

/// Why there are no recoveries.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecoveriesError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
}

/// One cohort of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortRow {
    /// Number of the group.
    pub group: usize,
    /// Month of the write-offs.
    pub month: Month,
    /// Counts and money.
    pub cohort: Cohort,
    /// By age in complete months: what came up to it over what was written off.
    pub by_age: Vec<Result<f64, NullReason>>,
    /// Intervals of these shares, by drawing customers.
    pub by_age_interval: Vec<Option<(f64, f64)>>,
    /// All that came by the as-of day over what was written off.
    pub rate: Result<f64, NullReason>,
    /// Interval of that share, by drawing customers.
    pub rate_interval: Option<(f64, f64)>,
}

/// The recoveries of some months' write-offs, as of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Recoveries {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    params: RecoveriesParams,
    has_insurance: bool,
    labels: GroupLabels,
    rows: Vec<CohortRow>,
}

/// Returns what came back of the write-offs of the months from one to another, both included, by the end of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months cannot be used.
pub fn recoveries(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &RecoveriesParams,
) -> Result<Checked<Recoveries>, RecoveriesError> {
    let months = Months::new(from, to)?;
    let empty = RecoveriesByGroup::new(ledger, groups, &months, as_of, &params.insurance_words);
    let pass = history::run(ledger, known_on, empty);
    let rows = (0..groups.len()).flat_map(|group| (0..months.n()).map(move |month| (group, month)));
    let rows = rows.map(|(group, month)| row(&pass, group, month, months.month(month), as_of, &params.bootstrap));
    let value = Recoveries {
        as_of,
        known_on,
        months: (from, to),
        rows: rows.collect(),
        has_insurance: has_insurance(ledger),
        labels: GroupLabels::of(groups),
        params: params.clone(),
    };
    let caveats = (pass.n_unmatched() > 0).then(|| {
        Caveat(format!(
            "recoveries without a write-off before them stand in no cohort: {}",
            pass.n_unmatched()
        ))
    });
    Ok(Checked {
        value,
        issues: Default::default(),
        caveats: caveats.into_iter().collect(),
    })
}

/// Tells whether the customers table says anything about insurance.
fn has_insurance(ledger: &Ledger) -> bool {
    let says = |column| match ledger.table("customers").and_then(|table| table.column(column)) {
        Some(Data::Real(values)) => values.iter().any(Option::is_some),
        Some(Data::Money(values)) => values.iter().any(Option::is_some),
        _ => false,
    };
    says("insured_share") || says("insured_amount")
}

fn row(
    pass: &RecoveriesByGroup<'_>,
    group: usize,
    position: usize,
    month: Month,
    as_of: AsOf,
    bootstrap: &BootstrapParams,
) -> CohortRow {
    // Ages that are over on the as-of day.
    let n_ages = (0..).take_while(|&age| (month + age).last() <= as_of.0).count();
    let mut cohort = Cohort::default();
    // The cells of a customer: written off, recovered in all, recovered up to each age.
    let mut clusters = ClusterSums::new(2 + n_ages);
    for own in pass.customers(group, position) {
        let by_age = (0..n_ages).map(|age| (2 + age, own.recovered_by_age(age).to_feature()));
        let all = [(0, own.written_off.to_feature()), (1, own.recovered().to_feature())];
        clusters.push(all.into_iter().chain(by_age));
        cohort.add(own);
    }
    let draws = clusters.draws(bootstrap);
    let interval = |cell: usize| draws.interval(|cells| (cells[0] > 0.0).then(|| cells[cell] / cells[0]));
    let share = |recovered: Total| match cohort.written_off > Total::ZERO {
        true => recovered.ratio(cohort.written_off).ok_or(NullReason::NoDenominator),
        false => Err(NullReason::NoDenominator),
    };
    CohortRow {
        group,
        month,
        by_age: (0..n_ages).map(|age| share(cohort.recovered_by_age(age))).collect(),
        by_age_interval: (0..n_ages).map(|age| interval(2 + age)).collect(),
        rate: share(cohort.recovered()),
        rate_interval: interval(1),
        cohort,
    }
}

impl Default for RecoveriesParams {
    fn default() -> RecoveriesParams {
        RecoveriesParams {
            insurance_words: ["insurance", "insurer", "insured"].map(str::to_owned).to_vec(),
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl Recoveries {
    /// Returns one entry per group and month.
    pub fn rows(&self) -> &[CohortRow] {
        &self.rows
    }

    /// Returns what could be claimed from the insurer, or `None` where nothing about insurance was imported.
    pub fn claimable(&self, row: &CohortRow) -> Option<Total> {
        self.has_insurance.then_some(row.cohort.claimable)
    }

    /// Returns one row per group and month of write-off.
    pub fn table(&self) -> Table {
        let groups: Vec<usize> = self.rows.iter().map(|row| row.group).collect();
        let rows = || self.rows.iter();
        let table = self
            .labels
            .start("recoveries", METRIC_ID, &groups)
            .text("month", rows().map(|row| row.month.to_string()))
            .int("n_write_offs", rows().map(|row| row.cohort.n_write_offs as i64))
            .money("written_off", rows().map(|row| row.cohort.written_off))
            .money("recovered", rows().map(|row| row.cohort.recovered()))
            .real("recovery_rate", rows().map(|row| row.rate.ok()))
            .real("recovery_rate_low", rows().map(|row| Some(row.rate_interval?.0)))
            .real("recovery_rate_high", rows().map(|row| Some(row.rate_interval?.1)))
            .money("claimable", rows().map(|row| self.claimable(row)))
            .money("from_insurance", rows().map(|row| row.cohort.from_insurance))
            .money(
                "from_elsewhere",
                rows().map(|row| row.cohort.recovered() - row.cohort.from_insurance),
            )
            .text(
                "reason",
                rows().map(|row| row.rate.err().map(|reason| reason.to_string())),
            );
        self.noted(table)
    }

    /// Returns one row per group, month of write-off and age in complete months.
    pub fn age_table(&self) -> Table {
        let cells = || {
            self.rows
                .iter()
                .flat_map(|row| (0..row.by_age.len()).map(move |age| (row, age)))
        };
        let groups: Vec<usize> = cells().map(|(row, _)| row.group).collect();
        let table = self
            .labels
            .start("recoveries_by_age", METRIC_ID, &groups)
            .text("month", cells().map(|(row, _)| row.month.to_string()))
            .int("months_since", cells().map(|(_, age)| age as i64))
            .money("written_off", cells().map(|(row, _)| row.cohort.written_off))
            .money("recovered", cells().map(|(row, age)| row.cohort.recovered_by_age(age)))
            .real("recovery_rate", cells().map(|(row, age)| row.by_age[age].ok()))
            .real(
                "recovery_rate_low",
                cells().map(|(row, age)| Some(row.by_age_interval[age]?.0)),
            )
            .real(
                "recovery_rate_high",
                cells().map(|(row, age)| Some(row.by_age_interval[age]?.1)),
            )
            .text(
                "reason",
                cells().map(|(row, age)| row.by_age[age].err().map(|reason| reason.to_string())),
            );
        self.noted(table).note(
            "recovered",
            "up to the end of the month; months not over on the as-of day are left out",
        )
    }

    fn noted(&self, table: Table) -> Table {
        table
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("written_off", format!("{} to {}", self.months.0, self.months.1))
            .note(
                "insurance",
                format!("receipts that name {}", self.params.insurance_words.join(", ")),
            )
    }
}
