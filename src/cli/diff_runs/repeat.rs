//! A run made again, with some of what it was made with replaced.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Parser;

use super::saved::SavedRun;
use crate::calendar::AsOf;
use crate::cli::answer::Made;
use crate::cli::{Cli, Ui, Verb, asked, forecast, holds, score, worklist};
use crate::config::Config;
use crate::decide::{RunKind, RunRows};
use crate::ledger::Ledger;
use crate::risk::embedded;

/// What a run is made with beside the ledger and the day: the question with the settings, and the model.
#[derive(Clone, Copy)]
pub(super) struct With<'a> {
    /// Whose question and settings.
    pub policy: &'a SavedRun,
    /// Whose model.
    pub model: &'a SavedRun,
    /// Folder of models.
    pub models: &'a Path,
}

impl With<'_> {
    /// Asks the verb again.
    pub fn rows(&self, kind: &'static RunKind, ledger: &Ledger, as_of: AsOf) -> anyhow::Result<RunRows> {
        let line = self.policy.note("asked").with_context(|| {
            format!(
                "{} does not say what was asked; it was written by an earlier program",
                self.policy.path.display()
            )
        })?;
        let words = asked::words(line).ok_or_else(|| anyhow!("`{line}` is no command"))?;
        let mut words = [
            vec!["arrears".to_owned()],
            words,
            vec!["--ledger".to_owned(), ".".to_owned()],
        ]
        .concat();
        if let Some(id) = self.model.note("model") {
            words.push("--model".to_owned());
            words.push(self.path_of(id).display().to_string());
        }
        let cli = Cli::try_parse_from(&words).with_context(|| format!("`{line}` is no command of this program"))?;
        let config = self.settings()?;
        // What it has to say was said when the run was made.
        let ui = &mut Ui::new(true);
        let Made { table, .. } = match &cli.verb {
            Verb::Worklist(args) => worklist::made(args, ledger, as_of, &config, ui)?,
            Verb::Holds(args) => holds::made(args, ledger, as_of, &config, ui)?,
            Verb::Score(args) => score::made(args, ledger, as_of, ui)?,
            Verb::Forecast(args) => forecast::made(args, ledger, as_of, &config, ui)?,
            _ => bail!("`{line}` is no run that can be repeated"),
        };
        Ok(RunRows::of(kind, &table)?)
    }

    fn settings(&self) -> anyhow::Result<Config> {
        let run = self.policy;
        let settings = run
            .note("settings")
            .with_context(|| format!("{} does not hold the settings it was made with", run.path.display()))?;
        Ok(Config::from_toml(settings, &run.path.display().to_string())?)
    }

    /// Finds a model by its id, `name/version`.
    fn path_of(&self, id: &str) -> PathBuf {
        let path = self.models.join(id);
        let name = id.split('/').next().unwrap_or_default();
        match embedded::NAMES.iter().find(|own| **own == name) {
            Some(name) if !path.exists() => PathBuf::from(name),
            _ => path,
        }
    }
}
