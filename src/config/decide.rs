//! `[late_share]`, `[worklist]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use super::whose::WhoseMirror;
use crate::decide::{
    ActionCost, LateShareParams, PointsFor, PointsPolicy, PointsStep, PriorityClass, Response, ResponseBand,
    UpliftFrom, UpliftParams, WorklistOrder, WorklistPolicy,
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
    step_quiet_days: i32,
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
    uplift_from: String,
    uplift: UpliftMirror,
    territory_by: String,
    skill_by: String,
    strategic: Vec<WhoseMirror>,
    strategic_every_days: i32,
    valid_days: i32,
    points: PointsMirror,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct UpliftMirror {
    history_days: i32,
    prior_sd: f64,
    min_items: i64,
    hold_out_by: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PointsMirror {
    maximum: i64,
    steps: Vec<StepMirror>,
    classes: Vec<ClassMirror>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StepMirror {
    of: String,
    above: f64,
    points: i64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ClassMirror {
    from: f64,
    name: String,
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

impl PointsMirror {
    fn check(self, check: &mut Check<'_>) -> PointsPolicy {
        let key = |key: String| format!("worklist.points.{key}");
        let steps = self.steps.into_iter().enumerate().map(|(at, step)| {
            let points = check.count(&key(format!("steps[{at}].points")), step.points, 0);
            let of = check.choice(
                &key(format!("steps[{at}].of")),
                &step.of,
                &PointsFor::ALL,
                PointsFor::as_str,
            );
            PointsStep {
                of,
                above: step.above,
                points: u32::try_from(points).unwrap_or(u32::MAX),
            }
        });
        let steps = steps.collect();
        let maximum = check.count(&key("maximum".to_owned()), self.maximum, 1);
        let classes = self.classes.into_iter().map(|class| PriorityClass {
            from: class.from,
            name: class.name,
        });
        PointsPolicy {
            maximum: u32::try_from(maximum).unwrap_or(u32::MAX),
            steps,
            classes: classes.collect(),
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
        let strategic = self.strategic.into_iter().enumerate();
        let strategic = strategic.map(|(at, whose)| whose.check(&format!("worklist.strategic[{at}]"), check));
        let strategic = strategic.collect();
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
            uplift_from: check.choice(
                "worklist.uplift_from",
                &self.uplift_from,
                &UpliftFrom::ALL,
                UpliftFrom::as_str,
            ),
            uplift: UpliftParams {
                history_days: self.uplift.history_days,
                prior_sd: self.uplift.prior_sd,
                min_items: check.count("worklist.uplift.min_items", self.uplift.min_items, 1) as usize,
                hold_out_by: self.uplift.hold_out_by,
            },
            cost_of_capital: self.cost_of_capital,
            days_gained: self.days_gained,
            loss_given_delinquency: self.loss_given_delinquency,
            cost_per_minute: self.cost_per_minute,
            minutes_per_day: self.minutes_per_day,
            min_collectable: check.money("worklist.min_collectable", &self.min_collectable),
            quiet_days: self.quiet_days,
            step_quiet_days: self.step_quiet_days,
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
            territory_by: self.territory_by,
            skill_by: self.skill_by,
            strategic,
            strategic_every_days: self.strategic_every_days,
            points: self.points.check(check),
            valid_days: self.valid_days,
            late_share: late_share.clone(),
        };
        if let Err(problems) = policy.check() {
            check.stage("worklist", problems.lines());
        }
        policy
    }
}
