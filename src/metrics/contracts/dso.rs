//! The DSO family.

use super::*;

const CRF: &str = "Credit Research Foundation, standard calculations of DSO and its relatives";
const NET: &str = "receivables are net of unapplied cash and credits; credit sales are net of credit notes";

const OF_DSO: Conventions = Conventions {
    credits: NET,
    disputes: NO_PART,
    boundary: MONTHS,
    currency: PER_CURRENCY,
    window: "receivables of the month end; credit sales of the months in `window_months`, fewer at the beginning of the ledger",
};
const OF_APPLICATIONS: Conventions = Conventions {
    credits: "cash applied to claims with a due date, credits and discounts left out",
    window: "applications of the month",
    ..OF_DSO
};
const NULLS_OF_SALES: &[(NullReason, &str)] = &[
    (NullReason::NoSales, "no credit sales in the window"),
    (NullReason::NegativeSales, "credit notes exceed the sales of the window"),
    (NullReason::CreditBalance, "the receivables are below zero"),
];
const NULLS_OF_APPLICATIONS: &[(NullReason, &str)] = &[(
    NullReason::NoApplications,
    "no cash was applied to claims with a due date in the month",
)];

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::dso::METRIC_ID,
        name: "DSO family",
        definition: "how many days of credit sales the receivables are worth, by several methods; each column has a contract of its own",
        formula: "see dso.simple.v1, dso.best_possible.v1, dso.average_days_delinquent.v1, dso.countback.v1, dso.true.v1, dso.collection_effectiveness.v1, dso.weighted_days_to_pay.v1, dso.days_late_floored.v1, dso.turnover.v1, dso.tenure_adjusted.v1, dso.bad_debt_ratio.v1, dso.impact.v1",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.simple.v1",
        name: "simple DSO",
        definition: "days of the window's credit sales that the receivables are worth",
        formula: "dso = receivables / window_sales x window_days",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.best_possible.v1",
        name: "best possible DSO",
        definition: "the simple DSO if nothing were past due",
        formula: "best_possible_dso = not_due / window_sales x window_days",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.average_days_delinquent.v1",
        name: "average days delinquent",
        definition: "the part of the simple DSO that comes from paying late",
        formula: "average_days_delinquent = dso - best_possible_dso",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.countback.v1",
        name: "countback DSO",
        definition: "days of the newest credit sales that make up the receivables",
        formula: "whole months of credit sales are taken off the receivables, newest first; the last one counts its days in proportion",
        conventions: Conventions {
            window: "as many months back as the receivables need; where the ledger has too few, a lower bound flagged `censored`",
            ..OF_DSO
        },
        nulls: NULLS_OF_SALES,
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.true.v1",
        name: "true DSO",
        definition: "mean age of open claims since issue, weighted by what is open",
        formula: "true_dso = sum(open x days since issue) / sum(open)",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            window: "open claims of the month end",
            ..OF_DSO
        },
        nulls: &[(NullReason::NothingOpen, "no claim is open")],
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.collection_effectiveness.v1",
        name: "collection effectiveness index",
        definition: "collected share of what could be collected in the month, in percent",
        formula: "collection_effectiveness = 100 x (opening + credit_sales - closing) / (opening + credit_sales - closing not due)",
        conventions: Conventions {
            window: "one month",
            ..OF_DSO
        },
        nulls: &[(NullReason::NoDenominator, "nothing could be collected in the month")],
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.weighted_terms.v1",
        name: "weighted terms",
        definition: "agreed days from issue to due, weighted by the cash applied",
        formula: "weighted_terms = sum(applied x (due - issued)) / sum(applied)",
        conventions: OF_APPLICATIONS,
        nulls: NULLS_OF_APPLICATIONS,
        evidence: Evidence::Counted,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: "dso.weighted_days_late.v1",
        name: "weighted days late",
        definition: "days from due to application, early negative, weighted by the cash applied",
        formula: "weighted_days_late = sum(applied x (applied_on - due)) / sum(applied)",
        conventions: OF_APPLICATIONS,
        nulls: NULLS_OF_APPLICATIONS,
        evidence: Evidence::Counted,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: "dso.weighted_days_to_pay.v1",
        name: "weighted days to pay",
        definition: "days from issue to application, weighted by the cash applied",
        formula: "weighted_days_to_pay = weighted_terms + weighted_days_late",
        conventions: OF_APPLICATIONS,
        nulls: NULLS_OF_APPLICATIONS,
        evidence: Evidence::Counted,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: "dso.turnover.v1",
        name: "receivables turnover",
        definition: "how often the receivables are turned over by the credit sales of the window",
        formula: "turnover = window_sales / mean of the receivables at the month ends of the window",
        conventions: OF_DSO,
        nulls: &[(
            NullReason::NoDenominator,
            "the mean of the receivables is zero or below",
        )],
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.days_late_floored.v1",
        name: "days late, floored",
        definition: "days from due to application, early cash as zero, weighted by the cash applied; early cash of one customer does not pay for the lateness of another",
        formula: "days_late_floored = sum(applied x max(0, applied_on - due)) / sum(applied)",
        conventions: OF_APPLICATIONS,
        nulls: NULLS_OF_APPLICATIONS,
        evidence: Evidence::Counted,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: "dso.tenure_adjusted.v1",
        name: "tenure-adjusted DSO",
        definition: "the simple DSO with the sales of a customer younger than the window over the days since it is one",
        formula: "tenure_adjusted_dso = receivables / sum over customers of (window sales / min(window_days, days since customer_since))",
        conventions: Conventions {
            window: "as the simple DSO; a customer's days begin with `customer_since`, or with an earlier document; a customer without one counts the whole window",
            ..OF_DSO
        },
        nulls: &[
            (NullReason::NoSales, "no credit sales in the window"),
            (
                NullReason::NegativeSales,
                "credit notes exceed the sales of the window, or its sales a day",
            ),
            (NullReason::CreditBalance, "the receivables are below zero"),
            (
                NullReason::NotImported,
                "no customer has a `customer_since`: import customers",
            ),
        ],
        evidence: Evidence::Counted,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: "dso.bad_debt_ratio.v1",
        name: "bad-debt ratio",
        definition: "what was written off and not recovered, over the credit sales of the same window",
        formula: "bad_debt_ratio = (write-offs - write-offs taken back - recoveries) / window_sales",
        conventions: Conventions {
            credits: "credit sales are net of credit notes; credits and discounts are no write-offs; negative where more was recovered than written off",
            window: "write-offs and recoveries by their day, sales by day of issue, both of the months in `window_months`",
            ..OF_DSO
        },
        nulls: &[
            (NullReason::NoSales, "no credit sales in the window"),
            (NullReason::NegativeSales, "credit notes exceed the sales of the window"),
        ],
        evidence: Evidence::Counted,
        source: CRF,
    },
    MetricContract {
        id: "dso.impact.v1",
        name: "DSO impact of an account",
        definition: "days that the simple DSO of the currency would lose if the overdue claims of the account, or of any group, were paid",
        formula: "dso_impact = overdue of the group / window_sales of all groups of the currency x window_days; impacts of the groups of a currency add up",
        conventions: Conventions {
            credits: "overdue claims only; credits and unapplied cash are not set against them",
            ..OF_DSO
        },
        nulls: &[
            (NullReason::NoSales, "no credit sales of the currency in the window"),
            (
                NullReason::NegativeSales,
                "credit notes exceed the sales of the currency in the window",
            ),
        ],
        evidence: Evidence::Counted,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: crate::metrics::dso::bridge::METRIC_ID,
        name: "DSO bridge",
        definition: "why the simple DSO moved between two month ends",
        formula: "closing = opening + volume + mix + terms + lateness + disputes + unapplied, by substituting the closing values in this order",
        conventions: Conventions {
            disputes: "disputed money is a part of its own, taken out of the overdue first",
            window: "the window of the simple DSO at both month ends",
            ..OF_DSO
        },
        nulls: NULLS_OF_SALES,
        evidence: Evidence::Counted,
        source: "sequential substitution; the order is a convention of this program",
    },
];
