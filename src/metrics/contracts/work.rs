//! How collection work went: collectors, contact funnel, service levels, agencies, root causes.

use super::*;

const CASH_NET: &str = "cash is net of reversals and refunds of it; credits, discounts and write-offs are not cash";

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::collectors::METRIC_ID,
        name: "collectors",
        definition: "cash on the books that a collector held, against what came in from like claims of everybody else; and how many promises of the customers held were kept",
        formula: "expected = sum over months and buckets of opening x (collected of all others / opening of all others); difference = collected_compared - expected; kept_rate = promises kept / promises judged at the end of the last month",
        conventions: Conventions {
            credits: CASH_NET,
            disputes: NO_PART,
            boundary: "a book is the customers of a collector on the first day of a month; buckets at the end of the day before; a promise is of who held the customer on its day",
            currency: "one result per currency for money; contacts and promises are counted over all of them",
            window: "each month asked for; claims issued inside a month belong to no book until the next; promises made in these months",
        },
        nulls: &[
            (
                NullReason::NoLikeAccounts,
                "nobody else held a claim of the same month and bucket",
            ),
            (NullReason::NoDenominator, "no promise is judged: kept_rate"),
            (NullReason::NotImported, "no promises were imported: kept_rate"),
        ],
        evidence: Evidence::Compared,
        source: "design of this program, section 5; Davison, A. C. and Hinkley, D. V. (1997), section 2.4, for the interval",
    },
    MetricContract {
        id: crate::metrics::funnel::METRIC_ID,
        name: "contact funnel",
        definition: "of the attempts to reach customers, how many reached them, how many brought a promise, and how many of these kept it",
        formula: "share = n of the stage / n of the stage before; a promise belongs to the last attempt that reached its customer inside the window; kept = attempts all of whose promises are kept / attempts none of whose promises is open",
        conventions: Conventions {
            credits: "no money but what was promised and what of it came in time, as `promises` counts it",
            disputes: NO_PART,
            boundary: "a promise made on the day of the contact belongs to it; contacts that the customer made are no attempts",
            currency: "counts have none; promised money stands by currency in a table of its own",
            window: "contacts of the months asked for, promises up to the as-of day and judged at its end",
        },
        nulls: &[],
        evidence: Evidence::Counted,
        source: "Wilson, E. B., JASA 22 (1927), for the interval; design of this program, section 5",
    },
    MetricContract {
        id: crate::metrics::sla::METRIC_ID,
        name: "service levels",
        definition: "days from a claim's due day to the first contact, and from a dispute's opening to the response",
        formula: "within_share = n_within / n_judged; percentiles of 1 - S(t), S(t) = product over u <= t of (1 - answered(u) / at_risk(u))",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: "a disputed claim is to be contacted like others; a dispute is answered by an attempt after its opening day or by its closing",
            boundary: "a contact on the due day is day 0; only claims still open at the end of their due day count",
            currency: PER_CURRENCY,
            window: "claims due and disputes opened in the months asked for, as seen at the end of the as-of day",
        },
        nulls: &[(
            NullReason::NotDefined,
            "so few cases were answered that the curve does not reach the percentile",
        )],
        evidence: Evidence::Estimated,
        source: "Kaplan and Meier, JASA 53 (1958), pp. 457-481; design of this program, section 5",
    },
    MetricContract {
        id: crate::metrics::agencies::METRIC_ID,
        name: "agencies",
        definition: "what agencies recovered of what was placed with them, net of fees, against like claims that were not placed",
        formula: "net = recovered - fee_rate x recovered; expected = sum over strata of open placed x (cash on like claims / their open); difference = recovered_compared - expected",
        conventions: Conventions {
            credits: CASH_NET,
            disputes: NO_PART,
            boundary: "the first and the last day of a placement count; compared over whole steps of 30 days since the first, six at most, recalled or not",
            currency: PER_CURRENCY,
            window: "placements that began in the months asked for, followed to recall or the as-of day; like claims are open at the beginning of these months",
        },
        nulls: &[
            (
                NullReason::NoLikeAccounts,
                "no claim that was not placed has the same age band, size band and days",
            ),
            (
                NullReason::NotDefined,
                "cash came in on a placement without a fee rate: fees and net",
            ),
        ],
        evidence: Evidence::Compared,
        source: "design of this program, section 5; Davison, A. C. and Hinkley, D. V. (1997), section 2.4, for the interval",
    },
    MetricContract {
        id: crate::metrics::root_causes::METRIC_ID,
        name: "root causes",
        definition: "overdue money by dispute reason, terms and attributes of the claim, the largest first",
        formula: "share = overdue of the value / overdue of the group; cumulative_share adds up from the largest",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: "by dispute reason, the disputed part stands under its reason and the rest under `not disputed`; otherwise no part",
            boundary: "due on the as-of day is not overdue; terms are days from issue to due",
            currency: PER_CURRENCY,
            window: "the end of the as-of day",
        },
        nulls: &[],
        evidence: Evidence::Counted,
        source: "design of this program, section 5; Juran, J. M., Quality Progress 8 (1975), for the order",
    },
];
