//! The rows of one customer after another.

use super::promises::Promises;
use super::shares::share;
use super::{Panel, PanelRow, Standing};
use crate::calendar::AsOf;
use crate::features::catalogue::Feature;
use crate::features::days::Days;
use crate::features::portfolio::Chances;
use crate::features::timeline::Claim;
use crate::features::view::{Delays, View};
use crate::features::{CheckedLabelParams, Unit};
use crate::history::CustomerHistory;
use crate::ids::DocumentIx;
use crate::ledger::Ledger;
use crate::money::Total;
use crate::table::Data;

/// Days in which a due invoice counts as recent.
const RECENT_DAYS: i32 = 120;

/// Credit limits by row of the customers table.
pub(super) struct Limits<'a> {
    pub limits: &'a [Option<Total>],
    pub kinds: &'a [Option<String>],
    pub currencies: Option<&'a [Option<String>]>,
}

/// Which tables and columns features read.
pub(super) struct Sources<'a> {
    pub limits: Option<Limits<'a>>,
    pub has_disputes: bool,
    pub has_promises: bool,
    pub has_contacts: bool,
}

impl<'a> Sources<'a> {
    pub(super) fn of(ledger: &'a Ledger) -> Sources<'a> {
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
pub(super) struct Builder<'a> {
    ledger: &'a Ledger,
    pub(super) sources: &'a Sources<'a>,
    pub(super) params: &'a CheckedLabelParams,
    features: &'a [Feature],
    days: &'a Days,
    chances: &'a [Chances],
    view: View<'a>,
    pub(super) recent_delays: Delays,
    pub(super) promises: Promises,
    // First instalments of the invoices in dispute on the day, in order.
    disputed: Vec<DocumentIx>,
    panel: Panel,
    values: Vec<f64>,
}

/// The value of every feature of the catalogue for one row; NaN where missing.
#[derive(Clone)]
pub(super) struct Values([f64; Feature::ALL.len()]);

impl Values {
    pub(super) fn set(&mut self, feature: Feature, value: f64) {
        self.0[feature as usize] = value;
    }

    pub(super) fn set_known(&mut self, feature: Feature, value: Option<f64>) {
        self.set(feature, value.unwrap_or(f64::NAN));
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        ledger: &'a Ledger,
        sources: &'a Sources<'a>,
        params: &'a CheckedLabelParams,
        features: &'a [Feature],
        days: &'a Days,
        chances: &'a [Chances],
    ) -> Builder<'a> {
        Builder {
            ledger,
            sources,
            params,
            features,
            days,
            chances,
            view: View::new(days, params),
            recent_delays: Delays::default(),
            promises: Promises::default(),
            disputed: Vec::new(),
            panel: Panel::empty(params, days.all()),
            values: Vec::new(),
        }
    }

    /// Adds the rows of one customer, day by day.
    ///
    /// `history` must not be limited to what was known on some day.
    pub(super) fn add(&mut self, history: &CustomerHistory<'_>) {
        let mut view = std::mem::replace(&mut self.view, View::new(self.days, self.params));
        view.start(history);
        self.promises = Promises::default();
        for (at, &day) in self.days.all().iter().enumerate() {
            view.go_on(at);
            if self.sources.has_promises {
                let tolerance_days = self.params.promise_tolerance_days;
                self.promises.judge(self.ledger, history, &view, day, tolerance_days);
            }
            let wanted = match self.params.unit {
                Unit::Invoice => view.open().next().is_some(),
                Unit::Customer => view.sights.is_named || view.sights.n_documents > 0,
            };
            if wanted {
                self.add_day(history, &view, day, &self.chances[at]);
            }
        }
        self.view = view;
    }

    /// Returns the rows.
    pub(super) fn finish(self) -> Panel {
        self.panel.with(self.values)
    }

    fn add_day(&mut self, history: &CustomerHistory<'_>, view: &View<'_>, day: AsOf, chances: &Chances) {
        let d = self.params.days_late;
        let mut values = Values([f64::NAN; Feature::ALL.len()]);
        let late_share = self.behaviour(&mut values, view, day, chances);
        self.exposure(&mut values, history, view, day);
        self.relations(&mut values, history, view, day);
        if self.sources.has_disputes {
            self.find_disputed(history, day);
            let n_disputed = view.open().filter(|claim| self.is_disputed(claim)).count();
            values.set_known(Feature::DisputedShare, share(n_disputed, view.open().count()));
        }
        let is_new = view.delays.len() == 0 && view.settled().len() == 0;
        let standing = |already_bad: bool| match (already_bad, is_new) {
            (true, _) => Standing::AlreadyBad,
            (false, true) => Standing::New,
            (false, false) => Standing::Known,
        };
        let row = PanelRow {
            customer: history.customer,
            document: None,
            as_of: day,
            standing: standing(view.open().any(|claim| day.0 - claim.due >= d)),
            at_stake: 0.0,
        };
        match self.params.unit {
            Unit::Invoice => {
                self.recent_delays.clear();
                let recent = view.matured().take_while(|claim| claim.due > day.0 - RECENT_DAYS);
                recent.for_each(|claim| self.recent_delays.push(claim.delay));
                self.recent_delays.sort();
                for claim in view.open() {
                    let mut values = values.clone();
                    self.of_invoice(&mut values, view, claim, day, chances);
                    if self.sources.has_disputes {
                        values.set(Feature::InDispute, f64::from(self.is_disputed(claim)));
                    }
                    let row = PanelRow {
                        document: Some(claim.ix),
                        standing: standing(day.0 - claim.due >= d),
                        at_stake: claim.open.to_feature(),
                        ..row
                    };
                    self.push(row, &values);
                    self.panel.invoice_rows.push(claim.row);
                }
            }
            Unit::Customer => {
                self.of_customer(&mut values, view, day, chances, late_share);
                let at_stake: Total = view.open().map(|claim| claim.open).sum();
                let row = PanelRow {
                    at_stake: at_stake.to_feature(),
                    ..row
                };
                self.push(row, &values);
            }
        }
    }

    fn find_disputed(&mut self, history: &CustomerHistory<'_>, day: AsOf) {
        let open = history
            .disputes
            .iter()
            .filter(|dispute| dispute.is_open_on(day.0, day.0));
        self.disputed.clear();
        self.disputed.extend(open.filter_map(|dispute| dispute.document));
        self.disputed.sort_unstable();
    }

    fn is_disputed(&self, claim: &Claim) -> bool {
        self.disputed.binary_search(&claim.invoice).is_ok()
    }

    fn push(&mut self, row: PanelRow, values: &Values) {
        self.panel.rows.push(row);
        self.values
            .extend(self.features.iter().map(|&feature| values.0[feature as usize]));
    }
}
