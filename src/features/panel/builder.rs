//! The rows of one customer after another.

use super::candidates::CandidateRow;
use super::judged::Judge;
use super::promises::Promises;
use super::rhythm::Circle;
use super::shares::Shrinkage;
use super::sources::Sources;
use super::{Panel, PanelRow, Standing};
use crate::calendar::AsOf;
use crate::features::catalogue::Feature;
use crate::features::circles::Circles;
use crate::features::days::Days;
use crate::features::portfolio::{Chances, Families, Portfolio, Portfolios};
use crate::features::timeline::Claim;
use crate::features::view::{Delays, View};
use crate::features::{CheckedLabelParams, Unit};
use crate::history::{self, CustomerHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::money::Total;

/// Days in which a due invoice counts as recent.
const RECENT_DAYS: i32 = 120;

/// What the rows of all customers share.
pub(super) struct Surroundings<'a> {
    pub ledger: &'a Ledger,
    pub params: &'a CheckedLabelParams,
    pub days: &'a Days,
    pub sources: Sources,
    pub circles: &'a Circles,
    // One for each day.
    pub portfolios: Vec<Portfolio>,
    pub families: Families,
    pub features: Vec<Feature>,
}

/// Makes the rows of one customer after another; its buffers are reused.
pub(super) struct Builder<'a> {
    surroundings: &'a Surroundings<'a>,
    view: View<'a>,
    pub(super) judge: Judge,
    pub(super) circle: Circle,
    pub(super) recent_delays: Delays,
    pub(super) promises: Promises,
    // Days late of the claims settled in the year before the day.
    pub(super) of_year: Vec<i32>,
    // First instalments of the invoices in dispute on the day, in order.
    disputed: Vec<DocumentIx>,
    panel: Panel,
    values: Vec<f64>,
}

impl<'a> Surroundings<'a> {
    /// Passes over the ledger once for what all customers together say.
    pub(super) fn of(
        ledger: &'a Ledger,
        params: &'a CheckedLabelParams,
        days: &'a Days,
        circles: &'a Circles,
    ) -> Surroundings<'a> {
        let (portfolios, families) = history::run(ledger, None, Portfolios::new(days, params, circles)).finish();
        Surroundings {
            ledger,
            params,
            days,
            sources: Sources::of(ledger),
            circles,
            portfolios,
            families,
            features: Feature::of(params.unit),
        }
    }
}

impl<'a> std::ops::Deref for Builder<'a> {
    type Target = Surroundings<'a>;
    fn deref(&self) -> &Surroundings<'a> {
        self.surroundings
    }
}

/// What is supposed of a customer beside its facts, at the end of the last day.
#[derive(Clone, Copy, Default)]
pub(super) struct Supposed<'s> {
    /// A claim that the ledger does not have was issued by then.
    pub candidate: Option<Claim>,
    /// Open claims were paid in full on it.
    pub paid: &'s [DocumentIx],
}

/// One customer at the end of one day.
pub(super) struct Moment<'m> {
    /// The customer's facts; `None` of a customer the ledger does not know.
    pub history: Option<&'m CustomerHistory<'m>>,
    pub view: &'m View<'m>,
    pub day: AsOf,
    /// Position of the day in the panel.
    pub at: usize,
    pub portfolio: &'m Portfolio,
    /// The customer's segment on the day.
    pub peers: &'m Chances,
    pub shrinkage: Shrinkage,
}

impl Moment<'_> {
    /// Tells whether an earlier invoice of the customer has a known end.
    fn has_history(&self) -> bool {
        self.view.delays.len() > 0 || self.view.settled().len() > 0
    }
}

/// The value of every feature of the catalogue for one row; NaN where missing.
#[derive(Clone)]
pub(super) struct Values([f64; Feature::ALL.len()]);

impl Values {
    fn missing() -> Values {
        Values([f64::NAN; Feature::ALL.len()])
    }

    pub(super) fn set(&mut self, feature: Feature, value: f64) {
        self.0[feature as usize] = value;
    }

    pub(super) fn set_known(&mut self, feature: Feature, value: Option<f64>) {
        self.set(feature, value.unwrap_or(f64::NAN));
    }

    pub(super) fn get(&self, feature: Feature) -> Option<f64> {
        let value = self.0[feature as usize];
        (!value.is_nan()).then_some(value)
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(surroundings: &'a Surroundings<'a>) -> Builder<'a> {
        let Surroundings { days, params, .. } = *surroundings;
        Builder {
            surroundings,
            view: View::new(days, params),
            judge: Judge::new(params.days_late),
            circle: Circle::new(),
            recent_delays: Delays::default(),
            promises: Promises::default(),
            of_year: Vec::new(),
            disputed: Vec::new(),
            panel: Panel::empty(params, days.all()),
            values: Vec::new(),
        }
    }

    /// Adds the rows of one customer, day by day.
    ///
    /// `history` must not be limited to what was known on some day.
    pub(super) fn add(&mut self, history: &CustomerHistory<'_>) {
        self.add_supposing(history, Supposed::default());
    }

    /// Adds the rows of one customer, supposing something of the last day.
    pub(super) fn add_supposing(&mut self, history: &CustomerHistory<'_>, supposed: Supposed<'_>) {
        self.walk(Some(history), supposed, |builder, moment| {
            let wanted = match builder.params.unit {
                Unit::Invoice => moment.view.open().next().is_some(),
                Unit::Customer => moment.view.sights.is_named || moment.view.sights.n_documents > 0,
            };
            if wanted {
                builder.add_day(history.customer, moment);
            }
        });
    }

