//! What the seller does about a customer, week by week: reminders, contacts, promises, holds, agencies, write-offs.
//!
//! Contacts are selective (large and old accounts first) and move payments only of customers who can be persuaded. Both
//! outcomes of each selected contact, made and not made, are written down; a randomised share is never contacted.

use super::actions::{Contact, Hold, Placement, Plan, Promise, Rebate, Step};
use super::customer::{Customer, Habit, Limit, State};
use super::dice::{Dice, Purpose};
use super::life::{Draft, Item, ItemKind, Life};
use super::world::{AGENCIES, World};
use crate::calendar::Day;

/// Days past due at which each level of reminder goes out.
const LEVELS: [i32; 4] = [5, 20, 45, 75];
/// Days past due after which a claim may go to an agency.
const PLACEMENT_DAYS: i32 = 92;
/// Days past due after which a claim is written off.
const WRITE_OFF_DAYS: i32 = 180;
/// Days over which the effect of a contact is written down.
const EFFECT_DAYS: i32 = 30;

/// The seller's side of a customer's life.
pub(super) struct Collection {
    dice: Dice,
    /// Positions of the items that may still be open.
    open: Vec<usize>,
    quiet_until: Day,
    month: usize,
    pub contacts: Vec<Contact>,
    pub promises: Vec<Promise>,
    pub plans: Vec<Plan>,
    pub steps: Vec<Step>,
    pub placements: Vec<Placement>,
    pub holds: Vec<Hold>,
    pub rebates: Vec<Rebate>,
}

/// What is overdue on a review day.
struct Overdue {
    /// Positions of overdue items that are not in dispute, in order of issue.
    items: Vec<usize>,
    cents: i64,
    /// Position and days past due of the oldest.
    oldest: Option<(usize, i32)>,
}

impl Collection {
    pub(super) fn new(world: &World, customer: &Customer) -> Collection {
        Collection {
            dice: Dice::new(world.seed, Purpose::Collection, customer.number),
            open: Vec::new(),
            quiet_until: world.first_day,
            month: 0,
            contacts: Vec::new(),
            promises: Vec::new(),
            plans: Vec::new(),
            steps: Vec::new(),
            placements: Vec::new(),
            holds: Vec::new(),
            rebates: Vec::new(),
        }
    }

    /// Takes note of a new item.
    pub(super) fn open(&mut self, position: usize) {
        self.open.push(position);
    }

    /// Tells whether orders are stopped.
    pub(super) fn on_hold(&self) -> bool {
        self.holds.last().is_some_and(|hold| hold.released_on.is_none())
    }

    /// Looks at the account at the end of a day and acts.
    pub(super) fn review(life: &mut Life, world: &World, today: Day, dice: &mut Dice) {
        let Life {
            customer,
            items,
            collection,
            ..
        } = life;
        collection.open.retain(|&position| items[position].is_open(today));
        let overdue = collection.overdue(items, today);
        collection.remind(items, &overdue, today);
        collection.contact(world, customer, items, &overdue, today);
        collection.hold(customer, items, &overdue, today);
        let month = world.calendar.month_of(today);
        if month != collection.month {
            collection.month = month;
            collection.place(customer, items, today);
            collection.write_off(customer, items, today);
            collection.rebate(customer, items, today);
            life.charge(world, dice, &overdue, today);
        }
    }

    fn overdue(&self, items: &[Item], today: Day) -> Overdue {
        let mut overdue = Overdue {
            items: Vec::new(),
            cents: 0,
            oldest: None,
        };
        for &position in &self.open {
            let item = &items[position];
            let days = today - item.due_on;
            if days > 6 && !item.in_dispute(today) {
                overdue.items.push(position);
                overdue.cents += item.cents;
                if overdue.oldest.is_none_or(|(_, oldest)| days > oldest) {
                    overdue.oldest = Some((position, days));
                }
            }
        }
        overdue
    }

    fn remind(&mut self, items: &mut [Item], overdue: &Overdue, today: Day) {
        let Some((position, days)) = overdue.oldest else { return };
        let level = items[position].level as usize;
        if level < LEVELS.len() && days >= LEVELS[level] {
            items[position].level += 1;
            self.steps.push(Step {
                item: position,
                level: items[position].level,
                on: today,
            });
        }
    }

