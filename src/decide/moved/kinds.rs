//! The kinds of tables that runs are compared by: what names a row, which money adds up, what else is shown.

use super::rows::{Cell, RunRow};

/// A kind of table that runs are compared by.
#[derive(Debug, PartialEq, Eq)]
pub struct RunKind {
    /// Name of the table.
    pub table: &'static str,
    /// Verb that prints it.
    pub verb: &'static str,
    /// Columns that name a row; the last ones may be missing from the table.
    pub(super) keys: &'static [&'static str],
    /// Money that adds up over rows.
    pub sums: &'static [&'static str],
    /// What else moves.
    pub shown: &'static [(&'static str, CellKind)],
    /// Whether rows with the same key are parts of one.
    pub(super) in_parts: bool,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A count.
    Int,
    /// An estimate.
    Real,
    /// Words.
    Text,
    /// Money that does not add up.
    Money,
}

/// Lines of a worklist, those of the day and those after it.
const WORKLIST: RunKind = RunKind {
    table: "",
    verb: "worklist",
    keys: &["customer_id", "currency"],
    sums: &["value"],
    shown: &[
        ("rank", CellKind::Int),
        ("probability", CellKind::Real),
        ("action", CellKind::Text),
    ],
    in_parts: false,
};

/// Every kind.
static KINDS: &[RunKind] = &[
    RunKind {
        table: "worklist",
        ..WORKLIST
    },
    RunKind {
        table: "worklist_next",
        ..WORKLIST
    },
    RunKind {
        table: "worklist_exclusions",
        verb: "worklist",
        keys: &["customer_id", "currency"],
        sums: &["money"],
        shown: &[("reason", CellKind::Text)],
        in_parts: false,
    },
    RunKind {
        table: "holds",
        verb: "holds",
        keys: &["customer_id", "currency"],
        sums: &["exposure"],
        shown: &[
            (RECOMMENDATION, CellKind::Text),
            ("probability", CellKind::Real),
            ("release_payment", CellKind::Money),
        ],
        in_parts: false,
    },
    RunKind {
        table: "hold_rules",
        verb: "holds",
        keys: &["customer_id", "rule"],
        sums: &[],
        shown: &[("status", CellKind::Text), ("inputs", CellKind::Text)],
        in_parts: false,
    },
    RunKind {
        table: "scores",
        verb: "score",
        keys: &["customer_id", "invoice_id"],
        sums: &[],
        shown: &[
            ("probability", CellKind::Real),
            ("score", CellKind::Real),
            ("grade", CellKind::Text),
        ],
        in_parts: false,
    },
    RunKind {
        table: "forecast",
        verb: "forecast",
        keys: &["currency", "row"],
        sums: &["expected"],
        shown: &[],
        in_parts: true,
    },
    RunKind {
        table: "forecast_items",
        verb: "forecast",
        keys: &["customer_id", "currency"],
        sums: &["open", EXPECTED_OF_ITEMS],
        shown: &[],
        in_parts: true,
    },
];

const RECOMMENDATION: &str = "recommendation";
/// What is open x the probability of cash within the horizon, for each item.
pub(super) const EXPECTED_OF_ITEMS: &str = "expected";

impl RunKind {
    /// Returns the kind of a table.
    pub fn of(table: &str) -> Option<&'static RunKind> {
        KINDS.iter().find(|kind| kind.table == table)
    }

    /// Tells whether a row of this kind recommends a hold.
    pub fn asks_for_a_hold(&self, row: &RunRow) -> bool {
        let position = self.shown.iter().position(|(name, _)| *name == RECOMMENDATION);
        position.is_some_and(|position| row.shown[position] == Some(Cell::Text("hold".to_owned())))
    }

    /// Tells whether rows of this kind recommend holds at all.
    pub fn has_holds(&self) -> bool {
        self.shown.iter().any(|(name, _)| *name == RECOMMENDATION)
    }
}
