//! How every verb about a ledger ends: its result is stamped, tied out and written.

use super::args::Prepared;
use super::certificate::Tied;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::metrics::certificate::certificate;
use crate::table::Table;

/// A verb's result before it is stamped.
pub(super) struct Made {
    /// What decides the run id beside ledger, day and settings.
    pub question: String,
    /// The result.
    pub table: Table,
    /// Id of the model that stood behind it.
    pub model: Option<String>,
    /// What is said when all is written.
    pub closing: Option<String>,
}

/// Writes a result with what it can be made again from: what was asked, of which model, by which settings; then as [`answer`] does.
pub(super) fn answer_made(
    made: Made,
    (ledger, as_of): (&Ledger, AsOf),
    output: Prepared,
    config: &Config,
    ui: &mut Ui,
) -> anyhow::Result<Exit> {
    let mut table = made.table;
    let known_on = ledger.known_on().map(|day| day.to_string());
    let notes = [
        ("model", made.model),
        ("known_on", known_on),
        ("asked", Some(ui.asked().to_owned())),
        ("settings", Some(config.settings().to_owned())),
    ];
    for (name, value) in notes {
        if let Some(value) = value.filter(|_| !table.notes.iter().any(|(known, _)| known == name)) {
            table = table.note(name, value);
        }
    }
    let exit = answer(&made.question, table, (ledger, as_of), output, config, ui)?;
    if let Some(closing) = &made.closing {
        ui.say(closing);
    }
    Ok(exit)
}

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
