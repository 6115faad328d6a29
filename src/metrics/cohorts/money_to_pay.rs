//! How long money stays unpaid: the curves of the time to pay, every unit of money being a case, with intervals over customers.
//!
//! # Definition
//! The time of a unit of money runs in days from the issue of its claim to the day from which it stays relieved; partial payments
//! relieve their part on their own day. *Unpaid* and *incidence* are those of the time to pay by count, with money in the place
//! of counts: `unpaid(t) = product over days u <= t of (1 - paid(u) / at_risk(u))`.
//! # Inputs
//! Claims issued in a range of months, as seen at the end of the as-of day.
//! # Edge cases
//! Money still open on the as-of day is censored at its age. A line taken back undoes the newest relief first. What is
//! applied above the claim's amount relieves nothing, and money added above it is no part of the claim. Units of one customer are no
//! independent cases, so that Greenwood's variance means nothing here: customers are drawn (see [`super::super::ClusterSums`]); fewer than two give no
//! interval.
//! # Source
//! As the time to pay by count; the bootstrap by clusters: Davison and Hinkley (1997), section 3.8.
//! # Example
//! ```
//! use arrears::metrics::cohorts::{Exit, MoneyTimes};
//! use arrears::ids::CustomerIx;
//! use arrears::money::Amount;
//!
//! let money = |text| Amount::parse(text).unwrap().into();
//! let mut times = MoneyTimes::default();
//! // 100 issued: 60 paid after 10 days, 40 still open after 30; another customer's 100 paid after 20.
//! times.add(CustomerIx(0), 10, Exit::Paid, money("60"));
//! times.add(CustomerIx(0), 30, Exit::Open, money("40"));
//! times.add(CustomerIx(1), 20, Exit::Paid, money("100"));
//! let unpaid: Vec<f64> = times.curve().iter().map(|point| point.unpaid).collect();
//! let (after_10, after_20) = (140.0 / 200.0, 40.0 / 140.0);
//! assert_eq!(unpaid, [after_10, after_10 * after_20, after_10 * after_20]);
//! ```

use std::collections::BTreeMap;

use super::CohortError;
use super::curves::{Exit, Shares, shares};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::{BootstrapParams, ByGroup, ClusterSums, GroupLabels, Months, view_note};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub(in crate::metrics) const METRIC_ID: &str = "money_to_pay.v1";

type Interval = Option<(f64, f64)>;

/// Money that ended its time, by customer and day since issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoneyTimes {
    // Paid, credited, written off, open.
    by_customer: BTreeMap<CustomerIx, BTreeMap<i32, [Total; 4]>>,
}

/// The curves by money at one day since issue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoneyCurvePoint {
    /// Days since issue.
    pub day: i32,
    /// Money that had not ended its time before this day.
    pub at_risk: Total,
    /// Money that ended it on this day: paid, credited, written off, open.
    pub ended: [Total; 4],
    /// Share unpaid after this day, credited and written-off money being censored.
    pub unpaid: f64,
    /// Share paid, credited and written off up to this day.
    pub incidence: [f64; 3],
}

/// The time to pay of a ledger's money.
#[derive(Clone, Debug, PartialEq)]
pub struct MoneyToPay {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    params: BootstrapParams,
    labels: GroupLabels,
    times: Vec<MoneyTimes>,
}

/// Adds up the money that ended its time, by group, customer and day.
#[derive(Clone, Debug)]
pub struct MoneyToPayByGroup<'a> {
    groups: &'a Groups,
    issued: (Day, Day),
    as_of: AsOf,
    times: ByGroup<MoneyTimes>,
}

/// Returns the time to pay of the money of claims issued in the months from one to another, both included, as seen on a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months are reversed, or begin after the as-of day.
pub fn money_to_pay(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &BootstrapParams,
) -> Result<Checked<MoneyToPay>, CohortError> {
    Months::new(from, to)?;
    if from.first() > as_of.0 {
        return Err(CohortError::NothingObserved { from, as_of });
    }
    let empty = MoneyToPayByGroup::new(groups, (from.first(), to.last()), as_of);
    let times = history::run(ledger, known_on, empty).times;
    Ok(Checked::clean(MoneyToPay {
        as_of,
        known_on,
        months: (from, to),
        params: *params,
        labels: GroupLabels::of(groups),
        times: (0..groups.len())
            .map(|group| times.of(group).cloned().unwrap_or_default())
            .collect(),
    }))
}

