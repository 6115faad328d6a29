//! `arrears root-causes`: behind which causes the overdue money stands.

use clap::Args;

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::metrics::root_causes::root_causes;
use crate::metrics::segments;

/// Arguments of `arrears root-causes`.
#[derive(Debug, Args)]
pub(super) struct RootCausesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Causes: `dispute_reason`, `terms`, or any attribute; by default those of the settings.
    #[arg(long, value_name = "CAUSE,…", value_delimiter = ',')]
    cause: Option<Vec<String>>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &RootCausesArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let mut params = config.root_causes.clone();
    if let Some(causes) = &args.cause {
        params.causes.clone_from(causes);
    }
    let (ledger, as_of) = args.ledger.open(ui)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let found = ui.unpack(root_causes(&ledger, as_of, &groups, args.ledger.known_on, &params)?);
    for cause in found.not_available() {
        ui.say(&format!("not available: {cause}"));
    }
    let question = format!("root-causes {:?} {params:?}", args.by.by);
    answer(&question, found.table(), (&ledger, as_of), output, config, ui)
}
