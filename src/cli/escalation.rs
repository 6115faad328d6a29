//! `arrears escalation`: which step of the ladder is due, and what is through it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::calendar::{AsOf, Day};
use crate::config::Config;
use crate::decide::{Escalation, escalation, simulate};
use crate::ledger::Ledger;
use crate::output::{self, Format, Layout, Target};

/// Arguments of `arrears escalation`.
#[derive(Debug, Args)]
pub(super) struct EscalationArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Shown::Contacts)]
    show: Shown,
    /// Also write the claims that go elsewhere, one CSV file a kind, into this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "simulate_from")]
    hand_off: Option<PathBuf>,
    /// Walk the ladder day by day from this day to the as-of day, as if each contact had been made, and count steps and contacts by month.
    #[arg(long, value_name = "DATE", value_parser = Day::parse, conflicts_with = "show")]
    simulate_from: Option<Day>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shown {
    /// Whom to contact today, at which level.
    Contacts,
    /// Every open item with its step done, its next step, and what pauses it.
    Items,
    /// Claims to write off, to take to court, or to place with an agency.
    Candidates,
    /// The steps of today in the form of the `steps` table, to be imported when they are done.
    Steps,
}

pub(super) fn run(args: &EscalationArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let prepared = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let policy = &config.escalation;
    if let Some(from) = args.simulate_from {
        if from > as_of.0 {
            anyhow::bail!("--simulate-from {from} is after the as-of day {as_of}");
        }
        let table = simulate(&ledger, from, as_of, policy)?.table(policy);
        let question = format!("escalation simulated from {from}");
        return answer(&question, table, (&ledger, as_of), prepared, config, ui);
    }
    let folder = args.hand_off.as_deref().map(output::NewFolder::open).transpose()?;
    let found = ui.unpack(escalation(&ledger, as_of, policy)?);
    let table = match args.show {
        Shown::Contacts => found.contacts_table(),
        Shown::Items => found.items_table(),
        Shown::Candidates => found.candidates_table(),
        Shown::Steps => found.steps_table(),
    };
    let question = format!("escalation {:?}", args.show);
    let exit = answer(&question, table, (&ledger, as_of), prepared, config, ui)?;
    if let Some(folder) = folder {
        hand_off(&found, (&ledger, as_of), folder, config)?;
    }
    ui.say(&format!(
        "{} customers to contact, {} open items, {} claims to go elsewhere (--show items, --show candidates)",
        found.ladder.contacts.len(),
        found.ladder.items.len(),
        found.candidates.len()
    ));
    Ok(exit)
}

fn hand_off(
    found: &Escalation<'_>,
    (ledger, as_of): (&Ledger, AsOf),
    folder: output::NewFolder,
    config: &Config,
) -> anyhow::Result<()> {
    let stamp = Stamp::new("escalation hand-off", ledger, as_of, config);
    let tables: Vec<_> = found
        .hand_off_tables()
        .into_iter()
        .map(|table| stamp.on(table))
        .collect();
    let tables: Vec<_> = tables.iter().collect();
    output::write(&tables, Format::Csv, Layout::COMPLETE, Target::Folder(folder))?;
    Ok(())
}
