//! What all customers share: the calendar, exchange rates, shocks by industry, and how the invoices are dealt out.

use super::CheckedGenerateParams;
use super::dice::{Dice, Purpose};
use crate::calendar::{Day, Month};

/// Months simulated after the last one, so that truths about open invoices are known.
pub(super) const TAIL_MONTHS: u32 = 24;
/// Currencies: the base currency first.
pub(super) const CURRENCIES: [&str; 3] = ["EUR", "USD", "GBP"];
/// Legal entities, each with its home currency at the same position of [`CURRENCIES`].
pub(super) const ENTITIES: [&str; 3] = ["DE01", "US01", "UK01"];
/// Units that sell.
pub(super) const BUSINESS_UNITS: [&str; 4] = ["equipment", "consumables", "services", "projects"];
/// Agencies with the true probability that a claim placed with them is recovered, and their fee.
pub(super) const AGENCIES: [(&str, f64, f64); 3] = [
    ("Alder & Partners", 0.40, 0.30),
    ("Birch Recovery", 0.25, 0.22),
    ("Cedar Collect", 0.12, 0.18),
];

/// An industry: its name, its risk of distress, days added to late payment, and its sales by calendar month.
pub(super) struct Industry {
    pub name: &'static str,
    pub risk: f64,
    pub slower_days: f64,
    pub season: [f64; 12],
}

/// Industries of the customers.
pub(super) const INDUSTRIES: [Industry; 7] = [
    Industry {
        name: "construction",
        risk: 1.8,
        slower_days: 9.0,
        season: [0.6, 0.7, 0.9, 1.1, 1.2, 1.3, 1.2, 1.0, 1.2, 1.2, 1.0, 0.6],
    },
    Industry {
        name: "retail",
        risk: 1.2,
        slower_days: 2.0,
        season: [0.7, 0.7, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.1, 1.3, 1.6, 1.2],
    },
    Industry {
        name: "manufacturing",
        risk: 0.8,
        slower_days: 0.0,
        season: [1.0, 1.0, 1.1, 1.0, 1.0, 1.1, 0.9, 0.7, 1.1, 1.1, 1.0, 1.0],
    },
    Industry {
        name: "health",
        risk: 0.5,
        slower_days: 4.0,
        season: [1.0; 12],
    },
    Industry {
        name: "logistics",
        risk: 1.1,
        slower_days: 1.0,
        season: [0.9, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 1.2, 1.1],
    },
    Industry {
        name: "software",
        risk: 0.6,
        slower_days: -2.0,
        season: [1.3, 0.9, 1.1, 0.9, 0.9, 1.1, 0.8, 0.8, 1.1, 1.0, 1.0, 1.3],
    },
    Industry {
        name: "hospitality",
        risk: 1.6,
        slower_days: 5.0,
        season: [0.6, 0.7, 0.8, 1.0, 1.2, 1.4, 1.5, 1.4, 1.1, 0.9, 0.7, 0.9],
    },
];

/// What all customers share.
pub(super) struct World {
    pub seed: u64,
    pub held_out_share: f64,
    pub n_months: usize,
    /// First day of the history.
    pub first_day: Day,
    /// Last day of the history: nothing that happens later is in the ledger.
    pub last_day: Day,
    pub n_customers: u64,
    pub n_collectors: u64,
    pub calendar: Calendar,
    /// Severity of the shock, 0 to 1, by month (tail included) and industry.
    pub shocks: Vec<[f64; INDUSTRIES.len()]>,
    /// Ten-thousandths of the base currency for one unit, by month and currency.
    pub rates: Vec<[i64; CURRENCIES.len()]>,
    /// Invoices of all customers before each one; one more entry than customers.
    pub invoices_before: Vec<u64>,
}

/// Months and days of the simulation, looked up instead of computed.
pub(super) struct Calendar {
    first_month: Month,
    firsts: Vec<Day>,
    month_of_day: Vec<u16>,
}

/// A customer's size and first month: what the dealing out of invoices needs to know of it.
pub(super) struct Sketch {
    /// Month of the first day, negative when before the history.
    pub since_month: i32,
    /// Size relative to the ordinary customer, heavy-tailed.
    pub size: f64,
}

impl World {
    /// Builds the world of these parameters.
    pub(super) fn new(params: &CheckedGenerateParams) -> World {
        let params = params.params();
        let n_months = params.n_months as usize;
        let n_customers = params.n_customers.unwrap_or(1);
        let calendar = Calendar::new(params.first_month, params.n_months + TAIL_MONTHS);
        let mut dice = Dice::new(params.seed, Purpose::World, 0);
        let rates = rates(&mut dice, n_months);
        let shocks = shocks(&mut dice, n_months + TAIL_MONTHS as usize);
        World {
            seed: params.seed,
            held_out_share: params.held_out_share,
            n_months,
            first_day: calendar.first(0),
            last_day: calendar.last(n_months - 1),
            n_customers,
            n_collectors: (n_customers / 120).clamp(4, 400),
            calendar,
            shocks,
            rates,
            invoices_before: deal_invoices(params.seed, params.n_invoices, n_customers, n_months),
        }
    }

