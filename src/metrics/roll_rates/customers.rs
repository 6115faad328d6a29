//! The money of each customer's moves, for intervals that draw whole customers.

use super::by_group::RollsByGroup;
use super::states::RollSums;
use crate::history::{Accumulator, CustomerHistory};
use crate::ids::CustomerIx;
use crate::metrics::{BootstrapParams, ByGroup, ClusterSums, Draws};
use crate::money::Total;

/// One customer's money: cells by number, zeros left out.
type CustomerCells = (CustomerIx, Vec<(u32, Total)>);

/// Adds up the moves of claims by group, and keeps the money of each customer apart.
#[derive(Clone, Debug)]
pub struct RollsByCustomer<'a> {
    empty: RollsByGroup<'a>,
    all: RollsByGroup<'a>,
    customers: ByGroup<Vec<CustomerCells>>,
}

impl<'a> RollsByCustomer<'a> {
    /// Starts from nothing; `empty` says what is added up.
    pub fn new(empty: RollsByGroup<'a>) -> RollsByCustomer<'a> {
        RollsByCustomer {
            all: empty.clone(),
            empty,
            customers: ByGroup::default(),
        }
    }

    /// Returns the sums over all customers so far: by group, then by period.
    pub fn sums(&self) -> &ByGroup<Vec<RollSums>> {
        self.all.sums()
    }

    /// Returns the money of each customer so far: by group, cells numbered period by period.
    pub fn customers(&self) -> &ByGroup<Vec<CustomerCells>> {
        &self.customers
    }
}

impl Accumulator for RollsByCustomer<'_> {
    /// Adds one customer: its moves, and its money by itself.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let mut own = self.empty.clone();
        own.update(customer);
        for (group, periods) in own.sums().iter() {
            let cells = periods.iter().flat_map(RollSums::cells).zip(0_u32..);
            let cells: Vec<(u32, Total)> = cells
                .filter(|(money, _)| !money.is_zero())
                .map(|(money, cell)| (cell, money))
                .collect();
            if !cells.is_empty() {
                self.customers.at(group, Vec::new).push((customer.customer, cells));
            }
        }
        self.all.merge(own);
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        self.customers.merge(other.customers, |own, more| {
            own.extend(more);
            own.sort_unstable_by_key(|(customer, _)| *customer);
        });
    }
}

/// The money of the customers of one group, ready to be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MoneyClusters {
    sums: ClusterSums,
    // By cell, whether any customer has something in it.
    is_touched: Vec<bool>,
}

/// Draws of the customers of one group.
pub(super) struct MoneyDraws<'a> {
    clusters: &'a MoneyClusters,
    draws: Draws,
}

impl MoneyClusters {
    pub(super) fn new(n_cells: usize, customers: &[CustomerCells]) -> MoneyClusters {
        let mut clusters = MoneyClusters {
            sums: ClusterSums::new(n_cells),
            is_touched: vec![false; n_cells],
        };
        for (_, cells) in customers {
            for (cell, _) in cells {
                clusters.is_touched[*cell as usize] = true;
            }
            let cells = cells.iter();
            clusters
                .sums
                .push(cells.map(|(cell, money)| (*cell as usize, money.to_feature())));
        }
        clusters
    }

    /// Draws customers; `None` for fewer than two.
    pub(super) fn draw(&self, params: &BootstrapParams) -> Option<MoneyDraws<'_>> {
        (self.sums.n_clusters() >= 2 && params.n_draws > 0).then(|| MoneyDraws {
            clusters: self,
            draws: self.sums.draws(params),
        })
    }
}

impl MoneyDraws<'_> {
    /// Returns the interval of the sum of some cells over the sum of others.
    pub(super) fn interval(&self, of: &[usize], over: &[usize]) -> Option<(f64, f64)> {
        let touched = |cells: &[usize]| -> Vec<usize> {
            let cells = cells.iter().copied();
            cells.filter(|&cell| self.clusters.is_touched[cell]).collect()
        };
        let (of, over) = (touched(of), touched(over));
        if over.is_empty() {
            return None;
        }
        if of.is_empty() {
            return Some((0.0, 0.0));
        }
        let sum = |cells: &[usize], sums: &[f64]| cells.iter().map(|&cell| sums[cell]).sum::<f64>();
        self.draws.interval(|sums| {
            let denominator = sum(&over, sums);
            (denominator > 0.0).then(|| sum(&of, sums) / denominator)
        })
    }
}
