//! Files for tests, and short ways to import them.

use std::fs;
use std::path::{Path, PathBuf};

use arrears::import::{ImportError, ImportParams, Imported, Profile, read};
use arrears::money::{Amount, Total};
use arrears::outcome::Checked;
use arrears::records::MoneyFate;
use arrears::table::Table;
use tempfile::TempDir;

/// Imports files by a profile.
pub fn import(files: &[PathBuf], profile: &Profile) -> Result<Checked<Imported>, ImportError> {
    read(files, profile, &ImportParams::default(), &mut |_, _| {})
}

/// Imports canonical files given by name and content.
pub fn import_canonical(files: &[(&str, &[u8])]) -> Result<Checked<Imported>, ImportError> {
    import_with(&Profile::builtin("canonical").unwrap(), files)
}

/// Imports files given by name and content.
pub fn import_with(profile: &Profile, files: &[(&str, &[u8])]) -> Result<Checked<Imported>, ImportError> {
    let folder = TempDir::new().unwrap();
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, content)| file(folder.path(), name, content))
        .collect();
    import(&paths, profile)
}

/// Builds a profile of invoices out of lines for `[source]` and `[records.fields]`, both on top of the plain columns.
pub fn invoice_profile(source: &str, fields: &str) -> Profile {
    let text = format!(
        "name = \"test\"\n[source]\n{source}\n[[records]]\ntable = \"invoices\"\nby_name = true\n[records.fields]\n{fields}\n"
    );
    Profile::from_toml(&text, "test").unwrap()
}

/// Writes a file into a folder and returns its path.
pub fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

/// Reads a total such as `1282601395.74`.
pub fn total(text: &str) -> Total {
    Amount::parse(text).unwrap().into()
}

/// Adds up what was read in all currencies, for comparison with the sum of a column.
pub fn sum_read(money: &MoneyFate) -> Total {
    money.values().map(|fate| fate.read).sum()
}

/// Returns the rows of a table as words, columns joined by `|`.
pub fn lines(table: &Table, columns: &[&str]) -> Vec<String> {
    (0..table.n_rows())
        .map(|row| {
            let cells: Vec<String> = columns
                .iter()
                .map(|column| table.data(column).unwrap().text(row))
                .collect();
            cells.join("|")
        })
        .collect()
}

/// Returns columns of a canonical table of an import as words.
pub fn imported_lines(checked: &Checked<Imported>, table: &str, columns: &[&str]) -> Vec<String> {
    lines(&checked.value.records.table(table).unwrap().table(), columns)
}
