//! Tables packed for size: what an import carries to the ledger, where a [`Table`](super::Table) would take several times the memory.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch, StringBuilder};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, Schema,
};

use super::arrow as edge;
use super::{Data, DataKind, Table, TableError, Values, Words};
use crate::calendar::Day;
use crate::money::{Amount, Total};

/// Packed columns of equal length under a name.
#[derive(Clone, Debug, Default)]
pub struct PackedTable {
    name: String,
    columns: Vec<PackedColumn>,
    n_rows: usize,
}

/// One packed column.
#[derive(Clone, Debug)]
pub struct PackedColumn {
    /// Caption in snake case.
    pub name: String,
    /// Its values.
    pub data: Packed,
}

/// The values of a packed column.
#[derive(Clone, Debug)]
pub enum Packed {
    /// Words and ids.
    Text(Words),
    /// Calendar days, counted from 1970-01-01.
    Day(Values<i32>),
    /// Amounts of documents.
    Money(Values<Amount>),
    /// Counts.
    Int(Values<i64>),
    /// Ratios.
    Real(Values<f64>),
    /// Yes or no.
    Flag(Values<bool>),
}

/// Does the same with the values of a column of any kind.
macro_rules! each {
    ($packed:expr, $values:ident => $does:expr) => {
        match $packed {
            Packed::Text($values) => $does,
            Packed::Day($values) => $does,
            Packed::Money($values) => $does,
            Packed::Int($values) => $does,
            Packed::Real($values) => $does,
            Packed::Flag($values) => $does,
        }
    };
}

impl Packed {
    /// Builds an empty column of a kind.
    pub fn empty(kind: DataKind) -> Packed {
        match kind {
            DataKind::Text => Packed::Text(Words::default()),
            DataKind::Day => Packed::Day(Values::default()),
            DataKind::Money => Packed::Money(Values::default()),
            DataKind::Int => Packed::Int(Values::default()),
            DataKind::Real => Packed::Real(Values::default()),
            DataKind::Flag => Packed::Flag(Values::default()),
        }
    }

    /// Builds an empty column of a kind with room for so many rows.
    pub fn with_room(kind: DataKind, n_rows: usize) -> Packed {
        match kind {
            DataKind::Text => Packed::Text(Words::with_room(n_rows)),
            DataKind::Day => Packed::Day(Values::with_room(n_rows)),
            DataKind::Money => Packed::Money(Values::with_room(n_rows)),
            DataKind::Int => Packed::Int(Values::with_room(n_rows)),
            DataKind::Real => Packed::Real(Values::with_room(n_rows)),
            DataKind::Flag => Packed::Flag(Values::with_room(n_rows)),
        }
    }

