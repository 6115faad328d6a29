//! What a line of the worklist says: why the contact is worth it, and what to talk about.

use super::collectable::Collectable;
use super::{Desk, broken_promises};
use crate::decide::position::Position;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{Nature, Posting};
use crate::money::Total;

impl Desk<'_> {
    pub(super) fn reasons(
        &self,
        position: &Position,
        collectable: &[Collectable],
        money: Total,
        probability: Option<f64>,
    ) -> Vec<String> {
        let is_late = |item: &&Collectable| item.days_past_due.is_some_and(|days| days > 0);
        let late: Total = collectable.iter().filter(is_late).map(|item| item.money).sum();
        let mut reasons = Vec::new();
        let currency = self.converter.base();
        if let (true, Some(days)) = (late > Total::ZERO, position.oldest_days()) {
            reasons.push(format!(
                "{late} {currency} overdue and free to collect, oldest {days} days"
            ));
        }
        if money > late {
            reasons.push(format!(
                "{} {currency} due within {} days",
                money - late,
                self.policy.action_window_days
            ));
        }
        match broken_promises(position) {
            0 => {}
            1 => reasons.push("1 broken promise".to_owned()),
            n => reasons.push(format!("{n} broken promises")),
        }
        if let Some(probability) = probability {
            let what = if self.delinquency.from_scores {
                "scored"
            } else {
                "late share"
            };
            reasons.push(format!("{what} {:.0} % likely to pay late", probability * 100.0));
        }
        reasons.extend(self.delinquency.reasons(position.customer).iter().take(2).cloned());
        reasons
    }

    pub(super) fn talking_points(&self, position: &Position) -> Vec<String> {
        let mut points = Vec::new();
        let mut broken = position.promises.iter().filter(|judged| judged.outcome.fell_short());
        if let Some(last) = broken.next_back() {
            points.push(format!(
                "promised {} for {}, {} came",
                last.promise.amount, last.promise.promised_on, last.paid
            ));
        }
        let disputed: Total = position.items.iter().map(|item| item.disputed).sum();
        if disputed > Total::ZERO {
            points.push(format!("{disputed} {} in dispute", self.converter.base()));
        }
        if position.unapplied > Total::ZERO {
            points.push(format!(
                "{} {} of unapplied cash and credits to allocate",
                position.unapplied,
                self.converter.base()
            ));
        }
        match self.last_payment(position.customer) {
            Some(posting) => points.push(format!(
                "last payment {} {} on {}",
                -posting.delta, posting.currency, posting.on
            )),
            None => points.push("never paid so far".to_owned()),
        }
        points
    }

    fn last_payment(&self, customer: CustomerIx) -> Option<Posting> {
        let day = self.as_of.0;
        let history = CustomerHistory::of(self.ledger, customer, Some(day));
        let is_cash = |posting: &&Posting| posting.nature == Nature::Cash && posting.on <= day;
        let on_documents = history
            .documents()
            .filter_map(|item| item.postings().filter(is_cash).last());
        let unapplied = history.unapplied().filter(is_cash);
        on_documents.chain(unapplied).max_by_key(|posting| posting.on).copied()
    }
}
