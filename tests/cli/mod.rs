//! The program as its users meet it: verbs, exit codes, what goes to stdout and what to stderr.

mod base;
mod chain;
mod cohorts;
mod demo;
mod explain;
mod forecasts;
mod history;
mod panel;
mod policies;
mod refusals;
mod runs;
mod same;
mod scores;
mod segments;
mod stretches;
mod work;

use std::path::Path;
use std::process::Command;

/// What a run of the program did.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the program with words separated by single spaces, in a folder.
fn arrears(folder: &Path, line: &str) -> Run {
    arrears_words(folder, &line.split(' ').collect::<Vec<_>>())
}

/// Runs the program with arguments that may hold spaces.
fn arrears_words(folder: &Path, words: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_arrears"))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a line that has to succeed and returns what it printed.
fn fine(folder: &Path, line: &str) -> String {
    let run = arrears(folder, line);
    assert_eq!(run.code, 0, "arrears {line}\n{}", run.stderr);
    run.stdout
}

/// Reads CSV into a header and rows.
fn csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    (header, rows)
}

/// Returns one column of CSV text.
fn column(text: &str, name: &str) -> Vec<String> {
    let (header, rows) = csv(text);
    let at = header
        .iter()
        .position(|caption| caption == name)
        .unwrap_or_else(|| panic!("no `{name}` in {header:?}"));
    rows.into_iter().map(|row| row[at].clone()).collect()
}

/// Reads one table of a JSON result that holds several.
fn json_table(text: &str, name: &str) -> Vec<serde_json::Value> {
    let all: serde_json::Value = serde_json::from_str(text).unwrap();
    let tables = all["tables"].as_array().unwrap();
    let table = tables
        .iter()
        .find(|table| table["table"] == name)
        .unwrap_or_else(|| panic!("no table `{name}`"));
    table["rows"].as_array().unwrap().clone()
}
