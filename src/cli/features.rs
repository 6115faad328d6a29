//! `arrears features`: what models look at.

use clap::Args;

use super::Exit;
use super::args::OutputArgs;
use super::model::UnitArg;
use crate::features::catalogue;

/// Arguments of `arrears features`.
#[derive(Debug, Args)]
pub(super) struct FeaturesArgs {
    /// Only those of rows about this; by default all.
    #[arg(long, value_enum)]
    unit: Option<UnitArg>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &FeaturesArgs) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    output.write(&catalogue::table(args.unit.map(UnitArg::unit)))?;
    Ok(Exit::Fine)
}
