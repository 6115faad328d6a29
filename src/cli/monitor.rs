//! `arrears monitor`: whether a model still sees the customers it was made for, and still means what it says.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::args::{LedgerArgs, OutputArgs};
use super::{Exit, Stamp, Ui};
use crate::calendar::{AsOf, Day, Month};
use crate::config::Config;
use crate::risk::monitor::stability::Shift;
use crate::risk::monitor::{MonitorParams, monitor};
use crate::risk::registry;
use crate::table::Table;

/// Arguments of `arrears monitor`.
#[derive(Debug, Args)]
pub(super) struct MonitorArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Model to look at, as `models/NAME` (its promoted version) or `models/NAME/VERSION`.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    model: PathBuf,
    /// Model of the same label to hold beside it.
    #[arg(long, value_name = "DIR/N[/VERSION]")]
    challenger: Option<PathBuf>,
    /// Month ends the model is held against; by default those it was trained on.
    #[arg(long, value_name = "FROM,TO", value_delimiter = ',', num_args = 1, value_parser = Month::parse)]
    baseline: Option<Vec<Month>>,
    /// Month ends of now; by default those after the baseline, up to the as-of day.
    #[arg(long, value_name = "FROM,TO", value_delimiter = ',', num_args = 1, value_parser = Month::parse)]
    current: Option<Vec<Month>>,
    /// Draws of customers behind the intervals.
    #[arg(long, value_name = "N", default_value_t = 500)]
    draws: usize,
    /// Seed of the draws.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &MonitorArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_several()?;
    let model = registry::load(&args.model)?;
    let challenger = args.challenger.as_deref().map(registry::load).transpose()?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let trained = || {
        Some((
            Day::parse(&model.panel.0).ok()?.month(),
            Day::parse(&model.panel.1).ok()?.month(),
        ))
    };
    let (from, to) = match (&args.baseline, trained()) {
        (Some(months), _) => pair("--baseline", months)?,
        (None, Some(months)) => months,
        (None, None) => bail!(
            "{} does not say which months it was trained on; name --baseline FROM,TO",
            model.id()
        ),
    };
    let (now_from, now_to) = match &args.current {
        Some(months) => pair("--current", months)?,
        None => (to + 1, as_of.0.month()),
    };
    let params = MonitorParams {
        baseline: month_ends(from, to, as_of),
        current: month_ends(now_from, now_to, as_of),
        n_draws: args.draws,
        seed: args.seed,
    };
    let spinner = ui.spinner("comparing");
    let found = monitor(&ledger, as_of, &model, challenger.as_ref(), &params);
    spinner.finish_and_clear();
    let found = found?;
    let question = format!(
        "monitor {} {:?} {from} {to} {now_from} {now_to} {} {}",
        model.id(),
        challenger.as_ref().map(|challenger| challenger.id()),
        args.draws,
        args.seed
    );
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    let tables: Vec<Table> = found.tables().into_iter().map(|table| stamp.on(table)).collect();
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    let shifted = |shift: Shift| {
        let features = found.features.iter();
        features.filter(|(_, stability)| stability.shift() == shift).count()
    };
    ui.say(&format!(
        "shift of the score: {}; of {} features {} shifted a little and {} much; drift of calibration on current rows: {}",
        found.score.shift().as_str(),
        found.features.len(),
        shifted(Shift::Small),
        shifted(Shift::Large),
        found.drift().as_str()
    ));
    Ok(if found.is_sound() { Exit::Fine } else { Exit::Findings })
}

fn pair(argument: &str, months: &[Month]) -> anyhow::Result<(Month, Month)> {
    match months {
        [from, to] if from <= to => Ok((*from, *to)),
        _ => bail!("{argument} takes the first and the last month, such as 2025-01,2025-06"),
    }
}

/// Returns the month ends of some months that lie on or before the as-of day.
fn month_ends(from: Month, to: Month, as_of: AsOf) -> Vec<AsOf> {
    let ends = from.through(to).map(|month| AsOf(month.last()));
    ends.filter(|day| *day <= as_of).collect()
}
