//! Who may import whom, who may touch files, and that the house looks as the table says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in reading order, each with the modules it may import. Every module may import the vocabulary.
const VOCABULARY: &[&str] = &["money", "calendar", "ids", "outcome", "table", "contract", "records"];
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("money", &[]),
    ("calendar", &[]),
    ("ids", &[]),
    ("outcome", &[]),
    ("table", &["money", "calendar"]),
    ("contract", &["table"]),
    ("records", &["money", "outcome", "table", "contract"]),
    ("import", &[]),
    ("ledger", &[]),
    ("history", &["ledger"]),
    ("metrics", &["ledger", "history"]),
    ("features", &["ledger", "history", "metrics"]),
    ("risk", &["ledger", "history", "metrics", "features"]),
    ("scoring", &["ledger", "history", "metrics", "features", "risk"]),
    (
        "forecast",
        &["ledger", "history", "metrics", "features", "risk", "scoring"],
    ),
    (
        "decide",
        &[
            "ledger", "history", "metrics", "features", "risk", "scoring", "forecast",
        ],
    ),
    (
        "backtest",
        &[
            "ledger", "history", "metrics", "features", "risk", "scoring", "forecast", "decide",
        ],
    ),
    ("output", &[]),
    ("generate", &[]),
    (
        "config",
        &[
            "ledger", "history", "metrics", "features", "risk", "scoring", "forecast", "decide", "backtest",
        ],
    ),
    (
        "cli",
        &[
            "import", "ledger", "history", "metrics", "features", "risk", "scoring", "forecast", "decide", "backtest",
            "output", "generate", "config",
        ],
    ),
    ("guide", &[]),
];

/// Modules (or folders of one) that may open files; everybody else takes and returns values.
const MAY_TOUCH_FILES: &[&str] = &["import", "ledger", "risk/registry", "output", "cli"];
/// Modules that may ask what day it is, which variables are set, or talk to a terminal.
const MAY_KNOW_THE_WORLD: &[&str] = &["cli"];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(&root).unwrap().to_owned(), text))
        .collect()
}

fn module_of(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules a text names as `crate::module`, comments left out.
fn imports(text: &str) -> BTreeSet<String> {
    text.lines()
        .map(|line| line.split("//").next().unwrap())
        .flat_map(|line| {
            line.match_indices("crate::")
                .map(|(at, _)| line[at + 7..].to_owned())
                .collect::<Vec<_>>()
        })
        .map(|rest| {
            rest.chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect::<String>()
        })
        .filter(|module| !module.is_empty() && module.chars().next().unwrap().is_lowercase())
        .collect()
}

#[test]
fn a_module_imports_only_what_the_table_allows() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        if module == "lib" || module == "main" {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("src/{} belongs to no module of the table", path.display()));
        let vocabulary: &[&str] = if VOCABULARY.contains(&module.as_str()) {
            &[]
        } else {
            VOCABULARY
        };
        for import in imports(&text) {
            if import != module && !allowed.contains(&import.as_str()) && !vocabulary.contains(&import.as_str()) {
                broken.push(format!("src/{} imports `{import}`", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_table_lists_modules_in_reading_order_and_allows_only_earlier_ones() {
    let position = |name: &str| MAY_IMPORT.iter().position(|(module, _)| *module == name);
    for (at, (module, allowed)) in MAY_IMPORT.iter().enumerate() {
        for import in *allowed {
            assert!(
                position(import).is_some_and(|earlier| earlier < at),
                "`{module}` may import `{import}`"
            );
        }
    }
}

#[test]
fn only_the_two_ends_touch_files_clock_terminal_and_environment() {
    let worldly = [
        "SystemTime",
        "Instant::now",
        "Zoned::now",
        "std::env",
        "stdout()",
        "stderr()",
        "stdin()",
    ];
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let place = path.with_extension("").to_string_lossy().replace('\\', "/");
        let is_one_of = |list: &[&str]| {
            list.iter()
                .any(|name| place == *name || place.starts_with(&format!("{name}/")))
        };
        for line in text.lines().map(|line| line.split("//").next().unwrap()) {
            if (line.contains("std::fs") || line.contains("fs::")) && !is_one_of(MAY_TOUCH_FILES) {
                broken.push(format!("src/{} touches files: {}", path.display(), line.trim()));
            }
            if worldly.iter().any(|word| line.contains(word)) && !is_one_of(MAY_KNOW_THE_WORLD) {
                broken.push(format!("src/{} knows the world: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
