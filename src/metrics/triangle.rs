//! Chain ladder: what a triangle of cumulative cash will grow to, with Mack's standard error.
//!
//! # Definition
//! Age-to-age factor `f(k) = sum C(i, k+1) / sum C(i, k)` over the origins seen at both ages (volume-weighted). Ultimate
//! of an origin = its latest value times the factors of the ages to come. Mack's variance of an age is
//! `sigma2(k) = sum C(i,k) (C(i,k+1)/C(i,k) - f(k))^2 / (n(k) - 1)`; the last one, seen once, follows a named rule.
//! # Inputs
//! Cumulative values by origin (rows, oldest first) and age; a row is known up to its latest age. Other factors than the
//! volume-weighted ones can be chosen: the plain mean of the origins' own factors, or the newest origins alone.
//! # Edge cases
//! Where no cash stands at an age, the factor is null and so is every ultimate that needs it. Where no spread can be
//! computed (fewer than three origins), none was ever seen, or nothing is left to project (the oldest origin), standard errors are
//! null, never 0. Mack's method belongs to volume-weighted factors over all
//! origins; with other factors there is no error.
//! # Source
//! Mack, T., Distribution-free calculation of the standard error of chain ladder reserve estimates, ASTIN Bulletin 23
//! (1993), pp. 213-225; Mack, T., Measuring the variability of chain ladder reserve estimates, CAS Forum (1994).
//! # Example
//! ```
//! use arrears::metrics::triangle::{SigmaRule, Triangle};
//!
//! let triangle = Triangle::new(vec![vec![100.0, 150.0], vec![200.0]]);
//! let ladder = triangle.chain_ladder(SigmaRule::Mack);
//! assert_eq!(ladder.factors, [Some(1.5)]);
//! assert_eq!(ladder.origins[1].ultimate, Some(200.0 * 1.5));
//! ```

mod additive;
mod long_form;

use std::fmt;

pub use self::additive::Additive;
pub(super) use self::long_form::METRIC_ID as TRIANGLE_ID;
pub use self::long_form::{Development, LongTriangle, LongTriangleError};

/// How the factor of an age is taken from the origins seen at it and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FactorRule {
    /// Sum over sum, all origins.
    #[default]
    Volume,
    /// The plain mean of the origins' own factors.
    Simple,
    /// Sum over sum, the newest so many origins.
    Last(usize),
}

impl FactorRule {
    /// Reads `volume`, `simple` or `last:3`.
    ///
    /// # Errors
    /// Another word, or `last:0`.
    pub fn parse(text: &str) -> Result<FactorRule, String> {
        let last = text.strip_prefix("last:").and_then(|n| n.parse().ok());
        match (text, last) {
            ("volume", _) => Ok(FactorRule::Volume),
            ("simple", _) => Ok(FactorRule::Simple),
            (_, Some(n)) if n > 0 => Ok(FactorRule::Last(n)),
            _ => Err(format!("found `{text}`, expected `volume`, `simple` or `last:3`")),
        }
    }
}

impl fmt::Display for FactorRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FactorRule::Volume => f.pad("volume"),
            FactorRule::Simple => f.pad("simple"),
            FactorRule::Last(n) => f.pad(&format!("last:{n}")),
        }
    }
}

/// How the last variance, which only one origin has seen, is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SigmaRule {
    /// The smallest of `s2(n-2)^2 / s2(n-3)`, `s2(n-3)` and `s2(n-2)` (Mack 1993).
    #[default]
    Mack,
    /// A straight line through the logarithms of the standard deviations against age.
    LogLinear,
}

impl SigmaRule {
    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            SigmaRule::Mack => "mack",
            SigmaRule::LogLinear => "log-linear",
        }
    }
}

/// Cumulative values by origin and age.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangle {
    rows: Vec<Vec<f64>>,
}

/// What a triangle will grow to.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainLadder {
    /// Factor from each age to the next; `None` where no cash stood at the age.
    pub factors: Vec<Option<f64>>,
    /// Mack's variance of each age; `None` where it is not defined.
    pub variances: Vec<Option<f64>>,
    /// One entry per origin, oldest first.
    pub origins: Vec<OriginProjection>,
    /// Sum over the origins of what is still to come; `None` where one of them is not defined.
    pub outstanding: Option<f64>,
    /// Standard error of that sum, origins being correlated through the factors they share.
    pub standard_error: Option<f64>,
    /// How the last variance was set.
    pub sigma_rule: SigmaRule,
    /// How the factors were taken.
    pub factor_rule: FactorRule,
}

