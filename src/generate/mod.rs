//! Ledgers of any size, made up, with known truths.
//!
//! The world is a process other than the models that are later fitted to it: payment delays are mixtures of waiting
//! times released on payment days, customers walk through hidden states (healthy, strained, distressed, insolvent),
//! shocks hit whole industries, contacts are selective and work on some, holds depend on risk. What a judge may know
//! and a model must not comes beside the ledger as [`Generated::truths`].
//!
//! A customer's history depends on the seed, the parameters and the customer's number only. It is the same whatever
//! the number of threads, alone or in a part of the ledger, on every machine.

mod actions;
mod books;
mod collect;
mod customer;
mod delay;
mod dice;
pub mod embedded;
mod fate;
mod life;
mod receipts;
mod rows;
mod tables;
mod truths;
mod world;

use std::ops::Range;

use rayon::prelude::*;
use thiserror::Error;

use self::books::Books;
use self::life::Life;
use self::tables::{Control, History};
use self::world::{CURRENCIES, ENTITIES, World};
use crate::calendar::Month;
use crate::table::Table;

/// What to generate, as asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerateParams {
    /// Rows of kind `invoice`, exactly; credit notes, debit notes and finance charges come on top. 1 to 200,000,000.
    pub n_invoices: u64,
    /// Months of history. 1 to 600.
    pub n_months: u32,
    /// Names the ledger: the same seed and parameters give the same ledger.
    pub seed: u64,
    /// First month of the history, 1920-01 at the earliest; the last one is 2190-12 at the latest.
    pub first_month: Month,
    /// Customers; by default one for every 1.4 invoices a month. 1 to 20,000,000.
    pub n_customers: Option<u64>,
    /// Randomised share of customers that are never contacted. 0 to 1.
    pub held_out_share: f64,
}

/// Parameters within all limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckedGenerateParams(GenerateParams);

/// Why a ledger cannot be generated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum GenerateError {
    /// A count outside its limits.
    #[error("{name} must be from {lowest} to {highest}, is {found}")]
    CountOutOfRange {
        /// The parameter.
        name: &'static str,
        /// The value found.
        found: u64,
        /// The smallest value accepted.
        lowest: u64,
        /// The largest value accepted.
        highest: u64,
    },
    /// Months before or after what the calendar is made for.
    #[error("the months {first} to {last} must lie between {earliest} and {latest}")]
    MonthsOutOfRange {
        /// First month asked for.
        first: Month,
        /// Last month asked for.
        last: Month,
        /// Earliest month accepted.
        earliest: Month,
        /// Latest month accepted.
        latest: Month,
    },
    /// A table that there is not.
    #[error("found the table `{found}`, expected one of {}", table_names().collect::<Vec<_>>().join(", "))]
    TableUnknown {
        /// The name that was asked for.
        found: String,
    },
    /// A share that is no share.
    #[error("held_out_share must be from 0 to 1, is {found}")]
    ShareOutOfRange {
        /// The value found.
        found: f64,
    },
}

/// A generated ledger and its truths.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// Canonical tables in the order of the contract, rows by customer and then by day.
    pub tables: Vec<Table>,
    /// What a judge may know: `truth_customers`, `truth_states`, `truth_invoices`, `truth_contacts`, `truth_segments`.
    pub truths: Vec<Table>,
}

/// The last month of a history unless another is asked for.
const DEFAULT_LAST_MONTH: Month = Month::new(2025, 12);
/// Invoices of an ordinary customer in a month.
const INVOICES_A_MONTH: f64 = 1.4;

impl GenerateParams {
    /// Largest number of invoices.
    pub const MOST_INVOICES: u64 = 200_000_000;
    /// Largest number of months.
    pub const MOST_MONTHS: u32 = 600;
    /// Largest number of customers.
    pub const MOST_CUSTOMERS: u64 = 20_000_000;
    /// Earliest first month.
    pub const EARLIEST: Month = Month::new(1920, 1);
    /// Latest last month.
    pub const LATEST: Month = Month::new(2190, 12);

