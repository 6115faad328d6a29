//! What a contact costs and what it is held to change: the declared side of the worklist.

use super::{PointsPolicy, WorklistOrder};
use crate::decide::LateShareParams;
use crate::decide::uplift::UpliftParams;
use crate::decide::whose::Whose;
use crate::forecast::Problems;
use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::money::{Amount, Total};

/// What to do about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// A reminder by e-mail.
    Email,
    /// A letter.
    Letter,
    /// A telephone call.
    Call,
    /// A call by somebody with authority to stop deliveries or hand over the case.
    Escalate,
}

impl Action {
    /// Returns the word in the column `action`.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Email => "email",
            Action::Letter => "letter",
            Action::Call => "call",
            Action::Escalate => "escalate",
        }
    }

    /// Returns the channel it usually takes, as contacts name it.
    pub fn channel(self) -> &'static str {
        match self {
            Action::Email => "e-mail",
            Action::Letter => "letter",
            Action::Call | Action::Escalate => "call",
        }
    }
}

/// What an action takes and how much of the response it earns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActionCost {
    /// Minutes of the collector.
    pub minutes: f64,
    /// Share of the declared response that this action earns, 0 to 2; a call earns 1.
    pub effect: f64,
}

/// The uplift of a contact for money up to an age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResponseBand {
    /// Last day past due of the band; `None`: no end.
    pub up_to_days: Option<i32>,
    /// P(paid inside the action window | contact) - P(paid | none), 0 to 1.
    pub uplift: f64,
}

/// What a contact changes, by age of the money.
///
/// A measured response has the same form; only `source` says which it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Bands by age, the last without an end.
    pub bands: Vec<ResponseBand>,
    /// Printed with every worklist: `declared, not measured`, or how it was measured.
    pub source: String,
}

impl Default for Response {
    fn default() -> Response {
        let band = |up_to_days, uplift| ResponseBand { up_to_days, uplift };
        Response {
            bands: vec![
                band(Some(0), 0.03),
                band(Some(30), 0.12),
                band(Some(60), 0.15),
                band(Some(90), 0.12),
                band(Some(180), 0.06),
                band(None, 0.02),
            ],
            source: "declared, not measured".to_owned(),
        }
    }
}

impl Response {
    /// Returns the uplift for money of an age; money without a due date counts as not due.
    pub fn uplift(&self, days_past_due: Option<i32>) -> f64 {
        let days = days_past_due.unwrap_or(0);
        let band = self
            .bands
            .iter()
            .find(|band| band.up_to_days.is_none_or(|last| days <= last));
        band.map_or(0.0, |band| band.uplift)
    }
}

/// Where the uplift of a contact comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpliftFrom {
    /// From contact history, where there is enough of it; else from the declared response.
    #[default]
    Measured,
    /// From the declared response alone.
    Declared,
}

impl UpliftFrom {
    /// Every source.
    pub const ALL: [UpliftFrom; 2] = [UpliftFrom::Measured, UpliftFrom::Declared];

    /// Returns the word of settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            UpliftFrom::Measured => "measured",
            UpliftFrom::Declared => "declared",
        }
    }
}

/// How the worklist ranks, excludes and recommends; money in the base currency.
#[derive(Clone, Debug, PartialEq)]
pub struct WorklistPolicy {
    /// By what contacts are put in order.
    pub order: WorklistOrder,
    /// Days ahead in which money that falls due is worth a contact today.
    pub action_window_days: i32,
    /// What a contact is declared to change.
    pub response: Response,
    /// Whether contact history is asked first.
    pub uplift_from: UpliftFrom,
    /// How contact history is asked.
    pub uplift: UpliftParams,
    /// Yearly cost of capital, 0.10 for 10 %.
    pub cost_of_capital: f64,
    /// Days by which money comes earlier when a contact works.
    pub days_gained: f64,
    /// Share of delinquent money that is lost in the end and that a contact that works avoids.
    pub loss_given_delinquency: f64,
    /// Cost of a collector's minute.
    pub cost_per_minute: f64,
    /// Minutes a collector has for contacts, where the collectors table says nothing.
    pub minutes_per_day: f64,
    /// Net collectable money below which nobody is contacted.
    pub min_collectable: Total,
    /// Days after a contact in which the customer is left alone.
    pub quiet_days: i32,
    /// Days after a step of the ladder in which the customer is left alone.
    pub step_quiet_days: i32,
    /// Most contacts of a natural person inside 7 days; `None`: no rule.
    pub consumer_contacts_in_7_days: Option<usize>,
    /// Days after a promised day on which money still keeps the promise.
    pub promise_tolerance_days: i32,
    /// Collectable money from which a call is worth more than a reminder.
    pub call_from: Total,
    /// Days past due from which smaller accounts get a letter.
    pub letter_from_days: i32,
    /// Days past due from which accounts can be escalated.
    pub escalate_from_days: i32,
    /// Broken promises from which an old account is escalated.
    pub escalate_broken_promises: usize,
    /// Cost and effect of a reminder by e-mail.
    pub email: ActionCost,
    /// Cost and effect of a letter.
    pub letter: ActionCost,
    /// Cost and effect of a call.
    pub call: ActionCost,
    /// Cost and effect of an escalation.
    pub escalate: ActionCost,
    /// Customer attribute that must be among a collector's territories; empty: none.
    pub territory_by: String,
    /// Customer attribute that must be among a collector's skills; empty: none.
    pub skill_by: String,
    /// Accounts that are to be contacted however little a contact is worth,
    pub strategic: Vec<Whose>,
    /// at least every so many days while something can be collected.
    pub strategic_every_days: i32,
    /// Points and priorities.
    pub points: PointsPolicy,
    /// Days after the as-of day on which the list is still good.
    pub valid_days: i32,
    /// The late share that stands in where no scores are given.
    pub late_share: LateShareParams,
}

