//! Pages that list things are compared with the things.
//!
//! `UPDATE_GUIDE=1 cargo test guide` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use arrears::contract::{FieldKind, Need, TABLES};
use arrears::features::catalogue;
use arrears::outcome::IssueCode;

/// Compares a page with what it should say, or writes it.
fn compare(page: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("UPDATE_GUIDE").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{page} is out of date: run UPDATE_GUIDE=1 cargo test guide"
    );
}

fn kind(kind: FieldKind) -> String {
    match kind {
        FieldKind::Id => "id".to_owned(),
        FieldKind::Text => "text".to_owned(),
        FieldKind::Day => "date".to_owned(),
        FieldKind::Money => "money, never negative".to_owned(),
        FieldKind::SignedMoney => "money".to_owned(),
        FieldKind::Int => "whole number".to_owned(),
        FieldKind::Real => "number".to_owned(),
        FieldKind::Flag => "true or false".to_owned(),
        FieldKind::Currency => "currency".to_owned(),
        FieldKind::OneOf(words) => format!("one of {}", words.join(", ")),
    }
}

#[test]
fn the_data_contract_page_lists_every_table_and_column() {
    let mut page = String::from(
        "# What comes in\n\nThe canonical tables: CSV, JSON lines or Parquet, UTF-8, ISO dates, a decimal point, a header. Columns beyond these become \
         attributes that results can be segmented by. The file's name says which table it is. Every `posted_on` is the day a row was known; by default its own effective day.\n",
    );
    for table in TABLES {
        let key = table.key.join("`, `");
        write!(
            page,
            "\n## {}\n\n{}. Key: `{key}`.\n\n| Column | Holds | Without it | Meaning |\n| --- | --- | --- | --- |\n",
            table.name,
            capitalised(table.doc)
        )
        .unwrap();
        for field in table.fields {
            let without = match field.need {
                Need::Required => "the row is quarantined".to_owned(),
                Need::Optional => "stays missing".to_owned(),
                Need::Default(value) => format!("`{value}`"),
            };
            writeln!(
                page,
                "| {} | {} | {} | {} |",
                field.name,
                kind(field.kind),
                without,
                field.doc
            )
            .unwrap();
        }
    }
    page.push_str("\n## Findings\n\nA finding never stops an import. Its code is stable; `tests/issues/` has an example of each.\n\n| Code | Meaning |\n| --- | --- |\n");
    for code in IssueCode::ALL {
        writeln!(page, "| {code} | {} |", code.meaning()).unwrap();
    }
    compare("src/guide/data-contract.md", &page);
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[test]
fn the_features_page_lists_every_feature() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide/features.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let (before, _) = page
        .split_once("## The catalogue")
        .expect("the page has a section for the catalogue");
    let mut expected = format!("{before}## The catalogue\n");
    let table = catalogue::table(None);
    for (key, meaning) in &table.notes {
        write!(expected, "\n- **{key}**: {meaning}").unwrap();
    }
    expected.push_str("\n\n| Feature | Rows | Unit | Source | More is | Definition | Missing |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for row in 0..table.n_rows() {
        let cells: Vec<String> = table.columns().iter().map(|column| column.data.text(row)).collect();
        writeln!(expected, "| {} |", cells.join(" | ")).unwrap();
    }
    compare("src/guide/features.md", &expected);
}
