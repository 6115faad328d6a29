//! The settings as they are typed, and the check that turns them into [`Config`].

use serde::Deserialize;
use toml::{Table, Value};

use super::{CheckLimits, Config, ConfigError, DEFAULT};

/// The shape of the file; every key has a value because the defaults lie underneath.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mirror {
    check: CheckMirror,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckMirror {
    max_findings: i64,
}

impl Mirror {
    /// Lays a file over the defaults.
    pub(super) fn over_defaults(text: &str, origin: &str) -> Result<Mirror, ConfigError> {
        let failed = |message: String| ConfigError {
            problems: vec![format!("{origin}: {message}")],
        };
        let mut merged: Table = DEFAULT
            .parse()
            .expect("the built-in settings are TOML, checked by a test");
        let own: Table = text
            .parse()
            .map_err(|error: toml::de::Error| failed(error.to_string()))?;
        let mut problems = Vec::new();
        lay_over(&mut merged, own, "", origin, &mut problems);
        if !problems.is_empty() {
            return Err(ConfigError { problems });
        }
        Value::Table(merged)
            .try_into()
            .map_err(|error: toml::de::Error| failed(error.message().to_owned()))
    }

    /// Checks every value and reports all problems together.
    pub(super) fn check(self, origin: &str) -> Result<Config, ConfigError> {
        let mut problems = Vec::new();
        let mut problem = |key: &str, message: String| problems.push(format!("{origin}: {key}: {message}"));
        if self.check.max_findings < 0 {
            problem(
                "check.max_findings",
                format!("must be at least 0, is {}", self.check.max_findings),
            );
        }
        if !problems.is_empty() {
            return Err(ConfigError { problems });
        }
        Ok(Config {
            check: CheckLimits {
                max_findings: self.check.max_findings as u64,
            },
        })
    }
}

/// Replaces defaults by the file's values; a key without a default does not exist.
fn lay_over(defaults: &mut Table, own: Table, prefix: &str, origin: &str, problems: &mut Vec<String>) {
    for (key, value) in own {
        let dotted = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match (defaults.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(own)) => lay_over(below, own, &dotted, origin, problems),
            (Some(default), value) if same_kind(default, &value) => *default = value,
            (Some(default), value) => problems.push(format!(
                "{origin}: {dotted}: must be {}, is {}",
                kind(default),
                kind(&value)
            )),
            (None, _) => problems.push(format!(
                "{origin}: {dotted}: no such key; there are {}",
                defaults
                    .keys()
                    .map(|key| format!("`{key}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        }
    }
}

fn same_kind(default: &Value, value: &Value) -> bool {
    default.same_type(value) || matches!((default, value), (Value::Float(_), Value::Integer(_)))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}
