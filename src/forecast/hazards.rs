//! Hazards by age: what was at risk and what left, counted in bands of ages and shrunk to a wider group.

use statrs::function::gamma::ln_gamma;

use super::clock::Clock;
use super::timing::{TimingParams, due_or_assumed};
use crate::calendar::{AsOf, Day};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ledger::Nature;
use crate::money::Total;

/// How an item leaves the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Paid.
    Cash,
    /// Credited or discounted.
    Credited,
    /// Given up.
    WrittenOff,
}

const N_EXITS: usize = 3;

/// Bands of ages: before -60; weeks to -15; days from -14 to 60; weeks to 180; months of 30 days to 730; beyond.
const N_BANDS: usize = 121;
/// First band of an age over 60 days.
const FIRST_LATE_BAND: usize = 83;

fn band(age: i32) -> usize {
    let band = match age {
        ..-60 => 0,
        -60..-14 => 1 + (age + 60) / 7,
        -14..=60 => 8 + (age + 14),
        61..=180 => 83 + (age - 61) / 7,
        181..=730 => 101 + (age - 181) / 30,
        731.. => 120,
    };
    band as usize
}

/// Days in a band; the open ends count as a quarter.
fn width(band: usize) -> f64 {
    match band {
        0 => 90.0,
        1..8 => 7.0,
        8..83 => 1.0,
        83..101 => 7.0,
        101..120 => 30.0,
        _ => 90.0,
    }
}

/// Item-days at risk and exits by band of age.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts {
    at_risk: [f64; N_BANDS],
    exits: [[f64; N_EXITS]; N_BANDS],
}

impl Counts {
    pub(super) const EMPTY: Counts = Counts {
        at_risk: [0.0; N_BANDS],
        exits: [[0.0; N_EXITS]; N_BANDS],
    };

    pub(super) fn add(&mut self, other: &Counts) {
        for band in 0..N_BANDS {
            self.at_risk[band] += other.at_risk[band];
            for exit in 0..N_EXITS {
                self.exits[band][exit] += other.exits[band][exit];
            }
        }
    }

    pub(super) fn of_customer(
        history: &CustomerHistory<'_>,
        as_of: AsOf,
        clock: Clock,
        params: &TimingParams,
    ) -> Counts {
        let mut counts = Counts::EMPTY;
        for item in history.documents() {
            counts.add_item(&item, as_of.0, clock, params);
        }
        counts
    }

    /// Returns how many items left, part payments counted in part.
    pub(super) fn n_exits(&self) -> f64 {
        self.exits.iter().flatten().sum()
    }

    /// Follows one claim from its issue to the as-of day.
    fn add_item(&mut self, item: &DocumentHistory<'_>, day: Day, clock: Clock, params: &TimingParams) {
        let document = item.document;
        if !document.is_claim() || document.amount.is_zero() || document.issued_on > day {
            return;
        }
        let due = clock.number(due_or_assumed(document, params));
        let amount = Total::from(document.amount);
        let window = day - params.history_days;
        let mut open = amount;
        let mut from = clock.number(document.issued_on.max(window + 1)) - due;
        for posting in item.postings().take_while(|posting| posting.on <= day) {
            let on = posting.on.max(document.issued_on);
            let age = clock.number(on) - due;
            let share = share_open(open, amount);
            self.stay(share, from, age);
            from = from.max(age + 1);
            open += posting.delta;
            let left = share - share_open(open, amount);
            if let (Some(exit), true) = (exit_of(posting.nature), on > window && left > 0.0) {
                self.exits[band(age)][exit as usize] += left;
            }
        }
        self.stay(share_open(open, amount), from, clock.number_before(day) - due);
    }

    /// Counts a share as at risk at each age from `from` to `to`, both included.
    fn stay(&mut self, share: f64, from: i32, to: i32) {
        if share > 0.0 {
            for age in from..=to {
                self.at_risk[band(age)] += share;
            }
        }
    }
}

fn share_open(open: Total, amount: Total) -> f64 {
    open.ratio(amount).unwrap_or(0.0).clamp(0.0, 1.0)
}

