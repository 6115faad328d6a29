//! Files appear complete or not at all, and bad paths are refused before the long work.

use std::fs;
use std::path::Path;

use arrears::output::{Format, Layout, NewFile, OutputError, Target, write};

use super::every_kind;

fn refusal(path: &Path) -> String {
    match Target::prepare(path) {
        Ok(_) => panic!("`{}` was accepted", path.display()),
        Err(error) => error.to_string(),
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_replaces_the_old_one_only_when_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aging.csv");
    fs::write(&path, "yesterday").unwrap();
    let target = Target::prepare(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "yesterday");
    write(&[&every_kind()], Format::Csv, Layout::default(), target).unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with("customer_id,"));
    assert_eq!(names_in(folder.path()), ["aging.csv"]);
}

#[test]
fn a_failure_half_way_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aging.csv");
    fs::write(&path, "yesterday").unwrap();
    let mut file = NewFile::open(&path).unwrap();
    let result = file.fill(|sink| {
        sink.write_all(&[b'x'; 100_000])?;
        Err(std::io::Error::other("disk full"))
    });
    assert_eq!(
        result.unwrap_err().to_string(),
        format!("cannot write to `{}`", path.display())
    );
    drop(file);
    assert_eq!(fs::read_to_string(&path).unwrap(), "yesterday");
    assert_eq!(names_in(folder.path()), ["aging.csv"]);
}

#[test]
fn a_refused_result_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.parquet");
    fs::write(&path, "yesterday").unwrap();
    let table = every_kind();
    let target = Target::prepare(&path).unwrap();
    let error = write(&[&table, &table], Format::Parquet, Layout::default(), target).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the result is 2 tables and a parquet file holds one; name a folder (`-o results/`) or use --format json"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "yesterday");
    assert_eq!(names_in(folder.path()), ["all.parquet"]);
}

#[test]
fn paths_that_cannot_be_written_are_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let shown = |name: &str| at(name).display().to_string();
    fs::create_dir(at("results")).unwrap();
    fs::write(at("file"), "").unwrap();
    assert_eq!(
        refusal(&at("results")),
        format!(
            "found a directory, expected a file; end the path with a slash to get one file per table inside it: `{}`",
            shown("results")
        )
    );
    assert_eq!(
        refusal(&at("missing/aging.csv")),
        format!(
            "the folder of the file does not exist; create it first: `{}`",
            shown("missing")
        )
    );
    assert_eq!(
        refusal(&at("file/")),
        format!("found a file, expected a folder: `{}`", shown("file/"))
    );
    assert_eq!(names_in(folder.path()), ["file", "results"]);
}

#[test]
fn a_folder_gets_a_file_for_each_table() {
    let folder = tempfile::tempdir().unwrap();
    let table = every_kind();
    let other = arrears::table::Table::new("flow").int("n", [1]);
    let path = folder.path().join("results/");
    let prepare = || Target::prepare(&path).unwrap();
    write(&[&table, &other], Format::Csv, Layout::default(), prepare()).unwrap();
    assert_eq!(names_in(&path), ["aging.csv", "flow.csv"]);
    let error = write(&[&other, &other], Format::Json, Layout::default(), prepare()).unwrap_err();
    assert!(matches!(error, OutputError::SameName { name } if name == "flow"));
    assert_eq!(names_in(&path), ["aging.csv", "flow.csv"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_device_stays_a_device() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
    fs::write(&real, "yesterday").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let target = Target::prepare(&link).unwrap();
    write(&[&every_kind()], Format::Csv, Layout::default(), target).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("customer_id,"));
    let target = Target::prepare(Path::new("/dev/null")).unwrap();
    write(&[&every_kind()], Format::Csv, Layout::default(), target).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn formats_have_names_and_endings() {
    for format in [Format::Table, Format::Csv, Format::Json, Format::Parquet] {
        assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
        assert_eq!(
            Format::of_path(Path::new(&format!("a.{}", format.ending()))).unwrap(),
            format
        );
    }
    assert_eq!(Format::of_path(Path::new("A.CSV")).unwrap(), Format::Csv);
    assert_eq!(
        "xls".parse::<Format>().unwrap_err().to_string(),
        "found the format `xls`, expected table, csv, json or parquet"
    );
    assert_eq!(
        Format::of_path(Path::new("out/aging")).unwrap_err().to_string(),
        "cannot tell a format from the ending of the file; expected .csv, .json, .parquet or .txt, or name one with --format: `out/aging`"
    );
}
