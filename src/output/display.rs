//! Values as people read them: thousands separated, one number of decimals in a column, yes and no.

use crate::money::{SCALE, Total};
use crate::table::{Data, DataKind};

/// Returns the cells of the first rows of a column; a missing value is an empty cell.
///
/// All cells of a number column have the same decimals, so that they align on the point. Money shows every digit it has.
pub(super) fn cells(data: &Data, n_rows: usize) -> Vec<String> {
    match data {
        Data::Money(values) => {
            let values = &values[..n_rows];
            let decimals = values.iter().flatten().map(|total| money_decimals(*total)).max();
            each(values, |total| money(*total, decimals.unwrap_or(2)))
        }
        Data::Int(values) => each(&values[..n_rows], |count| grouped(&count.to_string())),
        Data::Real(values) => {
            let values = &values[..n_rows];
            let decimals = real_decimals(values.iter().flatten().copied());
            each(values, |value| real(*value, decimals))
        }
        Data::Flag(values) => each(&values[..n_rows], |flag| if *flag { "yes" } else { "no" }.to_owned()),
        Data::Text(_) | Data::Day(_) => (0..n_rows).map(|row| data.text(row)).collect(),
    }
}

/// Tells whether a column holds numbers, which stand at the right of their cell.
pub(super) fn is_number(data: &Data) -> bool {
    matches!(data.kind(), DataKind::Money | DataKind::Int | DataKind::Real)
}

/// Writes a count with its thousands separated: `1,234`.
pub(super) fn count(value: usize) -> String {
    grouped(&value.to_string())
}

/// Writes a real with the given decimals, rounded half away from zero; an empty text where it is not a number.
pub(super) fn real(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let shift = 10_f64.powi(decimals as i32);
    let scaled = value * shift;
    // Beyond 2^52 a double has no fraction left to round.
    let rounded = if scaled.abs() < 4.5e15 {
        scaled.round() / shift
    } else {
        value
    };
    // Adding zero turns -0 into 0.
    grouped(&format!("{:.decimals$}", rounded + 0.0))
}

fn each<T>(values: &[Option<T>], show: impl Fn(&T) -> String) -> Vec<String> {
    values
        .iter()
        .map(|value| value.as_ref().map(&show).unwrap_or_default())
        .collect()
}

fn money_decimals(total: Total) -> usize {
    match total.units().unsigned_abs() % SCALE as u128 {
        fraction if fraction % 100 == 0 => 2,
        fraction if fraction % 10 == 0 => 3,
        _ => 4,
    }
}

fn money(total: Total, decimals: usize) -> String {
    let magnitude = total.units().unsigned_abs();
    let sign = if total.units() < 0 { "-" } else { "" };
    let fraction = format!("{:04}", magnitude % SCALE as u128);
    grouped(&format!(
        "{sign}{}.{}",
        magnitude / SCALE as u128,
        &fraction[..decimals]
    ))
}

/// Four decimals for rates, fewer for large values, more where all values are tiny.
fn real_decimals(values: impl Iterator<Item = f64>) -> usize {
    let largest = values
        .filter(|value| value.is_finite())
        .map(f64::abs)
        .fold(0.0, f64::max);
    match largest {
        largest if largest >= 100.0 => 2,
        largest if largest >= 0.01 || largest == 0.0 => 4,
        _ => 8,
    }
}

/// Puts a comma between each three digits left of the point.
fn grouped(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut text = String::with_capacity(number.len() + whole.len() / 3 + 1);
    text.push_str(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(fraction);
    text
}
