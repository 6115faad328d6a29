//! What a decision could not look at, and what follows from that.

use crate::calendar::AsOf;
use crate::forecast::Attributes;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::outcome::Caveat;

/// Names each table that was not imported, with its consequence.
pub(super) fn missing_tables(ledger: &Ledger, tables: &[(&str, &str)]) -> Vec<Caveat> {
    let missing = tables.iter().filter(|(table, _)| !ledger.has(table));
    missing
        .map(|(table, consequence)| Caveat(format!("no `{table}` table was imported; {consequence}")))
        .collect()
}

/// Counts the customers of whom the customers table said nothing on the day; `what` are the attributes that are missed.
pub(super) fn customers_without_row(
    ledger: &Ledger,
    attributes: &Attributes<'_>,
    as_of: AsOf,
    what: &str,
) -> Option<Caveat> {
    let unknown = |customer: &CustomerIx| !attributes.has_row(*customer);
    let n = ledger.customers().filter(unknown).count();
    (n > 0 && ledger.has("customers")).then(|| {
        Caveat(format!(
            "{n} customers have no row valid on {as_of}; their {what} are not available; import `valid_from` or declare the columns timeless"
        ))
    })
}
