//! The panel: one row per open invoice, or per customer, and day, from what was known at the end of that day.

use std::collections::HashSet;

use ndarray::Array2;
use rayon::prelude::*;

use super::catalogue::Feature;
use super::portfolio::{Chances, EARLIEST, Portfolio};
use super::view::{Claim, NEVER, View};
use super::{CheckedLabelParams, Unit};
use crate::calendar::{AsOf, Day};
use crate::history::{self, CustomerHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::{Amount, Currency, Total};
use crate::table::Data;

/// Rows of features, customer by customer, each customer's rows by day and document.
#[derive(Clone, Debug)]
pub struct Panel {
    params: CheckedLabelParams,
    rows: Vec<PanelRow>,
    x: Array2<f64>,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelRow {
    /// Whose.
    pub customer: CustomerIx,
    /// Which document; `None` in a panel of customers.
    pub document: Option<DocumentIx>,
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Whether there is something to predict, and something to predict it from.
    pub standing: Standing,
    /// Unsettled money in whole units of its currency: the invoice's, or all of the customer's.
    pub at_stake: f64,
}

/// Whether there is something to predict, and something to predict it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Not delinquent yet, with earlier invoices whose end is known.
    Known,
    /// Not delinquent yet, without an earlier invoice whose end is known: the portfolio speaks for it.
    New,
    /// Delinquent already.
    AlreadyBad,
}

/// How many invoices the wider group counts for, beside the customer's own.
const PRIOR_WEIGHT: f64 = 4.0;
/// Days late beyond these bounds say no more about habits.
const DAYS_LATE_BOUNDS: (i32, i32) = (-60, 120);
/// Days in which a due invoice counts as recent.
const RECENT_DAYS: i32 = 120;

impl Panel {
    /// Builds the rows of the given days, on all cores, the same for any number of them.
    ///
    /// A day's rows hold nothing that became effective or known later. Documents without a due day have no row.
    pub fn build(ledger: &Ledger, days: &[AsOf], params: &CheckedLabelParams) -> Panel {
        let chances: Vec<Chances> = days
            .iter()
            .map(|day| {
                let empty = Portfolio::new(day.0, params.days_late, params.materiality);
                history::run(ledger, Some(day.0), empty).chances()
            })
            .collect();
        let sources = Sources::of(ledger);
        let features = Feature::of(params.unit);
        let customers: Vec<CustomerIx> = ledger.customers().collect();
        let parts: Vec<(Vec<PanelRow>, Vec<f64>)> = customers
            .par_iter()
            .map(|&customer| {
                let mut builder = Builder::new(ledger, &sources, params, &features);
                for (day, chances) in days.iter().zip(&chances) {
                    builder.add(customer, *day, chances);
                }
                (builder.rows, builder.values)
            })
            .collect();
        let n_rows = parts.iter().map(|(rows, _)| rows.len()).sum();
        let mut rows = Vec::with_capacity(n_rows);
        let mut values = Vec::with_capacity(n_rows * features.len());
        for (part_rows, part_values) in parts {
            rows.extend(part_rows);
            values.extend(part_values);
        }
        let x = Array2::from_shape_vec((n_rows, features.len()), values).expect("each row adds one value per feature");
        Panel {
            params: *params,
            rows,
            x,
        }
    }

    /// Returns what the rows are labelled by.
    pub fn params(&self) -> &CheckedLabelParams {
        &self.params
    }

    /// Returns what each row is about.
    pub fn rows(&self) -> &[PanelRow] {
        &self.rows
    }

    /// Returns the features, `(n_rows, n_features)`, columns in the order of [`Feature::of`]; NaN where missing.
    pub fn x(&self) -> &Array2<f64> {
        &self.x
    }
}

/// Credit limits by row of the customers table.
struct Limits<'a> {
    limits: &'a [Option<Total>],
    kinds: &'a [Option<String>],
    currencies: Option<&'a [Option<String>]>,
}

/// Which tables and columns features read.
struct Sources<'a> {
    limits: Option<Limits<'a>>,
    has_disputes: bool,
    has_promises: bool,
    has_contacts: bool,
}

