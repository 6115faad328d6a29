//! The numbers that segments are compared by: each a ratio of sums over customers.

use super::compare::{CompareError, CompareParams};
use super::fallen_due::FallenDueByGroup;
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Groups};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Promise};
use crate::metrics::NullReason;
use crate::metrics::aging::{AgingParams, aging};
use crate::metrics::dso::{DsoMonth, DsoParams, dso};
use crate::metrics::fact_groups::account_currency;
use crate::metrics::promises::{KeptByGroup, promised_accounts};
use crate::metrics::roll_rates::{Move, RollRatesParams, roll_rates};
use crate::money::{Currency, Total};

/// A number that segments are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentMetric {
    /// Claims past due, per customer with an open item.
    Overdue,
    /// Claims past due over open claims.
    PastDueShare,
    /// Receivables over credit sales of the window, in days.
    Dso,
    /// Claims not due over the same sales, in days.
    BestPossibleDso,
    /// Days from due to application, weighted by the cash applied in the window.
    DaysLate,
    /// Collected of what could be collected in the window, in percent.
    CollectionEffectiveness,
    /// Claims that stood in a worse bucket at the end of a month, of those open at its beginning.
    RollForward,
    /// Claims not settled at the end of their due day, of those that fell due in the window.
    LateShare,
    /// Cash that came within some days after the due day, of what fell due in the window.
    Collected,
    /// Promises kept, of those that were made in the window and are judged.
    PromisesKept,
}

/// What one customer adds to one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    pub numerator: i128,
    pub denominator: i128,
    pub n_documents: u64,
}

/// What a sum is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Ten-thousandths of the currency.
    Money,
    Items,
}

impl SegmentMetric {
    /// Every number, in the order in which they are listed.
    pub const ALL: [SegmentMetric; 10] = [
        SegmentMetric::Overdue,
        SegmentMetric::PastDueShare,
        SegmentMetric::Dso,
        SegmentMetric::BestPossibleDso,
        SegmentMetric::DaysLate,
        SegmentMetric::CollectionEffectiveness,
        SegmentMetric::RollForward,
        SegmentMetric::LateShare,
        SegmentMetric::Collected,
        SegmentMetric::PromisesKept,
    ];

