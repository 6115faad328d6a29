//! How much credit a customer may have, on which terms, and whether it gets worse.
//!
//! # Definition
//! Need = the larger of the peak of the month-end exposures and mean monthly sales x (terms + weighted days late) / 30 x growth. Limit = need x a
//! multiple that falls with the probability of delinquency, at least what is insured of the need, under the largest limit and the cap of young
//! customers, down to a multiple of the step. Against a present amount: no more than a share of it up at one review, nothing up while something forbids it, and kept
//! where the difference is small. Growth = sales of the later half of the months / earlier half, between its bounds; 1 under 12 months.
//! # Inputs
//! Documents, payments, orders, promises, limits and insurance as known on the day; scores, or the customer's own late share. Money in the base
//! currency, or without rates in the customer's own.
//! # Edge cases
//! Too few months or items, no terms or no probability: not available, with the reason, never 0. A present limit of kind `none` or an amount of 0 is no credit; an
//! unknown kind is not available and never guessed. A bankrupt customer, one in litigation, and old overdue money suspend the limit.
//! # Source
//! Design of this program, section 7.
//! # Example
//! 3,000.00 of sales a month, 30 days of terms, 10 days late, growth 1: 3,000 x 40 / 30 = 4,000.00; peak 3,500.00; need 4,000.00; probability
//! 0.07 gives x 1.25 = 5,000.00.

mod behaviour;
mod policy;
mod proposal;
mod tables;
mod terms;
mod watch;

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::DecideError;
use super::caveats;
use super::delinquency::Delinquency;
use super::exposure::{Exposure, Limit};
use super::position::Position;
use super::standing::standing;
use crate::calendar::{AsOf, Day};
use crate::forecast::{Account, Attributes};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::base_currency::{BaseRates, Converter, RateError, currencies_known};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;

pub use self::behaviour::{Behaviour, DaysLate, LateItems, MonthOfSales};
pub use self::policy::{IncreaseBlocks, LimitsPolicy, RiskBand, TenureCap, TermsPolicy, WatchPolicy};
pub use self::proposal::{CalculationLine, LimitAction, Proposal};
pub use self::terms::{TermsAction, TermsProposal};

use self::proposal::LimitCase;
use self::terms::TermsCase;

/// The proposal for one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitLine {
    /// Who.
    pub customer: CustomerIx,
    /// Currency of all money.
    pub currency: Currency,
    /// Present limit.
    pub limit: Limit,
    /// Last day of the present limit.
    pub limit_until: Option<Day>,
    /// Open receivables - unapplied + unbilled orders - insured.
    pub exposure: Total,
    /// Probability of delinquency.
    pub probability: Option<f64>,
    /// Proposed limit.
    pub proposal: Proposal,
    /// Proposed terms.
    pub terms: TermsProposal,
    /// Signs of deterioration, in plain words.
    pub watch: Vec<String>,
}

/// Limits and terms for every customer that bought or has a limit.
#[derive(Clone, Debug)]
pub struct Limits<'a> {
    ledger: &'a Ledger,
    attributes: Attributes<'a>,
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// By action, then by exposure, largest first.
    pub lines: Vec<LimitLine>,
    notes: Vec<(String, String)>,
}

/// Proposes limits and terms as of the end of a day.
///
/// # Errors
/// Settings out of range, scores of another day, or rates that cannot be used.
pub fn limits<'a>(
    ledger: &'a Ledger,
    as_of: AsOf,
    scores: Option<&Scores>,
    rates: &BaseRates,
    policy: &LimitsPolicy,
) -> Result<Checked<Limits<'a>>, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    let common = match rates.on(as_of, &currencies_known(ledger, as_of)) {
        Ok(converter) => Some(converter),
        // Without rates each customer is judged in its own currency.
        Err(RateError::NoRates { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let delinquency = Delinquency::of(ledger, as_of, scores, &policy.late_share)?;
    let desk = Desk {
        ledger,
        as_of,
        policy,
        attributes: Attributes::on(ledger, as_of),
        common: common.as_ref(),
        delinquency: &delinquency,
    };
    let customers: Vec<CustomerIx> = ledger.customers().collect();
    let judged: Result<Vec<Judged>, DecideError> =
        customers.into_par_iter().map(|customer| desk.judge(customer)).collect();
    let mut lines = Vec::new();
    let mut n_mixed = 0;
    for judged in judged? {
        match judged {
            Judged::Line(line) => lines.push(*line),
            Judged::SeveralCurrencies => n_mixed += 1,
            Judged::Nothing => {}
        }
    }
    lines.sort_by_key(|line| (line.proposal.action, std::cmp::Reverse(line.exposure), line.customer));
    let money = common
        .as_ref()
        .map_or("each customer's own currency, no rates".to_owned(), Converter::note);
    let mut checked = Checked::clean(Limits {
        ledger,
        attributes: Attributes::on(ledger, as_of),
        as_of,
        lines,
        notes: vec![
            ("as_of".to_owned(), as_of.to_string()),
            ("probability".to_owned(), delinquency.source.clone()),
            ("base_currency".to_owned(), money),
            (
                "limit".to_owned(),
                "need x multiple of the risk, under the caps, down to a step".to_owned(),
            ),
        ],
    });
    checked.caveats = desk.caveats(n_mixed);
    Ok(checked)
}

enum Judged {
    Nothing,
    /// Open items in several currencies, and no rates.
    SeveralCurrencies,
    Line(Box<LimitLine>),
}

/// Everything customers are judged by.
struct Desk<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
    policy: &'a LimitsPolicy,
    attributes: Attributes<'a>,
    common: Option<&'a Converter>,
    delinquency: &'a Delinquency,
}

