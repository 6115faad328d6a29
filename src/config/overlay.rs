//! A file of one's own, laid over the defaults.

use toml::{Table, Value};

use super::{ConfigError, DEFAULT, SettingDifference};

/// Replaces defaults by the file's values; unknown keys and values of another kind are all named, and leave the default.
pub(super) fn over_defaults(text: &str, origin: &str) -> Result<(Table, Vec<String>), ConfigError> {
    let mut merged = defaults();
    let mut problems = Vec::new();
    lay_over(&mut merged, parsed(text, origin)?, "", origin, &mut problems);
    Ok((merged, problems))
}

/// Returns the dotted keys whose values the file changes.
pub(super) fn differences(text: &str, origin: &str) -> Result<Vec<SettingDifference>, ConfigError> {
    let (merged, problems) = over_defaults(text, origin)?;
    if !problems.is_empty() {
        return Err(ConfigError { problems });
    }
    let mut differences = Vec::new();
    compare(&defaults(), &merged, "", &mut differences);
    Ok(differences)
}

fn compare(defaults: &Table, own: &Table, prefix: &str, differences: &mut Vec<SettingDifference>) {
    for (key, built_in) in defaults {
        let dotted = dotted(prefix, key);
        match (built_in, &own[key]) {
            (Value::Table(below), Value::Table(own)) => compare(below, own, &dotted, differences),
            (built_in, own) if built_in != own => differences.push(SettingDifference {
                key: dotted,
                built_in: built_in.to_string(),
                own: own.to_string(),
            }),
            _ => {}
        }
    }
}

fn defaults() -> Table {
    DEFAULT
        .parse()
        .expect("the built-in settings are TOML, checked by a test")
}

fn parsed(text: &str, origin: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| ConfigError {
        problems: vec![format!("{origin}: {error}")],
    })
}

fn dotted(prefix: &str, key: &str) -> String {
    if prefix.is_empty() {
        key.to_owned()
    } else {
        format!("{prefix}.{key}")
    }
}

fn lay_over(defaults: &mut Table, own: Table, prefix: &str, origin: &str, problems: &mut Vec<String>) {
    for (key, value) in own {
        let dotted = dotted(prefix, &key);
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
