//! Containers and encodings: the same invoice, however it is packed.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;

use arrears::outcome::IssueCode;

use super::support::{import_canonical, import_with, imported_lines, invoice_profile};

const COLUMNS: &[&str] = &[
    "invoice_id",
    "customer_id",
    "issued_on",
    "due_on",
    "amount",
    "currency",
    "region",
];
const EXPECTED: &[&str] = &["0042|Müller & Söhne|2024-01-10|2024-02-09|1234.56|EUR|Süd"];
const TEXT: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency,region\n\
                    0042,Müller & Söhne,2024-01-10,2024-02-09,1234.56,EUR,Süd\n";

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn every_encoding_yields_the_same_invoice() {
    let with_mark = |text: &str| format!("\u{feff}{text}");
    let latin: Vec<u8> = TEXT
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    for (declared, bytes) in [
        ("", TEXT.as_bytes().to_vec()),
        ("", with_mark(TEXT).into_bytes()),
        ("", TEXT.replace('\n', "\r\n").into_bytes()),
        ("", TEXT.replace('\n', "\r").into_bytes()),
        ("", TEXT.trim_end().as_bytes().to_vec()),
        ("encoding = \"latin-1\"", latin.clone()),
        ("encoding = \"windows-1252\"", latin.clone()),
        // A byte order mark knows better than the declaration.
        ("encoding = \"latin-1\"", with_mark(TEXT).into_bytes()),
        ("encoding = \"utf-16le\"", utf_16(TEXT, u16::to_le_bytes)),
        ("encoding = \"utf-16be\"", utf_16(TEXT, u16::to_be_bytes)),
        ("", utf_16(&with_mark(TEXT), u16::to_le_bytes)),
        ("", utf_16(&with_mark(TEXT), u16::to_be_bytes)),
    ] {
        let text = format!(
            "name = \"test\"\n[source]\n{declared}\n[[records]]\ntable = \"invoices\"\nby_name = true\nattributes = \"rest\"\n"
        );
        let profile = arrears::import::Profile::from_toml(&text, "test").unwrap();
        for (name, bytes) in [("invoices.csv", bytes.clone()), ("invoices.csv.gz", gzipped(&bytes))] {
            let checked = import_with(&profile, &[(name, &bytes)]).unwrap();
            assert_eq!(
                imported_lines(&checked, "invoices", COLUMNS),
                EXPECTED,
                "{declared} {name}"
            );
            assert!(checked.issues.is_empty());
        }
    }
}

#[test]
fn every_separator_is_recognised() {
    for separator in [",", ";", "\t", "|"] {
        let text = TEXT.replace(',', separator);
        let checked = import_canonical(&[("invoices.txt", text.as_bytes())]).unwrap();
        assert_eq!(imported_lines(&checked, "invoices", COLUMNS), EXPECTED, "{separator:?}");
    }
    // A comma inside captions does not outvote the declared separator.
    let text = "invoice_id;customer_id;issued_on;amount;currency;a,b,c,d,e,f,g,h\n1;acme;2024-01-10;5;EUR;x\n";
    let profile = invoice_profile("separator = \";\"", "");
    let checked = import_with(&profile, &[("input.csv", text.as_bytes())]).unwrap();
    assert_eq!(
        imported_lines(&checked, "invoices", &["invoice_id", "amount"]),
        ["1|5.00"]
    );
}

