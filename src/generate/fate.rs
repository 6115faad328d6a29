//! What becomes of one item: the draw, and the true probabilities behind it.

use super::customer::Customer;
use super::delay::Mixture;
use super::dice::Dice;
use super::life::{Dispute, Item, Outcome};
use super::world::World;
use crate::calendar::Day;

/// What decides about the settlement of one item, as the truth knows it on the day of issue.
pub(super) struct Fate<'a> {
    pub customer: &'a Customer,
    pub mixture: Mixture,
    pub due_on: Day,
    pub dispute_share: f64,
    pub objection_on: Day,
}

/// Scale in days of the time to resolve a dispute (Weibull, shape 2), and days from resolution to settlement.
const DISPUTE_SCALE: f64 = 45.0;
const DAYS_AFTER_DISPUTE: i32 = 4;

impl Fate<'_> {
    /// Returns the true probability that the item is not settled at the end of `days` after the due day.
    pub(super) fn late(&self, world: &World, days: i32) -> f64 {
        let early = self.customer.early_share;
        // Money comes on payment days only, and none comes after insolvency.
        let unpaid = |days: i32| {
            let last_run = self.customer.rhythm.on_or_before(&world.calendar, self.due_on + days);
            (1.0 - early) * self.mixture.survival(f64::from(self.capped(last_run)))
        };
        let unresolved = {
            let answered = self.capped(self.due_on + days) - DAYS_AFTER_DISPUTE - (self.objection_on - self.due_on);
            let ratio = f64::from(answered.max(0)) / DISPUTE_SCALE;
            libm::exp(-ratio * ratio)
        };
        let disputed = 1.0 - (1.0 - unpaid(days)) * (1.0 - unresolved);
        let unnamed = self.customer.unnamed_share;
        let named = (1.0 - unnamed) * unpaid(days) + unnamed * unpaid(days - self.customer.unnamed_days);
        self.dispute_share * disputed + (1.0 - self.dispute_share) * named
    }

    /// Returns the days from the due day to `day`, or to insolvency where that is earlier.
    fn capped(&self, day: Day) -> i32 {
        self.customer
            .insolvent_on
            .map_or(day, |insolvent_on| day.min(insolvent_on))
            - self.due_on
    }

    /// Draws what happens.
    pub(super) fn draw(&self, world: &World, dice: &mut Dice, item: &mut Item) {
        let customer = self.customer;
        let before_insolvency = |day: &Day| customer.insolvent_on.is_none_or(|insolvent_on| *day <= insolvent_on);
        item.early = dice.chance(customer.early_share);
        let paid = if item.early {
            Some(item.issued_on + 8 + dice.between(0, 2))
        } else {
            let days = self.mixture.draw(dice);
            days.map(|days| customer.rhythm.on_or_after(&world.calendar, self.due_on + days))
        }
        .filter(before_insolvency);
        if !dice.chance(self.dispute_share) {
            if dice.chance(customer.unnamed_share) {
                item.unnamed_days = customer.unnamed_days;
            }
            item.natural = paid.map(|paid| paid + item.unnamed_days);
            return;
        }
        let days = libm::ceil(DISPUTE_SCALE * libm::sqrt(-dice.log_uniform())) as i32;
        let closed_on = self.objection_on + days.max(1);
        let outcome = [Outcome::Credited, Outcome::PartlyCredited, Outcome::Rejected][dice.weighted(&[0.3, 0.3, 0.4])];
        let share = match outcome {
            Outcome::PartlyCredited => 0.1 + 0.5 * dice.uniform(),
            _ => 1.0,
        };
        item.dispute = Some(Dispute {
            opened_on: self.objection_on,
            closed_on,
            reason: ["price", "quantity", "damage", "late delivery", "no purchase order"]
                [dice.weighted(&[0.35, 0.2, 0.15, 0.15, 0.15])],
            outcome,
            cents: ((item.cents as f64 * share) as i64).clamp(1, item.cents),
        });
        item.early = false;
        item.natural = paid
            .map(|paid| paid.max(closed_on + DAYS_AFTER_DISPUTE))
            .filter(before_insolvency);
    }
}