    /// Returns the day of posting of something known `lag` days late; the books of a month close with all its rows.
    pub(super) fn posted(&self, day: Day, lag: i32) -> Day {
        let month = self.calendar.month_of(day);
        (day + lag).min(self.calendar.last(month))
    }
}

impl Calendar {
    fn new(first_month: Month, n_months: u32) -> Calendar {
        let firsts: Vec<Day> = (0..=n_months as i32).map(|step| (first_month + step).first()).collect();
        let month_of_day = firsts
            .windows(2)
            .enumerate()
            .flat_map(|(month, pair)| std::iter::repeat_n(month as u16, (pair[1] - pair[0]) as usize))
            .collect();
        Calendar {
            first_month,
            firsts,
            month_of_day,
        }
    }

    /// Returns the calendar month at a position.
    pub(super) fn month(&self, position: usize) -> Month {
        self.first_month + position as i32
    }

    /// Returns the first day of the month at a position.
    pub(super) fn first(&self, position: usize) -> Day {
        self.firsts[position]
    }

    /// Returns the last day of the month at a position.
    pub(super) fn last(&self, position: usize) -> Day {
        self.firsts[position + 1] - 1
    }

    /// Returns the first day of a day's month, or `None` outside the simulation.
    pub(super) fn first_of_month(&self, day: Day) -> Option<Day> {
        let offset = usize::try_from(day - self.firsts[0]).ok()?;
        Some(self.firsts[usize::from(*self.month_of_day.get(offset)?)])
    }

    /// Returns the first day of the month after a day's.
    pub(super) fn first_of_next_month(&self, day: Day) -> Day {
        self.firsts[self.month_of(day) + 1]
    }

    /// Returns the position of a day's month; days outside count to the first or last month.
    pub(super) fn month_of(&self, day: Day) -> usize {
        let offset = (day - self.firsts[0]).clamp(0, self.month_of_day.len() as i32 - 1);
        usize::from(self.month_of_day[offset as usize])
    }
}

impl Sketch {
    /// Draws the sketch of a customer.
    pub(super) fn draw(seed: u64, customer: u64, n_months: usize) -> Sketch {
        let mut dice = Dice::new(seed, Purpose::Size, customer);
        // Three of four customers were there before the history begins; the others arrive in its first three quarters.
        let since_month = if dice.chance(0.75) {
            -dice.between(1, 120)
        } else {
            dice.between(0, n_months as i32 * 3 / 4)
        };
        // The middle is lognormal, one in twenty has a Pareto tail: a few customers carry much of the book.
        let mut size = dice.factor(0.9);
        if dice.chance(0.05) {
            size *= libm::exp(-dice.log_uniform() / 1.3).min(60.0) * 2.0;
        }
        Sketch {
            since_month,
            size: size.clamp(0.08, 200.0),
        }
    }

    /// Returns the weight in the dealing out of invoices: size times the share of the history it is there.
    fn weight(&self, n_months: usize) -> u64 {
        let there = (n_months as i32 - self.since_month.max(0)) as f64 / n_months as f64;
        ((self.size * there * 10_000.0) as u64).max(1)
    }
}

/// Deals the invoices out by weight, exactly: whatever the rounding, they sum to `n_invoices`.
fn deal_invoices(seed: u64, n_invoices: u64, n_customers: u64, n_months: usize) -> Vec<u64> {
    let mut sums = Vec::with_capacity(n_customers as usize + 1);
    let mut sum = 0_u64;
    sums.push(0);
    for customer in 0..n_customers {
        sum += Sketch::draw(seed, customer, n_months).weight(n_months);
        sums.push(sum);
    }
    for before in &mut sums {
        *before = (u128::from(*before) * u128::from(n_invoices) / u128::from(sum.max(1))) as u64;
    }
    sums
}

/// The rates before the first month, to which they come back in the long run: ten-thousandths of the base currency.
pub(super) const LONG_RUN_RATES: [i64; CURRENCIES.len()] = [10_000, 9_200, 11_700];

fn rates(dice: &mut Dice, n_months: usize) -> Vec<[i64; CURRENCIES.len()]> {
    let mut rates = LONG_RUN_RATES;
    (0..n_months)
        .map(|_| {
            for (rate, middle) in rates[1..].iter_mut().zip(&LONG_RUN_RATES[1..]) {
                *rate += (middle - *rate) / 20 + i64::from(dice.between(-150, 150));
            }
            rates
        })
        .collect()
}

fn shocks(dice: &mut Dice, n_months: usize) -> Vec<[f64; INDUSTRIES.len()]> {
    let mut shocks = vec![[0.0; INDUSTRIES.len()]; n_months];
    // About one shock in 18 months, which hits some industries for three to five months and then fades.
    let mut month = dice.between(2, 12) as usize;
    while month < n_months {
        let (length, severity) = (dice.between(3, 5) as usize, 0.4 + 0.6 * dice.uniform());
        for industry in 0..INDUSTRIES.len() {
            if dice.chance(0.2 + 0.25 * INDUSTRIES[industry].risk) {
                for (step, shock) in shocks.iter_mut().skip(month).take(length).enumerate() {
                    shock[industry] = severity * (1.0 - step as f64 / (length + 1) as f64);
                }
            }
        }
        month += dice.between(12, 24) as usize;
    }
    shocks
}
