//! The panel: one row per open invoice, or per customer, and day, from what was known at the end of that day.

mod formulas;
mod shares;

use ndarray::Array2;
use rayon::prelude::*;

use self::shares::share;
use super::catalogue::Feature;
use super::portfolio::{Chances, Portfolio};
use super::view::{Claim, NEVER, View};
use super::{CheckedLabelParams, Unit};
use crate::calendar::AsOf;
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
                            at_stake: claim.open.to_feature(),
                        },
                        &values,
                    );
                }
            }
            Unit::Customer => {
                self.of_customer(&mut values, view, day, chances, late_share);
                let at_stake: Total = view.open().map(|claim| claim.open).sum();
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
}

fn sorted_delays(delays: &mut Vec<i32>, claims: &[Claim]) {
    delays.clear();
    delays.extend(claims.iter().map(|claim| claim.delay));
    delays.sort_unstable();
}
