//! `arrears check`: reconciles a ledger and lists what is wrong with its data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::args::OutputArgs;
use super::{Exit, Ui};
use crate::calendar::{AsOf, Day};
use crate::config::Config;
use crate::ledger::{Ledger, Manifest, Reconciliation, reconcile};
use crate::metrics::certificate::{Book, suspects};
use crate::money::Total;
use crate::outcome::{IssueCode, Issues};
use crate::table::Table;

/// Arguments of `arrears check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Folder of the ledger.
    #[arg(long, value_name = "DIR")]
    ledger: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &CheckArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let output = args.output.prepare_several()?;
    let manifest = Manifest::read(&args.ledger)?;
    manifest.compare_sha256(&args.ledger)?;
    let ledger = Ledger::open(&args.ledger)?;
    let rebuilt = ledger.rebuilt();
    if let Some(facts) = ledger.differing_facts(&rebuilt) {
        bail!(
            "the `{facts}` kept in {} are not those that its tables give; import again into a new folder",
            args.ledger.display()
        );
    }
    let reconciliation = reconcile(&rebuilt);
    let mut issues = rebuilt.issues().clone();
    issues.extend(reconciliation.issues());
    ui.issues(&issues);

    let counts = Table::new("rows")
        .note("ledger", ledger.hash())
        .text("table", manifest.n_rows.keys().cloned())
        .int("rows", manifest.n_rows.values().map(|n_rows| *n_rows as i64));
    let totals = totals(&reconciliation);
    let tie_outs = tie_outs(&reconciliation);
    let findings = findings(&issues);
    let suspects = suspects_of(&ledger, &reconciliation);
    let tables = [&counts, &totals, &tie_outs, &findings];
    output.write_all(&tables.into_iter().chain(&suspects).collect::<Vec<_>>())?;

    let n_broken = reconciliation
        .tie_outs
        .iter()
        .filter(|tie_out| tie_out.difference() != Total::ZERO)
        .count();
    let n_findings = issues.total();
    ui.say(&format!(
        "{} balances compared, {n_broken} do not tie out",
        reconciliation.tie_outs.len()
    ));
    if n_findings > config.check.max_findings {
        ui.say(&format!(
            "{n_findings} findings, {} allowed (`check.max_findings`)",
            config.check.max_findings
        ));
    }
    Ok(if n_broken > 0 || n_findings > config.check.max_findings {
        Exit::Findings
    } else {
        Exit::Fine
    })
}

/// What may explain each general ledger balance that does not tie out, one table a day.
fn suspects_of(ledger: &Ledger, reconciliation: &Reconciliation) -> Vec<Table> {
    let mut books: BTreeMap<Day, Vec<Book>> = BTreeMap::new();
    for tie_out in reconciliation
        .tie_outs
        .iter()
        .filter(|tie_out| !tie_out.difference().is_zero())
    {
        if let Some(day) = tie_out.day {
            books
                .entry(day)
                .or_default()
                .push((tie_out.currency, tie_out.entity.clone()));
        }
    }
    books
        .into_iter()
        .map(|(day, books)| suspects(ledger, AsOf(day), &books))
        .collect()
}

fn totals(reconciliation: &Reconciliation) -> Table {
    let totals: Vec<_> = reconciliation.totals.values().collect();
    Table::new("control_totals")
        .text("currency", reconciliation.totals.keys().map(ToString::to_string))
        .int("documents", totals.iter().map(|sums| sums.n_documents as i64))
        .money("invoiced", totals.iter().map(|sums| sums.invoiced))
        .money("debit_notes", totals.iter().map(|sums| sums.debit_notes))
        .money("charges", totals.iter().map(|sums| sums.charges))
        .money("credits", totals.iter().map(|sums| sums.credits))
        .money("cash", totals.iter().map(|sums| sums.cash))
        .money("discounts", totals.iter().map(|sums| sums.discounts))
        .money("write_offs", totals.iter().map(|sums| sums.write_offs))
        .money("refunds", totals.iter().map(|sums| sums.refunds))
        .money("reversals", totals.iter().map(|sums| sums.reversals))
        .money("balance", totals.iter().map(|sums| sums.balance()))
        .money("recoveries", totals.iter().map(|sums| sums.recoveries))
}

fn tie_outs(reconciliation: &Reconciliation) -> Table {
    // What does not tie out comes first.
    let mut sorted: Vec<_> = reconciliation.tie_outs.iter().collect();
    sorted.sort_by_key(|tie_out| std::cmp::Reverse(tie_out.difference().abs()));
    let rows = || sorted.iter();
    Table::new("tie_out")
        .text("control", rows().map(|row| row.control.to_owned()))
        .text("entity", rows().map(|row| row.entity.clone()))
        .text("currency", rows().map(|row| row.currency.to_string()))
        .day("day", rows().map(|row| row.day))
        .money("ledger", rows().map(|row| row.ledger))
        .money("expected", rows().map(|row| row.expected))
        .money("difference", rows().map(|row| row.difference()))
}

fn findings(issues: &Issues) -> Table {
    let rows: Vec<(IssueCode, u64)> = issues.counts().iter().map(|(code, count)| (*code, *count)).collect();
    Table::new("findings")
        .text("code", rows.iter().map(|(code, _)| code.to_string()))
        .int("count", rows.iter().map(|(_, count)| *count as i64))
        .text("meaning", rows.iter().map(|(code, _)| code.meaning().to_owned()))
}
