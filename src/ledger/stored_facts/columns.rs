//! Facts as columns of whole numbers: which columns each file has, and how a value becomes a number and back.

use crate::calendar::Day;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{
    Account, Contact, CustomerVersion, Dispute, Document, DocumentKind, DueDay, Hold, Nature, Order, Posting, Promise,
    Reads,
};
use crate::money::{Amount, Currency};

/// A column of a file of facts.
#[derive(Clone, Copy, Debug)]
pub(in crate::ledger) struct Column {
    pub name: &'static str,
    pub width: Width,
    pub is_nullable: bool,
    /// The sets that read it; [`Reads::BALANCES`] for all of them.
    pub read_by: Reads,
}

/// How the numbers of a column are laid down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Width {
    /// Few distinct numbers, or small ones.
    Small,
    /// Days.
    Day,
    /// Positions, which mostly increase.
    Position,
    /// Amounts, which repeat little.
    Amount,
}

/// The numbers of some rows of a column; of a nullable one, only those that are there, with one level a row.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Cells {
    pub numbers: Numbers,
    pub levels: Option<Vec<i16>>,
}

/// Numbers as they stand in the file.
#[derive(Clone, Debug)]
pub(in crate::ledger) enum Numbers {
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
}

/// The columns of one file of facts.
pub(in crate::ledger) trait Layout {
    /// What a row is.
    type Fact: Copy + Send + Sync;
    /// The columns in their order.
    const COLUMNS: &'static [Column];
    /// Returns a column of some facts.
    fn cells(facts: &[Self::Fact], column: usize) -> Cells;
    /// Returns what appends the facts of the next rows; blank in columns that were not read.
    fn appender<'c>(columns: &'c [Option<Cells>]) -> impl FnMut(&mut Vec<Self::Fact>, usize) + use<'c, Self>;

    /// Returns facts from their columns; blank in those that were not read.
    fn facts(n_rows: usize, columns: &[Option<Cells>]) -> Vec<Self::Fact> {
        let mut append = Self::appender(columns);
        let mut facts = Vec::with_capacity(n_rows);
        while facts.len() < n_rows {
            let n_left = n_rows - facts.len();
            append(&mut facts, n_left.min(ROWS_AT_ONCE));
        }
        facts
    }
}

/// Rows that are filled column by column: so few that they stay in the processor's nearest cache from one column to the next.
pub(in crate::ledger) const ROWS_AT_ONCE: usize = 256;

macro_rules! layouts {
    ($($layout:ident of $fact:ident { $($field:ident: $reads:ident),* $(; $($derived:ident: $value:expr),*)? })*) => {
        $(
            pub(in crate::ledger) struct $layout;

            impl Layout for $layout {
                type Fact = $fact;
                const COLUMNS: &'static [Column] = &[$(column(stringify!($field), &|fact: &$fact| fact.$field, Reads::$reads)),*];

                fn cells(facts: &[$fact], column: usize) -> Cells {
                    let mut at = 0..;
                    $(if at.next() == Some(column) {
                        return collect(facts.iter().map(|fact| fact.$field));
                    })*
                    unreachable_column(column)
                }

                fn appender<'c>(columns: &'c [Option<Cells>]) -> impl FnMut(&mut Vec<$fact>, usize) + use<'c> {
                    let blank = $fact { $($field: Number::of(None),)* $($($derived: $value),*)? };
                    let mut columns = columns.iter();
                    $(let mut $field = columns.next().and_then(Option::as_ref).map(Values::of);)*
                    move |facts, n_rows| {
                        let first = facts.len();
                        facts.resize(first + n_rows, blank);
                        let rows = &mut facts[first..];
                        $(if let Some(values) = &mut $field {
                            values.put(rows, |fact, value| fact.$field = value);
                        })*
                    }
                }
            }
        )*
    };
}

