//! Late interest: what each claim bears for the days it is late.
//!
//! # Definition
//! A day after the due day and the days of grace, up to the as-of day, bears `open on the evening before x yearly rate of that day / days of the year`. What is paid on a day
//! bears interest on that day and no more after it: a claim paid so many days late bears so many days. The interest of an item is the
//! exact sum over its days, rounded once to cents, half away from zero; compound interest is added to the base after every so many days.
//! Beside it stands a fixed compensation for each item that is late by a day.
//! # Inputs
//! Claims with their postings and disputes as known on the day; the declared rate, fixed or a dated base rate with a margin. Each item in its own currency.
//! # Edge cases
//! Finance charges bear no interest. A claim without a due day bears none. A day before the first base rate: null `no base rate`. Interest
//! below the minimum is not taken, nor is its compensation.
//! # Source
//! The convention of a dated base rate and a margin: Directive 2011/7/EU, articles 2(6), 3 and 6 (reference rate of the half-year + at least 8 points, EUR 40).
//! # Example
//! 1,000.00 due 31 January 2023, 400.00 paid on 10 February, 600.00 open on 2 March; 8 %, actual/365:
//! (1,000 x 10 + 600 x 20) x 0.08 / 365 = 4.8219, which is 4.82.

mod accrual;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::DecideError;
use super::caveats;
use crate::calendar::{AsOf, Day};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Dispute, DocumentKind, Ledger};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::table::Table;

pub use self::accrual::{InterestSegment, NoInterest};
pub use self::policy::{DayCount, DisputedMoney, InterestPolicy, InterestRate};

/// The late interest of one item, in its own currency.
#[derive(Clone, Debug, PartialEq)]
pub struct InterestItem {
    /// Who owes it.
    pub customer: CustomerIx,
    /// The document.
    pub document: DocumentIx,
    /// Its currency.
    pub currency: Currency,
    /// Day of payment agreed.
    pub due_on: Day,
    /// What is still open of it.
    pub open: Total,
    /// Days that bear interest.
    pub n_days: i32,
    /// Stretches of days with one base and one rate.
    pub segments: Vec<InterestSegment>,
    /// Interest, rounded once to cents.
    pub interest: Result<Total, NoInterest>,
    /// Fixed compensation.
    pub compensation: Total,
}

/// The late interest of a ledger.
#[derive(Clone, Debug)]
pub struct LateInterest<'a> {
    ledger: &'a Ledger,
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Items by customer and document.
    pub items: Vec<InterestItem>,
    notes: Vec<(String, String)>,
}

/// Interest and compensation of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterestSum {
    /// Items with interest or compensation.
    pub n_items: u64,
    /// Interest.
    pub interest: Total,
    /// Fixed compensation.
    pub compensation: Total,
}

/// Returns the late interest of open claims as of the end of a day, and of settled ones too where `settled` says so.
///
/// # Errors
/// Settings out of range.
pub fn late_interest<'a>(
    ledger: &'a Ledger,
    as_of: AsOf,
    settled: bool,
    policy: &InterestPolicy,
) -> Result<Checked<LateInterest<'a>>, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    let customers: Vec<CustomerIx> = ledger.customers().collect();
    let items: Vec<Vec<InterestItem>> = customers
        .into_par_iter()
        .map(|customer| of_customer(ledger, customer, as_of, settled, policy))
        .collect();
    let claims = if settled { "open and settled" } else { "open" };
    let mut checked = Checked::clean(LateInterest {
        ledger,
        as_of,
        items: items.into_iter().flatten().collect(),
        notes: vec![
            ("as_of".to_owned(), as_of.to_string()),
            ("interest".to_owned(), policy.note()),
            ("claims".to_owned(), claims.to_owned()),
            (
                "rounding".to_owned(),
                "once for each item, to cents, half away from zero".to_owned(),
            ),
        ],
    });
    if policy.disputed == DisputedMoney::Excluded {
        checked.caveats = caveats::missing_tables(ledger, &[("disputes", "disputed money was not taken off")]);
    }
    let without = checked
        .value
        .items
        .iter()
        .filter(|item| matches!(item.interest, Err(NoInterest::NoRate(_))))
        .count();
    if without > 0 {
        checked.caveats.push(Caveat(format!(
            "{without} items bear interest on days before the first base rate; theirs is left empty; declare earlier rates"
        )));
    }
    Ok(checked)
}

