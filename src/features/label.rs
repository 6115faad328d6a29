//! Labels: how the rows of a panel ended, as far as that is known.

use std::ops::Range;

use rayon::prelude::*;

use super::days::Days;
use super::panel::{Panel, PanelRow, Standing};
use super::standing::{follow, standing};
use super::{CheckedLabelParams, Unit};
use crate::calendar::{AsOf, Day};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ledger::{Facts, Ledger, Posting};
use crate::money::Total;
use crate::table::Table;

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Settled in time, by cash or by credit.
    Good,
    /// More than the materiality was unsettled when the days late had passed.
    Bad,
    /// Unsettled, but in dispute when the days late had passed.
    Indeterminate,
    /// Delinquent on the as-of day already: nothing is left to predict.
    AlreadyBad,
    /// A dormant customer: nothing open on the day and no document in the year before it.
    Excluded,
    /// The outcome is not known yet.
    TooYoung,
}

impl Outcome {
    /// Returns the word of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Good => "good",
            Outcome::Bad => "bad",
            Outcome::Indeterminate => "indeterminate",
            Outcome::AlreadyBad => "already_bad",
            Outcome::Excluded => "excluded",
            Outcome::TooYoung => "too_young",
        }
    }
}

/// A row's outcome and the day on whose end it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// How it ended.
    pub outcome: Outcome,
    /// From the end of this day on the outcome is known; for a row too young, it will be.
    pub matures_on: Day,
}

/// Rows by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelCounts {
    /// Settled in time.
    pub good: u64,
    /// Delinquent.
    pub bad: u64,
    /// Unsettled in dispute.
    pub indeterminate: u64,
    /// Delinquent on the as-of day already.
    pub already_bad: u64,
    /// Dormant customers.
    pub excluded: u64,
    /// Not known yet.
    pub too_young: u64,
}

impl LabelCounts {
    /// Counts outcomes.
    pub fn of(labels: impl IntoIterator<Item = Outcome>) -> LabelCounts {
        let mut counts = LabelCounts::default();
        for outcome in labels {
            *match outcome {
                Outcome::Good => &mut counts.good,
                Outcome::Bad => &mut counts.bad,
                Outcome::Indeterminate => &mut counts.indeterminate,
                Outcome::AlreadyBad => &mut counts.already_bad,
                Outcome::Excluded => &mut counts.excluded,
                Outcome::TooYoung => &mut counts.too_young,
            } += 1;
        }
        counts
    }

    /// Adds the rows of another part of a panel.
    pub fn include(&mut self, other: LabelCounts) {
        self.good += other.good;
        self.bad += other.bad;
        self.indeterminate += other.indeterminate;
        self.already_bad += other.already_bad;
        self.excluded += other.excluded;
        self.too_young += other.too_young;
    }

    /// Returns the counts as a table with the columns `outcome`, `n` and `meaning`.
    pub fn table(&self) -> Table {
        let rows = [
            (Outcome::Good, self.good, "settled in time"),
            (Outcome::Bad, self.bad, "delinquent"),
            (Outcome::Indeterminate, self.indeterminate, "unsettled, in dispute"),
            (
                Outcome::AlreadyBad,
                self.already_bad,
                "delinquent on the as-of day already: not trained on",
            ),
            (
                Outcome::Excluded,
                self.excluded,
                "dormant: nothing open and no document for a year",
            ),
            (Outcome::TooYoung, self.too_young, "the outcome is not known yet"),
        ];
        Table::new("labels")
            .text("outcome", rows.map(|(outcome, _, _)| outcome.as_str().to_owned()))
            .int("n", rows.map(|(_, n, _)| n as i64))
            .text("meaning", rows.map(|(_, _, meaning)| meaning.to_owned()))
    }
}

/// A customer with nothing open and no document for so many days is dormant.
const DORMANT_DAYS: i32 = 365;

/// Says how each row of a panel ended, from what was known at the end of `known`.
pub fn outcomes(ledger: &Ledger, panel: &Panel, known: AsOf) -> Vec<Labelled> {
    outcomes_of_part(&ledger.facts(CustomerHistory::READS), panel, known)
}

/// Says the same of a part of a panel, from the facts it was built from.
pub fn outcomes_of_part(facts: &Facts<'_>, panel: &Panel, known: AsOf) -> Vec<Labelled> {
    let params = panel.params();
    let days = Days::new(panel.days());
    let of_customers: Vec<&[PanelRow]> = panel.rows().chunk_by(|a, b| a.customer == b.customer).collect();
    of_customers
        .into_par_iter()
        .flat_map_iter(|rows| {
            let customer = CustomerHistory::from_facts(facts, rows[0].customer, Some(known.0));
            let prospects = match params.unit {
                Unit::Invoice => Vec::new(),
                Unit::Customer => prospects(&customer, &days, params, known),
            };
            let days = &days;
            rows.iter().map(move |row| match params.unit {
                Unit::Invoice => invoice(&customer, row, params, known),
                Unit::Customer => of_customer(prospects.get(days.first_from(row.as_of.0)), row, params, known),
            })
        })
        .collect()
}

