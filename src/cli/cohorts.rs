//! `arrears cohorts`: how much of each month's claims has come in by age.

use clap::{Args, ValueEnum};

use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::config::Config;
use crate::metrics::cohorts::{CohortOrigin, CohortParams, cohorts};
use crate::metrics::segments;
use crate::metrics::triangle::SigmaRule;

/// Arguments of `arrears cohorts`.
#[derive(Debug, Args)]
pub(super) struct CohortsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Month that a claim belongs to.
    #[arg(long, value_enum, default_value_t = Origin::Issue)]
    origin: Origin,
    /// Print what each month will recover in the end (chain ladder, Mack's standard error) instead of the cells.
    #[arg(long)]
    projection: bool,
    /// How the last variance of Mack's method is found.
    #[arg(long, value_enum, default_value_t = Sigma::Mack)]
    sigma_rule: Sigma,
    #[command(flatten)]
    output: OutputArgs,
}

/// Month that a claim belongs to.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Origin {
    Issue,
    Due,
}

/// How the last variance is found.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sigma {
    Mack,
    LogLinear,
}

pub(super) fn run(args: &CohortsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let params = CohortParams {
        origin: match args.origin {
            Origin::Issue => CohortOrigin::Issue,
            Origin::Due => CohortOrigin::Due,
        },
        sigma_rule: match args.sigma_rule {
            Sigma::Mack => SigmaRule::Mack,
            Sigma::LogLinear => SigmaRule::LogLinear,
        },
    };
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let cohorts = ui.unpack(cohorts(
        &ledger,
        as_of,
        from,
        to,
        &groups,
        args.ledger.known_on,
        &params,
    )?);
    let table = if args.projection {
        cohorts.projection_table()
    } else {
        cohorts.table()
    };
    let question = format!("cohorts {from} {to} {:?} {params:?}", args.by.by);
    output.write(&Stamp::new(&question, &ledger, as_of, config).on(table))?;
    Ok(Exit::Fine)
}
