//! A column of words that takes little memory: what repeats is kept once.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::slice::ParallelSliceMut;

use super::values::Values;

/// Words by row. A word seen lately is kept once and named by its number again; one that was long ago may be kept twice.
#[derive(Clone, Debug, Default)]
pub struct Words {
    letters: String,
    /// Where each kept word ends in `letters`; the first word begins at 0.
    ends: Vec<usize>,
    numbers: Values<u32>,
    /// Words seen lately: at the place their letters hash to, their number.
    recent: Vec<Option<u32>>,
    /// The number of the word that was added last.
    last: Option<u32>,
}

/// Places for words seen lately; a power of two.
const N_RECENT: usize = 1 << 12;

impl Words {
    /// Builds a column with room for so many rows.
    pub fn with_room(n_rows: usize) -> Words {
        Words {
            numbers: Values::with_room(n_rows),
            ..Words::default()
        }
    }

    /// Returns how many bytes the words of some rows have together.
    pub fn n_letters(&self, rows: &Range<usize>) -> usize {
        let numbers = rows.clone().filter_map(|row| self.number_at(row));
        numbers.map(|number| self.range(number).len()).sum()
    }

    /// Adds a word, or a missing cell.
    pub fn push(&mut self, word: Option<&str>) {
        match word {
            Some(word) => {
                let number = self.number(word);
                self.numbers.push(Some(number));
            }
            None => self.numbers.push(None),
        }
    }

    /// Returns the word of a row; `None` where it is missing.
    pub fn at(&self, row: usize) -> Option<&str> {
        self.numbers.at(row).map(|number| self.word(number))
    }

