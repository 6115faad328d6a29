//! How many of the invoices issued were disputed.
//!
//! # Example
//! Of four invoices of 100 issued in January one is disputed: 1/4 by count, 100/400 of the money issued.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::disputes::{DisputesParams, dispute_rate};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-02, 2024-02-01, 100.00, EUR
//!          2,          acme,        2024-01-02, 2024-02-01, 100.00, EUR
//!          3,          acme,        2024-01-02, 2024-02-01, 100.00, EUR
//!          4,          acme,        2024-01-02, 2024-02-01, 100.00, EUR",
//!     ),
//!     ("disputes", "dispute_id, customer_id, invoice_id, opened_on\n d1, acme, 1, 2024-01-10"),
//! ])?;
//! let january = Month::parse("2024-01")?;
//! let as_of = AsOf(january.last());
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let found = dispute_rate(&ledger, as_of, january, january, &all, None, &DisputesParams::default())?.value;
//! let row = &found.rows()[0];
//! assert_eq!(row.rate(), Ok(1.0 / 4.0));
//! assert_eq!(row.disputed.ratio(row.issued), Some(100.0 / 400.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{DisputesError, DisputesParams, METRIC_ID, disputed_on};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ids::DocumentIx;
use crate::ledger::{DocumentKind, Ledger};
use crate::metrics::promises::instalments;
use crate::metrics::{ByGroup, GroupLabels, Months, NullReason, require_tables, view_note, wilson_interval};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

/// The invoices of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisputeRateRow {
    /// Invoices issued.
    pub n_invoices: u64,
    /// Invoices with a dispute.
    pub n_disputed: u64,
    /// Amount issued.
    pub issued: Total,
    /// Amount disputed when the disputes were opened, never more of an invoice than was issued.
    pub disputed: Total,
}

/// The dispute rate of the invoices issued in some months, as of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DisputeRate {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    confidence: f64,
    labels: GroupLabels,
    rows: Vec<DisputeRateRow>,
}

/// Adds up invoices and disputed invoices by group.
#[derive(Clone, Debug)]
pub struct DisputedByGroup<'a> {
    ledger: &'a Ledger,
    groups: &'a Groups,
    months: &'a Months,
    as_of: AsOf,
    sums: ByGroup<DisputeRateRow>,
}

/// Returns, of the invoices issued from one month to another, both included, how many were disputed by the end of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// No disputes were imported; the months cannot be used.
pub fn dispute_rate(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &DisputesParams,
) -> Result<Checked<DisputeRate>, DisputesError> {
    require_tables(ledger, &["disputes"])?;
    let months = Months::new(from, to)?;
    let sums = history::run(ledger, known_on, DisputedByGroup::new(ledger, groups, &months, as_of)).sums;
    Ok(Checked::clean(DisputeRate {
        as_of,
        known_on,
        months: (from, to),
        confidence: params.confidence,
        labels: GroupLabels::of(groups),
        rows: (0..groups.len())
            .map(|group| sums.of(group).copied().unwrap_or_default())
            .collect(),
    }))
}

impl<'a> DisputedByGroup<'a> {
    /// Starts from nothing.
    pub fn new(ledger: &'a Ledger, groups: &'a Groups, months: &'a Months, as_of: AsOf) -> DisputedByGroup<'a> {
        DisputedByGroup {
            ledger,
            groups,
            months,
            as_of,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<DisputeRateRow> {
        &self.sums
    }
}

impl Accumulator for DisputedByGroup<'_> {
    /// Adds one customer's invoices; an invoice in instalments is one invoice, in the group of its first.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let day = self.as_of.0;
        let mut last_id = None;
        for item in customer.documents() {
            let document = item.document;
            let is_asked_for = document.kind == DocumentKind::Invoice
                && document.issued_on <= day
                && self.months.position(document.issued_on).is_some();
            let id = self.ledger.invoice_id(item.ix);
            let is_first = last_id.replace(id) != Some(id);
            if !is_asked_for || !is_first {
                continue;
            }
            let range = instalments(self.ledger, item.ix);
            let amounts = range
                .clone()
                .map(DocumentIx)
                .map(|ix| customer.document(ix).document.amount);
            let issued: Total = amounts.sum();
            let own = customer
                .disputes()
                .filter(|dispute| dispute.opened_on <= day && dispute.document.is_some_and(|ix| range.contains(&ix.0)));
            let (mut n, mut disputed) = (0, Total::ZERO);
            for dispute in own {
                n += 1;
                disputed += disputed_on(self.ledger, customer, dispute, dispute.opened_on);
            }
            let sums = self
                .sums
                .at(self.groups.of_document(item.ix, item.document), DisputeRateRow::default);
            sums.n_invoices += 1;
            sums.n_disputed += u64::from(n > 0);
            sums.issued += issued;
            sums.disputed += disputed.min(issued);
        }
    }

    /// Adds the invoices of other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| {
            own.n_invoices += more.n_invoices;
            own.n_disputed += more.n_disputed;
            own.issued += more.issued;
            own.disputed += more.disputed;
        });
    }
}

impl DisputeRateRow {
    /// Returns the share of the invoices that were disputed.
    ///
    /// # Errors
    /// [`NullReason::NoSales`] where none was issued.
    pub fn rate(&self) -> Result<f64, NullReason> {
        match self.n_invoices {
            0 => Err(NullReason::NoSales),
            n => Ok(self.n_disputed as f64 / n as f64),
        }
    }
}

impl DisputeRate {
    /// Returns one entry per group.
    pub fn rows(&self) -> &[DisputeRateRow] {
        &self.rows
    }

    /// Returns one row per group.
    pub fn table(&self) -> Table {
        let groups: Vec<usize> = (0..self.rows.len()).collect();
        let rows = || self.rows.iter();
        let interval = |row: &DisputeRateRow| wilson_interval(row.n_disputed, row.n_invoices, self.confidence);
        self.labels
            .start("dispute_rate", METRIC_ID, &groups)
            .int("n_invoices", rows().map(|row| row.n_invoices as i64))
            .int("n_disputed", rows().map(|row| row.n_disputed as i64))
            .real("dispute_rate", rows().map(|row| row.rate().ok()))
            .real("dispute_rate_low", rows().map(|row| Some(interval(row)?.0)))
            .real("dispute_rate_high", rows().map(|row| Some(interval(row)?.1)))
            .money("issued", rows().map(|row| row.issued))
            .money("disputed", rows().map(|row| row.disputed))
            .real("disputed_share", rows().map(|row| row.disputed.ratio(row.issued)))
            .text(
                "reason",
                rows().map(|row| row.rate().err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("issued", format!("{} to {}", self.months.0, self.months.1))
            .note(
                "disputed",
                "with a dispute opened by the as-of day; younger invoices may still be disputed",
            )
    }
}
