use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use arrears::metrics::NullReason;
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::concentration::{ConcentrationParams, concentration};
use arrears::metrics::contracts::{self, contract};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::table::Table;

use super::{as_of, groups, month};
use crate::support::ledger;

/// The texts of every source file below a folder.
fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => sources(&path, texts),
            path => texts.push(fs::read_to_string(path).unwrap_or_default()),
        }
    }
}

fn after_each<'a>(texts: &'a [String], mark: &'static str) -> BTreeSet<&'a str> {
    let found = texts.iter().flat_map(|text| text.split(mark).skip(1));
    let is_word = |letter: char| letter.is_alphanumeric() || "._".contains(letter);
    found
        .map(|rest| rest.split(|letter| !is_word(letter)).next().unwrap())
        .collect()
}

#[test]
fn every_metric_id_has_a_contract_and_every_id_stands_once() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metrics"), &mut texts);
    let ids = after_each(&texts, "METRIC_ID: &str = \"");
    assert!(ids.len() >= 6, "{ids:?}");
    for id in ids {
        assert!(contract(id).is_some(), "`{id}` has no contract");
    }
    let distinct: BTreeSet<&str> = contracts::all().map(|contract| contract.id).collect();
    assert_eq!(distinct.len(), contracts::all().count());
}

#[test]
fn every_definition_has_an_example_that_compiles() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metrics"), &mut texts);
    let headers = texts.iter().map(|text| {
        let lines = text.lines().take_while(|line| line.starts_with("//!"));
        (
            lines.collect::<Vec<_>>().join("\n"),
            text.contains("METRIC_ID: &str = \""),
        )
    });
    let defining: Vec<_> = headers
        .filter(|(header, has_id)| *has_id || header.contains("//! # Definition"))
        .collect();
    assert!(defining.len() >= 30, "{}", defining.len());
    for (header, _) in defining {
        let title = header.lines().next().unwrap_or_default();
        let example = header.split("//! # Example").nth(1).unwrap_or_default();
        // A fence without a word behind it is compiled and run; `text` or `ignore` is not.
        let fence = example.lines().find(|line| line.starts_with("//! ```"));
        assert!(
            fence == Some("//! ```") && example.contains("assert"),
            "no compiled example under the header `{title}`"
        );
    }
}

#[test]
fn every_reason_of_a_null_stands_in_some_contract() {
    let listed: BTreeSet<String> = contracts::all()
        .flat_map(|contract| contract.nulls)
        .map(|(reason, _)| format!("{reason:?}"))
        .collect();
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    let reasons = after_each(&texts, "NullReason::");
    let used: BTreeSet<&str> = reasons
        .into_iter()
        .filter_map(|name| name.split('.').next())
        .filter(|name| name.starts_with(char::is_uppercase))
        .collect();
    assert!(used.len() >= 7, "{used:?}");
    for reason in used {
        assert!(
            listed.contains(reason),
            "no contract says when a number is null for `{reason}`"
        );
    }
    assert!(listed.contains(&format!("{:?}", NullReason::NoSales)));
}

#[test]
fn every_result_names_its_contract_and_carries_its_conventions() {
    let ledger = ledger("invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR");
    let (groups, day) = (groups(&ledger, &[]), as_of("2024-03-31"));
    let (from, to) = (month("2024-01"), month("2024-03"));
    let tables: [Table; 4] = [
        aging(&ledger, day, &groups, None, &AgingParams::default())
            .unwrap()
            .value
            .table(),
        flow(&ledger, from, to, &groups, None, &FlowParams::default())
            .unwrap()
            .value
            .table(),
        dso(&ledger, from, to, &groups, None, &DsoParams::default())
            .unwrap()
            .value
            .table(),
        concentration(&ledger, day, &groups, None, &ConcentrationParams::default())
            .unwrap()
            .value
            .table(),
    ];
    for table in tables {
        let note = |key: &str| {
            table
                .notes
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, text)| text.as_str())
        };
        let contract = contract(note("metric").unwrap()).unwrap();
        assert_eq!(
            note("conventions"),
            Some(contract.conventions.line().as_str()),
            "{}",
            table.name()
        );
    }
}

#[test]
fn a_contract_prints_all_its_parts() {
    let table = contract("dso.true.v1").unwrap().table();
    let parts: Vec<_> = table
        .texts("part")
        .unwrap()
        .iter()
        .flatten()
        .map(String::as_str)
        .collect();
    assert_eq!(
        parts,
        [
            "metric",
            "name",
            "definition",
            "formula",
            "convention: credits",
            "convention: disputes",
            "convention: boundary",
            "convention: currency",
            "convention: window",
            "null: nothing_open",
            "evidence",
            "source"
        ]
    );
}
