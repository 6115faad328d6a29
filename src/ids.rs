//! Positions in the tables of a ledger, and the dictionary that turns repeated words into numbers.

use std::collections::HashMap;

/// A customer's position in the ledger; customers are sorted by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerIx(pub u32);

/// A document's position in the ledger; documents are sorted by customer, issue day and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentIx(pub u32);

impl CustomerIx {
    /// Returns the position as a slice index.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

impl DocumentIx {
    /// Returns the position as a slice index.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// Distinct words in order of first sight, each with its number.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Dictionary {
    /// Returns the number of a word, giving it the next one when it is new.
    pub fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = u32::try_from(self.words.len()).expect("fewer than 2^32 distinct words");
        self.words.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        number
    }

    /// Returns the number of a word already seen.
    pub fn get(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// Returns the word behind a number.
    pub fn word(&self, number: u32) -> &str {
        &self.words[number as usize]
    }

    /// Returns the words in order of their numbers.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns how many distinct words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Tells whether no word was seen.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}
