//! One pass over the claims: what was placed and what came of it, and what came of claims that were not placed.

use std::collections::{BTreeMap, BTreeSet};

use super::STEP_DAYS;
use super::placed::{Placement, Placements};
use crate::calendar::{AsOf, Day};
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Posting};
use crate::metrics::aging::AgingScheme;
use crate::metrics::{ByGroup, Months};
use crate::money::Total;

/// What makes claims alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stratum {
    /// 0 not due, then the past-due bands, last claims without a due day.
    pub age: u16,
    /// Band of the open amount.
    pub size: u16,
    /// Steps of days that the claim is followed.
    pub n_steps: u16,
}

/// Who is followed: an agency, or the claims that were not placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Follower {
    /// Claims placed with an agency, by its number.
    Agency(u32),
    /// Claims that were not placed.
    Nobody,
}

/// Which of a customer's claims are added up together.
pub type CellKey = (Follower, Stratum);

/// What claims that are followed did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgencyCell {
    /// Claims.
    pub n: u64,
    /// Open at the beginning of the first day.
    pub open: Total,
    /// Cash in the days followed.
    pub recovered: Total,
}

/// What was placed with one agency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgencySums {
    /// Placements.
    pub n_placements: u64,
    /// Money placed.
    pub placed: Total,
    /// Cash while it was placed.
    pub recovered: Total,
    /// Fees on it.
    pub fees: Total,
    /// Placements with cash and without a fee rate.
    pub n_without_rate: u64,
}

/// One customer's placements and claims that were not placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerPlacements {
    /// What was placed, by number of the agency.
    pub agencies: BTreeMap<u32, AgencySums>,
    /// What is compared.
    pub cells: BTreeMap<CellKey, AgencyCell>,
}

/// Adds up placements, and like claims that were not placed, by group and customer.
#[derive(Clone, Debug)]
pub struct PlacementsByCustomer<'a> {
    ledger: &'a Ledger,
    groups: &'a Groups,
    months: &'a Months,
    bands: (&'a AgingScheme, &'a [Total]),
    as_of: AsOf,
    placements: &'a Placements,
    // Numbers of steps that some placement of the range can be followed.
    steps: BTreeSet<u16>,
    customers: ByGroup<BTreeMap<CustomerIx, CustomerPlacements>>,
    n_unmatched: u64,
}

