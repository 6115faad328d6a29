//! `arrears history`: every monthly history of a ledger, from one pass.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::args::{ByArgs, LedgerArgs, MonthsArgs};
use super::certificate::Tied;
use super::memory::Bytes;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::ledger::LedgerParts;
use crate::metrics::cohorts::CohortParams;
use crate::metrics::segments;
use crate::metrics::timeline::{KeptRun, SumsSource, TiedPlan, TimelineParams};
use crate::output::{self, Format, Layout, Target};
use crate::table::Table;

/// How often the sums stand in memory while they become tables: the sums, what is made of them, their columns, their bytes.
const RESULTS_OF_SUMS: usize = 4;

/// Arguments of `arrears history`.
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// Folder for the files, one for each history; it is created where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Form of the files.
    #[arg(long, value_enum, default_value_t = FileFormat::Parquet)]
    format: FileFormat,
    /// Memory to keep within, such as `500MB`; by default no limit. Fewer threads run where it is tight.
    #[arg(long, value_name = "SIZE")]
    memory: Option<Bytes>,
    /// Keep the sums in the ledger's folder, and go on from those an earlier run kept: then only customers changed by later imports are
    /// added up.
    #[arg(long)]
    keep_sums: bool,
}

/// Form of the files.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    Parquet,
    Csv,
}

pub(super) fn run(args: &HistoryArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let target = Target::prepare(&args.out.join(""))?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let known_on = args.ledger.known_on;
    let params = TimelineParams {
        aging: config.aging.clone(),
        roll_rates: config.roll_rates.clone(),
        cohorts: CohortParams {
            calendar: config.calendar,
            ..CohortParams::default()
        },
        dso: config.dso.clone(),
    };
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let plan = TiedPlan::new(&ledger, as_of, from, to, known_on, &params)?;
    let parts = match args.keep_sums && known_on.is_none() {
        true => LedgerParts::open(&args.ledger.ledger, &ledger)?,
        false => None,
    };
    let pass = || plan.run_kept(&ledger, parts.as_ref(), &groups, as_of, &args.by.by);
    let KeptRun { sums, source } = match args.memory {
        None => pass(),
        Some(limit) => {
            let of_groups = groups.len() * plan.timeline.bytes_of_a_group();
            let once = ledger.bytes_of_customers() + RESULTS_OF_SUMS * of_groups;
            let each = ledger.bytes_of_a_stretch() + of_groups;
            let n_threads = limit.threads(once, each, rayon::current_num_threads())?;
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
            pool.build().context("cannot start the threads")?.install(pass)
        }
    };
    let certificate = plan.books.result(&ledger, &sums.books);
    let closing_day = AsOf(to.last());
    let sums = sums.timeline.into_sums();
    let timeline = ui.unpack(plan.timeline.result(&groups, &sums));
    let tied = Tied::new(certificate, &ledger, closing_day).with_flow(timeline.flow());
    let question = format!("history {from} {to} {:?} {params:?}", args.by.by);
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    let tables: Vec<Table> = timeline
        .tables()
        .into_iter()
        .map(|table| stamp.on(tied.on(table)))
        .collect();
    let format = match args.format {
        FileFormat::Parquet => Format::Parquet,
        FileFormat::Csv => Format::Csv,
    };
    output::write(&tables.iter().collect::<Vec<_>>(), format, Layout::COMPLETE, target)?;
    if args.keep_sums {
        ui.say(&said_of(&source));
    }
    for table in &tables {
        ui.say(&format!("{}: {} rows", table.name(), table.n_rows()));
    }
    Ok(tied.say(ui))
}

fn said_of(source: &SumsSource) -> String {
    match source {
        SumsSource::Everyone => {
            "sums: none kept, every customer was added up; to keep them, leave out --known-on, and customers' attributes, parents and bands in --by".to_owned()
        }
        SumsSource::Added(Ok(())) => "sums: kept for the next run".to_owned(),
        SumsSource::Added(Err(error)) => format!("sums: not kept; {error}"),
        SumsSource::Kept { n_over } => format!("sums: taken from an earlier run, but for {n_over} customers"),
    }
}
