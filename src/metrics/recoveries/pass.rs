//! One pass over write-offs and recoveries.

use crate::calendar::{AsOf, Day};
use crate::history::{Accumulator, CustomerHistory, Groups};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Ledger, Nature, Posting};
use crate::metrics::fact_groups::account_currency;
use crate::metrics::{ByGroup, Months};
use crate::money::{Amount, Currency, SCALE, Total};
use crate::table::Data;

/// What was written off in one month and what came back of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    /// Write-offs, not counting what took one back.
    pub n_write_offs: u64,
    /// Written off, net of what was taken back.
    pub written_off: Total,
    /// What of it could be claimed from the insurer.
    pub claimable: Total,
    /// Recovered from the insurer.
    pub from_insurance: Total,
    // Recovered by months since the month of the write-off.
    recovered: Vec<Total>,
}

/// Adds up write-offs and recoveries by group, customer and month of write-off.
#[derive(Clone, Debug)]
pub struct RecoveriesByGroup<'a> {
    ledger: &'a Ledger,
    groups: &'a Groups,
    months: &'a Months,
    as_of: AsOf,
    insurance_words: Vec<String>,
    sums: ByGroup<Vec<(CustomerIx, usize, Cohort)>>,
    n_unmatched: u64,
}

/// A write-off on a day, in its group.
#[derive(Clone, Copy, Debug)]
struct WriteOff {
    on: Day,
    group: usize,
    document: Option<DocumentIx>,
    currency: Currency,
    amount: Total,
}

impl Cohort {
    /// Returns what came back in all.
    pub fn recovered(&self) -> Total {
        self.recovered.iter().copied().sum()
    }

    /// Returns what came back up to the end of the month that is so many months after that of the write-off.
    pub fn recovered_by_age(&self, age: usize) -> Total {
        self.recovered.iter().take(age + 1).copied().sum()
    }

    pub(super) fn add(&mut self, other: &Cohort) {
        self.n_write_offs += other.n_write_offs;
        self.written_off += other.written_off;
        self.claimable += other.claimable;
        self.from_insurance += other.from_insurance;
        for (age, amount) in other.recovered.iter().enumerate() {
            self.add_recovered(age, *amount);
        }
    }

    fn add_recovered(&mut self, age: usize, amount: Total) {
        if self.recovered.len() <= age {
            self.recovered.resize(age + 1, Total::ZERO);
        }
        self.recovered[age] += amount;
    }
}

