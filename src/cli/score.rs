//! `arrears score`: how likely each invoice or customer is to go late, and why.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs};
use super::input_file::InputFile;
use super::model::UnitArg;
use super::{Exit, Ui};
use crate::config::Config;
use crate::risk::accounts::features;
use crate::risk::registry;
use crate::scoring::{score, score_accounts};

/// Arguments of `arrears score`.
#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    #[command(flatten)]
    ledger: Option<LedgerArgs>,
    /// What is scored; it must be what the model was trained on.
    #[arg(long, value_enum, requires = "ledger")]
    unit: Option<UnitArg>,
    /// A CSV table of accounts instead of a ledger, for a model that was trained on one.
    #[arg(long, value_name = "FILE", conflicts_with = "ledger")]
    table: Option<PathBuf>,
    /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    model: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &ScoreArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let model = registry::load(&args.model)?;
    if let Some(path) = &args.table {
        if model.label.target.is_none() {
            bail!(
                "{} scores the {}s of a ledger, not the accounts of a table",
                model.id(),
                model.label.unit
            );
        }
        let file = InputFile::read(path)?;
        let x = features(file.content(), &model.catalogue).with_context(|| format!("cannot use {}", path.display()))?;
        let table = score_accounts(&model, &x);
        output.write(&file.stamp(table, &format!("score {}", model.id()), config))?;
        return Ok(Exit::Fine);
    }
    let (Some(ledger), Some(unit)) = (&args.ledger, args.unit) else {
        bail!("name a ledger and what is scored (--ledger DIR --unit U), or a table of accounts (--table FILE)");
    };
    let asked = unit.unit().as_str();
    if model.label.unit != asked {
        bail!("{} scores {}s, asked for: --unit {asked}", model.id(), model.label.unit);
    }
    let (ledger, as_of) = ledger.open(ui)?;
    let scores = ui.unpack(score(&ledger, as_of, &model)?);
    let question = format!("score {}", model.id());
    answer(&question, scores.table(&ledger), (&ledger, as_of), output, config, ui)
}
