//! How claims move between states.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::roll_rates::METRIC_ID,
        name: "roll rates",
        definition: "of what stood in one state at a month end, the share in each state, or out of the balance, at the next",
        formula: "count: P(a, b) = N(a, b) / N(a); amount: opening = remaining by state + re_aged + over_applied + collected + credited + discounted + written_off - reversed",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "states are the ageing buckets at month ends, by the due day in force; due on the day is not past due",
            currency: PER_CURRENCY,
            window: "each month from the end of the month before to its own end, added up over the months asked for",
        },
        nulls: &[(NullReason::NoDenominator, "nothing stood in the state at the opening")],
        evidence: Evidence::Estimated,
        source: "Wilson, E. B., JASA 22 (1927), and Goodman, L. A., Technometrics 7 (1965), for counts; Davison, A. C. and Hinkley, D. V. (1997), draws of customers for money",
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
    MetricContract {
        id: crate::metrics::roll_rates::net_flow::METRIC_ID,
        name: "net flow",
        definition: "the balance of a bucket at a month end over the balance of the bucket before it a month earlier; follows no single claim",
        formula: "balance_b(k + 1) / balance_a(k), both added up over the months asked for",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "consecutive ageing buckets of 28 to 31 days, as wide as a calendar month; due on the day is not past due",
            currency: PER_CURRENCY,
            window: "each month from the end of the month before to its own end, added up over the months asked for",
        },
        nulls: &[
            (
                NullReason::WidthMismatch,
                "one of the two buckets has fewer than 28 or more than 31 days, or no width (not due, the last bucket)",
            ),
            (NullReason::NoDenominator, "nothing stood in the earlier bucket"),
        ],
        evidence: Evidence::Estimated,
        source: "net flow rates of portfolio reports; design of this program, section 5",
    },
    MetricContract {
        id: crate::metrics::roll_rates::steps::METRIC_ID,
        name: "roll rates over several months",
        definition: "of the claims in a state at a month end, the share in each state, or out of the book, k month ends later, as seen and as chained from single months",
        formula: "observed: N_k(a, b) / N_k(a); chained: P to the power k; long run: (I - Q)^-1 R",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "states are the ageing buckets at month ends, by the due day in force; due on the day is not past due",
            currency: PER_CURRENCY,
            window: "one-month rates of all months asked for; observed from every opening after which k months follow in the range",
        },
        nulls: &[
            (NullReason::NoDenominator, "nothing stood in the state at the openings"),
            (
                NullReason::NotDefined,
                "the chain passes through a state that nothing was seen to leave, or can get stuck",
            ),
        ],
        evidence: Evidence::Estimated,
        source: "Anderson, T. W. and Goodman, L. A., Annals of Mathematical Statistics 28 (1957); Kemeny, J. G. and Snell, J. L., Finite Markov Chains (1960)",
    },
    MetricContract {
        id: crate::metrics::roll_rates::matrix_file::METRIC_ID,
        name: "a matrix of rates from a file",
        definition: "whether the rows of a matrix sum to one and its shares lie between zero and one; its powers and where it ends",
        formula: "chained: P to the power k; long run: (I - Q)^-1 R; rows as they stand, unless rescaling was asked for",
        conventions: OF_A_FILE,
        nulls: &[(
            NullReason::NotDefined,
            "the chain passes through a state without rates, or can get stuck",
        )],
        evidence: Evidence::Declared,
        source: "Kemeny, J. G. and Snell, J. L., Finite Markov Chains (1960), chapter 3",
    },
];