layouts! {
    Documents of Document {
        customer: NEVER, kind: BALANCES, currency: BALANCES, entity: ENTITIES, row: ROWS, issued_on: BALANCES, due_on: BALANCES,
        known_on: KNOWN_ON, amount: BALANCES, n_before: INSTALMENTS; postings: (0, 0)
    }
    PostingsOfDocuments of Posting {
        document: NEVER, on: BALANCES, known_on: KNOWN_ON, delta: BALANCES, nature: BALANCES, money: BALANCES, row: ROWS;
        currency: Currency::UNKNOWN, entity: 0
    }
    Unapplied of Posting {
        document: BALANCES, on: BALANCES, known_on: BALANCES, delta: BALANCES, currency: BALANCES, entity: BALANCES, nature: BALANCES,
        money: BALANCES, row: BALANCES
    }
    Recoveries of Posting {
        document: BALANCES, on: BALANCES, known_on: BALANCES, delta: BALANCES, currency: BALANCES, entity: BALANCES, nature: BALANCES,
        money: BALANCES, row: BALANCES
    }
    Accounts of Account { currency: BALANCES, entity: BALANCES }
    Versions of CustomerVersion { valid_from: BALANCES, known_on: BALANCES, row: BALANCES }
    DueDays of DueDay { document: BALANCES, known_on: BALANCES, due_on: BALANCES }
    Disputes of Dispute {
        document: BALANCES, opened_on: BALANCES, closed_on: BALANCES, known_on: BALANCES, amount: BALANCES, row: BALANCES
    }
    Promises of Promise {
        document: BALANCES, made_on: BALANCES, promised_on: BALANCES, known_on: BALANCES, amount: BALANCES, row: BALANCES
    }
    Contacts of Contact {
        document: BALANCES, contacted_on: BALANCES, known_on: BALANCES, outbound: BALANCES, reached: BALANCES, row: BALANCES
    }
    Orders of Order {
        ordered_on: BALANCES, billed_on: BALANCES, cancelled_on: BALANCES, known_on: BALANCES, amount: BALANCES, currency: BALANCES,
        row: BALANCES
    }
    Holds of Hold {
        placed_on: BALANCES, released_on: BALANCES, known_on: BALANCES, manual: BALANCES, review_on: BALANCES, row: BALANCES
    }
}

/// A value as a whole number; `None` where there is none.
pub(in crate::ledger) trait Number: Copy {
    const WIDTH: Width;
    const IS_NULLABLE: bool = false;
    fn to_number(self) -> Option<i64>;
    /// Returns the value of a number; without one, what stands where a column was not read.
    fn of(number: Option<i64>) -> Self;
}

const fn column<F, N: Number>(name: &'static str, _field: &impl Fn(&F) -> N, read_by: Reads) -> Column {
    Column {
        name,
        width: N::WIDTH,
        is_nullable: N::IS_NULLABLE,
        read_by,
    }
}

fn unreachable_column(column: usize) -> ! {
    unreachable!("column {column} was taken from the list of columns")
}

impl Width {
    /// Tells whether 64 bits are needed.
    pub const fn is_wide(self) -> bool {
        matches!(self, Width::Position | Width::Amount)
    }
}

/// Turns values into a column.
pub(in crate::ledger) fn collect<N: Number>(values: impl ExactSizeIterator<Item = N>) -> Cells {
    let mut levels = N::IS_NULLABLE.then(|| Vec::with_capacity(values.len()));
    let numbers = values.filter_map(|value| {
        let number = value.to_number();
        if let Some(levels) = &mut levels {
            levels.push(i16::from(number.is_some()));
        }
        number
    });
    let numbers = if N::WIDTH.is_wide() {
        Numbers::Wide(numbers.collect())
    } else {
        Numbers::Narrow(numbers.map(|number| number as i32).collect())
    };
    Cells { numbers, levels }
}

/// The values of a column that were not taken yet.
struct Values<'c> {
    numbers: &'c Numbers,
    levels: Option<&'c [i16]>,
    n_rows_taken: usize,
    n_numbers_taken: usize,
}