impl Desk<'_> {
    fn judge(&self, customer: CustomerIx) -> Result<Judged, DecideError> {
        let day = self.as_of.0;
        let history = CustomerHistory::of(self.ledger, customer, Some(day));
        let has_documents = history.documents().any(|item| item.document.issued_on <= day);
        if !has_documents && self.attributes.text(customer, "limit_kind").is_none() {
            return Ok(Judged::Nothing);
        }
        let own;
        let converter = match self.common {
            Some(converter) => converter,
            None => {
                let accounts = self.ledger.accounts().of(customer);
                let mut currencies: BTreeSet<Currency> = accounts.iter().map(|account| account.currency).collect();
                if currencies.is_empty() {
                    currencies.extend(self.limit_currency(customer));
                }
                if currencies.len() > 1 {
                    return Ok(Judged::SeveralCurrencies);
                }
                own = BaseRates::none().on(self.as_of, &currencies)?;
                &own
            }
        };
        match self.line(customer, &history, converter) {
            // An order, or the like, in another currency than its documents.
            Err(DecideError::Rates(RateError::RateMissing { .. })) if self.common.is_none() => {
                Ok(Judged::SeveralCurrencies)
            }
            line => line.map(|line| Judged::Line(Box::new(line))),
        }
    }

    /// Returns the currency of the customer's limit.
    fn limit_currency(&self, customer: CustomerIx) -> Option<Currency> {
        let code = self.attributes.text(customer, "currency")?;
        Currency::parse(code).ok()
    }

    fn line(
        &self,
        customer: CustomerIx,
        history: &CustomerHistory<'_>,
        converter: &Converter,
    ) -> Result<LimitLine, DecideError> {
        let (as_of, policy, attributes) = (self.as_of, self.policy, &self.attributes);
        let account = Account::on(self.ledger, customer, as_of, policy.promise_tolerance_days);
        let granted = Exposure::of(self.ledger, attributes, customer, as_of, converter)?;
        let position = Position::of(account, as_of, converter)?;
        let exposure = granted.total(&position);
        let since = attributes.day(customer, "customer_since");
        let behaviour = Behaviour::of(self.ledger, history, as_of, since, converter, policy)?;
        let agreed_days = attributes
            .int(customer, "payment_terms_days")
            .and_then(|days| i32::try_from(days).ok());
        let probability = self.delinquency.probability(customer);
        let is_insured = attributes
            .day(customer, "insured_until")
            .is_none_or(|until| until >= as_of.0);
        let own = self.limit_currency(customer);
        let insured_amount = attributes
            .money(customer, "insured_amount")
            .filter(|_| is_insured)
            .and_then(|amount| converter.convert(own.unwrap_or(converter.base()), amount).ok());
        let case = LimitCase {
            as_of,
            policy,
            behaviour: &behaviour,
            position: &position,
            exposure,
            limit: &granted.limit,
            agreed_days,
            probability,
            insured_amount,
            standing: standing(attributes, customer, as_of),
        };
        let mut proposal = case.proposal();
        if let Some(until) = granted.limit_until.filter(|until| *until < as_of.0) {
            proposal.reasons.push(format!("the limit ended on {until}"));
        }
        let amount = match granted.limit {
            Limit::Amount(amount) => Some(amount),
            _ => None,
        };
        let owed = position.balance() + granted.unbilled_orders.unwrap_or(Total::ZERO);
        let watch = watch::signs(&behaviour, owed, amount, &policy.watch);
        let terms = TermsCase {
            as_of,
            behaviour: &behaviour,
            agreed_days,
            probability,
            is_suspended: proposal.action == LimitAction::Suspend,
            is_watched: !watch.is_empty(),
        };
        Ok(LimitLine {
            customer,
            currency: converter.base(),
            limit_until: granted.limit_until,
            exposure,
            probability,
            terms: terms.proposal(&policy.terms),
            limit: granted.limit,
            proposal,
            watch,
        })
    }

    fn caveats(&self, n_mixed: usize) -> Vec<Caveat> {
        let mut caveats: Vec<Caveat> = self.delinquency.caveat().into_iter().collect();
        caveats.extend(caveats::missing_tables(
            self.ledger,
            &[
                ("orders", "unbilled orders are not part of the exposure"),
                ("promises", "broken promises forbid no increase"),
                (
                    "customers",
                    "present limits, insurance, status and agreed terms are not available",
                ),
            ],
        ));
        caveats.extend(caveats::customers_without_row(
            self.ledger,
            &self.attributes,
            self.as_of,
            "present limits, insurance, status and agreed terms",
        ));
        if n_mixed > 0 {
            caveats.push(Caveat(format!(
                "{n_mixed} customers have items in several currencies and are left out; import `fx_rates` and name one with --base"
            )));
        }
        caveats
    }
}