/// What one origin will grow to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OriginProjection {
    /// Latest cumulative value; `None` for an origin never seen.
    pub latest: Option<f64>,
    /// Value at the last age.
    pub ultimate: Option<f64>,
    /// Standard error of the ultimate, above zero; `None` where it is not defined, no spread was seen, or nothing is left to project.
    pub standard_error: Option<f64>,
}

impl Triangle {
    /// Builds a triangle from cumulative rows, oldest origin first; a later row is never longer than an earlier one.
    ///
    /// Longer rows are cut to the length of the row before.
    pub fn new(mut rows: Vec<Vec<f64>>) -> Triangle {
        for row in 1..rows.len() {
            let longest = rows[row - 1].len();
            rows[row].truncate(longest);
        }
        Triangle { rows }
    }

    /// Returns the cumulative rows.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    fn n_ages(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// The rows seen at an age and the next, as pairs of values; a row that is still empty at both says nothing.
    fn pairs(&self, age: usize) -> impl Iterator<Item = (f64, f64)> + '_ {
        let pairs = self
            .rows
            .iter()
            .filter_map(move |row| Some((*row.get(age)?, *row.get(age + 1)?)));
        pairs.filter(|&pair| pair != (0.0, 0.0))
    }

    /// Returns the factor of an age; `None` where no cash stood at it, or a simple factor would divide by nothing.
    fn factor(&self, age: usize, rule: FactorRule) -> Option<f64> {
        let n_origins = self.pairs(age).count();
        let skipped = match rule {
            FactorRule::Simple => {
                let factors = self.pairs(age).map(|(from, to)| (from > 0.0).then(|| to / from));
                let sum = factors.sum::<Option<f64>>()?;
                return (n_origins > 0).then(|| sum / n_origins as f64);
            }
            FactorRule::Volume => 0,
            FactorRule::Last(n) => n_origins.saturating_sub(n),
        };
        let (from, to) = self
            .pairs(age)
            .skip(skipped)
            .fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
        (from > 0.0).then(|| to / from)
    }

    /// Projects every origin to the last age by volume-weighted factors, with Mack's standard error.
    pub fn chain_ladder(&self, sigma_rule: SigmaRule) -> ChainLadder {
        self.chain_ladder_by(FactorRule::Volume, sigma_rule)
    }

    /// Projects every origin to the last age; standard errors are defined for volume-weighted factors only.
    pub fn chain_ladder_by(&self, factor_rule: FactorRule, sigma_rule: SigmaRule) -> ChainLadder {
        let n_steps = self.n_ages().saturating_sub(1);
        let bases: Vec<f64> = (0..n_steps)
            .map(|age| self.pairs(age).map(|(from, _)| from).sum())
            .collect();
        let factors: Vec<Option<f64>> = (0..n_steps).map(|age| self.factor(age, factor_rule)).collect();
        if factor_rule != FactorRule::Volume {
            return self.without_errors(factors, factor_rule, sigma_rule);
        }
        let variances = self.variances(&factors, sigma_rule);
        // Error contributed by each age: sigma2 / f^2, as Mack writes it; defined where both are.
        let relative: Vec<Option<f64>> = factors
            .iter()
            .zip(&variances)
            .map(|(factor, variance)| Some((*variance)? / factor.filter(|factor| *factor > 0.0)?.powi(2)))
            .collect();
        let origins: Vec<OriginProjection> = self
            .rows
            .iter()
            .map(|row| project(row, &factors, &relative, &bases))
            .collect();
        let standard_error = self.total_error(&origins, &relative, &bases);
        ChainLadder {
            outstanding: outstanding(&origins),
            standard_error: standard_error.and_then(above_zero),
            factors,
            variances,
            origins: origins
                .into_iter()
                .map(|origin| OriginProjection {
                    standard_error: origin.standard_error.and_then(above_zero),
                    ..origin
                })
                .collect(),
            sigma_rule,
            factor_rule,
        }
    }

    fn without_errors(&self, factors: Vec<Option<f64>>, factor_rule: FactorRule, sigma_rule: SigmaRule) -> ChainLadder {
        let none = vec![None; factors.len()];
        let bases = vec![0.0; factors.len()];
        let origins = self.rows.iter().map(|row| OriginProjection {
            standard_error: None,
            ..project(row, &factors, &none, &bases)
        });
        let origins: Vec<OriginProjection> = origins.collect();
        ChainLadder {
            outstanding: outstanding(&origins),
            standard_error: None,
            variances: none,
            origins,
            factors,
            sigma_rule,
            factor_rule,
        }
    }

    fn variances(&self, factors: &[Option<f64>], sigma_rule: SigmaRule) -> Vec<Option<f64>> {
        let mut variances: Vec<Option<f64>> = factors
            .iter()
            .enumerate()
            .map(|(age, factor)| {
                let factor = (*factor)?;
                let n = self.pairs(age).count();
                let squares = self
                    .pairs(age)
                    .map(|(from, to)| (from > 0.0).then(|| (to - factor * from).powi(2) / from))
                    .sum::<Option<f64>>()?;
                (n > 1).then(|| squares / (n - 1) as f64)
            })
            .collect();
        if let Some(last) = variances.len().checked_sub(1)
            && self.pairs(last).count() == 1
            && factors[last].is_some()
        {
            variances[last] = match sigma_rule {
                SigmaRule::Mack => mack_last(&variances[..last]),
                SigmaRule::LogLinear => log_linear_last(&variances[..last]),
            };
        }
        variances
    }

    /// Mack's standard error of the sum over all origins.
    fn total_error(&self, origins: &[OriginProjection], relative: &[Option<f64>], bases: &[f64]) -> Option<f64> {
        let mut squares = 0.0;
        let mut later: f64 = origins.iter().map(|origin| origin.ultimate).sum::<Option<f64>>()?;
        for (origin, row) in origins.iter().zip(&self.rows) {
            let ultimate = origin.ultimate?;
            later -= ultimate;
            let shared = (row.len().saturating_sub(1)..relative.len())
                .map(|age| Some(2.0 * relative[age]? / bases[age]))
                .sum::<Option<f64>>()?;
            squares += origin.standard_error?.powi(2) + ultimate * later * shared;
        }
        Some(squares.sqrt())
    }
}

