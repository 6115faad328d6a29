//! Runs as they were written: rows and notes from JSON and Parquet, rows from CSV with the notes of the manifest beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use crate::calendar::{AsOf, Day};
use crate::cli::args::{MANIFEST_ENDING, MANIFEST_OF_FOLDER};
use crate::decide::{RunKind, RunRows};
use crate::table::{Data, Table, parquet};

/// One table of a run with what it says of itself.
pub(super) struct SavedRun {
    /// Where it was read.
    pub path: PathBuf,
    /// Its rows.
    pub rows: RunRows,
    /// As-of day.
    pub as_of: AsOf,
    /// Day whose knowledge counted, where one was named.
    pub known_on: Option<Day>,
    notes: BTreeMap<String, String>,
}

impl SavedRun {
    /// Reads the runs of a file, or of the files of a folder, by the name of their table.
    pub fn read_all(path: &Path) -> anyhow::Result<BTreeMap<&'static str, SavedRun>> {
        let files = if path.is_dir() {
            let mut files = Vec::new();
            for entry in std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
                files.push(entry?.path());
            }
            files.sort();
            files.retain(|file| is_of_tables(file));
            files
        } else {
            vec![path.to_owned()]
        };
        let mut runs = BTreeMap::new();
        for file in files {
            for (table, notes) in tables_of(&file)? {
                let Some(kind) = RunKind::of(table.name()) else {
                    continue;
                };
                let run = SavedRun::new(&file, kind, &table, notes)?;
                if let Some(other) = runs.insert(kind.table, run) {
                    bail!(
                        "two files hold `{}`: {} and {}",
                        kind.table,
                        other.path.display(),
                        file.display()
                    );
                }
            }
        }
        if runs.is_empty() {
            bail!(
                "found no run in {}, expected what `worklist`, `holds`, `score` or `forecast` wrote as json, parquet, or csv with its manifest",
                path.display()
            );
        }
        Ok(runs)
    }

    fn new(
        path: &Path,
        kind: &'static RunKind,
        table: &Table,
        notes: BTreeMap<String, String>,
    ) -> anyhow::Result<SavedRun> {
        let place = || format!("cannot use {}", path.display());
        let day = |name: &str| {
            notes
                .get(name)
                .map(|day| Day::parse(day))
                .transpose()
                .with_context(place)
        };
        let as_of = day("as_of")?.ok_or_else(|| {
            anyhow!(
                "{} does not say how it was made; write a run as json or parquet, or as csv with --manifest",
                path.display()
            )
        })?;
        Ok(SavedRun {
            path: path.to_owned(),
            rows: RunRows::of(kind, table).with_context(place)?,
            as_of: AsOf(as_of),
            known_on: day("known_on")?,
            notes,
        })
    }

    /// Returns what the run says of itself under a name.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).map(String::as_str)
    }

    /// Tells whether a run was made from a ledger with a hash.
    pub fn is_of(&self, ledger_hash: &str) -> bool {
        self.note("ledger")
            .is_some_and(|own| !own.is_empty() && ledger_hash.starts_with(own))
    }
}

fn is_of_tables(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let is_table = [".json", ".parquet", ".csv"]
        .iter()
        .any(|ending| name.ends_with(ending));
    is_table && !name.ends_with(MANIFEST_ENDING) && name != MANIFEST_OF_FOLDER
}

type Noted = (Table, BTreeMap<String, String>);

fn tables_of(path: &Path) -> anyhow::Result<Vec<Noted>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "json" => of_json(&bytes),
        "parquet" => of_parquet(bytes),
        "csv" => of_csv(path, &bytes),
        _ => bail!("expected a file that ends with .json, .parquet or .csv"),
    }
    .with_context(|| format!("cannot use {}", path.display()))
}

fn of_parquet(bytes: Vec<u8>) -> anyhow::Result<Vec<Noted>> {
    let table = parquet::read("", bytes)?;
    let notes: BTreeMap<String, String> = table.notes.iter().cloned().collect();
    let name = notes.get("table").cloned().unwrap_or_default();
    Ok(vec![(table.named(&name), notes)])
}

/// The tables of a JSON result: one, or several under `tables`.
fn json_tables(bytes: &[u8]) -> anyhow::Result<Vec<Value>> {
    let value: Value = serde_json::from_slice(bytes)?;
    Ok(match value.get("tables") {
        Some(Value::Array(tables)) => tables.clone(),
        _ => vec![value],
    })
}

fn notes_of(table: &Value) -> BTreeMap<String, String> {
    let notes = table.get("notes").and_then(Value::as_object);
    let notes = notes.into_iter().flatten();
    notes
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn of_json(bytes: &[u8]) -> anyhow::Result<Vec<Noted>> {
    let noted = |value: Value| {
        let name = value.get("table").and_then(Value::as_str).unwrap_or_default();
        let columns = value.get("columns").and_then(Value::as_array).into_iter().flatten();
        let names: Vec<&str> = columns.filter_map(|column| column.get("name")?.as_str()).collect();
        let rows: Vec<&Value> = value
            .get("rows")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        let cell = |row: &Value, name: &str| match row.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        let columns = names
            .iter()
            .map(|name| (*name, rows.iter().map(|row| cell(row, name)).collect()));
        (text_table(name, columns), notes_of(&value))
    };
    Ok(json_tables(bytes)?.into_iter().map(noted).collect())
}

fn of_csv(path: &Path, bytes: &[u8]) -> anyhow::Result<Vec<Noted>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
    for row in reader.records() {
        for (column, cell) in columns.iter_mut().zip(row?.iter()) {
            column.push((!cell.is_empty()).then(|| as_written(cell).to_owned()));
        }
    }
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let (name, notes) = manifest_of(path, &stem)?;
    Ok(vec![(
        text_table(&name, names.iter().map(String::as_str).zip(columns)),
        notes,
    )])
}

/// Takes off the apostrophe that keeps a spreadsheet from running a cell.
fn as_written(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => rest,
        _ => cell,
    }
}

/// Finds what a CSV file cannot say of itself: in the manifest of the file, else in that of its folder under the file's name.
fn manifest_of(path: &Path, stem: &str) -> anyhow::Result<(String, BTreeMap<String, String>)> {
    let mut own = path.as_os_str().to_owned();
    own.push(MANIFEST_ENDING);
    let of_folder = path.with_file_name(MANIFEST_OF_FOLDER);
    for (manifest, is_of_file) in [(PathBuf::from(own), true), (of_folder, false)] {
        let Ok(bytes) = std::fs::read(&manifest) else {
            continue;
        };
        let tables = json_tables(&bytes).with_context(|| format!("cannot use {}", manifest.display()))?;
        let named = |table: &Value| {
            table
                .get("table")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut tables = tables.iter();
        let found = tables.find(|table| is_of_file || named(table) == stem);
        if let Some(table) = found {
            return Ok((named(table), notes_of(table)));
        }
    }
    Ok((stem.to_owned(), BTreeMap::new()))
}

fn text_table<'a>(name: &str, columns: impl Iterator<Item = (&'a str, Vec<Option<String>>)>) -> Table {
    columns.fold(Table::new(name), |table, (name, cells)| {
        table.with(name, Data::Text(cells))
    })
}
