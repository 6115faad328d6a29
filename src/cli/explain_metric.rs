//! `arrears explain-metric`: what a number means.

use anyhow::bail;
use clap::Args;

use super::Exit;
use super::args::OutputArgs;
use crate::metrics::contracts;

/// Arguments of `arrears explain-metric`.
#[derive(Debug, Args)]
pub(super) struct ExplainMetricArgs {
    /// Id of the metric, as in the header of every result; without one, all are listed.
    id: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &ExplainMetricArgs) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let table = match &args.id {
        None => contracts::table(),
        Some(id) => match contracts::contract(id) {
            Some(contract) => contract.table(),
            None => {
                let ids: Vec<&str> = contracts::all().map(|contract| contract.id).collect();
                bail!("found no metric `{id}`, expected one of {}", ids.join(", "));
            }
        },
    };
    output.write(&table)?;
    Ok(Exit::Fine)
}
