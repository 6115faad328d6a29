//! `arrears report`: everything on one page that opens without a network.

mod decisions;
mod money;

use std::path::PathBuf;

use clap::Args;

use super::args::{LedgerArgs, MonthsArgs, base_rates};
use super::model::ModelArgs;
use super::{Exit, Stamp, Ui};
use crate::calendar::{AsOf, Month};
use crate::config::Config;
use crate::history::Groups;
use crate::ledger::{Ledger, reconcile};
use crate::metrics::segments;
use crate::money::{Currency, Total};
use crate::output::NewFile;
use crate::output::report::{Report, Section, Tile};
use crate::table::Table;

/// Arguments of `arrears report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    months: MonthsArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Currency to rank decisions in, where the ledger has several and `fx_rates` was imported.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    base: Option<Currency>,
    /// Title of the page.
    #[arg(long, default_value = "Accounts receivable")]
    title: String,
    /// Page to write.
    #[arg(long, short, value_name = "FILE.html", default_value = "report.html")]
    output: PathBuf,
}

/// What every section looks at.
struct View<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &'a Groups,
    config: &'a Config,
}

impl View<'_> {
    /// Returns the currencies with their group numbers, in alphabetical order.
    fn currencies(&self) -> impl Iterator<Item = (usize, Currency)> + '_ {
        self.groups
            .all()
            .iter()
            .enumerate()
            .map(|(group, of)| (group, of.currency))
    }
}

pub(super) fn run(args: &ReportArgs, config: &Config, ui: &mut Ui) -> anyhow::Result<Exit> {
    let mut file = NewFile::open(&args.output)?;
    let (ledger, as_of) = args.ledger.open(ui)?;
    let (from, to) = args.months.settle(as_of)?;
    let groups = segments::groups(&ledger, as_of, &[])?.value;
    let view = View {
        ledger: &ledger,
        as_of,
        from,
        to,
        groups: &groups,
        config,
    };
    let spinner = ui.spinner("reporting");
    let scored = args.model.scores(&ledger, as_of, ui)?;
    let rates = base_rates(&ledger, args.base)?;
    let mut tiles = Vec::new();
    let mut sections = vec![overview(&view)];
    sections.push(money::aging_section(&view, &mut tiles)?);
    sections.push(money::flow_section(&view)?);
    sections.push(money::roll_section(&view)?);
    sections.push(money::cohort_section(&view)?);
    sections.push(money::dso_section(&view, &mut tiles)?);
    sections.push(decisions::score_section(scored.as_ref())?);
    let scores = scored.as_ref().map(|(_, scores)| scores);
    sections.push(decisions::worklist_section(&view, scores, &rates, &mut tiles));
    sections.push(decisions::holds_section(&view, scores, &rates, &mut tiles));
    sections.push(decisions::forecast_section(&view, &mut tiles)?);
    sections.push(findings(&view));

    let model = scored.as_ref().map(|(model, _)| model.id());
    let stamp = Stamp::new(&format!("report {from} {to} {model:?}"), &ledger, as_of, config);
    let report = Report {
        title: args.title.clone(),
        subtitle: format!("as of the end of {as_of}, months {from} to {to}"),
        facts: stamp.facts(),
        tiles,
        sections,
    };
    let html = report.html()?;
    spinner.finish_and_clear();
    file.fill(|sink| sink.write_all(html.as_bytes()))?;
    file.finish()?;
    ui.say(&format!("the report is {}", args.output.display()));
    Ok(Exit::Fine)
}

/// A section without anything in it yet.
fn section(id: &str, heading: &str, lead: &str) -> Section {
    Section {
        id: id.to_owned(),
        heading: heading.to_owned(),
        lead: lead.to_owned(),
        plots: Vec::new(),
        tables: Vec::new(),
        caveats: Vec::new(),
        findings: Default::default(),
        definitions: Vec::new(),
    }
}

fn definition(term: &str, text: &str) -> (String, String) {
    (term.to_owned(), text.to_owned())
}

/// Money as a tile shows it: whole units, thousands separated.
fn rounded(total: Total) -> String {
    let digits = format!("{:.0}", total.to_feature().abs());
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if total < Total::ZERO && digits != "0" {
        format!("-{grouped}")
    } else {
        grouped
    }
}

fn overview(view: &View<'_>) -> Section {
    let reconciliation = reconcile(view.ledger);
    let broken: Vec<_> = reconciliation
        .tie_outs
        .iter()
        .filter(|tie_out| !tie_out.difference().is_zero())
        .collect();
    let lead = match broken.len() {
        0 => format!(
            "All {} control balances tie out to the cent.",
            reconciliation.tie_outs.len()
        ),
        n => format!(
            "{n} of {} control balances do not tie out.",
            reconciliation.tie_outs.len()
        ),
    };
    let mut section = section("tie-out", "Tie-out", &lead);
    let imported: Vec<_> = reconciliation
        .tie_outs
        .iter()
        .filter(|tie_out| tie_out.day.is_none())
        .collect();
    let rows = || imported.iter().chain(&broken);
    section.tables.push(
        Table::new("tie_out")
            .text("control", rows().map(|row| row.control.to_owned()))
            .text("entity", rows().map(|row| row.entity.clone()))
            .text("currency", rows().map(|row| row.currency.to_string()))
            .day("day", rows().map(|row| row.day))
            .money("ledger", rows().map(|row| row.ledger))
            .money("expected", rows().map(|row| row.expected))
            .money("difference", rows().map(|row| row.difference())),
    );
    section.definitions.push(definition(
        "tie-out",
        "The balance of all documents and postings compared with the plain sums of the imported rows, and with the general \
         ledger on each day for which a control balance was imported.",
    ));
    section
}

fn findings(view: &View<'_>) -> Section {
    let mut issues = view.ledger.issues().clone();
    issues.extend(reconcile(view.ledger).issues());
    let lead = match issues.total() {
        0 => "Nothing was found.".to_owned(),
        n => format!("{n} findings about the imported data; nothing was left out because of them."),
    };
    let mut section = section("findings", "Data quality", &lead);
    section.findings = issues;
    section
}

/// Adds a headline number.
fn tile(tiles: &mut Vec<Tile>, label: &str, value: Option<String>, note: &str) {
    tiles.push(Tile {
        label: label.to_owned(),
        value,
        note: note.to_owned(),
    });
}
