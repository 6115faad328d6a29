//! Candidate segments of one currency, what they hold in excess, and which of them say something of their own.

use std::collections::{BTreeMap, HashMap};

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::attributes::{Coded, Codes};
use super::explain::ExplainParams;
use super::open_claims::OpenClaim;
use crate::ids::CustomerIx;
use crate::metrics::{ClusterSums, Draws};
use crate::money::Total;

/// Attributes by position with the code of the value; one or two of them, attributes increasing.
pub(super) type Key = Vec<(usize, u32)>;

/// A segment that is looked at.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub key: Key,
    pub n_customers: u64,
    pub n_documents: u64,
    pub open: Total,
    pub overdue: Total,
    /// In currency units.
    pub excess: f64,
    pub interval: Option<(f64, f64)>,
    pub p: f64,
}

/// What became of a candidate; the others are given by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Found,
    SaysNoMore(usize),
    NothingElse(usize),
    WithinChance,
}

/// The candidates of one currency.
pub(super) struct Search {
    candidates: Vec<Candidate>,
    draws: Draws,
    open: Total,
    overdue: Total,
    n_small: usize,
}

/// What one segment holds, customer by customer.
#[derive(Default)]
struct Holding {
    // Customers in order, each once: open and overdue.
    customers: Vec<(CustomerIx, Total, Total)>,
    documents: Vec<u32>,
}

impl Holding {
    fn add(&mut self, claim: &OpenClaim) {
        let overdue = if claim.is_past_due { claim.open } else { Total::ZERO };
        match self.customers.last_mut() {
            Some((last, sum, late)) if *last == claim.customer => {
                *sum += claim.open;
                *late += overdue;
            }
            _ => self.customers.push((claim.customer, claim.open, overdue)),
        }
        self.documents.push(claim.document.0);
    }

    fn open(&self) -> Total {
        self.customers.iter().map(|(_, open, _)| *open).sum()
    }

    fn overdue(&self) -> Total {
        self.customers.iter().map(|(_, _, overdue)| *overdue).sum()
    }
}

impl Search {
    /// Forms the segments of one currency's claims and measures those with enough support.
    pub fn over(claims: &[OpenClaim], coded: &[(String, Coded)], params: &ExplainParams) -> Search {
        let mut all = Holding::default();
        claims.iter().for_each(|claim| all.add(claim));
        let (open, overdue, n_customers) = (all.open(), all.overdue(), all.customers.len());
        let is_large = |holding: &Holding| {
            let n = holding.customers.len();
            let share = holding.open().ratio(open).unwrap_or_default();
            n >= params.min_customers && n_customers - n >= params.min_customers && share >= params.min_share
        };
        let mut n_small = 0;
        let mut kept: Vec<(Key, Holding)> = Vec::new();
        let mut seen: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut keep = |holdings: BTreeMap<Key, Holding>| {
            let mut large = Vec::new();
            for (key, holding) in holdings {
                if !is_large(&holding) {
                    n_small += 1;
                    continue;
                }
                large.push(key.clone());
                // Two segments of the same documents are one.
                if !seen.contains_key(&holding.documents) {
                    seen.insert(holding.documents.clone(), kept.len());
                    kept.push((key, holding));
                }
            }
            large
        };
        let code = |attribute: usize, claim: &OpenClaim| match &coded[attribute].1.codes {
            Codes::Customers(codes) => codes[claim.customer.at()],
            // The accounts are those of the documents, one after the other.
            Codes::Accounts(codes) | Codes::Documents(codes) => codes[claim.document.at()],
        };
        let mut singles: BTreeMap<Key, Holding> = BTreeMap::new();
        for claim in claims {
            for attribute in 0..coded.len() {
                singles
                    .entry(vec![(attribute, code(attribute, claim))])
                    .or_default()
                    .add(claim);
            }
        }
        let large = keep(singles);
        if params.max_depth > 1 {
            let is_part = |attribute: usize, claim: &OpenClaim| {
                let part = (attribute, code(attribute, claim));
                large.binary_search(&vec![part]).ok().map(|_| part)
            };
            let mut pairs: BTreeMap<Key, Holding> = BTreeMap::new();
            for claim in claims {
                let parts: Vec<_> = (0..coded.len())
                    .filter_map(|attribute| is_part(attribute, claim))
                    .collect();
                for (at, &first) in parts.iter().enumerate() {
                    for &second in &parts[at + 1..] {
                        pairs.entry(vec![first, second]).or_default().add(claim);
                    }
                }
            }
            keep(pairs);
        }
        let draws = draws(&kept, &all, params);
        let mut search = Search {
            candidates: Vec::new(),
            draws,
            open,
            overdue,
            n_small,
        };
        let candidates = kept.into_iter().enumerate().map(|(at, (key, holding))| {
            let (open, overdue) = (holding.open(), holding.overdue());
            let of_draw = |sums: &[f64]| search.excess_of(sums, at);
            let excess = overdue.to_feature() - open.to_feature() * search.share_of_all();
            Candidate {
                key,
                n_customers: holding.customers.len() as u64,
                n_documents: holding.documents.len() as u64,
                open,
                overdue,
                excess,
                interval: search.draws.interval(of_draw),
                p: chance(excess, search.draws.standard_error(of_draw), holding.customers.len()),
            }
        });
        search.candidates = candidates.collect();
        search
    }

