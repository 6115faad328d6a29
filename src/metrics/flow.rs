//! What moved the receivables balance, month by month.
//!
//! # Definition
//! For each month and group, exact to the last digit: `closing = opening + invoiced + debit_notes + charges -
//! credit_notes - cash - credits - discounts - write_offs + refunds + reversals + applied`. Balances are those of the
//! control account: unapplied items are negatives inside them.
//! # Inputs
//! Documents by day of issue, postings by effective day. Money is in the currency of the group.
//! # Edge cases
//! Cash counts in the month it came in, applied or not. Setting unapplied cash or a credit note against a document moves
//! money between two items: `applied` sums to zero over a currency, unless both sides fall into different months, and
//! differs from zero where the items are in different groups. `recoveries` (cash after a write-off) is a memo: the
//! balance does not change.
//! # Source
//! Design of this program, section 5: every other metric is a view of this flow.
//! # Example
//! January opens at 0, an invoice of 100 is issued and 40 are paid: closing 0 + 100 - 40 = 60, the opening of February.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::flow::{FlowParams, flow};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-10, 2024-02-09, 100.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          acme,        1,          2024-01-25, 40.00,  EUR",
//!     ),
//! ])?;
//! let (january, february) = (Month::parse("2024-01")?, Month::parse("2024-02")?);
//! let (ledger, _) = Ledger::from_records(records, february.last()).value;
//! let all = groups(&ledger, AsOf(february.last()), &[])?.value;
//! let flow = flow(&ledger, january, february, &all, None, &FlowParams::default())?.value;
//! let balances = flow.groups()[0].balances();
//! let balances: Vec<String> = balances.map(|(opening, closing)| format!("{opening} -> {closing}")).collect();
//! assert_eq!(balances, ["0.00 -> 60.00", "60.00 -> 60.00"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod carried;
pub mod in_base;

use thiserror::Error;

use super::{ByGroup, GroupLabels, Months, MonthsError, Periods, Sums, sums, view_note};
use crate::calendar::{Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{DocumentKind, Ledger, Nature, Posting, Reads};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "flow.v1";

/// Settings of the flow; it has none yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowParams {}

/// Why there is no flow.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlowError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
}

/// What moved a balance in one month; each is positive where the name suggests it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowSums {
    /// Invoices issued.
    pub invoiced: Total,
    /// Debit notes issued.
    pub debit_notes: Total,
    /// Finance charges issued.
    pub charges: Total,
    /// Credit notes issued.
    pub credit_notes: Total,
    /// Credits without a document behind them.
    pub credits: Total,
    /// Cash received.
    pub cash: Total,
    /// Discounts taken.
    pub discounts: Total,
    /// Claims given up.
    pub write_offs: Total,
    /// Cash paid back.
    pub refunds: Total,
    /// Lines taken back: what they added to the balance.
    pub reversals: Total,
    /// Unapplied cash and credit notes set against documents: what it added to the balance of this group.
    pub applied: Total,
    /// Cash after a write-off; not part of the balance.
    pub recoveries: Total,
}

/// Sums of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFlow {
    /// Balance at the end of the day before the first month.
    pub opening: Total,
    /// One entry a month.
    pub months: Vec<FlowSums>,
}

/// The flow of a ledger over some months.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    months: Months,
    known_on: Option<Day>,
    labels: GroupLabels,
    groups: Vec<GroupFlow>,
}

/// Adds up the flow by month and group.
#[derive(Clone, Debug)]
pub struct FlowByMonth<'a> {
    groups: &'a Groups,
    months: &'a Months,
    sums: ByGroup<GroupFlow>,
}

/// Returns the flow of a ledger from one month to another, both included.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The last month lies before the first.
pub fn flow(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    _params: &FlowParams,
) -> Result<Checked<Flow>, FlowError> {
    let months = Months::new(from, to)?;
    let sums = history::run(ledger, known_on, FlowByMonth::new(groups, &months)).sums;
    let sums = sums.of_all(groups.len(), || GroupFlow::empty(&months));
    Ok(Checked::clean(Flow::of_sums(months, groups, known_on, sums)))
}