impl MoneyTimes {
    /// Adds money of a customer whose time ended on a day since issue.
    pub fn add(&mut self, customer: CustomerIx, day: i32, exit: Exit, money: Total) {
        let of_day = self.by_customer.entry(customer).or_default().entry(day).or_default();
        of_day[exit as usize] += money;
    }

    /// Returns how many customers there are.
    pub fn n_customers(&self) -> usize {
        self.by_customer.len()
    }

    /// All customers together, by day.
    fn by_day(&self) -> BTreeMap<i32, [Total; 4]> {
        let mut by_day: BTreeMap<i32, [Total; 4]> = BTreeMap::new();
        for (&day, ended) in self.by_customer.values().flatten() {
            for (sum, &money) in by_day.entry(day).or_default().iter_mut().zip(ended) {
                *sum += money;
            }
        }
        by_day
    }

    /// Returns the curves at every day on which money ended its time.
    pub fn curve(&self) -> Vec<MoneyCurvePoint> {
        let by_day = self.by_day();
        let ended: Vec<[f64; 4]> = by_day.values().map(|ended| ended.map(units)).collect();
        let mut at_risk: Total = by_day.values().flatten().copied().sum();
        let points = by_day.into_iter().zip(shares(&ended));
        let points = points.map(|((day, ended), Shares { unpaid, incidence })| {
            let point = MoneyCurvePoint {
                day,
                at_risk,
                ended,
                unpaid,
                incidence,
            };
            at_risk -= ended.into_iter().sum::<Total>();
            point
        });
        points.collect()
    }

    /// Returns the intervals of unpaid and of the three incidences at the same days, over customers.
    pub fn intervals(&self, params: &BootstrapParams) -> Vec<[Option<(f64, f64)>; 4]> {
        let days: Vec<i32> = self.by_day().into_keys().collect();
        if self.n_customers() < 2 {
            return vec![[None; 4]; days.len()];
        }
        let mut sums = ClusterSums::new(days.len() * 4);
        for customer in self.by_customer.values() {
            sums.push(customer.iter().flat_map(|(day, ended)| {
                let at = days.partition_point(|known| known < day);
                let ended = ended.iter().enumerate();
                ended.map(move |(exit, &money)| (at * 4 + exit, units(money)))
            }));
        }
        let curves = sums.draws(params).intervals(days.len() * 4, |sums| {
            let (ended, _) = sums.as_chunks::<4>();
            let curve = shares(ended).into_iter();
            let values = curve.flat_map(
                |Shares {
                     unpaid,
                     incidence: [paid, credited, written_off],
                 }| { [unpaid, paid, credited, written_off].map(Some) },
            );
            values.collect()
        });
        curves.as_chunks::<4>().0.to_vec()
    }
}

/// Whole ten-thousandths: sums of them stay exact in a draw.
fn units(money: Total) -> f64 {
    money.units() as f64
}

impl<'a> MoneyToPayByGroup<'a> {
    /// Starts from nothing; `issued` are the first and the last day of issue.
    pub fn new(groups: &'a Groups, issued: (Day, Day), as_of: AsOf) -> MoneyToPayByGroup<'a> {
        MoneyToPayByGroup {
            groups,
            issued: (issued.0, issued.1.min(as_of.0)),
            as_of,
            times: ByGroup::default(),
        }
    }

    /// Returns the money so far.
    pub fn times(&self) -> &ByGroup<MoneyTimes> {
        &self.times
    }
}

impl Accumulator for MoneyToPayByGroup<'_> {
    /// Adds one customer's claims, the money of each by the days that ended its time.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (first, last) = self.issued;
        for claim in customer.documents() {
            let document = claim.document;
            let is_asked_for = document.is_claim() && (first..=last).contains(&document.issued_on);
            if !is_asked_for || document.amount.is_zero() {
                continue;
            }
            let group = self.groups.of_document(claim.ix, claim.document);
            let times = self.times.at(group, MoneyTimes::default);
            add_claim(&claim, self.as_of, times);
        }
    }

    /// Adds the money of other customers.
    fn merge(&mut self, other: Self) {
        self.times
            .merge(other.times, |own, more| own.by_customer.extend(more.by_customer));
    }
}

