//! How every verb about a ledger ends: its result is stamped, tied out and written.

use super::args::Prepared;
use super::certificate::Tied;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::metrics::certificate::certificate;
use crate::table::Table;

/// Writes a verb's result with its stamp and the tie-out of the ledger it was taken from.
///
/// A cent of difference on the as-of day is said with the items that may explain it, and is a finding, whatever was asked.
pub(super) fn answer(
    question: &str,
    table: Table,
    (ledger, as_of): (&Ledger, AsOf),
    output: Prepared,
    config: &Config,
    ui: &mut Ui,
) -> anyhow::Result<Exit> {
    let certificate = certificate(ledger, as_of, ledger.known_on(), &config.aging)?;
    let tied = Tied::new(certificate, ledger, as_of);
    let stamp = Stamp::new(question, ledger, as_of, config);
    output.write(&stamp.on(tied.on(table)))?;
    Ok(tied.say(ui))
}
