//! The catalogue of features: what each one means, where it comes from and how it reads as a reason.

use super::Unit;

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

macro_rules! features {
    ($($variant:ident = $name:literal, $measure:ident, $source:literal, $sign:ident, $units:ident,
       $definition:literal, $missing:literal, $reason:literal;)*) => {
        /// One feature of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature { $(#[doc = $definition] $variant,)* }

        impl Feature {
            /// Every feature, in catalogue order.
            pub const ALL: &'static [Feature] = &[$(Feature::$variant,)*];

            /// Returns the catalogue's entry.
            pub const fn entry(self) -> Entry {
                match self { $(Feature::$variant => Entry {
                    name: $name,
                    measure: Measure::$measure,
                    source: $source,
                    sign: Sign::$sign,
                    units: For::$units,
                    definition: $definition,
                    missing: $missing,
                    reason: $reason,
                },)* }
            }
        }
    };
}

features! {
    ChanceGivenAge = "chance_given_age", Share, "receipts", Rising, Invoice,
        "Of the customer's earlier invoices that were still open at the age this one has reached, the share that ended more than d days late, shrunk to the portfolio's share at that age.",
        "never", "of this customer's invoices still open at this age, {} ended late";
    ChanceGivenAgeRecent = "chance_given_age_recent", Share, "receipts", Rising, Invoice,
        "The same share over invoices that came due in the 120 days before t, shrunk to the share over all time.",
        "never", "of this customer's recent invoices still open at this age, {} ended late";
    ChanceAnyLate = "chance_any_late", Share, "receipts", Rising, Customer,
        "The chance that at least one open item, or one expected to enter, passes d days late, from the customer's late share at each item's age, items taken as independent.",
        "never", "the chance that one of the open or coming items goes late is {}";
    ChanceWorstOpen = "chance_worst_open", Share, "receipts", Rising, Customer,
        "The largest chance among the open items of passing d days late, given the age each has reached.",
        "no open item with a due day", "the riskiest open item has a {} chance of going late";
    LateShare3m = "late_share_3m", Share, "receipts", Rising, Both,
        "Share of invoices that passed due + d in the 91 days before t and were late then, shrunk to the customer's share over all time.",
        "never", "{} of the invoices of the last 3 months were paid late";
    LateShare12m = "late_share_12m", Share, "receipts", Rising, Both,
        "Share of invoices that passed due + d in the 365 days before t and were late then, shrunk to the portfolio.",
        "never", "{} of the invoices of the last 12 months were paid late";
    LateShareAll = "late_share_all", Share, "receipts", Rising, Both,
        "Share of all invoices that passed due + d by t and were late then, shrunk to the portfolio.",
        "never", "{} of all earlier invoices were paid late";
    LateShareLast5 = "late_share_last_5", Share, "receipts", Rising, Both,
        "Share of the five invoices that last passed due + d that were late then.",
        "no invoice has passed due + d", "{} of the last five invoices were paid late";
    DaysLateMean6m = "days_late_mean_6m", DaysLate, "receipts", Rising, Both,
        "Mean days from due to settled over invoices settled in the 182 days before t, each between -60 and 120.",
        "nothing settled in the window", "paid {} on average over the last 6 months";
    DaysLateMeanAll = "days_late_mean_all", DaysLate, "receipts", Rising, Both,
        "Mean days from due to settled over all invoices settled by t, each between -60 and 120.",
        "nothing settled yet", "paid {} on average over the whole history";
    DaysLateSpread12m = "days_late_spread_12m", Days, "receipts", Rising, Both,
        "Standard deviation of days late over invoices settled in the 365 days before t.",
        "fewer than 2 settled in the window", "payment timing varies by {}";
    DaysLateTrend = "days_late_trend", DaysChange, "receipts", Rising, Both,
        "Mean days late of the 91 days before t minus that of the 274 days before them.",
        "nothing settled in one of the windows", "pays {} than in the months before";
    DaysPastDue = "days_past_due", DaysLate, "invoices", Rising, Invoice,
        "Days from the due day to t; negative before the due day.",
        "never", "the invoice is open {}";
    TermsDays = "terms_days", Days, "invoices", Either, Invoice,
        "Days from issue to due.",
        "never", "payment terms are {}";
    AmountAgainstHabit = "amount_against_habit", Multiple, "invoices", Either, Invoice,
        "Amount over the customer's median amount of earlier invoices in the same currency.",
        "no earlier invoice in the currency", "the amount is {} the customer's usual one";
    Amount = "amount", Money, "invoices", Either, Invoice,
        "Amount of the invoice in its currency.",
        "never", "the amount is {}";
    DueDayOfMonth = "due_day_of_month", DayOfMonth, "invoices", Free, Invoice,
        "Day of the month on which the invoice is due.",
        "never", "invoices due on the {} of a month are paid later";
    DueWeekday = "due_weekday", Weekday, "invoices", Free, Invoice,
        "Day of the week on which the invoice is due.",
        "never", "invoices due on a {} are paid later";
    NumberOpen = "n_open", Count, "invoices", Either, Both,
        "Number of open items.",
        "never", "{} open items";
    NumberOverdue = "n_overdue", Count, "invoices", Rising, Both,
        "Number of open items past due.",
        "never", "{} items are past due";
    OverdueShare = "overdue_share", Share, "invoices", Rising, Both,
        "Money past due over money open, over currencies by item count where there are several.",
        "nothing open", "{} of the open money is past due";
    WorstDaysPastDue = "worst_days_past_due", Days, "invoices", Rising, Both,
        "Largest days past due of any open item, 0 where nothing is past due.",
        "never", "the oldest item is {} past due";
    InvoicesPerMonth = "invoices_per_month", Count, "invoices", Either, Both,
        "Documents issued in the 91 days before t, per 30 days.",
        "never", "{} invoices a month";
    DaysSinceInvoice = "days_since_invoice", Days, "invoices", Either, Customer,
        "Days from the customer's last document to t.",
        "no document yet", "the last invoice was issued {} ago";
    TenureDays = "tenure_days", Days, "invoices", Falling, Both,
        "Days from the customer's first document to t.",
        "never", "customer for {} only";
    DaysSincePayment = "days_since_payment", Multiple, "receipts", Rising, Both,
        "Days since the last payment over the customer's mean days between payment days.",
        "fewer than 2 payment days", "the time since the last payment is {} the usual gap";
    Utilisation = "utilisation", Multiple, "customers", Rising, Both,
        "Open money over the credit limit valid at t, where the limit is an amount and all is in its currency.",
        "no limit of the kind `amount`", "open money is {} the credit limit";
    DisputedShare = "disputed_share", Share, "disputes", Rising, Both,
        "Share of the customer's open items that are in dispute at t.",
        "no disputes table, or nothing open", "{} of the open items are in dispute";
    InDispute = "in_dispute", Flag, "disputes", Rising, Invoice,
        "Whether the invoice is in dispute at t.",
        "no disputes table", "the invoice is {} dispute";
    DisputedShareAll = "disputed_share_all", Share, "disputes", Rising, Both,
        "Share of the customer's documents that were in dispute at any time by t.",
        "no disputes table", "{} of all documents were in dispute at some time";
    BrokenPromises = "broken_promises", Share, "promises", Rising, Both,
        "Share of promises judged by t that were not kept in full within the tolerance.",
        "no promises table, or no promise judged", "{} of the promises to pay were broken";
    Contacts90d = "contacts_90d", Count, "contacts", Rising, Both,
        "Contacts in the 90 days before t.",
        "no contacts table", "{} contacts were needed in the last 90 days";
    UnappliedShare = "unapplied_share", Share, "receipts", Falling, Both,
        "Unapplied cash and credits over money open, at most 1, where all is in one currency.",
        "nothing open, or several currencies", "only {} of the open money is covered by unapplied cash";
}

impl Feature {
    /// Returns the features of a unit, in catalogue order.
    pub fn of(unit: Unit) -> Vec<Feature> {
        let has = |feature: &&Feature| match feature.entry().units {
            For::Both => true,
            For::Invoice => unit == Unit::Invoice,
            For::Customer => unit == Unit::Customer,
        };
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
