//! Which rows repeat a key, and the order of rows: both from numbers first, from words only where numbers do not tell.

use std::cmp::Ordering;
use std::collections::HashSet;

use rayon::prelude::*;

use crate::table::{Packed, hash};

/// Splits rows into those whose key no other row has, and those whose key may repeat: two keys can share a hash.
///
/// The first `n_settled` rows are known not to contradict each other; what matters is which of the others repeats what.
pub(super) fn by_repetition(key: &[&Packed], n_settled: usize, n_rows: usize) -> (Vec<u32>, Vec<u32>) {
    let hashes = hashes(key, n_rows);
    let (settled, new) = hashes.split_at(n_settled);
    let mut sorted = new.to_vec();
    sorted.par_sort_unstable();
    let among_new = sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    let mut repeated: HashSet<u64> = among_new.collect();
    let settled = settled.par_iter().copied();
    repeated.par_extend(settled.filter(|hash| sorted.binary_search(hash).is_ok()));
    (0..n_rows as u32).partition(|&row| repeated.is_empty() || !repeated.contains(&hashes[row as usize]))
}

/// Returns a hash of each row's key: equal keys have equal hashes, in whatever table they stand.
pub(super) fn hashes(key: &[&Packed], n_rows: usize) -> Vec<u64> {
    let mut hashes = vec![0_u64; n_rows];
    for column in key {
        add_hashes(column, &mut hashes);
    }
    hashes
}

fn add_hashes(column: &Packed, hashes: &mut [u64]) {
    let mut add = |row: usize, value: u64| hashes[row] = mixed(hashes[row] ^ value);
    match column {
        Packed::Text(words) => {
            let of_word: Vec<u64> = (0..words.n_kept() as u32)
                .map(|number| hash(words.word(number).as_bytes()))
                .collect();
            for row in 0..words.len() {
                let number = words.number_at(row);
                add(row, number.map_or(1, |number| of_word[number as usize]));
            }
        }
        Packed::Day(days) => {
            (0..days.len()).for_each(|row| add(row, days.at(row).map_or(1, |day| hash(&day.to_le_bytes()))))
        }
        Packed::Int(numbers) => {
            (0..numbers.len())
                .for_each(|row| add(row, numbers.at(row).map_or(1, |number| hash(&number.to_le_bytes()))));
        }
        // No key of the contract holds money, rates or flags; if one did, its other columns would have to tell.
        Packed::Money(_) | Packed::Real(_) | Packed::Flag(_) => {}
    }
}

/// Spreads what differs in any bit over all of them.
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (value ^ (value >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Sorts rows by columns, and by `then` where all of them agree; the first `n_settled` rows stand in this order already.
pub(super) fn sort(
    rows: &mut Vec<u32>,
    n_settled: usize,
    columns: &[&Packed],
    then: impl Fn(usize, usize) -> Ordering + Sync,
) {
    let compare = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        let ordering = columns
            .iter()
            .map(|column| column.compare(a, b))
            .find(|ordering| ordering.is_ne());
        ordering.unwrap_or_else(|| then(a, b))
    };
    let (mut settled, mut new): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| (**row as usize) < n_settled);
    settled.sort_unstable();
    sort_unsettled(&mut new, columns, compare);
    let places: Vec<usize> = new
        .par_iter()
        .map(|&row| settled.partition_point(|&other| compare(other, row).is_le()))
        .collect();
    rows.clear();
    let mut taken = 0;
    for (row, place) in new.into_iter().zip(places) {
        rows.extend_from_slice(&settled[taken..place]);
        rows.push(row);
        taken = place;
    }
    rows.extend_from_slice(&settled[taken..]);
}

fn sort_unsettled(rows: &mut Vec<u32>, columns: &[&Packed], compare: impl Fn(u32, u32) -> Ordering + Sync) {
    let first = columns.first().map(|column| Leading::of(column));
    let second = columns.get(1).map(|column| Leading::rough(column));
    let place = |column: &Option<Leading<'_>>, row: u32| column.as_ref().map_or(0, |column| column.place(row as usize));
    let mut placed: Vec<(u64, u32)> = rows
        .par_iter()
        .map(|&row| {
            (
                u64::from(place(&first, row)) << 32 | u64::from(place(&second, row)),
                row,
            )
        })
        .collect();
    placed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(a.1, b.1)));
    rows.clear();
    rows.extend(placed.into_iter().map(|(_, row)| row));
}

/// A column as 32-bit numbers that never contradict its order; equal numbers leave the order open.
enum Leading<'a> {
    /// Words by the place of each among all words of the column.
    Places(&'a crate::table::Words, Vec<u32>),
    /// Words by their first letters, days, and counts.
    Rough(&'a Packed),
}

impl<'a> Leading<'a> {
    fn of(column: &'a Packed) -> Leading<'a> {
        match column {
            Packed::Text(words) => Leading::Places(words, words.places()),
            other => Leading::rough(other),
        }
    }

    fn rough(column: &'a Packed) -> Leading<'a> {
        Leading::Rough(column)
    }

    fn place(&self, row: usize) -> u32 {
        const MIDDLE: i64 = 1 << 31;
        let count = |number: i64| (number.clamp(1 - MIDDLE, MIDDLE - 1) + MIDDLE) as u32;
        match self {
            Leading::Places(words, places) => words.number_at(row).map_or(0, |number| places[number as usize]),
            Leading::Rough(Packed::Text(words)) => words.at(row).map_or(0, first_letters),
            Leading::Rough(Packed::Day(days)) => days.at(row).map_or(0, |day| count(i64::from(day))),
            Leading::Rough(Packed::Int(numbers)) => numbers.at(row).map_or(0, count),
            Leading::Rough(Packed::Money(_) | Packed::Real(_) | Packed::Flag(_)) => 0,
        }
    }
}

fn first_letters(word: &str) -> u32 {
    let mut letters = [0; 4];
    for (letter, byte) in letters.iter_mut().zip(word.bytes()) {
        *letter = byte;
    }
    u32::from_be_bytes(letters)
}
