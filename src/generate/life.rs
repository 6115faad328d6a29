//! The open items of one customer from order to settlement, with what the seller does about them week by week.

use super::collect::Collection;
use super::customer::{self, Customer, State};
use super::dice::Dice;
use super::fate::Fate;
use super::world::{INDUSTRIES, World};
use crate::calendar::Day;

/// Days after the due day for which the truth is written down.
pub(super) const TRUTH_DAYS: [i32; 4] = [0, 30, 60, 90];

/// What an open item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    Invoice,
    DebitNote,
    FinanceCharge,
}

/// How a dispute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Credited,
    PartlyCredited,
    Rejected,
}

/// An objection to an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dispute {
    pub opened_on: Day,
    pub closed_on: Day,
    pub reason: &'static str,
    pub outcome: Outcome,
    /// Cents disputed, and credited where the outcome says so.
    pub cents: i64,
}

/// A document with an amount to be settled.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub kind: ItemKind,
    /// Number among the customer's items of its kind, from 0.
    pub number: u64,
    pub ordered_on: Day,
    pub issued_on: Day,
    pub due_on: Day,
    pub cents: i64,
    pub currency: usize,
    pub business_unit: usize,
    pub salesperson: u32,
    /// Day of settlement if nobody had ever called; `None`: never.
    pub natural: Option<Day>,
    /// Day of settlement as it is; `None`: never.
    pub settles: Option<Day>,
    /// Paid early against 2 % discount.
    pub early: bool,
    /// Paid in advance because of a hold.
    pub prepaid: bool,
    pub dispute: Option<Dispute>,
    /// Days between the money and its application, where the payment named no invoice.
    pub unnamed_days: i32,
    /// Share of the amount that comes halfway, where payment is partial.
    pub part: Option<f64>,
    /// Credit note applied: number, day, cents.
    pub credit: Option<(u64, Day, i64)>,
    pub written_off: Option<Day>,
    pub placed: bool,
    pub level: i64,
    /// True probabilities that the item is unsettled [`TRUTH_DAYS`] after the due day, if nobody calls.
    pub late: [f64; TRUTH_DAYS.len()],
}

impl Item {
    /// Tells whether something is open at the end of a day.
    pub(super) fn is_open(&self, day: Day) -> bool {
        self.settles.is_none_or(|settles| settles > day) && self.written_off.is_none_or(|written_off| written_off > day)
    }

    /// Tells whether a dispute is open at the end of a day.
    pub(super) fn in_dispute(&self, day: Day) -> bool {
        self.dispute
            .is_some_and(|dispute| dispute.opened_on <= day && dispute.closed_on > day)
    }
}

/// A document about to be issued.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    pub kind: ItemKind,
    pub number: u64,
    pub issued_on: Day,
    pub due_on: Day,
    pub cents: i64,
    pub currency: usize,
}

/// An order, billed or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub ordered_on: Day,
    pub billed_on: Option<Day>,
    pub cancelled_on: Option<Day>,
    pub cents: i64,
    pub currency: usize,
    pub margin: i64,
}

/// All that happens to one customer.
pub(super) struct Life {
    pub customer: Customer,
    pub items: Vec<Item>,
    pub orders: Vec<Order>,
    pub collection: Collection,
}

