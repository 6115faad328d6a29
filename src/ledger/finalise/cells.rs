//! Columns that may be absent, read as missing cells, and the small readings every table shares.

use crate::calendar::Day;
use crate::ids::{CustomerIx, Dictionary};
use crate::money::{Amount, Currency};
use crate::outcome::{Issue, IssueCode, Place};
use crate::table::Table;

/// A column of a table that may be absent, as missing cells.
pub(super) struct Cells<'a> {
    pub(super) table: &'a Table,
}

impl<'a> Cells<'a> {
    pub(super) fn texts(&self, column: &str) -> Texts<'a> {
        Texts(self.table.texts(column).ok())
    }

    pub(super) fn days(&self, column: &str) -> Days<'a> {
        Days(self.table.days(column).ok())
    }

    pub(super) fn amount(&self, column: &str, row: usize) -> Option<Amount> {
        self.table.amount(column, row)
    }
}

pub(super) struct Texts<'a>(pub(super) Option<&'a [Option<String>]>);
pub(super) struct Days<'a>(pub(super) Option<&'a [Option<Day>]>);

impl<'a> Texts<'a> {
    pub(super) fn at(&self, row: usize) -> Option<&'a str> {
        self.0?[row].as_deref()
    }
}

impl Days<'_> {
    pub(super) fn at(&self, row: usize) -> Option<Day> {
        self.0?[row]
    }
}

/// Walks the customer column of a sorted table, giving each row its customer.
struct CustomerColumn<'a> {
    ids: &'a [Option<String>],
    customer_ids: &'a [String],
}

impl CustomerColumn<'_> {
    fn positions(&self) -> Vec<CustomerIx> {
        let mut last: Option<(&str, CustomerIx)> = None;
        self.ids
            .iter()
            .map(|id| {
                let id = id.as_deref().unwrap_or_default();
                match last {
                    Some((seen, customer)) if seen == id => customer,
                    _ => {
                        let customer = position(self.customer_ids, id);
                        last = Some((id, customer));
                        customer
                    }
                }
            })
            .collect()
    }
}

pub(super) fn customers_of(table: &Table, customer_ids: &[String]) -> Vec<CustomerIx> {
    CustomerColumn {
        ids: table.texts("customer_id").unwrap_or_default(),
        customer_ids,
    }
    .positions()
}

pub(super) fn entity_number(entities: &mut Dictionary, name: Option<&str>) -> u16 {
    name.map_or(0, |name| u16::try_from(entities.number(name)).unwrap_or(u16::MAX))
}

fn position(customer_ids: &[String], id: &str) -> CustomerIx {
    let position = customer_ids
        .binary_search_by(|candidate| candidate.as_str().cmp(id))
        .expect("every customer id of every table is in the list");
    CustomerIx(position as u32)
}

pub(super) fn currency(text: Option<&str>) -> Currency {
    text.and_then(|text| Currency::parse(text).ok())
        .unwrap_or(Currency::UNKNOWN)
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
