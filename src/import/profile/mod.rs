//! Profiles: how the columns of a source become rows of the canonical tables.

mod check;
mod mirror;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use thiserror::Error;

use super::dates::DateFormat;
use super::formula::Formula;
use super::numbers::NumberFormat;
use crate::contract::{FieldSpec, TableSpec};
use crate::money::Amount;
use crate::outcome::IssueCode;

/// A checked profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Name, as given to `--profile`.
    pub name: String,
    /// What the source is, in one sentence.
    pub about: String,
    pub(super) source: SourceRules,
    pub(super) records: Vec<RecordRules>,
}

/// Everything that is wrong with a profile, each with its dotted key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", .problems.join("\n"))]
pub struct ProfileErrors {
    /// One line a problem: `origin: records.0.fields.due_on.dates: ...`.
    pub problems: Vec<String>,
}

/// How the files are laid out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceRules {
    pub format: Option<Format>,
    pub encoding: Option<&'static encoding_rs::Encoding>,
    pub separator: Option<u8>,
    pub skip_lines: u64,
    pub header_has: Vec<String>,
    /// Words that mean "no value", in lower case.
    pub empty: Vec<String>,
    pub ignore: Vec<String>,
    pub skip_rows: Vec<Condition<String>>,
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    JsonLines,
    Parquet,
}

/// One record that a source row can yield.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RecordRules {
    pub spec: &'static TableSpec,
    /// Only files of this name yield the record.
    pub file: Option<String>,
    /// Conditions that must all hold.
    pub when: Vec<Condition<String>>,
    /// The first row of a key counts, later rows of the key add nothing.
    pub once: bool,
    pub attributes: Attributes,
    pub timeless: Vec<String>,
    /// Rules by field, in the order of the contract.
    pub fields: Vec<FieldRules>,
}

/// Which source columns become attributes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attributes {
    /// Those named.
    Named(Vec<String>),
    /// Every column that nothing else reads or ignores.
    Rest,
}

/// How a field gets its value: the first alternative that yields one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldRules {
    pub spec: &'static FieldSpec,
    pub alternatives: Vec<Alternative>,
}

/// One way for a field to get its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alternative {
    pub origin: Origin,
    pub dates: Vec<DateFormat>,
    pub numbers: NumberFormat,
    /// Words of the source, in lower case, and what they mean.
    pub words: BTreeMap<String, String>,
    pub cleaning: Vec<Cleaning>,
    /// The value only counts when it is no later than this day, or the day is missing.
    pub not_after: Option<String>,
    /// The value only counts when it is no earlier than this day, or the day is missing.
    pub not_before: Option<String>,
    /// What to report when this alternative was taken.
    pub issue: Option<IssueCode>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    /// The first of these captions that the file has.
    Column(Vec<String>),
    Constant(String),
    Template(Vec<Piece<String>>),
    Formula(Formula<String>),
}

/// A piece of a template such as `row:{n}`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece<Name> {
    Words(String),
    /// `{n}`: number of the row, counted over all files.
    RowNumber,
    /// `{file}`: name of the file without its ending.
    FileName,
    Name(Name),
}

/// Writes a template back as it was typed.
pub(super) fn show_template(pieces: &[Piece<String>]) -> String {
    let show = |piece: &Piece<String>| match piece {
        Piece::Words(words) => words.clone(),
        Piece::RowNumber => "{n}".to_owned(),
        Piece::FileName => "{file}".to_owned(),
        Piece::Name(name) => format!("{{{name}}}"),
    };
    format!("`{}`", pieces.iter().map(show).collect::<String>())
}

/// What is done to an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cleaning {
    /// `1930571429.0` becomes `1930571429`.
    WholeNumber,
    /// `0000123` becomes `123`.
    NoLeadingZeros,
    /// Letters in capitals.
    Capitals,
}

/// Something that must be true of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition<Name> {
    pub column: Name,
    pub test: Test,
    pub numbers: NumberFormat,
}

/// What a cell must look like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Filled,
    Empty,
    /// One of these words, in lower case.
    OneOf(Vec<String>),
    /// None of these words, in lower case.
    NoneOf(Vec<String>),
    /// Starts with one of these, in lower case.
    StartsWith(Vec<String>),
    Above(Amount),
    Below(Amount),
}

/// Profiles that ship with the program, by name.
const BUILTIN: &[(&str, &str)] = &[
    ("canonical", include_str!("../profiles/canonical.toml")),
    ("sap-open-items", include_str!("../profiles/sap-open-items.toml")),
    ("ibm-late-payments", include_str!("../profiles/ibm-late-payments.toml")),
];

impl Profile {
    /// Returns a profile that ships with the program.
    pub fn builtin(name: &str) -> Option<Profile> {
        let (_, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        Some(Profile::from_toml(text, name).expect("every built-in profile is checked by a test"))
    }

    /// Returns the names of the profiles that ship with the program.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// Returns the text of a profile that ships with the program, as a start for a profile of one's own.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// Reads a profile; `origin` names it in messages.
    ///
    /// # Errors
    /// Every problem at once, each with the dotted key it was found under.
    pub fn from_toml(text: &str, origin: &str) -> Result<Profile, ProfileErrors> {
        let mirror: mirror::Profile = toml::from_str(text).map_err(|error| ProfileErrors {
            problems: vec![format!("{origin}: {}", error.to_string().trim_end())],
        })?;
        check::check(mirror).map_err(|problems| ProfileErrors {
            problems: problems
                .into_iter()
                .map(|problem| format!("{origin}: {problem}"))
                .collect(),
        })
    }

    /// Returns the built-in profile of this name, or reads the TOML file at this path.
    ///
    /// # Errors
    /// No built-in profile and no readable file has the name, or the file holds problems.
    pub fn open(name_or_path: &str) -> Result<Profile, ProfileErrors> {
        if let Some(profile) = Profile::builtin(name_or_path) {
            return Ok(profile);
        }
        let text = fs::read_to_string(Path::new(name_or_path)).map_err(|error| ProfileErrors {
            problems: vec![format!(
                "`{name_or_path}`: found neither a built-in profile ({}) nor a readable file: {error}",
                Profile::builtin_names().collect::<Vec<_>>().join(", ")
            )],
        })?;
        Profile::from_toml(&text, name_or_path)
    }
}