    /// Builds parameters whose last month is 2025-12, with one customer in ten held out from contacts.
    pub fn new(n_invoices: u64, n_months: u32, seed: u64) -> GenerateParams {
        // Anything above the limit is refused by the check; the month only has to exist until then.
        let back = n_months.clamp(1, GenerateParams::MOST_MONTHS) as i32 - 1;
        GenerateParams {
            n_invoices,
            n_months,
            seed,
            first_month: DEFAULT_LAST_MONTH - back,
            n_customers: None,
            held_out_share: 0.1,
        }
    }

    /// Checks every parameter against its limits and fills in the number of customers.
    ///
    /// # Errors
    /// Names the first parameter outside its limits, with the value found and the limits.
    pub fn check(self) -> Result<CheckedGenerateParams, GenerateError> {
        let count = |name, found, highest| {
            let lowest = 1;
            if (lowest..=highest).contains(&found) {
                return Ok(());
            }
            Err(GenerateError::CountOutOfRange {
                name,
                found,
                lowest,
                highest,
            })
        };
        count("n_invoices", self.n_invoices, GenerateParams::MOST_INVOICES)?;
        count("n_months", self.n_months.into(), GenerateParams::MOST_MONTHS.into())?;
        let customers = (self.n_invoices as f64 / (INVOICES_A_MONTH * f64::from(self.n_months))) as u64;
        let n_customers = self
            .n_customers
            .unwrap_or(customers.clamp(1, GenerateParams::MOST_CUSTOMERS));
        count("n_customers", n_customers, GenerateParams::MOST_CUSTOMERS)?;
        let (earliest, latest) = (GenerateParams::EARLIEST, GenerateParams::LATEST);
        let (first, last) = (self.first_month, self.first_month + (self.n_months as i32 - 1));
        if first < earliest || last > latest {
            return Err(GenerateError::MonthsOutOfRange {
                first,
                last,
                earliest,
                latest,
            });
        }
        if !(0.0..=1.0).contains(&self.held_out_share) {
            return Err(GenerateError::ShareOutOfRange {
                found: self.held_out_share,
            });
        }
        Ok(CheckedGenerateParams(GenerateParams {
            n_customers: Some(n_customers),
            ..self
        }))
    }
}

impl CheckedGenerateParams {
    /// Returns the parameters, with the number of customers filled in.
    pub fn params(&self) -> &GenerateParams {
        &self.0
    }

    /// Returns how many customers have about so many invoices together, at least one.
    pub fn customers_with(&self, n_invoices: u64) -> u64 {
        let n_customers = u128::from(self.0.n_customers.unwrap_or(1));
        (n_customers * u128::from(n_invoices) / u128::from(self.0.n_invoices)).max(1) as u64
    }
}

/// Generates a ledger at once; memory is in proportion to it.
pub fn generate(params: &CheckedGenerateParams) -> Generated {
    let mut parts = generate_in_parts(params, u64::MAX);
    parts
        .next()
        .expect("a ledger has at least one customer, so at least one part")
}

/// Generates a ledger in parts of so many customers, each a few times smaller in memory than the whole.
///
/// The rows of all parts, one after the other, are the rows of [`generate`]: tables of customers come with each part;
/// `collectors` and `fx_rates` are empty in all parts but the first, `gl_balances` and `truth_segments` in all but the last.
pub fn generate_in_parts(params: &CheckedGenerateParams, customers_per_part: u64) -> Parts {
    let world = World::new(params);
    Parts {
        control: vec![[[0; CURRENCIES.len()]; ENTITIES.len()]; world.n_months],
        segments: truths::SegmentSums::default(),
        wanted: table_names().collect(),
        next_customer: 0,
        customers_per_part: customers_per_part.max(1),
        world,
    }
}

