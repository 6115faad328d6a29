//! The report: one HTML file that opens without a network, in light, in dark and on paper.
//!
//! Text from data is escaped by the template engine; plots are safe by their type ([`Svg`]). A content security policy forbids the file to load
//! anything and to run any script but its own, which only sorts and filters: the report is complete without it.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value, context};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::display;
use super::plot::Svg;
use crate::outcome::{Caveat, Issues};
use crate::table::{Column, Table};

const TEMPLATE: &str = include_str!("report.html");
const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// A report, top to bottom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Heading of the report.
    pub title: String,
    /// One sentence below it: whose receivables, as of which day.
    pub subtitle: String,
    /// What makes it reproducible, as label and value: run id, as-of day, ledger hash, version.
    pub facts: Vec<(String, String)>,
    /// Headline figures.
    pub tiles: Vec<Tile>,
    /// Sections in reading order.
    pub sections: Vec<Section>,
}

/// A headline figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The figure with its unit; `None` where there is none, which is printed as "not available".
    pub value: Option<String>,
    /// What to compare it with, or why it is missing.
    pub note: String,
}

/// One question and its answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Name of its anchor, unique in the report.
    pub id: String,
    /// Heading.
    pub heading: String,
    /// The answer in a sentence or two.
    pub lead: String,
    /// Plots.
    pub plots: Vec<Plot>,
    /// Tables with the numbers of the plots.
    pub tables: Vec<Table>,
    /// How not to read the numbers.
    pub caveats: Vec<Caveat>,
    /// Findings about the data behind the numbers.
    pub findings: Issues,
    /// Terms of the section with their exact definitions.
    pub definitions: Vec<(String, String)>,
}

/// A plot with the sentence below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plot {
    /// The plot.
    pub svg: Svg,
    /// What to see in it.
    pub caption: String,
}

/// Why a report cannot be put together.
#[derive(Debug, Error)]
pub enum ReportError {
    /// Two sections would share an anchor.
    #[error("two sections have the id `{id}`")]
    SameId {
        /// The id they share.
        id: String,
    },
    /// The template cannot be filled.
    #[error("cannot fill the template of the report")]
    Template {
        /// What the engine answered.
        #[source]
        source: minijinja::Error,
    },
}

impl Report {
    /// Returns the whole file; the same report always gives the same bytes.
    ///
    /// # Errors
    /// Two sections share an id.
    pub fn html(&self) -> Result<String, ReportError> {
        for (position, section) in self.sections.iter().enumerate() {
            if self.sections[..position].iter().any(|before| before.id == section.id) {
                return Err(ReportError::SameId { id: section.id.clone() });
            }
        }
        self.fill().map_err(|source| ReportError::Template { source })
    }

    fn fill(&self) -> Result<String, minijinja::Error> {
        let mut engine = Environment::new();
        engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        // The name ends in .html, so the engine escapes what it prints.
        engine.add_template("report.html", TEMPLATE)?;
        engine.get_template("report.html")?.render(context! {
                title => &self.title,
                subtitle => &self.subtitle,
                facts => pairs(&self.facts),
                tiles => self.tiles.iter().map(tile).collect::<Value>(),
                sections => self.sections.iter().map(section).collect::<Value>(),
                style => Value::from_safe_string(STYLE.to_owned()),
                script => Value::from_safe_string(SCRIPT.to_owned()),
                script_hash => Value::from_safe_string(base64(&Sha256::digest(SCRIPT))),
        })
    }
}

fn tile(tile: &Tile) -> Value {
    context! { label => &tile.label, value => tile.value.as_deref(), note => &tile.note }
}

fn section(section: &Section) -> Value {
    context! {
        id => &section.id,
        heading => &section.heading,
        lead => &section.lead,
        plots => section.plots.iter().map(plot).collect::<Value>(),
        tables => section.tables.iter().map(table).collect::<Value>(),
        caveats => section.caveats.iter().map(|caveat| Value::from(&caveat.0)).collect::<Value>(),
        findings => findings(&section.findings),
        definitions => pairs(&section.definitions),
    }
}

fn plot(plot: &Plot) -> Value {
    context! { svg => Value::from_safe_string(plot.svg.as_str().to_owned()), caption => &plot.caption }
}

fn pairs(pairs: &[(String, String)]) -> Value {
    pairs
        .iter()
        .map(|(label, value)| context! { label => label, value => value })
        .collect()
}

fn findings(issues: &Issues) -> Value {
    issues
        .counts()
        .iter()
        .map(|(code, count)| {
            let examples = issues.examples().iter().filter(|issue| issue.code == *code);
            context! {
                code => code.as_str(),
                meaning => code.meaning(),
                count => display::count(usize::try_from(*count).unwrap_or(usize::MAX)),
                example => examples.map(|issue| issue.message.as_str()).next(),
            }
        })
        .collect()
}

fn table(table: &Table) -> Value {
    let columns = table.columns();
    let cells: Vec<Vec<String>> = columns
        .iter()
        .map(|column| display::cells(&column.data, table.n_rows()))
        .collect();
    let rows = (0..table.n_rows()).map(|row| {
        columns
            .iter()
            .zip(&cells)
            .map(|(column, cells)| cell(column, cells, row))
            .collect::<Value>()
    });
    let heads = columns.iter().map(|column| {
        context! {
            name => &column.name,
            words => words(&column.name),
            number => display::is_number(&column.data),
        }
    });
    context! {
        name => table.name().replace('_', " "),
        notes => pairs(&short_notes(table)),
        columns => heads.collect::<Value>(),
        n_rows => display::count(table.n_rows()),
        rows => rows.collect::<Value>(),
    }
}

/// Leaves out the conventions, which the section's definitions and `arrears explain-metric` give in sentences.
fn short_notes(table: &Table) -> Vec<(String, String)> {
    table
        .notes
        .iter()
        .filter(|(name, _)| name != "conventions")
        .cloned()
        .collect()
}

/// Returns a column's caption as words; the `n_` of counts says nothing beside the numbers.
fn words(caption: &str) -> String {
    caption.strip_prefix("n_").unwrap_or(caption).replace('_', " ")
}

/// Characters up to which a text stays on one line, and from which it gets room to wrap.
const SHORT: usize = 16;
const LONG: usize = 40;

/// A number carries its exact value for sorting beside the text that people read.
fn cell(column: &Column, cells: &[String], row: usize) -> Value {
    let number = display::is_number(&column.data);
    let class = match cells[row].chars().count() {
        _ if number => Some("number"),
        ..=SHORT => Some("short"),
        LONG.. => Some("long"),
        _ => None,
    };
    context! {
        text => &cells[row],
        class => class,
        exact => if number { Some(column.data.text(row)) } else { None },
    }
}

/// Writes bytes in base 64, as the content security policy names the hash of a script.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            if place <= group.len() {
                text.push(DIGITS[(word >> (18 - 6 * place)) as usize & 63] as char);
            } else {
                text.push('=');
            }
        }
    }
    text
}
