//! A profile as it is typed; `check` turns it into a [`super::Profile`].

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub name: String,
    pub about: Option<String>,
    #[serde(default)]
    pub source: Source,
    #[serde(default)]
    pub records: Vec<Record>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub format: Option<String>,
    pub encoding: Option<String>,
    pub separator: Option<String>,
    pub skip_lines: Option<u64>,
    pub header_has: Option<Vec<String>>,
    pub empty: Option<Vec<String>>,
    pub ignore: Option<Vec<String>>,
    pub skip_rows: Option<Vec<Condition>>,
    pub dates: Option<Vec<String>>,
    pub numbers: Option<Numbers>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    pub decimal: Option<String>,
    pub grouping: Option<Vec<String>>,
    pub negative: Option<Vec<String>>,
    pub symbols: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub table: String,
    pub file: Option<String>,
    pub when: Option<Vec<Condition>>,
    pub once: Option<bool>,
    pub by_name: Option<bool>,
    pub attributes: Option<Attributes>,
    pub timeless: Option<Vec<String>>,
    #[serde(default)]
    /// A caption, an [`Alternative`], or a list of either; taken apart by the check, which can name the key that is wrong.
    pub fields: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Attributes {
    Word(String),
    Named(Vec<String>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    pub column: Option<OneOrMore>,
    pub constant: Option<String>,
    pub template: Option<String>,
    pub formula: Option<String>,
    pub dates: Option<Vec<String>>,
    pub numbers: Option<Numbers>,
    pub words: Option<BTreeMap<String, String>>,
    pub clean: Option<OneOrMore>,
    pub not_after: Option<String>,
    pub not_before: Option<String>,
    pub issue: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub fn into_vec(self) -> Vec<String> {
        match self {
            OneOrMore::One(word) => vec![word],
            OneOrMore::More(words) => words,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub column: String,
    pub filled: Option<bool>,
    pub equals: Option<OneOrMore>,
    pub not_equals: Option<OneOrMore>,
    pub starts_with: Option<OneOrMore>,
    pub above: Option<String>,
    pub below: Option<String>,
}