impl<'a> RecoveriesByGroup<'a> {
    /// Starts from nothing; `insurance_words` name the insurer in a receipt.
    pub fn new(
        ledger: &'a Ledger,
        groups: &'a Groups,
        months: &'a Months,
        as_of: AsOf,
        insurance_words: &[String],
    ) -> RecoveriesByGroup<'a> {
        RecoveriesByGroup {
            ledger,
            groups,
            months,
            as_of,
            insurance_words: insurance_words.iter().map(|word| word.to_lowercase()).collect(),
            sums: ByGroup::default(),
            n_unmatched: 0,
        }
    }

    /// Returns the sums so far: by group the cohorts of each customer by position of the month.
    pub fn sums(&self) -> &ByGroup<Vec<(CustomerIx, usize, Cohort)>> {
        &self.sums
    }

    /// Returns how many recoveries have no write-off before them.
    pub fn n_unmatched(&self) -> u64 {
        self.n_unmatched
    }

    pub(super) fn customers(&self, group: usize, month: usize) -> impl Iterator<Item = &Cohort> {
        let own = self.sums.of(group).map_or(&[][..], Vec::as_slice).iter();
        own.filter(move |(_, position, _)| *position == month)
            .map(|(.., cohort)| cohort)
    }

    fn cohort(&mut self, customer: CustomerIx, group: usize, month: usize) -> &mut Cohort {
        let cohorts = self.sums.at(group, Vec::new);
        let own = cohorts
            .iter()
            .rposition(|(own, position, _)| (*own, *position) == (customer, month));
        let at = own.unwrap_or_else(|| {
            cohorts.push((customer, month, Cohort::default()));
            cohorts.len() - 1
        });
        &mut cohorts[at].2
    }

    /// All write-offs of a customer by the as-of day, what was taken back off the newest before it, by day.
    fn write_offs(&self, customer: &CustomerHistory<'_>) -> Vec<WriteOff> {
        let mut all: Vec<WriteOff> = Vec::new();
        let is_write_off = |posting: &&Posting| posting.on <= self.as_of.0 && posting.money == Nature::WriteOff;
        let mut add = |first: usize, posting: &Posting, group: usize, document: Option<DocumentIx>| {
            let amount = -Total::from(posting.delta);
            let same = |own: &&mut WriteOff| own.currency == posting.currency;
            if amount > Total::ZERO {
                all.push(WriteOff {
                    on: posting.on,
                    group,
                    document,
                    currency: posting.currency,
                    amount,
                });
            } else if let Some(taken_back) = all[first..].iter_mut().rfind(same) {
                taken_back.amount += amount;
            }
            all.len()
        };
        let mut first = 0;
        for item in customer.documents() {
            let mut end = first;
            for posting in item.postings().filter(is_write_off) {
                end = add(
                    first,
                    posting,
                    self.groups.of_document(item.ix, item.document),
                    Some(item.ix),
                );
            }
            first = end;
        }
        for posting in customer.unapplied().filter(is_write_off) {
            let group = self
                .groups
                .of_unapplied(customer.customer, posting.currency, posting.entity);
            add(first, posting, group, None);
        }
        all.sort_by_key(|write_off| write_off.on);
        all
    }

    /// The insured part of one write-off and the most that is insured in all, by the customer's row of that day.
    fn insured(&self, customer: CustomerIx, write_off: &WriteOff) -> (Total, Option<Total>) {
        let none = (Total::ZERO, None);
        let Some(row) = self.ledger.version_on(customer, write_off.on) else {
            return none;
        };
        let column = |name| self.ledger.table("customers").and_then(|table| table.column(name));
        let until = match column("insured_until") {
            Some(Data::Day(days)) => days[row as usize],
            _ => None,
        };
        if until.is_some_and(|until| until < write_off.on) {
            return none;
        }
        let share = match column("insured_share") {
            Some(Data::Real(shares)) => shares[row as usize],
            _ => None,
        };
        let most = match column("insured_amount") {
            Some(Data::Money(amounts)) => amounts[row as usize],
            _ => None,
        };
        let is_own_currency = account_currency(self.ledger, customer, write_off.on) == write_off.currency;
        let amount = write_off.amount.max(Total::ZERO);
        match (share, most) {
            (None, None) => none,
            (_, Some(_)) if !is_own_currency => none,
            (share, most) => (share.map_or(amount, |share| part_of(amount, share)), most),
        }
    }

    fn names_insurer(&self, posting: &Posting) -> bool {
        ["reason", "channel"].into_iter().any(|column| {
            let text = self.ledger.text("receipts", column, posting.row).map(str::to_lowercase);
            text.is_some_and(|text| self.insurance_words.iter().any(|word| text.contains(word)))
        })
    }
}

/// A share of an amount, cut to cents so that no more is claimed than was insured.
fn part_of(amount: Total, share: f64) -> Total {
    const MILLION: i128 = 1_000_000;
    let cent = i128::from(SCALE / 100);
    let millionths = (share.clamp(0.0, 1.0) * MILLION as f64).round() as i128;
    Total::from_units(amount.units() * millionths / MILLION / cent * cent)
}

impl Accumulator for RecoveriesByGroup<'_> {
    /// Adds one customer's write-offs, then what came back of them.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let write_offs = self.write_offs(customer);
        let mut claimed = Total::ZERO;
        for write_off in &write_offs {
            let (insured, most) = self.insured(customer.customer, write_off);
            let claimable = most.map_or(insured, |most| insured.min((most - claimed).max(Total::ZERO)));
            claimed += claimable;
            let Some(month) = self.months.position(write_off.on) else {
                continue;
            };
            let cohort = self.cohort(customer.customer, write_off.group, month);
            cohort.n_write_offs += 1;
            cohort.written_off += write_off.amount;
            cohort.claimable += claimable;
        }
        let as_of = self.as_of.0;
        for posting in customer.recoveries().filter(|posting| posting.on <= as_of) {
            let belongs = |write_off: &&WriteOff| {
                write_off.on <= posting.on
                    && write_off.currency == posting.currency
                    && (posting.document.is_none() || posting.document == write_off.document)
            };
            let Some(write_off) = write_offs.iter().rfind(belongs) else {
                self.n_unmatched += u64::from(posting.delta < Amount::ZERO);
                continue;
            };
            let Some(month) = self.months.position(write_off.on) else {
                continue;
            };
            let age = (posting.on.month() - write_off.on.month()) as usize;
            let amount = -Total::from(posting.delta);
            let from_insurance = self.names_insurer(posting);
            let cohort = self.cohort(customer.customer, write_off.group, month);
            cohort.add_recovered(age, amount);
            if from_insurance {
                cohort.from_insurance += amount;
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.n_unmatched += other.n_unmatched;
        self.sums.merge(other.sums, |own, more| own.extend(more));
    }
}