#[test]
fn json_lines_keep_every_digit_of_a_number() {
    let text = r#"
{"invoice_id": "0042", "customer_id": "M\u00fcller & S\u00f6hne", "issued_on": "2024-01-10", "due_on": "2024-02-09", "amount": 1234.56, "currency": "EUR", "region": "Süd"}

{"invoice_id": 43, "customer_id": "acme", "issued_on": "2024-01-10", "due_on": null, "amount": 922337203685477.5807, "currency": "EUR", "nested": {"a": [1, "}"]}}
{"invoice_id": 44, "customer_id": "acme", "issued_on": "2024-01-10", "amount": 1.2e3, "currency": "EUR"}
{"invoice_id": 45, "customer_id": "acme"
[1, 2]
"#;
    for (name, bytes) in [
        ("invoices.jsonl", text.as_bytes().to_vec()),
        ("invoices.ndjson.gz", gzipped(text.as_bytes())),
    ] {
        let checked = import_canonical(&[(name, &bytes)]).unwrap();
        let columns = &["invoice_id", "customer_id", "due_on", "amount", "region", "nested"];
        assert_eq!(
            imported_lines(&checked, "invoices", columns),
            [
                "0042|Müller & Söhne|2024-02-09|1234.56|Süd|",
                "43|acme||922337203685477.5807||{\"a\": [1, \"}\"]}",
                "44|acme||1200.00||",
            ]
        );
        let lines: Vec<_> = checked
            .value
            .rejected
            .iter()
            .map(|row| (row.code, row.place.line))
            .collect();
        assert_eq!(lines, [(IssueCode::RowShape, Some(6)), (IssueCode::RowShape, Some(7))]);
        assert_eq!(checked.value.rejected[1].row, "[1, 2]");
        let sources = &checked.value.records.table("invoices").unwrap().sources;
        assert_eq!(
            (0..sources.len())
                .map(|row| sources.at(row).unwrap().line)
                .collect::<Vec<_>>(),
            [2, 4, 5]
        );
    }
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_types_are_brought_to_the_contract() {
    let noon = 12 * 3_600_000;
    let day = 86_400_000;
    let decimals = Decimal128Array::from(vec![1_234_560_000_i128, 1])
        .with_precision_and_scale(18, 6)
        .unwrap();
    let bytes = parquet(vec![
        ("invoice_id", Arc::new(Int64Array::from(vec![42, 43])) as ArrayRef),
        ("customer_id", Arc::new(StringArray::from(vec!["acme", "acme"]))),
        (
            "issued_on",
            Arc::new(TimestampMillisecondArray::from(vec![noon, day + noon])),
        ),
        ("due_on", Arc::new(Date32Array::from(vec![Some(30), None]))),
        ("amount", Arc::new(decimals)),
        ("currency", Arc::new(StringArray::from(vec![Some("EUR"), None]))),
        ("instalment", Arc::new(Float64Array::from(vec![1.0, 2.0]))),
        ("export", Arc::new(BooleanArray::from(vec![true, false]))),
    ]);
    for (name, bytes) in [
        ("invoices.parquet", bytes.clone()),
        ("invoices.parquet.gz", gzipped(&bytes)),
    ] {
        let checked = import_canonical(&[(name, &bytes)]).unwrap();
        let columns = &[
            "invoice_id",
            "issued_on",
            "due_on",
            "amount",
            "currency",
            "instalment",
            "export",
        ];
        assert_eq!(
            imported_lines(&checked, "invoices", columns),
            ["42|1970-01-01|1970-01-31|1234.56|EUR|1|true"]
        );
        // A millionth of a unit would have to be rounded.
        let rejected = &checked.value.rejected[0];
        assert_eq!(
            (rejected.code, rejected.found.as_str()),
            (IssueCode::AmountOutOfRange, "0.000001")
        );
        assert_eq!(rejected.place.line, Some(2));
    }
}

#[test]
fn a_row_that_does_not_decode_is_quarantined_alone() {
    let mut bytes = TEXT.as_bytes().to_vec();
    bytes.extend(b"43,M\xfcller,2024-01-10,2024-02-09,1,EUR,x\n44,nul\0,2024-01-10,2024-02-09,1,EUR,x\n");
    let checked = import_canonical(&[("invoices.csv", &bytes)]).unwrap();
    assert_eq!(checked.value.rows.kept, 1);
    let lines: Vec<_> = checked
        .value
        .rejected
        .iter()
        .map(|row| (row.code, row.place.line))
        .collect();
    assert_eq!(
        lines,
        [
            (IssueCode::TextUndecodable, Some(3)),
            (IssueCode::TextUndecodable, Some(4))
        ]
    );
    // A lone surrogate in UTF-16.
    let mut bytes = utf_16(TEXT, u16::to_le_bytes);
    bytes.extend(utf_16("43,", u16::to_le_bytes));
    bytes.extend(0xd800_u16.to_le_bytes());
    bytes.extend(utf_16(",2024-01-10,,1,EUR,x\n", u16::to_le_bytes));
    let checked = import_with(
        &invoice_profile("encoding = \"utf-16le\"", ""),
        &[("input.csv", &bytes)],
    )
    .unwrap();
    assert_eq!(
        (
            checked.value.rows.kept,
            checked.issues.count(IssueCode::TextUndecodable)
        ),
        (1, 1)
    );
    assert_eq!(checked.value.n_unreadable_amounts, 1);
}
