//! A hold policy replayed over the past: what it would have held, and what that would have cost and spared.
//!
//! # Definition
//! On each review day the policy's recommendations are made from what was known on it, and followed: who is recommended for a hold is held until a later
//! review recommends a release. What was invoiced to a held customer up to the next review counts as stopped. Of that, what was written off by the last
//! day known, net of recoveries, is the least loss avoided; with what is still open then and more than `days_late` past due, the most. Margin lost is the
//! margin of the orders the customer placed while held.
//! # Inputs
//! Review days, facts as known on each, and as known on the as-of day for what came of them; money in the base currency. Customers' own late shares stand
//! in for scores.
//! # Edge cases
//! What would have happened is not observed: the sales are those made under the holds of the time, stopped ones are taken as lost and no other payment
//! as changed. Without an orders table, or without margins in it, the margin lost is not available. Holds that are in force at the end have no days to
//! release.
//! # Source
//! Design of this program, section 7.
//! # Example
//! Held from 1 March to 15 April, invoiced 1,000.00 on 10 March of which 400.00 was written off in the end and 100.00 is still open: sales stopped
//! 1,000.00, loss avoided 400.00 to 500.00, 45 days to release.

use std::collections::BTreeMap;

use super::losses::written_off_net;
use crate::calendar::{AsOf, Day};
use crate::decide::{BaseRates, DecideError, HeldNow, HoldPolicy, Recommendation, holds_from};
use crate::forecast::Attributes;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::base_currency::{Converter, currencies_known};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::table::Table;

/// When a policy is reviewed and what counts as lost.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldReplayParams {
    /// Days on which the policy is applied, in order; the last one only closes the time of those before.
    pub days: Vec<AsOf>,
    /// Facts known by the end of this day say what became of the sales.
    pub known_on: AsOf,
    /// Days past due beyond which what is still open may be lost.
    pub days_late: i32,
    /// Customer attribute to split by, as of each review day.
    pub by: Option<String>,
}

/// What a hold policy would have done to the customers of a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HoldOutcome {
    /// Holds placed.
    pub n_made: usize,
    /// Days from placing to release of those released, in order.
    pub days_to_release: Vec<i32>,
    /// Holds in force at the end.
    pub n_still_held: usize,
    /// Invoiced to customers while held.
    pub sales_stopped: Total,
    /// Of these sales, written off net of recoveries.
    pub loss_avoided_least: Total,
    /// The same with what is still open and late.
    pub loss_avoided_most: Total,
    /// Margin of orders placed while held; `None` where it is not known.
    pub margin_lost: Option<Total>,
}

/// Outcomes of a hold policy by segment.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldReplay {
    /// Currency of all money.
    pub currency: Currency,
    /// By value of the attribute; `None` where it was not known. One segment where nothing is split.
    pub segments: BTreeMap<Option<String>, HoldOutcome>,
    params: HoldReplayParams,
}

/// A customer on hold.
struct Spell {
    since: Day,
    segment: Option<String>,
}

/// Replays a hold policy.
///
/// # Errors
/// Settings out of range, or several currencies without rates.
pub fn replay_holds(
    ledger: &Ledger,
    rates: &BaseRates,
    policy: &HoldPolicy,
    params: &HoldReplayParams,
) -> Result<Checked<HoldReplay>, DecideError> {
    let known_on = params.known_on;
    let converter = rates.on(known_on, &currencies_known(ledger, known_on))?;
    let after = Aftermath {
        ledger,
        converter: &converter,
        params,
        margins: ledger.table("orders").and_then(|table| table.moneys("margin").ok()),
    };
    let mut held: BTreeMap<CustomerIx, Spell> = BTreeMap::new();
    let mut segments: BTreeMap<Option<String>, HoldOutcome> = BTreeMap::new();
    let mut caveats = vec![Caveat(
        "what would have happened is not observed: sales stopped are those made under the holds of the time, taken as lost; no payment is taken as changed"
            .to_owned(),
    )];
    if after.margins.is_none() {
        caveats.push(Caveat(
            "no margins of orders were imported; the margin lost is not available".to_owned(),
        ));
    }
    for period in params.days.windows(2) {
        let (day, until) = (period[0], period[1]);
        let attributes = Attributes::on(ledger, day);
        let since: BTreeMap<CustomerIx, Day> = held.iter().map(|(customer, spell)| (*customer, spell.since)).collect();
        let made = holds_from(ledger, day, None, rates, policy, HeldNow::Replayed(&since))?.value;
        for line in &made.lines {
            match (line.recommendation, held.contains_key(&line.customer)) {
                (Recommendation::Hold, false) => {
                    let by = params.by.as_deref();
                    let segment = by.and_then(|by| attributes.written(line.customer, by));
                    segments.entry(segment.clone()).or_default().n_made += 1;
                    held.insert(line.customer, Spell { since: day.0, segment });
                }
                (Recommendation::Release, true) => {
                    if let Some(spell) = held.remove(&line.customer) {
                        let outcome = segments.entry(spell.segment).or_default();
                        outcome.days_to_release.push(day.0 - spell.since);
                    }
                }
                _ => {}
            }
        }
        for (customer, spell) in &held {
            after.add(
                *customer,
                day.0,
                until.0,
                segments.entry(spell.segment.clone()).or_default(),
            )?;
        }
    }
    for spell in held.into_values() {
        segments.entry(spell.segment).or_default().n_still_held += 1;
    }
    for outcome in segments.values_mut() {
        outcome.days_to_release.sort_unstable();
        if after.margins.is_some() {
            outcome.margin_lost.get_or_insert(Total::ZERO);
        }
    }
    Ok(Checked {
        value: HoldReplay {
            currency: converter.base(),
            segments,
            params: params.clone(),
        },
        issues: Default::default(),
        caveats,
    })
}