impl Life {
    /// Lives the life of a customer, week by week.
    pub(super) fn simulate(world: &World, number: u64) -> Life {
        let mut dice = customer::life(world, number);
        let customer = Customer::draw(world, number, &mut dice);
        let schedule = schedule(world, &customer, &mut dice);
        let mut life = Life {
            collection: Collection::new(world, &customer),
            items: Vec::with_capacity(schedule.len() + schedule.len() / 50),
            orders: Vec::with_capacity(schedule.len() + schedule.len() / 20),
            customer,
        };
        let mut sales = schedule.into_iter().peekable();
        let mut waiting: Vec<(Day, Day)> = Vec::new();
        let mut review_on = world.first_day + (number % 5) as i32;
        loop {
            let last_review = review_on >= world.last_day;
            let today = review_on.min(world.last_day);
            while let Some((ordered_on, issued_on)) = sales.next_if(|(_, issued_on)| *issued_on <= today) {
                if !life.collection.on_hold() {
                    life.bill(world, &mut dice, ordered_on, issued_on, false);
                } else if dice.chance(0.5) {
                    // Shipped during a hold, against payment in advance.
                    life.bill(world, &mut dice, ordered_on, issued_on, true);
                } else {
                    waiting.push((ordered_on, issued_on + 20));
                    life.lose_an_order(&mut dice, ordered_on, issued_on, today);
                }
            }
            // Orders that a hold has stopped go out when it ends, or against payment in advance when they waited long.
            let on_hold = life.collection.on_hold();
            for (ordered_on, _) in waiting.extract_if(.., |(_, until)| !on_hold || *until <= today || last_review) {
                life.bill(world, &mut dice, ordered_on, today, on_hold);
            }
            Collection::review(&mut life, world, today, &mut dice);
            if last_review {
                break;
            }
            review_on = review_on + 7;
        }
        life.take_open_orders(world, &mut dice);
        life
    }

    /// Issues an invoice for an order.
    fn bill(&mut self, world: &World, dice: &mut Dice, ordered_on: Day, issued_on: Day, prepaid: bool) {
        let cents = self.draw_cents(dice);
        let currency = match self.customer.second_currency {
            Some(second) if dice.chance(0.25) => second,
            _ => self.customer.country.currency,
        };
        let number = self.items.iter().rev().find(|item| item.kind == ItemKind::Invoice);
        let number = number.map_or(0, |item| item.number + 1);
        self.orders.push(Order {
            ordered_on,
            billed_on: Some(issued_on),
            cancelled_on: None,
            cents,
            currency,
            margin: margin(dice, cents),
        });
        let draft = Draft {
            kind: ItemKind::Invoice,
            number,
            issued_on,
            due_on: issued_on + self.customer.terms,
            cents,
            currency,
        };
        let mut item = self.item(world, dice, draft);
        item.ordered_on = ordered_on;
        if prepaid {
            item.prepaid = true;
            item.natural = Some(issued_on);
            item.settles = Some(issued_on);
            (item.dispute, item.part, item.early, item.unnamed_days) = (None, None, false, 0);
            item.late = [0.0; TRUTH_DAYS.len()];
        }
        self.collection.open(self.items.len());
        self.items.push(item);
    }

    /// Turns a draft into an item, with its fate.
    pub(super) fn item(&self, world: &World, dice: &mut Dice, draft: Draft) -> Item {
        let Draft {
            kind,
            number,
            issued_on,
            due_on,
            cents,
            currency,
        } = draft;
        let customer = &self.customer;
        let business_unit = dice.weighted(&[0.2, 0.4, 0.3, 0.1]);
        let mixture = customer.delays(world, world.calendar.month_of(due_on), cents as f64 / customer.typical);
        // Projects are disputed most; small documents hardly.
        let dispute_share = customer.dispute_share * [1.0, 0.8, 1.0, 2.0][business_unit];
        let objection_on = issued_on + 5 + (due_on - issued_on) / 3;
        let fate = Fate {
            customer,
            mixture,
            due_on,
            dispute_share,
            objection_on,
        };
        let mut item = Item {
            kind,
            number,
            ordered_on: issued_on,
            issued_on,
            due_on,
            cents,
            currency,
            business_unit,
            salesperson: dice.below(12) + 1,
            natural: None,
            settles: None,
            early: false,
            prepaid: false,
            dispute: None,
            unnamed_days: 0,
            part: None,
            credit: None,
            written_off: None,
            placed: false,
            level: 0,
            late: TRUTH_DAYS.map(|days| fate.late(world, days)),
        };
        fate.draw(world, dice, &mut item);
        item.settles = item.natural;
        let part_share = match customer.state_on(world, due_on) {
            State::Healthy => 0.02,
            State::Strained => 0.12,
            State::Distressed | State::Insolvent => 0.30,
        };
        if !item.early && item.dispute.is_none() && item.unnamed_days == 0 && dice.chance(part_share) {
            item.part = Some(f64::from(dice.between(3, 7)) / 10.0);
        }
        item
    }

