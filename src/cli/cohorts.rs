//! `arrears cohorts`: how much of each month's claims has come in by age.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::answer::answer;
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs};
use super::input_file::InputFile;
use super::{Exit, Ui};
use crate::calendar::{FiscalCalendar, PeriodLength, YearPattern};
use crate::config::Config;
use crate::metrics::cohorts::{CohortOrigin, CohortParams, LastDiagonal, cohorts, money_to_pay, time_to_pay};
use crate::metrics::triangle::{FactorRule, LongTriangle, SigmaRule};
use crate::metrics::{BootstrapParams, segments};

/// Arguments of `arrears cohorts`.
#[derive(Debug, Args)]
pub(super) struct CohortsArgs {
    #[command(flatten)]
    ledger: Option<LedgerArgs>,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    by: ByArgs,
    /// What places a claim in its month: its issue, its falling due, or its entering the bucket that begins with this day past due.
    #[arg(long, value_name = "issue|due|entering:31-60", value_parser = CohortOrigin::parse, default_value = "issue")]
    origin: CohortOrigin,
    /// How a fiscal year is cut into months; by default as configured in `[calendar]`, with the month in which it begins.
    #[arg(long, value_name = "calendar|4-4-5|4-5-4|5-4-4", value_parser = YearPattern::parse)]
    calendar: Option<YearPattern>,
    /// How long the periods of origin and of age are.
    #[arg(long, value_enum, default_value_t = Length::Month)]
    period: Length,
    /// What becomes of a last period that is not over: dropped, or its money multiplied by its days over the days seen.
    #[arg(long, value_enum, default_value_t = Diagonal::Drop)]
    last_diagonal: Diagonal,
    /// Print what each month will recover in the end (chain ladder, Mack's standard error) instead of the cells.
    #[arg(long)]
    projection: bool,
    /// Print how long the claims issued in these months stay unpaid (Kaplan-Meier, Aalen-Johansen) instead of the cells.
    #[arg(long, conflicts_with_all = ["projection", "origin", "calendar", "period", "last_diagonal"])]
    time_to_pay: bool,
    /// Cases of the time to pay: claims, with Greenwood's intervals, or units of money, with intervals over customers.
    #[arg(long, value_enum, default_value_t = Weight::Count, requires = "time_to_pay")]
    weight: Weight,
    /// How the last variance of Mack's method is found.
    #[arg(long, value_enum, default_value_t = Sigma::Mack)]
    sigma_rule: Sigma,
    /// How the factor from one age to the next is taken; Mack's error is defined for `volume` only.
    #[arg(long, value_name = "volume|simple|last:N", value_parser = FactorRule::parse, default_value = "volume")]
    factors: FactorRule,
    /// Project the cumulative values of a CSV file (columns development, origin, value) instead of a ledger's cash.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ledger", "as_of", "from", "to", "by", "origin", "calendar", "period", "last_diagonal", "projection", "time_to_pay"])]
    from_triangle: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Length {
    Month,
    Quarter,
    Year,
}

/// What becomes of a last period that is not over.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Diagonal {
    Drop,
    Prorate,
}

/// Cases of the time to pay.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Weight {
    Count,
    Money,
}

/// How the last variance is found.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sigma {
    Mack,
    LogLinear,
}

pub(super) fn run(args: &CohortsArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    if let Some(path) = &args.from_triangle {
        return of_triangle(path, args, config);
    }
    let Some(ledger) = &args.ledger else {
        bail!("name a ledger (--ledger DIR) or a file with a triangle (--from-triangle FILE)");
    };
    let output = args.output.prepare()?;
    let params = CohortParams {
        origin: args.origin,
        calendar: FiscalCalendar {
            pattern: args.calendar.unwrap_or(config.calendar.pattern),
            length: match args.period {
                Length::Month => PeriodLength::Month,
                Length::Quarter => PeriodLength::Quarter,
                Length::Year => PeriodLength::Year,
            },
            ..config.calendar
        },
        last_diagonal: match args.last_diagonal {
            Diagonal::Drop => LastDiagonal::Drop,
            Diagonal::Prorate => LastDiagonal::ProRate,
        },
        sigma_rule: args.sigma_rule.rule(),
        factor_rule: args.factors,
    };
    let known_on = ledger.known_on;
    let (ledger, as_of) = ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = ui.unpack(segments::groups(&ledger, as_of, &args.by.by)?);
    if args.time_to_pay {
        let table = match args.weight {
            Weight::Count => ui
                .unpack(time_to_pay(&ledger, as_of, from, to, &groups, known_on)?)
                .table(),
            Weight::Money => {
                let params = BootstrapParams::default();
                ui.unpack(money_to_pay(&ledger, as_of, from, to, &groups, known_on, &params)?)
                    .table()
            }
        };
        let question = format!("cohorts time-to-pay {from} {to} {:?} {:?}", args.by.by, args.weight);
        return answer(&question, table, (&ledger, as_of), output, config, ui);
    }
    let cohorts = ui.unpack(cohorts(&ledger, as_of, from, to, &groups, known_on, &params)?);
    let table = if args.projection {
        cohorts.projection_table()
    } else {
        cohorts.table()
    };
    let question = format!("cohorts {from} {to} {:?} {params:?}", args.by.by);
    answer(&question, table, (&ledger, as_of), output, config, ui)
}

impl Sigma {
    fn rule(self) -> SigmaRule {
        match self {
            Sigma::Mack => SigmaRule::Mack,
            Sigma::LogLinear => SigmaRule::LogLinear,
        }
    }
}

fn of_triangle(path: &Path, args: &CohortsArgs, config: &Config) -> anyhow::Result<Exit> {
    let output = args.output.prepare()?;
    let file = InputFile::read(path)?;
    let triangle = LongTriangle::from_csv(file.content()).with_context(|| format!("cannot use {}", path.display()))?;
    let (factors, projection) = triangle.tables(args.factors, args.sigma_rule.rule());
    let question = format!("cohorts triangle {} {:?}", args.factors, args.sigma_rule);
    let stamp = |table| file.stamp(table, &question, config);
    output.write_all(&[&stamp(factors), &stamp(projection)])?;
    Ok(Exit::Fine)
}
