//! `[late_share]`, `[worklist]`, `[holds]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::decide::{
    ActionCost, HoldPolicy, LateShareParams, Response, ResponseBand, Threshold, WorklistOrder, WorklistPolicy,
};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LateShareMirror {
    days_late: i32,
    window_days: i32,
    weight: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorklistMirror {
    order: String,
    action_window_days: i32,
    cost_of_capital: f64,
    days_gained: f64,
    loss_given_delinquency: f64,
    cost_per_minute: f64,
    minutes_per_day: f64,
    min_collectable: String,
    quiet_days: i32,
    consumer_contacts_in_7_days: i64,
    call_from: String,
    letter_from_days: i32,
    escalate_from_days: i32,
    escalate_broken_promises: i64,
    email: ActionMirror,
    letter: ActionMirror,
    call: ActionMirror,
    escalate: ActionMirror,
    response: Vec<BandMirror>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ActionMirror {
    minutes: f64,
    effect: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BandMirror {
    up_to_days: Option<i32>,
    uplift: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldsMirror {
    min_overdue: String,
    promise_window_days: i32,
    protected: Vec<String>,
    days_overdue: ThresholdMirror,
    overdue_share: ThresholdMirror,
    limit_used: ThresholdMirror,
    limit_expired_days: ThresholdMirror,
    probability: ThresholdMirror,
    broken_promises: ThresholdMirror,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ThresholdMirror {
    watch: f64,
    hold: f64,
    release: f64,
}

impl LateShareMirror {
    pub(super) fn params(self) -> LateShareParams {
        LateShareParams {
            days_late: self.days_late,
            window_days: self.window_days,
            weight: self.weight,
        }
    }
}

impl ActionMirror {
    fn cost(self) -> ActionCost {
        ActionCost {
            minutes: self.minutes,
            effect: self.effect,
        }
    }
}

impl ThresholdMirror {
    /// `inf` never fires.
    fn threshold(self) -> Threshold {
        let level = |level: f64| (level != f64::INFINITY).then_some(level);
        Threshold {
            watch: level(self.watch),
            hold: level(self.hold),
            release: self.release,
        }
    }
}

impl WorklistMirror {
    pub(super) fn check(
        self,
        late_share: &LateShareParams,
        promise_tolerance_days: i32,
        check: &mut Check<'_>,
    ) -> WorklistPolicy {
        let key = "worklist.consumer_contacts_in_7_days";
        let contacts = check.count(key, self.consumer_contacts_in_7_days, 0) as usize;
        let broken = check.count("worklist.escalate_broken_promises", self.escalate_broken_promises, 0);
        let bands = self.response.into_iter().map(|band| ResponseBand {
            up_to_days: band.up_to_days,
            uplift: band.uplift,
        });
        let policy = WorklistPolicy {
            order: check.choice(
                "worklist.order",
                &self.order,
                &WorklistOrder::ALL,
                WorklistOrder::as_str,
            ),
            action_window_days: self.action_window_days,
            response: Response {
                bands: bands.collect(),
                ..Response::default()
            },
            cost_of_capital: self.cost_of_capital,
            days_gained: self.days_gained,
            loss_given_delinquency: self.loss_given_delinquency,
            cost_per_minute: self.cost_per_minute,
            minutes_per_day: self.minutes_per_day,
            min_collectable: check.money("worklist.min_collectable", &self.min_collectable),
            quiet_days: self.quiet_days,
            consumer_contacts_in_7_days: (contacts > 0).then_some(contacts),
            promise_tolerance_days,
            call_from: check.money("worklist.call_from", &self.call_from),
            letter_from_days: self.letter_from_days,
            escalate_from_days: self.escalate_from_days,
            escalate_broken_promises: broken as usize,
            email: self.email.cost(),
            letter: self.letter.cost(),
            call: self.call.cost(),
            escalate: self.escalate.cost(),
            late_share: late_share.clone(),
        };
        if let Err(problems) = policy.check() {
            check.stage("worklist", problems.lines());
        }
        policy
    }
}

impl HoldsMirror {
    pub(super) fn check(
        self,
        late_share: &LateShareParams,
        promise_tolerance_days: i32,
        check: &mut Check<'_>,
    ) -> HoldPolicy {
        let policy = HoldPolicy {
            min_overdue: check.money("holds.min_overdue", &self.min_overdue),
            days_overdue: self.days_overdue.threshold(),
            overdue_share: self.overdue_share.threshold(),
            limit_used: self.limit_used.threshold(),
            limit_expired_days: self.limit_expired_days.threshold(),
            probability: self.probability.threshold(),
            broken_promises: self.broken_promises.threshold(),
            promise_window_days: self.promise_window_days,
            promise_tolerance_days,
            protected: self.protected.into_iter().collect(),
            late_share: late_share.clone(),
            accept_illustrative: false,
        };
        if let Err(problems) = policy.check() {
            check.stage("holds", problems.lines());
        }
        policy
    }
}
