//! Who held which customer in which month, and what the claims in the books did.

use std::collections::BTreeMap;

use super::CollectorsError;
use crate::calendar::{AsOf, Day};
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::aging::AgingScheme;
use crate::metrics::segments::SegmentError;
use crate::metrics::{ByGroup, Months, month_steps};
use crate::money::Total;

const COLLECTOR: &str = "collector";

/// The collector of each customer in each month: the one valid on the month's first day.
#[derive(Clone, Debug)]
pub struct Books<'a> {
    ledger: &'a Ledger,
    first_days: Vec<Day>,
    known_on: Option<Day>,
    is_timeless: bool,
    // In alphabetical order; number 0 is no collector, a name has one more than its position.
    names: Vec<String>,
    // One number per row of the customers table.
    of_row: Vec<u32>,
}

/// Which part of a book: whose, of which month, in which bucket at its opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookKey {
    /// Number of the collector, 0 for none.
    pub collector: u32,
    /// Position of the month.
    pub month: u16,
    /// 0 not due, then the past-due buckets, last the claims without a due day.
    pub bucket: u16,
}

/// What one customer's claims in one part of a book did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BookCell {
    /// Open at the end of the day before the month.
    pub opening: Total,
    /// Cash on these claims in the month, net of reversals and refunds.
    pub collected: Total,
}

/// Adds up the books by group and customer.
#[derive(Clone, Debug)]
pub struct BooksByCustomer<'a> {
    groups: &'a Groups,
    months: &'a Months,
    scheme: &'a AgingScheme,
    books: &'a Books<'a>,
    cells: ByGroup<BTreeMap<CustomerIx, BTreeMap<BookKey, BookCell>>>,
}

impl<'a> Books<'a> {
    /// Reads who held which customer on the first day of each month.
    ///
    /// # Errors
    /// No customer has a collector, or none on any of these days: rows that hold only from later on say nothing about the past.
    pub fn of(ledger: &'a Ledger, months: &Months, known_on: Option<Day>) -> Result<Books<'a>, CollectorsError> {
        let column = ledger
            .table("customers")
            .and_then(|customers| customers.texts(COLLECTOR).ok());
        let column = column.unwrap_or_default();
        let mut names: Vec<String> = column.iter().flatten().cloned().collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Err(CollectorsError::NoCollector);
        }
        let number = |name: &String| names.binary_search(name).map_or(0, |at| at as u32 + 1);
        let books = Books {
            ledger,
            first_days: months.iter().map(|month| month.first()).collect(),
            known_on,
            is_timeless: ledger.timeless().contains(COLLECTOR),
            of_row: column.iter().map(|name| name.as_ref().map_or(0, number)).collect(),
            names,
        };
        let last = books.first_days[books.first_days.len() - 1];
        let mut customers = ledger.customers();
        if customers.any(|customer| books.row(customer, last).is_some()) {
            return Ok(books);
        }
        let versions = ledger.versions().all().iter();
        let holds_from = versions.map(|version| version.valid_from).min().unwrap_or(Day::LATEST);
        Err(CollectorsError::Undated(SegmentError::Undated {
            attribute: COLLECTOR.to_owned(),
            holds_from,
            as_of: AsOf(last),
        }))
    }

    /// Returns a collector's name, or `None` for number 0.
    pub fn name(&self, number: u32) -> Option<&str> {
        let at = number.checked_sub(1)?;
        Some(&self.names[at as usize])
    }

    /// Returns the number of the collector who held a customer in a month, 0 where nobody did.
    pub fn collector(&self, customer: CustomerIx, month: usize) -> u32 {
        self.collector_on(customer, self.first_days[month])
    }

    /// Returns the number of the collector who held a customer on a day, 0 where nobody did.
    pub fn collector_on(&self, customer: CustomerIx, day: Day) -> u32 {
        self.row(customer, day).map_or(0, |row| self.of_row[row as usize])
    }

    fn row(&self, customer: CustomerIx, day: Day) -> Option<u32> {
        let versions = self.ledger.versions().of(customer);
        let is_known = |known_on: Day| self.known_on.is_none_or(|day| known_on <= day);
        let mut valid = versions
            .iter()
            .rev()
            .filter(|version| version.valid_from <= day && is_known(version.known_on));
        let earliest = || versions.first().filter(|_| self.is_timeless);
        valid.next().or_else(earliest).map(|version| version.row)
    }
}

impl<'a> BooksByCustomer<'a> {
    /// Starts from nothing.
    pub fn new(
        groups: &'a Groups,
        months: &'a Months,
        scheme: &'a AgingScheme,
        books: &'a Books<'a>,
    ) -> BooksByCustomer<'a> {
        BooksByCustomer {
            groups,
            months,
            scheme,
            books,
            cells: ByGroup::default(),
        }
    }

    /// Returns the cells so far, by group and customer.
    pub fn cells(&self) -> &ByGroup<BTreeMap<CustomerIx, BTreeMap<BookKey, BookCell>>> {
        &self.cells
    }

    fn bucket(&self, due_on: Option<Day>, opening_day: Day) -> u16 {
        let Some(due_on) = due_on else {
            return self.scheme.n_buckets() as u16 + 1;
        };
        let bucket = self.scheme.bucket(AsOf(opening_day).days_past(due_on));
        bucket.map_or(0, |bucket| bucket as u16 + 1)
    }
}

impl Accumulator for BooksByCustomer<'_> {
    /// Adds one customer's claims to the books they were in, month by month.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let collectors: Vec<u32> = (0..self.months.n())
            .map(|month| self.books.collector(customer.customer, month))
            .collect();
        for claim in customer.documents().filter(|claim| claim.document.is_claim()) {
            let group = self.groups.of_document(claim.ix, claim.document);
            let mut keys: BTreeMap<usize, BookKey> = BTreeMap::new();
            for step in month_steps(&claim, self.months).filter(|step| step.opening > Total::ZERO) {
                let key = BookKey {
                    collector: collectors[step.month],
                    month: step.month as u16,
                    bucket: self.bucket(claim.document.due_on, self.months.day_before(step.month)),
                };
                keys.insert(step.month, key);
                let cells = self.cells.at(group, BTreeMap::new);
                let cell = cells.entry(customer.customer).or_default().entry(key).or_default();
                cell.opening += step.opening;
            }
            if keys.is_empty() {
                continue;
            }
            let cells = self
                .cells
                .at(group, BTreeMap::new)
                .entry(customer.customer)
                .or_default();
            for posting in claim.postings() {
                let month = self.months.position(posting.on);
                if let Some(key) = month.and_then(|month| keys.get(&month)) {
                    cells.entry(*key).or_default().collected += posting.cash();
                }
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.cells.merge(other.cells, |own, more| own.extend(more));
    }
}