/// Adds what relieved a claim and stays relieved, each part on its day, and what is still open.
fn add_claim(claim: &DocumentHistory<'_>, as_of: AsOf, times: &mut MoneyTimes) {
    let document = claim.document;
    let amount = Total::from(document.amount);
    let mut balance = amount;
    let mut relieved: Vec<(Day, Exit, Total)> = Vec::new();
    for posting in claim.postings().take_while(|posting| posting.on <= as_of.0) {
        let before = balance.clamp(Total::ZERO, amount);
        balance += posting.delta;
        let after = balance.clamp(Total::ZERO, amount);
        if after < before {
            relieved.push((posting.on, Exit::by(posting.money), before - after));
        }
        let mut taken_back = (after - before).max(Total::ZERO);
        while let Some((_, _, money)) = relieved.last_mut().filter(|_| taken_back > Total::ZERO) {
            let undone = taken_back.min(*money);
            taken_back -= undone;
            *money -= undone;
            if money.is_zero() {
                relieved.pop();
            }
        }
    }
    let open = balance.clamp(Total::ZERO, amount);
    let still_open = (open > Total::ZERO).then_some((as_of.0, Exit::Open, open));
    for (day, exit, money) in relieved.into_iter().chain(still_open) {
        times.add(document.customer, (day - document.issued_on).max(0), exit, money);
    }
}

impl MoneyToPay {
    /// Returns the money by group.
    pub fn times(&self) -> &[MoneyTimes] {
        &self.times
    }

    /// Returns one row per group and day since issue on which money ended its time.
    pub fn table(&self) -> Table {
        let mut groups = Vec::new();
        let mut points: Vec<(MoneyCurvePoint, [Interval; 4], usize)> = Vec::new();
        for (group, times) in self.times.iter().enumerate() {
            for (point, intervals) in times.curve().into_iter().zip(times.intervals(&self.params)) {
                groups.push(group);
                points.push((point, intervals, times.n_customers()));
            }
        }
        let ended = |exit: Exit| points.iter().map(move |(point, ..)| point.ended[exit as usize]);
        let incidence = |exit: Exit| points.iter().map(move |(point, ..)| point.incidence[exit as usize]);
        let low = |curve: usize| points.iter().map(move |(_, found, _)| found[curve].map(|(low, _)| low));
        let high = |curve: usize| {
            points
                .iter()
                .map(move |(_, found, _)| found[curve].map(|(_, high)| high))
        };
        self.labels
            .start("money_to_pay", METRIC_ID, &groups)
            .int(
                "days_since_issue",
                points.iter().map(|(point, ..)| i64::from(point.day)),
            )
            .int(
                "n_customers",
                points.iter().map(|(.., n_customers)| *n_customers as i64),
            )
            .money("at_risk", points.iter().map(|(point, ..)| point.at_risk))
            .money("paid", ended(Exit::Paid))
            .money("credited", ended(Exit::Credited))
            .money("written_off", ended(Exit::WrittenOff))
            .money("open", ended(Exit::Open))
            .real("unpaid", points.iter().map(|(point, ..)| point.unpaid))
            .real("unpaid_low", low(0))
            .real("unpaid_high", high(0))
            .real("incidence_paid", incidence(Exit::Paid))
            .real("incidence_paid_low", low(1))
            .real("incidence_paid_high", high(1))
            .real("incidence_credited", incidence(Exit::Credited))
            .real("incidence_credited_low", low(2))
            .real("incidence_credited_high", high(2))
            .real("incidence_written_off", incidence(Exit::WrittenOff))
            .real("incidence_written_off_low", low(3))
            .real("incidence_written_off_high", high(3))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("issued", format!("{} to {}", self.months.0, self.months.1))
            .note(
                "unpaid",
                "Kaplan-Meier over units of money; open, credited and written-off money is censored",
            )
            .note(
                "incidence",
                "Aalen-Johansen over units of money; open money is censored, the three ways out compete",
            )
            .note(
                "intervals",
                format!(
                    "{} %, bootstrap by customer: {} draws, seed {}",
                    100.0 * self.params.confidence,
                    self.params.n_draws,
                    self.params.seed
                ),
            )
    }
}
