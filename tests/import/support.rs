//! Files for tests, and short ways to import them.

use std::fs;
use std::path::{Path, PathBuf};

use arrears::import::{ImportError, ImportParams, Imported, Profile, read};
use arrears::money::{Amount, Total};
use arrears::outcome::Checked;
use arrears::records::MoneyFate;

/// Imports files by a profile.
pub fn import(files: &[PathBuf], profile: &Profile) -> Result<Checked<Imported>, ImportError> {
    read(files, profile, &ImportParams::default(), &mut |_, _| {})
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
