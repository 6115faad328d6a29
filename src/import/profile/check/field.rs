//! The check of one field of a record: where its value comes from, and how it is read.

use std::collections::BTreeMap;

use super::{Defaults, Problems};
use crate::contract::{FieldKind, FieldSpec};
use crate::import::formula::Formula;
use crate::import::profile::{Alternative, Cleaning, Origin, Piece, mirror};
use crate::import::value;
use crate::outcome::IssueCode;

/// Codes that an alternative may report.
const ASSUMPTIONS: &[IssueCode] = &[
    IssueCode::IssuedOnAssumed,
    IssueCode::DueOnAssumed,
    IssueCode::ValueAssumed,
    IssueCode::CurrencyMissing,
];

impl Problems {
    pub(super) fn alternatives(
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

/// Reads a field from the column of its own name.
pub(super) fn by_caption(field: &'static FieldSpec, defaults: &Defaults) -> Alternative {
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
