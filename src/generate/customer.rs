//! A customer: what the books say of it, and the habits and hidden states that nobody sees.

use super::delay::{Mixture, N_COMPONENTS, Wait};
use super::dice::{Dice, Purpose};
use super::world::{Calendar, INDUSTRIES, Sketch, World};
use crate::calendar::Day;

/// A country with what follows from it: entity, currency (positions in the world's lists), days added to late payment.
pub(super) struct Country {
    pub code: &'static str,
    pub region: &'static str,
    pub timezone: &'static str,
    pub entity: usize,
    pub currency: usize,
    slower_days: f64,
    weight: f64,
}

const fn country(
    code: &'static str,
    region: &'static str,
    timezone: &'static str,
    (entity, currency): (usize, usize),
    slower_days: f64,
    weight: f64,
) -> Country {
    Country {
        code,
        region,
        timezone,
        entity,
        currency,
        slower_days,
        weight,
    }
}

static COUNTRIES: [Country; 10] = [
    country("DE", "EMEA", "Europe/Berlin", (0, 0), -2.0, 5.0),
    country("FR", "EMEA", "Europe/Paris", (0, 0), 2.0, 2.5),
    country("IT", "EMEA", "Europe/Rome", (0, 0), 12.0, 1.8),
    country("ES", "EMEA", "Europe/Madrid", (0, 0), 8.0, 1.2),
    country("GB", "EMEA", "Europe/London", (2, 2), 3.0, 3.0),
    country("IE", "EMEA", "Europe/Dublin", (2, 0), 3.0, 0.6),
    country("US", "AMER", "America/New_York", (1, 1), 1.0, 5.0),
    country("CA", "AMER", "America/Toronto", (1, 1), 1.0, 1.0),
    country("IN", "APAC", "Asia/Kolkata", (2, 1), 10.0, 1.0),
    country("AU", "APAC", "Australia/Sydney", (2, 2), 0.0, 0.8),
];

/// Hidden standing of a customer in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Healthy,
    Strained,
    Distressed,
    Insolvent,
}

impl State {
    pub(super) const fn name(self) -> &'static str {
        match self {
            State::Healthy => "healthy",
            State::Strained => "strained",
            State::Distressed => "distressed",
            State::Insolvent => "insolvent",
        }
    }
}

/// How a customer pays while all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    Prompt,
    Habitual,
    Erratic,
}

impl Habit {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Habit::Prompt => "prompt",
            Habit::Habitual => "habitual",
            Habit::Erratic => "erratic",
        }
    }
}

/// Days on which a customer releases payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// Any working day.
    Weekdays,
    /// One weekday, Monday 0.
    Weekly(u32),
    /// Two days of the month.
    TwiceMonthly(i32, i32),
}

impl Rhythm {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Rhythm::Weekdays => "weekdays",
            Rhythm::Weekly(_) => "weekly",
            Rhythm::TwiceMonthly(..) => "twice_monthly",
        }
    }

    /// Returns the first payment day on or after `day`.
    pub(super) fn on_or_after(self, calendar: &Calendar, day: Day) -> Day {
        match self {
            Rhythm::Weekdays => day + [0, 0, 0, 0, 0, 2, 1][day.weekday() as usize],
            Rhythm::Weekly(weekday) => day + ((weekday + 7 - day.weekday()) % 7) as i32,
            Rhythm::TwiceMonthly(early, late) => {
                let Some(first) = calendar.first_of_month(day) else {
                    return day;
                };
                [first + (early - 1), first + (late - 1)]
                    .into_iter()
                    .find(|run| *run >= day)
                    .unwrap_or_else(|| calendar.first_of_next_month(day) + (early - 1))
            }
        }
    }

    /// Returns the last payment day on or before `day`.
    pub(super) fn on_or_before(self, calendar: &Calendar, day: Day) -> Day {
        match self {
            Rhythm::Weekdays => day - [0, 0, 0, 0, 0, 1, 2][day.weekday() as usize],
            Rhythm::Weekly(weekday) => day - ((day.weekday() + 7 - weekday) % 7) as i32,
            Rhythm::TwiceMonthly(early, late) => {
                let Some(first) = calendar.first_of_month(day) else {
                    return day;
                };
                [first + (late - 1), first + (early - 1)]
                    .into_iter()
                    .find(|run| *run <= day)
                    .or_else(|| Some(calendar.first_of_month(first - 1)? + (late - 1)))
                    .unwrap_or(day)
            }
        }
    }
}

/// What the credit limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    Unlimited,
    Cents(i64),
}

