//! What could be lost on a customer, and how much credit it was granted.

use super::DecideError;
use super::position::Position;
use crate::calendar::{AsOf, Day};
use crate::forecast::Attributes;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::base_currency::Converter;
use crate::money::{Currency, Total};

/// The credit granted to a customer, in the base currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Not known on the day, with the reason.
    NotAvailable(String),
    /// No credit is granted.
    NoCredit,
    /// Up to an amount.
    Amount(Total),
    /// Without limit.
    Unlimited,
}

/// What stands beside the account: orders not yet billed and insurance.
///
/// Exposure = open receivables - unapplied + unbilled orders - insured.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// Orders neither billed nor cancelled; `None` where no orders table was imported.
    pub unbilled_orders: Option<Total>,
    /// Credit limit.
    pub limit: Limit,
    /// Last day of the limit.
    pub limit_until: Option<Day>,
    insured_share: Option<f64>,
    insured_amount: Option<Total>,
}

impl Exposure {
    pub(super) fn of(
        ledger: &Ledger,
        attributes: &Attributes<'_>,
        customer: CustomerIx,
        as_of: AsOf,
        converter: &Converter,
    ) -> Result<Exposure, DecideError> {
        let is_insured = attributes
            .day(customer, "insured_until")
            .is_none_or(|until| until >= as_of.0);
        let own = attributes
            .text(customer, "currency")
            .and_then(|code| Currency::parse(code).ok());
        let own = own
            .filter(|currency| *currency != Currency::UNKNOWN)
            .unwrap_or(converter.base());
        let insured_amount = attributes
            .money(customer, "insured_amount")
            .and_then(|amount| converter.convert(own, amount).ok());
        Ok(Exposure {
            unbilled_orders: unbilled_orders(ledger, customer, as_of, converter)?,
            limit: limit(attributes, customer, own, converter),
            limit_until: attributes.day(customer, "limit_until"),
            insured_share: attributes.real(customer, "insured_share").filter(|_| is_insured),
            insured_amount: insured_amount.filter(|_| is_insured),
        })
    }

    /// Returns the insured part of the receivables: the insured share of them, at most the insured amount.
    pub fn insured(&self, position: &Position) -> Total {
        let receivables = position.balance().max(Total::ZERO);
        let by_share = self.insured_share.map(|share| {
            // Insurance is a share of an exact sum; it is cut to cents so that exposure is never understated.
            let cents = (receivables.to_feature() * share.clamp(0.0, 1.0) * 100.0).floor() / 100.0;
            Total::from_estimate(cents).unwrap_or(Total::ZERO).min(receivables)
        });
        match (by_share, self.insured_amount) {
            (None, None) => Total::ZERO,
            (by_share, amount) => by_share
                .unwrap_or(receivables)
                .min(amount.unwrap_or(receivables))
                .max(Total::ZERO),
        }
    }

    /// Returns open receivables - unapplied + unbilled orders - insured.
    pub fn total(&self, position: &Position) -> Total {
        position.balance() + self.unbilled_orders.unwrap_or(Total::ZERO) - self.insured(position)
    }
}

fn limit(attributes: &Attributes<'_>, customer: CustomerIx, own: Currency, converter: &Converter) -> Limit {
    match attributes.text(customer, "limit_kind") {
        None => Limit::NotAvailable("no limit kind known on the day".to_owned()),
        Some("none") => Limit::NoCredit,
        Some("unlimited") => Limit::Unlimited,
        Some(_) => match attributes.money(customer, "credit_limit") {
            None => Limit::NotAvailable("no credit limit known on the day".to_owned()),
            Some(amount) => match converter.convert(own, amount) {
                Ok(amount) => Limit::Amount(amount),
                Err(_) => Limit::NotAvailable(format!("limit in {own} without a rate")),
            },
        },
    }
}

fn unbilled_orders(
    ledger: &Ledger,
    customer: CustomerIx,
    as_of: AsOf,
    converter: &Converter,
) -> Result<Option<Total>, DecideError> {
    if !ledger.has("orders") {
        return Ok(None);
    }
    let day = as_of.0;
    let mut total = Total::ZERO;
    for order in ledger.orders().of(customer) {
        let is_open = order.known_on <= day
            && order.ordered_on <= day
            && order.billed_on.is_none_or(|billed_on| billed_on > day)
            && order.cancelled_on.is_none_or(|cancelled_on| cancelled_on > day);
        if is_open {
            total += converter.convert(order.currency, order.amount.into())?;
        }
    }
    Ok(Some(total))
}
