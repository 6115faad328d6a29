//! Words of the tables behind facts, column by column: a page needs few of them, and reading a whole table would take longer than all else.

use std::borrow::Cow;

use crate::ids::DocumentIx;
use crate::ledger::Ledger;
use crate::table::Data;

/// The columns that a page shows.
pub(super) struct Words<'a> {
    ledger: &'a Ledger,
    invoice_id: Column<'a>,
    instalment: Column<'a>,
    channel: Column<'a>,
    collector: Column<'a>,
    outcome: Column<'a>,
    reason: Column<'a>,
    dispute_outcome: Column<'a>,
}

/// One column, or none where the ledger does not have it.
struct Column<'a>(Option<Cow<'a, Data>>);

impl Column<'_> {
    fn at(&self, row: u32) -> Option<String> {
        let data = self.0.as_deref()?;
        let row = row as usize;
        (!data.is_none(row)).then(|| data.text(row))
    }
}

impl<'a> Words<'a> {
    pub fn of(ledger: &'a Ledger) -> Words<'a> {
        let column = |table, column| Column(ledger.column(table, column));
        Words {
            ledger,
            invoice_id: column("invoices", "invoice_id"),
            instalment: column("invoices", "instalment"),
            channel: column("contacts", "channel"),
            collector: column("contacts", "collector"),
            outcome: column("contacts", "outcome"),
            reason: column("disputes", "reason"),
            dispute_outcome: column("disputes", "outcome"),
        }
    }

    pub fn invoice_id(&self, document: DocumentIx) -> String {
        let row = self.ledger.document(document).row;
        self.invoice_id.at(row).unwrap_or_default()
    }

    pub fn instalment(&self, document: DocumentIx) -> Option<i64> {
        self.instalment.at(self.ledger.document(document).row)?.parse().ok()
    }

    /// How a contact went: channel, collector, outcome, as far as they are known.
    pub fn contact(&self, row: u32) -> Vec<String> {
        let words = [&self.channel, &self.collector, &self.outcome];
        words.into_iter().filter_map(|column| column.at(row)).collect()
    }

    pub fn dispute_reason(&self, row: u32) -> Option<String> {
        self.reason.at(row)
    }

    pub fn dispute_outcome(&self, row: u32) -> Option<String> {
        self.dispute_outcome.at(row)
    }
}