/// Returns how a posting takes an item off the books; refunds and reversals bring it back.
pub(super) fn exit_of(nature: Nature) -> Option<Exit> {
    match nature {
        Nature::Cash | Nature::CashApplied => Some(Exit::Cash),
        Nature::Credit | Nature::CreditApplied | Nature::Discount => Some(Exit::Credited),
        Nature::WriteOff => Some(Exit::WrittenOff),
        Nature::Refund | Nature::Reversal | Nature::Recovery => None,
    }
}

/// Daily probabilities of each exit by age, for an item still open the evening before.
#[derive(Clone, Debug, PartialEq)]
pub struct Hazards([[f64; N_EXITS]; N_BANDS]);

impl Hazards {
    /// Returns the probabilities of cash, credit and write-off on the day an item reaches an age.
    pub fn at(&self, age: i32) -> [f64; 3] {
        self.0[band(age)]
    }

    /// Returns the hazards of `counts` shrunk to these by a weight in items.
    pub(super) fn shrink(&self, counts: &Counts, weight: f64) -> Hazards {
        let mut hazards = self.clone();
        for (band, hazard) in hazards.0.iter_mut().enumerate() {
            let prior = weight * width(band);
            for (hazard, exits) in hazard.iter_mut().zip(counts.exits[band]) {
                *hazard = (exits + prior * *hazard) / (counts.at_risk[band] + prior);
            }
        }
        hazards
    }

    pub(super) fn of_portfolio(counts: &Counts) -> Hazards {
        let mut late = Counts::EMPTY;
        for band in FIRST_LATE_BAND..N_BANDS {
            late.at_risk[0] += counts.at_risk[band];
            for exit in 0..N_EXITS {
                late.exits[0][exit] += counts.exits[band][exit];
            }
        }
        let pooled = |exit: usize| ratio(late.exits[0][exit], late.at_risk[0]);
        let mut hazards = [[0.0; N_EXITS]; N_BANDS];
        for (band, hazard) in hazards.iter_mut().enumerate() {
            for (exit, hazard) in hazard.iter_mut().enumerate() {
                let (exits, at_risk) = (counts.exits[band][exit], counts.at_risk[band]);
                // A handful of late items says little about a band of its own.
                let prior = if band < FIRST_LATE_BAND { 0.0 } else { width(band) };
                *hazard = ratio(exits + prior * pooled(exit), at_risk + prior);
            }
        }
        Hazards(hazards)
    }

    /// Returns the logarithm of the probability of being still open, by age from [`FIRST_AGE`] to [`LAST_AGE`].
    pub(super) fn log_survival(&self) -> Vec<f64> {
        let daily = (FIRST_AGE..=LAST_AGE).map(|age| {
            let leave: f64 = self.at(age).iter().sum();
            (1.0 - leave).max(1e-9).ln()
        });
        let sum = daily.scan(0.0, |sum, log| {
            *sum += log;
            Some(*sum)
        });
        sum.collect()
    }
}

/// Ages over which survival is tabulated.
pub(super) const FIRST_AGE: i32 = -60;
/// See [`FIRST_AGE`].
pub(super) const LAST_AGE: i32 = 730;

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// Returns the log-likelihood of a customer's exits, beta-binomial in each band around the hazards it is shrunk to.
pub(super) fn log_likelihood(counts: &Counts, prior: &Hazards, weight: f64) -> f64 {
    let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let in_band = |band: usize| {
        let leave: f64 = prior.0[band].iter().sum();
        let exits: f64 = counts.exits[band].iter().sum();
        let stays = (counts.at_risk[band] - exits).max(0.0);
        if counts.at_risk[band] <= 0.0 || leave <= 0.0 || leave >= 1.0 {
            return 0.0;
        }
        let (a, b) = (weight * width(band) * leave, weight * width(band) * (1.0 - leave));
        ln_beta(a + exits, b + stays) - ln_beta(a, b)
    };
    (0..N_BANDS).map(in_band).sum()
}