impl<'a> Sources<'a> {
    fn of(ledger: &'a Ledger) -> Sources<'a> {
        let limits = ledger.table("customers").and_then(|table| {
            let Some(Data::Money(limits)) = table.column("credit_limit") else {
                return None;
            };
            let kinds = table.texts("limit_kind").ok()?;
            Some(Limits {
                limits,
                kinds,
                currencies: table.texts("currency").ok(),
            })
        });
        Sources {
            limits,
            has_disputes: ledger.has("disputes"),
            has_promises: ledger.has("promises"),
            has_contacts: ledger.has("contacts"),
        }
    }
}

/// Makes the rows of one customer after another; its buffers are reused.
struct Builder<'a> {
    ledger: &'a Ledger,
    sources: &'a Sources<'a>,
    params: &'a CheckedLabelParams,
    features: &'a [Feature],
    view: View,
    delays: Vec<i32>,
    recent_delays: Vec<i32>,
    amounts: Vec<(Currency, Amount)>,
    rows: Vec<PanelRow>,
    values: Vec<f64>,
}

/// The value of every feature of the catalogue for one row; NaN where missing.
#[derive(Clone)]
struct Values([f64; Feature::ALL.len()]);

impl Values {
    fn set(&mut self, feature: Feature, value: f64) {
        self.0[feature as usize] = value;
    }

    fn set_known(&mut self, feature: Feature, value: Option<f64>) {
        self.set(feature, value.unwrap_or(f64::NAN));
    }
}

