//! The claims whose fate became known of late, counted every way that features ask for.

use crate::calendar::{AsOf, Day};
use crate::features::portfolio::Tally;
use crate::features::timeline::Claim;
use crate::features::view::View;
use crate::money::{Amount, Currency, Total};

/// Days after which a claim counts half as much in the faded share.
const HALF_LIFE_DAYS: f64 = 60.0;
/// Days a claim counts among those judged of late.
const YEAR_DAYS: i32 = 365;
/// Newest claims among which a change of level is looked for, and the fewest that make a new level.
const NEWEST: usize = 40;
const LEAST_OF_LEVEL: usize = 3;
/// How much more likely, in powers of e, two levels must make the newest claims than one.
const LEAST_GAIN: f64 = 3.0;

/// Claims that passed the days late in the year before a day.
#[derive(Clone, Debug, Default)]
pub(super) struct JudgedYear {
    pub quarter: Tally,
    pub half: Tally,
    pub year: Tally,
    /// By the day of the week they were due on.
    pub by_weekday: [Tally; 7],
    /// By the third of the month they were due in.
    pub by_third: [Tally; 3],
    /// By amount, as [`band`] tells.
    pub by_band: [Tally; 4],
    /// Claims and late claims, each counting less the older it is.
    pub faded: (f64, f64),
    pub last_late_on: Option<Day>,
    money: Total,
    late_money: Total,
    currency: Option<Currency>,
    is_mixed: bool,
}

impl JudgedYear {
    /// Returns the late share of their money, of their number where there are several currencies.
    pub fn late_money_share(&self) -> Option<f64> {
        match self.is_mixed {
            true => self.year.share(1),
            false => self.late_money.ratio(self.money),
        }
    }
}

/// Returns the place of an amount among a customer's usual ones: up to half the usual one, up to it, up to twice, above.
pub(super) fn band(amount: Amount, usual: Amount) -> usize {
    let (amount, usual) = (i128::from(amount.units()), i128::from(usual.units()));
    [2 * amount > usual, amount > usual, amount > 2 * usual]
        .iter()
        .filter(|above| **above)
        .count()
}

/// Returns the third of a month a day lies in: through the 10th, through the 20th, after.
pub(super) fn third_of_month(day: Day) -> usize {
    ((day.day_of_month() - 1) / 10).min(2) as usize
}

/// Counts claims; holds the tables that spare it powers and logarithms.
#[derive(Debug)]
pub(super) struct Judge {
    days_late: i32,
    fading: Vec<f64>,
    // x ln x of whole numbers.
    entropy: [f64; NEWEST + 1],
}

impl Judge {
    pub fn new(days_late: i32) -> Judge {
        let fading = (0..YEAR_DAYS).map(|age| (-f64::from(age) / HALF_LIFE_DAYS).exp2());
        let entropy = |x: usize| if x == 0 { 0.0 } else { x as f64 * (x as f64).ln() };
        Judge {
            days_late,
            fading: fading.collect(),
            entropy: std::array::from_fn(entropy),
        }
    }

    pub fn is_late(&self, claim: &Claim) -> bool {
        claim.delay > self.days_late
    }

    /// Counts the claims that passed the days late in the year before a day; `by_amount` where amounts are asked for.
    pub fn year(&self, view: &View<'_>, day: AsOf, by_amount: bool) -> JudgedYear {
        let mut judged = JudgedYear::default();
        let mut usual: Option<(Currency, Option<Amount>)> = None;
        for claim in view.matured() {
            let passed_on = claim.due + self.days_late;
            let age = day.0 - passed_on;
            if age >= YEAR_DAYS {
                break;
            }
            let is_late = self.is_late(claim);
            judged.year.add(1, is_late);
            if age < 182 {
                judged.half.add(1, is_late);
            }
            if age < 91 {
                judged.quarter.add(1, is_late);
            }
            let weight = self.fading[age as usize];
            judged.faded.0 += weight;
            judged.money += claim.amount;
            if is_late {
                judged.faded.1 += weight;
                judged.late_money += claim.amount;
                judged.last_late_on = judged.last_late_on.or(Some(passed_on));
            }
            judged.is_mixed |= *judged.currency.get_or_insert(claim.currency) != claim.currency;
            if by_amount {
                judged.by_weekday[claim.due.weekday() as usize].add(1, is_late);
                judged.by_third[third_of_month(claim.due)].add(1, is_late);
                let usual = match usual {
                    Some((currency, usual)) if currency == claim.currency => usual,
                    _ => usual.insert((claim.currency, view.usual_amount(claim.currency))).1,
                };
                if let Some(usual) = usual {
                    judged.by_band[band(claim.amount, usual)].add(1, is_late);
                }
            }
        }
        judged
    }

    /// Returns the newest judged claims since they last changed their level, and how many of the newest were late in a row.
    ///
    /// The change is where two late shares, before and after, make the newest claims most likely, if that is much more likely
    /// than one share makes them (the likelihood ratio of a single change point).
    pub fn level(&self, view: &View<'_>) -> (Tally, i64) {
        let mut running = [Tally::default(); NEWEST + 1];
        let mut n = 0;
        let mut streak = 0;
        for claim in view.matured().take(NEWEST) {
            let is_late = self.is_late(claim);
            streak += i64::from(is_late && streak == n as i64);
            running[n + 1] = running[n];
            running[n + 1].add(1, is_late);
            n += 1;
        }
        let all = running[n];
        if all.n_late == 0 || all.n_late == all.n {
            return (all, streak);
        }
        let one_level = self.likelihood(all) + LEAST_GAIN;
        let mut best = (one_level, all);
        for newest in &running[LEAST_OF_LEVEL.min(n)..n] {
            let before = Tally {
                n: all.n - newest.n,
                n_late: all.n_late - newest.n_late,
            };
            let two_levels = self.likelihood(*newest) + self.likelihood(before);
            if two_levels > best.0 {
                best = (two_levels, *newest);
            }
        }
        (best.1, streak)
    }

    /// Returns the logarithm of how likely claims are at their own late share.
    fn likelihood(&self, tally: Tally) -> f64 {
        let of = |n: i64| self.entropy[n as usize];
        of(tally.n_late) + of(tally.n - tally.n_late) - of(tally.n)
    }
}
