//! What the hold rules say of one customer.

use super::row_of;
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

/// Returns the rows of a table that are about a customer, without naming it in each.
fn rows_about(table: &Table, customer_id: &str) -> Table {
    let ids = table.texts("customer_id").unwrap_or_default();
    let rows = ids.iter().enumerate();
    let rows = rows.filter(|(_, id)| id.as_deref() == Some(customer_id));
    let rows: Vec<usize> = rows.map(|(row, _)| row).collect();
    let columns = table.columns().iter().filter(|column| column.name != "customer_id");
    let mut about = columns.fold(Table::new(table.name()), |about, column| {
        about.with(&column.name, column.data.clone())
    });
    about.notes.clone_from(&table.notes);
    about.take(&rows)
}