/// The caption of a movement, and where it stands.
type Movement = (&'static str, fn(&FlowSums) -> Total);

impl FlowSums {
    /// Returns the credit sales: invoices and debit notes less credit notes, without finance charges.
    pub fn sales(&self) -> Total {
        self.invoiced + self.debit_notes - self.credit_notes
    }

    /// Returns what the month added to the balance.
    pub fn change(&self) -> Total {
        self.invoiced + self.debit_notes + self.charges + self.refunds + self.reversals + self.applied
            - self.credit_notes
            - self.credits
            - self.cash
            - self.discounts
            - self.write_offs
    }

    /// The movements in the order in which they are printed.
    const COLUMNS: [Movement; 11] = [
        ("invoiced", |sums| sums.invoiced),
        ("debit_notes", |sums| sums.debit_notes),
        ("charges", |sums| sums.charges),
        ("credit_notes", |sums| sums.credit_notes),
        ("credits", |sums| sums.credits),
        ("cash", |sums| sums.cash),
        ("discounts", |sums| sums.discounts),
        ("write_offs", |sums| sums.write_offs),
        ("refunds", |sums| sums.refunds),
        ("reversals", |sums| sums.reversals),
        ("applied", |sums| sums.applied),
    ];

    #[inline]
    fn add_posting(&mut self, posting: &Posting) {
        self.add_moved(posting.nature, posting.delta.into());
    }

    #[inline]
    fn add_moved(&mut self, nature: Nature, delta: Total) {
        match nature {
            Nature::Cash => self.cash -= delta,
            Nature::Credit => self.credits -= delta,
            Nature::Discount => self.discounts -= delta,
            Nature::WriteOff => self.write_offs -= delta,
            Nature::Refund => self.refunds += delta,
            Nature::Reversal => self.reversals += delta,
            Nature::CashApplied | Nature::CreditApplied => self.applied += delta,
            Nature::Recovery => self.recoveries -= delta,
        }
    }

    #[inline]
    fn add_issued(&mut self, kind: DocumentKind, amount: Total) {
        match kind {
            DocumentKind::Invoice => self.invoiced += amount,
            DocumentKind::DebitNote => self.debit_notes += amount,
            DocumentKind::FinanceCharge => self.charges += amount,
            DocumentKind::CreditNote => self.credit_notes -= amount,
        }
    }
}

sums!(FlowSums {
    invoiced,
    debit_notes,
    charges,
    credit_notes,
    credits,
    cash,
    discounts,
    write_offs,
    refunds,
    reversals,
    applied,
    recoveries,
});

sums!(GroupFlow { opening, months });

impl GroupFlow {
    pub(super) fn empty(months: &Periods) -> GroupFlow {
        GroupFlow {
            opening: Total::ZERO,
            months: vec![FlowSums::default(); months.n()],
        }
    }

    /// Adds a posting to its month, or to the opening balance; one after the last month not at all.
    #[inline]
    pub(super) fn add_posting(&mut self, months: &Periods, posting: &Posting) {
        match months.position(posting.on) {
            Some(month) => self.months[month].add_posting(posting),
            None if posting.nature == Nature::Recovery || posting.on > months.last_day() => {}
            None => self.opening += posting.delta,
        }
    }

    /// Adds a document that was issued by the last month, and its postings.
    #[inline]
    pub(super) fn add_document(&mut self, months: &Periods, history: &DocumentHistory<'_>) {
        let document = history.document;
        match months.position(document.issued_on) {
            None => self.opening += document.amount,
            Some(month) => self.months[month].add_issued(document.kind, document.amount.into()),
        }
        for posting in history.postings() {
            self.add_posting(months, posting);
        }
    }

    /// Returns the flow from a later month on; what came before it is in the opening balance.
    pub(super) fn beginning_with(mut self, month: usize) -> GroupFlow {
        self.opening += self.months.drain(..month).map(|month| month.change()).sum::<Total>();
        self
    }

    /// Returns the opening and closing balance of each month.
    pub fn balances(&self) -> impl Iterator<Item = (Total, Total)> + '_ {
        self.months.iter().scan(self.opening, |balance, month| {
            let opening = *balance;
            *balance += month.change();
            Some((opening, *balance))
        })
    }
}

impl<'a> FlowByMonth<'a> {
    /// Starts from nothing.
    pub fn new(groups: &'a Groups, months: &'a Months) -> FlowByMonth<'a> {
        FlowByMonth {
            groups,
            months,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<GroupFlow> {
        &self.sums
    }
}

impl Accumulator for FlowByMonth<'_> {
    /// Adds one customer: documents in their month of issue, postings in their own.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (groups, months) = (self.groups, self.months);
        let empty = || GroupFlow::empty(months);
        let of_unapplied = |posting: &Posting| groups.of_unapplied(customer.customer, posting.currency, posting.entity);
        for posting in customer.unapplied() {
            self.sums.at(of_unapplied(posting), empty).add_posting(months, posting);
        }
        for posting in customer.recoveries() {
            let of_document = posting
                .document
                .map(|ix| groups.of_document(ix, customer.document(ix).document));
            let group = of_document.unwrap_or_else(|| of_unapplied(posting));
            self.sums.at(group, empty).add_posting(months, posting);
        }
        for history in customer.documents() {
            if history.document.issued_on <= months.last_day() {
                let group = groups.of_document(history.ix, history.document);
                self.sums.at(group, empty).add_document(months, &history);
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

impl Flow {
    /// Puts a flow together from its sums, one entry per group.
    pub(super) fn of_sums(months: Months, groups: &Groups, known_on: Option<Day>, sums: Vec<GroupFlow>) -> Flow {
        Flow {
            months,
            known_on,
            labels: GroupLabels::of(groups),
            groups: sums,
        }
    }

    /// Returns the sums, one entry per group.
    pub fn groups(&self) -> &[GroupFlow] {
        &self.groups
    }

    /// Returns the groups' labels.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns the months.
    pub fn months(&self) -> &Months {
        &self.months
    }

    /// Returns one row per group and month.
    pub fn table(&self) -> Table {
        let n_months = self.months.n();
        let rows: Vec<usize> = (0..self.groups.len())
            .flat_map(|group| std::iter::repeat_n(group, n_months))
            .collect();
        let balances: Vec<(Total, Total)> = self.groups.iter().flat_map(GroupFlow::balances).collect();
        let money = |of: fn(&FlowSums) -> Total| {
            let months = self.groups.iter().flat_map(|group| &group.months);
            months.map(of).collect::<Vec<Total>>()
        };
        let table = self
            .labels
            .start("flow", METRIC_ID, &rows)
            .text(
                "month",
                self.groups
                    .iter()
                    .flat_map(|_| self.months.iter())
                    .map(|month| month.to_string()),
            )
            .money("opening", balances.iter().map(|(opening, _)| *opening));
        FlowSums::COLUMNS
            .iter()
            .fold(table, |table, (name, of)| table.money(name, money(*of)))
            .money("closing", balances.iter().map(|(_, closing)| *closing))
            .money("recoveries", money(|sums| sums.recoveries))
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "identity",
                "closing = opening + invoiced + debit_notes + charges - credit_notes - credits - cash - discounts - write_offs + refunds + reversals + applied; recoveries is a memo",
            )
    }
}