    /// Returns what the column holds.
    pub fn kind(&self) -> DataKind {
        match self {
            Packed::Text(_) => DataKind::Text,
            Packed::Day(_) => DataKind::Day,
            Packed::Money(_) => DataKind::Money,
            Packed::Int(_) => DataKind::Int,
            Packed::Real(_) => DataKind::Real,
            Packed::Flag(_) => DataKind::Flag,
        }
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        each!(self, values => values.len())
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns about how many bytes the values take.
    pub fn n_bytes(&self) -> usize {
        each!(self, values => values.n_bytes())
    }

    /// Adds a missing cell.
    pub fn push_none(&mut self) {
        each!(self, values => values.push(None));
    }

    /// Adds missing cells until there are so many rows.
    pub fn fill(&mut self, n_rows: usize) {
        each!(self, values => values.fill(n_rows));
    }

    /// Tells whether a cell is missing.
    pub fn is_none(&self, row: usize) -> bool {
        each!(self, values => values.at(row).is_none())
    }

    /// Returns how many cells are there.
    pub fn n_present(&self) -> usize {
        each!(self, values => values.n_present())
    }

    /// Returns a cell as the text every format shares: ISO days, exact money, an empty text where missing.
    pub fn text(&self, row: usize) -> String {
        match self {
            Packed::Text(words) => words.at(row).unwrap_or_default().to_owned(),
            Packed::Day(days) => days
                .at(row)
                .map(Day::from_epoch)
                .map_or(String::new(), |day| day.to_string()),
            Packed::Money(amounts) => amounts.at(row).map_or(String::new(), |amount| amount.to_string()),
            Packed::Int(numbers) => numbers.at(row).map_or(String::new(), |number| number.to_string()),
            Packed::Real(numbers) => numbers.at(row).map_or(String::new(), |number| number.to_string()),
            Packed::Flag(flags) => flags.at(row).map_or(String::new(), |flag| flag.to_string()),
        }
    }

    /// Compares two rows; missing sorts first.
    pub fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Packed::Text(words) => words.compare(a, b),
            Packed::Day(days) => days.at(a).cmp(&days.at(b)),
            Packed::Money(amounts) => amounts.at(a).cmp(&amounts.at(b)),
            Packed::Int(numbers) => numbers.at(a).cmp(&numbers.at(b)),
            Packed::Flag(flags) => flags.at(a).cmp(&flags.at(b)),
            Packed::Real(numbers) => match (numbers.at(a), numbers.at(b)) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            },
        }
    }

    /// Adds the rows of another column of the same kind.
    ///
    /// # Panics
    /// Where the kinds differ.
    pub fn append(&mut self, other: &Packed) {
        match (self, other) {
            (Packed::Text(words), Packed::Text(more)) => words.append(more),
            (Packed::Day(days), Packed::Day(more)) => days.append(more),
            (Packed::Money(amounts), Packed::Money(more)) => amounts.append(more),
            (Packed::Int(numbers), Packed::Int(more)) => numbers.append(more),
            (Packed::Real(numbers), Packed::Real(more)) => numbers.append(more),
            (Packed::Flag(flags), Packed::Flag(more)) => flags.append(more),
            (values, more) => panic!("a column of {:?} takes no {:?}", values.kind(), more.kind()),
        }
    }

    /// Returns the rows at the given positions, in that order.
    pub fn take(self, rows: &[u32]) -> Packed {
        match self {
            Packed::Text(words) => Packed::Text(words.take(rows)),
            Packed::Day(days) => Packed::Day(days.take(rows)),
            Packed::Money(amounts) => Packed::Money(amounts.take(rows)),
            Packed::Int(numbers) => Packed::Int(numbers.take(rows)),
            Packed::Real(numbers) => Packed::Real(numbers.take(rows)),
            Packed::Flag(flags) => Packed::Flag(flags.take(rows)),
        }
    }

    /// Returns a copy of the rows at the given positions, in that order, that takes no more memory than it needs.
    pub fn gathered(&self, rows: &[u32]) -> Packed {
        match self {
            Packed::Text(words) => Packed::Text(words.gathered(rows)),
            Packed::Day(days) => Packed::Day(days.take(rows)),
            Packed::Money(amounts) => Packed::Money(amounts.take(rows)),
            Packed::Int(numbers) => Packed::Int(numbers.take(rows)),
            Packed::Real(numbers) => Packed::Real(numbers.take(rows)),
            Packed::Flag(flags) => Packed::Flag(flags.take(rows)),
        }
    }

    /// Packs a column; `None` where its money is more than the amount of a document can be.
    pub fn of(data: &Data) -> Option<Packed> {
        Some(match data {
            Data::Text(values) => {
                let mut words = Words::default();
                values.iter().for_each(|word| words.push(word.as_deref()));
                Packed::Text(words)
            }
            Data::Day(days) => Packed::Day(days.iter().map(|day| day.map(Day::epoch)).collect()),
            Data::Money(totals) => {
                let mut amounts = Values::default();
                for total in totals {
                    let amount = match total {
                        Some(total) => Some(total.to_amount()?),
                        None => None,
                    };
                    amounts.push(amount);
                }
                Packed::Money(amounts)
            }
            Data::Int(numbers) => Packed::Int(numbers.iter().copied().collect()),
            Data::Real(numbers) => Packed::Real(numbers.iter().copied().collect()),
            Data::Flag(flags) => Packed::Flag(flags.iter().copied().collect()),
        })
    }

    fn unpacked(&self) -> Data {
        match self {
            Packed::Text(words) => Data::Text(words.iter().map(|word| word.map(str::to_owned)).collect()),
            Packed::Day(days) => Data::Day(days.iter().map(|day| day.map(Day::from_epoch)).collect()),
            Packed::Money(amounts) => Data::Money(amounts.iter().map(|amount| amount.map(Total::from)).collect()),
            Packed::Int(numbers) => Data::Int(numbers.iter().collect()),
            Packed::Real(numbers) => Data::Real(numbers.iter().collect()),
            Packed::Flag(flags) => Data::Flag(flags.iter().collect()),
        }
    }

    /// Returns some rows as a file has them; money becomes `DECIMAL(money_precision, 4)`.
    pub(super) fn array(&self, rows: Range<usize>, money_precision: u8) -> ArrayRef {
        match self {
            Packed::Text(words) => {
                let mut array = StringBuilder::with_capacity(rows.len(), words.n_letters(&rows));
                rows.for_each(|row| array.append_option(words.at(row)));
                Arc::new(array.finish())
            }
            Packed::Day(days) => Arc::new(primitive::<Date32Type, _>(days, rows, |day| day)),
            Packed::Money(amounts) => {
                let units = primitive::<Decimal128Type, _>(amounts, rows, |amount| i128::from(amount.units()));
                let units = units.with_precision_and_scale(money_precision, edge::MONEY_SCALE);
                Arc::new(units.expect("a precision from 18 to 38 with four decimals is valid"))
            }
            Packed::Int(numbers) => Arc::new(primitive::<Int64Type, _>(numbers, rows, |number| number)),
            Packed::Real(numbers) => Arc::new(primitive::<Float64Type, _>(numbers, rows, |number| number)),
            Packed::Flag(flags) => Arc::new(rows.map(|row| flags.at(row)).collect::<BooleanArray>()),
        }
    }

    /// Adds the values of an array, or returns `None` where it is of another type.
    fn append_array(&mut self, array: &ArrayRef) -> Option<()> {
        match self {
            Packed::Text(words) => array.as_string_opt::<i32>()?.iter().for_each(|word| words.push(word)),
            Packed::Day(days) => array
                .as_primitive_opt::<Date32Type>()?
                .iter()
                .for_each(|day| days.push(day)),
            Packed::Money(amounts) => {
                let units = array.as_primitive_opt::<Decimal128Type>()?;
                if !matches!(units.data_type(), DataType::Decimal128(_, edge::MONEY_SCALE)) {
                    return None;
                }
                for units in units.iter() {
                    let amount = match units {
                        Some(units) => Some(Total::from_units(units).to_amount()?),
                        None => None,
                    };
                    amounts.push(amount);
                }
            }
            Packed::Int(numbers) => array
                .as_primitive_opt::<Int64Type>()?
                .iter()
                .for_each(|number| numbers.push(number)),
            Packed::Real(numbers) => array
                .as_primitive_opt::<Float64Type>()?
                .iter()
                .for_each(|number| numbers.push(number)),
            Packed::Flag(flags) => array.as_boolean_opt()?.iter().for_each(|flag| flags.push(flag)),
        }
        Some(())
    }
}