    fn contact(&mut self, world: &World, customer: &Customer, items: &mut [Item], overdue: &Overdue, today: Day) {
        let Some((oldest, days)) = overdue.oldest else { return };
        let state = customer.state_on(world, today);
        if today < self.quiet_until || state == State::Insolvent {
            return;
        }
        // Large and old accounts are selected first, as everywhere.
        let large = overdue.cents as f64 > 1.5 * customer.typical;
        let selected = 0.12
            + if large { 0.25 } else { 0.0 }
            + if days >= 20 { 0.25 } else { 0.0 }
            + if days >= 45 { 0.20 } else { 0.0 };
        if !self.dice.chance(selected) {
            return;
        }
        self.quiet_until = today + self.dice.between(9, 20);
        let reached = self.dice.chance(0.75);
        let persuaded = reached
            && self.dice.chance(match state {
                State::Healthy => customer.persuadable,
                State::Strained => 0.8 * customer.persuadable,
                State::Distressed | State::Insolvent => 0.3 * customer.persuadable,
            });
        let promised_on = today + self.dice.between(4, 14);
        // Who is strained and owes much gets a plan instead of promising all of it.
        let troubled = state >= State::Strained && overdue.cents as f64 > 2.0 * customer.typical;
        let plan = (reached && troubled && self.dice.chance(0.3)).then(|| Plan {
            agreed_on: today,
            n_instalments: self.dice.between(3, 6),
            cents: overdue.cents,
            autopay: self.dice.chance(0.3),
        });
        let promises = reached && plan.is_none() && self.dice.chance(if persuaded { 0.6 } else { 0.25 });
        // A kept promise pays all of it, a half-kept one every other item; without a promise payment just comes sooner.
        let kept_in_full = self.dice.chance(0.75);
        let pace = 0.1 + 0.4 * self.dice.uniform();
        let paid_on = promised_on - self.dice.between(0, 3);
        let sooner = |item: &Item, order: usize| -> Option<Day> {
            let moved = match item.settles {
                _ if !persuaded => return item.settles,
                _ if let Some(plan) = plan => {
                    plan.due_on((order as i64 * i64::from(plan.n_instalments) / overdue.items.len() as i64) as i32)
                }
                _ if promises && (kept_in_full || order.is_multiple_of(2)) => paid_on,
                Some(settles) => today + 1 + libm::ceil(f64::from(settles - today - 1) * pace) as i32,
                None if item.natural.is_none() && customer.habit != Habit::Erratic => return None,
                None => today + 25,
            };
            let payable = customer.insolvent_on.is_none_or(|insolvent_on| moved <= insolvent_on);
            // Money on its way, not yet applied, is not called for.
            let coming = item
                .settles
                .is_some_and(|settles| settles <= moved || settles - item.unnamed_days <= today);
            if coming || !payable { item.settles } else { Some(moved) }
        };
        let soon = |settles: Option<Day>| settles.is_some_and(|settles| settles <= today + EFFECT_DAYS);
        let (mut settled_with, mut settled_without) = (0, 0);
        for (order, &position) in overdue.items.iter().enumerate() {
            let item = &mut items[position];
            let moved = sooner(item, order);
            settled_without += if soon(item.settles) { item.cents } else { 0 };
            settled_with += if soon(moved) { item.cents } else { 0 };
            if !customer.held_out {
                if moved != item.settles {
                    item.unnamed_days = 0;
                }
                item.settles = moved;
            }
        }
        let call = self.dice.chance(0.7);
        self.contacts.push(Contact {
            on: today,
            item: oldest,
            made: !customer.held_out,
            reached,
            persuaded,
            channel: if call { "call" } else { "e-mail" },
            outcome: match (reached, promises, plan) {
                (true, _, Some(_)) => "plan",
                (true, true, None) => "promise",
                (true, false, None) => "no commitment",
                (false, ..) => "not reached",
            },
            minutes: f64::from(self.dice.between(2, if reached { 18 } else { 5 })),
            overdue: overdue.cents,
            settled_with,
            settled_without,
        });
        if customer.held_out {
            return;
        }
        self.plans.extend(plan);
        if promises {
            self.promises.push(Promise {
                made_on: today,
                promised_on,
                item: (overdue.items.len() == 1).then_some(oldest),
                cents: overdue.cents,
            });
        }
    }

    fn hold(&mut self, customer: &Customer, items: &[Item], overdue: &Overdue, today: Day) {
        let oldest = overdue.oldest.map_or(0, |(_, days)| days);
        if let Some(hold) = self.holds.last_mut().filter(|hold| hold.released_on.is_none()) {
            let patience = if hold.by_rule { 0.05 } else { 0.15 };
            if today > hold.placed_on && (oldest < 20 || self.dice.chance(patience)) {
                hold.released_on = Some(today);
            }
            return;
        }
        if oldest < 40 {
            return;
        }
        let open: i64 = self.open.iter().map(|&position| items[position].cents).sum();
        let over_limit = matches!(customer.limit, Limit::Cents(cents) if open > cents);
        let heavy = overdue.cents as f64 > 2.0 * customer.typical;
        let probability = 0.05 + if over_limit { 0.25 } else { 0.0 } + if heavy && oldest > 60 { 0.35 } else { 0.0 };
        if self.dice.chance(probability) {
            let by_rule = over_limit || heavy;
            self.holds.push(Hold {
                placed_on: today,
                released_on: None,
                by_rule,
                reason: match (over_limit, heavy) {
                    (true, _) => "limit exceeded",
                    (false, true) => "overdue over 60 days",
                    (false, false) => "credit manager's decision",
                },
            });
        }
    }

