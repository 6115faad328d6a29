//! Metric contracts: what each number means, in a form that is printed, stored beside results and compared by tests.
//!
//! Every result names its contract in the note `metric` and carries the conventions of the contract in the note
//! `conventions`; `arrears explain-metric ID` prints the whole.

use super::NullReason;
use crate::table::Table;

/// What a metric means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricContract {
    /// Stable id with the version of the formula: `aging.v1`.
    pub id: &'static str,
    /// Name in words of the trade.
    pub name: &'static str,
    /// What the number says.
    pub definition: &'static str,
    /// How it is computed, from columns of the result or of the ledger.
    pub formula: &'static str,
    /// How doubtful items are treated.
    pub conventions: Conventions,
    /// Why the number can be null.
    pub nulls: &'static [(NullReason, &'static str)],
    /// Where the definition comes from.
    pub source: &'static str,
}

/// How a metric treats what others mix in or leave out silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// Unapplied cash, credits and credit notes.
    pub credits: &'static str,
    /// Disputed items.
    pub disputes: &'static str,
    /// Days and months on an edge.
    pub boundary: &'static str,
    /// Money of several currencies.
    pub currency: &'static str,
    /// Days or months looked at.
    pub window: &'static str,
}

const PER_CURRENCY: &str = "one result per currency; never added up across currencies";
const NO_PART: &str = "disputed claims count like others";
const CLAIMS_ONLY: &str = "credit notes, credits and unapplied cash are left out";
const NET: &str = "receivables are net of unapplied cash and credits; credit sales are net of credit notes";
const MONTHS: &str = "calendar months with their actual days; each month end at the end of its last day";
const CRF: &str = "Credit Research Foundation, standard calculations of DSO and its relatives";

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
const OF_A_FILE: Conventions = Conventions {
    credits: "as the file has them",
    disputes: "as the file has them",
    boundary: "periods and ages as the file has them, in their order",
    currency: "one unit for the whole file",
    window: "all of the file",
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

/// Every contract, in the order in which they are listed.
pub static CONTRACTS: &[MetricContract] = &[
    MetricContract {
        id: super::aging::METRIC_ID,
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
        source: "design of this program, section 5; bucket convention of aged trial balances",
    },
    MetricContract {
        id: super::flow::METRIC_ID,
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
        source: "design of this program, section 5",
    },
    MetricContract {
        id: super::roll_rates::METRIC_ID,
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
        source: "Wilson, E. B., JASA 22 (1927), for the interval; design of this program, section 5",
    },
    MetricContract {
        id: super::cohorts::METRIC_ID,
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
        source: "Mack, T., ASTIN Bulletin 23 (1993), pp. 213-225",
    },
    MetricContract {
        id: super::dso::METRIC_ID,
        name: "DSO family",
        definition: "how many days of credit sales the receivables are worth, by several methods; each column has a contract of its own",
        formula: "see dso.simple.v1, dso.best_possible.v1, dso.average_days_delinquent.v1, dso.countback.v1, dso.true.v1, dso.collection_effectiveness.v1, dso.weighted_days_to_pay.v1, dso.turnover.v1",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
        source: CRF,
    },
    MetricContract {
        id: "dso.simple.v1",
        name: "simple DSO",
        definition: "days of the window's credit sales that the receivables are worth",
        formula: "dso = receivables / window_sales x window_days",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
        source: CRF,
    },
    MetricContract {
        id: "dso.best_possible.v1",
        name: "best possible DSO",
        definition: "the simple DSO if nothing were past due",
        formula: "best_possible_dso = not_due / window_sales x window_days",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
        source: CRF,
    },
    MetricContract {
        id: "dso.average_days_delinquent.v1",
        name: "average days delinquent",
        definition: "the part of the simple DSO that comes from paying late",
        formula: "average_days_delinquent = dso - best_possible_dso",
        conventions: OF_DSO,
        nulls: NULLS_OF_SALES,
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
        source: CRF,
    },
    MetricContract {
        id: "dso.weighted_terms.v1",
        name: "weighted terms",
        definition: "agreed days from issue to due, weighted by the cash applied",
        formula: "weighted_terms = sum(applied x (due - issued)) / sum(applied)",
        conventions: OF_APPLICATIONS,
        nulls: NULLS_OF_APPLICATIONS,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: "dso.weighted_days_late.v1",
        name: "weighted days late",
        definition: "days from due to application, early negative, weighted by the cash applied",
        formula: "weighted_days_late = sum(applied x (applied_on - due)) / sum(applied)",
        conventions: OF_APPLICATIONS,
        nulls: NULLS_OF_APPLICATIONS,
        source: "design of this program, section 5",
    },
    MetricContract {
        id: "dso.weighted_days_to_pay.v1",
        name: "weighted days to pay",
        definition: "days from issue to application, weighted by the cash applied",
        formula: "weighted_days_to_pay = weighted_terms + weighted_days_late",
        conventions: OF_APPLICATIONS,
        nulls: NULLS_OF_APPLICATIONS,
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
        source: CRF,
    },
    MetricContract {
        id: super::concentration::METRIC_ID,
        name: "concentration",
        definition: "how much of the open claims stands with few customers",
        formula: "top_share = open of the largest n / open; hhi = sum of squared shares",
        conventions: Conventions {
            credits: CLAIMS_ONLY,
            disputes: NO_PART,
            boundary: "the end of the as-of day",
            currency: PER_CURRENCY,
            window: "the end of the as-of day",
        },
        nulls: &[(NullReason::NothingOpen, "no claim is open")],
        source: "Hirschman, A. O., The paternity of an index, American Economic Review 54 (1964)",
    },
    MetricContract {
        id: super::cohorts::TIME_TO_PAY_ID,
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
        source: "Kaplan and Meier, JASA 53 (1958), pp. 457-481; Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), pp. 141-150",
    },
    MetricContract {
        id: super::triangle::TRIANGLE_ID,
        name: "triangle from a file",
        definition: "development factors and ultimates of a cumulative triangle that was given",
        formula: "ultimate = latest x factors to come; Mack's standard error for volume-weighted factors of all origins only",
        conventions: OF_A_FILE,
        nulls: &[(
            NullReason::NotDefined,
            "no factor, or no error for this rule of factors",
        )],
        source: "Mack, T., ASTIN Bulletin 23 (1993), pp. 213-225",
    },
    MetricContract {
        id: super::roll_rates::histories::METRIC_ID,
        name: "roll rates of state histories",
        definition: "of those seen in a state in a period, the share in each state in the next period of the file",
        formula: "P(a, b) = N(a, b) / N(a); a jump over a state is counted as it stands and flagged `skip`",
        conventions: OF_A_FILE,
        nulls: &[(
            NullReason::NoDenominator,
            "nobody was seen in the state and in the next period",
        )],
        source: "Wilson, E. B., JASA 22 (1927), for the interval; design of this program, section 5",
    },
    MetricContract {
        id: super::dso::bridge::METRIC_ID,
        name: "DSO bridge",
        definition: "why the simple DSO moved between two month ends",
        formula: "closing = opening + volume + mix + terms + lateness + disputes + unapplied, by substituting the closing values in this order",
        conventions: Conventions {
            disputes: "disputed money is a part of its own, taken out of the overdue first",
            window: "the window of the simple DSO at both month ends",
            ..OF_DSO
        },
        nulls: NULLS_OF_SALES,
        source: "sequential substitution; the order is a convention of this program",
    },
];

/// Returns the contract of a metric, or `None` for an unknown id.
pub fn contract(id: &str) -> Option<&'static MetricContract> {
    CONTRACTS.iter().find(|contract| contract.id == id)
}

