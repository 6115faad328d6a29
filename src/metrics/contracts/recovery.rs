//! How claims are recovered over time: cohorts, time to pay, triangles.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::cohorts::METRIC_ID,
        name: "cohort recovery",
        definition: "cumulative cash on the claims issued, fallen due, or entering a bucket in a period, by periods since, over the amount entered",
        formula: "recovery(age) = cash up to that age / amount entered; ultimate = latest x age-to-age factors to come; additive ultimate = latest + entered x sum over ages to come of (cash at the age / amount entered of the origins seen there)",
        conventions: Conventions {
            credits: "credits, discounts and write-offs stand beside the cash, never inside it",
            disputes: NO_PART,
            boundary: "a period that is not over on the as-of day is no origin; as a last age it is dropped or pro-rated by days, see `last_diagonal`; money before the origin period counts at age 0; a bucket is entered with what is open at the end of its first day",
            currency: PER_CURRENCY,
            window: "origins: the periods that end in the months asked for; ages: to the last complete period, or to the as-of day where the last is pro-rated",
        },
        nulls: &[(
            NullReason::NotDefined,
            "no cash stands at an age; no error: too few origins, no spread was seen, or nothing is left to project",
        )],
        evidence: Evidence::Estimated,
        source: "Mack, T., ASTIN Bulletin 23 (1993), pp. 213-225; additive method: Schmidt, K. D., CAS Forum (2006)",
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
        nulls: &[(NullReason::NotDefined, "a share of 0 or 1 has no interval")],
        evidence: Evidence::Estimated,
        source: "Kaplan and Meier, JASA 53 (1958), pp. 457-481; Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), pp. 141-150; log-log interval: Kalbfleisch and Prentice (2002), pp. 17-18",
    },
    MetricContract {
        id: crate::metrics::cohorts::MONEY_TO_PAY_ID,
        name: "time to pay of money",
        definition: "the share of money still unpaid after a number of days, and the shares that left by each way; partial payments count on their own day",
        formula: "unpaid(t) = product over u <= t of (1 - paid(u) / at_risk(u)); incidence(t) = sum over u <= t of E(u-) x exits(u) / at_risk(u), over units of money",
        conventions: Conventions {
            credits: "for unpaid, money that was credited or written off is censored; for the incidences it left that way",
            disputes: NO_PART,
            boundary: "days from issue to the day from which the money stays relieved; a line taken back undoes the newest relief; exits come before censorings of a day",
            currency: PER_CURRENCY,
            window: "claims issued in the months asked for, as seen at the end of the as-of day",
        },
        nulls: &[(NullReason::NotDefined, "fewer than two customers have no interval")],
        evidence: Evidence::Estimated,
        source: "as the time to pay by count; intervals: Davison and Hinkley (1997), section 3.8, customers drawn",
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