impl<'c> Values<'c> {
    fn of(cells: &'c Cells) -> Values<'c> {
        Values {
            numbers: &cells.numbers,
            levels: cells.levels.as_deref(),
            n_rows_taken: 0,
            n_numbers_taken: 0,
        }
    }

    /// Puts the values of the next rows where they belong; rows without one stay blank.
    fn put<F, N: Number>(&mut self, rows: &mut [F], put: impl Fn(&mut F, N)) {
        let levels = self.levels.map(|levels| &levels[self.n_rows_taken..]);
        let before = self.n_numbers_taken;
        self.n_rows_taken += rows.len();
        self.n_numbers_taken += match self.numbers {
            Numbers::Narrow(numbers) => fill(rows, levels, numbers[before..].iter().map(|&number| number.into()), put),
            Numbers::Wide(numbers) => fill(rows, levels, numbers[before..].iter().copied(), put),
        };
    }
}

/// Puts numbers into rows, of a nullable column into those whose level says so; returns how many numbers it took.
#[inline]
fn fill<F, N: Number>(
    rows: &mut [F],
    levels: Option<&[i16]>,
    mut numbers: impl ExactSizeIterator<Item = i64>,
    put: impl Fn(&mut F, N),
) -> usize {
    let n_numbers = numbers.len();
    match levels {
        None => {
            for (row, number) in rows.iter_mut().zip(numbers.by_ref()) {
                put(row, N::of(Some(number)));
            }
        }
        Some(levels) => {
            for (row, _) in rows.iter_mut().zip(levels).filter(|(_, level)| **level > 0) {
                put(row, N::of(numbers.next()));
            }
        }
    }
    n_numbers - numbers.len()
}

macro_rules! numbers {
    ($($type:ty: $width:ident, $blank:expr, $to:expr, $of:expr;)*) => {
        $(impl Number for $type {
            const WIDTH: Width = Width::$width;

            fn to_number(self) -> Option<i64> {
                let to: fn($type) -> i64 = $to;
                Some(to(self))
            }

            fn of(number: Option<i64>) -> $type {
                let of: fn(i64) -> $type = $of;
                number.map_or($blank, of)
            }
        })*
    };
}
numbers! {
    u16: Small, 0, i64::from, |number| number as u16;
    u32: Position, 0, i64::from, |number| number as u32;
    bool: Small, false, i64::from, |number| number != 0;
    Day: Day, Day::EARLIEST, |day| i64::from(day.epoch()), |number| Day::from_epoch(number as i32);
    Amount: Amount, Amount::ZERO, |amount| amount.units(), Amount::from_units;
    CustomerIx: Position, CustomerIx(0), |customer| i64::from(customer.0), |number| CustomerIx(number as u32);
    DocumentIx: Position, DocumentIx(0), |document| i64::from(document.0), |number| DocumentIx(number as u32);
    Currency: Small, Currency::UNKNOWN, |currency| i64::from(currency.number()), |number| Currency::from_number(number as u32);
    DocumentKind: Small, DocumentKind::Invoice, |kind| position(&DocumentKind::ALL, kind), |number| DocumentKind::ALL[number as usize % DocumentKind::ALL.len()];
    Nature: Small, Nature::Cash, |nature| position(&Nature::ALL, nature), |number| Nature::ALL[number as usize % Nature::ALL.len()];
}

impl<N: Number> Number for Option<N> {
    const WIDTH: Width = N::WIDTH;
    const IS_NULLABLE: bool = true;

    fn to_number(self) -> Option<i64> {
        self.and_then(Number::to_number)
    }

    fn of(number: Option<i64>) -> Option<N> {
        number.map(|number| N::of(Some(number)))
    }
}

/// The place of a word of a fixed list, which is its number on disk.
fn position<T: PartialEq>(all: &[T], word: T) -> i64 {
    all.iter().position(|listed| *listed == word).unwrap_or_default() as i64
}