/// What is known afterwards.
struct Aftermath<'a> {
    ledger: &'a Ledger,
    converter: &'a Converter,
    params: &'a HoldReplayParams,
    margins: Option<&'a [Option<Total>]>,
}

impl Aftermath<'_> {
    /// Adds what was sold to a held customer after a review day, up to the next one.
    fn add(&self, customer: CustomerIx, after: Day, until: Day, outcome: &mut HoldOutcome) -> Result<(), DecideError> {
        let end = self.params.known_on.0;
        let history = CustomerHistory::of(self.ledger, customer, Some(end));
        let is_in = |day: Day| day > after && day <= until;
        for item in history.documents() {
            let document = item.document;
            if !document.is_claim() || !is_in(document.issued_on) {
                continue;
            }
            let base = |money: Total| self.converter.convert(document.currency, money);
            let written_off = written_off_net(&history, item.ix, document.issued_on - 1, end);
            let is_late = document
                .due_on
                .is_some_and(|due_on| end - due_on > self.params.days_late);
            let open = if is_late {
                item.open_on(end).max(Total::ZERO)
            } else {
                Total::ZERO
            };
            outcome.sales_stopped += base(document.amount.into())?;
            outcome.loss_avoided_least += base(written_off)?;
            outcome.loss_avoided_most += base(written_off + open)?;
        }
        let Some(margins) = self.margins else {
            return Ok(());
        };
        for order in self.ledger.orders().of(customer) {
            if let Some(margin) =
                margins[order.row as usize].filter(|_| is_in(order.ordered_on) && order.known_on <= end)
            {
                *outcome.margin_lost.get_or_insert(Total::ZERO) += self.converter.convert(order.currency, margin)?;
            }
        }
        Ok(())
    }
}

impl HoldOutcome {
    /// Returns the middle number of days to release, the lower one of two.
    pub fn median_days_to_release(&self) -> Option<i32> {
        let days = &self.days_to_release;
        (!days.is_empty()).then(|| days[(days.len() - 1) / 2])
    }

    /// Adds another segment's outcome.
    pub(super) fn add(&mut self, other: &HoldOutcome) {
        self.n_made += other.n_made;
        self.days_to_release.extend(&other.days_to_release);
        self.days_to_release.sort_unstable();
        self.n_still_held += other.n_still_held;
        self.sales_stopped += other.sales_stopped;
        self.loss_avoided_least += other.loss_avoided_least;
        self.loss_avoided_most += other.loss_avoided_most;
        self.margin_lost = match (self.margin_lost, other.margin_lost) {
            (Some(own), Some(other)) => Some(own + other),
            (own, other) => own.or(other),
        };
    }
}

impl HoldReplay {
    /// Returns the outcome of all segments together.
    pub fn all(&self) -> HoldOutcome {
        let mut all = HoldOutcome::default();
        self.segments.values().for_each(|outcome| all.add(outcome));
        all
    }

    /// Returns one row per segment, and one for all where there are several.
    pub fn table(&self) -> Table {
        let by = self.params.by.as_deref();
        let all = self.all();
        let mut rows: Vec<(Option<String>, &HoldOutcome)> = Vec::new();
        if by.is_some() {
            rows.extend(
                self.segments
                    .iter()
                    .map(|(segment, outcome)| (segment.clone(), outcome)),
            );
        }
        rows.push((Some("all".to_owned()), &all));
        let days = &self.params.days;
        let last = days.last().map(AsOf::to_string).unwrap_or_default();
        Table::new("hold_replay")
            .text(by.unwrap_or("segment"), rows.iter().map(|(segment, _)| segment.clone()))
            .text("currency", rows.iter().map(|_| self.currency.to_string()))
            .int("holds_made", rows.iter().map(|(_, outcome)| outcome.n_made as i64))
            .int(
                "released",
                rows.iter().map(|(_, outcome)| outcome.days_to_release.len() as i64),
            )
            .int(
                "still_held",
                rows.iter().map(|(_, outcome)| outcome.n_still_held as i64),
            )
            .int(
                "median_days_to_release",
                rows.iter()
                    .map(|(_, outcome)| outcome.median_days_to_release().map(i64::from)),
            )
            .money("sales_stopped", rows.iter().map(|(_, outcome)| outcome.sales_stopped))
            .money(
                "loss_avoided_least",
                rows.iter().map(|(_, outcome)| outcome.loss_avoided_least),
            )
            .money(
                "loss_avoided_most",
                rows.iter().map(|(_, outcome)| outcome.loss_avoided_most),
            )
            .money("margin_lost", rows.iter().map(|(_, outcome)| outcome.margin_lost))
            .note("reviews", format!("{} up to {last}", days.len().saturating_sub(1)))
            .note("known_on", self.params.known_on)
            .note(
                "loss_avoided",
                format!(
                    "of the sales stopped: written off net of recoveries; with what is open and more than {} days late",
                    self.params.days_late
                ),
            )
    }
}
