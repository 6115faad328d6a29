//! How each field was read, for `import --explain`.

use std::collections::BTreeMap;

use super::evaluate::{Draft, formats};
use super::plan::{FieldPlan, OriginPlan, Plan, RecordPlan};
use super::profile::Origin;
use crate::contract::Need;
use crate::table::Table;

/// What is known of one field so far.
#[derive(Clone, Debug, Default)]
struct Line {
    table: &'static str,
    field: String,
    read_from: Vec<String>,
    format: String,
    fallback: String,
    n_filled: i64,
    n_assumed: i64,
    n_missing: i64,
    example: Option<String>,
}

/// Counts by record of the profile and field.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    fields: BTreeMap<(usize, usize), Line>,
    /// Captions that became attributes, with table and name, or that nothing reads.
    others: Vec<(String, &'static str, String)>,
}

impl Explanation {
    /// Notes how the records of a file are read.
    pub fn start(&mut self, plan: &Plan<'_>, header: &[String]) {
        for record in &plan.records {
            for (at, field) in record.fields.iter().enumerate() {
                let line = self.fields.entry((record.position, at)).or_default();
                line.table = record.spec.name;
                line.field = field.spec.name.to_owned();
                line.format = formats(field);
                line.fallback = fallback(field, header);
                let read_from = field
                    .alternatives
                    .first()
                    .map_or(String::new(), |first| origin(&first.origin, &first.how.origin, header));
                if !read_from.is_empty() && !line.read_from.contains(&read_from) {
                    line.read_from.push(read_from);
                }
            }
            for (column, name) in &record.attributes {
                self.other(&header[*column], record.spec.name, name);
            }
        }
        for &column in &plan.unread {
            self.other(&header[column], "", "");
        }
    }

    fn other(&mut self, caption: &str, table: &'static str, name: &str) {
        let line = (caption.to_owned(), table, name.to_owned());
        if !self.others.contains(&line) {
            self.others.push(line);
        }
    }

    /// Counts a record that was kept.
    pub fn count(&mut self, record: &RecordPlan<'_>, draft: &Draft<'_>) {
        for (at, line) in self
            .fields
            .range_mut((record.position, 0)..=(record.position, usize::MAX))
        {
            let value = &draft.values[at.1];
            if value.is_missing() {
                line.n_missing += 1;
            } else if draft.assumed.iter().any(|(field, _)| *field == at.1) {
                line.n_assumed += 1;
            } else {
                line.n_filled += 1;
                if line.example.is_none() {
                    line.example = Some(value.text().into_owned());
                }
            }
        }
    }

    /// Returns the table: a row a field, then a row an attribute, then a row an unread column.
    pub fn table(&self, profile: &str) -> Table {
        let lines: Vec<&Line> = self.fields.values().collect();
        let n_others = self.others.len();
        let none = || std::iter::repeat_n(None, n_others);
        let words = |of: &dyn Fn(&Line) -> String, other: &dyn Fn(&(String, &'static str, String)) -> String| {
            let words = lines.iter().map(|line| of(line)).chain(self.others.iter().map(other));
            words
                .map(|word| (!word.is_empty()).then_some(word))
                .collect::<Vec<Option<String>>>()
        };
        let counts = |of: &dyn Fn(&Line) -> i64| {
            let counts = lines.iter().map(|line| Some(of(line)));
            counts.chain(none()).collect::<Vec<Option<i64>>>()
        };
        let read_from = |(caption, table, _): &(String, &'static str, String)| match *table {
            "" => format!("`{caption}` is not read"),
            _ => format!("column `{caption}`"),
        };
        Table::new("explanation")
            .text(
                "table",
                words(&|line| line.table.to_owned(), &|(_, table, _)| (*table).to_owned()),
            )
            .text("field", words(&|line| line.field.clone(), &|(_, _, name)| name.clone()))
            .text("read_from", words(&|line| line.read_from.join(" or "), &read_from))
            .text("format", words(&|line| line.format.clone(), &|_| String::new()))
            .text("fallback", words(&|line| line.fallback.clone(), &|_| String::new()))
            .int("n_filled", counts(&|line| line.n_filled))
            .int("n_assumed", counts(&|line| line.n_assumed))
            .int("n_missing", counts(&|line| line.n_missing))
            .text(
                "example",
                words(&|line| line.example.clone().unwrap_or_default(), &|_| String::new()),
            )
            .note("profile", profile)
    }
}

fn origin(plan: &OriginPlan, rules: &Origin, header: &[String]) -> String {
    match (plan, rules) {
        (OriginPlan::Cell(position), _) => format!("column `{}`", header[*position]),
        (OriginPlan::Constant(value), _) => format!("constant `{}`", value.text()),
        (_, Origin::Template(pieces)) => format!("template {pieces}", pieces = super::profile::show_template(pieces)),
        (_, Origin::Formula(formula)) => format!("formula {formula}"),
        _ => String::new(),
    }
}

fn fallback(field: &FieldPlan<'_>, header: &[String]) -> String {
    let alternatives = field.alternatives.iter().skip(1);
    let mut ways: Vec<String> = alternatives
        .map(|alternative| {
            let origin = origin(&alternative.origin, &alternative.how.origin, header);
            match alternative.how.issue {
                Some(code) => format!("{origin} ({code})"),
                None => origin,
            }
        })
        .collect();
    if let Need::Default(word) = field.spec.need {
        ways.push(format!("`{word}`"));
    }
    ways.join(", then ")
}
