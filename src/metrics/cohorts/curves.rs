//! The curves of the time to pay from what ended its time day by day, whether claims are counted or money is weighed.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::ledger::Nature;

/// Coverage of the intervals around curves by count.
const CONFIDENCE: f64 = 0.95;

/// How the time of a claim, or of its money, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Settled by cash or a discount.
    Paid,
    /// Settled by a credit.
    Credited,
    /// Settled by a write-off.
    WrittenOff,
    /// Still open when last seen.
    Open,
}

/// The curves after one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shares {
    /// Unpaid, what left in another way being censored.
    pub unpaid: f64,
    /// Paid, credited, written off.
    pub incidence: [f64; 3],
}

impl Exit {
    /// Returns the way out that a kind of money opens.
    pub(super) fn by(money: Nature) -> Exit {
        match money {
            Nature::Credit | Nature::CreditApplied => Exit::Credited,
            Nature::WriteOff => Exit::WrittenOff,
            _ => Exit::Paid,
        }
    }
}

/// Returns the curves after each day; `ended` is what was paid, credited, written off and last seen open, day by day.
pub(super) fn shares(ended: &[[f64; 4]]) -> Vec<Shares> {
    let mut at_risk: f64 = ended.iter().flatten().sum();
    let (mut inside, mut now) = (
        1.0,
        Shares {
            unpaid: 1.0,
            incidence: [0.0; 3],
        },
    );
    let after_each = ended.iter().map(|ended| {
        let exits: f64 = ended[..3].iter().sum();
        if at_risk > 0.0 {
            for (sum, exits) in now.incidence.iter_mut().zip(ended) {
                *sum += inside * exits / at_risk;
            }
            inside *= (at_risk - exits) / at_risk;
            now.unpaid *= (at_risk - ended[0]) / at_risk;
        }
        at_risk -= exits + ended[3];
        now
    });
    after_each.collect()
}

/// Returns the intervals of unpaid and of the three incidences after each day, `ended` being counts of independent claims.
pub(super) fn intervals(ended: &[[f64; 4]], curve: &[Shares]) -> Vec<[Option<(f64, f64)>; 4]> {
    let mut at_risk: f64 = ended.iter().flatten().sum();
    let (mut inside, mut greenwood) = (1.0, 0.0);
    let mut incidences = [IncidenceSums::default(); 3];
    let after_each = ended.iter().zip(curve).map(|(ended, shares)| {
        let exits: f64 = ended[..3].iter().sum();
        greenwood += hazard_variance(ended[0], at_risk);
        let mut found = [
            log_log(shares.unpaid, shares.unpaid.powi(2) * greenwood),
            None,
            None,
            None,
        ];
        for (way, sums) in incidences.iter_mut().enumerate() {
            sums.add(
                shares.incidence[way],
                inside,
                ended[way],
                hazard_variance(exits, at_risk),
                at_risk,
            );
            found[way + 1] = log_log(shares.incidence[way], sums.variance(shares.incidence[way]));
        }
        if at_risk > 0.0 {
            inside *= (at_risk - exits) / at_risk;
        }
        at_risk -= exits + ended[3];
        found
    });
    after_each.collect()
}

/// Greenwood's term of one day; none where everything leaves, because nothing is left to vary.
fn hazard_variance(exits: f64, at_risk: f64) -> f64 {
    if exits < at_risk {
        exits / (at_risk * (at_risk - exits))
    } else {
        0.0
    }
}

/// The sums from which the variance of an incidence `F(t)` is taken, with `a` Greenwood's terms, `b` and `c` the way's own
/// exits: `sum((F(t) - F(u))^2 a(u)) + sum(b(u)) - 2 sum((F(t) - F(u)) c(u))`.
#[derive(Clone, Copy, Default)]
struct IncidenceSums {
    a: f64,
    a_share: f64,
    a_share_share: f64,
    b: f64,
    c: f64,
    c_share: f64,
}

impl IncidenceSums {
    fn add(&mut self, share: f64, inside: f64, exits: f64, a: f64, at_risk: f64) {
        if at_risk <= 0.0 {
            return;
        }
        let c = inside * exits / at_risk.powi(2);
        self.a += a;
        self.a_share += a * share;
        self.a_share_share += a * share * share;
        self.b += inside.powi(2) * exits * (at_risk - exits) / at_risk.powi(3);
        self.c += c;
        self.c_share += c * share;
    }

    fn variance(&self, share: f64) -> f64 {
        let of_others = share * share * self.a - 2.0 * share * self.a_share + self.a_share_share;
        (of_others + self.b - 2.0 * (share * self.c - self.c_share)).max(0.0)
    }
}

/// The interval that is symmetric in `log(-log(share))`; it never leaves 0 to 1.
fn log_log(share: f64, variance: f64) -> Option<(f64, f64)> {
    if !(share > 0.0 && share < 1.0) || variance <= 0.0 {
        return None;
    }
    let z = Normal::standard().inverse_cdf(0.5 + CONFIDENCE / 2.0);
    let half = z * variance.sqrt() / (share * -share.ln());
    Some((share.powf(half.exp()), share.powf((-half).exp())))
}
