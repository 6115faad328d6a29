//! Tables as Arrow record batches, for Parquet files.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Schema, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::{Column, Data, DataKind, Table, TableError};
use crate::calendar::Day;
use crate::money::Total;

/// Decimals of every money column: ten-thousandths.
pub(super) const MONEY_SCALE: i8 = 4;

/// Turns a table into one record batch; money becomes `DECIMAL(precision, 4)`.
///
/// Precision 18 is stored as 64-bit integers and holds every document amount; sums need 38.
pub fn to_batch(table: &Table, money_precision: u8) -> RecordBatch {
    let fields: Vec<Field> = table
        .columns
        .iter()
        .map(|column| Field::new(&column.name, data_type(column.data.kind(), money_precision), true))
        .collect();
    let arrays: Vec<ArrayRef> = table
        .columns
        .iter()
        .map(|column| array(&column.data, money_precision))
        .collect();
    let metadata: std::collections::HashMap<String, String> = table.notes.iter().cloned().collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    RecordBatch::try_new_with_options(
        schema,
        arrays,
        &RecordBatchOptions::new().with_row_count(Some(table.n_rows)),
    )
    .expect("the columns of a table have equal length and the types of their fields")
}

/// Returns the type of a column in a file.
pub(super) fn data_type(kind: DataKind, money_precision: u8) -> DataType {
    match kind {
        DataKind::Text => DataType::Utf8,
        DataKind::Day => DataType::Date32,
        DataKind::Money => DataType::Decimal128(money_precision, MONEY_SCALE),
        DataKind::Int => DataType::Int64,
        DataKind::Real => DataType::Float64,
        DataKind::Flag => DataType::Boolean,
    }
}

fn array(data: &Data, money_precision: u8) -> ArrayRef {
    match data {
        Data::Text(values) => Arc::new(values.iter().map(Option::as_deref).collect::<StringArray>()),
        Data::Day(values) => Arc::new(values.iter().map(|day| day.map(Day::epoch)).collect::<Date32Array>()),
        Data::Money(values) => Arc::new(
            values
                .iter()
                .map(|total| total.map(Total::units))
                .collect::<Decimal128Array>()
                .with_precision_and_scale(money_precision, MONEY_SCALE)
                .expect("a precision from 18 to 38 with four decimals is valid"),
        ),
        Data::Int(values) => Arc::new(values.iter().copied().collect::<Int64Array>()),
        Data::Real(values) => Arc::new(values.iter().copied().collect::<Float64Array>()),
        Data::Flag(values) => Arc::new(values.iter().copied().collect::<BooleanArray>()),
    }
}

/// Puts record batches of one schema together as a table.
///
/// Decimals become money, whatever their precision; integers of any width become counts; dates and midnight timestamps become days.
///
/// # Errors
/// A column of another type, or a decimal with more than four decimals that matter.
pub fn from_batches(name: &str, schema: &Schema, batches: &[RecordBatch]) -> Result<Table, TableError> {
    let mut table = Table::new(name);
    for (position, field) in schema.fields().iter().enumerate() {
        let mut data = Data::empty(kind_of(field)?);
        for batch in batches {
            append(&mut data, field, batch.column(position))?;
        }
        table.columns.push(Column {
            name: field.name().clone(),
            data,
        });
    }
    table.n_rows = batches.iter().map(RecordBatch::num_rows).sum();
    table.notes = schema
        .metadata()
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    table.notes.sort();
    Ok(table)
}

/// Returns what a column of a file holds.
pub(super) fn kind_of(field: &Field) -> Result<DataKind, TableError> {
    Ok(match value_type(field.data_type()) {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => DataKind::Text,
        DataType::Date32 => DataKind::Day,
        DataType::Decimal128(..) => DataKind::Money,
        DataType::Boolean => DataKind::Flag,
        DataType::Float32 | DataType::Float64 => DataKind::Real,
        integer if integer.is_integer() => DataKind::Int,
        other => {
            return Err(TableError::TypeUnknown {
                column: field.name().clone(),
                found: other.to_string(),
            });
        }
    })
}

