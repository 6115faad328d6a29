//! How money was promised, disputed and recovered: promises, plans, disputes, recovery by bucket, recoveries.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::promises::METRIC_ID,
        name: "promises to pay",
        definition: "of the promises that are judged, the share kept, by count and by money",
        formula: "kept_rate = n_kept / (n_kept + n_partially_kept + n_broken); paid_share = paid_in_time / promised_judged",
        conventions: Conventions {
            credits: "credits and discounts on a promised invoice keep the promise like cash; on the account only cash does",
            disputes: NO_PART,
            boundary: "money from the day it was made to its day plus the tolerance, both included; a replaced promise is judged at the end of the day of the newer one",
            currency: PER_CURRENCY,
            window: "promises made in the months asked for, judged at the end of the as-of day; open ones are in no denominator",
        },
        nulls: &[(NullReason::NoDenominator, "no promise is judged")],
        evidence: Evidence::Estimated,
        source: "SAP Collections Management, promise to pay; Wilson, E. B., JASA 22 (1927), for the interval of the count",
    },
    MetricContract {
        id: crate::metrics::plans::METRIC_ID,
        name: "payment plans",
        definition: "of the instalments that were due, the share paid on time, by count and by money; of the plans once up to date, the share that broke",
        formula: "adherence = n_on_time / n_due; paid_share = paid_on_time / due; re_default_rate = n_re_defaulted / n_up_to_date",
        conventions: Conventions {
            credits: "cash alone fills instalments, by due day, from the day of agreement on; credits do not",
            disputes: NO_PART,
            boundary: "on time to the end of the due day plus the tolerance; cash on documents issued after the agreement does not count",
            currency: PER_CURRENCY,
            window: "plans agreed in the months asked for, as of the end of the as-of day",
        },
        nulls: &[(NullReason::NoDenominator, "no instalment is due")],
        evidence: Evidence::Estimated,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: crate::metrics::disputes::METRIC_ID,
        name: "disputes",
        definition: "the share of invoices that is disputed, the days until a dispute is resolved, and the open money in dispute",
        formula: "dispute_rate = n_disputed / n_invoices; unresolved(t) = product over u <= t of (1 - resolved(u) / at_risk(u)); median = first t with unresolved(t) <= 1/2",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: "a dispute without an amount disputes all that is open; disputed money never exceeds what is open",
            boundary: "the last day of a dispute still counts as disputed",
            currency: PER_CURRENCY,
            window: "disputes opened, or invoices issued, in the months asked for, as of the end of the as-of day",
        },
        nulls: &[
            (
                NullReason::NotDefined,
                "more than half of the disputes were never seen resolved: no median",
            ),
            (NullReason::NoSales, "no invoice was issued: no rate"),
        ],
        evidence: Evidence::Estimated,
        source: "Kaplan and Meier, JASA 53 (1958), pp. 457-481, for the time; Wilson, E. B., JASA 22 (1927), for the interval",
    },
    MetricContract {
        id: crate::metrics::recovery::METRIC_ID,
        name: "recovery by ageing bucket",
        definition: "of the money that stood in a bucket at the opening of a month, the share collected within so many days",
        formula: "recovery = sum of collected / sum of stood, over claims and openings",
        conventions: Conventions {
            credits: "credits, discounts and write-offs are no recovery; unapplied cash counts when it is applied",
            disputes: NO_PART,
            boundary: "buckets at the end of the day before the month; cash of the days after it to the horizon, included; openings whose horizon ends after the as-of day are left out and counted",
            currency: PER_CURRENCY,
            window: "the openings of the months asked for, added up",
        },
        nulls: &[(NullReason::NoDenominator, "nothing stood in the bucket")],
        evidence: Evidence::Estimated,
        source: "design of this program, section 5; draws of customers for the interval",
    },
    MetricContract {
        id: crate::metrics::recoveries::METRIC_ID,
        name: "recoveries after write-off",
        definition: "of what was written off in a month, the share that came back, and what of it from the insurer",
        formula: "recovery_rate = recovered / written_off; claimable = min(insured_share x write-off, insured amount left)",
        conventions: Conventions {
            credits: "receipts of kind recovery alone; a write-off taken back reduces what was written off",
            disputes: NO_PART,
            boundary: "a recovery belongs to the newest write-off of its document by its day; insurance as of the day of the write-off",
            currency: PER_CURRENCY,
            window: "write-offs of the months asked for, recovered by the end of the as-of day",
        },
        nulls: &[(NullReason::NoDenominator, "nothing was written off")],
        evidence: Evidence::Estimated,
        source: "design of this program, section 5; draws of customers for the interval",
    },
    MetricContract {
        id: crate::metrics::loss_rates::METRIC_ID,
        name: "provision loss rates",
        definition: "of the money in an ageing bucket, the share that is written off within a month, and in the end",
        formula: "L(a) = w(a) + sum over b of P(a, b) x L(b), with w(a) the share written off and P(a, b) the share in bucket b a month later",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "states are the ageing buckets at month ends; due on the day is not past due",
            currency: PER_CURRENCY,
            window: "the moves of the months asked for, added up; they are taken to go on",
        },
        nulls: &[
            (NullReason::NoDenominator, "nothing stood in the bucket"),
            (
                NullReason::NotDefined,
                "a bucket that can be reached was never seen, or money that stays for ever",
            ),
        ],
        evidence: Evidence::Estimated,
        source: "IFRS 9, paragraph B5.5.35; the chain: design of this program, section 5",
    },
];
