//! What the balance is and how it moved: ageing, flow, concentration.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: crate::metrics::aging::METRIC_ID,
        name: "ageing",
        definition: "open money on a day by how long it is past due",
        formula: "days past due = as-of day - due day; control = not_due + past-due buckets + no_due_date - unapplied_cash - unapplied_credits",
        conventions: Conventions {
            credits: "open credit notes, credits on no claim and unapplied cash stand in columns of their own, not aged, unless asked otherwise",
            disputes: "disputed money is an of-which column of the buckets, unless asked otherwise",
            boundary: "due on the as-of day is not past due, unless asked otherwise; ranges of days are closed on the right",
            currency: PER_CURRENCY,
            window: "the end of the as-of day",
        },
        nulls: &[],
        evidence: Evidence::Counted,
        source: "design of this program, section 5; bucket convention of aged trial balances",
    },
    MetricContract {
        id: crate::metrics::flow::METRIC_ID,
        name: "flow",
        definition: "what took the receivables balance from the opening to the closing of each month",
        formula: "closing = opening + invoiced + debit_notes + charges - credit_notes - credits - cash - discounts - write_offs + refunds + reversals + applied",
        conventions: Conventions {
            credits: "unapplied cash and credits are negatives inside the balances; cash counts in the month it came in, applied or not",
            disputes: NO_PART,
            boundary: MONTHS,
            currency: PER_CURRENCY,
            window: "each month from the end of the month before to its own end",
        },
        nulls: &[],
        evidence: Evidence::Counted,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: crate::metrics::concentration::METRIC_ID,
        name: "concentration",
        definition: "how much of the open claims stands with few customers, or with few groups of companies",
        formula: "top_share = open of the largest n / open; hhi = sum of squared shares",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "the end of the as-of day",
            currency: PER_CURRENCY,
            window: "the end of the as-of day",
        },
        nulls: &[(NullReason::NothingOpen, "no claim is open")],
        evidence: Evidence::Counted,
        source: "Hirschman, A. O., The paternity of an index, American Economic Review 54 (1964)",
    },
];