/// Returns some values as an array; marks of what is missing are made where something is.
fn primitive<A: ArrowPrimitiveType, T: Copy + Default>(
    values: &Values<T>,
    rows: Range<usize>,
    to_native: impl Fn(T) -> A::Native,
) -> PrimitiveArray<A> {
    match values.without_gaps(&rows) {
        Some(values) => PrimitiveArray::from_iter_values(values.iter().map(|value| to_native(*value))),
        None => rows.map(|row| values.at(row).map(&to_native)).collect(),
    }
}

impl PackedTable {
    /// Starts a table without columns.
    pub fn new(name: &str) -> PackedTable {
        PackedTable {
            name: name.to_owned(),
            ..PackedTable::default()
        }
    }

    /// Adds a column.
    ///
    /// # Panics
    /// Where the length differs from the columns already there.
    pub fn with(mut self, name: &str, data: Packed) -> PackedTable {
        assert!(
            self.columns.is_empty() || data.len() == self.n_rows,
            "column `{name}` of table `{}` has {} rows, the columns before it have {}",
            self.name,
            data.len(),
            self.n_rows
        );
        self.n_rows = data.len();
        self.columns.push(PackedColumn {
            name: name.to_owned(),
            data,
        });
        self
    }

    /// Returns the table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Returns about how many bytes the rows take.
    pub fn n_bytes(&self) -> usize {
        self.columns.iter().map(|column| column.data.n_bytes()).sum()
    }

    /// Returns the columns in order.
    pub fn columns(&self) -> &[PackedColumn] {
        &self.columns
    }

    /// Takes the table apart into its columns.
    pub fn into_columns(self) -> Vec<PackedColumn> {
        self.columns
    }