    fn draw_cents(&self, dice: &mut Dice) -> i64 {
        let cents = (self.customer.typical * dice.factor(0.6)).clamp(500.0, 2e10) as i64;
        // Some prices are round.
        if dice.chance(0.2) {
            (cents / 1000 + 1) * 1000
        } else {
            cents
        }
    }

    /// Records an order that went elsewhere because of a hold.
    fn lose_an_order(&mut self, dice: &mut Dice, ordered_on: Day, stopped_on: Day, today: Day) {
        if dice.chance(0.5) {
            let cents = self.draw_cents(dice);
            self.orders.push(Order {
                ordered_on,
                billed_on: None,
                cancelled_on: Some(stopped_on.min(today)),
                cents,
                currency: self.customer.country.currency,
                margin: margin(dice, cents),
            });
        }
    }

    /// Adds the orders of the last weeks that are not billed yet.
    fn take_open_orders(&mut self, world: &World, dice: &mut Dice) {
        let a_month = self.customer.n_invoices as f64 / world.n_months as f64;
        let alive = self.customer.state_on(world, world.last_day) != State::Insolvent;
        let expected = if alive { a_month * 0.3 } else { 0.0 };
        let count = expected as u64 + u64::from(dice.chance(expected.fract()));
        for _ in 0..count {
            let cents = self.draw_cents(dice);
            self.orders.push(Order {
                ordered_on: (world.last_day - dice.between(0, 9)).max(self.customer.since),
                billed_on: None,
                cancelled_on: None,
                cents,
                currency: self.customer.country.currency,
                margin: margin(dice, cents),
            });
        }
    }
}

fn margin(dice: &mut Dice, cents: i64) -> i64 {
    (cents as f64 * (0.22 + 0.12 * dice.normal())) as i64
}

/// Returns the days of order and issue of a customer's invoices, by day of issue.
fn schedule(world: &World, customer: &Customer, dice: &mut Dice) -> Vec<(Day, Day)> {
    let from = customer.since.max(world.first_day);
    let first_month = world.calendar.month_of(from);
    let growth = 0.004 + 0.01 * dice.normal();
    let billing_weekday = dice.below(5);
    // Sales follow season and growth; an insolvent customer buys nothing, a distressed one less.
    let mut sum = 0.0;
    let sums: Vec<f64> = (first_month..world.n_months)
        .map(|month| {
            let season = INDUSTRIES[customer.industry].season[world.calendar.month(month).number() as usize - 1];
            let appetite = match customer.states[month] {
                State::Healthy => 1.0,
                State::Strained => 0.9,
                State::Distressed => 0.5,
                State::Insolvent => 0.0,
            };
            sum += season * appetite * libm::exp(growth * month as f64);
            sum
        })
        .collect();
    let n = customer.n_invoices;
    let mut month = 0;
    let mut days: Vec<(Day, Day)> = (0..n)
        .map(|number| {
            let position = (number as f64 + dice.uniform()) / n as f64 * sum;
            while month + 1 < sums.len() && sums[month] <= position {
                month += 1;
            }
            let (first, last) = (
                world.calendar.first(first_month + month).max(from),
                world.calendar.last(first_month + month),
            );
            let day = dice.day(first, last);
            // Three of four invoices go out on the weekly billing day, the others on any working day.
            let billed = if dice.chance(0.75) {
                day + ((billing_weekday + 7 - day.weekday()) % 7) as i32
            } else {
                day + [0, 0, 0, 0, 0, 2, 1][day.weekday() as usize]
            };
            let issued_on = if billed > world.last_day {
                (billed - 7).max(from)
            } else {
                billed
            };
            ((issued_on - dice.between(1, 12)).max(from).min(issued_on), issued_on)
        })
        .collect();
    days.sort_by_key(|&(ordered_on, issued_on)| (issued_on, ordered_on));
    days
}