    /// Returns the words in order of rows.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.numbers.iter().map(|number| number.map(|number| self.word(number)))
    }

    /// Returns the number under which the word of a row is kept: rows of one number hold the same word.
    pub fn number_at(&self, row: usize) -> Option<u32> {
        self.numbers.at(row)
    }

    /// Returns the words that some row holds, some of them more than once.
    pub fn distinct(&self) -> impl Iterator<Item = &str> {
        let mut is_used = vec![false; self.n_kept()];
        (0..self.len()).filter_map(move |row| {
            let number = self.number_at(row)?;
            let is_new = !std::mem::replace(&mut is_used[number as usize], true);
            is_new.then(|| self.word(number))
        })
    }

    /// Returns how many words are kept.
    pub fn n_kept(&self) -> usize {
        self.ends.len()
    }

    /// Returns the word kept under a number.
    pub fn word(&self, number: u32) -> &str {
        &self.letters[self.range(number)]
    }

    /// Returns the bytes of a word: enough to compare it, and had without asking where letters begin.
    fn letters_of(&self, number: u32) -> &[u8] {
        &self.letters.as_bytes()[self.range(number)]
    }

    fn range(&self, number: u32) -> Range<usize> {
        let at = number as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[at]
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many words are there.
    pub fn n_present(&self) -> usize {
        self.numbers.n_present()
    }

    /// Returns about how many bytes the words take.
    pub fn n_bytes(&self) -> usize {
        self.letters.len() + size_of_val(self.ends.as_slice()) + self.numbers.n_bytes()
    }

    /// Adds the rows of another column.
    pub fn append(&mut self, other: &Words) {
        if 2 * other.n_kept() > other.len() {
            // Mostly words that stand once: nothing is gained by looking for them.
            let (n_letters, n_kept) = (self.letters.len(), self.n_kept() as u32);
            self.letters.push_str(&other.letters);
            self.ends.extend(other.ends.iter().map(|end| n_letters + end));
            self.numbers.append_mapped(&other.numbers, |number| n_kept + number);
            return;
        }
        let numbers: Vec<u32> = (0..other.n_kept() as u32)
            .map(|number| self.number(other.word(number)))
            .collect();
        self.numbers
            .append_mapped(&other.numbers, |number| numbers[number as usize]);
    }

    /// Adds missing cells until there are so many rows.
    pub fn fill(&mut self, n_rows: usize) {
        self.numbers.fill(n_rows);
    }

    /// Returns the rows at the given positions, in that order.
    pub fn take(self, rows: &[u32]) -> Words {
        Words {
            numbers: self.numbers.take(rows),
            ..self
        }
    }

    /// Returns a copy of the rows at the given positions, in that order, with the words that they need and no others.
    pub fn gathered(&self, rows: &[u32]) -> Words {
        let mut gathered = Words::default();
        // A number per kept word is worth its memory where words repeat.
        let mut known = vec![
            None;
            if self.n_kept() <= 2 * rows.len() {
                self.n_kept()
            } else {
                0
            }
        ];
        let mut last: Option<(u32, u32)> = None;
        let numbers = rows.iter().map(|&row| {
            let number = self.numbers.at(row as usize)?;
            if let Some((_, own)) = last.filter(|(other, _)| *other == number) {
                return Some(own);
            }
            let own = match known.get_mut(number as usize) {
                Some(known) => *known.get_or_insert_with(|| gathered.keep(self.word(number))),
                // Mostly words that stand once: nothing is gained by looking for them.
                None => gathered.keep(self.word(number)),
            };
            last = Some((number, own));
            Some(own)
        });
        let numbers: Values<u32> = numbers.collect();
        gathered.numbers = numbers;
        gathered
    }

    /// Compares two rows letter by letter; missing sorts first.
    pub fn compare(&self, a: usize, b: usize) -> Ordering {
        let (a, b) = (self.numbers.at(a), self.numbers.at(b));
        if a == b {
            return Ordering::Equal;
        }
        let letters = |number: Option<u32>| number.map(|number| self.letters_of(number));
        letters(a).cmp(&letters(b))
    }

    /// Returns for each kept word its place among all kept words, from 1; equal words share a place.
    pub fn places(&self) -> Vec<u32> {
        let mut sorted: Vec<u32> = (0..self.n_kept() as u32).collect();
        sorted.par_sort_unstable_by(|&a, &b| self.letters_of(a).cmp(self.letters_of(b)));
        let mut places = vec![0; sorted.len()];
        let mut place = 0;
        let mut last = None;
        for number in sorted {
            if last.is_none_or(|last| self.letters_of(last) != self.letters_of(number)) {
                place += 1;
                last = Some(number);
            }
            places[number as usize] = place;
        }
        places
    }

    /// Returns the number of a word, keeping it where it was not seen lately.
    fn number(&mut self, word: &str) -> u32 {
        if let Some(last) = self.last
            && self.letters_of(last) == word.as_bytes()
        {
            return last;
        }
        let number = self.number_of_another(word);
        self.last = Some(number);
        number
    }

    fn number_of_another(&mut self, word: &str) -> u32 {
        if self.recent.is_empty() {
            self.recent.resize(N_RECENT, None);
        }
        let place = hash(word.as_bytes()) as usize >> (usize::BITS - N_RECENT.trailing_zeros());
        if let Some(number) = self.recent[place]
            && self.letters_of(number) == word.as_bytes()
        {
            return number;
        }
        let number = self.keep(word);
        self.recent[place] = Some(number);
        number
    }

    /// Keeps a word under the next number.
    fn keep(&mut self, word: &str) -> u32 {
        let number = u32::try_from(self.ends.len()).expect("rows are numbered by 32 bits, and so are their words");
        self.letters.push_str(word);
        self.ends.push(self.letters.len());
        number
    }
}

/// Mixes the bytes of a word into 64 bits, the upper ones best. Fast and weak: for tables of words, not for proofs.
pub fn hash(word: &[u8]) -> u64 {
    let mut eights = word.chunks_exact(8);
    let mut mixed = word.len() as u64;
    let mut mix = |part: u64| mixed = (mixed.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
    for eight in &mut eights {
        mix(u64::from_le_bytes(
            eight.try_into().expect("a chunk of eight has eight bytes"),
        ));
    }
    let rest = eights.remainder();
    if !rest.is_empty() {
        mix(rest.iter().fold(0, |part, &byte| part << 8 | u64::from(byte)));
    }
    mixed
}