fn of_customer(
    ledger: &Ledger,
    customer: CustomerIx,
    as_of: AsOf,
    settled: bool,
    policy: &InterestPolicy,
) -> Vec<InterestItem> {
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let bears = |item: &DocumentHistory<'_>| {
        let document = item.document;
        let is_late = document
            .due_on
            .is_some_and(|due_on| due_on + policy.grace_days < as_of.0);
        document.is_claim() && document.kind != DocumentKind::FinanceCharge && is_late
    };
    let items = history.documents().filter(bears);
    items
        .filter_map(|item| {
            let open = item.open_on(as_of.0).max(Total::ZERO);
            if open.is_zero() && !settled {
                return None;
            }
            of_item(&history, &item, open, as_of, policy)
        })
        .collect()
}

fn of_item(
    history: &CustomerHistory<'_>,
    item: &DocumentHistory<'_>,
    open: Total,
    as_of: AsOf,
    policy: &InterestPolicy,
) -> Option<InterestItem> {
    let due_on = item.document.due_on?;
    let disputes = match policy.disputed {
        DisputedMoney::Bears => Vec::new(),
        DisputedMoney::Excluded => disputes_about(history, item),
    };
    let mut changes: BTreeSet<Day> = item.postings().map(|posting| posting.on + 1).collect();
    changes.insert(item.document.issued_on + 1);
    for dispute in &disputes {
        changes.insert(dispute.opened_on + 1);
        // Its last day is still disputed.
        changes.extend(dispute.closed_on.map(|closed_on| closed_on + 2));
        // What is left of a dispute over several items depends on what is open of each of them.
        let others = concerned(history, dispute).into_iter();
        changes.extend(others.flat_map(|other| other.postings()).map(|posting| posting.on + 1));
    }
    let base_before = |day: Day| {
        let evening = day - 1;
        let open = item.open_on(evening).max(Total::ZERO);
        open - disputed_on(history, item, &disputes, evening).min(open)
    };
    let days = (due_on + policy.grace_days + 1, as_of.0);
    let accrued = accrual::accrue(days, &changes, base_before, policy);
    let (interest, segments) = match accrued {
        Ok((_, segments)) if segments.is_empty() => return None,
        Ok((interest, segments)) if interest < policy.minimum => (Err(NoInterest::BelowMinimum), segments),
        Ok((interest, segments)) => (Ok(interest), segments),
        Err(why) => (Err(why), Vec::new()),
    };
    let currency = item.document.currency;
    let compensation = policy.compensation.iter().find(|(of, _)| *of == currency);
    let compensation = compensation
        .filter(|_| interest.is_ok())
        .map_or(Total::ZERO, |(_, money)| *money);
    Some(InterestItem {
        customer: history.customer,
        document: item.ix,
        currency,
        due_on,
        open,
        n_days: segments.iter().map(InterestSegment::n_days).sum(),
        segments,
        interest,
        compensation,
    })
}

/// Returns the disputes that decide how much of an item is disputed: its own, and with one about the account every dispute of the customer.
fn disputes_about<'h>(history: &CustomerHistory<'h>, item: &DocumentHistory<'_>) -> Vec<&'h Dispute> {
    let is_about_account = history.disputes().any(|dispute| dispute.document.is_none());
    let is_own = |dispute: &&Dispute| {
        let invoice = dispute
            .document
            .map(|document| history.document(document).first_instalment());
        invoice == Some(item.first_instalment())
    };
    history
        .disputes()
        .filter(|dispute| is_about_account || is_own(dispute))
        .collect()
}

/// Returns the claims a dispute is about, oldest due day first: the instalments of its invoice, or the whole account.
fn concerned<'h>(history: &CustomerHistory<'h>, dispute: &Dispute) -> Vec<DocumentHistory<'h>> {
    let mut concerned: Vec<DocumentHistory<'h>> = match dispute.document {
        Some(document) => history.instalments(document).collect(),
        None => history.documents().filter(|other| other.document.is_claim()).collect(),
    };
    concerned.sort_by_key(|other| (other.document.due_on.is_none(), other.document.due_on, other.ix));
    concerned
}

