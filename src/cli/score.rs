//! `arrears score`: how likely each invoice or customer is to go late, and why.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs};
use super::model::UnitArg;
use super::{Exit, Ui};
use crate::config::Config;
use crate::risk::registry;
use crate::scoring::score;

/// Arguments of `arrears score`.
#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// What is scored; it must be what the model was trained on.
    #[arg(long, value_enum)]
    unit: UnitArg,
    /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    model: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &ScoreArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let model = registry::load(&args.model)?;
    let asked = args.unit.unit().as_str();
    if model.label.unit != asked {
        bail!("{} scores {}s, asked for: --unit {asked}", model.id(), model.label.unit);
    }
    let (ledger, as_of) = args.ledger.open(ui)?;
    let scores = ui.unpack(score(&ledger, as_of, &model)?);
    let question = format!("score {}", model.id());
    answer(&question, scores.table(&ledger), (&ledger, as_of), output, config, ui)
}
