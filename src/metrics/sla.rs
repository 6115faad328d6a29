//! Service levels: how soon a customer is contacted once a claim is past due, and how soon a dispute is answered.
//!
//! # Definition
//! *First contact*: days from the due day of a claim that was still open at its end to the first attempt to reach the customer on or
//! after that day. *Dispute response*: days from the opening of a dispute to the first attempt after that day, or to its closing,
//! whichever comes first. `within_share` is the share answered inside the target among those whose target day is over;
//! percentiles are those of the Kaplan-Meier curve, cases still waiting being censored.
//! # Inputs
//! Claims due, and disputes opened, in a range of months, as seen at the end of the as-of day; contacts that the customer
//! did not make.
//! # Edge cases
//! A claim settled before any contact needed none: it is censored on that day, and left out of the share unless the target was
//! already missed. What waits inside its target is not judged yet. A percentile that the curve does not reach is null `not_defined`. A
//! dispute of no document has no currency and is left out, counted in the header. Without contacts a dispute is answered by its closing alone.
//! # Source
//! Design of this program, section 5; Kaplan, E. L. and Meier, P., JASA 53 (1958), pp. 457-481; Wilson, E. B., JASA 22 (1927).
//! # Example
//! ```
//! use arrears::metrics::sla::{ResponseTimes, Waiting};
//!
//! let mut times = ResponseTimes::default();
//! for (days, end) in [(2, Waiting::Answered), (6, Waiting::Answered), (9, Waiting::Waits), (3, Waiting::Waits)] {
//!     times.add(days, end);
//! }
//! // Target 7 days: two of three are inside; the one that waits since 3 days is not judged yet.
//! assert_eq!(times.within(7), (2, 3));
//! // After 2 days 3/4 wait, after 6 days 3/4 x 1/2: half is reached on day 6.
//! assert_eq!(times.percentile(0.5), Some(6));
//! ```

mod times;

use thiserror::Error;

use super::{ByGroup, GroupLabels, Months, MonthsError, NotAvailable, NullReason, view_note, wilson_interval};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ledger::{Contact, Ledger};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

pub use self::times::{ResponseTimes, Waiting};

/// The formula of this metric.
pub const METRIC_ID: &str = "sla.v1";

/// Targets of the service levels.
#[derive(Clone, Debug, PartialEq)]
pub struct SlaParams {
    /// Days from the due day inside which a customer is to be contacted; by default 7.
    pub first_contact_days: i32,
    /// Days from the opening inside which a dispute is to be answered; by default 5.
    pub dispute_response_days: i32,
    /// Coverage of the interval beside each share, between 0 and 1; by default 0.95.
    pub confidence: f64,
}

/// Why there are no service levels.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SlaError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// Neither contacts nor disputes were imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
}

/// What is to be done in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// First contact after a claim fell due.
    FirstContact,
    /// Response to a dispute.
    DisputeResponse,
}

/// The waiting of one group, by service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlaSums {
    /// Claims that were open at the end of their due day.
    pub first_contact: ResponseTimes,
    /// Disputes.
    pub dispute_response: ResponseTimes,
}

/// The service levels of a ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Sla {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    params: SlaParams,
    services: Vec<Service>,
    notes: Vec<(&'static str, String)>,
    labels: GroupLabels,
    sums: Vec<SlaSums>,
}

/// Collects the waiting of claims and disputes by group.
#[derive(Clone, Debug)]
pub struct WaitingByGroup<'a> {
    ledger: &'a Ledger,
    groups: &'a Groups,
    as_of: AsOf,
    known_on: Option<Day>,
    days: (Day, Day),
    sums: ByGroup<SlaSums>,
    n_without_document: u64,
}

