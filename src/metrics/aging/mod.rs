//! How old the open money is on a day.
//!
//! # Definition
//! Days past due are the as-of day less the due day; a document due on the as-of day is not past due. Buckets are ranges
//! of days closed on the right (1-30, 31-60, ...). The identity of every row, exact to the last digit:
//! `control = not_due + past-due buckets + no_due_date - unapplied_cash - unapplied_credits`.
//! # Inputs
//! Documents and their postings up to the as-of day, unapplied items, disputes. Money is in the currency of the group.
//! # Edge cases
//! Three choices, each printed with the result, none of which changes a control balance: whether the due day itself is past
//! due ([`AgingBoundary`]), where cash and credits on no claim stand ([`AgingCredits`]), where disputed money stands
//! ([`AgingDisputes`]; carved out, it is a summand: `+ disputed`). The rest of this page describes the default ones.
//! What was applied to a claim beyond its amount counts as unapplied cash. Open credit notes and credits without a
//! document are unapplied credits and are not aged. `disputed` is part of the buckets, never a summand of its own. A
//! claim due before it was issued is aged from its due day, once it was issued.
//! # Source
//! Design of this program, section 5; bucket convention of aged trial balances.
//! # Example
//! ```
//! use arrears::calendar::DaysPastDue;
//! use arrears::metrics::aging::AgingScheme;
//!
//! let scheme = AgingScheme::from_upper_edges(&[30, 60, 90, 120]).unwrap();
//! // Due on 2024-01-31, as of 2024-03-01: 1 day to February 1, 28 more to the 29th, 1 more: 30 days past due.
//! assert_eq!(scheme.bucket(DaysPastDue(30)), Some(0));
//! assert_eq!(scheme.bucket(DaysPastDue(31)), Some(1));
//! assert_eq!(scheme.bucket(DaysPastDue(0)), None);
//! assert_eq!(scheme.labels(), ["1-30", "31-60", "61-90", "91-120", "121+"]);
//! ```

mod scheme;

use thiserror::Error;

use super::{ByGroup, GroupLabels, LineNatures, view_note};
use crate::calendar::{AsOf, Day};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ids::DocumentIx;
use crate::ledger::Ledger;
use crate::money::{Amount, Total};
use crate::outcome::Checked;
use crate::table::Table;

pub use self::scheme::{AgingBasis, AgingBoundary, AgingCredits, AgingDisputes, AgingScheme};

/// The formula of this metric.
pub const METRIC_ID: &str = "aging.v1";

/// Settings of the ageing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgingParams {
    /// Last day of each bounded bucket, increasing, the first at least 1; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// What age is counted from; by default the due day.
    pub basis: AgingBasis,
    /// Whether the due day itself is past due; by default not.
    pub boundary: AgingBoundary,
    /// Where cash and credits on no claim stand; by default in columns of their own.
    pub credits: AgingCredits,
    /// Where disputed money stands; by default in the buckets.
    pub disputes: AgingDisputes,
}

/// Why there is no ageing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AgingError {
    /// No bucket edge was given.
    #[error("found no bucket edges, expected at least one, such as 30")]
    NoEdges,
    /// An edge does not lie above the one before it.
    #[error("bucket edge {edge} is not above {before}")]
    EdgesNotIncreasing {
        /// The edge.
        edge: i32,
        /// What it must exceed.
        before: i32,
    },
}

/// Sums of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgingSums {
    /// Claims not past due.
    pub not_due: Total,
    /// Claims past due, one entry per bucket.
    pub past_due: Vec<Total>,
    /// Claims without the day that age is counted from.
    pub no_due_date: Total,
    /// Part of the claims that is in dispute; inside the buckets.
    pub disputed: Total,
    /// Disputed claims that were carved out of the buckets; zero in the other views.
    pub carved_out: Total,
    /// Cash on no claim, and what was applied to claims beyond their amounts; positive.
    pub unapplied_cash: Total,
    /// Open credit notes and credits on no claim; positive.
    pub unapplied_credits: Total,
    /// Documents with something open.
    pub n_open_items: u64,
}

/// The ageing of a ledger on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Aging {
    as_of: AsOf,
    known_on: Option<Day>,
    params: AgingParams,
    scheme: AgingScheme,
    labels: GroupLabels,
    sums: Vec<AgingSums>,
}

/// Adds up the ageing of one day by group.
#[derive(Clone, Debug)]
pub struct AgingByGroup<'a> {
    ledger: &'a Ledger,
    groups: &'a Groups,
    natures: &'a LineNatures<'a>,
    as_of: AsOf,
    known_on: Option<Day>,
    scheme: &'a AgingScheme,
    basis: AgingBasis,
    credits: AgingCredits,
    disputes: AgingDisputes,
    sums: ByGroup<AgingSums>,
    open_disputes: Vec<(DocumentIx, Option<Amount>)>,
    claims: Vec<Claim>,
    unapplied: Vec<Unapplied>,
}

