//! A triangle as a file: one line a cell.
//!
//! # Definition
//! The columns `origin`, `development` and `value`. A development is an age, or the period of the valuation where none lies
//! before its origin; the age is then the periods from the origin to it. Values are cumulative.
//! # Inputs
//! CSV with a header, lines in any order; origins and developments are whole numbers or months such as `2025-03`.
//! # Edge cases
//! A cell given twice, a hole in a row, and an origin that is known for longer than an older one are refused, with the place.
//! # Source
//! The long form in which published triangles are kept; the projection is that of [`super`].
//! # Example
//! 100 after the first period and 150 after the second for the origin 2001, 200 so far for 2002: the rows 100, 150 and 200.
//! ```
//! use arrears::metrics::triangle::{Development, LongTriangle};
//!
//! let cells = "origin,development,value\n2001,2001,100\n2001,2002,150\n2002,2002,200\n";
//! let found = LongTriangle::from_csv(cells.as_bytes())?;
//! assert_eq!((found.development, found.ages), (Development::Period, vec![0, 1]));
//! assert_eq!(found.triangle.rows(), [vec![100.0, 150.0], vec![200.0]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use thiserror::Error;

use super::{FactorRule, SigmaRule, Triangle};
use crate::calendar::Month;
use crate::metrics::NullReason;
use crate::table::Table;

/// The formula of this metric.
pub(in crate::metrics) const METRIC_ID: &str = "triangle.v1";

/// What the column `development` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Development {
    /// The period of the valuation; the age is the periods from the origin to it.
    Period,
    /// The age itself.
    Age,
}

/// A triangle read from development, origin, value; values are cumulative.
#[derive(Clone, Debug, PartialEq)]
pub struct LongTriangle {
    /// Captions of the rows, oldest first.
    pub origins: Vec<String>,
    /// Ages of the columns, as the file counts them.
    pub ages: Vec<i64>,
    /// What the column `development` was read as.
    pub development: Development,
    /// The cells.
    pub triangle: Triangle,
}

/// Why a file is no triangle.
#[derive(Debug, Error)]
pub enum LongTriangleError {
    /// The text is no CSV.
    #[error("the triangle cannot be read")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error("found the columns {found}, expected `development`, `origin` and `value`")]
    ColumnMissing {
        /// The columns that are there.
        found: String,
    },
    /// A cell cannot be read.
    #[error("line {line}: found `{found}` as {column}, expected {expected}")]
    CellUnreadable {
        /// The line.
        line: u64,
        /// The column.
        column: &'static str,
        /// The cell as it stood.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Two values for one cell.
    #[error("line {line}: origin {origin} already has a value at development {development}")]
    Repeated {
        /// The line.
        line: u64,
        /// The origin.
        origin: String,
        /// The development.
        development: String,
    },
    /// An origin misses an age below its latest.
    #[error("origin {origin} has no value at age {age}, expected one at every age up to its latest")]
    Hole {
        /// The origin.
        origin: String,
        /// The age.
        age: i64,
    },
    /// A later origin is known longer than an earlier one.
    #[error("origin {origin} is known at more ages than the origin before it, expected a triangle")]
    NotATriangle {
        /// The origin.
        origin: String,
    },
}

impl Development {
    /// Returns the word as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Development::Period => "period of valuation, age = development - origin",
            Development::Age => "age",
        }
    }
}

