//! The check of how a source is laid out: its format, its rows, and how dates and numbers are written.

use super::{Defaults, Problems};
use crate::import::dates::{self, DateFormat};
use crate::import::numbers::{NegativeStyle, NumberFormat};
use crate::import::profile::{Condition, Format, SourceRules, Test, mirror};
use crate::money::Amount;

impl Problems {
    pub(super) fn source(&mut self, mirror: mirror::Source, defaults: &Defaults) -> SourceRules {
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

    pub(super) fn conditions(
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

    pub(super) fn dates(&mut self, key: &str, names: &[String]) -> Vec<DateFormat> {
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

    pub(super) fn numbers(
        &mut self,
        key: &str,
        mirror: Option<&mirror::Numbers>,
        default: &NumberFormat,
    ) -> NumberFormat {
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
}

fn lower(words: Vec<String>) -> Vec<String> {
    words.iter().map(|word| word.trim().to_lowercase()).collect()
}