    /// Returns the candidates: values of one attribute first, then pairs.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Returns the chance of each candidate's excess, each as if it stood alone.
    pub fn p_values(&self) -> impl Iterator<Item = f64> + '_ {
        self.candidates.iter().map(|candidate| candidate.p)
    }

    /// Returns how many segments had too little support.
    pub fn n_small(&self) -> usize {
        self.n_small
    }

    /// Returns the past-due share of everything in the currency; 0 where nothing is open.
    pub fn share_of_all(&self) -> f64 {
        self.overdue.ratio(self.open).unwrap_or_default()
    }

    /// Decides what becomes of each candidate, given its chance adjusted for all that were looked at.
    pub fn judge(&self, p_adjusted: &[f64], alpha: f64) -> Vec<Judged> {
        let place: HashMap<&Key, usize> = self
            .candidates
            .iter()
            .map(|candidate| &candidate.key)
            .zip(0..)
            .collect();
        let stands_out = |at: usize| p_adjusted[at] <= alpha && self.candidates[at].excess > 0.0;
        let mut judged: Vec<Judged> = (0..self.candidates.len())
            .map(|at| {
                if stands_out(at) {
                    Judged::Found
                } else {
                    Judged::WithinChance
                }
            })
            .collect();
        let pairs = (0..judged.len()).filter(|&at| self.candidates[at].key.len() == 2 && stands_out(at));
        let around = |pair: usize| {
            let parts = self.candidates[pair].key.iter();
            let singles = parts.filter_map(|&part| place.get(&vec![part]).copied());
            singles.filter(|&single| stands_out(single)).collect::<Vec<_>>()
        };
        let pairs: Vec<(usize, Vec<usize>)> = pairs.map(|pair| (pair, around(pair))).collect();
        for (pair, singles) in &pairs {
            let no_more = singles
                .iter()
                .find(|&&single| self.chance_of_more_than(*pair, single) > alpha);
            if let Some(&single) = no_more {
                judged[*pair] = Judged::SaysNoMore(single);
            }
        }
        for (pair, singles) in pairs
            .iter()
            .filter(|(pair, _)| judged[*pair] == Judged::Found)
            .cloned()
            .collect::<Vec<_>>()
        {
            for single in singles {
                if self.chance_of_rest(single, pair) > alpha {
                    judged[single] = Judged::NothingElse(pair);
                }
            }
        }
        judged
    }

    /// The chance of the overdue money that a pair holds beyond the past-due share of a segment around it.
    fn chance_of_more_than(&self, pair: usize, single: usize) -> f64 {
        let more = |sums: &[f64]| Some(sums[2 * pair + 1] - sums[2 * pair] * share(sums, single)?);
        let (own, around) = (&self.candidates[pair], &self.candidates[single]);
        let share = around.overdue.ratio(around.open).unwrap_or_default();
        let excess = own.overdue.to_feature() - own.open.to_feature() * share;
        chance(excess, self.draws.standard_error(more), own.n_customers as usize)
    }

    /// The chance of what a segment holds in excess without a pair inside it.
    fn chance_of_rest(&self, single: usize, pair: usize) -> f64 {
        let rest = |sums: &[f64]| Some(self.excess_of(sums, single)? - self.excess_of(sums, pair)?);
        let (around, inside) = (&self.candidates[single], &self.candidates[pair]);
        let n_customers = around.n_customers as usize;
        chance(
            around.excess - inside.excess,
            self.draws.standard_error(rest),
            n_customers,
        )
    }

    /// The excess of a candidate in one draw.
    fn excess_of(&self, sums: &[f64], at: usize) -> Option<f64> {
        let whole = sums.len() / 2 - 1;
        Some(sums[2 * at + 1] - sums[2 * at] * share(sums, whole)?)
    }
}

/// The past-due share of a segment, or of the whole, in one draw.
fn share(sums: &[f64], at: usize) -> Option<f64> {
    (sums[2 * at] > 0.0).then(|| sums[2 * at + 1] / sums[2 * at])
}

/// Draws customers with what they hold in every segment: two cells a segment, open and overdue, then two for the whole.
fn draws(kept: &[(Key, Holding)], all: &Holding, params: &ExplainParams) -> Draws {
    let mut cells: HashMap<CustomerIx, Vec<(usize, f64)>> = HashMap::new();
    let holdings = kept.iter().map(|(_, holding)| holding).chain([all]);
    for (at, holding) in holdings.enumerate() {
        for (customer, open, overdue) in &holding.customers {
            let own = cells.entry(*customer).or_default();
            own.extend([(2 * at, open.to_feature()), (2 * at + 1, overdue.to_feature())]);
        }
    }
    let mut clusters = ClusterSums::new(2 * (kept.len() + 1));
    for (customer, ..) in &all.customers {
        clusters.push(cells.remove(customer).unwrap_or_default());
    }
    clusters.draws(&params.bootstrap)
}

/// The chance of an excess this large or larger where there is none.
fn chance(excess: f64, standard_error: Option<f64>, n_customers: usize) -> f64 {
    let Some(error) = standard_error.filter(|error| *error > 0.0) else {
        return 1.0;
    };
    match StudentsT::new(0.0, 1.0, n_customers.saturating_sub(1) as f64) {
        Ok(student) => student.sf(excess / error),
        Err(_) => 1.0,
    }
}
