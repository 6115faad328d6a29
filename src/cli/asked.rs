//! What was asked, as a line that can be asked again: the verb and its own arguments, without where the ledger lies and where the result goes.

use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory, parser::ValueSource};

use super::Cli;

/// Arguments that do not decide what the result says, or that it says by other means: day, knowledge, settings and model stand in its notes.
const ELSEWHERE: &[&str] = &[
    "ledger", "as_of", "known_on", "config", "model", "quiet", "threads", "format", "output", "rows", "manifest",
];

/// Returns the line of a command: `worklist --base EUR --excluded`; empty where the words are no command.
pub(super) fn line(words: &[OsString]) -> String {
    let Ok(matches) = Cli::command().try_get_matches_from(words) else {
        return String::new();
    };
    let mut said = Vec::new();
    let root = Cli::command();
    let (mut command, mut matches) = (&root, &matches);
    while let Some((verb, own)) = matches.subcommand() {
        let Some(subcommand) = command.find_subcommand(verb) else {
            break;
        };
        said.push(verb.to_owned());
        arguments(subcommand, own, &mut said);
        (command, matches) = (subcommand, own);
    }
    let quoted: Vec<String> = said.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

fn arguments(command: &Command, matches: &ArgMatches, said: &mut Vec<String>) {
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if ELSEWHERE.contains(&id) || matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let long = argument.get_long().map(|long| format!("--{long}"));
        if !argument.get_action().takes_values() {
            said.extend(long);
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            said.extend(long.clone());
            said.push(value.to_string_lossy().into_owned());
        }
    }
}

/// Returns a word as it stands in a line; one with blanks or quotes as a JSON text.
fn quoted(word: &str) -> String {
    let is_plain =
        !word.is_empty() && !word.contains(|letter: char| letter.is_whitespace() || letter == '"' || letter == '\\');
    match is_plain {
        true => word.to_owned(),
        false => serde_json::Value::from(word).to_string(),
    }
}

/// Splits a line into its words; `None` where its quotes are not closed.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        if rest.starts_with('"') {
            let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            words.push(texts.next()?.ok()?);
            rest = &rest[texts.byte_offset()..];
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(words)
}