/// Returns the service levels of claims due and disputes opened in the months from one to another, as seen on a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months are reversed; neither contacts nor disputes were imported.
pub fn sla(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &SlaParams,
) -> Result<Checked<Sla>, SlaError> {
    let months = Months::new(from, to)?;
    let mut notes = Vec::new();
    let services = match (ledger.has("contacts"), ledger.has("disputes")) {
        (true, true) => vec![Service::FirstContact, Service::DisputeResponse],
        (true, false) => {
            notes.push(("dispute_response", "not available: import disputes".to_owned()));
            vec![Service::FirstContact]
        }
        (false, true) => {
            notes.push(("first_contact", "not available: import contacts".to_owned()));
            notes.push((
                "answer",
                "a dispute is answered by its closing: contacts were not imported".to_owned(),
            ));
            vec![Service::DisputeResponse]
        }
        (false, false) => {
            let missing = vec!["contacts", "disputes"];
            return Err(SlaError::NotAvailable(NotAvailable { missing }));
        }
    };
    let days = (months.start(), months.last_day().min(as_of.0));
    let found = history::run(
        ledger,
        known_on,
        WaitingByGroup::new(ledger, groups, as_of, known_on, days),
    );
    if found.n_without_document > 0 {
        let left_out = format!(
            "{} disputes of no document, which have no currency",
            found.n_without_document
        );
        notes.push(("left_out", left_out));
    }
    Ok(Checked::clean(Sla {
        as_of,
        known_on,
        months: (from, to),
        params: params.clone(),
        services,
        notes,
        labels: GroupLabels::of(groups),
        sums: (0..groups.len())
            .map(|group| found.sums.of(group).cloned().unwrap_or_default())
            .collect(),
    }))
}

impl Default for SlaParams {
    fn default() -> SlaParams {
        SlaParams {
            first_contact_days: 7,
            dispute_response_days: 5,
            confidence: 0.95,
        }
    }
}

impl Service {
    /// Returns the service as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Service::FirstContact => "first_contact",
            Service::DisputeResponse => "dispute_response",
        }
    }
}

impl<'a> WaitingByGroup<'a> {
    /// Starts from nothing; cases begin between the two `days`, both included.
    pub fn new(
        ledger: &'a Ledger,
        groups: &'a Groups,
        as_of: AsOf,
        known_on: Option<Day>,
        days: (Day, Day),
    ) -> WaitingByGroup<'a> {
        WaitingByGroup {
            ledger,
            groups,
            as_of,
            known_on,
            days,
            sums: ByGroup::default(),
            n_without_document: 0,
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<SlaSums> {
        &self.sums
    }

    /// The days of attempts to reach a customer, in order.
    fn attempts(&self, customer: &CustomerHistory<'_>) -> Vec<Day> {
        let is_seen = |contact: &&Contact| {
            contact.is_attempt()
                && contact.contacted_on <= self.as_of.0
                && self.known_on.is_none_or(|day| contact.known_on <= day)
        };
        let contacts = self.ledger.contacts().of(customer.customer).iter();
        contacts.filter(is_seen).map(|contact| contact.contacted_on).collect()
    }

    fn begins_in_range(&self, day: Day) -> bool {
        (self.days.0..=self.days.1).contains(&day)
    }
}

impl Accumulator for WaitingByGroup<'_> {
    /// Adds one customer: claims from their due day, disputes from their opening.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let as_of = self.as_of.0;
        let attempts = self.attempts(customer);
        let first_from = |day: Day| {
            attempts
                .get(attempts.partition_point(|attempt| *attempt < day))
                .copied()
        };
        for claim in customer.documents().filter(|claim| claim.document.is_claim()) {
            let Some(due_on) = claim.document.due_on.map(|due_on| due_on.max(claim.document.issued_on)) else {
                continue;
            };
            if !self.begins_in_range(due_on) || claim.open_on(due_on) <= Total::ZERO {
                continue;
            }
            let settled_on = claim.settled_on(as_of);
            let (end, waiting) = match (first_from(due_on), settled_on) {
                (Some(contact), settled_on) if settled_on.is_none_or(|day| contact <= day) => {
                    (contact, Waiting::Answered)
                }
                (_, Some(settled_on)) => (settled_on, Waiting::Settled),
                _ => (as_of, Waiting::Waits),
            };
            let sums = self
                .sums
                .at(self.groups.of_document(claim.ix, claim.document), SlaSums::default);
            sums.first_contact.add(end - due_on, waiting);
        }
        for dispute in customer.disputes {
            let is_known = self.known_on.is_none_or(|day| dispute.known_on <= day);
            if !is_known || !self.begins_in_range(dispute.opened_on) {
                continue;
            }
            let Some(document) = dispute.document else {
                self.n_without_document += 1;
                continue;
            };
            let closed_on = dispute.closed_on.filter(|day| *day <= as_of);
            let answered_on = closed_on.into_iter().chain(first_from(dispute.opened_on + 1)).min();
            let sums = self.sums.at(
                self.groups.of_document(document, customer.document(document).document),
                SlaSums::default,
            );
            match answered_on {
                Some(day) => sums.dispute_response.add(day - dispute.opened_on, Waiting::Answered),
                None => sums.dispute_response.add(as_of - dispute.opened_on, Waiting::Waits),
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.n_without_document += other.n_without_document;
        self.sums.merge(other.sums, |own, more| {
            own.first_contact.merge(more.first_contact);
            own.dispute_response.merge(more.dispute_response);
        });
    }
}

impl Sla {
    /// Returns the sums, one entry per group.
    pub fn sums(&self) -> &[SlaSums] {
        &self.sums
    }

