//! `[escalation]`, `[settlement]`, `[interest]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::decide::{
    DayCount, DisputedMoney, EscalationPolicy, ExitRule, InterestPolicy, InterestRate, LadderStep, SettlementPolicy,
    WriteOffRule,
};
use crate::forecast::TimingParams;
use crate::money::Currency;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EscalationMirror {
    steps: Vec<StepMirror>,
    new_cycle_after_days: i32,
    days_between_contacts: i32,
    language_by: String,
    default_language: String,
    days_after_last_step: i32,
    write_off: WriteOffMirror,
    legal: ExitMirror,
    agency: ExitMirror,
    cost_per_claim: String,
    recovery_days: i32,
    limitation_days: i32,
    limitation_warning_days: i32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StepMirror {
    name: String,
    days: i32,
    gap_days: i32,
    channel: String,
    letter: String,
    min_amount: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WriteOffMirror {
    days_past_due: i32,
    small_amount: String,
    any_days_past_due: i32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ExitMirror {
    days_past_due: i32,
    min_amount: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettlementMirror {
    discount_rate: f64,
    recovery_days: i32,
    adherence: f64,
    min_instalments: i64,
    agency_fee: f64,
    cost_per_claim: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InterestMirror {
    rate: String,
    yearly_rate: String,
    margin: String,
    base_rates: Vec<BaseRateMirror>,
    day_count: String,
    grace_days: i32,
    compounding_days: i32,
    compensation: Vec<CompensationMirror>,
    minimum: String,
    disputed: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BaseRateMirror {
    from: String,
    rate: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CompensationMirror {
    currency: String,
    amount: String,
}

/// Whether the rate is one number, or a base rate with a margin.
#[derive(Clone, Copy, Debug, Default)]
enum RateKind {
    #[default]
    Fixed,
    BaseAndMargin,
}

impl RateKind {
    fn as_str(self) -> &'static str {
        match self {
            RateKind::Fixed => "fixed",
            RateKind::BaseAndMargin => "base-and-margin",
        }
    }
}

impl ExitMirror {
    fn rule(&self, section: &str, check: &mut Check<'_>) -> ExitRule {
        ExitRule {
            days_past_due: self.days_past_due,
            min_amount: check.money(&format!("escalation.{section}.min_amount"), &self.min_amount),
        }
    }
}

impl EscalationMirror {
    pub(super) fn check(
        self,
        timing: &TimingParams,
        promise_tolerance_days: i32,
        check: &mut Check<'_>,
    ) -> EscalationPolicy {
        let steps = self.steps.into_iter().enumerate().map(|(at, step)| LadderStep {
            name: step.name,
            days: step.days,
            gap_days: step.gap_days,
            channel: step.channel,
            letter: step.letter,
            min_amount: check.money(&format!("escalation.steps[{at}].min_amount"), &step.min_amount),
        });
        let policy = EscalationPolicy {
            steps: steps.collect(),
            new_cycle_after_days: self.new_cycle_after_days,
            days_between_contacts: self.days_between_contacts,
            promise_tolerance_days,
            language_by: self.language_by,
            default_language: self.default_language,
            days_after_last_step: self.days_after_last_step,
            write_off: WriteOffRule {
                days_past_due: self.write_off.days_past_due,
                small_amount: check.money("escalation.write_off.small_amount", &self.write_off.small_amount),
                any_days_past_due: self.write_off.any_days_past_due,
            },
            legal: self.legal.rule("legal", check),
            agency: self.agency.rule("agency", check),
            cost_per_claim: check.money("escalation.cost_per_claim", &self.cost_per_claim),
            recovery_days: self.recovery_days,
            limitation_days: self.limitation_days,
            limitation_warning_days: self.limitation_warning_days,
            timing: timing.clone(),
        };
        if let Err(problems) = policy.check() {
            check.stage("escalation", problems.lines());
        }
        policy
    }
}

impl SettlementMirror {
    pub(super) fn check(
        self,
        timing: &TimingParams,
        promise_tolerance_days: i32,
        check: &mut Check<'_>,
    ) -> SettlementPolicy {
        let policy = SettlementPolicy {
            discount_rate: self.discount_rate,
            recovery_days: self.recovery_days,
            adherence: self.adherence,
            min_instalments: check.count("settlement.min_instalments", self.min_instalments, 1),
            agency_fee: self.agency_fee,
            cost_per_claim: check.money("settlement.cost_per_claim", &self.cost_per_claim),
            promise_tolerance_days,
            timing: timing.clone(),
        };
        if let Err(problems) = policy.check() {
            check.stage("settlement", problems.lines());
        }
        policy
    }
}

impl InterestMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> InterestPolicy {
        let kinds = [RateKind::Fixed, RateKind::BaseAndMargin];
        let rate = match check.choice("interest.rate", &self.rate, &kinds, RateKind::as_str) {
            RateKind::Fixed => InterestRate::Fixed(check.rate("interest.yearly_rate", &self.yearly_rate)),
            RateKind::BaseAndMargin => {
                let base = self.base_rates.iter().enumerate().map(|(at, base)| {
                    let key = |field: &str| format!("interest.base_rates[{at}].{field}");
                    (
                        check.day(&key("from"), &base.from),
                        check.rate(&key("rate"), &base.rate),
                    )
                });
                let base = base.collect();
                InterestRate::BaseAndMargin {
                    base,
                    margin: check.rate("interest.margin", &self.margin),
                }
            }
        };
        let compensation = self.compensation.iter().enumerate().map(|(at, compensation)| {
            let key = |field: &str| format!("interest.compensation[{at}].{field}");
            let currency = Currency::parse(&compensation.currency).unwrap_or_else(|error| {
                check.problem(&key("currency"), error);
                Currency::UNKNOWN
            });
            (currency, check.money(&key("amount"), &compensation.amount))
        });
        let policy = InterestPolicy {
            rate,
            compensation: compensation.collect(),
            day_count: check.choice("interest.day_count", &self.day_count, &DayCount::ALL, DayCount::as_str),
            grace_days: self.grace_days,
            compounding_days: (self.compounding_days != 0).then_some(self.compounding_days),
            minimum: check.money("interest.minimum", &self.minimum),
            disputed: check.choice(
                "interest.disputed",
                &self.disputed,
                &DisputedMoney::ALL,
                DisputedMoney::as_str,
            ),
        };
        if let Err(problems) = policy.check() {
            check.stage("interest", problems.lines());
        }
        policy
    }
}