impl LongTriangle {
    /// Reads CSV with the columns `development`, `origin` and `value` (or `values`).
    ///
    /// Origins are whole numbers (years) or months. The development is read as the period of valuation where it never
    /// lies before the origin, else as an age.
    ///
    /// # Errors
    /// No CSV, a column missing, a cell that cannot be read or is given twice, a hole, or no triangle.
    pub fn from_csv(input: impl Read) -> Result<LongTriangle, LongTriangleError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
        let captions = reader.headers()?.clone();
        let column = |names: &[&str]| {
            let is_named = |caption: &str| names.iter().any(|name| caption.eq_ignore_ascii_case(name));
            captions
                .iter()
                .position(is_named)
                .ok_or_else(|| LongTriangleError::ColumnMissing {
                    found: captions
                        .iter()
                        .map(|caption| format!("`{caption}`"))
                        .collect::<Vec<_>>()
                        .join(", "),
                })
        };
        let (development_at, origin_at) = (column(&["development"])?, column(&["origin"])?);
        let value_at = column(&["value", "values"])?;
        let mut captions_of = BTreeMap::new();
        let mut cells = BTreeMap::new();
        for record in reader.into_records() {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            let text = |at: usize| record.get(at).unwrap_or_default();
            let unreadable = |at: usize, column, expected| LongTriangleError::CellUnreadable {
                line,
                column,
                found: text(at).to_owned(),
                expected,
            };
            let period = |at: usize, column| {
                place(text(at)).ok_or_else(|| unreadable(at, column, "a whole number or a month such as `2025-03`"))
            };
            let (origin, development) = (period(origin_at, "origin")?, period(development_at, "development")?);
            let value = text(value_at).parse().ok().filter(|value: &f64| value.is_finite());
            let value = value.ok_or_else(|| unreadable(value_at, "value", "a number"))?;
            captions_of.insert(origin, text(origin_at).to_owned());
            if cells.insert((origin, development), value).is_some() {
                return Err(LongTriangleError::Repeated {
                    line,
                    origin: text(origin_at).to_owned(),
                    development: text(development_at).to_owned(),
                });
            }
        }
        let development = if cells.keys().all(|(origin, development)| development >= origin) {
            Development::Period
        } else {
            Development::Age
        };
        let age = |origin: i64, at: i64| match development {
            Development::Period => at - origin,
            Development::Age => at,
        };
        let ages: BTreeSet<i64> = cells.keys().map(|&(origin, at)| age(origin, at)).collect();
        let ages: Vec<i64> = ages.into_iter().collect();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for (origin, caption) in &captions_of {
            let mut row = Vec::new();
            for (&(_, at), &value) in cells.range((*origin, i64::MIN)..=(*origin, i64::MAX)) {
                let expected = ages[row.len()];
                if age(*origin, at) != expected {
                    return Err(LongTriangleError::Hole {
                        origin: caption.clone(),
                        age: expected,
                    });
                }
                row.push(value);
            }
            if rows.last().is_some_and(|before| before.len() < row.len()) {
                return Err(LongTriangleError::NotATriangle {
                    origin: caption.clone(),
                });
            }
            rows.push(row);
        }
        Ok(LongTriangle {
            origins: captions_of.into_values().collect(),
            ages,
            development,
            triangle: Triangle::new(rows),
        })
    }

    /// Returns the factors by age, and the projection by origin with its total.
    pub fn tables(&self, factor_rule: FactorRule, sigma_rule: SigmaRule) -> (Table, Table) {
        let ladder = self.triangle.chain_ladder_by(factor_rule, sigma_rule);
        let steps = ladder.factors.len();
        let notes = |table: Table| {
            let sigma = match factor_rule {
                FactorRule::Volume => sigma_rule.as_str(),
                _ => "none: Mack's error belongs to volume-weighted factors",
            };
            table
                .note("metric", METRIC_ID)
                .note("method", "chain ladder")
                .note("factors", factor_rule)
                .note("sigma_rule", sigma)
                .note("development", self.development.as_str())
        };
        let factors = Table::new("triangle_factors")
            .int("from_age", self.ages.iter().take(steps).copied())
            .int("to_age", self.ages.iter().skip(1).take(steps).copied())
            .real("factor", ladder.factors.iter().copied())
            .real("variance", ladder.variances.iter().copied());

        let reason = |value: Option<f64>| value.is_none().then(|| NullReason::NotDefined.to_string());
        let origins = &ladder.origins;
        let sum = |values: &mut dyn Iterator<Item = Option<f64>>| values.sum::<Option<f64>>();
        let with_total = |mut values: Vec<Option<f64>>, total: Option<f64>| {
            values.push(total);
            values
        };
        let latest: Vec<Option<f64>> = origins.iter().map(|origin| origin.latest).collect();
        let latest_total = sum(&mut latest.iter().copied());
        let ultimates: Vec<Option<f64>> = origins.iter().map(|origin| origin.ultimate).collect();
        let ultimate_total = sum(&mut ultimates.iter().copied());
        let to_come = origins
            .iter()
            .map(|origin| Some(origin.ultimate? - origin.latest?))
            .collect();
        let errors = origins.iter().map(|origin| origin.standard_error).collect();
        let errors = with_total(errors, ladder.standard_error);
        let ultimates = with_total(ultimates, ultimate_total);
        let projection = Table::new("triangle_projection")
            .text("origin", self.origins.iter().cloned().chain(["total".to_owned()]))
            .real("latest", with_total(latest, latest_total))
            .text("ultimate_reason", ultimates.iter().map(|value| reason(*value)))
            .real("ultimate", ultimates)
            .real("outstanding", with_total(to_come, ladder.outstanding))
            .text("standard_error_reason", errors.iter().map(|value| reason(*value)))
            .real("standard_error", errors);
        (notes(factors), notes(projection))
    }
}

/// Reads a year or another whole number, or a month as a count of months.
fn place(text: &str) -> Option<i64> {
    let month = || {
        Month::parse(text)
            .ok()
            .map(|month| i64::from(month.year()) * 12 + i64::from(month.number()))
    };
    text.parse().ok().or_else(month)
}