    /// Hands on a customer at the end of each day; without facts, a customer of whom nothing is known.
    fn walk(
        &mut self,
        history: Option<&CustomerHistory<'_>>,
        supposed: Supposed<'_>,
        mut hand_on: impl FnMut(&mut Self, &Moment<'_>),
    ) {
        let surroundings = self.surroundings;
        let mut view = std::mem::replace(&mut self.view, View::new(surroundings.days, surroundings.params));
        match history {
            Some(history) => view.start(history),
            None => view.start_unknown(),
        }
        if let Some(candidate) = supposed.candidate {
            view.add(candidate);
        }
        supposed.paid.iter().for_each(|&document| view.pay(document));
        self.promises = Promises::default();
        self.disputed.clear();
        for (at, &day) in surroundings.days.all().iter().enumerate() {
            view.go_on(at);
            if let Some(history) = history {
                if surroundings.sources.has_promises {
                    let tolerance_days = surroundings.params.promise_tolerance_days;
                    self.promises
                        .judge(surroundings.ledger, history, &view, day, tolerance_days);
                }
                self.find_disputed(history, day);
            }
            let portfolio = &surroundings.portfolios[at];
            let segment = history.map_or(0, |history| surroundings.circles.segment(history, day.0));
            let moment = Moment {
                history,
                view: &view,
                day,
                at,
                portfolio,
                peers: portfolio.of_segment(segment),
                shrinkage: Shrinkage {
                    weight: portfolio.prior_weight,
                },
            };
            hand_on(self, &moment);
        }
        self.view = view;
    }

    /// Returns the rows.
    pub(super) fn finish(self) -> Panel {
        self.panel.with(self.values)
    }

    /// Returns the values that all rows of a customer and a day share.
    fn of_moment(&mut self, moment: &Moment<'_>) -> (Values, super::behaviour::Behaviour) {
        let mut values = Values::missing();
        let behaviour = self.behaviour(&mut values, moment);
        self.exposure(&mut values, moment);
        self.relations(&mut values, moment);
        self.surroundings(&mut values, moment);
        self.recent_delays.clear();
        let recent = moment
            .view
            .matured()
            .take_while(|claim| claim.due > moment.day.0 - RECENT_DAYS);
        recent.for_each(|claim| self.recent_delays.push(claim.delay));
        self.recent_delays.sort();
        (values, behaviour)
    }

    fn add_day(&mut self, customer: CustomerIx, moment: &Moment<'_>) {
        let (view, day, d) = (moment.view, moment.day, self.params.days_late);
        let (mut values, behaviour) = self.of_moment(moment);
        let standing = |already_bad: bool| match (already_bad, moment.has_history()) {
            (true, _) => Standing::AlreadyBad,
            (false, false) => Standing::New,
            (false, true) => Standing::Known,
        };
        let row = PanelRow {
            customer,
            document: None,
            as_of: day,
            standing: standing(view.open().any(|claim| day.0 - claim.due >= d)),
            has_history: moment.has_history(),
            at_stake: 0.0,
            own: behaviour.own,
        };
        match self.params.unit {
            Unit::Invoice => {
                for claim in view.open() {
                    let mut values = values.clone();
                    self.of_invoice(&mut values, moment, &behaviour, claim);
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
                self.of_customer(&mut values, moment, &behaviour);
                let at_stake: Total = view.open().map(|claim| claim.open).sum();
                let row = PanelRow {
                    at_stake: at_stake.to_feature(),
                    ..row
                };
                self.push(row, &values);
            }
        }
    }

    /// Returns the features of a claim that is not in the ledger, at the end of the last day, and the row it would have;
    /// `history` is `None` for a customer the ledger does not know.
    pub(super) fn of_candidate(&mut self, history: Option<&CustomerHistory<'_>>, claim: Claim) -> CandidateRow {
        let mut row = None;
        let supposed = Supposed {
            candidate: Some(claim),
            ..Supposed::default()
        };
        self.walk(history, supposed, |builder, moment| {
            let (mut values, behaviour) = builder.of_moment(moment);
            // One that is worth nothing is not open: it has the features of its customer alone.
            if let Some(claim) = moment.view.open().find(|open| open.is_candidate()) {
                builder.of_invoice(&mut values, moment, &behaviour, claim);
            }
            if builder.sources.has_disputes {
                values.set(Feature::InDispute, 0.0);
            }
            let features = builder.features.iter();
            row = Some(CandidateRow {
                has_history: moment.has_history(),
                own: behaviour.own,
                values: features.map(|&feature| values.0[feature as usize]).collect(),
            });
        });
        row.expect("candidates are looked at on one day")
    }

    fn find_disputed(&mut self, history: &CustomerHistory<'_>, day: AsOf) {
        let disputes = history.disputes.iter();
        let open = disputes.filter(|dispute| dispute.is_open_on(day.0, day.0));
        self.disputed.clear();
        self.disputed.extend(open.filter_map(|dispute| dispute.document));
        self.disputed.sort_unstable();
    }

    pub(super) fn is_disputed(&self, claim: &Claim) -> bool {
        self.disputed.binary_search(&claim.invoice).is_ok()
    }

    fn push(&mut self, row: PanelRow, values: &Values) {
        self.panel.rows.push(row);
        let features = &self.surroundings.features;
        self.values
            .extend(features.iter().map(|&feature| values.0[feature as usize]));
    }
}
