//! `arrears models recalibrate` and `refit`: a stored model made anew, from later rows or from the same ones.

use std::path::Path;

use anyhow::{Context, bail};

use super::args::{LedgerArgs, MonthsArgs, OutputArgs};
use super::input_file::InputFile;
use super::{Exit, Stamp, Ui};
use crate::calendar::{AsOf, Day};
use crate::config::Config;
use crate::ledger::Ledger;
use crate::risk::calibrate::Line;
use crate::risk::registry::{self, Loaded};
use crate::risk::{self, Model, RecalibrateError, RecalibrateParams, Recalibration, accounts, recalibrate};

/// What is asked of `recalibrate`.
pub(super) struct Recalibrate<'a> {
    pub model: &'a Path,
    pub ledger: &'a LedgerArgs,
    pub months: &'a MonthsArgs,
    pub keep_refused: bool,
    pub promote: bool,
}

impl Recalibrate<'_> {
    pub(super) fn run(&self, output: &OutputArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
        let output = output.prepare()?;
        let loaded = registry::open(self.model)?;
        let models = models_of(&loaded)?;
        let (ledger, as_of) = self.ledger.open(ui)?;
        let (from, to) = self.months.settle(as_of)?;
        let params = RecalibrateParams {
            days: from.through(to).map(|month| AsOf(month.last())).collect(),
            of_hash: loaded.sha256.clone(),
            keep_refused: self.keep_refused,
        };
        let spinner = ui.spinner("recalibrating");
        let revised = recalibrate(&ledger, as_of, &loaded.model, &params);
        spinner.finish_and_clear();
        let question = format!("recalibrate {} {from} {to} {}", loaded.model.id(), self.keep_refused);
        let stamp = Stamp::new(&question, &ledger, as_of, config);
        let mut revised = match revised {
            Ok(revised) => revised,
            Err(error) => {
                if let RecalibrateError::NoBetter { trial } = &error {
                    output.write(&stamp.on(trial.table()))?;
                }
                return Err(error.into());
            }
        };
        let place = registry::store(models, &mut revised)?;
        if let Some(Recalibration {
            trial, line, n, n_bad, ..
        }) = &revised.recalibrated
        {
            output.write(&stamp.on(trial.table().note("model", revised.id())))?;
            ui.say(&format!(
                "{} says what {} says, then {}; learnt from {n} rows, {n_bad} bad",
                revised.id(),
                loaded.model.id(),
                words(*line)
            ));
        }
        if self.promote {
            registry::promote(models, &revised.name, revised.version)?;
        } else {
            ui.say("an earlier version stays the promoted one; --promote changes that");
        }
        ui.say(&format!("the model and its card are in {}", place.display()));
        Ok(Exit::Fine)
    }
}

fn words(line: Line) -> String {
    format!("log-odds {:+.3} {:+.3} x", line.intercept, line.slope)
}

/// Returns the folder of models that a stored version lies in.
fn models_of(loaded: &Loaded) -> anyhow::Result<&Path> {
    let models = loaded
        .folder
        .parent()
        .and_then(Path::parent)
        .filter(|_| loaded.folder.is_dir());
    models.with_context(|| {
        format!(
            "{} comes with the program; train a model of your own first",
            loaded.model.id()
        )
    })
}

/// Repeats what made a stored version and compares it with what is stored.
pub(super) fn refit(model: &Path, ledger: Option<&Path>, table: Option<&Path>, ui: &mut Ui) -> anyhow::Result<Exit> {
    let stored = registry::open(model)?;
    let spinner = ui.spinner("repeating");
    let repeated = match (table, ledger) {
        (Some(table), _) => of_table(&stored.model, table),
        (None, Some(ledger)) => of_ledger(&stored, ledger),
        (None, None) => bail!("name the ledger (--ledger DIR), or the table of accounts (--table FILE)"),
    };
    spinner.finish_and_clear();
    let id = stored.model.id();
    if registry::to_json(&repeated?)? == stored.text {
        ui.say(&format!(
            "{id} was made again, byte for byte (SHA-256 {})",
            stored.sha256
        ));
        return Ok(Exit::Fine);
    }
    let program = env!("CARGO_PKG_VERSION");
    bail!(
        "{id} comes out otherwise from the same rows and settings: it was stored by version {} of the program, this is {program}",
        stored.program
    )
}

fn of_table(model: &Model, path: &Path) -> anyhow::Result<Model> {
    let Some(columns) = &model.request.accounts else {
        bail!("{} was fitted to a ledger: name it (--ledger DIR)", model.id());
    };
    let file = InputFile::read(path)?;
    let rows = accounts::read(file.content(), columns).with_context(|| format!("cannot use {}", path.display()))?;
    Ok(risk::refit_accounts(&rows, file.hash(), model)?)
}

fn of_ledger(stored: &Loaded, path: &Path) -> anyhow::Result<Model> {
    let model = &stored.model;
    if model.label.target.is_some() {
        bail!(
            "{} was fitted to a table of accounts: name it (--table FILE)",
            model.id()
        );
    }
    let known_on = match &model.recalibrated {
        Some(recalibration) => &recalibration.known_on,
        None => &model.request.known_on,
    };
    let mut ledger = Ledger::open(path)?;
    if let Some(day) = known_on {
        ledger = ledger.as_known_on(Day::parse(day)?);
    }
    match &model.recalibrated {
        None => Ok(risk::refit(&ledger, model)?),
        Some(recalibration) => recalibrated(stored, recalibration, &ledger),
    }
}

/// Calibrates the version before anew, as it was done then.
fn recalibrated(stored: &Loaded, then: &Recalibration, ledger: &Ledger) -> anyhow::Result<Model> {
    let version = then.of.rsplit('/').next().unwrap_or_default();
    let before = registry::open(&stored.folder.with_file_name(version))?;
    if before.sha256 != then.of_hash {
        bail!(
            "{} is not the model that {} was calibrated from",
            then.of,
            stored.model.id()
        );
    }
    if ledger.hash() != then.ledger_hash {
        bail!(
            "{} was calibrated on the ledger {}, this one is {}: repeating needs the same rows",
            stored.model.id(),
            then.ledger_hash,
            ledger.hash()
        );
    }
    let (from, to) = (Day::parse(&then.months.0)?.month(), Day::parse(&then.months.1)?.month());
    let params = RecalibrateParams {
        days: from.through(to).map(|month| AsOf(month.last())).collect(),
        of_hash: then.of_hash.clone(),
        keep_refused: then.keep_refused,
    };
    let again = recalibrate(ledger, AsOf(Day::parse(&then.as_of)?), &before.model, &params)?;
    Ok(Model {
        version: stored.model.version,
        ..again
    })
}