    /// Returns one row per group and service; days from the beginning of the waiting.
    pub fn table(&self) -> Table {
        let rows: Vec<(usize, Service, &ResponseTimes)> = self
            .sums
            .iter()
            .enumerate()
            .flat_map(|(group, sums)| {
                self.services.iter().map(move |&service| match service {
                    Service::FirstContact => (group, service, &sums.first_contact),
                    Service::DisputeResponse => (group, service, &sums.dispute_response),
                })
            })
            .filter(|(_, _, times)| times.n_all() > 0)
            .collect();
        let groups: Vec<usize> = rows.iter().map(|(group, ..)| *group).collect();
        let target = |service: Service| match service {
            Service::FirstContact => self.params.first_contact_days,
            Service::DisputeResponse => self.params.dispute_response_days,
        };
        let times = || rows.iter().map(|(_, service, times)| (target(*service), *times));
        let ended = |end: Waiting| times().map(move |(_, times)| times.n(end) as i64);
        let judged = || times().map(|(target, times)| times.within(target));
        let interval = || judged().map(|(n_of, n)| wilson_interval(n_of, n, self.params.confidence));
        let percentile = |share: f64| times().map(move |(_, times)| times.percentile(share).map(i64::from));
        let reason =
            |share: f64| percentile(share).map(|days| days.is_none().then(|| NullReason::NotDefined.to_string()));
        let table = self
            .labels
            .start("sla", METRIC_ID, &groups)
            .text("service", rows.iter().map(|(_, service, _)| service.as_str().to_owned()))
            .int("n", times().map(|(_, times)| times.n_all() as i64))
            .int("n_answered", ended(Waiting::Answered))
            .int("n_settled", ended(Waiting::Settled))
            .int("n_waiting", ended(Waiting::Waits))
            .int("target_days", times().map(|(target, _)| i64::from(target)))
            .int("n_judged", judged().map(|(_, n)| n as i64))
            .int("n_within", judged().map(|(n_of, _)| n_of as i64))
            .real("within_share", judged().map(|(n_of, n)| (n > 0).then(|| n_of as f64 / n as f64)))
            .real("within_low", interval().map(|interval| interval.map(|(low, _)| low)))
            .real("within_high", interval().map(|interval| interval.map(|(_, high)| high)))
            .int("median_days", percentile(0.5))
            .text("median_reason", reason(0.5))
            .int("p90_days", percentile(0.9))
            .text("p90_reason", reason(0.9))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("months", format!("{} to {}", self.months.0, self.months.1))
            .note("confidence", self.params.confidence)
            .note(
                "days",
                "median and 90th percentile of the Kaplan-Meier curve; what was settled first or still waits is censored",
            );
        self.notes
            .iter()
            .fold(table, |table, (key, text)| table.note(key, text))
    }
}
