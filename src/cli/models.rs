//! `arrears models`: the stored models.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::again::{Recalibrate, refit};
use super::args::{LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Ui};
use crate::config::Config;
use crate::risk::measures::Measure;
use crate::risk::trees::Trees;
use crate::risk::{Fitted, Model, Scorecard, registry};
use crate::table::Table;

/// Arguments of `arrears models`.
#[derive(Debug, Args)]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    question: Question,
}

/// What is asked of the stored models.
#[derive(Debug, Subcommand)]
enum Question {
    /// Every stored version, with what it was fitted to and how it ranked.
    List {
        /// Folder of the models.
        #[arg(long, value_name = "DIR", default_value = "models")]
        models: PathBuf,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// A model on a page: its points, curves or coefficients, its validation, its reliability.
    Show {
        /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`.
        #[arg(value_name = "DIR/N[/VERSION]")]
        model: PathBuf,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// The validations of several models beside each other.
    Compare {
        /// Models, as `models/NAME` or `models/NAME/VERSION`.
        #[arg(value_name = "DIR/N[/VERSION]", num_args = 2..)]
        of: Vec<PathBuf>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Make a version the one that is used where none is named.
    Promote {
        /// The version, as `models/NAME/VERSION`.
        #[arg(value_name = "DIR/N/VERSION")]
        model: PathBuf,
    },
    /// Learn from later months what a model's score means now, without fitting it anew: a new version with the same model.
    ///
    /// Only rows whose outcome was not known when the model was trained count. The new calibration must lose less than the old one on the last
    /// of the months, which it is not learnt from first; few events move it little, too few are refused.
    Recalibrate {
        /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`.
        #[arg(value_name = "DIR/N[/VERSION]")]
        model: PathBuf,
        #[command(flatten)]
        ledger: LedgerArgs,
        #[command(flatten)]
        months: MonthsArgs,
        /// Keep the new calibration although the old one does better on the last months.
        #[arg(long)]
        keep_refused: bool,
        /// Make the new version the one that is used where none is named.
        #[arg(long)]
        promote: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Repeat a training from what the stored model says of it, and compare byte for byte; nothing is written.
    Refit {
        /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`.
        #[arg(value_name = "DIR/N[/VERSION]")]
        model: PathBuf,
        /// Folder of the ledger it was fitted to.
        #[arg(
            long,
            value_name = "DIR",
            required_unless_present = "table",
            conflicts_with = "table"
        )]
        ledger: Option<PathBuf>,
        /// The CSV table of accounts it was fitted to.
        #[arg(long, value_name = "FILE")]
        table: Option<PathBuf>,
    },
    /// Write a model in another program's form: a scorecard as a query (`.sql`) or a table of points (`.csv`, `.json`, `.parquet`), boosted
    /// trees as XGBoost's JSON (`.json`).
    ///
    /// The query reads a table `panel`, such as `arrears panel` writes. Probabilities of trees are those before calibration; a model that starts
    /// from the customer's own rate says the line to give as base margin.
    Export {
        /// Model, as `models/NAME` or `models/NAME/VERSION`.
        #[arg(value_name = "DIR/N[/VERSION]")]
        model: PathBuf,
        /// File to write.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
}

pub(super) fn run(args: &ModelsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    match &args.question {
        Question::List { models, output } => {
            let output = output.prepare()?;
            let stored = registry::list(models)?;
            let loaded = stored
                .iter()
                .map(|stored| registry::load(&stored.path).map(|model| (stored.is_promoted, model)))
                .collect::<Result<Vec<_>, _>>()?;
            output.write(&list(&loaded))?;
        }
        Question::Show { model, output } => {
            let output = output.prepare_several()?;
            let model = registry::load(model)?;
            let mut tables = vec![
                model.page(),
                model.validation.summary(),
                model.validation.reliability_table(),
            ];
            if !model.candidates.is_empty() {
                tables.push(model.candidate_table());
            }
            output.write_all(&tables.iter().collect::<Vec<_>>())?;
        }
        Question::Compare { of, output } => {
            let output = output.prepare()?;
            let models = of
                .iter()
                .map(|path| registry::load(path))
                .collect::<Result<Vec<_>, _>>()?;
            output.write(&compare(&models))?;
        }
        Question::Promote { model } => {
            let loaded = registry::load(model)?;
            let folder = model
                .parent()
                .and_then(|of_name| of_name.parent())
                .filter(|_| !model.join("promoted").exists())
                .with_context(|| format!("name a version, such as {}/{}", model.display(), loaded.version))?;
            registry::promote(folder, &loaded.name, loaded.version)?;
            ui.say(&format!("{} is used where no version is named", loaded.id()));
        }
        Question::Recalibrate {
            model,
            ledger,
            months,
            keep_refused,
            promote,
            output,
        } => {
            let asked = Recalibrate {
                model,
                ledger,
                months,
                keep_refused: *keep_refused,
                promote: *promote,
            };
            return asked.run(output, config, ui);
        }
        Question::Refit { model, ledger, table } => return refit(model, ledger.as_deref(), table.as_deref(), ui),
        Question::Export { model, output } => {
            let model = registry::load(model)?;
            match &model.champion {
                Fitted::Scorecard(card) => export_card(&model, card, output)?,
                Fitted::Boosting(trees) => export_trees(&model, trees, output, ui)?,
                other => bail!(
                    "{} is a {}; scorecards and boosted trees have forms in other programs",
                    model.id(),
                    other.name()
                ),
            }
        }
    }
    Ok(Exit::Fine)
}

/// The table that an exported query reads.
const PANEL: &str = "panel";

fn export_card(model: &Model, card: &Scorecard, file: &Path) -> anyhow::Result<()> {
    if file.extension().is_some_and(|ending| ending == "sql") {
        let text = format!("-- {}: {}\n{}", model.id(), model.label.sentence(), card.sql(PANEL));
        return std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()));
    }
    let output = OutputArgs {
        output: Some(file.to_owned()),
        ..OutputArgs::default()
    };
    let table = card.points_table().note("model", model.id());
    output.prepare()?.write(&table.note("label", model.label.sentence()))
}

fn export_trees(model: &Model, trees: &Trees, file: &Path, ui: &mut Ui) -> anyhow::Result<()> {
    if file.extension().is_none_or(|ending| ending != "json") {
        bail!(
            "{} holds boosted trees; their form is XGBoost's JSON: name a file that ends with .json",
            model.id()
        );
    }
    std::fs::write(file, trees.xgboost_json()?).with_context(|| format!("cannot write {}", file.display()))?;
    if let Some(start) = &trees.start {
        ui.say(&format!(
            "base margin: {} {:+} x ln(p / (1 - p)) with p = `{}`; {} where it is missing",
            start.line.intercept, start.line.slope, model.catalogue[start.column], start.average
        ));
    }
    ui.say(&format!("calibration: {}", model.calibration.sentence()));
    Ok(())
}

fn list(models: &[(bool, Model)]) -> Table {
    let rows = models.iter().map(|(_, model)| model);
    Table::new("models")
        .text("model", rows.clone().map(Model::id))
        .flag("promoted", models.iter().map(|(is_promoted, _)| *is_promoted))
        .text("estimator", rows.clone().map(|model| model.champion.name().to_owned()))
        .text("unit", rows.clone().map(|model| model.label.unit.clone()))
        .int("days_late", rows.clone().map(|model| i64::from(model.label.days_late)))
        .text("trained_as_of", rows.clone().map(|model| model.trained_as_of.clone()))
        .int("rows", rows.clone().map(|model| model.fit.n_rows as i64))
        .int("bad", rows.clone().map(|model| model.fit.n_bad as i64))
        .real("auc", rows.clone().map(|model| of_model(model, Measure::Auc)))
        .real("log_loss", rows.clone().map(|model| of_model(model, Measure::LogLoss)))
        .text(
            "gate",
            rows.map(|model| {
                if model.validation.refusals.is_empty() {
                    "passed"
                } else {
                    "refused"
                }
                .to_owned()
            }),
        )
}

fn compare(models: &[Model]) -> Table {
    let rows = models.iter();
    let table = Table::new("comparison")
        .note(
            "rows",
            "each on its own held-out rows: comparable where days, unit and label are the same",
        )
        .text("model", rows.clone().map(Model::id))
        .text("estimator", rows.clone().map(|model| model.champion.name().to_owned()))
        .text("label", rows.clone().map(|model| model.label.sentence()))
        .text(
            "held_out",
            rows.clone().map(|model| model.validation.held_out.as_str().to_owned()),
        )
        .text("from", rows.clone().map(|model| model.validation.days.0.clone()))
        .text("to", rows.clone().map(|model| model.validation.days.1.clone()))
        .int("n", rows.clone().map(|model| model.validation.n as i64))
        .int("n_bad", rows.clone().map(|model| model.validation.n_bad as i64));
    Measure::ALL.iter().fold(table, |table, &measure| {
        table.real(measure.as_str(), rows.clone().map(|model| of_model(model, measure)))
    })
}

/// Returns a measure of the model itself, which stands first in its validation.
fn of_model(model: &Model, measure: Measure) -> Option<f64> {
    let judged = model.validation.estimators.first()?;
    model.validation.value(&judged.estimator, measure)
}