    /// Returns the name as it is typed and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            SegmentMetric::Overdue => "overdue",
            SegmentMetric::PastDueShare => "past_due_share",
            SegmentMetric::Dso => "dso",
            SegmentMetric::BestPossibleDso => "best_possible_dso",
            SegmentMetric::DaysLate => "days_late",
            SegmentMetric::CollectionEffectiveness => "collection_effectiveness",
            SegmentMetric::RollForward => "roll_forward",
            SegmentMetric::LateShare => "late_share",
            SegmentMetric::Collected => "collected",
            SegmentMetric::PromisesKept => "promises_kept",
        }
    }

    /// Says what is divided by what, for the header of results.
    pub(super) fn formula(self, params: &CompareParams) -> String {
        match self {
            SegmentMetric::Overdue => "claims past due / customers with an open item".to_owned(),
            SegmentMetric::PastDueShare => "claims past due / open claims".to_owned(),
            SegmentMetric::Dso => "receivables / credit sales of the window x days of the window".to_owned(),
            SegmentMetric::BestPossibleDso => {
                "claims not due / credit sales of the window x days of the window".to_owned()
            }
            SegmentMetric::DaysLate => {
                "sum(cash applied in the window x days from due to application) / cash applied".to_owned()
            }
            SegmentMetric::CollectionEffectiveness => {
                "100 x (opening + sales - closing) / (opening + sales - closing not due)".to_owned()
            }
            SegmentMetric::RollForward => {
                "claims in a worse bucket at the end of a month / claims open at its beginning".to_owned()
            }
            SegmentMetric::LateShare => {
                "claims open at the end of their due day / claims that fell due in the window".to_owned()
            }
            SegmentMetric::Collected => format!(
                "cash by {} days after the due day / claims that fell due in the window, where those days are over",
                params.within_days
            ),
            SegmentMetric::PromisesKept => format!(
                "promises kept / promises judged, of those made in the window; money keeps them until {} days after the promised day",
                params.tolerance_days
            ),
        }
    }

    /// Tells whether the number is a share of items that were counted.
    pub(super) const fn is_count_share(self) -> bool {
        matches!(
            self,
            SegmentMetric::RollForward | SegmentMetric::LateShare | SegmentMetric::PromisesKept
        )
    }

    /// Tables that the number cannot do without.
    pub(super) const fn tables(self) -> &'static [&'static str] {
        match self {
            SegmentMetric::PromisesKept => &["promises"],
            _ => &[],
        }
    }

    /// Customers and currencies of what is counted and stands on no document.
    pub(super) fn accounts(self, ledger: &Ledger) -> Vec<(CustomerIx, Currency)> {
        match self {
            SegmentMetric::PromisesKept => promised_accounts(ledger),
            _ => Vec::new(),
        }
    }

    pub(super) const fn counted(self) -> (Counted, Counted) {
        match self {
            SegmentMetric::Overdue => (Counted::Money, Counted::Items),
            _ if self.is_count_share() => (Counted::Items, Counted::Items),
            _ => (Counted::Money, Counted::Money),
        }
    }

    /// Returns the number from its sums.
    pub(super) fn value(self, numerator: f64, denominator: f64, window_days: i32) -> Result<f64, NullReason> {
        if denominator <= 0.0 {
            return Err(match self {
                SegmentMetric::Dso | SegmentMetric::BestPossibleDso if denominator < 0.0 => NullReason::NegativeSales,
                SegmentMetric::Dso | SegmentMetric::BestPossibleDso => NullReason::NoSales,
                SegmentMetric::DaysLate => NullReason::NoApplications,
                SegmentMetric::Overdue | SegmentMetric::PastDueShare => NullReason::NothingOpen,
                _ => NullReason::NoDenominator,
            });
        }
        if numerator < 0.0 && self == SegmentMetric::Dso {
            return Err(NullReason::CreditBalance);
        }
        let scale = match self {
            SegmentMetric::Dso | SegmentMetric::BestPossibleDso => f64::from(window_days),
            SegmentMetric::CollectionEffectiveness => 100.0,
            SegmentMetric::Overdue => Total::from_units(1).to_feature(),
            _ => 1.0,
        };
        Ok(numerator / denominator * scale)
    }

    /// Measures every group; `groups` are segments split by customer.
    pub(super) fn measure(
        self,
        ledger: &Ledger,
        as_of: AsOf,
        window: (Month, Month),
        groups: &Groups,
        known_on: Option<Day>,
        params: &CompareParams,
    ) -> Result<Vec<Measured>, CompareError> {
        match self {
            SegmentMetric::Overdue | SegmentMetric::PastDueShare => {
                let aging = aging(ledger, as_of, groups, known_on, &AgingParams::default())?.value;
                let measured = aging.sums().iter().map(|sums| Measured {
                    numerator: sums.overdue().units(),
                    denominator: match self {
                        SegmentMetric::Overdue => i128::from(sums.n_open_items > 0),
                        _ => (sums.not_due + sums.overdue() + sums.no_due_date).units(),
                    },
                    n_documents: sums.n_open_items,
                });
                Ok(measured.collect())
            }
            SegmentMetric::RollForward => {
                let rolls = roll_rates(
                    ledger,
                    window.0,
                    window.1,
                    groups,
                    known_on,
                    &RollRatesParams::default(),
                )?
                .value;
                let measured = (0..groups.len()).map(|group| {
                    let (n_forward, n) = rolls.n_moves(group, Move::Forward);
                    Measured {
                        numerator: n_forward.into(),
                        denominator: n.into(),
                        n_documents: n,
                    }
                });
                Ok(measured.collect())
            }
            SegmentMetric::LateShare | SegmentMetric::Collected => {
                let (from, to) = (window.0.first(), window.1.last());
                let empty = FallenDueByGroup::new(groups, as_of, from, to, params.within_days);
                let pass = history::run(ledger, known_on, empty);
                let measured = (0..groups.len()).map(|group| {
                    let sums = pass.sums().of(group).copied().unwrap_or_default();
                    match self {
                        SegmentMetric::LateShare => Measured {
                            numerator: sums.n_late.into(),
                            denominator: sums.n_due.into(),
                            n_documents: sums.n_due,
                        },
                        _ => Measured {
                            numerator: sums.collected.units(),
                            denominator: sums.matured.units(),
                            n_documents: sums.n_matured,
                        },
                    }
                });
                Ok(measured.collect())
            }
            SegmentMetric::PromisesKept => {
                let group_of = |customer: CustomerIx, promise: &Promise| match promise.document {
                    Some(document) => groups.of_document(document, ledger.document(document)),
                    None => groups.of_unapplied(customer, account_currency(ledger, customer, promise.made_on), 0),
                };
                let days = (window.0.first(), window.1.last());
                let empty = KeptByGroup::new(ledger, days, as_of, params.tolerance_days, group_of);
                let pass = history::run(ledger, known_on, empty);
                let measured = (0..groups.len()).map(|group| {
                    let kept = pass.counts().of(group).copied().unwrap_or_default();
                    Measured {
                        numerator: kept.n_kept.into(),
                        denominator: kept.n_judged.into(),
                        n_documents: kept.n_judged,
                    }
                });
                Ok(measured.collect())
            }
            _ => self.measure_dso(ledger, window, groups, known_on, params),
        }
    }

    fn measure_dso(
        self,
        ledger: &Ledger,
        (from, to): (Month, Month),
        groups: &Groups,
        known_on: Option<Day>,
        params: &CompareParams,
    ) -> Result<Vec<Measured>, CompareError> {
        let window = DsoParams {
            window_months: params.window_months,
        };
        let dso = dso(ledger, from, to, groups, known_on, &window)?.value;
        let n_documents = n_issued(ledger, groups, from.first(), to.last(), known_on);
        let measured = dso.rows().iter().zip(n_documents).map(|(months, n_documents)| {
            let sum = |of: fn(&DsoMonth) -> Total| months.iter().map(of).sum::<Total>();
            let last = |of: fn(&DsoMonth) -> Total| months.last().map(of).unwrap_or_default();
            let opening = months.first().map(|month| month.opening).unwrap_or_default();
            let available = opening + sum(|month| month.month_sales);
            let (numerator, denominator) = match self {
                SegmentMetric::Dso => (last(|month| month.receivables), last(|month| month.window_sales)),
                SegmentMetric::BestPossibleDso => (last(|month| month.not_due), last(|month| month.window_sales)),
                SegmentMetric::DaysLate => (sum(|month| month.applied_late), sum(|month| month.applied)),
                _ => (
                    available - last(|month| month.receivables),
                    available - last(|month| month.not_due),
                ),
            };
            Measured {
                numerator: numerator.units(),
                denominator: denominator.units(),
                n_documents,
            }
        });
        Ok(measured.collect())
    }
}

/// Documents issued between two days, by group.
fn n_issued(ledger: &Ledger, groups: &Groups, from: Day, to: Day, known_on: Option<Day>) -> Vec<u64> {
    let mut counts = vec![0; groups.len()];
    for (ix, document) in (0..).map(crate::ids::DocumentIx).zip(ledger.documents().all()) {
        let is_known = known_on.is_none_or(|known_on| document.known_on <= known_on);
        if is_known && (from..=to).contains(&document.issued_on) {
            counts[groups.of_document(ix, document)] += 1;
        }
    }
    counts
}
