//! `arrears policy`: policies of decisions checked, compared with the defaults, and run side by side over the past.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs, base_rates};
use super::backtest::ReviewArgs;
use super::{Exit, Ui};
use crate::backtest::{DecisionPolicy, simulate};
use crate::config::Config;
use crate::table::Table;

/// Arguments of `arrears policy`.
#[derive(Debug, Args)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Read a policy, report every mistake by its dotted key, and list what differs from the built-in settings.
    Check(CheckArgs),
    /// Run two policies over the same past, side by side: contacts, holds, losses avoided, margin lost, days to release.
    Simulate(SimulateArgs),
}

/// Arguments of `arrears policy check`.
#[derive(Debug, Args)]
struct CheckArgs {
    /// The policy: a TOML file that names what differs from the built-in settings, which `arrears config` prints.
    #[arg(value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments of `arrears policy simulate`.
#[derive(Debug, Args)]
struct SimulateArgs {
    /// The first policy; `default` for the built-in settings.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// The second policy.
    #[arg(value_name = "B")]
    second: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    reviews: ReviewArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &PolicyArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    match &args.what {
        What::Check(args) => check(args, ui),
        What::Simulate(args) => side_by_side(args, config, ui),
    }
}

fn check(args: &CheckArgs, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (text, origin) = read(&args.policy)?;
    let policy = Config::from_toml(&text, &origin)?;
    let differences = Config::differences(&text, &origin)?;
    let table = Table::new("policy")
        .text("key", differences.iter().map(|one| one.key.clone()))
        .text("built_in", differences.iter().map(|one| one.built_in.clone()))
        .text("own", differences.iter().map(|one| one.own.clone()))
        .note("policy", &policy.policy)
        .note("config_hash", policy.hash());
    output.write(&table)?;
    ui.say(&format!(
        "{origin}: no mistakes; {} settings differ from the built-in ones",
        differences.len()
    ));
    Ok(Exit::Fine)
}

fn side_by_side(args: &SimulateArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (first, second) = (settings(&args.first)?, settings(&args.second)?);
    let (ledger, as_of) = args.ledger.open(ui)?;
    let params = args.reviews.settle(&ledger, as_of)?;
    let rates = base_rates(&ledger, args.reviews.base)?;
    let policies = [decisions(&first, &args.first), decisions(&second, &args.second)];
    let spinner = ui.spinner("reviewing each day under both policies");
    let simulation = simulate(&ledger, &rates, [&policies[0], &policies[1]], &params);
    spinner.finish_and_clear();
    let table = ui.unpack(simulation?).table();
    let table = table
        .note("first", format!("{} ({})", first.policy, first.hash()))
        .note("second", format!("{} ({})", second.policy, second.hash()));
    let question = format!(
        "policy simulate {} {} {params:?} {:?}",
        first.hash(),
        second.hash(),
        args.reviews.base
    );
    answer(&question, table, (&ledger, as_of), output, config, ui)
}

fn settings(path: &Path) -> anyhow::Result<Config> {
    if path == Path::new("default") {
        return Ok(Config::built_in());
    }
    let (text, origin) = read(path)?;
    Ok(Config::from_toml(&text, &origin)?)
}

/// Names a policy after its file, by which the user tells the two apart.
fn decisions(config: &Config, path: &Path) -> DecisionPolicy {
    let file = path.file_stem().unwrap_or(path.as_os_str());
    DecisionPolicy {
        name: file.to_string_lossy().into_owned(),
        worklist: config.worklist.clone(),
        holds: config.holds.clone(),
    }
}

fn read(path: &Path) -> anyhow::Result<(String, String)> {
    let origin = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the policy {origin}"))?;
    Ok((text, origin))
}
