//! `arrears score`: how likely each invoice or customer is to go late, and why.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::answer::{Made, answer, answer_made};
use super::args::{LedgerArgs, OutputArgs};
use super::input_file::InputFile;
use super::model::UnitArg;
use super::{Exit, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::Unit;
use crate::import::{self, ImportParams, Profile};
use crate::ledger::Ledger;
use crate::outcome::Checked;
use crate::risk::accounts::features;
use crate::risk::{Model, embedded, registry};
use crate::scoring::{NamedCandidate, candidates, score, score_accounts, score_candidates};

/// Arguments of `arrears score`.
#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    #[command(flatten)]
    ledger: Option<LedgerArgs>,
    /// What is scored; by default what the model was trained on, customers without a model.
    #[arg(long, value_enum, requires = "ledger")]
    unit: Option<UnitArg>,
    /// Documents that are not in the ledger yet, such as orders about to ship: a file with the columns of the `invoices` table, scored from
    /// the ledger by a model of invoices.
    #[arg(long, value_name = "FILE", requires = "ledger")]
    candidates: Option<PathBuf>,
    /// A CSV table of accounts instead of a ledger, for a model that was trained on one.
    #[arg(long, value_name = "FILE", conflicts_with = "ledger", requires = "model")]
    table: Option<PathBuf>,
    /// Model, as `models/NAME` (its promoted version) or `models/NAME/VERSION`; by default the illustrative one that comes with the program.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    model: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl ScoreArgs {
    fn model(&self) -> anyhow::Result<Model> {
        let unit = match (self.unit, &self.candidates) {
            (Some(unit), _) => unit.unit(),
            (None, Some(_)) => Unit::Invoice,
            (None, None) => Unit::Customer,
        };
        let default = || PathBuf::from(embedded::name(unit));
        Ok(registry::load(&self.model.clone().unwrap_or_else(default))?)
    }
}

pub(super) fn run(args: &ScoreArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let model = args.model()?;
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
    let Some(ledger) = &args.ledger else {
        bail!("name a ledger (--ledger DIR), or a table of accounts (--table FILE)");
    };
    if let Some(asked) = args.unit.map(|unit| unit.unit().as_str())
        && model.label.unit != asked
    {
        bail!("{} scores {}s, asked for: --unit {asked}", model.id(), model.label.unit);
    }
    let (ledger, as_of) = ledger.open(ui)?;
    let question = format!("score {}", model.id());
    let Some(path) = &args.candidates else {
        let made = of_ledger(&model, &ledger, as_of, ui)?;
        return answer_made(made, (&ledger, as_of), output, config, ui);
    };
    let Candidates { named, n_refused, hash } = Candidates::read(path, &ledger, ui)?;
    let scores = ui.unpack(score_candidates(&ledger, as_of, &model, &named)?);
    let table = scores.table().note("candidates", &hash);
    let exit = answer(
        &format!("{question} candidates {hash}"),
        table,
        (&ledger, as_of),
        output,
        config,
        ui,
    )?;
    if n_refused == 0 {
        return Ok(exit);
    }
    ui.say(&format!("{n_refused} rows of {} were not scored", path.display()));
    Ok(Exit::Findings)
}

/// Makes the scores of a ledger.
pub(super) fn made(args: &ScoreArgs, ledger: &Ledger, as_of: AsOf, ui: &mut Ui) -> anyhow::Result<Made> {
    if args.candidates.is_some() || args.table.is_some() {
        bail!("the rows scored were those of a file, which the run does not hold");
    }
    of_ledger(&args.model()?, ledger, as_of, ui)
}

fn of_ledger(model: &Model, ledger: &Ledger, as_of: AsOf, ui: &mut Ui) -> anyhow::Result<Made> {
    let scores = ui.unpack(score(ledger, as_of, model)?);
    Ok(Made {
        question: format!("score {}", model.id()),
        table: scores.table(ledger),
        model: Some(model.id()),
        closing: None,
    })
}

/// Candidates as they were read from a file.
struct Candidates {
    named: Vec<NamedCandidate>,
    /// Rows that could not be read or scored.
    n_refused: u64,
    /// Short hash of the file.
    hash: String,
}

/// How a file of candidates is read: as invoices, whatever it is called.
const AS_INVOICES: &str = "name = \"candidates\"\n[[records]]\ntable = \"invoices\"\nby_name = true\n";

impl Candidates {
    fn read(path: &Path, ledger: &Ledger, ui: &mut Ui) -> anyhow::Result<Candidates> {
        let profile = Profile::from_toml(AS_INVOICES, "candidates")?;
        let read = import::read(&[path.to_owned()], &profile, &ImportParams::default(), &mut |_, _| {})?;
        let Checked {
            value: imported,
            mut issues,
            caveats,
        } = read;
        let found = candidates(ledger, &imported.records);
        issues.extend(found.issues);
        ui.issues(&issues);
        ui.caveats(&caveats);
        let (named, n_left_out) = found.value;
        Ok(Candidates {
            named,
            n_refused: imported.rows.quarantined + n_left_out as u64,
            hash: InputFile::read(path)?.hash().to_owned(),
        })
    }
}