fn value_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        plain => plain,
    }
}

fn append(data: &mut Data, field: &Field, column: &ArrayRef) -> Result<(), TableError> {
    if let Some(dictionary) = column.as_any_dictionary_opt() {
        let keys = dictionary.normalized_keys();
        let mut words = data_like(data);
        append(&mut words, field, dictionary.values())?;
        for (row, &key) in keys.iter().enumerate() {
            if column.is_null(row) {
                data.push_none();
            } else {
                push_from(data, &words, key);
            }
        }
        return Ok(());
    }
    macro_rules! ints {
        ($values:expr, $type:ty) => {
            $values.extend(
                column
                    .as_primitive::<$type>()
                    .iter()
                    .map(|value| value.map(|value| value as i64)),
            )
        };
    }
    match data {
        Data::Text(values) => match column.data_type() {
            DataType::LargeUtf8 => {
                values.extend(column.as_string::<i64>().iter().map(|value| value.map(str::to_owned)))
            }
            DataType::Utf8View => values.extend(column.as_string_view().iter().map(|value| value.map(str::to_owned))),
            DataType::Null => values.extend(std::iter::repeat_n(None, column.len())),
            _ => values.extend(column.as_string::<i32>().iter().map(|value| value.map(str::to_owned))),
        },
        Data::Day(values) => values.extend(
            column
                .as_primitive::<Date32Type>()
                .iter()
                .map(|day| day.map(Day::from_epoch)),
        ),
        Data::Money(values) => {
            let scale = match column.data_type() {
                DataType::Decimal128(_, scale) => i32::from(*scale),
                _ => i32::from(MONEY_SCALE),
            };
            for (row, units) in column.as_primitive::<Decimal128Type>().iter().enumerate() {
                let total = units
                    .map(|units| rescale(units, scale))
                    .map(|scaled| {
                        scaled.ok_or_else(|| TableError::ValueUnfit {
                            column: field.name().clone(),
                            row,
                            message: "expected a decimal with at most 4 decimals that matter".to_owned(),
                        })
                    })
                    .transpose()?;
                values.push(total.map(Total::from_units));
            }
        }
        Data::Int(values) => match column.data_type() {
            DataType::Int8 => ints!(values, Int8Type),
            DataType::Int16 => ints!(values, Int16Type),
            DataType::Int32 => ints!(values, Int32Type),
            DataType::UInt8 => ints!(values, UInt8Type),
            DataType::UInt16 => ints!(values, UInt16Type),
            DataType::UInt32 => ints!(values, UInt32Type),
            DataType::UInt64 => ints!(values, UInt64Type),
            _ => ints!(values, Int64Type),
        },
        Data::Real(values) => match column.data_type() {
            DataType::Float32 => values.extend(
                column
                    .as_primitive::<Float32Type>()
                    .iter()
                    .map(|value| value.map(f64::from)),
            ),
            _ => values.extend(column.as_primitive::<Float64Type>().iter()),
        },
        Data::Flag(values) => values.extend(column.as_boolean().iter()),
    }
    Ok(())
}

fn data_like(data: &Data) -> Data {
    Data::empty(data.kind())
}

fn push_from(data: &mut Data, words: &Data, key: usize) {
    match (data, words) {
        (Data::Text(values), Data::Text(words)) => values.push(words[key].clone()),
        (Data::Day(values), Data::Day(words)) => values.push(words[key]),
        (Data::Money(values), Data::Money(words)) => values.push(words[key]),
        (Data::Int(values), Data::Int(words)) => values.push(words[key]),
        (Data::Real(values), Data::Real(words)) => values.push(words[key]),
        (Data::Flag(values), Data::Flag(words)) => values.push(words[key]),
        _ => unreachable!("the words of a dictionary have the kind of its column"),
    }
}

fn rescale(units: i128, scale: i32) -> Option<i128> {
    let shift = i32::from(MONEY_SCALE) - scale;
    let factor = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        units.checked_mul(factor)
    } else {
        (units % factor == 0).then(|| units / factor)
    }
}
