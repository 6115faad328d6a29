//! A file of one's own, laid over the defaults.

use toml::{Table, Value};

use super::{ConfigError, DEFAULT};

/// Replaces defaults by the file's values; unknown keys and values of another kind are all named.
pub(super) fn over_defaults(text: &str, origin: &str) -> Result<Table, ConfigError> {
    let mut merged: Table = DEFAULT
        .parse()
        .expect("the built-in settings are TOML, checked by a test");
    let own: Table = text.parse().map_err(|error: toml::de::Error| ConfigError {
        problems: vec![format!("{origin}: {error}")],
    })?;
    let mut problems = Vec::new();
    lay_over(&mut merged, own, "", origin, &mut problems);
    if problems.is_empty() {
        Ok(merged)
    } else {
        Err(ConfigError { problems })
    }
}

fn lay_over(defaults: &mut Table, own: Table, prefix: &str, origin: &str, problems: &mut Vec<String>) {
    for (key, value) in own {
        let dotted = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match (defaults.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(own)) => lay_over(below, own, &dotted, origin, problems),
            (Some(Value::Float(default)), Value::Integer(whole)) => *default = whole as f64,
            (Some(default), value) if default.same_type(&value) => *default = value,
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
