//! `arrears provision`: the allowance for credit losses, rolled forward where a day before is named.

use clap::{Args, ValueEnum};

use super::answer::answer;
use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Ui};
use crate::calendar::{AsOf, Day};
use crate::config::Config;
use crate::forecast::provision::{Presentation, provision, roll_forward};

/// Arguments of `arrears provision`.
#[derive(Debug, Args)]
pub(super) struct ProvisionArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Customer attribute whose values are the pools, if not that of the settings.
    #[arg(long, value_name = "ATTR")]
    pool_by: Option<String>,
    /// Under whose captions the same numbers stand.
    #[arg(long, value_enum, default_value_t = Standard::Ifrs9)]
    presentation: Standard,
    /// Print what is provided for each open claim.
    #[arg(long, conflicts_with = "since")]
    items: bool,
    /// Roll the allowance forward from this day to the as-of day, and explain its change.
    #[arg(long, value_name = "DATE", value_parser = Day::parse)]
    since: Option<Day>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Standard {
    /// Provision matrix of the simplified approach.
    Ifrs9,
    /// Ageing schedule.
    Cecl,
}

pub(super) fn run(args: &ProvisionArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let mut params = config.provision.clone();
    if let Some(pool_by) = &args.pool_by {
        params.pool_by.clone_from(pool_by);
    }
    let presentation = match args.presentation {
        Standard::Ifrs9 => Presentation::Ifrs9,
        Standard::Cecl => Presentation::Cecl,
    };
    let table = match args.since {
        Some(since) => ui
            .unpack(roll_forward(&ledger, (AsOf(since), &params), (as_of, &params))?)
            .table(),
        None => {
            let provision = ui.unpack(provision(&ledger, as_of, &params)?);
            if args.items {
                provision.claims_table(&ledger)
            } else {
                provision.table(presentation)
            }
        }
    };
    let question = format!("provision {} {:?} {params:?} {presentation:?}", args.items, args.since);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}