impl Default for WorklistPolicy {
    fn default() -> WorklistPolicy {
        let whole = |units: i64| Amount::from_units(units * crate::money::SCALE).into();
        WorklistPolicy {
            order: WorklistOrder::default(),
            action_window_days: 14,
            response: Response::default(),
            uplift_from: UpliftFrom::default(),
            uplift: UpliftParams::default(),
            cost_of_capital: 0.10,
            days_gained: 30.0,
            loss_given_delinquency: 0.10,
            cost_per_minute: 0.75,
            minutes_per_day: 360.0,
            min_collectable: whole(50),
            quiet_days: 7,
            step_quiet_days: 1,
            consumer_contacts_in_7_days: None,
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
            call_from: whole(2_500),
            letter_from_days: 60,
            escalate_from_days: 90,
            escalate_broken_promises: 2,
            email: ActionCost {
                minutes: 1.0,
                effect: 0.5,
            },
            letter: ActionCost {
                minutes: 3.0,
                effect: 0.6,
            },
            call: ActionCost {
                minutes: 12.0,
                effect: 1.0,
            },
            escalate: ActionCost {
                minutes: 20.0,
                effect: 1.2,
            },
            territory_by: "region".to_owned(),
            skill_by: "segment".to_owned(),
            strategic: Vec::new(),
            strategic_every_days: 30,
            points: PointsPolicy::default(),
            valid_days: 1,
            late_share: LateShareParams::default(),
        }
    }
}

impl WorklistPolicy {
    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let days = self.action_window_days;
        problems.require((0..=90).contains(&days), "action_window_days", "0 to 90", days);
        let shares = [
            ("cost_of_capital", self.cost_of_capital),
            ("loss_given_delinquency", self.loss_given_delinquency),
        ];
        for (key, share) in shares {
            problems.require((0.0..=1.0).contains(&share), key, "0 to 1", share);
        }
        let positive = [
            ("days_gained", self.days_gained),
            ("cost_per_minute", self.cost_per_minute),
            ("minutes_per_day", self.minutes_per_day),
        ];
        for (key, number) in positive {
            problems.require(number >= 0.0 && number.is_finite(), key, "at least 0", number);
        }
        let money = [("min_collectable", self.min_collectable), ("call_from", self.call_from)];
        for (key, money) in money {
            problems.require(money >= Total::ZERO, key, "at least 0", money);
        }
        let days = [
            ("quiet_days", self.quiet_days),
            ("step_quiet_days", self.step_quiet_days),
            ("strategic_every_days", self.strategic_every_days),
            ("valid_days", self.valid_days),
            ("promise_tolerance_days", self.promise_tolerance_days),
            ("letter_from_days", self.letter_from_days),
            ("escalate_from_days", self.escalate_from_days),
        ];
        for (key, days) in days {
            problems.require((0..=3_650).contains(&days), key, "0 to 3650", days);
        }
        let actions = [
            ("email", self.email),
            ("letter", self.letter),
            ("call", self.call),
            ("escalate", self.escalate),
        ];
        for (name, cost) in actions {
            let (minutes, effect) = (cost.minutes, cost.effect);
            problems.require(
                minutes >= 0.0 && minutes.is_finite(),
                &format!("{name}.minutes"),
                "at least 0",
                minutes,
            );
            problems.require(
                (0.0..=2.0).contains(&effect),
                &format!("{name}.effect"),
                "0 to 2",
                effect,
            );
        }
        self.check_response(&mut problems);
        self.points.check(&mut problems);
        self.uplift.check(&mut problems);
        self.late_share.check(&mut problems);
        problems.into_result()
    }

    fn check_response(&self, problems: &mut Problems) {
        let bands = &self.response.bands;
        let ends = bands.last().is_some_and(|band| band.up_to_days.is_none());
        problems.require(ends, "response.bands", "closed by a band without an end", bands.len());
        for (at, band) in bands.iter().enumerate() {
            let key = format!("response.bands[{at}].uplift");
            problems.require((0.0..=1.0).contains(&band.uplift), &key, "0 to 1", band.uplift);
        }
        for (at, pair) in bands.windows(2).enumerate() {
            let key = format!("response.bands[{}].up_to_days", at + 1);
            let rises = match (pair[0].up_to_days, pair[1].up_to_days) {
                (Some(before), Some(after)) => before < after,
                (Some(_), None) => true,
                (None, _) => false,
            };
            let found = pair[1]
                .up_to_days
                .map_or("without an end".to_owned(), |days| days.to_string());
            problems.require(rises, &key, "above the band before it", found);
        }
    }

    /// Returns what an action takes and earns.
    pub fn cost_of(&self, action: Action) -> ActionCost {
        match action {
            Action::Email => self.email,
            Action::Letter => self.letter,
            Action::Call => self.call,
            Action::Escalate => self.escalate,
        }
    }
}
