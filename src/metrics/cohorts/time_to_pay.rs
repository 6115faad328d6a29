//! How long claims stay unpaid: Kaplan-Meier by count, and the incidence of each way out.
//!
//! # Definition
//! The time of a claim runs in days from its issue to the day from which it stays settled. *Unpaid* (Kaplan-Meier) is
//! `S(t) = product over days u <= t of (1 - paid(u) / at_risk(u))`: the share still unpaid after `t` days, had every claim
//! been left to be paid. *Incidence* (Aalen-Johansen) of a way out is the sum over days `u <= t` of `E(u-) x exits(u) / at_risk(u)`,
//! `E` being the share that has not left in any way: the share that really leaves this way within `t` days.
//! The interval of *unpaid* is Greenwood's, that of an incidence the delta method's, both on the log-log scale, claims being taken as
//! independent; by money, with intervals over customers, see [`super::money_to_pay()`].
//! # Inputs
//! Claims issued in a range of months, as seen at the end of the as-of day.
//! # Edge cases
//! A claim still open on the as-of day is censored at its age. In *unpaid* a claim that was credited or written off is censored too, as if it
//! might have been paid later; the incidences count these as ways out. A claim exits by the kind of its last
//! money; a discount goes with the payment. Exits come before censorings of the same day. Claims of zero amount are left out.
//! Where a share is 0 or 1 there is no interval.
//! # Source
//! Kaplan, E. L. and Meier, P., Nonparametric estimation from incomplete observations, JASA 53 (1958), pp. 457-481; Aalen,
//! O. O. and Johansen, S., An empirical transition matrix for non-homogeneous Markov chains, Scandinavian Journal of
//! Statistics 5 (1978), pp. 141-150; Kalbfleisch, J. D. and Prentice, R. L., The Statistical Analysis of Failure Time Data (2002),
//! pp. 17-18, the log-log interval; Marubini, E. and Valsecchi, M. G., Analysing Survival Data (1995), p. 341, the variance of an incidence.
//! # Example
//! ```
//! use arrears::metrics::cohorts::{Exit, ExitTimes};
//!
//! let mut times = ExitTimes::default();
//! for day in 1..=4 {
//!     times.add(day, Exit::Paid);
//! }
//! let unpaid: Vec<f64> = times.curve().iter().map(|point| point.unpaid).collect();
//! assert_eq!(unpaid, [0.75, 0.5, 0.25, 0.0]);
//! ```

use std::collections::BTreeMap;

use super::CohortError;
use super::curves::{Exit, Shares, intervals, shares};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::Ledger;
use crate::metrics::{ByGroup, GroupLabels, Months, view_note};
use crate::money::Amount;
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub(in crate::metrics) const METRIC_ID: &str = "time_to_pay.v1";

/// How many claims ended their time on which day since issue, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitTimes {
    // Paid, credited, written off, open.
    by_day: BTreeMap<i32, [u64; 4]>,
}

/// The curves at one day since issue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Days since issue.
    pub day: i32,
    /// Claims that had not ended their time before this day.
    pub at_risk: u64,
    /// Claims that ended it on this day: paid, credited, written off, open.
    pub ended: [u64; 4],
    /// Share unpaid after this day, credited and written-off claims being censored.
    pub unpaid: f64,
    /// Share paid, credited and written off up to this day.
    pub incidence: [f64; 3],
    /// Interval of the unpaid share at 95 %; `None` where the share is 0 or 1.
    pub unpaid_interval: Option<(f64, f64)>,
    /// Intervals of the three incidences at 95 %; `None` where one is 0 or 1.
    pub incidence_intervals: [Option<(f64, f64)>; 3],
}

/// The time to pay of a ledger's claims.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeToPay {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    labels: GroupLabels,
    times: Vec<ExitTimes>,
}

/// Adds up the claims that ended their time, by group and day.
#[derive(Clone, Debug)]
pub struct TimeToPayByGroup<'a> {
    groups: &'a Groups,
    issued: (Day, Day),
    as_of: AsOf,
    times: ByGroup<ExitTimes>,
}

/// Returns the time to pay of the claims issued in the months from one to another, both included, as seen on a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months are reversed, or begin after the as-of day.
pub fn time_to_pay(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
) -> Result<Checked<TimeToPay>, CohortError> {
    Months::new(from, to)?;
    if from.first() > as_of.0 {
        return Err(CohortError::NothingObserved { from, as_of });
    }
    let empty = TimeToPayByGroup::new(groups, (from.first(), to.last()), as_of);
    let times = history::run(ledger, known_on, empty).times;
    Ok(Checked::clean(TimeToPay {
        as_of,
        known_on,
        months: (from, to),
        labels: GroupLabels::of(groups),
        times: (0..groups.len())
            .map(|group| times.of(group).cloned().unwrap_or_default())
            .collect(),
    }))
}

impl ExitTimes {
    /// Adds a claim whose time ended on a day since its issue.
    pub fn add(&mut self, day: i32, exit: Exit) {
        self.by_day.entry(day).or_default()[exit as usize] += 1;
    }

    fn merge(&mut self, other: ExitTimes) {
        for (day, ended) in other.by_day {
            let own = self.by_day.entry(day).or_default();
            for (own, more) in own.iter_mut().zip(ended) {
                *own += more;
            }
        }
    }

