//! How claims move between states.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::roll_rates::METRIC_ID,
        name: "roll rates",
        definition: "of what stood in one state at a month end, the share in each state, or out of the balance, at the next",
        formula: "count: P(a, b) = N(a, b) / N(a); amount: opening = remaining by state + over_applied + collected + credited + discounted + written_off - reversed",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "states are the ageing buckets at month ends; due on the day is not past due",
            currency: PER_CURRENCY,
            window: "each month from the end of the month before to its own end, added up over the months asked for",
        },
        nulls: &[(NullReason::NoDenominator, "nothing stood in the state at the opening")],
        evidence: Evidence::Estimated,
        source: "Wilson, E. B., JASA 22 (1927), for the interval; design of this program, section 5",
    },
    MetricContract {
        id: crate::metrics::roll_rates::histories::METRIC_ID,
        name: "roll rates of state histories",
        definition: "of those seen in a state in a period, the share in each state in the next period of the file",
        formula: "P(a, b) = N(a, b) / N(a); a jump over a state is counted as it stands and flagged `skip`",
        conventions: OF_A_FILE,
        nulls: &[(
            NullReason::NoDenominator,
            "nobody was seen in the state and in the next period",
        )],
        evidence: Evidence::Estimated,
        source: "Wilson, E. B., JASA 22 (1927), for the interval; design of this program, section 5",
    },
];
