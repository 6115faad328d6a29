//! What a contact can move: what is due soon or overdue, after everything that covers it.

use super::Desk;
use crate::decide::position::Position;
use crate::money::Total;

/// Collectable money of one item after everything that covers it.
pub(super) struct Collectable {
    pub days_past_due: Option<i32>,
    pub money: Total,
}

impl Desk<'_> {
    /// Takes off, in this order, what is disputed, promised and unapplied; says what left nothing.
    pub(super) fn collectable(&self, position: &Position) -> Result<Vec<Collectable>, String> {
        let in_window = |days: i32| days >= -self.policy.action_window_days;
        let items: Vec<_> = position
            .items
            .iter()
            .filter(|item| item.days_past_due.is_some_and(in_window))
            .collect();
        let claims: Total = items.iter().map(|item| item.open).sum();
        if claims.is_zero() {
            return Err(format!("nothing due within {} days", self.policy.action_window_days));
        }
        let disputed: Total = items.iter().map(|item| item.disputed).sum();
        if disputed == claims {
            return Err("dispute open on all that is due".to_owned());
        }
        let promised: Total = items.iter().map(|item| item.promised).sum();
        if disputed + promised == claims {
            let until = items.iter().filter_map(|item| item.promised_on).max();
            let until = until.map(|day| format!(" until {day}")).unwrap_or_default();
            return Err(format!("promise pending{until}"));
        }
        let mut unapplied = position.unapplied.max(Total::ZERO);
        let mut collectable = Vec::with_capacity(items.len());
        for item in items {
            let free = item.open - item.disputed - item.promised;
            let covered = unapplied.min(free);
            unapplied -= covered;
            if free > covered {
                collectable.push(Collectable {
                    days_past_due: item.days_past_due,
                    money: free - covered,
                });
            }
        }
        let left: Total = collectable.iter().map(|item| item.money).sum();
        if left.is_zero() {
            return Err(format!("unapplied cash and credits of {} cover it", position.unapplied));
        }
        if left < self.policy.min_collectable {
            return Err(format!(
                "small balance: {left} collectable, below {}",
                self.policy.min_collectable
            ));
        }
        Ok(collectable)
    }
}
