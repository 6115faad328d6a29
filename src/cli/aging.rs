//! `arrears aging`: how old the money is.

use clap::{Args, ValueEnum};

use super::args::{BaseArgs, ByArgs, LedgerArgs, OutputArgs};
use super::certificate::Tied;
use super::{Exit, Stamp, Ui};
use crate::calendar::Day;
use crate::config::Config;
use crate::metrics::aging::{AgingBasis, AgingBoundary, AgingCredits, AgingDisputes, aging};
use crate::metrics::certificate::certificate;
use crate::metrics::segments;

/// Arguments of `arrears aging`.
#[derive(Debug, Args)]
pub(super) struct AgingArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    base: BaseArgs,
    /// Day whose rates convert to the base currency, or the last before it; by default the as-of day.
    #[arg(long, value_name = "DATE", value_parser = Day::parse, requires = "base")]
    rates_on: Option<Day>,
    /// Last day of each bucket; the last bucket is open.
    #[arg(long, value_name = "DAYS,…", value_delimiter = ',')]
    buckets: Option<Vec<i32>>,
    /// What the age is counted from.
    #[arg(long, value_enum)]
    basis: Option<Basis>,
    /// Whether what is due on the as-of day is past due.
    #[arg(long, value_enum)]
    due_day: Option<Boundary>,
    /// Where cash and credits on no claim stand.
    #[arg(long, value_enum)]
    credits: Option<Credits>,
    /// Where disputed money stands.
    #[arg(long, value_enum)]
    disputes: Option<Disputes>,
    /// Print the tie-out certificate instead: the identity by currency and entity against ledger and general ledger.
    #[arg(long)]
    certificate: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What the age is counted from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Basis {
    Due,
    Issue,
    Posting,
}

/// Whether what is due on the as-of day is past due.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Boundary {
    /// It is not: day 1 is the first.
    NotPastDue,
    /// It is: day 0 is the first.
    PastDue,
}

/// Where cash and credits on no claim stand.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Credits {
    /// In columns of their own.
    Separate,
    /// As negative amounts in the bucket of their own day.
    OwnDate,
    /// Against the customer's oldest claims.
    Fifo,
}

/// Where disputed money stands.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Disputes {
    /// In the buckets.
    Gross,
    /// In a column of its own, carved out of the buckets.
    Net,
    /// In the past-due buckets.
    AsLate,
}

pub(super) fn run(args: &AgingArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_for(args.base.base.is_some())?;
    let mut params = config.aging.clone();
    if let Some(edges) = &args.buckets {
        params.upper_edges.clone_from(edges);
    }
    params.basis = match args.basis {
        None => params.basis,
        Some(Basis::Due) => AgingBasis::Due,
        Some(Basis::Issue) => AgingBasis::Issue,
        Some(Basis::Posting) => AgingBasis::Posting,
    };
    params.boundary = match args.due_day {
        None => params.boundary,
        Some(Boundary::NotPastDue) => AgingBoundary::NotPastDue,
        Some(Boundary::PastDue) => AgingBoundary::PastDue,
    };
    params.credits = match args.credits {
        None => params.credits,
        Some(Credits::Separate) => AgingCredits::Separate,
        Some(Credits::OwnDate) => AgingCredits::OwnDate,
        Some(Credits::Fifo) => AgingCredits::Fifo,
    };
    params.disputes = match args.disputes {
        None => params.disputes,
        Some(Disputes::Gross) => AgingDisputes::Gross,
        Some(Disputes::Net) => AgingDisputes::Net,
        Some(Disputes::AsLate) => AgingDisputes::AsLate,
    };
    let (ledger, as_of) = args.ledger.open(ui)?;
    let known_on = args.ledger.known_on;
    let rates = args.base.rates(&ledger)?;
    let rates_on = args.rates_on.unwrap_or(as_of.0);
    let certificate = certificate(&ledger, as_of, known_on, &params)?;
    let tied = Tied::new(certificate, &ledger, as_of);
    let mut question = format!("aging {:?} {params:?}", args.by.by);
    if let Some(base) = args.base.base {
        question.push_str(&format!(" base {base} {rates_on}"));
    }
    let stamp = Stamp::new(&question, &ledger, as_of, config);
    if args.certificate {
        return tied.write(output, &stamp, ui);
    }
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    let aging = ui.unpack(aging(&ledger, as_of, &groups, known_on, &params)?);
    let mut tables = vec![stamp.on(tied.on(aging.table()))];
    if let Some(rates) = &rates {
        tables.push(stamp.on(aging.in_base(rates, rates_on)?.table()));
    }
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    Ok(tied.say(ui))
}
