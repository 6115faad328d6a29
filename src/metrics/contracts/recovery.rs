//! How claims are recovered over time: cohorts, time to pay, triangles.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::cohorts::METRIC_ID,
        name: "cohort recovery",
        definition: "cumulative cash on the claims of an origin month, by months since, over the amount entered",
        formula: "recovery(age) = cash up to that age / amount entered; ultimate = latest x age-to-age factors to come",
        conventions: Conventions {
            credits: "credits, discounts and write-offs stand beside the cash, never inside it",
            disputes: NO_PART,
            boundary: "a month that is not over on the as-of day is dropped; money before the origin month counts at age 0",
            currency: PER_CURRENCY,
            window: "origins of the months asked for, observed to the last complete month",
        },
        nulls: &[(
            NullReason::NotDefined,
            "no cash stands at an age, or too few origins for an error",
        )],
        evidence: Evidence::Estimated,
        source: "Mack, T., ASTIN Bulletin 23 (1993), pp. 213-225",
    },
    MetricContract {
        id: crate::metrics::cohorts::TIME_TO_PAY_ID,
        name: "time to pay",
        definition: "the share of claims still unpaid after a number of days, and the shares that left by each way",
        formula: "unpaid(t) = product over u <= t of (1 - paid(u) / at_risk(u)); incidence(t) = sum over u <= t of E(u-) x exits(u) / at_risk(u)",
        conventions: Conventions {
            credits: "for unpaid, a claim that was credited or written off is censored; for the incidences it left that way",
            disputes: NO_PART,
            boundary: "days from issue to the day from which the claim stays settled; exits come before censorings of a day",
            currency: PER_CURRENCY,
            window: "claims issued in the months asked for, as seen at the end of the as-of day",
        },
        nulls: &[],
        evidence: Evidence::Estimated,
        source: "Kaplan and Meier, JASA 53 (1958), pp. 457-481; Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), pp. 141-150",
    },
    MetricContract {
        id: crate::metrics::triangle::TRIANGLE_ID,
        name: "triangle from a file",
        definition: "development factors and ultimates of a cumulative triangle that was given",
        formula: "ultimate = latest x factors to come; Mack's standard error for volume-weighted factors of all origins only",
        conventions: OF_A_FILE,
        nulls: &[(
            NullReason::NotDefined,
            "no factor, or no error for this rule of factors",
        )],
        evidence: Evidence::Estimated,
        source: "Mack, T., ASTIN Bulletin 23 (1993), pp. 213-225",
    },
];