    /// Returns the values of a column that may be absent.
    pub fn column(&self, name: &str) -> Option<&Packed> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.map(|column| &column.data)
    }

    /// Returns a column of words; `None` where it is absent or holds something else.
    pub fn texts(&self, name: &str) -> Option<&Words> {
        match self.column(name) {
            Some(Packed::Text(words)) => Some(words),
            _ => None,
        }
    }

    /// Returns a column of days, counted from 1970-01-01; `None` where it is absent or holds something else.
    pub fn days(&self, name: &str) -> Option<&Values<i32>> {
        match self.column(name) {
            Some(Packed::Day(days)) => Some(days),
            _ => None,
        }
    }

    /// Returns a column of amounts; `None` where it is absent or holds something else.
    pub fn amounts(&self, name: &str) -> Option<&Values<Amount>> {
        match self.column(name) {
            Some(Packed::Money(amounts)) => Some(amounts),
            _ => None,
        }
    }

    /// Returns a column of counts; `None` where it is absent or holds something else.
    pub fn ints(&self, name: &str) -> Option<&Values<i64>> {
        match self.column(name) {
            Some(Packed::Int(numbers)) => Some(numbers),
            _ => None,
        }
    }

    /// Returns a column of yes and no; `None` where it is absent or holds something else.
    pub fn flags(&self, name: &str) -> Option<&Values<bool>> {
        match self.column(name) {
            Some(Packed::Flag(flags)) => Some(flags),
            _ => None,
        }
    }

    /// Returns the rows at the given positions, in that order.
    pub fn take(self, rows: &[u32]) -> PackedTable {
        let columns = self.columns.into_iter().map(|column| PackedColumn {
            name: column.name,
            data: column.data.take(rows),
        });
        PackedTable {
            name: self.name,
            columns: columns.collect(),
            n_rows: rows.len(),
        }
    }

    /// Returns a copy of the rows at the given positions, in that order, that takes no more memory than it needs.
    pub fn gathered(&self, rows: &[u32]) -> PackedTable {
        let columns = self.columns.iter().map(|column| PackedColumn {
            name: column.name.clone(),
            data: column.data.gathered(rows),
        });
        PackedTable {
            name: self.name.clone(),
            columns: columns.collect(),
            n_rows: rows.len(),
        }
    }

    /// Returns the table with the columns of another, in that order: those it lacks are without values, others are left out.
    pub fn conformed(self, like: &PackedTable) -> PackedTable {
        let n_rows = self.n_rows;
        let mut own = self.columns;
        let columns = like.columns.iter().map(|column| {
            let found = own.iter().position(|candidate| candidate.name == column.name);
            let mut data = found.map_or_else(|| Packed::empty(column.data.kind()), |at| own.swap_remove(at).data);
            data.fill(n_rows);
            PackedColumn {
                name: column.name.clone(),
                data,
            }
        });
        PackedTable {
            name: self.name,
            columns: columns.collect(),
            n_rows,
        }
    }

    /// Returns a table of the same columns without rows.
    pub fn without_rows(&self) -> PackedTable {
        let columns = self.columns.iter().map(|column| PackedColumn {
            name: column.name.clone(),
            data: Packed::empty(column.data.kind()),
        });
        PackedTable {
            name: self.name.clone(),
            columns: columns.collect(),
            n_rows: 0,
        }
    }

    /// Packs a table.
    ///
    /// # Errors
    /// The name of a column whose money is more than the amount of a document can be.
    pub fn of(table: &Table) -> Result<PackedTable, String> {
        table
            .columns()
            .iter()
            .try_fold(PackedTable::new(table.name()), |packed, column| {
                let data = Packed::of(&column.data).ok_or_else(|| column.name.clone())?;
                Ok(packed.with(&column.name, data))
            })
    }

    /// Returns the table unpacked.
    pub fn unpacked(&self) -> Table {
        self.columns.iter().fold(Table::new(&self.name), |table, column| {
            table.with(&column.name, column.data.unpacked())
        })
    }

    /// Returns the names and types of the columns as a file has them.
    pub(super) fn schema(&self, money_precision: u8) -> Arc<Schema> {
        let fields = self
            .columns
            .iter()
            .map(|column| Field::new(&column.name, edge::data_type(column.data.kind(), money_precision), true));
        Arc::new(Schema::new(fields.collect::<Vec<Field>>()))
    }

    /// Adds the rows of a record batch to a table with the same columns; a table without columns takes those of the batch.
    ///
    /// # Errors
    /// A column of a type that [`Packed::array`] does not make.
    pub(super) fn append_batch(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        for (at, field) in batch.schema().fields().iter().enumerate() {
            if self.columns.len() == at {
                self.columns.push(PackedColumn {
                    name: field.name().clone(),
                    data: Packed::empty(edge::kind_of(field)?),
                });
            }
            let column = &mut self.columns[at];
            if column.data.append_array(batch.column(at)).is_none() {
                return Err(TableError::TypeUnknown {
                    column: field.name().clone(),
                    found: field.data_type().to_string(),
                });
            }
        }
        self.n_rows += batch.num_rows();
        Ok(())
    }
}
