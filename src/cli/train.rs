//! `arrears train`: a model from the ledger, with its validation and its card.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::args::{LedgerArgs, OutputArgs};
use super::model::{EstimatorArg, UnitArg};
use super::{Exit, Stamp, Ui};
use crate::config::Config;
use crate::features::Unit;
use crate::risk::{TrainError, TrainParams, registry, train};

/// Arguments of `arrears train`.
#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// What is scored.
    #[arg(long, value_enum)]
    unit: UnitArg,
    /// Bad means unsettled this many days after the due day.
    #[arg(long, value_name = "D")]
    days_late: i32,
    /// For customers: days after the as-of day in which going late counts.
    #[arg(long, value_name = "H")]
    horizon: Option<i32>,
    /// For customers: days after the as-of day in which new invoices count.
    #[arg(long, value_name = "E")]
    entering: Option<i32>,
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
    if args.unit.unit() == Unit::Invoice && (args.horizon.is_some() || args.entering.is_some()) {
        bail!(
            "--horizon and --entering are for customers; an invoice is judged on the day --days-late after its due day"
        );
    }
    let mut label = config.train.label(args.unit.unit(), args.days_late);
    if args.unit.unit() == Unit::Customer {
        label.horizon = args.horizon.unwrap_or(label.horizon);
        label.entering = args.entering.unwrap_or(label.entering);
    }
    let params = TrainParams {
        keep_refused: args.keep_refused,
        estimator: args.estimator.choice(),
        ..config.train.params(&args.name, label)
    };
    let params = params.check()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let spinner = ui.spinner("training");
    let training = train(&ledger, as_of, &params);
    spinner.finish_and_clear();
    let mut training = match training {
        Ok(training) => ui.unpack(training),
        Err(TrainError::Refused { validation }) => {
            let stamp = Stamp::new(&format!("train {params:?}"), &ledger, as_of, config);
            output.write(&stamp.on(validation.table()))?;
            return Err(TrainError::Refused { validation }.into());
        }
        Err(error) => return Err(error.into()),
    };
    let place = registry::store(&args.models, &mut training.model)?;
    let stamp = Stamp::new(&format!("train {params:?}"), &ledger, as_of, config);
    if args.scorecard {
        output.write(&stamp.on(training.page()))?;
    } else {
        let mut tables = vec![
            training.label_table(),
            training.model.validation.summary(),
            training.validation_table(),
        ];
        if !training.model.candidates.is_empty() {
            tables.push(training.model.candidate_table());
        }
        let tables: Vec<_> = tables.into_iter().map(|table| stamp.on(table)).collect();
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
