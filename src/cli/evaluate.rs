//! `arrears evaluate`: every model and baseline on months none of them had seen.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::accounts::{Accounts, AccountsArgs};
use super::args::{ByArgs, LedgerArgs, MonthsArgs, OutputArgs, Prepared};
use super::model::LabelArgs;
use super::{Exit, Stamp, Ui};
use crate::calendar::AsOf;
use crate::config::Config;
use crate::features::Unit;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::metrics::segments::groups;
use crate::risk::{Choice, Evaluation, TrainParams, evaluate, evaluate_accounts};
use crate::table::Table;

/// Arguments of `arrears evaluate`.
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    #[command(flatten)]
    ledger: Option<LedgerArgs>,
    #[command(flatten)]
    label: LabelArgs,
    #[command(flatten)]
    months: MonthsArgs,
    /// Take only every Nth month end, counted back from the last.
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    accounts: AccountsArgs,
    /// Draws of customers behind the intervals.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    draws: usize,
    /// Also write each prediction to this file.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl EvaluateArgs {
    /// Tries the file of the predictions before the long work, where one is named.
    fn predictions(&self) -> anyhow::Result<Option<Prepared>> {
        let output = |path: &PathBuf| OutputArgs {
            output: Some(path.clone()),
            ..OutputArgs::default()
        };
        self.predictions.as_ref().map(|path| output(path).prepare()).transpose()
    }
}

pub(super) fn run(args: &EvaluateArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    match (args.accounts.read()?, &args.ledger) {
        (Some(accounts), _) => of_table(args, &accounts, config, ui),
        (None, Some(ledger)) => of_ledger(args, ledger, config, ui),
        (None, None) => {
            bail!("name a ledger (--ledger DIR) or a table of accounts (--table FILE --target COL)")
        }
    }
}

fn of_ledger(args: &EvaluateArgs, ledger: &LedgerArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_several()?;
    let predictions = args.predictions()?;
    let label = args.label.settle(config)?;
    let params = TrainParams {
        n_draws: args.draws,
        estimator: Choice::Champion,
        ..config.train.params("evaluation", label)
    }
    .check()?;
    let (ledger, as_of) = ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let months: Vec<_> = from.through(to).collect();
    let mut days: Vec<AsOf> = months
        .iter()
        .rev()
        .step_by(args.every.max(1))
        .map(|month| AsOf(month.last()))
        .collect();
    days.reverse();
    let spinner = ui.spinner("learning on each month end");
    let evaluation = evaluate(&ledger, as_of, &days, &params);
    spinner.finish_and_clear();
    let evaluation = ui.unpack(evaluation?);
    let mut tables = tables(&evaluation);
    if !args.by.by.is_empty() {
        let segments = segments(&ledger, as_of, &args.by.by, &evaluation, ui)?;
        tables.push(evaluation.segment_table(&args.by.by.join("+"), &segments));
    }
    let stamp = Stamp::new(
        &format!("evaluate {from} {to} {} {params:?} {:?}", args.every, args.by.by),
        &ledger,
        as_of,
        config,
    );
    let tables: Vec<Table> = tables.into_iter().map(|table| stamp.on(table)).collect();
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    if let Some(predictions) = predictions {
        let name = |customer: CustomerIx| ledger.customer_id(customer).to_owned();
        let invoice = |row: usize| evaluation.documents[row].map(|document| ledger.invoice_id(document).to_owned());
        let table = evaluation.prediction_table(name, (label.unit == Unit::Invoice).then_some(invoice));
        predictions.write(&stamp.on(table))?;
    }
    Ok(Exit::Fine)
}

fn of_table(args: &EvaluateArgs, accounts: &Accounts, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    if !args.by.by.is_empty() {
        bail!("--by takes attributes of a ledger's customers and invoices; a table of accounts has none");
    }
    let output = args.output.prepare_several()?;
    let predictions = args.predictions()?;
    // Of the label only the settings of learning play a part.
    let params = TrainParams {
        n_draws: args.draws,
        estimator: Choice::Champion,
        ..config.train.params("evaluation", config.train.label(Unit::Customer, 0))
    }
    .check()?;
    let Accounts { file, columns, rows } = accounts;
    let spinner = ui.spinner("learning");
    let evaluation = evaluate_accounts(rows, &params);
    spinner.finish_and_clear();
    let evaluation = ui.unpack(evaluation?);
    let question = format!("evaluate {columns:?} {params:?}");
    let tables: Vec<Table> = tables(&evaluation)
        .into_iter()
        .map(|table| file.stamp(table, &question, config))
        .collect();
    output.write_all(&tables.iter().collect::<Vec<_>>())?;
    if let Some(predictions) = predictions {
        let name = |customer: CustomerIx| (customer.at() + 1).to_string();
        let table = evaluation.prediction_table(name, None::<fn(usize) -> Option<String>>);
        predictions.write(&file.stamp(table, &question, config))?;
    }
    Ok(Exit::Fine)
}

fn tables(evaluation: &Evaluation) -> Vec<Table> {
    vec![
        evaluation.summary(),
        evaluation.interval_table(),
        evaluation.difference_table(),
        evaluation.reliability_table(),
        evaluation.champion_table(),
    ]
}

/// Returns the segment of each row: that of its document, or of the newest one its customer had on the row's day.
fn segments(
    ledger: &Ledger,
    as_of: AsOf,
    by: &[String],
    evaluation: &Evaluation,
    ui: &mut Ui,
) -> anyhow::Result<Vec<String>> {
    let groups = ui.unpack(groups(ledger, as_of, by)?);
    let names: Vec<String> = groups
        .all()
        .iter()
        .map(|group| {
            let values = group.values.iter().map(|value| value.as_deref().unwrap_or("(none)"));
            values.collect::<Vec<_>>().join(" / ")
        })
        .collect();
    let rows = &evaluation.rows;
    let documents = ledger.documents();
    let of = |row: usize| {
        let newest = || {
            let known = documents
                .range(rows.customers[row])
                .filter(|&at| documents.all()[at].issued_on <= rows.days[row]);
            known.max_by_key(|&at| documents.all()[at].issued_on)
        };
        let document = evaluation.documents[row].map(DocumentIx::at).or_else(newest);
        document.map_or_else(
            || "(none)".to_owned(),
            |at| names[groups.of_document(DocumentIx(at as u32), &documents.all()[at])].clone(),
        )
    };
    Ok((0..rows.n()).map(of).collect())
}
