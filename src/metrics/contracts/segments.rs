//! How segments differ from the rest, and which hold most overdue money.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::segments::compare::METRIC_ID,
        name: "segments against the rest",
        definition: "a number of each segment beside that of everything else in its currency",
        formula: "difference = numerator / denominator of the segment - the same of the rest; sums over customers, computed as the metric's own contract says",
        conventions: Conventions {
            credits: "as in the metric compared; shares of claims leave credit notes, credits and unapplied cash out",
            disputes: NO_PART,
            boundary: "due on the as-of day is not past due; bands are closed on the right",
            currency: PER_CURRENCY,
            window: "the end of the as-of day, or whole months that end with the last complete one",
        },
        nulls: &[
            (NullReason::NoRest, "the segment is all of its currency"),
            (NullReason::NothingOpen, "nothing is open in the segment or in the rest"),
            (NullReason::NoSales, "nothing was sold in the window"),
            (NullReason::NegativeSales, "credit notes exceed the sales of the window"),
            (NullReason::CreditBalance, "customers owe less than nothing"),
            (NullReason::NoApplications, "no cash was applied in the window"),
            (
                NullReason::NoDenominator,
                "nothing fell due, was open, could be collected or was promised and judged",
            ),
        ],
        evidence: Evidence::Compared,
        source: "Davison and Hinkley, Bootstrap Methods and their Application (1997); Newcombe, Statistics in Medicine 17 (1998), pp. 873-890",
    },
    MetricContract {
        id: crate::metrics::segments::explain::METRIC_ID,
        name: "segments that explain overdue money",
        definition: "segments that hold more overdue money than their part of the open claims accounts for, by more than chance",
        formula: "excess = overdue - open x past-due share of the currency; one-sided t of excess over the standard error of draws of whole customers; Holm over all segments looked at",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "due on the as-of day is not past due; bands are closed on the right",
            currency: "excess within one currency; corrected for the segments of all currencies together",
            window: "the end of the as-of day",
        },
        nulls: &[],
        evidence: Evidence::Compared,
        source: "Holm, S., A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979), pp. 65-70",
    },
];
