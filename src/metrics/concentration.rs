//! How much of the open money stands with few customers, or few groups of companies.
//!
//! # Definition
//! Over debtors with open claims: the share of the largest `top_n`, and the Herfindahl-Hirschman index, the sum of
//! squared shares (1 for a single debtor, 1/n for n equal ones). A debtor is a customer, or a group of companies: all
//! customers below the same parent.
//! # Inputs
//! Open claims of each customer at the end of the as-of day, unapplied items not deducted; for groups of companies the
//! `parent_id` valid on that day.
//! # Edge cases
//! Nothing open: null `nothing_open`. A customer without a parent is a group of its own. Equal debtors stand in the order of their ids.
//! # Source
//! Hirschman, A. O., The paternity of an index, American Economic Review 54 (1964).
//! # Example
//! Three customers owe 50, 30 and 20: the largest has 50/100, the index is 0.25 + 0.09 + 0.04 = 0.38.
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::concentration::{ConcentrationParams, concentration};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[(
//!     "invoices",
//!     "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!      1,          acme,        2024-01-10, 2024-02-09, 50.00,  EUR
//!      2,          bolt,        2024-01-10, 2024-02-09, 30.00,  EUR
//!      3,          cato,        2024-01-10, 2024-02-09, 20.00,  EUR",
//! )])?;
//! let as_of = AsOf(Day::parse("2024-01-31")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let params = ConcentrationParams { top_n: 1, ..ConcentrationParams::default() };
//! let found = concentration(&ledger, as_of, &all, None, &params)?.value;
//! let row = &found.rows()[0];
//! assert_eq!(row.top.ratio(row.open), Some(50.0 / 100.0));
//! assert!((row.hhi.unwrap() - (0.25 + 0.09 + 0.04)).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::cmp::Reverse;
use std::collections::BTreeMap;

use thiserror::Error;

use super::segments::{self, SegmentError};
use super::{ByGroup, GroupLabels, NullReason, view_note};
use crate::calendar::{AsOf, Day};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "concentration.v1";

/// Who counts as one debtor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConcentrationLevel {
    /// Each customer.
    #[default]
    Customer,
    /// Each group of companies, under the customer that heads it.
    Parent,
}

/// Settings of the concentration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConcentrationParams {
    /// Debtors whose share is given, at least 1; by default 10.
    pub top_n: usize,
    /// Who counts as one debtor; by default each customer.
    pub level: ConcentrationLevel,
}

/// Why there is no concentration.
#[derive(Debug, Error)]
pub enum ConcentrationError {
    /// No debtor was asked for.
    #[error("found top_n = 0, expected at least 1")]
    NoTop,
    /// The parents are not known on the day.
    #[error(transparent)]
    Parents(#[from] SegmentError),
}

/// One of the largest debtors of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debtor {
    /// Id of the customer, or of the one that heads the group of companies.
    pub id: String,
    /// Customers with open claims behind it.
    pub n_customers: u64,
    /// Open claims.
    pub open: Total,
}

/// The concentration of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct ConcentrationRow {
    /// Customers with open claims.
    pub n_customers: u64,
    /// Debtors with open claims.
    pub n_debtors: u64,
    /// Open claims.
    pub open: Total,
    /// Open claims of the largest debtors.
    pub top: Total,
    /// Sum of squared shares.
    pub hhi: Result<f64, NullReason>,
    /// The largest debtors, largest first.
    pub largest: Vec<Debtor>,
}

/// The concentration of a ledger on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    as_of: AsOf,
    known_on: Option<Day>,
    params: ConcentrationParams,
    labels: GroupLabels,
    rows: Vec<ConcentrationRow>,
}

/// Collects what each customer owes, by group.
#[derive(Clone, Debug)]
pub struct OpenByCustomer<'a> {
    groups: &'a Groups,
    as_of: AsOf,
    sums: ByGroup<Vec<(CustomerIx, Total)>>,
}

/// Returns the concentration of open claims at the end of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// `top_n` is zero, or parents are asked for that are not known on the day.
pub fn concentration(
    ledger: &Ledger,
    as_of: AsOf,
    groups: &Groups,
    known_on: Option<Day>,
    params: &ConcentrationParams,
) -> Result<Checked<Concentration>, ConcentrationError> {
    if params.top_n == 0 {
        return Err(ConcentrationError::NoTop);
    }
    let (debtors, caveats) = match params.level {
        ConcentrationLevel::Customer => (None, Vec::new()),
        ConcentrationLevel::Parent => {
            let parents = segments::groups(ledger, as_of, &["parent".to_owned()])?;
            (Some(parents.value), parents.caveats)
        }
    };
    let sums = history::run(ledger, known_on, OpenByCustomer::new(groups, as_of)).sums;
    let rows = (0..groups.len()).map(|group| {
        let customers = sums.of(group).map_or(&[][..], Vec::as_slice);
        row(by_debtor(ledger, customers, debtors.as_ref()), params.top_n)
    });
    Ok(Checked {
        value: Concentration {
            as_of,
            known_on,
            params: params.clone(),
            labels: GroupLabels::of(groups),
            rows: rows.collect(),
        },
        issues: Default::default(),
        caveats,
    })
}

