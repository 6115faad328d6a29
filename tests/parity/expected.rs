//! Expected tables as the scripts wrote them, and how a result is held against them.

use arrears::money::{Amount, Total};
use arrears::table::{Data, Table};

/// Rows of words under a header.
#[derive(Clone)]
pub struct Expected {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Expected {
    pub fn read(text: &str) -> Expected {
        let words = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<String>>();
        let mut lines = text.lines();
        Expected {
            header: words(lines.next().unwrap()),
            rows: lines.map(words).collect(),
        }
    }

    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    pub fn cell(&self, row: usize, column: &str) -> &str {
        &self.rows[row][self.at(column)]
    }

    fn at(&self, column: &str) -> usize {
        let at = self.header.iter().position(|name| name == column);
        at.unwrap_or_else(|| panic!("no column `{column}` in {:?}", self.header))
    }

    pub fn distinct(&self, column: &str) -> Vec<String> {
        let at = self.at(column);
        let mut words: Vec<String> = self.rows.iter().map(|row| row[at].clone()).collect();
        words.sort();
        words.dedup();
        words
    }

    /// Keeps the rows with a word and drops the column.
    pub fn only(&self, column: &str, word: &str) -> Expected {
        let at = self.at(column);
        let mut kept = self.clone();
        kept.rows.retain(|row| row[at] == word);
        kept.header.remove(at);
        for row in &mut kept.rows {
            row.remove(at);
        }
        kept
    }

    pub fn without(&self, column: &str, word: &str) -> Expected {
        let at = self.at(column);
        let mut kept = self.clone();
        kept.rows.retain(|row| row[at] != word);
        kept
    }

    pub fn with(&self, column: &str, word: &str) -> Expected {
        let mut wider = self.clone();
        wider.header.push(column.to_owned());
        for row in &mut wider.rows {
            row.push(word.to_owned());
        }
        wider
    }

    pub fn rename(&self, from: &str, to: &str) -> Expected {
        let mut renamed = self.clone();
        renamed.header[self.at(from)] = to.to_owned();
        renamed
    }

    /// Fails at the first expected cell that a result does not hold: money to the cent, other numbers to nine digits.
    ///
    /// A result may have more rows and columns; every expected row must be there, and there must be some.
    pub fn compare(&self, table: &Table, key: &[&str]) {
        assert!(self.n_rows() > 0, "nothing expected of {}", table.name());
        let places: Vec<(usize, &Data)> = key
            .iter()
            .map(|name| (self.at(name), table.data(name).unwrap()))
            .collect();
        for expected in &self.rows {
            let is_it = |row: &usize| places.iter().all(|(at, data)| data.text(*row) == expected[*at]);
            let row = (0..table.n_rows()).find(is_it);
            let row = row.unwrap_or_else(|| panic!("{}: no row {expected:?} by {key:?}", table.name()));
            for (column, word) in self.header.iter().zip(expected) {
                let data = table.data(column).unwrap();
                let found = data.text(row);
                assert!(
                    agrees(data, row, word),
                    "{}: {expected:?}: `{column}` is {found}, expected {word}",
                    table.name()
                );
            }
        }
    }
}

fn agrees(data: &Data, row: usize, word: &str) -> bool {
    match data {
        // The script's sums of money are exact; where they come as binary numbers, the cent decides.
        Data::Money(values) => {
            let cents = format!("{:.2}", word.parse::<f64>().unwrap_or(f64::NAN));
            values[row] == Amount::parse(&cents).ok().map(Total::from)
        }
        Data::Real(values) => match (values[row], word.parse::<f64>()) {
            (Some(found), Ok(expected)) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            // What the other implementation leaves open, ours leaves open or gives as no error at all.
            (found, Err(_)) => found.is_none_or(|found| found == 0.0),
            (None, Ok(_)) => false,
        },
        data => data.text(row) == word,
    }
}