/// Where nothing is left to project, or no spread was ever seen, the formula gives 0: no error was estimated.
fn above_zero(error: f64) -> Option<f64> {
    (error > 0.0).then_some(error)
}

fn outstanding(origins: &[OriginProjection]) -> Option<f64> {
    let to_come = origins.iter().map(|origin| Some(origin.ultimate? - origin.latest?));
    to_come.sum()
}

fn project(row: &[f64], factors: &[Option<f64>], relative: &[Option<f64>], bases: &[f64]) -> OriginProjection {
    let Some(&latest) = row.last() else {
        return OriginProjection {
            latest: None,
            ultimate: None,
            standard_error: None,
        };
    };
    let mut value = Some(latest);
    let mut error = Some(0.0);
    for age in row.len() - 1..factors.len() {
        // One age further: 1/C for the process, 1/sum for the factor's own error.
        error = error
            .zip(value)
            .zip(relative[age])
            .and_then(|((error, value), relative)| {
                (value > 0.0).then(|| error + relative * (1.0 / value + 1.0 / bases[age]))
            });
        value = value.zip(factors[age]).map(|(value, factor)| value * factor);
    }
    OriginProjection {
        latest: Some(latest),
        ultimate: value,
        standard_error: value.zip(error).map(|(ultimate, error)| ultimate * error.sqrt()),
    }
}

fn mack_last(before: &[Option<f64>]) -> Option<f64> {
    let [.., third, second] = before else { return None };
    let (third, second) = ((*third)?, (*second)?);
    // Without any spread three ages from the end there is nothing to extrapolate from.
    let ratio = if third > 0.0 { second * second / third } else { 0.0 };
    Some(ratio.min(third).min(second))
}

fn log_linear_last(before: &[Option<f64>]) -> Option<f64> {
    let points: Vec<(f64, f64)> = before
        .iter()
        .enumerate()
        .filter_map(|(age, variance)| Some((age as f64, variance.filter(|variance| *variance > 0.0)?.sqrt().ln())))
        .collect();
    if points.len() < 2 {
        return None;
    }
    let n = points.len() as f64;
    let mean_age = points.iter().map(|(age, _)| age).sum::<f64>() / n;
    let mean_log = points.iter().map(|(_, log)| log).sum::<f64>() / n;
    let covariance: f64 = points
        .iter()
        .map(|(age, log)| (age - mean_age) * (log - mean_log))
        .sum();
    let spread: f64 = points.iter().map(|(age, _)| (age - mean_age).powi(2)).sum();
    let log = mean_log + covariance / spread * (before.len() as f64 - mean_age);
    Some((2.0 * log).exp())
}