/// Returns all contracts, one row each.
pub fn table() -> Table {
    let all = || CONTRACTS.iter();
    Table::new("metrics")
        .text("metric", all().map(|contract| contract.id.to_owned()))
        .text("name", all().map(|contract| contract.name.to_owned()))
        .text("definition", all().map(|contract| contract.definition.to_owned()))
}

impl MetricContract {
    /// Returns the contract as a table of its parts.
    pub fn table(&self) -> Table {
        let mut parts = vec![
            ("metric".to_owned(), self.id.to_owned()),
            ("name".to_owned(), self.name.to_owned()),
            ("definition".to_owned(), self.definition.to_owned()),
            ("formula".to_owned(), self.formula.to_owned()),
        ];
        let conventions = self.conventions.parts();
        parts.extend(conventions.map(|(part, text)| (format!("convention: {part}"), text.to_owned())));
        parts.extend(
            self.nulls
                .iter()
                .map(|(reason, when)| (format!("null: {reason}"), (*when).to_owned())),
        );
        parts.push(("source".to_owned(), self.source.to_owned()));
        Table::new("metric")
            .text("part", parts.iter().map(|(part, _)| part.clone()))
            .text("text", parts.iter().map(|(_, text)| text.clone()))
    }
}

impl Conventions {
    /// Returns each convention with its name.
    pub const fn parts(&self) -> [(&'static str, &'static str); 5] {
        [
            ("credits", self.credits),
            ("disputes", self.disputes),
            ("boundary", self.boundary),
            ("currency", self.currency),
            ("window", self.window),
        ]
    }

    /// Returns all conventions in one line, for the header of results.
    pub fn line(&self) -> String {
        self.parts().map(|(part, text)| format!("{part}: {text}")).join(" | ")
    }
}
