//! How far up the ladder an item stands in its present delinquency.

use super::policy::EscalationPolicy;
use super::step_log::DoneStep;
use crate::calendar::Day;
use crate::history::DocumentHistory;
use crate::money::Total;

/// What was done about an item since its present delinquency began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Day that the days of the ladder count from: the due day, or the day on which it reopened after a long settlement.
    pub anchor: Day,
    /// Level of the last completed step.
    pub level_done: Option<u32>,
    /// Day of the last completed step.
    pub last_done_on: Option<Day>,
}

impl Progress {
    /// Reads the steps known on a day, by day and level; an item without a due day has no progress.
    pub(super) fn of(
        item: &DocumentHistory<'_>,
        is_one_of_several: bool,
        steps: &[&DoneStep],
        as_of: Day,
        policy: &EscalationPolicy,
    ) -> Option<Progress> {
        let due_on = item.document.due_on?;
        let reopened_on = reopened_on(item, as_of, policy.new_cycle_after_days);
        let mut progress = Progress {
            anchor: reopened_on.map_or(due_on, |day| day.max(due_on)),
            level_done: None,
            last_done_on: None,
        };
        for step in steps
            .iter()
            .filter(|step| reopened_on.is_none_or(|day| step.done_on >= day))
        {
            let is_own = step.invoice == Some(item.first_instalment());
            if is_own && !is_one_of_several {
                progress.level_done = progress.level_done.max(Some(step.level.min(policy.last_level())));
                progress.last_done_on = Some(step.done_on);
            } else if is_own || step.invoice.is_none() {
                progress.share_step(item, step, policy);
            }
        }
        Some(progress)
    }

    /// A step that names no item of its own, but the account or an invoice of several instalments, is the item's own next step where that was due
    /// and not above it.
    fn share_step(&mut self, item: &DocumentHistory<'_>, step: &DoneStep, policy: &EscalationPolicy) {
        let day = step.done_on;
        if item.open_on(day) <= Total::ZERO {
            return;
        }
        let next = self.next_level(day, policy);
        let is_due = next.is_some_and(|next| next <= step.level && self.day_of(next, policy) <= day);
        if is_due {
            self.level_done = next;
            self.last_done_on = Some(day);
        }
    }

    /// Returns the level that comes next, seen on a day: one more than the last; `None` after the last step.
    ///
    /// The reminder before the due day lapses when that day has come.
    pub(super) fn next_level(&self, day: Day, policy: &EscalationPolicy) -> Option<u32> {
        let next = match self.level_done {
            Some(level) => level + 1,
            None => u32::from(!policy.has_announcement() || day >= self.anchor),
        };
        (next <= policy.last_level()).then_some(next)
    }

    /// Returns the first day on which a level may be done.
    pub(super) fn day_of(&self, level: u32, policy: &EscalationPolicy) -> Day {
        let Some(step) = policy.step(level) else {
            return Day::LATEST;
        };
        let by_days = self.anchor + step.days;
        self.last_done_on
            .map_or(by_days, |last| by_days.max(last + step.gap_days))
    }
}

/// Returns the day on which the item last reopened after it had been settled for more than `days`, by the end of `as_of`.
fn reopened_on(item: &DocumentHistory<'_>, as_of: Day, days: i32) -> Option<Day> {
    let mut open = Total::from(item.document.amount);
    let (mut settled_on, mut reopened_on) = (None, None);
    let mut postings = item.postings().take_while(|posting| posting.on <= as_of).peekable();
    while let Some(posting) = postings.next() {
        open += posting.delta;
        // What happens within a day is seen at its end.
        if postings.peek().is_some_and(|next| next.on == posting.on) {
            continue;
        }
        match (open > Total::ZERO, settled_on) {
            (false, None) => settled_on = Some(posting.on),
            (true, Some(since)) => {
                if posting.on - since > days {
                    reopened_on = Some(posting.on);
                }
                settled_on = None;
            }
            _ => {}
        }
    }
    reopened_on
}
