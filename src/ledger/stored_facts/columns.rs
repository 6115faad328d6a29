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
    /// Returns facts row by row from their columns; blank in those that were not read.
    fn facts(n_rows: usize, columns: &[Option<Cells>]) -> impl ExactSizeIterator<Item = Self::Fact>;
}

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

                fn facts(n_rows: usize, columns: &[Option<Cells>]) -> impl ExactSizeIterator<Item = $fact> {
                    let mut columns = columns.iter();
                    $(let mut $field = Values::new(columns.next().and_then(Option::as_ref));)*
                    (0..n_rows).map(move |row| $fact { $($field: $field.next(row),)* $($($derived: $value),*)? })
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
    const BLANK: Self;
    fn to_number(self) -> Option<i64>;
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

/// The values of a column, taken row by row.
struct Values<'c> {
    narrow: &'c [i32],
    wide: &'c [i64],
    levels: &'c [i16],
    n_taken: usize,
}

impl<'c> Values<'c> {
    fn new(cells: Option<&'c Cells>) -> Values<'c> {
        let (narrow, wide) = match cells.map(|cells| &cells.numbers) {
            Some(Numbers::Narrow(numbers)) => (&numbers[..], &[][..]),
            Some(Numbers::Wide(numbers)) => (&[][..], &numbers[..]),
            None => (&[][..], &[][..]),
        };
        Values {
            narrow,
            wide,
            levels: cells.and_then(|cells| cells.levels.as_deref()).unwrap_or_default(),
            n_taken: 0,
        }
    }

    /// Returns the value of the next row, blank where the column was not read.
    #[inline]
    fn next<N: Number>(&mut self, row: usize) -> N {
        let mut at = row;
        if N::IS_NULLABLE {
            // Only the numbers that are there stand in the file.
            if self.levels.get(row).is_none_or(|&level| level == 0) {
                return N::BLANK;
            }
            at = self.n_taken;
            self.n_taken += 1;
        }
        let number = if N::WIDTH.is_wide() {
            self.wide.get(at).copied()
        } else {
            self.narrow.get(at).map(|&number| i64::from(number))
        };
        number.map_or(N::BLANK, |number| N::of(Some(number)))
    }
}

macro_rules! numbers {
    ($($type:ty: $width:ident, $blank:expr, $to:expr, $of:expr;)*) => {
        $(impl Number for $type {
            const WIDTH: Width = Width::$width;
            const BLANK: $type = $blank;

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
    const BLANK: Option<N> = None;

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
