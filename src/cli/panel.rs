//! `arrears panel`: the rows models are trained on.

use clap::Args;

use super::args::{LedgerArgs, MonthsArgs, OutputArgs};
use super::certificate::Tied;
use super::model::LabelArgs;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::{Panel, label};
use crate::ledger::Facts;
use crate::metrics::certificate::certificate;
use crate::risk::LabelDefinition;

/// Arguments of `arrears panel`.
#[derive(Debug, Args)]
pub(super) struct PanelArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    label: LabelArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &PanelArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_in_parts()?;
    let params = args.label.settle(config)?.check()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let days: Vec<AsOf> = from.through(to).map(|month| AsOf(month.last())).collect();
    let definition = LabelDefinition::of(&params);
    let tied = Tied::new(
        certificate(&ledger, as_of, ledger.known_on(), &config.aging)?,
        &ledger,
        as_of,
    );
    let stamp = Stamp::new(&format!("panel {from} {to} {params:?}"), &ledger, as_of, config);
    let head = Panel::empty(&params, &days)
        .table(&ledger, &[])
        .note("metric", "panel")
        .note("months", format!("{from} to {to}"))
        .note("label", definition.sentence())
        .note(
            "features",
            "of the month end's view: facts effective and posted on or before it",
        );
    let head = stamp.on(tied.on(head));
    let spinner = ui.spinner("building the panel");
    let written = output.write_in_parts(&head, |encoder, add| {
        let encode = |part: Panel, facts: &Facts<'_>| {
            let labels = label::outcomes_of_part(facts, &part, as_of);
            encoder.encode(&part.table(&ledger, &labels))
        };
        Panel::build_in_parts(&ledger, &days, &params, encode, |part| add(part?))
    });
    spinner.finish_and_clear();
    written?;
    Ok(tied.say(ui))
}