fn invoice(customer: &CustomerHistory<'_>, row: &PanelRow, params: &CheckedLabelParams, known: AsOf) -> Labelled {
    let document = row.document.expect("a row of an invoice panel names its document");
    let history = customer.document(document);
    let due = history
        .document
        .due_on
        .expect("a row of an invoice panel has a due day");
    let matures_on = due + params.days_late;
    let outcome = if row.standing == Standing::AlreadyBad {
        Outcome::AlreadyBad
    } else if matures_on > known.0 {
        Outcome::TooYoung
    } else {
        end_of(customer, &history, matures_on, params, known)
    };
    Labelled { outcome, matures_on }
}

fn of_customer(prospect: Option<&Prospect>, row: &PanelRow, params: &CheckedLabelParams, known: AsOf) -> Labelled {
    let matures_on = row.as_of.0 + params.horizon;
    let outcome = match (row.standing, prospect.filter(|_| matures_on <= known.0)) {
        (Standing::AlreadyBad, _) => Outcome::AlreadyBad,
        (_, None) => Outcome::TooYoung,
        (_, Some(prospect)) => prospect.outcome(),
    };
    Labelled { outcome, matures_on }
}

/// What a customer's claims of a day came to: those open on it, and those that entered after it.
#[derive(Clone, Copy, Debug, Default)]
struct Prospect {
    is_active: bool,
    is_disputed: bool,
    is_bad: bool,
}

impl Prospect {
    /// Whether something enters is not known on the day: who is left alone by that is good, not excluded.
    fn outcome(&self) -> Outcome {
        match self {
            Prospect { is_bad: true, .. } => Outcome::Bad,
            Prospect { is_disputed: true, .. } => Outcome::Indeterminate,
            Prospect { is_active: true, .. } => Outcome::Good,
            Prospect { .. } => Outcome::Excluded,
        }
    }
}

/// Returns a prospect for each day whose horizon is over: every claim speaks for the days on which it was open or about to enter.
fn prospects(customer: &CustomerHistory<'_>, days: &Days, params: &CheckedLabelParams, known: AsOf) -> Vec<Prospect> {
    let n_over = days.first_from(known.0 - params.horizon + 1);
    let mut prospects = vec![Prospect::default(); n_over];
    let mut spoken_for: Vec<Range<usize>> = Vec::new();
    let within = |range: Range<usize>| range.start.min(n_over)..range.end.min(n_over);
    for document in customer.documents() {
        let facts = document.document;
        let Some(due) = facts.due_on.filter(|_| facts.is_claim()) else {
            continue;
        };
        let issued = facts.issued_on;
        let first = days.first_from(issued);
        for prospect in &mut prospects[within(first..days.first_from(issued + DORMANT_DAYS))] {
            prospect.is_active = true;
        }
        // Days on whose end it is open, then those before which it had not been issued, though it enters soon.
        spoken_for.clear();
        let mut open_since = None;
        let seen = |posting: &Posting| days.first_from(posting.on);
        follow(&document, params.materiality, days, first, seen, |at, standing| {
            // A claim that was given up is not paid, but nothing of it is at risk any more.
            let is_open = standing.open > Total::ZERO && standing.unsettled > Total::from(params.materiality);
            match (is_open, open_since) {
                (true, None) => open_since = Some(at),
                (false, Some(since)) => {
                    spoken_for.push(since..at);
                    open_since = None;
                }
                _ => {}
            }
        });
        spoken_for.extend(open_since.map(|since| since..days.len()));
        for run in &spoken_for {
            for prospect in &mut prospects[within(run.clone())] {
                prospect.is_active = true;
            }
        }
        spoken_for.push(days.first_from(issued - params.entering)..first);
        let passes_on = (due + params.days_late).max(issued);
        let in_time = days.first_from(passes_on - params.horizon);
        let mut end = None;
        for run in &spoken_for {
            for prospect in &mut prospects[within(run.start.max(in_time)..run.end.max(in_time))] {
                match *end.get_or_insert_with(|| end_of(customer, &document, passes_on, params, known)) {
                    Outcome::Bad => prospect.is_bad = true,
                    Outcome::Indeterminate => prospect.is_disputed = true,
                    _ => {}
                }
            }
        }
    }
    prospects
}

/// Returns how a claim stands at the end of the day on which it would be delinquent.
fn end_of(
    customer: &CustomerHistory<'_>,
    claim: &DocumentHistory<'_>,
    day: Day,
    params: &CheckedLabelParams,
    known: AsOf,
) -> Outcome {
    if standing(claim, day, params.materiality).unsettled <= Total::from(params.materiality) {
        return Outcome::Good;
    }
    if is_disputed(customer, claim, day, known) {
        Outcome::Indeterminate
    } else {
        Outcome::Bad
    }
}

/// Tells whether a claim's invoice is in dispute at the end of a day, as far as was known at the end of `known`.
pub(super) fn is_disputed(customer: &CustomerHistory<'_>, claim: &DocumentHistory<'_>, day: Day, known: AsOf) -> bool {
    let invoice = claim.first_instalment();
    let mut disputes = customer.disputes.iter();
    disputes.any(|dispute| dispute.document == Some(invoice) && dispute.is_open_on(day, known.0))
}
