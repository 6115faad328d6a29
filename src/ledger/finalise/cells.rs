//! Columns that may be absent, read as missing cells, and the small readings every table shares.

use crate::calendar::Day;
use crate::ids::{CustomerIx, Dictionary};
use crate::money::{Amount, Currency};
use crate::outcome::{Issue, IssueCode, Place};
use crate::table::{PackedTable, Values, Words};

/// The columns of a table, any of which may be absent, as missing cells.
pub(super) struct Cells<'a> {
    pub(super) table: &'a PackedTable,
}

impl<'a> Cells<'a> {
    pub(super) fn texts(&self, column: &str) -> Texts<'a> {
        Texts(self.table.texts(column))
    }

    pub(super) fn days(&self, column: &str) -> Days<'a> {
        Days(self.table.days(column))
    }

    pub(super) fn ints(&self, column: &str) -> Ints<'a> {
        Ints(self.table.ints(column))
    }

    pub(super) fn amounts(&self, column: &str) -> Amounts<'a> {
        Amounts(self.table.amounts(column))
    }

    pub(super) fn flags(&self, column: &str) -> Flags<'a> {
        Flags(self.table.flags(column))
    }
}

/// A column of words that may be absent.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a>(pub(super) Option<&'a Words>);
/// A column of days that may be absent.
#[derive(Clone, Copy)]
pub(super) struct Days<'a>(Option<&'a Values<i32>>);
/// A column of counts that may be absent.
#[derive(Clone, Copy)]
pub(super) struct Ints<'a>(pub(super) Option<&'a Values<i64>>);
/// A column of amounts that may be absent.
#[derive(Clone, Copy)]
pub(super) struct Amounts<'a>(Option<&'a Values<Amount>>);
/// A column of yes and no that may be absent.
#[derive(Clone, Copy)]
pub(super) struct Flags<'a>(Option<&'a Values<bool>>);

impl<'a> Texts<'a> {
    pub(super) fn at(self, row: usize) -> Option<&'a str> {
        self.0?.at(row)
    }

    /// Computes something for each word of the column, once for each word kept, and returns it by row.
    pub(super) fn each<T: Copy>(self, n_rows: usize, missing: T, mut of: impl FnMut(&'a str) -> T) -> Vec<T> {
        let Some(words) = self.0 else {
            return vec![missing; n_rows];
        };
        let mut known: Vec<Option<T>> = vec![None; words.n_kept()];
        (0..n_rows)
            .map(|row| match words.number_at(row) {
                None => missing,
                Some(number) => *known[number as usize].get_or_insert_with(|| of(words.word(number))),
            })
            .collect()
    }
}

impl Days<'_> {
    pub(super) fn at(self, row: usize) -> Option<Day> {
        self.0?.at(row).map(Day::from_epoch)
    }
}

impl Ints<'_> {
    pub(super) fn at(self, row: usize) -> Option<i64> {
        self.0?.at(row)
    }
}

impl Amounts<'_> {
    pub(super) fn at(self, row: usize) -> Option<Amount> {
        self.0?.at(row)
    }
}

impl Flags<'_> {
    pub(super) fn at(self, row: usize) -> Option<bool> {
        self.0?.at(row)
    }
}

/// Returns each row's customer.
pub(in crate::ledger) fn customers_of(table: &PackedTable, customer_ids: &[String]) -> Vec<CustomerIx> {
    let ids = Texts(table.texts("customer_id"));
    let n_rows = ids.0.map_or(0, Words::len);
    // No row of a table with customers lacks its customer; one that did would stand under the empty id.
    let nobody = CustomerIx(0);
    ids.each(n_rows, nobody, |id| position(customer_ids, id))
}

/// Returns each row's legal entity as a number.
pub(super) fn entities_of(table: &PackedTable, entities: &Dictionary) -> Vec<u16> {
    let number = |name: &str| entities.get(name).and_then(|number| u16::try_from(number).ok());
    Texts(table.texts("entity")).each(table.n_rows(), 0, |name| number(name).unwrap_or(u16::MAX))
}

fn position(customer_ids: &[String], id: &str) -> CustomerIx {
    let position = customer_ids
        .binary_search_by(|candidate| candidate.as_str().cmp(id))
        .expect("every customer id of every table is in the list");
    CustomerIx(position as u32)
}

/// Returns each row's currency; unknown where none was named.
pub(super) fn currencies_of(table: &PackedTable) -> Vec<Currency> {
    let currency = |code: &str| Currency::parse(code).unwrap_or(Currency::UNKNOWN);
    Texts(table.texts("currency")).each(table.n_rows(), Currency::UNKNOWN, currency)
}

pub(super) fn issue(code: IssueCode, table: &str, message: String, action: &str, hint: &str) -> Issue {
    Issue {
        code,
        place: Place {
            file: table.to_owned(),
            ..Place::default()
        },
        message,
        action: action.to_owned(),
        hint: (!hint.is_empty()).then(|| hint.to_owned()),
    }
}
