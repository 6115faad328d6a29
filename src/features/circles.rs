//! The circles a customer belongs to: its segment and its group of companies, as the customers table knew them on a day.

use std::collections::HashMap;

use crate::calendar::Day;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{CustomerVersion, Ledger};
use crate::table::Data;

/// Attributes that say which customers are like each other; the one the ledger knew first counts.
const SEGMENTS: [&str; 4] = ["segment", "industry", "region", "country"];
/// Segments that are told apart: those known first; later ones are the portfolio.
const MOST_SEGMENTS: usize = 255;

/// The segment and the group of companies of every customer on any day.
///
/// Which attribute counts and which segments are told apart follows from what was known first, so that no later row changes
/// an earlier day.
#[derive(Clone, Debug, Default)]
pub(super) struct Circles {
    segments: Option<Segments>,
    families: Option<Families>,
}

#[derive(Clone, Debug)]
struct Segments {
    // By row of the customers table; 0 where it names none.
    by_row: Vec<u32>,
    is_timeless: bool,
    n: usize,
}

#[derive(Clone, Debug)]
struct Families {
    // By row of the customers table: the number of its parent.
    by_row: Vec<Option<u32>>,
    // Customers that are somebody's parent, by position, each with its number as a parent.
    parents: Vec<(CustomerIx, u32)>,
    is_timeless: bool,
}

impl Circles {
    pub fn of(ledger: &Ledger) -> Circles {
        Circles {
            segments: segments(ledger),
            families: families(ledger),
        }
    }

    /// Returns how many segments there are, the whole portfolio as the first among them.
    pub fn n_segments(&self) -> usize {
        1 + self.segments.as_ref().map_or(0, |segments| segments.n)
    }

    /// Tells whether the rows of the customers table matter.
    pub fn is_empty(&self) -> bool {
        self.segments.is_none() && self.families.is_none()
    }

    /// Returns the number of a customer's segment on a day; 0, the portfolio, where none was known.
    pub fn segment(&self, customer: &CustomerHistory<'_>, day: Day) -> usize {
        let segment = self.segments.as_ref().and_then(|segments| {
            let row = row_on(customer.versions, day, segments.is_timeless)?;
            Some(segments.by_row[row as usize] as usize)
        });
        segment.unwrap_or(0)
    }

    /// Returns the number of a customer's group of companies on a day: its parent, or itself where it may be one.
    pub fn family(&self, customer: &CustomerHistory<'_>, day: Day) -> Option<u32> {
        let families = self.families.as_ref()?;
        let row = row_on(customer.versions, day, families.is_timeless);
        row.and_then(|row| families.by_row[row as usize]).or_else(|| {
            let found = families
                .parents
                .binary_search_by_key(&customer.customer, |(parent, _)| *parent);
            found.ok().map(|position| families.parents[position].1)
        })
    }
}

/// Returns the row of the customers table that was valid and known at the end of a day.
pub(super) fn row_on(versions: &[CustomerVersion], day: Day, is_timeless: bool) -> Option<u32> {
    let valid = versions
        .iter()
        .rfind(|version| version.valid_from <= day && version.known_on <= day);
    let first = || versions.first().filter(|_| is_timeless);
    valid.or_else(first).map(|version| version.row)
}

/// Returns the day from which each row of the customers table can be seen, by row.
fn seen_from(ledger: &Ledger, column: &str) -> HashMap<u32, Day> {
    let is_timeless = ledger.timeless().contains(column);
    let versions = ledger.versions().all().iter();
    let day = |version: &CustomerVersion| match is_timeless {
        true => Day::EARLIEST,
        false => version.valid_from.max(version.known_on),
    };
    versions.map(|version| (version.row, day(version))).collect()
}

fn segments(ledger: &Ledger) -> Option<Segments> {
    let known = SEGMENTS.iter().filter_map(|column| {
        let words = texts(ledger, column)?;
        let seen_from = seen_from(ledger, column);
        let mut first_seen: HashMap<&str, Day> = HashMap::new();
        for (row, word) in words.iter().enumerate() {
            if let (Some(word), Some(&day)) = (word, seen_from.get(&(row as u32))) {
                let first = first_seen.entry(word).or_insert(day);
                *first = day.min(*first);
            }
        }
        let mut in_order: Vec<(Day, &str)> = first_seen.into_iter().map(|(word, day)| (day, word)).collect();
        in_order.sort_unstable();
        in_order.truncate(MOST_SEGMENTS);
        let first_day = in_order.first()?.0;
        let numbers: HashMap<&str, u32> = in_order.iter().map(|(_, word)| *word).zip(1..).collect();
        let number = |word: &Option<String>| word.as_deref().and_then(|word| numbers.get(word)).copied();
        let segments = Segments {
            by_row: words.iter().map(|word| number(word).unwrap_or(0)).collect(),
            is_timeless: ledger.timeless().contains(*column),
            n: in_order.len(),
        };
        Some((first_day, segments))
    });
    // Of attributes known from the same day, the first of the list.
    known
        .min_by_key(|(first_day, _)| *first_day)
        .map(|(_, segments)| segments)
}

fn families(ledger: &Ledger) -> Option<Families> {
    let words = texts(ledger, "parent_id")?;
    let mut distinct: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.is_empty() {
        return None;
    }
    let number = |word: &str| distinct.binary_search(&word).ok().map(|position| position as u32);
    let parents = distinct.iter().zip(0..);
    let parents = parents.filter_map(|(word, number)| Some((ledger.find_customer(word)?, number)));
    Some(Families {
        by_row: words.iter().map(|word| number(word.as_deref()?)).collect(),
        // Customers are sorted by id as the words are.
        parents: parents.collect(),
        is_timeless: ledger.timeless().contains("parent_id"),
    })
}

fn texts(ledger: &Ledger, column: &str) -> Option<Vec<Option<String>>> {
    match ledger.column("customers", column)?.into_owned() {
        Data::Text(words) => Some(words),
        _ => None,
    }
}
