//! The steps of the ladder and what follows after the last, as declared.

use std::collections::BTreeSet;

use crate::forecast::{Problems, TimingParams};
use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::money::{Amount, SCALE, Total};

/// One step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LadderStep {
    /// What it is called.
    pub name: String,
    /// Days from the item's due day; below zero for a reminder before it.
    pub days: i32,
    /// Least days since the step before it, at least 1.
    pub gap_days: i32,
    /// How the customer is contacted.
    pub channel: String,
    /// Key of the letter's text.
    pub letter: String,
    /// Least money that has fallen due and is free to collect from the customer, in the item's own currency; before the due day, of the item
    /// itself.
    pub min_amount: Total,
}

/// When a claim that is through the ladder goes to somebody else; money in the claim's own currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitRule {
    /// Days past due from which it may go.
    pub days_past_due: i32,
    /// Least sum of the customer's claims that go together.
    pub min_amount: Total,
}

/// When a claim that is through the ladder is to be given up; money in the claim's own currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOffRule {
    /// Days past due from which a claim that is small, or not worth its cost, is given up.
    pub days_past_due: i32,
    /// Largest claim that is small.
    pub small_amount: Total,
    /// Days past due from which any claim is given up that went nowhere else.
    pub any_days_past_due: i32,
}

/// The ladder and what follows after its last step.
#[derive(Clone, Debug, PartialEq)]
pub struct EscalationPolicy {
    /// The steps by day. A first step with days below zero is the reminder before the due day, level 0; the others are levels 1, 2, and on.
    pub steps: Vec<LadderStep>,
    /// Days that an item must have been settled before, reopened, it starts at level 1 again.
    pub new_cycle_after_days: i32,
    /// Least days between two contacts of a customer, at least 1.
    pub days_between_contacts: i32,
    /// Days after a promised day, and the due day of an instalment of a plan, on which money still keeps it.
    pub promise_tolerance_days: i32,
    /// Customer attribute that names the language of letters.
    pub language_by: String,
    /// Language where the attribute says nothing.
    pub default_language: String,
    /// Least days after the last step before a claim may go elsewhere.
    pub days_after_last_step: i32,
    /// When to give up.
    pub write_off: WriteOffRule,
    /// When to go to court.
    pub legal: ExitRule,
    /// When to go to an agency.
    pub agency: ExitRule,
    /// Cost of pursuing one claim further, in the claim's own currency.
    pub cost_per_claim: Total,
    /// Days ahead in which cash counts as expected recovery.
    pub recovery_days: i32,
    /// Days past due after which a claim is time-barred.
    pub limitation_days: i32,
    /// Days before that in which the limitation is a reason to act.
    pub limitation_warning_days: i32,
    /// How payment times are learnt, for the expected recovery.
    pub timing: TimingParams,
}

impl Default for EscalationPolicy {
    fn default() -> EscalationPolicy {
        let whole = |units: i64| -> Total { Amount::from_units(units * SCALE).into() };
        let step = |name: &str, days, gap_days, channel: &str, letter: &str, min_amount| LadderStep {
            name: name.to_owned(),
            days,
            gap_days,
            channel: channel.to_owned(),
            letter: letter.to_owned(),
            min_amount: whole(min_amount),
        };
        EscalationPolicy {
            steps: vec![
                step("announcement", -5, 1, "email", "announcement", 5_000),
                step("reminder", 5, 1, "email", "reminder", 10),
                step("second reminder", 20, 10, "email", "second_reminder", 10),
                step("call", 45, 14, "call", "call", 100),
                step("final notice", 75, 14, "letter", "final_notice", 100),
            ],
            new_cycle_after_days: 30,
            days_between_contacts: 3,
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
            language_by: "language".to_owned(),
            default_language: "en".to_owned(),
            days_after_last_step: 14,
            write_off: WriteOffRule {
                days_past_due: 180,
                small_amount: whole(50),
                any_days_past_due: 720,
            },
            legal: ExitRule {
                days_past_due: 120,
                min_amount: whole(5_000),
            },
            agency: ExitRule {
                days_past_due: 90,
                min_amount: whole(250),
            },
            cost_per_claim: whole(25),
            recovery_days: 365,
            limitation_days: 1_095,
            limitation_warning_days: 90,
            timing: TimingParams::default(),
        }
    }
}