/// Returns what of an item is disputed at the end of a day: each dispute is given out over what it is about, oldest due day first.
fn disputed_on(history: &CustomerHistory<'_>, item: &DocumentHistory<'_>, disputes: &[&Dispute], day: Day) -> Total {
    let mut disputed: BTreeMap<DocumentIx, Total> = BTreeMap::new();
    for dispute in disputes.iter().filter(|dispute| dispute.is_open_on(day, Day::LATEST)) {
        let mut left = dispute.amount.map(Total::from);
        for other in concerned(history, dispute) {
            let own = disputed.entry(other.ix).or_default();
            let undisputed = other.open_on(day).max(Total::ZERO) - *own;
            let taken = left.map_or(undisputed, |left| left.min(undisputed)).max(Total::ZERO);
            *own += taken;
            left = left.map(|left| left - taken);
        }
    }
    disputed.get(&item.ix).copied().unwrap_or_default()
}

impl LateInterest<'_> {
    /// Returns what each currency comes to.
    pub fn sums(&self) -> BTreeMap<Currency, InterestSum> {
        let mut sums: BTreeMap<Currency, InterestSum> = BTreeMap::new();
        for item in &self.items {
            if let Ok(interest) = item.interest {
                let sum = sums.entry(item.currency).or_default();
                sum.n_items += 1;
                sum.interest += interest;
                sum.compensation += item.compensation;
            }
        }
        sums
    }

    fn start(&self, name: &str) -> Table {
        let mut table = Table::new(name);
        table.notes = self.notes.clone();
        table
    }

    fn named<'i>(&self, table: Table, items: impl Iterator<Item = &'i InterestItem> + Clone) -> Table {
        let document = |item: &InterestItem| self.ledger.document(item.document);
        table
            .text(
                "customer_id",
                items
                    .clone()
                    .map(|item| self.ledger.customer_id(item.customer).to_owned()),
            )
            .text(
                "invoice_id",
                items
                    .clone()
                    .map(|item| self.ledger.invoice_id(item.document).to_owned()),
            )
            .int(
                "instalment",
                items.clone().map(|item| i64::from(document(item).n_before) + 1),
            )
            .text("currency", items.map(|item| item.currency.to_string()))
    }

    /// Returns one row per item.
    pub fn table(&self) -> Table {
        let items = || self.items.iter();
        let amount = |item: &InterestItem| Total::from(self.ledger.document(item.document).amount);
        let total = |item: &InterestItem| {
            item.interest
                .as_ref()
                .ok()
                .map(|interest| *interest + item.compensation)
        };
        self.named(self.start("interest"), items())
            .money("amount", items().map(amount))
            .money("open", items().map(|item| item.open))
            .day("due_on", items().map(|item| item.due_on))
            .int("days", items().map(|item| i64::from(item.n_days)))
            .money("interest", items().map(|item| item.interest.as_ref().ok().copied()))
            .money("compensation", items().map(|item| item.compensation))
            .money("total", items().map(total))
            .text(
                "reason",
                items().map(|item| item.interest.as_ref().err().map(ToString::to_string)),
            )
    }

    /// Returns one row per stretch of days with one base and one rate; its interest is not rounded to cents.
    pub fn segments_table(&self) -> Table {
        let segments = self
            .items
            .iter()
            .flat_map(|item| item.segments.iter().map(move |segment| (item, segment)));
        let rows: Vec<(&InterestItem, &InterestSegment)> = segments.collect();
        let rows = || rows.iter();
        let real = |number: rust_decimal::Decimal| number.to_string().parse::<f64>().ok();
        self.named(self.start("interest_segments"), rows().map(|(item, _)| *item))
            .day("from", rows().map(|(_, segment)| segment.first))
            .day("to", rows().map(|(_, segment)| segment.last))
            .int("days", rows().map(|(_, segment)| i64::from(segment.n_days())))
            .money("base", rows().map(|(_, segment)| segment.base))
            .money("compounded", rows().map(|(_, segment)| segment.compounded))
            .real("yearly_rate", rows().map(|(_, segment)| real(segment.rate)))
            .real("interest", rows().map(|(_, segment)| real(segment.interest)))
    }

    /// Returns one row per currency.
    pub fn sums_table(&self) -> Table {
        let sums = self.sums();
        let rows = || sums.iter();
        self.start("interest_totals")
            .text("currency", rows().map(|(currency, _)| currency.to_string()))
            .int("n_items", rows().map(|(_, sum)| sum.n_items as i64))
            .money("interest", rows().map(|(_, sum)| sum.interest))
            .money("compensation", rows().map(|(_, sum)| sum.compensation))
            .money("total", rows().map(|(_, sum)| sum.interest + sum.compensation))
    }
}