/// An open claim that credits may be set against: group, the day its age is counted from, where it stands, what is open.
type Claim = (usize, Option<Day>, Slot, Total);

/// Where a claim stands among the sums of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    NotDue,
    PastDue(usize),
    NoDueDate,
}

/// Cash or a credit on no claim, one entry a receipt line: group, line, its first day, what is open, whether it is a credit.
type Unapplied = (usize, u32, Day, Total, bool);

/// Returns the ageing of a ledger at the end of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The bucket edges do not increase from 1.
pub fn aging(
    ledger: &Ledger,
    as_of: AsOf,
    groups: &Groups,
    known_on: Option<Day>,
    params: &AgingParams,
) -> Result<Checked<Aging>, AgingError> {
    let scheme = AgingScheme::from_upper_edges(&params.upper_edges)?.with_boundary(params.boundary);
    let natures = LineNatures::of(ledger);
    let empty = AgingByGroup::new(ledger, groups, &natures, as_of, known_on, &scheme, params.basis)
        .with_views(params.credits, params.disputes);
    let sums = history::run(ledger, known_on, empty).sums;
    let n_buckets = scheme.n_buckets();
    Ok(Checked::clean(Aging {
        as_of,
        known_on,
        params: params.clone(),
        labels: GroupLabels::of(groups),
        sums: (0..groups.len())
            .map(|group| sums.of(group).cloned().unwrap_or_else(|| AgingSums::empty(n_buckets)))
            .collect(),
        scheme,
    }))
}

impl Default for AgingParams {
    fn default() -> AgingParams {
        AgingParams {
            upper_edges: vec![30, 60, 90, 120],
            basis: AgingBasis::Due,
            boundary: AgingBoundary::default(),
            credits: AgingCredits::default(),
            disputes: AgingDisputes::default(),
        }
    }
}

impl AgingSums {
    /// Returns sums of nothing.
    pub fn empty(n_buckets: usize) -> AgingSums {
        AgingSums {
            past_due: vec![Total::ZERO; n_buckets],
            ..AgingSums::default()
        }
    }

    /// Returns everything past due.
    pub fn overdue(&self) -> Total {
        self.past_due.iter().copied().sum()
    }

    /// Returns what the ledger says is owed: the balance of all documents and unapplied items.
    pub fn control(&self) -> Total {
        self.not_due + self.overdue() + self.no_due_date + self.carved_out
            - self.unapplied_cash
            - self.unapplied_credits
    }

    fn slot(&mut self, slot: Slot) -> &mut Total {
        match slot {
            Slot::NotDue => &mut self.not_due,
            Slot::PastDue(bucket) => &mut self.past_due[bucket],
            Slot::NoDueDate => &mut self.no_due_date,
        }
    }

    fn add(&mut self, other: &AgingSums) {
        self.not_due += other.not_due;
        for (own, more) in self.past_due.iter_mut().zip(&other.past_due) {
            *own += *more;
        }
        self.no_due_date += other.no_due_date;
        self.disputed += other.disputed;
        self.carved_out += other.carved_out;
        self.unapplied_cash += other.unapplied_cash;
        self.unapplied_credits += other.unapplied_credits;
        self.n_open_items += other.n_open_items;
    }
}

