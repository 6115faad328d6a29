//! `arrears train`: a model from a ledger or a table of accounts, with its validation and its card.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::accounts::{Accounts, AccountsArgs};
use super::args::{LedgerArgs, OutputArgs, Prepared};
use super::model::{EstimatorArg, LabelArgs};
use super::{Exit, Stamp, Ui};
use crate::config::Config;
use crate::features::{LabelParams, Unit};
use crate::outcome::Checked;
use crate::risk::{CheckedTrainParams, TrainError, TrainParams, Training, registry, train, train_accounts};
use crate::table::Table;

/// Arguments of `arrears train`.
#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    #[command(flatten)]
    ledger: Option<LedgerArgs>,
    #[command(flatten)]
    label: LabelArgs,
    #[command(flatten)]
    accounts: AccountsArgs,
    /// What is fitted; `champion` takes the simplest of all that is within one standard error of the best on held-out months.
    #[arg(long, value_enum, default_value_t = EstimatorArg::Scorecard)]
    estimator: EstimatorArg,
    /// Name of the model.
    #[arg(long, value_name = "N")]
    name: String,
    /// Folder of the models.
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
    /// Keep a model that the quality gate refuses, with the refusals on its card.
    #[arg(long)]
    keep_refused: bool,
    /// Mark the model, and every score by it, as illustrative: for models that are trained on made-up ledgers.
    #[arg(long)]
    illustrative: bool,
    /// Make this version the one that is used where none is named; the first version of a name always is.
    #[arg(long)]
    promote: bool,
    /// Print the model on a page (a scorecard's points, the curves of an EBM) instead of the validation.
    #[arg(long)]
    scorecard: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &TrainArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = if args.scorecard {
        args.output.prepare()?
    } else {
        args.output.prepare_several()?
    };
    match (args.accounts.read()?, &args.ledger) {
        (Some(Accounts { file, columns, rows }), _) => {
            // Of the label only the settings of learning play a part.
            let params = args.params(config, config.train.label(Unit::Customer, 0))?;
            let question = format!("train {columns:?} {params:?}");
            let stamp = |table: Table| file.stamp(table, &question, config);
            let spinner = ui.spinner("training");
            let training = train_accounts(&rows, &columns, file.hash(), &params);
            spinner.finish_and_clear();
            finish(args, training, stamp, output, ui)
        }
        (None, Some(ledger)) => {
            let params = args.params(config, args.label.settle(config)?)?;
            let (ledger, as_of) = ledger.open(ui)?;
            let stamp = Stamp::new(&format!("train {params:?}"), &ledger, as_of, config);
            let spinner = ui.spinner("training");
            let training = train(&ledger, as_of, &params);
            spinner.finish_and_clear();
            finish(args, training, |table| stamp.on(table), output, ui)
        }
        (None, None) => bail!("name a ledger (--ledger DIR) or a table of accounts (--table FILE --target COL)"),
    }
}

impl TrainArgs {
    fn params(&self, config: &Config, label: LabelParams) -> anyhow::Result<CheckedTrainParams> {
        let params = TrainParams {
            keep_refused: self.keep_refused,
            illustrative: self.illustrative,
            estimator: self.estimator.choice(),
            ..config.train.params(&self.name, label)
        };
        Ok(params.check()?)
    }
}

/// Stores the model and prints what it is; of a refused one, its validation.
fn finish(
    args: &TrainArgs,
    training: Result<Checked<Training>, TrainError>,
    stamp: impl Fn(Table) -> Table,
    output: Prepared,
    ui: &mut Ui,
) -> anyhow::Result<Exit> {
    let mut training = match training {
        Ok(training) => ui.unpack(training),
        Err(TrainError::Refused { validation }) => {
            output.write(&stamp(validation.table()))?;
            return Err(TrainError::Refused { validation }.into());
        }
        Err(error) => return Err(error.into()),
    };
    let place = registry::store(&args.models, &mut training.model)?;
    if args.scorecard {
        output.write(&stamp(training.page()))?;
    } else {
        let mut tables = vec![
            training.label_table(),
            training.model.validation.summary(),
            training.validation_table(),
        ];
        if !training.model.candidates.is_empty() {
            tables.push(training.model.candidate_table());
        }
        let tables: Vec<Table> = tables.into_iter().map(stamp).collect();
        output.write_all(&tables.iter().collect::<Vec<_>>())?;
    }
    if args.promote {
        registry::promote(&args.models, &args.name, training.model.version)?;
    }
    ui.say(&format!("the model and its card are in {}", place.display()));
    if training.model.version > 1 && !args.promote {
        ui.say("an earlier version stays the promoted one; --promote changes that");
    }
    Ok(Exit::Fine)
}
