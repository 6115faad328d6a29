//! Tables of accounts from elsewhere: one row an account, a column that says how it ended.
//!
//! Numbers are taken as they are; of a column with words, each common word becomes a column of 1 and 0. An empty cell is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::rows::{Column, Rows};
use crate::calendar::Day;
use crate::ids::CustomerIx;

/// What the columns of a table of accounts mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountColumns {
    /// The column that says how the account ended: 1, `true`, `yes` or `bad`; 0, `false`, `no` or `good`.
    pub target: String,
    /// The column with the day whose facts the row holds, where there is one.
    pub time: Option<String>,
    /// The column whose equal values belong together: they are held out, and drawn, as one.
    pub group: Option<String>,
    /// Columns that are no features, such as an id.
    pub ignore: Vec<String>,
}

/// Why a table of accounts cannot be read.
#[derive(Debug, Error)]
pub enum AccountsError {
    /// No such column.
    #[error("no column `{name}` in the table; it has {has}")]
    NoColumn {
        /// The column asked for.
        name: String,
        /// The columns there are.
        has: String,
    },
    /// A cell of the target that is neither good nor bad.
    #[error("row {row}: the target is `{found}`, expected 1 or 0, true or false, yes or no, bad or good")]
    Target {
        /// The row, from 1.
        row: usize,
        /// The cell.
        found: String,
    },
    /// A cell of the time column that is no day.
    #[error("row {row}: the time is `{found}`, expected a day such as 2024-01-31")]
    Time {
        /// The row, from 1.
        row: usize,
        /// The cell.
        found: String,
    },
    /// A cell that is no number in a column of numbers.
    #[error("row {row}, column `{column}`: found `{found}`, expected a finite number or nothing")]
    Number {
        /// The row, from 1.
        row: usize,
        /// The column.
        column: String,
        /// The cell.
        found: String,
    },
    /// Nothing to learn from.
    #[error("the table has no column beside its target, time and group")]
    NoFeature,
    /// No CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
}

/// Words of a column that get a column of their own, the commonest first.
const MAX_WORDS: usize = 12;
/// Rows a word must have.
const MIN_ROWS: usize = 30;

/// Reads a CSV table of accounts into labelled rows; each row is a customer of its own where no group is named.
///
/// # Errors
/// See [`AccountsError`].
pub fn read(input: impl Read, columns: &AccountColumns) -> Result<Rows, AccountsError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let cells = reader.records().collect::<Result<Vec<_>, csv::Error>>()?;
    let find = |name: &String| {
        names
            .iter()
            .position(|candidate| candidate == name)
            .ok_or_else(|| AccountsError::NoColumn {
                name: name.clone(),
                has: names.join(", "),
            })
    };
    let target = find(&columns.target)?;
    let time = columns.time.as_ref().map(find).transpose()?;
    let group = columns.group.as_ref().map(find).transpose()?;
    let mut used: BTreeSet<usize> = columns.ignore.iter().map(find).collect::<Result<_, _>>()?;
    used.extend([Some(target), time, group].into_iter().flatten());
    let bad = cells
        .iter()
        .enumerate()
        .map(|(row, cells)| {
            is_bad(&cells[target]).ok_or_else(|| AccountsError::Target {
                row: row + 1,
                found: cells[target].to_owned(),
            })
        })
        .collect::<Result<Vec<bool>, _>>()?;
    let days = match time {
        None => vec![Day::EARLIEST; cells.len()],
        Some(time) => cells
            .iter()
            .enumerate()
            .map(|(row, cells)| {
                Day::parse(&cells[time]).map_err(|_| AccountsError::Time {
                    row: row + 1,
                    found: cells[time].to_owned(),
                })
            })
            .collect::<Result<_, _>>()?,
    };
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let customers = cells
        .iter()
        .enumerate()
        .map(|(row, cells)| {
            CustomerIx(group.map_or(row as u32, |group| {
                let next = numbers.len() as u32;
                *numbers.entry(&cells[group]).or_insert(next)
            }))
        })
        .collect();
    let mut features: Vec<(Column, Vec<f64>)> = Vec::new();
    for column in (0..names.len()).filter(|column| !used.contains(column)) {
        let texts: Vec<&str> = cells.iter().map(|cells| &cells[column]).collect();
        features.extend(read_column(&names[column], &texts));
    }
    if features.is_empty() {
        return Err(AccountsError::NoFeature);
    }
    let x = Array2::from_shape_fn((cells.len(), features.len()), |(row, column)| features[column].1[row]);
    Ok(Rows {
        columns: features.into_iter().map(|(column, _)| column).collect(),
        x,
        bad,
        customers,
        matures_on: days.clone(),
        days,
        at_stake: vec![1.0; cells.len()],
    })
}

/// Reads the features of accounts to be scored, `(n_rows, n_features)` in the order of a model's catalogue; a word that training did
/// not know is none of the known ones.
///
/// # Errors
/// A column of the catalogue is not in the table, or a cell is no number where the model expects one.
pub fn features(input: impl Read, catalogue: &[String]) -> Result<Array2<f64>, AccountsError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let cells = reader.records().collect::<Result<Vec<_>, csv::Error>>()?;
    let position = |name: &str| names.iter().position(|candidate| candidate == name);
    let mut x = Array2::from_elem((cells.len(), catalogue.len()), f64::NAN);
    for (feature, mut values) in catalogue.iter().zip(x.columns_mut()) {
        let (column, word) = match (position(feature), feature.split_once('=')) {
            (Some(column), _) => (Some(column), None),
            (None, Some((name, word))) => (position(name), Some(word)),
            (None, None) => (None, None),
        };
        let column = column.ok_or_else(|| AccountsError::NoColumn {
            name: feature.clone(),
            has: names.join(", "),
        })?;
        for (row, (cells, value)) in cells.iter().zip(&mut values).enumerate() {
            *value = match (&cells[column], word) {
                ("", _) => f64::NAN,
                (text, Some(word)) => f64::from(text == word),
                (text, None) => {
                    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                    number.ok_or_else(|| AccountsError::Number {
                        row: row + 1,
                        column: feature.clone(),
                        found: text.to_owned(),
                    })?
                }
            };
        }
    }
    Ok(x)
}

fn is_bad(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" | "bad" => Some(true),
        "0" | "0.0" | "false" | "no" | "good" => Some(false),
        _ => None,
    }
}

/// Returns the column as numbers, or one column for each of its common words.
fn read_column(name: &str, texts: &[&str]) -> Vec<(Column, Vec<f64>)> {
    let number = |text: &str| match text {
        "" => Some(f64::NAN),
        text => text.parse().ok(),
    };
    if let Some(values) = texts.iter().map(|text| number(text)).collect::<Option<Vec<f64>>>() {
        return vec![(Column::named(name), values)];
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        *counts.entry(text).or_default() += 1;
    }
    let mut words: Vec<(&str, usize)> = counts.into_iter().filter(|(_, n)| *n >= MIN_ROWS).collect();
    words.sort_by_key(|(word, n)| (std::cmp::Reverse(*n), *word));
    words.truncate(MAX_WORDS);
    words
        .into_iter()
        .map(|(word, _)| {
            let is_word = texts.iter().map(|text| match *text {
                "" => f64::NAN,
                text => f64::from(text == word),
            });
            (Column::named(&format!("{name}={word}")), is_word.collect())
        })
        .collect()
}