impl<'a> AgingByGroup<'a> {
    /// Starts from nothing.
    pub fn new(
        ledger: &'a Ledger,
        groups: &'a Groups,
        natures: &'a LineNatures<'a>,
        as_of: AsOf,
        known_on: Option<Day>,
        scheme: &'a AgingScheme,
        basis: AgingBasis,
    ) -> AgingByGroup<'a> {
        AgingByGroup {
            ledger,
            groups,
            natures,
            as_of,
            known_on,
            scheme,
            basis,
            credits: AgingCredits::default(),
            disputes: AgingDisputes::default(),
            sums: ByGroup::default(),
            open_disputes: Vec::new(),
            claims: Vec::new(),
            unapplied: Vec::new(),
        }
    }

    /// Takes other views of credits and disputes than the default ones.
    pub fn with_views(self, credits: AgingCredits, disputes: AgingDisputes) -> AgingByGroup<'a> {
        AgingByGroup {
            credits,
            disputes,
            ..self
        }
    }

    /// Where an item stands whose age is counted from a day.
    fn slot(&self, from: Option<Day>) -> Slot {
        match from.map(|from| self.scheme.bucket(self.as_of.days_past(from))) {
            None => Slot::NoDueDate,
            Some(None) => Slot::NotDue,
            Some(Some(bucket)) => Slot::PastDue(bucket),
        }
    }

    /// Adds an open claim to its bucket, its disputed part as the view of disputes says.
    fn add_claim(&mut self, group: usize, from: Option<Day>, open: Total, disputed: Total) {
        let (slot, view) = (self.slot(from), self.disputes);
        let sums = self.sums.at(group, || AgingSums::empty(self.scheme.n_buckets()));
        let mut rest = open;
        match (view, slot) {
            (AgingDisputes::Net, _) => {
                sums.carved_out += disputed;
                rest -= disputed;
            }
            (AgingDisputes::AsLate, Slot::NotDue | Slot::NoDueDate) => {
                sums.disputed += disputed;
                *sums.slot(Slot::PastDue(0)) += disputed;
                rest -= disputed;
                if self.credits == AgingCredits::Fifo && !disputed.is_zero() {
                    self.claims.push((group, from, Slot::PastDue(0), disputed));
                }
            }
            _ => sums.disputed += disputed,
        }
        *sums.slot(slot) += rest;
        if self.credits == AgingCredits::Fifo && !rest.is_zero() {
            self.claims.push((group, from, slot, rest));
        }
    }

    /// Adds cash or a credit on no claim, given as a positive amount, to its column or to the bucket of its own day.
    fn add_unapplied(&mut self, group: usize, from: Day, amount: Total, is_credit: bool) {
        let slot = self.slot(Some(from));
        let sums = self.sums.at(group, || AgingSums::empty(self.scheme.n_buckets()));
        match (self.credits, is_credit) {
            (AgingCredits::OwnDate, _) => *sums.slot(slot) -= amount,
            (_, true) => sums.unapplied_credits += amount,
            (_, false) => sums.unapplied_cash += amount,
        }
    }

    /// Sets what is unapplied against the open claims of its group, the oldest first, cash before credits.
    fn offset_oldest_first(&mut self) {
        // Claims without a day come last; claims of one day keep their order.
        self.claims
            .sort_by_key(|&(group, from, ..)| (group, from.is_none(), from));
        let mut at = 0;
        while let Some(&(group, ..)) = self.claims.get(at) {
            let sums = self.sums.at(group, || AgingSums::empty(self.scheme.n_buckets()));
            // What this customer has waiting in the group, not what others have there; a debit sets nothing off.
            let waiting = |is_credit: bool| {
                let own = self
                    .unapplied
                    .iter()
                    .filter(|entry| entry.0 == group && entry.4 == is_credit);
                own.map(|entry| entry.3).sum::<Total>().max(Total::ZERO)
            };
            let (mut cash, mut credits) = (waiting(false), waiting(true));
            while let Some(&(_, _, slot, open)) = self.claims.get(at).filter(|claim| claim.0 == group) {
                let by_cash = open.min(cash);
                let by_credits = (open - by_cash).min(credits);
                *sums.slot(slot) -= by_cash + by_credits;
                sums.unapplied_cash -= by_cash;
                sums.unapplied_credits -= by_credits;
                cash -= by_cash;
                credits -= by_credits;
                at += 1;
            }
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<AgingSums> {
        &self.sums
    }

    /// Collects the disputes that are open on the day, by document.
    fn find_open_disputes(&mut self, customer: &CustomerHistory<'_>) {
        let (day, known_on) = (self.as_of.0, self.known_on);
        let open = customer
            .disputes
            .iter()
            .take_while(|dispute| dispute.opened_on <= day)
            .filter(|dispute| dispute.closed_on.is_none_or(|closed_on| closed_on >= day))
            .filter(|dispute| known_on.is_none_or(|known_on| dispute.known_on <= known_on))
            .filter_map(|dispute| Some((dispute.document?, dispute.amount)));
        self.open_disputes.clear();
        self.open_disputes.extend(open);
        self.open_disputes.sort_unstable();
    }
}

impl Accumulator for AgingByGroup<'_> {
    /// Adds one customer: each document where it stands on the day, then the unapplied items.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let n_buckets = self.scheme.n_buckets();
        self.find_open_disputes(customer);
        self.claims.clear();
        self.unapplied.clear();
        let mut disputed = DisputedInvoice::default();
        for history in customer.documents() {
            let (document, open) = (history.document, history.open_on(self.as_of.0));
            disputed.reach(history.ix, self.ledger, &self.open_disputes);
            if open.is_zero() {
                continue;
            }
            let group = self.groups.of_document(history.ix);
            self.sums.at(group, || AgingSums::empty(n_buckets)).n_open_items += 1;
            let from = self.basis.day_of(document);
            if document.is_claim() && open > Total::ZERO {
                let disputed = disputed.take(open);
                self.add_claim(group, from, open, disputed);
            } else {
                let entry = (
                    group,
                    u32::MAX,
                    from.unwrap_or(document.issued_on),
                    Total::ZERO - open,
                    !document.is_claim(),
                );
                self.unapplied.push(entry);
            }
        }
        let first_line = self.unapplied.len();
        for posting in customer.unapplied().filter(|posting| posting.on <= self.as_of.0) {
            let group = self
                .groups
                .of_unapplied(customer.customer, posting.currency, posting.entity);
            let is_credit = self.natures.is_credit(posting);
            let entry = (
                group,
                posting.row,
                posting.on,
                Total::ZERO - posting.delta.into(),
                is_credit,
            );
            self.unapplied.push(entry);
        }
        // Money that waited and was applied since adds up to nothing: one entry a line, from its first day.
        self.unapplied[first_line..].sort_unstable_by_key(|&(group, row, on, ..)| (group, row, on));
        self.unapplied.dedup_by(|later, earlier| {
            let is_same_line = later.1 != u32::MAX && (later.0, later.1) == (earlier.0, earlier.1);
            if is_same_line {
                earlier.3 += later.3;
            }
            is_same_line
        });
        for at in 0..self.unapplied.len() {
            let (group, _, from, amount, is_credit) = self.unapplied[at];
            self.add_unapplied(group, from, amount, is_credit);
        }
        if self.credits == AgingCredits::Fifo && !self.unapplied.is_empty() {
            self.offset_oldest_first();
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }
}