/// A customer with everything that does not change, and its path through the hidden states.
pub(super) struct Customer {
    pub number: u64,
    pub country: &'static Country,
    pub industry: usize,
    pub segment: &'static str,
    pub second_currency: Option<usize>,
    pub since: Day,
    pub terms: i32,
    /// Cents of an ordinary invoice.
    pub typical: f64,
    pub n_invoices: u64,
    pub parent: Option<u64>,
    pub consumer: bool,
    pub limit: Limit,
    pub insured_share: Option<f64>,
    pub collector: u64,
    /// In the randomised share that is never contacted.
    pub held_out: bool,
    pub habit: Habit,
    pub rhythm: Rhythm,
    /// Centre of the habitual delay in days.
    pub usual_delay: f64,
    /// Probability that an invoice is paid early against discount.
    pub early_share: f64,
    /// Probability that an invoice is disputed.
    pub dispute_share: f64,
    /// Probability that a payment names no invoice, and the days until it is applied.
    pub unnamed_share: f64,
    pub unnamed_days: i32,
    /// Probability that a contact that reaches the customer moves its payments.
    pub persuadable: f64,
    pub states: Vec<State>,
    pub insolvent_on: Option<Day>,
}

impl Customer {
    /// Draws a customer; the stream of its life goes on with its sales.
    pub(super) fn draw(world: &World, number: u64, dice: &mut Dice) -> Customer {
        let sketch = Sketch::draw(world.seed, number, world.n_months);
        let n_invoices = world.invoices_before[number as usize + 1] - world.invoices_before[number as usize];
        let country = &COUNTRIES[dice.weighted(&COUNTRIES.each_ref().map(|country| country.weight))];
        let industry = dice.below(INDUSTRIES.len() as u32) as usize;
        let segment = match sketch.size {
            size if size > 4.0 => "key_account",
            size if size > 0.9 => "mid_market",
            _ => "small_business",
        };
        let habit = [Habit::Prompt, Habit::Habitual, Habit::Erratic][dice.weighted(match segment {
            "key_account" => &[0.45, 0.50, 0.05],
            "mid_market" => &[0.55, 0.33, 0.12],
            _ => &[0.50, 0.25, 0.25],
        })];
        let since = if sketch.since_month < 0 {
            world.first_day + sketch.since_month * 30 + dice.between(0, 29)
        } else {
            let month = sketch.since_month as usize;
            dice.day(world.calendar.first(month), world.calendar.last(month))
        };
        let terms = [14, 30, 45, 60][dice.weighted(match segment {
            "key_account" => &[0.02, 0.35, 0.28, 0.35],
            _ => &[0.20, 0.55, 0.15, 0.10],
        })];
        let rhythm = match dice.weighted(&[0.5, 0.25, 0.25]) {
            0 => Rhythm::Weekdays,
            1 => Rhythm::Weekly(dice.below(5)),
            _ => [
                Rhythm::TwiceMonthly(5, 20),
                Rhythm::TwiceMonthly(10, 25),
                Rhythm::TwiceMonthly(15, 28),
            ][dice.below(3) as usize],
        };
        let slower = INDUSTRIES[industry].slower_days + country.slower_days;
        let typical = 60_000.0 * libm::sqrt(sketch.size) * dice.factor(0.6);
        let monthly = typical * n_invoices as f64 / world.n_months as f64;
        let limit = match dice.weighted(&[0.10, 0.05, 0.85]) {
            0 => Limit::None,
            1 => Limit::Unlimited,
            _ => Limit::Cents((monthly * (2.0 + 3.0 * dice.uniform()) / 100_000.0 + 1.0) as i64 * 100_000),
        };
        let risk = INDUSTRIES[industry].risk * dice.factor(0.5) * if segment == "small_business" { 1.4 } else { 0.8 };
        let (states, insolvent_on) = path(world, industry, risk, since, dice);
        Customer {
            number,
            country,
            industry,
            segment,
            second_currency: dice
                .chance(0.08)
                .then(|| (country.currency + 1 + dice.below(2) as usize) % 3),
            since,
            terms,
            typical,
            n_invoices,
            parent: (number > 0 && dice.chance(0.12))
                .then(|| number - 1 - u64::from(dice.below(number.min(15) as u32))),
            consumer: segment == "small_business" && dice.chance(0.08),
            limit,
            insured_share: dice.chance(0.2).then(|| dice.pick(&[0.8, 0.85, 0.9])),
            collector: u64::from(dice.below(world.n_collectors as u32)) + 1,
            held_out: dice.chance(world.held_out_share),
            habit,
            rhythm,
            usual_delay: (6.0 + slower + 85.0 * dice.uniform() * dice.uniform()).clamp(4.0, 75.0),
            early_share: if terms >= 30 && dice.chance(0.15) {
                0.3 + 0.5 * dice.uniform()
            } else {
                0.0
            },
            dispute_share: 0.012
                + 0.05 * dice.uniform() * dice.uniform()
                + if habit == Habit::Habitual { 0.02 } else { 0.0 },
            unnamed_share: if dice.chance(0.25) { 0.10 } else { 0.01 },
            unnamed_days: dice.between(2, 9),
            persuadable: match habit {
                Habit::Prompt => 0.15 + 0.2 * dice.uniform(),
                Habit::Habitual => 0.5 + 0.45 * dice.uniform(),
                Habit::Erratic => 0.2 + 0.6 * dice.uniform(),
            },
            states,
            insolvent_on,
        }
    }

