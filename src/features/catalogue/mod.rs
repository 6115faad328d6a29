//! The catalogue of features: what each one means, where it comes from and how it reads as a reason.

mod entries;

use super::Unit;
use crate::table::Table;

pub use self::entries::Feature;

/// What a feature's value counts, which decides how a reason prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A share from 0 to 1, printed in percent.
    Share,
    /// 1 for yes, 0 for no, printed as `in` and `not in`.
    Flag,
    /// Days after (positive) or before (negative) the due day.
    DaysLate,
    /// A number of days.
    Days,
    /// A change in days, positive when worse.
    DaysChange,
    /// A count.
    Count,
    /// A change of a share, positive when it grew, printed in percentage points.
    ShareChange,
    /// A number of points on somebody's scale.
    Points,
    /// A multiple of something usual.
    Multiple,
    /// Money in the document's currency.
    Money,
    /// A day of the month, 1 to 31.
    DayOfMonth,
    /// A day of the week, Monday 0 to Sunday 6.
    Weekday,
}

/// How the risk moves as the feature grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// More is riskier; bins that say otherwise are merged.
    Rising,
    /// More is safer; bins that say otherwise are merged.
    Falling,
    /// Monotone, in the direction the training data shows.
    Either,
    /// Not monotone: a calendar position.
    Free,
}

/// Which units have the feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Open invoices and customers.
    Both,
    /// Open invoices only.
    Invoice,
    /// Customers only.
    Customer,
}

/// The catalogue's entry of one feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name in models, tables and reports.
    pub name: &'static str,
    /// What it counts.
    pub measure: Measure,
    /// Table it comes from; a table that was not imported makes the feature missing, never zero.
    pub source: &'static str,
    /// Expected sign.
    pub sign: Sign,
    /// Units that have it.
    pub units: For,
    /// Definition, in one sentence; t is the as-of day, d the label's days late.
    pub definition: &'static str,
    /// When it is missing.
    pub missing: &'static str,
    /// The reason in plain words; `{}` stands for the customer's own number.
    pub reason: &'static str,
}

impl Measure {
    /// Returns the unit of values, as the catalogue's table names it.
    pub const fn unit(self) -> &'static str {
        match self {
            Measure::Share => "share",
            Measure::Flag => "1 yes, 0 no",
            Measure::DaysLate => "days after the due day",
            Measure::Days | Measure::DaysChange => "days",
            Measure::Count => "count",
            Measure::ShareChange => "change of a share",
            Measure::Points => "points",
            Measure::Multiple => "multiple",
            Measure::Money => "money",
            Measure::DayOfMonth => "day of the month",
            Measure::Weekday => "Monday 0 to Sunday 6",
        }
    }
}

impl Sign {
    /// Returns the word of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sign::Rising => "riskier",
            Sign::Falling => "safer",
            Sign::Either => "monotone",
            Sign::Free => "free",
        }
    }
}

impl For {
    /// Tells whether a unit has the feature.
    pub fn has(self, unit: Unit) -> bool {
        match self {
            For::Both => true,
            For::Invoice => unit == Unit::Invoice,
            For::Customer => unit == Unit::Customer,
        }
    }

    /// Returns the word of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            For::Both => "both",
            For::Invoice => "invoice",
            For::Customer => "customer",
        }
    }
}

/// Returns the catalogue as a table: `feature`, `rows` (invoice, customer or both), `unit`, `source`, `more_is` (the expected
/// sign), `definition` and `missing`; only the features of a unit, where one is named.
pub fn table(unit: Option<Unit>) -> Table {
    let wanted = |feature: &&Feature| unit.is_none_or(|unit| feature.entry().units.has(unit));
    let entries: Vec<Entry> = Feature::ALL
        .iter()
        .filter(wanted)
        .map(|feature| feature.entry())
        .collect();
    let column = |of: fn(&Entry) -> &'static str| entries.iter().map(move |entry| of(entry).to_owned());
    Table::new("features")
        .text("feature", column(|entry| entry.name))
        .text("rows", column(|entry| entry.units.as_str()))
        .text("unit", column(|entry| entry.measure.unit()))
        .text("source", column(|entry| entry.source))
        .text("more_is", column(|entry| entry.sign.as_str()))
        .text("definition", column(|entry| entry.definition))
        .text("missing", column(|entry| entry.missing))
        .note("t", "the as-of day: only what was effective and known by its end counts")
        .note("d", "the label's days late")
        .note("shrunk", "a share in which a wider group's share counts as some more invoices: as many as the spread between customers says")
}

impl Feature {
    /// Returns the features of a unit, in catalogue order.
    pub fn of(unit: Unit) -> Vec<Feature> {
        let has = |feature: &&Feature| feature.entry().units.has(unit);
        Feature::ALL.iter().filter(has).copied().collect()
    }

    /// Finds a feature by name.
    pub fn by_name(name: &str) -> Option<Feature> {
        Feature::ALL
            .iter()
            .find(|feature| feature.entry().name == name)
            .copied()
    }

    /// Returns the reason in plain words with the customer's own number; a missing value says so.
    pub fn reason(self, value: f64) -> String {
        let entry = self.entry();
        if value.is_nan() {
            return format!("{} is not known: {}", entry.name.replace('_', " "), entry.missing);
        }
        entry.reason.replace("{}", &entry.measure.show(value))
    }
}

impl Measure {
    /// Prints a value for people.
    pub fn show(self, value: f64) -> String {
        let days = |days: f64| {
            let days = days.round() as i64;
            format!("{days} {}", if days == 1 { "day" } else { "days" })
        };
        match self {
            Measure::Share => format!("{:.0}%", value * 100.0),
            Measure::Flag => if value > 0.5 { "in" } else { "not in" }.to_owned(),
            Measure::DaysLate if value >= 0.5 => format!("{} late", days(value)),
            Measure::DaysLate if value <= -0.5 => format!("{} before the due day", days(-value)),
            Measure::DaysLate => "on the due day".to_owned(),
            Measure::Days => days(value),
            Measure::DaysChange if value >= 0.0 => format!("{} later", days(value)),
            Measure::DaysChange => format!("{} earlier", days(-value)),
            Measure::Count if value.fract() == 0.0 => format!("{value:.0}"),
            Measure::Count => format!("{value:.1}"),
            Measure::ShareChange => format!("{:+.0} points", value * 100.0),
            Measure::Points => format!("{value:.0} points"),
            Measure::Multiple => format!("{value:.1} times"),
            Measure::Money => format!("{value:.2}"),
            Measure::DayOfMonth => {
                let day = value as i64;
                let ending = match (day, day % 10) {
                    (11..=13, _) => "th",
                    (_, 1) => "st",
                    (_, 2) => "nd",
                    (_, 3) => "rd",
                    _ => "th",
                };
                format!("{day}{ending}")
            }
            Measure::Weekday => {
                const DAYS: [&str; 7] = [
                    "Monday",
                    "Tuesday",
                    "Wednesday",
                    "Thursday",
                    "Friday",
                    "Saturday",
                    "Sunday",
                ];
                DAYS[(value as usize).min(6)].to_owned()
            }
        }
    }
}
