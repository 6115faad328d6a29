//! The check that turns a typed profile into a usable one and reports everything that is wrong with it.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::{
    Alternative, Attributes, Cleaning, Condition, FieldRules, Format, Origin, Piece, Profile, RecordRules, SourceRules,
    Test, mirror,
};
use crate::contract::{FieldKind, FieldSpec, Need, TABLES, TableSpec};
use crate::import::dates::{self, DateFormat};
use crate::import::formula::Formula;
use crate::import::numbers::{NegativeStyle, NumberFormat};
use crate::import::value;
use crate::money::Amount;
use crate::outcome::IssueCode;

/// Codes that an alternative may report.
const ASSUMPTIONS: &[IssueCode] = &[
    IssueCode::IssuedOnAssumed,
    IssueCode::DueOnAssumed,
    IssueCode::ValueAssumed,
    IssueCode::CurrencyMissing,
];

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

    fn dates(&mut self, key: &str, names: &[String]) -> Vec<DateFormat> {
        let formats: Vec<DateFormat> = names
            .iter()
            .filter_map(|name| self.choice(key, name, DateFormat::ALL))
            .collect();
        if names.is_empty() {
            self.add(key, "found no format, expected at least one");
        }
        if let Some((first, second)) = dates::ambiguous(&formats) {
            self.add(
                key,
                format_args!(
                    "found both `{}` and `{}`, expected one: 02/03/2025 would be guessed",
                    first.name(),
                    second.name()
                ),
            );
        }
        formats
    }

    fn numbers(&mut self, key: &str, mirror: Option<&mirror::Numbers>, default: &NumberFormat) -> NumberFormat {
        let mut format = default.clone();
        let Some(mirror) = mirror else { return format };
        if let Some(decimal) = &mirror.decimal {
            let key = format!("{key}.decimal");
            if let Some(decimal) = self.choice(&key, decimal, &[(".", '.'), (",", ',')]) {
                format.decimal = decimal;
            }
        }
        if let Some(grouping) = &mirror.grouping {
            let choices = [(",", ','), (".", '.'), (" ", ' '), ("'", '\'')];
            let key = format!("{key}.grouping");
            format.grouping = grouping
                .iter()
                .filter_map(|group| self.choice(&key, group, &choices))
                .collect();
        }
        if let Some(negative) = &mirror.negative {
            let key = format!("{key}.negative");
            format.negative = negative
                .iter()
                .filter_map(|style| self.choice(&key, style, NegativeStyle::ALL))
                .collect();
        }
        if let Some(symbols) = &mirror.symbols {
            format.symbols = symbols.iter().filter(|symbol| !symbol.is_empty()).cloned().collect();
        }
        if format.grouping.contains(&format.decimal) {
            self.add(
                key,
                format_args!(
                    "found `{}` both as decimal sign and as grouping, expected two signs",
                    format.decimal
                ),
            );
        }
        format
    }

    fn source(&mut self, mirror: mirror::Source, defaults: &Defaults) -> SourceRules {
        let formats = [
            ("csv", Format::Csv),
            ("jsonl", Format::JsonLines),
            ("parquet", Format::Parquet),
        ];
        let format = mirror
            .format
            .and_then(|format| self.choice("source.format", &format, &formats));
        let encoding = mirror.encoding.and_then(|label| {
            let encoding = match label.to_lowercase().as_str() {
                "latin-1" => Some(encoding_rs::WINDOWS_1252),
                label => encoding_rs::Encoding::for_label(label.as_bytes()),
            };
            if encoding.is_none() {
                self.add(
                    "source.encoding",
                    format_args!(
                        "found `{label}`, expected `utf-8`, `latin-1`, `windows-1252`, `utf-16le` or `utf-16be`"
                    ),
                );
            }
            encoding
        });
        let separators = [(",", b','), (";", b';'), ("\t", b'\t'), ("tab", b'\t'), ("|", b'|')];
        let separator = mirror
            .separator
            .and_then(|separator| self.choice("source.separator", &separator, &separators));
        if mirror.skip_lines.is_some() && mirror.header_has.is_some() {
            self.add(
                "source.skip_lines",
                "stands beside `header_has`, expected one of the two",
            );
        }
        SourceRules {
            format,
            encoding,
            separator,
            skip_lines: mirror.skip_lines.unwrap_or(0),
            header_has: mirror.header_has.unwrap_or_default(),
            empty: lower(mirror.empty.unwrap_or_default()),
            ignore: mirror.ignore.unwrap_or_default(),
            skip_rows: self.conditions("source.skip_rows", mirror.skip_rows, &defaults.numbers),
        }
    }

    fn conditions(
        &mut self,
        key: &str,
        mirror: Option<Vec<mirror::Condition>>,
        numbers: &NumberFormat,
    ) -> Vec<Condition<String>> {
        let conditions = mirror.unwrap_or_default().into_iter().enumerate();
        conditions
            .filter_map(|(position, condition)| self.condition(&format!("{key}.{position}"), condition, numbers))
            .collect()
    }

    fn condition(&mut self, key: &str, mirror: mirror::Condition, numbers: &NumberFormat) -> Option<Condition<String>> {
        let words = |words: mirror::OneOrMore| lower(words.into_vec());
        let mut amount = |name: &str, text: Option<String>| {
            let amount = Amount::parse(text.as_deref()?);
            if let Err(error) = &amount {
                self.add(&format!("{key}.{name}"), error);
            }
            amount.ok()
        };
        let (above, below) = (amount("above", mirror.above), amount("below", mirror.below));
        let tests = [
            mirror
                .filled
                .map(|filled| if filled { Test::Filled } else { Test::Empty }),
            mirror.equals.map(words).map(Test::OneOf),
            mirror.not_equals.map(words).map(Test::NoneOf),
            mirror.starts_with.map(words).map(Test::StartsWith),
            above.map(Test::Above),
            below.map(Test::Below),
        ];
        let mut tests = tests.into_iter().flatten();
        let (Some(test), None) = (tests.next(), tests.next()) else {
            self.add(
                key,
                "expected exactly one of `filled`, `equals`, `not_equals`, `starts_with`, `above`, `below`",
            );
            return None;
        };
        Some(Condition {
            column: mirror.column,
            test,
            numbers: numbers.clone(),
        })
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
        if let Err(position) = super::super::plan::order(fields) {
            let name = fields[position].spec.name;
            self.add(
                &format!("{key}.fields.{name}"),
                "needs a field that needs this one, expected fields that build on columns",
            );
        }
    }

    fn alternatives(
        &mut self,
        key: &str,
        field: &'static FieldSpec,
        typed: toml::Value,
        defaults: &Defaults,
    ) -> Vec<Alternative> {
        let typed = match typed {
            toml::Value::Array(several) => several,
            one => vec![one],
        };
        let several = typed.len() > 1;
        let mut alternatives = Vec::new();
        for (position, typed) in typed.into_iter().enumerate() {
            let key = if several {
                format!("{key}.{position}")
            } else {
                key.to_owned()
            };
            let mirror = match typed {
                toml::Value::String(caption) => Ok(mirror::Alternative {
                    column: Some(mirror::OneOrMore::One(caption)),
                    ..mirror::Alternative::default()
                }),
                other => other.try_into(),
            };
            match mirror {
                Ok(mirror) => alternatives.extend(self.alternative(&key, position, field, mirror, defaults)),
                Err(error) => self.add(&key, error.to_string().trim_end()),
            }
        }
        alternatives
    }

    fn alternative(
        &mut self,
        key: &str,
        position: usize,
        field: &'static FieldSpec,
        mirror: mirror::Alternative,
        defaults: &Defaults,
    ) -> Option<Alternative> {
        let codes: Vec<(&str, IssueCode)> = ASSUMPTIONS.iter().map(|code| (code.as_str(), *code)).collect();
        let issue = mirror
            .issue
            .and_then(|issue| self.choice(&format!("{key}.issue"), &issue, &codes));
        let mut alternative = Alternative {
            dates: mirror.dates.map_or_else(
                || defaults.dates.clone(),
                |names| self.dates(&format!("{key}.dates"), &names),
            ),
            numbers: self.numbers(&format!("{key}.numbers"), mirror.numbers.as_ref(), &defaults.numbers),
            words: mirror
                .words
                .unwrap_or_default()
                .into_iter()
                .map(|(word, meaning)| (word.to_lowercase(), meaning))
                .collect(),
            cleaning: self.cleaning(&format!("{key}.clean"), mirror.clean),
            not_after: mirror.not_after,
            not_before: mirror.not_before,
            issue,
            origin: Origin::Column(Vec::new()),
        };
        if (alternative.not_after.is_some() || alternative.not_before.is_some()) && field.kind != FieldKind::Day {
            self.add(key, "has `not_after` or `not_before`, expected them on days only");
        }
        let origins = [
            mirror.column.map(|captions| Ok(Origin::Column(captions.into_vec()))),
            mirror.constant.map(|word| Ok(Origin::Constant(word))),
            mirror.template.map(|text| template(&text).map(Origin::Template)),
            mirror.formula.map(|text| Formula::parse(&text).map(Origin::Formula)),
        ];
        let mut origins = origins.into_iter().flatten();
        let origin = match (origins.next(), origins.next()) {
            (Some(Ok(origin)), None) => origin,
            (Some(Err(problem)), None) => {
                self.add(key, problem);
                return None;
            }
            _ => {
                self.add(
                    key,
                    "expected exactly one of `column`, `constant`, `template`, `formula`",
                );
                return None;
            }
        };
        alternative.origin = origin;
        self.origin(key, position, field, &alternative);
        Some(alternative)
    }

    /// Checks that the origin suits the field.
    fn origin(&mut self, key: &str, position: usize, field: &'static FieldSpec, alternative: &Alternative) {
        match &alternative.origin {
            Origin::Column(captions) if captions.is_empty() => {
                self.add(&format!("{key}.column"), "found no caption, expected at least one");
            }
            Origin::Column(_) => {}
            Origin::Constant(word) => {
                if let Err(expected) = value::constant(field.kind, word) {
                    self.add(
                        &format!("{key}.constant"),
                        format_args!("found `{word}`, expected {expected}"),
                    );
                }
            }
            Origin::Template(_) => {
                if !matches!(field.kind, FieldKind::Id | FieldKind::Text) {
                    self.add(&format!("{key}.template"), "expected templates on ids and words only");
                }
            }
            Origin::Formula(_) => {
                if !matches!(field.kind, FieldKind::Day | FieldKind::Money | FieldKind::SignedMoney) {
                    self.add(&format!("{key}.formula"), "expected formulas on days and money only");
                }
            }
        }
        // A guess that leaves no trace would look like a fact.
        let guesses = matches!(alternative.origin, Origin::Constant(_) | Origin::Formula(_));
        if position > 0 && guesses && alternative.issue.is_none() {
            self.add(
                &format!("{key}.issue"),
                "found nothing, expected a code such as `value-assumed`: a fallback is counted",
            );
        }
    }

    fn cleaning(&mut self, key: &str, mirror: Option<mirror::OneOrMore>) -> Vec<Cleaning> {
        let choices = [
            ("whole-number", Cleaning::WholeNumber),
            ("no-leading-zeros", Cleaning::NoLeadingZeros),
            ("capitals", Cleaning::Capitals),
        ];
        mirror
            .map(mirror::OneOrMore::into_vec)
            .unwrap_or_default()
            .iter()
            .filter_map(|name| self.choice(key, name, &choices))
            .collect()
    }
}

fn by_caption(field: &'static FieldSpec, defaults: &Defaults) -> Alternative {
    Alternative {
        origin: Origin::Column(vec![field.name.to_owned()]),
        dates: defaults.dates.clone(),
        numbers: defaults.numbers.clone(),
        words: BTreeMap::new(),
        cleaning: Vec::new(),
        not_after: None,
        not_before: None,
        issue: None,
    }
}

fn lower(words: Vec<String>) -> Vec<String> {
    words.iter().map(|word| word.trim().to_lowercase()).collect()
}

fn template(text: &str) -> Result<Vec<Piece<String>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((words, behind)) = rest.split_once('{') {
        if !words.is_empty() {
            pieces.push(Piece::Words(words.to_owned()));
        }
        let (name, behind) = behind
            .split_once('}')
            .ok_or_else(|| format!("found `{text}`, expected a `}}` for every `{{`"))?;
        pieces.push(match name {
            "n" => Piece::RowNumber,
            "file" => Piece::FileName,
            name => Piece::Name(name.to_owned()),
        });
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    Ok(pieces)
}
