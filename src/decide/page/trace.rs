//! What the hold rules say of one customer.

use super::{row_of, rows_about};
use crate::decide::holds::Holds;
use crate::table::Table;

/// Columns that say in one cell what the rules say line by line.
const IN_THE_RULES: &[&str] = &["rules", "silenced", "not_available"];

/// Returns the recommendation, line by line, and every rule with what it saw; without exposure and without a hold there is neither.
pub(super) fn tables(holds: &Holds, customer_id: &str) -> Vec<Table> {
    let hold = row_of(&holds.table(), customer_id, "hold", IN_THE_RULES);
    hold.into_iter()
        .chain([rows_about(&holds.trace_table(), customer_id)])
        .filter(|table| table.n_rows() > 0)
        .collect()
}