impl<'a> Builder<'a> {
    fn new(
        ledger: &'a Ledger,
        sources: &'a Sources<'a>,
        params: &'a CheckedLabelParams,
        features: &'a [Feature],
    ) -> Builder<'a> {
        Builder {
            ledger,
            sources,
            params,
            features,
            view: View::default(),
            delays: Vec::new(),
            recent_delays: Vec::new(),
            amounts: Vec::new(),
            rows: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds the rows of one customer at the end of one day.
    fn add(&mut self, customer: CustomerIx, day: AsOf, chances: &Chances) {
        let history = CustomerHistory::of(self.ledger, customer, Some(day.0));
        let mut view = std::mem::take(&mut self.view);
        view.read(&history, day.0, self.params.materiality);
        let is_known = view.n_documents > 0
            || self
                .ledger
                .versions()
                .of(customer)
                .iter()
                .any(|version| version.valid_from <= day.0 && version.known_on <= day.0);
        let wanted = match self.params.unit {
            Unit::Invoice => view.open().next().is_some(),
            Unit::Customer => is_known,
        };
        if wanted {
            self.add_known(&history, &view, day, chances);
        }
        self.view = view;
    }

    fn add_known(&mut self, history: &CustomerHistory<'_>, view: &View, day: AsOf, chances: &Chances) {
        let d = self.params.days_late;
        let matured = view.matured(day.0, d);
        sorted_delays(&mut self.delays, matured);
        let recent_from = matured.partition_point(|claim| claim.due <= day.0 - RECENT_DAYS);
        sorted_delays(&mut self.recent_delays, &matured[recent_from..]);
        let mut values = Values([f64::NAN; Feature::ALL.len()]);
        let late_share = self.behaviour(&mut values, view, matured, day, chances);
        self.exposure(&mut values, history, view, day);
        self.relations(&mut values, history, view, day);
        let disputed = self.disputed(history, day);
        let is_disputed = |claim: &Claim| disputed.contains(self.ledger.invoice_id(claim.ix));
        if self.sources.has_disputes {
            let n_open = view.open().count();
            let n_disputed = view.open().filter(|claim| is_disputed(claim)).count();
            values.set_known(Feature::DisputedShare, share(n_disputed, n_open));
        }
        let is_new = matured.is_empty() && view.claims.iter().all(|claim| claim.delay == NEVER);
        let standing = |already_bad: bool| match (already_bad, is_new) {
            (true, _) => Standing::AlreadyBad,
            (false, true) => Standing::New,
            (false, false) => Standing::Known,
        };
        match self.params.unit {
            Unit::Invoice => {
                self.amounts.clear();
                self.amounts
                    .extend(view.claims.iter().map(|claim| (claim.currency, claim.amount)));
                self.amounts.sort_unstable();
                for claim in view.open() {
                    let mut values = values.clone();
                    self.of_invoice(&mut values, claim, day, chances);
                    if self.sources.has_disputes {
                        values.set(Feature::InDispute, f64::from(is_disputed(claim)));
                    }
                    self.push(
                        PanelRow {
                            customer: history.customer,
                            document: Some(claim.ix),
                            as_of: day,
                            standing: standing(day.0 - claim.due >= d),
                            at_stake: claim.unsettled.to_feature(),
                        },
                        &values,
                    );
                }
            }
            Unit::Customer => {
                self.of_customer(&mut values, view, day, chances, late_share);
                let at_stake: Total = view.open().map(|claim| claim.unsettled).sum();
                self.push(
                    PanelRow {
                        customer: history.customer,
                        document: None,
                        as_of: day,
                        standing: standing(view.open().any(|claim| day.0 - claim.due >= d)),
                        at_stake: at_stake.to_feature(),
                    },
                    &values,
                );
            }
        }
    }

    fn push(&mut self, row: PanelRow, values: &Values) {
        self.rows.push(row);
        self.values
            .extend(self.features.iter().map(|&feature| values.0[feature as usize]));
    }

    /// How the customer paid so far; returns its shrunken late share of the last 12 months.
    fn behaviour(&self, values: &mut Values, view: &View, matured: &[Claim], day: AsOf, chances: &Chances) -> f64 {
        let d = self.params.days_late;
        let late_since = |from: Day| {
            let start = matured.partition_point(|claim| claim.due + d <= from);
            let window = &matured[start..];
            (window.iter().filter(|claim| claim.delay > d).count(), window.len())
        };
        let (n_late, n) = late_since(Day::EARLIEST - 1_000);
        let all = shrunk(n_late, n, chances.late_share);
        let (n_late, n) = late_since(day.0 - 365);
        let year = shrunk(n_late, n, chances.late_share);
        let (n_late, n) = late_since(day.0 - 91);
        values.set(Feature::LateShareAll, all);
        values.set(Feature::LateShare12m, year);
        values.set(Feature::LateShare3m, shrunk(n_late, n, all));
        let last = &matured[matured.len().saturating_sub(5)..];
        let n_late = last.iter().filter(|claim| claim.delay > d).count();
        values.set_known(Feature::LateShareLast5, share(n_late, last.len()));

        let window = |from: i32, to: i32| {
            let mut moments = Moments::default();
            for claim in view.claims.iter().filter(|claim| claim.delay != NEVER) {
                let settled = claim.due + claim.delay;
                if settled > day.0 - from && settled <= day.0 - to {
                    moments.add(f64::from(claim.delay.clamp(DAYS_LATE_BOUNDS.0, DAYS_LATE_BOUNDS.1)));
                }
            }
            moments
        };
        let (recent, before) = (window(91, 0), window(365, 91));
        values.set_known(Feature::DaysLateMean6m, window(182, 0).mean());
        values.set_known(Feature::DaysLateMeanAll, window(100_000, 0).mean());
        values.set_known(Feature::DaysLateSpread12m, window(365, 0).standard_deviation());
        values.set_known(
            Feature::DaysLateTrend,
            recent.mean().zip(before.mean()).map(|(recent, before)| recent - before),
        );
        year
    }

    /// What is open and how old it is.
    fn exposure(&self, values: &mut Values, history: &CustomerHistory<'_>, view: &View, day: AsOf) {
        let (mut n_open, mut n_overdue, mut worst) = (0_usize, 0_usize, 0);
        let (mut open, mut overdue) = (Total::ZERO, Total::ZERO);
        let mut currency = None;
        let mut is_one_currency = true;
        for claim in view.open() {
            n_open += 1;
            open += claim.unsettled;
            is_one_currency &= *currency.get_or_insert(claim.currency) == claim.currency;
            if claim.due < day.0 {
                n_overdue += 1;
                overdue += claim.unsettled;
                worst = worst.max(day.0 - claim.due);
            }
        }
        values.set(Feature::NumberOpen, n_open as f64);
        values.set(Feature::NumberOverdue, n_overdue as f64);
        values.set(Feature::WorstDaysPastDue, f64::from(worst));
        let overdue_share = if is_one_currency {
            overdue.ratio(open)
        } else {
            share(n_overdue, n_open)
        };
        values.set_known(Feature::OverdueShare, overdue_share);
        let issued = view.claims.iter().filter(|claim| claim.issued > day.0 - 91).count();
        values.set(Feature::InvoicesPerMonth, issued as f64 * 30.0 / 91.0);
        values.set_known(
            Feature::TenureDays,
            view.first_issued.map(|first| f64::from(day.0 - first)),
        );
        values.set_known(
            Feature::DaysSinceInvoice,
            view.last_issued.map(|last| f64::from(day.0 - last)),
        );
        let Some(currency) = currency.filter(|_| is_one_currency) else {
            return;
        };
        let unapplied = history
            .unapplied()
            .filter(|posting| posting.on <= day.0 && posting.currency == currency);
        let unapplied: Total = unapplied.map(|posting| -posting.delta).sum();
        let covered = unapplied.max(Total::ZERO).min(open);
        values.set_known(Feature::UnappliedShare, covered.ratio(open));
        values.set_known(Feature::Utilisation, self.utilisation(history, open, currency, day));
    }

    fn utilisation(&self, history: &CustomerHistory<'_>, open: Total, currency: Currency, day: AsOf) -> Option<f64> {
        let Limits {
            limits,
            kinds,
            currencies,
        } = self.sources.limits.as_ref()?;
        let mut versions = self.ledger.versions().of(history.customer).iter();
        let row = versions
            .rfind(|version| version.valid_from <= day.0 && version.known_on <= day.0)?
            .row as usize;
        let limit = limits[row]?;
        let in_currency = currencies
            .and_then(|currencies| currencies[row].as_deref())
            .is_none_or(|word| word == currency.as_str());
        let is_amount = kinds[row].as_deref() == Some("amount");
        (is_amount && in_currency && limit > Total::ZERO)
            .then(|| open.ratio(limit))
            .flatten()
    }

    /// Payments, promises, contacts and disputes.
    fn relations(&self, values: &mut Values, history: &CustomerHistory<'_>, view: &View, day: AsOf) {
        let mut n_days = 0;
        let (mut first, mut last) = (None, None);
        for &(on, _) in &view.cash {
            if last != Some(on) {
                n_days += 1;
            }
            first = first.or(Some(on));
            last = Some(on);
        }
        if let (Some(first), Some(last), true) = (first, last, n_days > 1) {
            let usual = f64::from(last - first) / f64::from(n_days - 1);
            values.set(Feature::DaysSincePayment, f64::from(day.0 - last) / usual.max(1.0));
        }
        if self.sources.has_promises {
            let (mut n_due, mut n_broken) = (0, 0);
            for promise in history.promises {
                if promise.known_on > day.0 || promise.promised_on > day.0 || promise.made_on > day.0 {
                    continue;
                }
                // A promise may name another customer's invoice; then it is judged on the account.
                let own = promise.document.filter(|ix| {
                    let first = history.first_document.at();
                    (first..first + history.documents.len()).contains(&ix.at())
                });
                let received = match own {
                    None => view.cash_between(promise.made_on - 1, promise.promised_on),
                    Some(ix) => history
                        .document(ix)
                        .postings()
                        .filter(|posting| posting.on >= promise.made_on && posting.on <= promise.promised_on)
                        .map(|posting| -posting.delta)
                        .sum(),
                };
                n_due += 1;
                n_broken += usize::from(received < Total::from(promise.amount));
            }
            values.set_known(Feature::BrokenPromises, share(n_broken, n_due));
        }
        if self.sources.has_contacts {
            let contacts = self.ledger.contacts().of(history.customer).iter();
            let n = contacts
                .filter(|contact| contact.known_on <= day.0)
                .filter(|contact| contact.contacted_on <= day.0 && contact.contacted_on > day.0 - 90)
                .count();
            values.set(Feature::Contacts90d, n as f64);
        }
        if self.sources.has_disputes {
            let disputes = history
                .disputes
                .iter()
                .filter(|dispute| dispute.known_on <= day.0 && dispute.opened_on <= day.0);
            let ids: HashSet<&str> = disputes
                .filter_map(|dispute| dispute.document)
                .map(|ix| self.ledger.invoice_id(ix))
                .collect();
            values.set_known(
                Feature::DisputedShareAll,
                share(ids.len().min(view.n_documents), view.n_documents),
            );
        }
    }

    /// Returns the invoice ids in dispute at the end of a day.
    fn disputed(&self, history: &CustomerHistory<'a>, day: AsOf) -> HashSet<&'a str> {
        let open = history.disputes.iter().filter(|dispute| {
            dispute.known_on <= day.0
                && dispute.opened_on <= day.0
                && dispute.closed_on.is_none_or(|closed| closed > day.0)
        });
        open.filter_map(|dispute| dispute.document)
            .map(|ix| self.ledger.invoice_id(ix))
            .collect()
    }

    /// Returns the chance that a claim of this customer passes the days late, given the age it has reached.
    fn chance_at(&self, age: i32, chances: &Chances) -> f64 {
        chance(&self.delays, age, self.params.days_late, chances.at(age))
    }

    fn of_invoice(&self, values: &mut Values, claim: &Claim, day: AsOf, chances: &Chances) {
        let age = day.0 - claim.due;
        let all = self.chance_at(age, chances);
        values.set(Feature::ChanceGivenAge, all);
        values.set(
            Feature::ChanceGivenAgeRecent,
            chance(&self.recent_delays, age, self.params.days_late, all),
        );
        values.set(Feature::DaysPastDue, f64::from(age));
        values.set(Feature::TermsDays, f64::from(claim.due - claim.issued));
        values.set(Feature::Amount, claim.amount.to_feature());
        values.set(Feature::DueDayOfMonth, f64::from(claim.due.day_of_month()));
        values.set(Feature::DueWeekday, f64::from(claim.due.weekday()));
        let from = self.amounts.partition_point(|(currency, _)| *currency < claim.currency);
        let to = self
            .amounts
            .partition_point(|(currency, _)| *currency <= claim.currency);
        let same = &self.amounts[from..to];
        let usual = same[same.len() / 2].1.to_feature();
        if same.len() > 1 && usual > 0.0 {
            values.set(Feature::AmountAgainstHabit, claim.amount.to_feature() / usual);
        }
    }

    fn of_customer(&self, values: &mut Values, view: &View, day: AsOf, chances: &Chances, late_share: f64) {
        let d = self.params.days_late;
        let mut none_late = 1.0;
        let mut worst: Option<f64> = None;
        let mut terms = Moments::default();
        for claim in view.open() {
            if claim.due + d > day.0 + self.params.horizon || day.0 - claim.due >= d {
                continue;
            }
            let chance = self.chance_at(day.0 - claim.due, chances);
            none_late *= 1.0 - chance;
            worst = Some(worst.map_or(chance, |worst| worst.max(chance)));
        }
        let recent = view.claims.iter().filter(|claim| claim.issued > day.0 - 91);
        for claim in recent {
            terms.add(f64::from(claim.due - claim.issued));
        }
        // New documents count while they can still pass the days late inside the horizon.
        let room = f64::from(self.params.horizon - d) - terms.mean().unwrap_or(30.0);
        let entering_days = room.clamp(0.0, f64::from(self.params.entering));
        let n_entering = terms.n * entering_days / 91.0;
        none_late *= (1.0 - late_share).powf(n_entering);
        values.set(Feature::ChanceAnyLate, 1.0 - none_late);
        values.set_known(Feature::ChanceWorstOpen, worst);
    }
}

/// Sums from which a mean and a spread come.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn mean(&self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }

    fn standard_deviation(&self) -> Option<f64> {
        let variance = || (self.squares - self.sum * self.sum / self.n) / (self.n - 1.0);
        (self.n > 1.0).then(|| variance().max(0.0).sqrt())
    }
}

fn share(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// Returns a share that counts a wider group's share as [`PRIOR_WEIGHT`] invoices.
fn shrunk(part: usize, all: usize, wider: f64) -> f64 {
    (part as f64 + PRIOR_WEIGHT * wider) / (all as f64 + PRIOR_WEIGHT)
}

fn sorted_delays(delays: &mut Vec<i32>, claims: &[Claim]) {
    delays.clear();
    delays.extend(claims.iter().map(|claim| claim.delay));
    delays.sort_unstable();
}

/// Returns the share of claims later than `days_late` among those later than `age`, shrunk to a wider group's share.
fn chance(sorted_delays: &[i32], age: i32, days_late: i32, wider: f64) -> f64 {
    let after = |days: i32| sorted_delays.len() - sorted_delays.partition_point(|delay| *delay <= days);
    shrunk(after(days_late), after(age.max(EARLIEST)), wider)
}