impl<'a> PlacementsByCustomer<'a> {
    /// Starts from nothing; `bands` are those of age and of size.
    pub fn new(
        ledger: &'a Ledger,
        groups: &'a Groups,
        months: &'a Months,
        bands: (&'a AgingScheme, &'a [Total]),
        as_of: AsOf,
        placements: &'a Placements,
    ) -> PlacementsByCustomer<'a> {
        let in_range = placements
            .all()
            .filter(|placement| months.position(placement.from).is_some());
        PlacementsByCustomer {
            ledger,
            groups,
            months,
            bands,
            as_of,
            placements,
            steps: in_range
                .map(|placement| placement.n_steps(as_of))
                .filter(|&n_steps| n_steps > 0)
                .collect(),
            customers: ByGroup::default(),
            n_unmatched: 0,
        }
    }

    /// Returns what was added so far, by group and customer.
    pub fn customers(&self) -> &ByGroup<BTreeMap<CustomerIx, CustomerPlacements>> {
        &self.customers
    }

    /// Returns how many placements match no claim of their customer.
    pub fn n_unmatched(&self) -> u64 {
        self.n_unmatched
    }

    fn stratum(&self, due_on: Option<Day>, open: Total, first_day: Day, n_steps: u16) -> Stratum {
        let (scheme, sizes) = self.bands;
        let age = match due_on.map(|due_on| scheme.bucket(AsOf(first_day - 1).days_past(due_on))) {
            None => scheme.n_buckets() + 1,
            Some(bucket) => bucket.map_or(0, |bucket| bucket + 1),
        };
        Stratum {
            age: age as u16,
            size: sizes.iter().take_while(|&&edge| edge < open).count() as u16,
            n_steps,
        }
    }

    /// Cash on a claim between two days, both included, also after its write-off.
    fn cash(&self, customer: &CustomerHistory<'_>, claim: &DocumentHistory<'_>, days: (Day, Day)) -> Total {
        let is_inside = |posting: &&Posting| (days.0..=days.1).contains(&posting.on);
        let applied: Total = claim.postings().filter(is_inside).map(|posting| posting.cash()).sum();
        let own = customer
            .recoveries()
            .filter(|posting| posting.document == Some(claim.ix));
        applied - own.filter(is_inside).map(|posting| posting.delta).sum::<Total>()
    }

    fn at(&mut self, group: usize, customer: CustomerIx) -> &mut CustomerPlacements {
        self.customers.at(group, BTreeMap::new).entry(customer).or_default()
    }

    fn add_placement(&mut self, customer: &CustomerHistory<'_>, placement: &Placement) {
        let day_before = placement.from - 1;
        let covers = |claim: &DocumentHistory<'_>| match &placement.invoice {
            Some(invoice) => self.ledger.invoice_id(claim.ix) == invoice,
            None => claim.open_on(day_before) > Total::ZERO,
        };
        let claims: Vec<DocumentHistory<'_>> = customer
            .documents()
            .filter(|claim| claim.document.is_claim() && claim.document.issued_on <= placement.from)
            .filter(covers)
            .collect();
        if claims.is_empty() {
            self.n_unmatched += 1;
            return;
        }
        // By group: what was open, what came in.
        let mut by_group: BTreeMap<usize, (Total, Total)> = BTreeMap::new();
        let n_steps = placement.n_steps(self.as_of);
        for claim in &claims {
            let group = self.groups.of_document(claim.ix, claim.document);
            let open = claim.open_on(day_before).max(Total::ZERO);
            let sums = by_group.entry(group).or_default();
            sums.0 += open;
            sums.1 += self.cash(customer, claim, (placement.from, placement.until));
            if open > Total::ZERO && n_steps > 0 {
                let until = placement.from + (STEP_DAYS * i32::from(n_steps) - 1);
                let recovered = self.cash(customer, claim, (placement.from, until));
                let stratum = self.stratum(claim.document.due_on, open, placement.from, n_steps);
                let cells = &mut self.at(group, customer.customer).cells;
                cells
                    .entry((Follower::Agency(placement.agency), stratum))
                    .or_default()
                    .add(open, recovered);
            }
        }
        let is_one_group = by_group.len() == 1;
        for (group, (open, recovered)) in by_group {
            let fee = placement
                .fee_rate
                .and_then(|rate| Total::from_estimate(rate * recovered.to_feature()));
            let sums = self
                .at(group, customer.customer)
                .agencies
                .entry(placement.agency)
                .or_default();
            sums.n_placements += 1;
            sums.placed += placement.amount.filter(|_| is_one_group).map_or(open, Total::from);
            sums.recovered += recovered;
            sums.fees += fee.unwrap_or(Total::ZERO);
            sums.n_without_rate += u64::from(fee.is_none() && !recovered.is_zero());
        }
    }

    /// Adds the claims that were not placed, at the beginning of each month of the range.
    fn add_like_claims(&mut self, customer: &CustomerHistory<'_>) {
        for claim in customer.documents().filter(|claim| claim.document.is_claim()) {
            let invoice = self.ledger.invoice_id(claim.ix);
            let is_own = |placement: &&Placement| placement.invoice.as_deref().is_none_or(|placed| placed == invoice);
            let placements: Vec<&Placement> = self.placements.of_customer(customer.customer).filter(is_own).collect();
            for month in self.months.iter() {
                let first_day = month.first();
                let open = claim.open_on(first_day - 1);
                if open <= Total::ZERO {
                    continue;
                }
                for n_steps in self.steps.clone() {
                    let until = first_day + (STEP_DAYS * i32::from(n_steps) - 1);
                    let is_placed = placements
                        .iter()
                        .any(|placement| placement.from <= until && placement.until >= first_day);
                    if until > self.as_of.0 || is_placed {
                        break;
                    }
                    let recovered = self.cash(customer, &claim, (first_day, until));
                    let stratum = self.stratum(claim.document.due_on, open, first_day, n_steps);
                    let cells = &mut self
                        .at(self.groups.of_document(claim.ix, claim.document), customer.customer)
                        .cells;
                    cells
                        .entry((Follower::Nobody, stratum))
                        .or_default()
                        .add(open, recovered);
                }
            }
        }
    }
}

impl AgencyCell {
    fn add(&mut self, open: Total, recovered: Total) {
        self.n += 1;
        self.open += open;
        self.recovered += recovered;
    }
}

impl Accumulator for PlacementsByCustomer<'_> {
    /// Adds one customer: placements that began in the range, and claims that were not placed.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let placements = self.placements;
        for placement in placements.of_customer(customer.customer) {
            if self.months.position(placement.from).is_some() {
                self.add_placement(customer, placement);
            }
        }
        self.add_like_claims(customer);
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.n_unmatched += other.n_unmatched;
        self.customers.merge(other.customers, |own, more| own.extend(more));
    }
}