/// Returns the names of all tables: those of the contract in its order, then the truths.
pub fn table_names() -> impl Iterator<Item = &'static str> {
    let tables = tables::TABLES.iter().map(|(name, _)| *name);
    tables.chain(truths::TRUTHS.iter().map(|(name, _)| *name))
}

/// The parts of a ledger, one after the other.
pub struct Parts {
    world: World,
    control: Control,
    segments: truths::SegmentSums,
    wanted: Vec<&'static str>,
    next_customer: u64,
    customers_per_part: u64,
}

impl Iterator for Parts {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        let first = self.next_customer;
        let end = first
            .saturating_add(self.customers_per_part)
            .min(self.world.n_customers);
        if first >= end {
            return None;
        }
        self.next_customer = end;
        let histories = histories(&self.world, first..end);
        tables::add_control(&mut self.control, &histories);
        truths::add_segments(&mut self.segments, &histories);
        Some(self.part(&histories, first == 0, end == self.world.n_customers))
    }
}

impl Parts {
    /// Builds only the tables of these names; their rows stay what they are.
    ///
    /// # Errors
    /// [`GenerateError::TableUnknown`] names the first table that there is not.
    pub fn only(mut self, names: &[impl AsRef<str>]) -> Result<Parts, GenerateError> {
        let known = |name: &str| table_names().find(|known| *known == name);
        let names = names.iter().map(AsRef::as_ref);
        self.wanted = names
            .map(|name| known(name).ok_or_else(|| GenerateError::TableUnknown { found: name.to_owned() }))
            .collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Returns the names of the tables in [`Generated::tables`] of each part, in their order.
    pub fn tables(&self) -> impl Iterator<Item = &'static str> {
        self.names(&tables::TABLES)
    }

    /// Returns the names of the tables in [`Generated::truths`] of each part, in their order.
    pub fn truths(&self) -> impl Iterator<Item = &'static str> {
        self.names(&truths::TRUTHS)
    }

    /// Returns the number of customers in the ledger.
    pub fn n_customers(&self) -> u64 {
        self.world.n_customers
    }

    /// Returns the number of customers in the parts handed out so far.
    pub fn n_done(&self) -> u64 {
        self.next_customer
    }

    fn part(&self, histories: &[History], is_first: bool, is_last: bool) -> Generated {
        let world = &self.world;
        let only = |wanted: bool, table: Table| if wanted { table } else { table.take(&[]) };
        let (tables, truths) = rayon::join(
            || {
                self.build(&tables::TABLES, |builder| match builder {
                    tables::Builder::Customers(build) => build(world, histories),
                    tables::Builder::World(build) => only(is_first, build(world)),
                    tables::Builder::Control(build) => only(is_last, build(world, &self.control)),
                })
            },
            || {
                self.build(&truths::TRUTHS, |builder| match builder {
                    truths::Builder::Customers(build) => build(world, histories),
                    truths::Builder::Segments(build) => only(is_last, build(&self.segments)),
                })
            },
        );
        Generated { tables, truths }
    }

    fn names<B>(&self, builders: &'static [(&'static str, B)]) -> impl Iterator<Item = &'static str> {
        let names = builders.iter().map(|(name, _)| *name);
        names.filter(|name| self.wanted.contains(name))
    }

    /// Builds those of some tables that are wanted, in their order.
    fn build<B: Sync>(&self, builders: &[(&str, B)], table: impl Fn(&B) -> Table + Sync) -> Vec<Table> {
        builders
            .par_iter()
            .filter(|(name, _)| self.wanted.contains(name))
            .map(|(_, builder)| table(builder))
            .collect()
    }
}

/// Lives and writes down a range of customers, on all cores, in the order of their numbers.
fn histories(world: &World, customers: Range<u64>) -> Vec<History> {
    customers
        .into_par_iter()
        .map(|number| {
            let life = Life::simulate(world, number);
            let books = Books::of(world, &life);
            History { life, books }
        })
        .collect()
}
