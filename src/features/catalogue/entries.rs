//! Every feature with its definition: the one place to add one.

use super::{Entry, For, Measure, Sign};

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
        "Of the customer's earlier invoices that were still open at the age this one has reached, the share that ended more than d days late, shrunk to the segment's share at that age.",
        "never", "of this customer's invoices still open at this age, {} ended late";
    ChanceGivenAgeRecent = "chance_given_age_recent", Share, "receipts", Rising, Invoice,
        "The same share over invoices that came due in the 120 days before t, shrunk to the share over all time.",
        "never", "of this customer's recent invoices still open at this age, {} ended late";
    ChanceGivenAgePeers = "chance_given_age_peers", Share, "receipts", Rising, Invoice,
        "Of the invoices of the customer's segment that were still open at the age this one has reached, the share that ended more than d days late, shrunk to the portfolio's.",
        "never", "of the segment's invoices still open at this age, {} ended late";
    ChanceAnyLate = "chance_any_late", Share, "receipts", Rising, Customer,
        "The chance that at least one open item, or one expected to enter, passes d days late, from the customer's late share at each item's age, items taken as independent.",
        "never", "the chance that one of the open or coming items goes late is {}";
    ChanceAnyLateRecent = "chance_any_late_recent", Share, "receipts", Rising, Customer,
        "The same chance from invoices that came due in the 120 days before t, shrunk to those of all time.",
        "never", "judged by the last months, the chance that one of the open or coming items goes late is {}";
    ChanceWorstOpen = "chance_worst_open", Share, "receipts", Rising, Customer,
        "The largest chance among the open items of passing d days late, given the age each has reached.",
        "no open item with a due day", "the riskiest open item has a {} chance of going late";
    ExpectedLateItems = "expected_late_items", Count, "receipts", Rising, Customer,
        "The sum over open items of the chance of passing d days late, given the age each has reached.",
        "never", "{} of the open items are expected to go late";
    ExpectedLateMoney = "expected_late_money", Share, "receipts", Rising, Customer,
        "The share of open money expected to pass d days late, given the age each item has reached; over several currencies by item count.",
        "no open item that can still go late", "{} of the open money is expected to go late";
    LateShare3m = "late_share_3m", Share, "receipts", Rising, Both,
        "Share of invoices that passed due + d in the 91 days before t and were late then, shrunk to the customer's share over all time.",
        "never", "{} of the invoices of the last 3 months were paid late";
    LateShare6m = "late_share_6m", Share, "receipts", Rising, Both,
        "Share of invoices that passed due + d in the 182 days before t and were late then, shrunk to the customer's share over all time.",
        "never", "{} of the invoices of the last 6 months were paid late";
    LateShare12m = "late_share_12m", Share, "receipts", Rising, Both,
        "Share of invoices that passed due + d in the 365 days before t and were late then, shrunk to the segment.",
        "never", "{} of the invoices of the last 12 months were paid late";
    LateShareAll = "late_share_all", Share, "receipts", Rising, Both,
        "Share of all invoices that passed due + d by t and were late then, shrunk to the segment.",
        "never", "{} of all earlier invoices were paid late";
    LateShareLast5 = "late_share_last_5", Share, "receipts", Rising, Both,
        "Share of the five invoices that last passed due + d that were late then.",
        "no invoice has passed due + d", "{} of the last five invoices were paid late";
    LateShareFaded = "late_share_faded", Share, "receipts", Rising, Both,
        "Share of invoices that passed due + d in the 365 days before t and were late then, each counting half as much for every 60 days gone by, shrunk to the customer's share over all time.",
        "never", "weighing the latest most, {} of the invoices were paid late";
    LateShareLevel = "late_share_level", Share, "receipts", Rising, Both,
        "Late share since the customer's payments last changed their level, among the 40 invoices that last passed due + d, shrunk to the segment; a change is taken where two shares explain them so much better than one that their likelihood grows e to the 3 times.",
        "never", "since payments last changed, {} of the invoices were late";
    LateMoneyShare12m = "late_money_share_12m", Share, "receipts", Rising, Both,
        "Share of money among the invoices that passed due + d in the 365 days before t that was late then; over several currencies by invoice count.",
        "no invoice passed due + d in the window", "{} of the money of the last 12 months was paid late";
    LateStreak = "late_streak", Count, "receipts", Rising, Both,
        "How many of the invoices that last passed due + d were late without a punctual one since, at most 40.",
        "never", "the last {} invoices were late";
    DaysSinceLate = "days_since_late", Days, "receipts", Falling, Both,
        "Days since an invoice last passed due + d unsettled.",
        "none did in the 365 days before t", "the last invoice went late {} ago";
    NumberJudged = "n_judged", Count, "receipts", Either, Both,
        "Number of the customer's invoices that passed due + d by t: how much history the shares rest on.",
        "never", "{} earlier invoices are known to the end";
    DaysLateMean3m = "days_late_mean_3m", DaysLate, "receipts", Rising, Both,
        "Mean days from due to settled over invoices settled in the 91 days before t, each between -60 and 120.",
        "nothing settled in the window", "paid {} on average over the last 3 months";
    DaysLateMean6m = "days_late_mean_6m", DaysLate, "receipts", Rising, Both,
        "Mean days from due to settled over invoices settled in the 182 days before t, each between -60 and 120.",
        "nothing settled in the window", "paid {} on average over the last 6 months";
    DaysLateMean12m = "days_late_mean_12m", DaysLate, "receipts", Rising, Both,
        "Mean days from due to settled over invoices settled in the 365 days before t, each between -60 and 120.",
        "nothing settled in the window", "paid {} on average over the last 12 months";
    DaysLateMeanAll = "days_late_mean_all", DaysLate, "receipts", Rising, Both,
        "Mean days from due to settled over all invoices settled by t, each between -60 and 120.",
        "nothing settled yet", "paid {} on average over the whole history";
    DaysLateLast5 = "days_late_last_5", DaysLate, "receipts", Rising, Both,
        "Mean days from due to settled over the five invoices settled last, each between -60 and 120.",
        "nothing settled yet", "paid the last five invoices {} on average";
    DaysLateMedian12m = "days_late_median_12m", DaysLate, "receipts", Rising, Both,
        "Median days from due to settled over invoices settled in the 365 days before t; the upper of two middle ones.",
        "nothing settled in the window", "usually paid {} over the last 12 months";
    DaysLateHigh12m = "days_late_high_12m", DaysLate, "receipts", Rising, Both,
        "Days from due to settled that nine in ten invoices settled in the 365 days before t did not pass.",
        "nothing settled in the window", "one invoice in ten was paid {} or later over the last 12 months";
    DaysLateSpread12m = "days_late_spread_12m", Days, "receipts", Rising, Both,
        "Standard deviation of days late over invoices settled in the 365 days before t.",
        "fewer than 2 settled in the window", "payment timing varies by {}";
    DaysLateTrend = "days_late_trend", DaysChange, "receipts", Rising, Both,
        "Mean days late of the 91 days before t minus that of the 274 days before them.",
        "nothing settled in one of the windows", "pays {} than in the months before";
    OnTimeShare12m = "on_time_share_12m", Share, "receipts", Falling, Both,
        "Share of invoices settled in the 365 days before t that were settled by their due day.",
        "nothing settled in the window", "{} of the invoices of the last 12 months were paid by the due day";
    WrittenOffShare = "written_off_share", Share, "receipts", Rising, Both,
        "Share of the customer's invoices that were given up by t: nothing is open, and they are not settled.",
        "no invoice with a due day", "{} of all invoices were given up";
    DaysPastDue = "days_past_due", DaysLate, "invoices", Rising, Invoice,
        "Days from the due day to t; negative before the due day.",
        "never", "the invoice is open {}";
    AgeAgainstHabit = "age_against_habit", DaysChange, "receipts", Rising, Invoice,
        "Days past due minus the customer's mean days late over invoices settled in the 365 days before t.",
        "nothing settled in the window", "the invoice is open {} than this customer usually pays";
    PaidPastIt = "paid_past_it", Count, "receipts", Rising, Invoice,
        "Number of the customer's invoices that are due later and are settled already.",
        "never", "{} invoices that are due later were paid already";
    SiblingsPaid = "siblings_paid", Share, "receipts", Rising, Invoice,
        "Share of the customer's other invoices with the same due day that are settled already.",
        "no other invoice with the due day", "{} of the invoices with the same due day were paid already";
    PaidShare = "paid_share", Share, "receipts", Falling, Invoice,
        "Share of the invoice that is not open any more.",
        "never", "only {} of the invoice is paid";
    TermsDays = "terms_days", Days, "invoices", Either, Invoice,
        "Days from issue to due.",
        "never", "payment terms are {}";
    TermsAgainstHabit = "terms_against_habit", DaysChange, "invoices", Either, Invoice,
        "Terms of the invoice minus the customer's mean terms over invoices issued in the 91 days before t.",
        "nothing issued in the window", "the invoice is due {} after its issue than usual";
    TermsMean = "terms_mean", Days, "invoices", Either, Customer,
        "Mean days from issue to due over invoices issued in the 91 days before t.",
        "nothing issued in the window", "payment terms are {} on average";
    AmountAgainstHabit = "amount_against_habit", Multiple, "invoices", Either, Invoice,
        "Amount over the customer's median amount of earlier invoices in the same currency.",
        "no earlier invoice in the currency", "the amount is {} the customer's usual one";
    Amount = "amount", Money, "invoices", Either, Invoice,
        "Amount of the invoice in its currency.",
        "never", "the amount is {}";
    LateShareAmount = "late_share_amount", Share, "receipts", Rising, Invoice,
        "Late share of the last 12 months among the customer's invoices of like amount (up to half the median amount, up to it, up to twice, above), shrunk to that among all of them.",
        "no earlier invoice in the currency", "{} of this customer's invoices of like amount were paid late";
    DueDayOfMonth = "due_day_of_month", DayOfMonth, "invoices", Free, Invoice,
        "Day of the month on which the invoice is due.",
        "never", "invoices due on the {} of a month are paid later";
    LateShareDueThird = "late_share_due_third", Share, "receipts", Rising, Invoice,
        "Late share of the last 12 months among the customer's invoices due in the same third of a month (through the 10th, through the 20th, after), shrunk to that among all of them.",
        "never", "{} of this customer's invoices due in this part of a month were paid late";
    DueWeekday = "due_weekday", Weekday, "invoices", Free, Invoice,
        "Day of the week on which the invoice is due.",
        "never", "invoices due on a {} are paid later";
    LateShareDueWeekday = "late_share_due_weekday", Share, "receipts", Rising, Invoice,
        "Late share of the last 12 months among the customer's invoices due on the same day of the week, shrunk to that among all of them.",
        "never", "{} of this customer's invoices due on this day of the week were paid late";
    DaysDueToRun = "days_due_to_run", Days, "receipts", Rising, Invoice,
        "Days from the due day to the next day on which the customer usually pays (see days_to_next_run).",
        "the customer's payment days show no rhythm", "the next usual payment day comes {} after the due day";
    DaysToNextRun = "days_to_next_run", Days, "receipts", Either, Both,
        "Days from t to the next day on which the customer usually pays: the usual day of the month where payment days of the 365 days before t keep to it (see payment_day_of_month_fit, at least 0.7), else a weekday with at least a quarter of them.",
        "fewer than 4 payment days in the window, or no rhythm", "the next usual payment day is {} away";
    PaymentWeekdayShare = "payment_weekday_share", Share, "receipts", Either, Both,
        "Share of the payment days of the 365 days before t that fall on the commonest day of the week.",
        "fewer than 4 payment days in the window", "{} of the payment days fall on one day of the week";
    PaymentDayOfMonthFit = "payment_day_of_month_fit", Share, "receipts", Either, Both,
        "How closely payment days of the 365 days before t keep to one day of the month: the length of the mean of their directions on a circle of 31 days.",
        "fewer than 4 payment days in the window", "payments keep to one day of the month by {}";
    PaymentGap = "payment_gap", Days, "receipts", Either, Both,
        "Mean days between payment days.",
        "fewer than 2 payment days", "pays every {}";
    DaysSincePayment = "days_since_payment", Multiple, "receipts", Rising, Both,
        "Days since the last payment over the customer's mean days between payment days.",
        "fewer than 2 payment days", "the time since the last payment is {} the usual gap";
    NumberOpen = "n_open", Count, "invoices", Either, Both,
        "Number of open items.",
        "never", "{} open items";
    OpenMoney = "open_money", Money, "invoices", Either, Both,
        "Open money, where all is in one currency.",
        "nothing open, or several currencies", "{} is open";
    DaysOfSalesOpen = "days_of_sales_open", Days, "invoices", Rising, Both,
        "Open money over the invoices issued in the 91 days before t, times 91, where all is in one currency.",
        "nothing open, nothing issued in the window, or several currencies", "{} of sales are open";
    NumberOverdue = "n_overdue", Count, "invoices", Rising, Both,
        "Number of open items past due.",
        "never", "{} items are past due";
    OverdueShare = "overdue_share", Share, "invoices", Rising, Both,
        "Money past due over money open, over currencies by item count where there are several.",
        "nothing open", "{} of the open money is past due";
    Overdue30Share = "overdue_30_share", Share, "invoices", Rising, Both,
        "Money more than 30 days past due over money open, over currencies by item count where there are several.",
        "nothing open", "{} of the open money is more than 30 days past due";
    OpenAge = "open_age", DaysLate, "invoices", Rising, Both,
        "Mean days past due of open items, weighted with their money, over currencies by item count where there are several; each between -60 and 120.",
        "nothing open", "the open money is {} on average";
    WorstDaysPastDue = "worst_days_past_due", Days, "invoices", Rising, Both,
        "Largest days past due of any open item, 0 where nothing is past due.",
        "never", "the oldest item is {} past due";
    InvoicesPerMonth = "invoices_per_month", Count, "invoices", Either, Both,
        "Documents issued in the 91 days before t, per 30 days.",
        "never", "{} invoices a month";
    BillingTrend = "billing_trend", Multiple, "invoices", Either, Both,
        "Invoices issued per day in the 91 days before t over those per day in the 274 days before them.",
        "nothing issued in the earlier window", "billing is {} that of the months before";
    DaysSinceInvoice = "days_since_invoice", Days, "invoices", Either, Customer,
        "Days from the customer's last document to t.",
        "no document yet", "the last invoice was issued {} ago";
    TenureDays = "tenure_days", Days, "invoices", Falling, Both,
        "Days from the customer's first document to t.",
        "never", "customer for {} only";
    Utilisation = "utilisation", Multiple, "customers", Rising, Both,
        "Open money over the credit limit valid at t, where the limit is an amount and all is in its currency.",
        "no limit of the kind `amount`", "open money is {} the credit limit";
    UnappliedShare = "unapplied_share", Share, "receipts", Falling, Both,
        "Unapplied cash and credits over money open, at most 1, where all is in one currency.",
        "nothing open, or several currencies", "only {} of the open money is covered by unapplied cash";
    DisputedShare = "disputed_share", Share, "disputes", Rising, Both,
        "Share of the customer's open items that are in dispute at t.",
        "no disputes table, or nothing open", "{} of the open items are in dispute";
    InDispute = "in_dispute", Flag, "disputes", Rising, Invoice,
        "Whether the invoice is in dispute at t.",
        "no disputes table", "the invoice is {} dispute";
    DisputedShareAll = "disputed_share_all", Share, "disputes", Rising, Both,
        "Share of the customer's documents that were in dispute at any time by t.",
        "no disputes table", "{} of all documents were in dispute at some time";
    Disputes90d = "disputes_90d", Count, "disputes", Rising, Both,
        "Disputes opened in the 90 days before t.",
        "no disputes table", "{} disputes were opened in the last 90 days";
    BrokenPromises = "broken_promises", Share, "promises", Rising, Both,
        "Share of promises judged by t that were not kept in full within the tolerance.",
        "no promises table, or no promise judged", "{} of the promises to pay were broken";
    OpenPromises = "open_promises", Count, "promises", Either, Both,
        "Promises made by t that are neither kept nor past their day and tolerance.",
        "no promises table", "{} promises to pay are open";
    Contacts90d = "contacts_90d", Count, "contacts", Rising, Both,
        "Contacts in the 90 days before t.",
        "no contacts table", "{} contacts were needed in the last 90 days";
    DaysSinceContact = "days_since_contact", Days, "contacts", Either, Both,
        "Days since the last contact.",
        "no contacts table, or no contact yet", "the last contact was {} ago";
    BureauScore = "bureau_score", Points, "external", Either, Both,
        "The newest number known at t of the outside score the ledger knew first: of all attributes of the external table whose name holds `score`, one source's.",
        "no such attribute, or none of this customer by t", "the outside score is {}";
    BureauChange = "bureau_change", Points, "external", Either, Both,
        "The newest outside score minus the newest that was known 182 days before t.",
        "no score known 182 days before t", "the outside score moved by {}";
    LateSharePeers = "late_share_peers", Share, "customers", Rising, Both,
        "Share of the segment's invoices that passed due + d by t and were late then, shrunk to the portfolio's; the segment is the attribute the customers table knew first of segment, industry, region and country, as valid when each invoice passed due + d.",
        "never", "{} of the invoices of customers like this one were paid late";
    LateShareGroup = "late_share_group", Share, "customers", Rising, Both,
        "Late share of all companies with the same parent, this one included, over invoices that passed due + d by t, shrunk to the segment.",
        "no other company of the group has an invoice that passed due + d", "{} of the invoices of the group of companies were paid late";
    PortfolioLateShare3m = "portfolio_late_share_3m", Share, "receipts", Rising, Both,
        "Share of the invoices of all customers that passed due + d in the 91 days before t that were late then.",
        "no invoice passed due + d in the window", "{} of all customers' invoices of the last 3 months were paid late";
    PortfolioLateChange = "portfolio_late_change", ShareChange, "receipts", Rising, Both,
        "The portfolio's late share of the 30 days before t minus that of the 365 days before t.",
        "fewer than 30 invoices passed due + d in the 30 days", "the portfolio's late share moved by {} in the last month";
    Season = "season", ShareChange, "receipts", Rising, Both,
        "The portfolio's late share in the 91 days that began a year before t minus that of the 365 days before t.",
        "fewer than 30 invoices passed due + d in the window of the year before", "this time of the year, late shares differed by {} a year ago";
}
