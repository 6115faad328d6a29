//! How each field was read, for `import --explain`.

use super::evaluate::{Draft, formats};
use super::plan::{FieldPlan, OriginPlan, Plan, RecordPlan};
use super::profile::Origin;
use crate::contract::Need;
use crate::table::{Packed, Table};

/// What is known of one field so far.
#[derive(Clone, Debug, Default)]
struct Line {
    table: &'static str,
    field: String,
    read_from: Vec<String>,
    format: String,
    fallback: String,
}

/// How often a field was read, and how.
#[derive(Clone, Debug, Default)]
struct Count {
    n_filled: i64,
    n_assumed: i64,
    n_missing: i64,
    example: Option<String>,
}

/// Counts by record of the profile, then by field.
#[derive(Clone, Debug, Default)]
pub struct Counts(Vec<Vec<Count>>);

/// How each field is read, by record of the profile, then by field.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    fields: Vec<Vec<Line>>,
    /// Captions that became attributes, with table and name, or that nothing reads.
    others: Vec<(String, &'static str, String)>,
}

impl Explanation {
    /// Notes how the records of a file are read.
    pub fn start(&mut self, plan: &Plan<'_>, header: &[String]) {
        for record in &plan.records {
            let lines = grown(&mut self.fields, record.position, record.fields.len());
            for (line, field) in lines.iter_mut().zip(&record.fields) {
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

    /// Returns the table: a row a field, then a row an attribute, then a row an unread column.
    pub fn table(&self, counts: &Counts, profile: &str) -> Table {
        let lines: Vec<&Line> = self.fields.iter().flatten().collect();
        let counted: Vec<Count> = self
            .fields
            .iter()
            .enumerate()
            .flat_map(|(position, lines)| counts.of(position, lines.len()))
            .collect();
        let n_others = self.others.len();
        let none = || std::iter::repeat_n(None, n_others);
        let none_words = || std::iter::repeat_n(None, n_others);
        let words = |of: &dyn Fn(&Line) -> String, other: &dyn Fn(&(String, &'static str, String)) -> String| {
            let words = lines.iter().map(|line| of(line)).chain(self.others.iter().map(other));
            words
                .map(|word| (!word.is_empty()).then_some(word))
                .collect::<Vec<Option<String>>>()
        };
        let counts = |of: &dyn Fn(&Count) -> i64| {
            let counts = counted.iter().map(|count| Some(of(count)));
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
            .int("n_filled", counts(&|count| count.n_filled))
            .int("n_assumed", counts(&|count| count.n_assumed))
            .int("n_missing", counts(&|count| count.n_missing))
            .text(
                "example",
                counted.iter().map(|count| count.example.clone()).chain(none_words()),
            )
            .note("profile", profile)
    }
}

impl Counts {
    /// Counts a record that was kept.
    pub fn count(&mut self, record: &RecordPlan<'_>, draft: &Draft<'_>) {
        let counts = grown(&mut self.0, record.position, draft.values.len());
        for (at, (count, value)) in counts.iter_mut().zip(&draft.values).enumerate() {
            if value.is_missing() {
                count.n_missing += 1;
            } else if draft.assumed.iter().any(|(field, _)| *field == at) {
                count.n_assumed += 1;
            } else {
                count.n_filled += 1;
                if count.example.is_none() {
                    count.example = Some(value.text().into_owned());
                }
            }
        }
    }

    /// Counts records that were kept and have no assumed value, column by column.
    pub fn count_columns(&mut self, record: &RecordPlan<'_>, fields: &[Packed]) {
        let counts = grown(&mut self.0, record.position, fields.len());
        for (count, column) in counts.iter_mut().zip(fields) {
            let n_filled = column.n_present();
            count.n_filled += n_filled as i64;
            count.n_missing += (column.len() - n_filled) as i64;
            if n_filled > 0 && count.example.is_none() {
                let first = (0..column.len()).find(|row| !column.is_none(*row));
                count.example = first.map(|row| column.text(row));
            }
        }
    }

    /// Adds the counts of later rows.
    pub fn absorb(&mut self, later: Counts) {
        for (position, more) in later.0.into_iter().enumerate() {
            let counts = grown(&mut self.0, position, more.len());
            for (count, more) in counts.iter_mut().zip(more) {
                count.n_filled += more.n_filled;
                count.n_assumed += more.n_assumed;
                count.n_missing += more.n_missing;
                count.example = count.example.take().or(more.example);
            }
        }
    }

    /// Returns the counts of a record's fields, zeros where no record was kept.
    fn of(&self, position: usize, n_fields: usize) -> Vec<Count> {
        let mut counts = self.0.get(position).cloned().unwrap_or_default();
        counts.resize(n_fields, Count::default());
        counts
    }
}

/// Returns a record's fields, adding what is not there yet.
fn grown<T: Clone + Default>(records: &mut Vec<Vec<T>>, position: usize, n_fields: usize) -> &mut Vec<T> {
    if records.len() <= position {
        records.resize(position + 1, Vec::new());
    }
    let fields = &mut records[position];
    if fields.len() < n_fields {
        fields.resize(n_fields, T::default());
    }
    fields
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