    fn place(&mut self, customer: &Customer, items: &mut [Item], today: Day) {
        for &position in &self.open {
            let item = &mut items[position];
            let worth_it = item.cents as f64 > 0.4 * customer.typical && today - item.due_on > PLACEMENT_DAYS;
            if item.placed || !worth_it || item.in_dispute(today) || !self.dice.chance(0.4) {
                continue;
            }
            item.placed = true;
            let agency = self.dice.below(AGENCIES.len() as u32) as usize;
            let pays_on = today + self.dice.between(15, 70);
            let solvent = customer.insolvent_on.is_none_or(|insolvent_on| pays_on <= insolvent_on);
            let succeeds = self.dice.chance(AGENCIES[agency].1) && solvent;
            if succeeds && item.settles.is_none_or(|settles| settles > pays_on) {
                item.settles = Some(pays_on);
                item.unnamed_days = 0;
            }
            let recalled_on = today + 120;
            let placement = Placement {
                item: position,
                agency,
                placed_on: today,
                recalled_on: item
                    .settles
                    .map_or(recalled_on, |settles| settles.clamp(today, recalled_on)),
            };
            self.placements.push(placement);
        }
    }

    fn write_off(&mut self, customer: &Customer, items: &mut [Item], today: Day) {
        let bankrupt = customer
            .insolvent_on
            .is_some_and(|insolvent_on| insolvent_on + 60 <= today);
        for &position in &self.open {
            let days = today - items[position].due_on;
            let old = days > WRITE_OFF_DAYS || bankrupt && days > 90;
            let placed = self
                .placements
                .iter()
                .rev()
                .any(|placement| placement.item == position && placement.recalled_on >= today);
            let item = &mut items[position];
            // Nothing is written off while its money is on the way.
            let coming = item.settles.is_some_and(|settles| settles <= today + 15);
            if old && !placed && !coming && !item.in_dispute(today) && self.dice.chance(0.6) {
                item.written_off = Some(today);
            }
        }
    }

    fn rebate(&mut self, customer: &Customer, items: &mut [Item], today: Day) {
        let share = 0.01 + 0.04 * self.dice.uniform();
        if items.is_empty() || !self.dice.chance(0.03) {
            return;
        }
        let number = self.rebates.len() as u64;
        let cents = ((customer.typical * share * 3.0) as i64).max(100);
        let applied_on = today + self.dice.between(1, 12);
        let applies = self.dice.chance(0.6);
        // It is set against the oldest item in the home currency that is large enough and open long enough.
        let target = self.open.iter().copied().find(|&position| {
            let item = &items[position];
            let stays_open = item
                .settles
                .is_none_or(|settles| settles - item.unnamed_days > applied_on);
            let free =
                item.credit.is_none() && item.written_off.is_none() && item.dispute.is_none() && item.part.is_none();
            stays_open && free && item.currency == customer.country.currency && item.cents > 4 * cents
        });
        if let Some(position) = target.filter(|_| applies) {
            items[position].credit = Some((number, applied_on, cents));
        }
        self.rebates.push(Rebate {
            number,
            issued_on: today,
            cents,
        });
    }
}

impl Life {
    /// Issues a finance charge for late payment, or a debit note for a price that was too low.
    fn charge(&mut self, world: &World, dice: &mut Dice, overdue: &Overdue, today: Day) {
        let (kind, cents) = match overdue.oldest {
            Some((_, days)) if days > 30 && dice.chance(0.12) => (ItemKind::FinanceCharge, overdue.cents / 100),
            _ if !self.items.is_empty() && dice.chance(0.008) => {
                (ItemKind::DebitNote, (self.customer.typical * 0.05) as i64)
            }
            _ => return,
        };
        if self.customer.state_on(world, today) == State::Insolvent {
            return;
        }
        let number = self.items.iter().filter(|item| item.kind == kind).count() as u64;
        let draft = Draft {
            kind,
            number,
            issued_on: today,
            due_on: today + 14,
            cents: cents.max(500),
            currency: self.customer.country.currency,
        };
        let item = self.item(world, dice, draft);
        self.collection.open.push(self.items.len());
        self.items.push(item);
    }
}
