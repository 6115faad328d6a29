//! The money of each customer's moves, for intervals that draw whole customers.

use crate::calendar::Day;
use crate::history::{self, Accumulator, CustomerHistory};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Reads};
use crate::metrics::{BootstrapParams, ByGroup, ClusterSums, Draws};
use crate::money::Total;

/// What adds up money by group, as a fixed number of cells a group.
pub trait MoneyByGroup: Accumulator {
    /// Returns the cells of each group that was touched.
    fn money(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = Total>)>;
}

/// One customer's money: cells by number, zeros left out.
type CustomerCells = (CustomerIx, Vec<(u32, Total)>);

/// Adds up what another accumulator adds up, and keeps the money of each customer apart.
#[derive(Clone, Debug)]
pub struct WithCustomers<A> {
    empty: A,
    all: A,
    customers: ByGroup<Vec<CustomerCells>>,
}

impl<A: MoneyByGroup> WithCustomers<A> {
    /// Starts from nothing; `empty` says what is added up.
    pub fn new(empty: A) -> WithCustomers<A> {
        WithCustomers {
            all: empty.clone(),
            empty,
            customers: ByGroup::default(),
        }
    }

    /// Returns what was added up over all customers so far.
    pub fn all(&self) -> &A {
        &self.all
    }

    /// Returns the money of each customer so far, by group.
    pub fn customers(&self) -> &ByGroup<Vec<CustomerCells>> {
        &self.customers
    }
}

impl<A: MoneyByGroup> Accumulator for WithCustomers<A> {
    /// Adds one customer: to all, and its money by itself.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let mut own = self.empty.clone();
        own.update(customer);
        for (group, cells) in own.money() {
            let cells = cells.zip(0_u32..).filter(|(money, _)| !money.is_zero());
            let cells: Vec<(u32, Total)> = cells.map(|(money, cell)| (cell, money)).collect();
            if !cells.is_empty() {
                self.customers.at(group, Vec::new).push((customer.customer, cells));
            }
        }
        self.all.merge(own);
    }

    fn reads(&self) -> Reads {
        self.empty.reads()
    }

    /// Adds what was added up over other customers.
    fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        self.customers.merge(other.customers, |own, more| {
            own.extend(more);
            own.sort_unstable_by_key(|(customer, _)| *customer);
        });
    }
}

/// Passes a ledger through an accumulator; with `n_draws`, also returns the money of the customers of each group.
pub(super) fn run<A: MoneyByGroup>(
    ledger: &Ledger,
    known_on: Option<Day>,
    n_groups: usize,
    n_draws: u32,
    empty: A,
) -> (A, Vec<MoneyClusters>) {
    if n_draws == 0 {
        return (history::run(ledger, known_on, empty), Vec::new());
    }
    let found = history::run(ledger, known_on, WithCustomers::new(empty));
    let customers = |group| found.customers.of(group).map_or(&[][..], Vec::as_slice);
    let money = (0..n_groups)
        .map(|group| MoneyClusters::new(customers(group)))
        .collect();
    (found.all, money)
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
    fn new(customers: &[CustomerCells]) -> MoneyClusters {
        let last = customers
            .iter()
            .filter_map(|(_, cells)| cells.last())
            .map(|(cell, _)| *cell as usize);
        let n_cells = last.max().map_or(0, |last| last + 1);
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
    /// Returns the interval of the sum of some cells over the sum of others; `None` where no customer has anything in the first.
    ///
    /// What no customer did says nothing about how seldom it is.
    pub(super) fn interval(&self, of: &[usize], over: &[usize]) -> Option<(f64, f64)> {
        let touched = |cells: &[usize]| -> Vec<usize> {
            let cells = cells.iter().copied();
            cells
                .filter(|&cell| self.clusters.is_touched.get(cell) == Some(&true))
                .collect()
        };
        let (of, over) = (touched(of), touched(over));
        if of.is_empty() {
            return None;
        }
        let sum = |cells: &[usize], sums: &[f64]| cells.iter().map(|&cell| sums[cell]).sum::<f64>();
        self.draws.interval(|sums| {
            let denominator = sum(&over, sums);
            (denominator > 0.0).then(|| sum(&of, sums) / denominator)
        })
    }
}
