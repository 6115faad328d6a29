//! Packed columns hold what plain ones hold.

use arrears::table::{Data, Packed, PackedTable, Table, Words, parquet};
use proptest::prelude::*;

fn words() -> impl Strategy<Value = Vec<Option<String>>> {
    prop::collection::vec(prop::option::of("[a-cß]{0,3}"), 0..60)
}

fn packed(values: &[Option<String>]) -> Words {
    let mut words = Words::default();
    values.iter().for_each(|word| words.push(word.as_deref()));
    words
}

fn unpacked(words: &Words) -> Vec<Option<String>> {
    words.iter().map(|word| word.map(str::to_owned)).collect()
}

#[test]
fn words_come_back_and_compare_as_they_went_in() {
    proptest!(|(first in words(), second in words(), seed in any::<u32>())| {
        let mut all = packed(&first);
        all.append(&packed(&second));
        let expected = [first, second].concat();
        prop_assert_eq!(&unpacked(&all), &expected);
        for a in 0..expected.len() {
            let b = seed as usize % expected.len();
            prop_assert_eq!(all.compare(a, b), expected[a].cmp(&expected[b]));
        }
        let places = all.places();
        let place = |row: usize| all.number_at(row).map(|number| places[number as usize]);
        for row in 1..expected.len() {
            prop_assert_eq!(place(row - 1).cmp(&place(row)), expected[row - 1].cmp(&expected[row]));
        }
        let rows: Vec<u32> = (0..expected.len() as u32).rev().filter(|row| row % 3 != 1).collect();
        let taken: Vec<_> = rows.iter().map(|&row| expected[row as usize].clone()).collect();
        prop_assert_eq!(unpacked(&all.take(&rows)), taken);
    });
}

#[test]
fn a_packed_table_is_written_as_the_same_bytes_and_read_back_packed() {
    proptest!(|(values in words(), numbers in prop::collection::vec(prop::option::of(any::<i64>()), 60), copies in 1_usize..3000)| {
        let n_rows = values.len() * copies;
        let of_row = |row: usize| numbers[row % numbers.len()];
        let table = Table::new("sample")
            .with("word", Data::Text((0..n_rows).map(|row| values[row % values.len()].clone()).collect()))
            .int("count", (0..n_rows).map(of_row).collect::<Vec<_>>())
            .flag("flag", (0..n_rows).map(|row| of_row(row).map(|number| number > 0)).collect::<Vec<_>>())
            .with("nothing", Data::Real(vec![None; n_rows]));
        let packed = PackedTable::of(&table).unwrap();
        prop_assert_eq!(&packed.unpacked(), &table);
        let (mut plain, mut from_packed) = (Vec::new(), Vec::new());
        parquet::write(&table, parquet::DOCUMENT_PRECISION, &mut plain).unwrap();
        parquet::write_packed(&packed, parquet::DOCUMENT_PRECISION, &mut from_packed, |_| {}).unwrap();
        prop_assert!(plain == from_packed, "{} rows", n_rows);
        prop_assert_eq!(&parquet::read_packed("sample", bytes::Bytes::from(plain)).unwrap().unpacked(), &table);
    });
}

#[test]
fn a_column_takes_rows_of_its_own_kind_only() {
    let mut words = Packed::of(&Data::Text(vec![Some("acme".to_owned())])).unwrap();
    words.fill(2);
    words.append(&Packed::of(&Data::Text(vec![None, Some("acme".to_owned())])).unwrap());
    let cells: Vec<String> = (0..words.len()).map(|row| words.text(row)).collect();
    assert_eq!(cells, ["acme", "", "", "acme"]);
    let other = Packed::of(&Data::Int(vec![Some(1)])).unwrap();
    assert!(std::panic::catch_unwind(move || words.append(&other)).is_err());
}
