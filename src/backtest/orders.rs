//! Orders in which customers can be worked, and what a customer shows on a day.

use crate::ids::CustomerIx;

/// By what customers are put in order, the largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// Money expected to go late: sum over items of probability x open.
    ExpectedLoss,
    /// Value of a contact, as the worklist has it; who is left alone there comes last.
    Value,
    /// Chance that any item goes late.
    Score,
    /// Open claims.
    Balance,
    /// Claims past their due day.
    Overdue,
    /// Days past due of the oldest claim.
    Oldest,
    /// Points out of the policy's maximum; who is left alone on the worklist comes last.
    Points,
    /// No order at all: every customer is as likely to come first.
    Random,
    /// The money that did go late: what no order can beat.
    Best,
}

/// One customer on one day, as far as orders and their results go; money in currency units.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    /// Who; orders never look at it.
    pub customer: CustomerIx,
    /// Open claims.
    pub balance: f64,
    /// Of these, past their due day.
    pub overdue: f64,
    /// Days past due of the oldest claim, below 1 where none is.
    pub oldest_days: f64,
    /// Sum over judged items of probability x open.
    pub expected: f64,
    /// Chance that no judged item goes late.
    pub none_late: f64,
    /// Value of a contact, where there is a line for the customer.
    pub value: Option<f64>,
    /// Points, where there is a line for the customer.
    pub points: Option<f64>,
    /// What orders are judged by, known only later: open on the day and then not settled in time, or what a contact changed.
    pub sought: f64,
    /// Cash that came in after the day for what was open on it: known only later.
    pub collected: f64,
}

impl Standing {
    /// Starts from nothing open.
    pub fn of(customer: CustomerIx) -> Standing {
        Standing {
            customer,
            balance: 0.0,
            overdue: 0.0,
            oldest_days: 0.0,
            expected: 0.0,
            none_late: 1.0,
            value: None,
            points: None,
            sought: 0.0,
            collected: 0.0,
        }
    }
}

impl Order {
    /// Every order, in the order of tables.
    pub const ALL: [Order; 9] = [
        Order::ExpectedLoss,
        Order::Value,
        Order::Score,
        Order::Balance,
        Order::Overdue,
        Order::Oldest,
        Order::Points,
        Order::Random,
        Order::Best,
    ];

    /// Returns the word of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Order::ExpectedLoss => "expected-loss",
            Order::Value => "value",
            Order::Score => "score",
            Order::Balance => "balance",
            Order::Overdue => "overdue",
            Order::Oldest => "oldest",
            Order::Points => "points",
            Order::Random => "random",
            Order::Best => "best possible",
        }
    }

    /// Tells whether the order comes from the lines of a worklist.
    pub(super) fn needs_worklist(self) -> bool {
        matches!(self, Order::Value | Order::Points)
    }

    /// Returns what the order goes by; customers with the same number share their places.
    pub(super) fn key(self, standing: &Standing) -> f64 {
        match self {
            Order::ExpectedLoss => standing.expected,
            Order::Value => standing.value.unwrap_or(f64::NEG_INFINITY),
            Order::Score => 1.0 - standing.none_late,
            Order::Balance => standing.balance,
            Order::Overdue => standing.overdue,
            Order::Oldest => standing.oldest_days.max(0.0),
            Order::Points => standing.points.unwrap_or(f64::NEG_INFINITY),
            Order::Random => 0.0,
            Order::Best => standing.sought,
        }
    }
}