    /// Returns the distribution of the delay of an invoice due in a month, `ratio` times the ordinary amount.
    pub(super) fn delays(&self, world: &World, month: usize, ratio: f64) -> Mixture {
        let mut weights: [f64; N_COMPONENTS] = match self.habit {
            Habit::Prompt => [0.900, 0.060, 0.038, 0.002],
            Habit::Habitual => [0.200, 0.720, 0.075, 0.005],
            Habit::Erratic => [0.500, 0.250, 0.240, 0.010],
        };
        let mut move_share = |share: f64, into: usize| {
            let moved = weights[0] * share;
            weights[0] -= moved;
            weights[into] += moved;
        };
        // Large invoices need one more signature; a shock keeps money back across the industry.
        if ratio > 2.5 {
            move_share(0.25, 1);
        }
        move_share(0.45 * world.shocks[month][self.industry], 2);
        let (weights, stretch) = match self.states[month] {
            State::Healthy => (weights, 1.0),
            State::Strained => (blend(weights, [0.10, 0.35, 0.53, 0.02], 0.5), 1.3),
            State::Distressed | State::Insolvent => (blend(weights, [0.0, 0.15, 0.70, 0.15], 0.85), 2.0),
        };
        Mixture {
            weights,
            waits: [
                Wait::Exponential {
                    start: -10.0,
                    scale: 4.0,
                },
                Wait::Habit {
                    start: self.usual_delay - 8.0,
                    scale: 10.0 * stretch,
                },
                Wait::HeavyTail {
                    start: 6.0,
                    scale: 36.0 * stretch,
                },
                Wait::Never,
            ],
        }
    }

    /// Returns the state on a day.
    pub(super) fn state_on(&self, world: &World, day: Day) -> State {
        if self.insolvent_on.is_some_and(|insolvent_on| insolvent_on <= day) {
            return State::Insolvent;
        }
        self.states[world.calendar.month_of(day)].min(State::Distressed)
    }
}

fn blend(weights: [f64; N_COMPONENTS], worse: [f64; N_COMPONENTS], share: f64) -> [f64; N_COMPONENTS] {
    std::array::from_fn(|at| weights[at] * (1.0 - share) + worse[at] * share)
}

/// Walks through the hidden states month by month, the tail after the history included.
fn path(world: &World, industry: usize, risk: f64, since: Day, dice: &mut Dice) -> (Vec<State>, Option<Day>) {
    let mut state = State::Healthy;
    let mut insolvent_on = None;
    let first = world.calendar.month_of(since);
    let states = (0..world.shocks.len())
        .map(|month| {
            let shock = world.shocks[month][industry];
            // A customer's first month is a healthy one.
            if month > first {
                state = match state {
                    State::Healthy if dice.chance(0.03 * risk * (1.0 + 3.0 * shock)) => State::Strained,
                    State::Strained => match dice.weighted(&[0.22, 0.09 * (1.0 + shock), 0.69]) {
                        0 => State::Healthy,
                        1 => State::Distressed,
                        _ => State::Strained,
                    },
                    State::Distressed => match dice.weighted(&[0.14, 0.10 * (1.0 + shock), 0.76]) {
                        0 => State::Strained,
                        1 => State::Insolvent,
                        _ => State::Distressed,
                    },
                    same => same,
                };
            }
            if state == State::Insolvent && insolvent_on.is_none() {
                insolvent_on = Some(dice.day(world.calendar.first(month), world.calendar.last(month)));
            }
            state
        })
        .collect();
    (states, insolvent_on)
}

/// Opens the stream of a customer's life.
pub(super) fn life(world: &World, number: u64) -> Dice {
    Dice::new(world.seed, Purpose::Life, number)
}