/// Adds up customers by debtor: themselves, or the head of their group of companies.
fn by_debtor(ledger: &Ledger, customers: &[(CustomerIx, Total)], parents: Option<&Groups>) -> Vec<Debtor> {
    let mut debtors: BTreeMap<&str, (u64, Total)> = BTreeMap::new();
    for &(customer, open) in customers {
        // Whoever owes has a document, and all documents of a customer have the same parent.
        let head = parents.and_then(|parents| {
            let first = DocumentIx(ledger.documents().range(customer).start as u32);
            let group = parents.of_document(first, ledger.document(first));
            parents.all()[group].values.first()?.as_deref()
        });
        let (n_customers, sum) = debtors.entry(head.unwrap_or(ledger.customer_id(customer))).or_default();
        *n_customers += 1;
        *sum += open;
    }
    let debtors = debtors.into_iter().map(|(id, (n_customers, open))| Debtor {
        id: id.to_owned(),
        n_customers,
        open,
    });
    debtors.collect()
}

fn row(mut debtors: Vec<Debtor>, top_n: usize) -> ConcentrationRow {
    debtors.sort_by(|a, b| (Reverse(a.open), &a.id).cmp(&(Reverse(b.open), &b.id)));
    let total: Total = debtors.iter().map(|debtor| debtor.open).sum();
    let hhi = debtors
        .iter()
        .map(|debtor| debtor.open.ratio(total).map(|share| share * share))
        .sum::<Option<f64>>();
    let (n_debtors, n_customers) = (
        debtors.len() as u64,
        debtors.iter().map(|debtor| debtor.n_customers).sum(),
    );
    debtors.truncate(top_n);
    ConcentrationRow {
        n_customers,
        n_debtors,
        top: debtors.iter().map(|debtor| debtor.open).sum(),
        hhi: hhi.filter(|_| n_debtors > 0).ok_or(NullReason::NothingOpen),
        open: total,
        largest: debtors,
    }
}

impl ConcentrationLevel {
    /// Returns the level as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            ConcentrationLevel::Customer => "customer",
            ConcentrationLevel::Parent => "parent",
        }
    }
}

impl Default for ConcentrationParams {
    fn default() -> ConcentrationParams {
        ConcentrationParams {
            top_n: 10,
            level: ConcentrationLevel::Customer,
        }
    }
}

impl<'a> OpenByCustomer<'a> {
    /// Starts from nothing.
    pub fn new(groups: &'a Groups, as_of: AsOf) -> OpenByCustomer<'a> {
        OpenByCustomer {
            groups,
            as_of,
            sums: ByGroup::default(),
        }
    }

    /// Returns what each customer owes, by group, customers in no order.
    pub fn sums(&self) -> &ByGroup<Vec<(CustomerIx, Total)>> {
        &self.sums
    }
}

impl Accumulator for OpenByCustomer<'_> {
    /// Adds one customer's open claims.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        for history in customer.documents().filter(|history| history.document.is_claim()) {
            let open = history.open_on(self.as_of.0);
            if open <= Total::ZERO {
                continue;
            }
            let customers = self
                .sums
                .at(self.groups.of_document(history.ix, history.document), Vec::new);
            match customers.last_mut() {
                Some((last, sum)) if *last == customer.customer => *sum += open,
                _ => customers.push((customer.customer, open)),
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.extend(more));
    }
}

impl Concentration {
    /// Returns one entry per group.
    pub fn rows(&self) -> &[ConcentrationRow] {
        &self.rows
    }

    fn with_notes(&self, table: Table) -> Table {
        let who = match self.params.level {
            ConcentrationLevel::Customer => "customers",
            ConcentrationLevel::Parent => "groups of companies",
        };
        table
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("level", self.params.level.as_str())
            .note("top", format!("the {} largest {who}", self.params.top_n))
    }

    /// Returns one row per group.
    pub fn table(&self) -> Table {
        let groups: Vec<usize> = (0..self.rows.len()).collect();
        let table = self
            .labels
            .start("concentration", METRIC_ID, &groups)
            .int("n_customers", self.rows.iter().map(|row| row.n_customers as i64))
            .int("n_debtors", self.rows.iter().map(|row| row.n_debtors as i64))
            .money("open", self.rows.iter().map(|row| row.open))
            .money("top", self.rows.iter().map(|row| row.top))
            .real("top_share", self.rows.iter().map(|row| row.top.ratio(row.open)))
            .real("hhi", self.rows.iter().map(|row| row.hhi.ok()))
            .text(
                "reason",
                self.rows
                    .iter()
                    .map(|row| row.hhi.err().map(|reason| reason.to_string())),
            );
        self.with_notes(table)
    }

    /// Returns one row per group and largest debtor, with its rank and the share of it and of all larger ones.
    pub fn list_table(&self) -> Table {
        let debtors = || {
            self.rows.iter().enumerate().flat_map(|(group, row)| {
                row.largest
                    .iter()
                    .enumerate()
                    .scan(Total::ZERO, move |so_far, (at, debtor)| {
                        *so_far += debtor.open;
                        Some((group, at as i64 + 1, debtor, row.open, *so_far))
                    })
            })
        };
        let groups: Vec<usize> = debtors().map(|(group, ..)| group).collect();
        let name = match self.params.level {
            ConcentrationLevel::Customer => "customer_id",
            ConcentrationLevel::Parent => "parent",
        };
        let table = self
            .labels
            .start("largest_debtors", METRIC_ID, &groups)
            .int("rank", debtors().map(|(_, rank, ..)| rank))
            .text(name, debtors().map(|(_, _, debtor, ..)| debtor.id.clone()))
            .int(
                "n_customers",
                debtors().map(|(_, _, debtor, ..)| debtor.n_customers as i64),
            )
            .money("open", debtors().map(|(_, _, debtor, ..)| debtor.open))
            .real("share", debtors().map(|(_, _, debtor, all, _)| debtor.open.ratio(all)))
            .real("cumulative_share", debtors().map(|(.., all, so_far)| so_far.ratio(all)));
        self.with_notes(table)
    }
}
