//! The check that turns a typed profile into a usable one and reports everything that is wrong with it.

mod field;
mod source;

use std::fmt::Display;

use self::field::by_caption;
use super::{Attributes, FieldRules, Profile, RecordRules, mirror};
use crate::contract::{Need, TABLES, TableSpec};
use crate::import::dates::DateFormat;
use crate::import::numbers::NumberFormat;
use crate::import::plan;

/// Checks a typed profile.
pub fn check(mirror: mirror::Profile) -> Result<Profile, Vec<String>> {
    let mut problems = Problems::default();
    let defaults = Defaults {
        dates: mirror
            .source
            .dates
            .as_ref()
            .map_or(vec![DateFormat::Iso], |names| problems.dates("source.dates", names)),
        numbers: problems.numbers(
            "source.numbers",
            mirror.source.numbers.as_ref(),
            &NumberFormat::default(),
        ),
    };
    let source = problems.source(mirror.source, &defaults);
    let records: Vec<RecordRules> = mirror
        .records
        .into_iter()
        .enumerate()
        .filter_map(|(position, record)| problems.record(&format!("records.{position}"), record, &defaults))
        .collect();
    if records.is_empty() && problems.0.is_empty() {
        problems.add(
            "records",
            "found none, expected at least one `[[records]]` with a table",
        );
    }
    if !problems.0.is_empty() {
        return Err(problems.0);
    }
    Ok(Profile {
        name: mirror.name,
        about: mirror.about.unwrap_or_default(),
        source,
        records,
    })
}

struct Defaults {
    dates: Vec<DateFormat>,
    numbers: NumberFormat,
}

/// Problems found so far, each with its dotted key.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, key: &str, problem: impl Display) {
        self.0.push(format!("{key}: {problem}"));
    }

    /// Looks a word up in a list, reporting the list where it is missing.
    fn choice<T: Copy>(&mut self, key: &str, found: &str, choices: &[(&str, T)]) -> Option<T> {
        let choice = choices
            .iter()
            .find(|(name, _)| *name == found)
            .map(|(_, choice)| *choice);
        if choice.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.add(
                key,
                format_args!("found `{found}`, expected one of {}", names.join(", ")),
            );
        }
        choice
    }

    fn record(&mut self, key: &str, mirror: mirror::Record, defaults: &Defaults) -> Option<RecordRules> {
        let tables: Vec<(&str, &'static TableSpec)> = TABLES.iter().map(|table| (table.name, table)).collect();
        let spec = self.choice(&format!("{key}.table"), &mirror.table, &tables)?;
        for name in mirror.fields.keys().filter(|name| spec.field(name).is_none()) {
            let names: Vec<_> = spec.fields.iter().map(|field| field.name).collect();
            self.add(
                &format!("{key}.fields.{name}"),
                format_args!(
                    "found no such field in `{}`, expected one of {}",
                    spec.name,
                    names.join(", ")
                ),
            );
        }
        let by_name = mirror.by_name.unwrap_or(false);
        let mut given = mirror.fields;
        let mut fields = Vec::new();
        for field in spec.fields {
            let key = format!("{key}.fields.{}", field.name);
            let alternatives = match given.remove(field.name) {
                Some(mirror) => self.alternatives(&key, field, mirror, defaults),
                None if by_name => vec![by_caption(field, defaults)],
                None => Vec::new(),
            };
            if alternatives.is_empty() && field.need == Need::Required {
                self.add(
                    &key,
                    format_args!(
                        "found nothing, expected a column or formula: `{}` is required",
                        field.name
                    ),
                );
            }
            fields.push(FieldRules {
                spec: field,
                alternatives,
            });
        }
        self.cycles(key, &fields);
        let attributes = match mirror.attributes {
            None => Attributes::Named(Vec::new()),
            Some(mirror::Attributes::Named(names)) => Attributes::Named(names),
            Some(mirror::Attributes::Word(word)) => {
                let choices = [("rest", ()), ("none", ())];
                match self.choice(&format!("{key}.attributes"), &word, &choices) {
                    Some(()) if word == "rest" => Attributes::Rest,
                    _ => Attributes::Named(Vec::new()),
                }
            }
        };
        Some(RecordRules {
            spec,
            file: mirror.file,
            when: self.conditions(&format!("{key}.when"), mirror.when, &defaults.numbers),
            once: mirror.once.unwrap_or(false),
            attributes,
            timeless: mirror.timeless.unwrap_or_default(),
            fields,
        })
    }

    /// Reports fields that need each other.
    fn cycles(&mut self, key: &str, fields: &[FieldRules]) {
        if let Err(position) = plan::order(fields) {
            let name = fields[position].spec.name;
            self.add(
                &format!("{key}.fields.{name}"),
                "needs a field that needs this one, expected fields that build on columns",
            );
        }
    }
}
