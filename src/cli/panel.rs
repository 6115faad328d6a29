//! `arrears panel`: the rows models are trained on.

use clap::{Args, ValueEnum};

use super::args::{LedgerArgs, MonthsArgs, OutputArgs};
use super::certificate::Tied;
use super::model::LabelArgs;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::{CheckedLabelParams, LabelCounts, Panel, cure, label};
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
    /// Which rows: all with their delinquency, or what was delinquent already with its cure.
    #[arg(long, value_enum, default_value_t = ViewArg::Delinquency)]
    view: ViewArg,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Which rows of the panel, and what their outcome is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ViewArg {
    Delinquency,
    Cure,
}

impl PanelArgs {
    fn label(&self, config: &Config) -> anyhow::Result<CheckedLabelParams> {
        let label = match self.view {
            ViewArg::Delinquency => self.label.settle(config)?,
            ViewArg::Cure => self.label.settle_cure(config)?,
        };
        Ok(label.check()?)
    }

    fn sentence(&self, params: &CheckedLabelParams) -> String {
        match self.view {
            ViewArg::Delinquency => LabelDefinition::of(params).sentence(),
            ViewArg::Cure => format!(
                "of what was delinquent already, good is cured: no more than {} is unsettled, {} days or more late, at the end of the {}th day after",
                params.materiality, params.days_late, params.horizon
            ),
        }
    }
}

/// What a part of the panel holds, for the closing line.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    labels: LabelCounts,
    n_without_history: u64,
}

impl Counts {
    fn of(panel: &Panel, labels: &[label::Labelled]) -> Counts {
        let without = panel.rows().iter().filter(|row| !row.has_history);
        Counts {
            labels: LabelCounts::of(labels.iter().map(|label| label.outcome)),
            n_without_history: without.count() as u64,
        }
    }

    fn include(&mut self, other: Counts) {
        self.labels.include(other.labels);
        self.n_without_history += other.n_without_history;
    }

    fn say(&self, ui: &mut Ui) {
        let LabelCounts {
            good,
            bad,
            indeterminate,
            already_bad,
            excluded,
            too_young,
        } = self.labels;
        let n = good + bad + indeterminate + already_bad + excluded + too_young;
        ui.say(&format!(
            "{n} rows: {good} good, {bad} bad, {indeterminate} indeterminate, {already_bad} already bad, {excluded} excluded, {too_young} too young"
        ));
        if self.n_without_history > 0 {
            ui.say(&format!(
                "{} of them have no history: the segment, or the portfolio, speaks for them",
                self.n_without_history
            ));
        }
    }
}

pub(super) fn run(args: &PanelArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_in_parts()?;
    let params = args.label(config)?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let days: Vec<AsOf> = from.through(to).map(|month| AsOf(month.last())).collect();
    let tied = Tied::new(
        certificate(&ledger, as_of, ledger.known_on(), &config.aging)?,
        &ledger,
        as_of,
    );
    let question = format!("panel {:?} {from} {to} {params:?}", args.view);
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    let head = Panel::empty(&params, &days)
        .table(&ledger, &[])
        .note("metric", "panel")
        .note("months", format!("{from} to {to}"))
        .note("label", args.sentence(&params))
        .note(
            "features",
            "of the month end's view: facts effective and posted on or before it",
        );
    let head = stamp.on(tied.on(head));
    let spinner = ui.spinner("building the panel");
    let mut counts = Counts::default();
    let written = output.write_in_parts(&head, |encoder, add| {
        let encode = |part: Panel, facts: &Facts<'_>| {
            let (part, labels) = match args.view {
                ViewArg::Delinquency => {
                    let labels = label::outcomes_of_part(facts, &part, as_of);
                    (part, labels)
                }
                ViewArg::Cure => {
                    let part = part.already_bad();
                    let cures = cure::cures_of_part(facts, &part, as_of);
                    (part, cures)
                }
            };
            (
                encoder.encode(&part.table(&ledger, &labels)),
                Counts::of(&part, &labels),
            )
        };
        Panel::build_in_parts(&ledger, &days, &params, encode, |(part, of_part)| {
            counts.include(of_part);
            add(part?)
        })
    });
    spinner.finish_and_clear();
    written?;
    counts.say(ui);
    Ok(tied.say(ui))
}
