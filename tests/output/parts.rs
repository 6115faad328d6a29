//! A table written in parts is the table written at once.

use arrears::output::{EncodedPart, Format, Layout, OutputError, PartEncoder, Target, write, write_in_parts};
use arrears::table::{Table, parquet};

use super::every_kind;

fn in_parts(head: &Table, parts: &[Table], format: Format) -> Result<Vec<u8>, OutputError> {
    let mut bytes = Vec::new();
    let fill = |encoder: &PartEncoder, add: &mut dyn FnMut(EncodedPart) -> std::io::Result<()>| {
        parts.iter().try_for_each(|part| add(encoder.encode(part)?))
    };
    write_in_parts(head, format, Target::Writer(&mut bytes), fill)?;
    Ok(bytes)
}

#[test]
fn the_parts_of_a_table_are_the_table() {
    let table = every_kind();
    let (head, parts) = (table.take(&[]), [table.take(&[0]), table.take(&[]), table.take(&[1])]);
    let mut whole = Vec::new();
    write(&[&table], Format::Csv, Layout::COMPLETE, Target::Writer(&mut whole)).unwrap();
    assert_eq!(in_parts(&head, &parts, Format::Csv).unwrap(), whole);
    let read = |bytes: Vec<u8>| parquet::read("aging", bytes).unwrap();
    let mut whole = Vec::new();
    write(&[&table], Format::Parquet, Layout::COMPLETE, Target::Writer(&mut whole)).unwrap();
    assert_eq!(read(in_parts(&head, &parts, Format::Parquet).unwrap()), read(whole));
}

#[test]
fn a_table_without_parts_keeps_its_columns() {
    let head = every_kind().take(&[]);
    let bytes = in_parts(&head, &[], Format::Parquet).unwrap();
    assert_eq!(parquet::read("aging", bytes).unwrap().columns(), head.columns());
    let bytes = in_parts(&head, &[], Format::Csv).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap().lines().count(), 1);
}

#[test]
fn what_needs_all_rows_at_once_is_refused() {
    for format in [Format::Table, Format::Json] {
        let refused = in_parts(&every_kind().take(&[]), &[], format).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the result is written part by part, as csv or parquet; found the format {format}")
        );
    }
}
