//! `arrears panel`: the rows models are trained on.

use anyhow::bail;
use clap::Args;

use super::args::{LedgerArgs, MonthsArgs, OutputArgs};
use super::certificate::Tied;
use super::model::UnitArg;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::{Panel, Unit, label};
use crate::ledger::Facts;
use crate::metrics::certificate::certificate;
use crate::risk::LabelDefinition;

/// Arguments of `arrears panel`.
#[derive(Debug, Args)]
pub(super) struct PanelArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// What a row is about.
    #[arg(long, value_enum)]
    unit: UnitArg,
    /// Bad means unsettled this many days after the due day.
    #[arg(long, value_name = "D")]
    days_late: i32,
    /// For customers: days after the month end in which going late counts.
    #[arg(long, value_name = "H")]
    horizon: Option<i32>,
    /// For customers: days after the month end in which new invoices count.
    #[arg(long, value_name = "E")]
    entering: Option<i32>,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &PanelArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_in_parts()?;
    let unit = args.unit.unit();
    if unit == Unit::Invoice && (args.horizon.is_some() || args.entering.is_some()) {
        bail!(
            "--horizon and --entering are for customers; an invoice is judged on the day --days-late after its due day"
        );
    }
    let mut label = config.train.label(unit, args.days_late);
    if unit == Unit::Customer {
        label.horizon = args.horizon.unwrap_or(label.horizon);
        label.entering = args.entering.unwrap_or(label.entering);
    }
    let params = label.check()?;
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