    /// Returns the curves at every day on which a claim ended its time.
    pub fn curve(&self) -> Vec<CurvePoint> {
        let ended: Vec<[f64; 4]> = self
            .by_day
            .values()
            .map(|ended| ended.map(|n_claims| n_claims as f64))
            .collect();
        let curve = shares(&ended);
        let intervals = intervals(&ended, &curve);
        let mut at_risk: u64 = self.by_day.values().flatten().sum();
        let points = self.by_day.iter().zip(curve).zip(intervals);
        let points = points.map(|(((&day, &ended), Shares { unpaid, incidence }), intervals)| {
            let [unpaid_interval, incidence_intervals @ ..] = intervals;
            let point = CurvePoint {
                day,
                at_risk,
                ended,
                unpaid,
                incidence,
                unpaid_interval,
                incidence_intervals,
            };
            at_risk -= ended.iter().sum::<u64>();
            point
        });
        points.collect()
    }
}

impl<'a> TimeToPayByGroup<'a> {
    /// Starts from nothing; `issued` are the first and the last day of issue.
    pub fn new(groups: &'a Groups, issued: (Day, Day), as_of: AsOf) -> TimeToPayByGroup<'a> {
        TimeToPayByGroup {
            groups,
            issued: (issued.0, issued.1.min(as_of.0)),
            as_of,
            times: ByGroup::default(),
        }
    }

    /// Returns the claims so far.
    pub fn times(&self) -> &ByGroup<ExitTimes> {
        &self.times
    }

    fn exit(&self, claim: &DocumentHistory<'_>) -> (Day, Exit) {
        let Some(settled_on) = claim.settled_on(self.as_of.0) else {
            return (self.as_of.0, Exit::Open);
        };
        let relieving = claim
            .postings()
            .take_while(|posting| posting.on <= settled_on)
            .filter(|posting| posting.delta < Amount::ZERO);
        let last_money = relieving.last().map(|posting| posting.money);
        (settled_on, last_money.map_or(Exit::Paid, Exit::by))
    }
}

impl Accumulator for TimeToPayByGroup<'_> {
    /// Adds one customer's claims, each with the day that ended its time.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (first, last) = self.issued;
        for claim in customer.documents() {
            let document = claim.document;
            let is_asked_for = document.is_claim() && (first..=last).contains(&document.issued_on);
            if !is_asked_for || document.amount.is_zero() {
                continue;
            }
            let (day, exit) = self.exit(&claim);
            let group = self.groups.of_document(claim.ix, claim.document);
            self.times
                .at(group, ExitTimes::default)
                .add((day - document.issued_on).max(0), exit);
        }
    }

    /// Adds the claims of other customers.
    fn merge(&mut self, other: Self) {
        self.times.merge(other.times, ExitTimes::merge);
    }
}

impl TimeToPay {
    /// Returns the times by group.
    pub fn times(&self) -> &[ExitTimes] {
        &self.times
    }

    /// Returns one row per group and day since issue on which a claim ended its time.
    pub fn table(&self) -> Table {
        let points: Vec<(usize, CurvePoint)> = self
            .times
            .iter()
            .enumerate()
            .flat_map(|(group, times)| times.curve().into_iter().map(move |point| (group, point)))
            .collect();
        let groups: Vec<usize> = points.iter().map(|(group, _)| *group).collect();
        let points = || points.iter().map(|(_, point)| point);
        let ended = |exit: Exit| points().map(move |point| point.ended[exit as usize] as i64);
        let incidence = |exit: Exit| points().map(move |point| point.incidence[exit as usize]);
        let low = |of: fn(&CurvePoint) -> Option<(f64, f64)>| points().map(move |point| of(point).map(|(low, _)| low));
        let high =
            |of: fn(&CurvePoint) -> Option<(f64, f64)>| points().map(move |point| of(point).map(|(_, high)| high));
        self.labels
            .start("time_to_pay", METRIC_ID, &groups)
            .int("days_since_issue", points().map(|point| i64::from(point.day)))
            .int("n_at_risk", points().map(|point| point.at_risk as i64))
            .int("n_paid", ended(Exit::Paid))
            .int("n_credited", ended(Exit::Credited))
            .int("n_written_off", ended(Exit::WrittenOff))
            .int("n_open", ended(Exit::Open))
            .real("unpaid", points().map(|point| point.unpaid))
            .real("unpaid_low", low(|point| point.unpaid_interval))
            .real("unpaid_high", high(|point| point.unpaid_interval))
            .real("incidence_paid", incidence(Exit::Paid))
            .real("incidence_paid_low", low(|point| point.incidence_intervals[0]))
            .real("incidence_paid_high", high(|point| point.incidence_intervals[0]))
            .real("incidence_credited", incidence(Exit::Credited))
            .real("incidence_credited_low", low(|point| point.incidence_intervals[1]))
            .real("incidence_credited_high", high(|point| point.incidence_intervals[1]))
            .real("incidence_written_off", incidence(Exit::WrittenOff))
            .real("incidence_written_off_low", low(|point| point.incidence_intervals[2]))
            .real("incidence_written_off_high", high(|point| point.incidence_intervals[2]))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("issued", format!("{} to {}", self.months.0, self.months.1))
            .note(
                "unpaid",
                "Kaplan-Meier by count; open, credited and written-off claims are censored",
            )
            .note(
                "incidence",
                "Aalen-Johansen by count; open claims are censored, the three ways out compete",
            )
            .note(
                "intervals",
                "95 %, Greenwood and the delta method on the log-log scale; claims are taken as independent, which those of one customer are not: weigh by money for intervals over customers",
            )
    }
}
