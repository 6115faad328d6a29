//! What a ledger has learnt since a day: facts about days after it, and facts posted after it about days before.

use std::fmt;
use std::sync::Arc;

use super::Ledger;
use super::known::RowDays;
use super::tables::Tables;
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::money::Total;
use crate::table::{Data, Table};

/// One row of a table that was not known on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct LaterFact {
    /// Table of the row.
    pub table: String,
    /// Whose it is; empty where the table is nobody's.
    pub customer_id: String,
    /// What names it; the document, receipt, promise and so on.
    pub id: String,
    /// What kind of document or receipt line it is, where the table has kinds.
    pub kind: Option<String>,
    /// First day on which it counts.
    pub on: Option<Day>,
    /// Day on which it was known.
    pub known_on: Day,
    /// Its amount, where the table has one.
    pub amount: Option<Total>,
    /// Currency of the amount, where the row says it.
    pub currency: Option<String>,
    /// Whether it is about the day or one before it.
    pub is_correction: bool,
}

impl Ledger {
    /// Returns the ledger without the rows that were posted after a day about that day or one before it; rows about later days stay. `None`
    /// where there are no such rows.
    ///
    /// Built anew, as [`Ledger::as_known_on`] is: a document whose amount was corrected later has the amount it had.
    pub fn without_corrections(&self, day: Day) -> Option<Ledger> {
        let mut n_left_out = 0;
        let kept = self.tables.all().map(|(name, table)| {
            let days = RowDays::of(table);
            let rows: Vec<usize> = (0..table.n_rows())
                .filter(|&row| !days.is_correction(row, day))
                .collect();
            n_left_out += table.n_rows() - rows.len();
            (name.to_owned(), table.take(&rows))
        });
        let kept = Arc::new(Tables::in_memory(kept.collect()));
        if n_left_out == 0 {
            return None;
        }
        let mut ledger = Ledger::from_tables(kept, self.timeless.clone(), self.hash.clone());
        ledger.known_on = self.known_on;
        Some(ledger)
    }

    /// Returns the rows that were not known on a day and count by the end of another one, by table and in its order.
    pub fn later_facts(&self, after: Day, until: Day) -> Vec<LaterFact> {
        let of_table = |(name, table): (&str, &Table)| {
            let days = RowDays::of(table);
            let rows = 0..table.n_rows();
            let later = rows.filter_map(|row| {
                let (on, known_on) = (days.effective(row), days.known_on(row)?);
                let counts = known_on <= until && on.is_none_or(|on| on <= until);
                (known_on > after && counts).then(|| later_fact(name, table, row, (on, known_on), after))
            });
            later.collect::<Vec<_>>()
        };
        self.tables.all().flat_map(of_table).collect()
    }
}

fn later_fact(name: &str, table: &Table, row: usize, (on, known_on): (Option<Day>, Day), after: Day) -> LaterFact {
    let text = |column: &str| {
        let data = table.column(column)?;
        (!data.is_none(row)).then(|| data.text(row))
    };
    let key = TableSpec::by_name(name).and_then(|spec| spec.key.iter().find(|column| **column != "customer_id"));
    let amount = match table.column("amount") {
        Some(Data::Money(values)) => values[row],
        _ => None,
    };
    LaterFact {
        table: name.to_owned(),
        customer_id: text("customer_id").unwrap_or_default(),
        id: key.and_then(|column| text(column)).unwrap_or_default(),
        kind: text("kind"),
        on,
        known_on,
        amount,
        currency: text("currency"),
        is_correction: on.is_some_and(|on| on <= after),
    }
}

impl fmt::Display for LaterFact {
    /// In words: `payment r9 of 200.00 EUR on 2024-03-05`, with the day it was known where that was later.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let singular = self.table.strip_suffix('s').unwrap_or(&self.table);
        let what = match (self.table.as_str(), self.kind.as_deref()) {
            ("receipts", Some("cash")) => "payment".to_owned(),
            ("invoices" | "receipts", Some(kind)) => kind.replace('_', " "),
            _ => singular.to_owned(),
        };
        write!(f, "{what}")?;
        // A row of the customers table or a hold is named by its day.
        if self.on.is_none_or(|on| on.to_string() != self.id) {
            write!(f, " {}", self.id)?;
        }
        if let Some(amount) = self.amount {
            write!(f, " of {amount}")?;
            if let Some(currency) = &self.currency {
                write!(f, " {currency}")?;
            }
        }
        if let Some(on) = self.on {
            write!(f, " on {on}")?;
        }
        if self.on.is_none_or(|on| on != self.known_on) {
            write!(f, " (known {})", self.known_on)?;
        }
        Ok(())
    }
}