/// The disputes of the invoice that the walk over a customer's documents is at; they cover all its instalments.
#[derive(Default)]
struct DisputedInvoice {
    next: usize,
    invoice: Option<DocumentIx>,
    whole: bool,
    rest: Total,
}

impl DisputedInvoice {
    /// Moves on to a document; documents come in order.
    fn reach(&mut self, document: DocumentIx, ledger: &Ledger, disputes: &[(DocumentIx, Option<Amount>)]) {
        let is_instalment = self
            .invoice
            .is_some_and(|first| ledger.invoice_id(first) == ledger.invoice_id(document));
        if !is_instalment {
            *self = DisputedInvoice {
                next: self.next,
                ..DisputedInvoice::default()
            };
        }
        while let Some((disputed, amount)) = disputes.get(self.next).filter(|(disputed, _)| *disputed <= document) {
            self.next += 1;
            // A dispute whose document was not known on the day marks nothing.
            if *disputed == document {
                self.invoice = Some(document);
                match amount {
                    Some(amount) => self.rest += *amount,
                    None => self.whole = true,
                }
            }
        }
    }

    /// Returns the disputed part of what is open on the document.
    fn take(&mut self, open: Total) -> Total {
        if self.whole {
            return open;
        }
        let part = self.rest.min(open);
        self.rest -= part;
        part
    }
}

impl Aging {
    /// Returns the sums, one entry per group.
    pub fn sums(&self) -> &[AgingSums] {
        &self.sums
    }

    /// Returns the groups.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns the buckets.
    pub fn scheme(&self) -> &AgingScheme {
        &self.scheme
    }

    /// Returns the day at whose end this is true.
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// Returns one row per group; all money is positive where its name suggests it.
    pub fn table(&self) -> Table {
        let rows: Vec<usize> = (0..self.sums.len()).collect();
        let money = |of: fn(&AgingSums) -> Total| self.sums.iter().map(of).collect::<Vec<Total>>();
        let mut table = self
            .labels
            .start("aging", METRIC_ID, &rows)
            .money("not_due", money(|sums| sums.not_due));
        for (bucket, name) in self.scheme.columns().iter().enumerate() {
            table = table.money(name, self.sums.iter().map(|sums| sums.past_due[bucket]));
        }
        table = table.money("no_due_date", money(|sums| sums.no_due_date));
        let is_net = self.params.disputes == AgingDisputes::Net;
        if is_net {
            table = table.money("disputed", money(|sums| sums.carved_out));
        }
        table = table
            .money("unapplied_cash", money(|sums| sums.unapplied_cash))
            .money("unapplied_credits", money(|sums| sums.unapplied_credits))
            .money("control", money(AgingSums::control))
            .money("overdue", money(AgingSums::overdue));
        if !is_net {
            table = table.money("disputed", money(|sums| sums.disputed));
        }
        let (summand, disputed) = match self.params.disputes {
            AgingDisputes::Gross => ("", "disputed is part of the buckets"),
            AgingDisputes::Net => (" + disputed", "disputed is carved out of the buckets"),
            AgingDisputes::AsLate => ("", "disputed is part of the past-due buckets"),
        };
        table
            .int("n_open_items", self.sums.iter().map(|sums| sums.n_open_items as i64))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("basis", self.params.basis.as_str())
            .note("boundary", self.params.boundary.as_note())
            .note("credits", self.params.credits.as_str())
            .note("disputes", self.params.disputes.as_str())
            .note(
                "identity",
                format!("control = not_due + past-due buckets + no_due_date{summand} - unapplied_cash - unapplied_credits; {disputed}"),
            )
    }
}
