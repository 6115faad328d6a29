//! Agencies of one group against the like claims of the same group.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::AgencyRow;
use super::pass::{AgencyCell, AgencySums, CellKey, CustomerPlacements, Follower, Stratum};
use super::placed::Placements;
use crate::ids::CustomerIx;
use crate::metrics::{BootstrapParams, ClusterSums, NullReason};

/// Pairs of cells: the claims of an agency in a stratum, and the like claims that were not placed.
struct Pair {
    open: usize,
    like_open: usize,
}

/// Returns the agencies of one group, the largest difference per money compared first.
pub(super) fn compare(
    group: usize,
    customers: &BTreeMap<CustomerIx, CustomerPlacements>,
    placements: &Placements,
    bootstrap: &BootstrapParams,
) -> Vec<AgencyRow> {
    let strata: BTreeSet<Stratum> = customers
        .values()
        .flat_map(|customer| customer.cells.keys())
        .filter(|(follower, _)| *follower != Follower::Nobody)
        .map(|(_, stratum)| *stratum)
        .collect();
    let (mut exact, mut agencies): (BTreeMap<CellKey, AgencyCell>, BTreeMap<u32, (u64, AgencySums)>) =
        Default::default();
    for customer in customers.values() {
        for (key, cell) in customer
            .cells
            .iter()
            .filter(|((_, stratum), _)| strata.contains(stratum))
        {
            exact.entry(*key).or_default().merge(cell);
        }
        for (agency, sums) in &customer.agencies {
            let own = agencies.entry(*agency).or_default();
            own.0 += 1;
            own.1.merge(sums);
        }
    }
    // Each cell has two numbers among the sums of a draw: what was open, then what came in.
    let numbers: BTreeMap<CellKey, usize> = exact.keys().copied().zip((0..).step_by(2)).collect();
    let mut clusters = ClusterSums::new(2 * numbers.len());
    for customer in customers.values() {
        clusters.push(customer.cells.iter().flat_map(|(key, cell)| {
            let at = numbers.get(key);
            at.into_iter()
                .flat_map(|&at| [(at, cell.open.to_feature()), (at + 1, cell.recovered.to_feature())])
        }));
    }
    let draws = clusters.draws(bootstrap);
    let mut rows: Vec<AgencyRow> = agencies
        .into_iter()
        .map(|(agency, (n_customers, sums))| {
            let pairs: Vec<(AgencyCell, AgencyCell, Pair)> = strata
                .iter()
                .filter_map(|stratum| {
                    let (own, like) = ((Follower::Agency(agency), *stratum), (Follower::Nobody, *stratum));
                    let pair = Pair {
                        open: *numbers.get(&own)?,
                        like_open: *numbers.get(&like)?,
                    };
                    Some((exact[&own], exact[&like], pair))
                })
                .collect();
            let expected = pairs
                .iter()
                .map(|(own, like, _)| own.open.to_feature() * like.recovered.ratio(like.open).unwrap_or_default());
            AgencyRow {
                group,
                agency: placements.agency(agency).to_owned(),
                n_placements: sums.n_placements,
                n_customers,
                placed: sums.placed,
                recovered: sums.recovered,
                fees: match sums.n_without_rate {
                    0 => Ok(sums.fees),
                    _ => Err(NullReason::NotDefined),
                },
                placed_compared: pairs.iter().map(|(own, ..)| own.open).sum(),
                recovered_compared: pairs.iter().map(|(own, ..)| own.recovered).sum(),
                expected: if pairs.is_empty() {
                    Err(NullReason::NoLikeAccounts)
                } else {
                    Ok(expected.sum())
                },
                interval: draws.interval(|sums| difference(sums, pairs.iter().map(|(.., pair)| pair))),
                n_like: pairs.iter().map(|(_, like, _)| like.n).sum(),
            }
        })
        .collect();
    let per_money = |row: &AgencyRow| {
        row.difference()
            .ok()
            .map(|found| found / row.placed_compared.to_feature())
    };
    rows.sort_by(|a, b| match (per_money(a), per_money(b)) {
        (Some(left), Some(right)) => right.total_cmp(&left).then_with(|| a.agency.cmp(&b.agency)),
        (left, right) => Reverse(left.is_some())
            .cmp(&Reverse(right.is_some()))
            .then_with(|| a.agency.cmp(&b.agency)),
    });
    rows
}

/// Recovered less expected of one agency in one draw; `None` where no pair of cells was drawn.
fn difference<'p>(sums: &[f64], pairs: impl Iterator<Item = &'p Pair>) -> Option<f64> {
    let differences = pairs
        .filter(|pair| sums[pair.open] > 0.0 && sums[pair.like_open] > 0.0)
        .map(|pair| {
            let share = sums[pair.like_open + 1] / sums[pair.like_open];
            sums[pair.open + 1] - sums[pair.open] * share
        });
    let (n, sum) = differences.fold((0_usize, 0.0), |(n, sum), difference| (n + 1, sum + difference));
    (n > 0).then_some(sum)
}

impl AgencyCell {
    fn merge(&mut self, other: &AgencyCell) {
        self.n += other.n;
        self.open += other.open;
        self.recovered += other.recovered;
    }
}

impl AgencySums {
    fn merge(&mut self, other: &AgencySums) {
        self.n_placements += other.n_placements;
        self.placed += other.placed;
        self.recovered += other.recovered;
        self.fees += other.fees;
        self.n_without_rate += other.n_without_rate;
    }
}