impl EscalationPolicy {
    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        self.check_steps(&mut problems);
        let days = [
            ("new_cycle_after_days", self.new_cycle_after_days, 0),
            ("days_between_contacts", self.days_between_contacts, 1),
            ("days_after_last_step", self.days_after_last_step, 0),
            ("write_off.days_past_due", self.write_off.days_past_due, 0),
            ("legal.days_past_due", self.legal.days_past_due, 0),
            ("agency.days_past_due", self.agency.days_past_due, 0),
            ("recovery_days", self.recovery_days, 1),
            ("limitation_days", self.limitation_days, 1),
            ("limitation_warning_days", self.limitation_warning_days, 0),
        ];
        for (key, days, least) in days {
            let expected = format!("{least} to 36500");
            problems.require((least..=36_500).contains(&days), key, expected, days);
        }
        let (any, from) = (self.write_off.any_days_past_due, self.write_off.days_past_due);
        let expected = format!("at least write_off.days_past_due {from}");
        problems.require(any >= from, "write_off.any_days_past_due", expected, any);
        let money = [
            ("write_off.small_amount", self.write_off.small_amount),
            ("legal.min_amount", self.legal.min_amount),
            ("agency.min_amount", self.agency.min_amount),
            ("cost_per_claim", self.cost_per_claim),
        ];
        for (key, money) in money {
            problems.require(money >= Total::ZERO, key, "at least 0", money);
        }
        problems.into_result()
    }

    fn check_steps(&self, problems: &mut Problems) {
        let n_levels = self.steps.iter().filter(|step| step.days >= 0).count();
        problems.require(n_levels > 0, "steps", "at least one from the due day on", n_levels);
        let mut names = BTreeSet::new();
        for (at, step) in self.steps.iter().enumerate() {
            let key = |field: &str| format!("steps[{at}].{field}");
            let (name, days, gap) = (&step.name, step.days, step.gap_days);
            let is_new = !name.is_empty() && names.insert(name);
            problems.require(is_new, &key("name"), "a name of its own", format!("`{name}`"));
            let is_first = at == 0;
            let least = if is_first { -365 } else { 0 };
            let expected = format!("{least} to 3650");
            problems.require((least..=3_650).contains(&days), &key("days"), expected, days);
            problems.require((1..=3_650).contains(&gap), &key("gap_days"), "1 to 3650", gap);
            let min = step.min_amount;
            problems.require(min >= Total::ZERO, &key("min_amount"), "at least 0", min);
        }
        for (at, pair) in self.steps.windows(2).enumerate() {
            let key = format!("steps[{}].days", at + 1);
            let (before, after) = (pair[0].days, pair[1].days);
            problems.require(
                after > before,
                &key,
                format!("above {before}, that of the step before"),
                after,
            );
        }
    }

    /// Tells whether there is a reminder before the due day, level 0.
    pub fn has_announcement(&self) -> bool {
        self.steps.first().is_some_and(|step| step.days < 0)
    }

    /// Returns the step of a level; `None` beyond the last, and for level 0 where there is no reminder before the due day.
    pub fn step(&self, level: u32) -> Option<&LadderStep> {
        let at = match self.has_announcement() {
            true => level,
            false => level.checked_sub(1)?,
        };
        self.steps.get(at as usize)
    }

    /// Returns the number of the last level.
    pub fn last_level(&self) -> u32 {
        self.steps.len() as u32 - u32::from(self.has_announcement())
    }
}
