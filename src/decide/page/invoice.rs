//! One open invoice with its own facts: what was posted on it, disputed, promised and said about it, and when its money is expected.

use super::events::{self, Event, known_contacts, known_disputes, of_contact, of_dispute, of_promise};
use super::items::Items;
use super::words::Words;
use super::{PageItem, PageParams, named_values};
use crate::calendar::{AsOf, Day};
use crate::decide::DecideError;
use crate::forecast::{Account, forecast_customer};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Ledger, Nature, Posting};
use crate::money::Total;
use crate::outcome::{Caveat, Checked};
use crate::table::Table;

/// Everything about one open item on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoicePage {
    /// Whose it is.
    pub customer_id: String,
    /// The item.
    pub item: PageItem,
    /// All that happened to it, newest first.
    pub events: Vec<Event>,
}

/// Makes the page of an open item; `None` where it is not open on the day.
///
/// # Errors
/// Settings out of range; a forecast that cannot be made is a caveat.
pub fn invoice_page(
    ledger: &Ledger,
    as_of: AsOf,
    (customer, document): (CustomerIx, DocumentIx),
    params: &PageParams<'_>,
) -> Result<Checked<Option<InvoicePage>>, DecideError> {
    let account = Account::on(ledger, customer, as_of, params.worklist.promise_tolerance_days);
    let Some(open) = account.items.iter().find(|item| item.document == document) else {
        return Ok(Checked::clean(None));
    };
    let (forecast, caveats) = match forecast_customer(ledger, as_of, customer, params.weeks_per_period, params.forecast)
    {
        Ok(forecast) => (Some(forecast.value), forecast.caveats),
        Err(error) => (None, vec![Caveat(format!("the forecast is not available: {error}"))]),
    };
    let words = Words::of(ledger);
    let items = Items {
        ledger,
        as_of,
        buckets: &params.aging.scheme()?,
        forecast: forecast.as_ref(),
        words: &words,
    };
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let invoice: Vec<DocumentIx> = history.instalments(document).map(|item| item.ix).collect();
    let is_about = |about: Option<DocumentIx>| about.is_some_and(|about| invoice.contains(&about));
    let id = words.invoice_id(document);
    let postings = history.document(document).postings();
    let mut events: Vec<Event> = postings
        .filter(|posting| posting.on <= as_of.0)
        .map(|posting| of_posting(posting, &id))
        .collect();
    let contacts = known_contacts(ledger, &account, as_of).filter(|contact| is_about(contact.document));
    events.extend(contacts.map(|contact| of_contact(contact, &words)));
    let promises = account
        .promises
        .iter()
        .filter(|judged| is_about(judged.promise.document));
    events.extend(promises.map(|judged| of_promise(judged, &words)));
    let disputes = known_disputes(&history, as_of).into_iter();
    let disputes = disputes.filter(|dispute| is_about(dispute.document));
    events.extend(disputes.map(|dispute| of_dispute(dispute, as_of, &words)));
    Ok(Checked {
        value: Some(InvoicePage {
            customer_id: ledger.customer_id(customer).to_owned(),
            item: items.item(open),
            events: events::newest_first(events),
        }),
        issues: Default::default(),
        caveats,
    })
}

fn of_posting(posting: &Posting, invoice_id: &str) -> Event {
    let event = match posting.nature {
        Nature::Cash => "payment",
        Nature::CashApplied => "cash applied",
        Nature::Credit => "credit",
        Nature::CreditApplied => "credit note applied",
        Nature::Discount => "discount",
        Nature::WriteOff => "write-off",
        Nature::Refund => "refund",
        Nature::Reversal => "reversal",
        Nature::Recovery => "recovery",
    };
    Event {
        on: posting.on,
        event,
        invoice_id: Some(invoice_id.to_owned()),
        money: Some(-Total::from(posting.delta)),
        currency: Some(posting.currency),
        what: String::new(),
    }
}

impl InvoicePage {
    /// Returns the item line by line as `invoice`, and what happened to it as `invoice_events`.
    pub fn tables(&self) -> Vec<Table> {
        let item = &self.item;
        let day = |day: Option<Day>| day.map(|day| day.to_string());
        let money = |money: Total| Some(format!("{money} {}", item.currency));
        let lines = [
            ("invoice_id", Some(item.invoice_id.clone())),
            ("customer_id", Some(self.customer_id.clone())),
            ("instalment", item.instalment.map(|number| number.to_string())),
            ("issued_on", day(Some(item.issued_on))),
            ("due_on", day(item.due_on)),
            ("days_past_due", item.days_past_due.map(|days| days.to_string())),
            ("age", Some(item.age.clone())),
            ("amount", money(item.amount)),
            ("open", money(item.open)),
            ("disputed", money(item.disputed)),
            ("promised", money(item.promised)),
            ("promised_on", day(item.promised_on)),
            ("expected_on", day(item.expected_on)),
            (
                "paid_within_the_horizon",
                item.probability.map(|share| format!("{:.1} %", share * 100.0)),
            ),
        ];
        let lines = lines.into_iter().map(|(what, value)| (what.to_owned(), value));
        vec![
            named_values("invoice", lines),
            events::table(&self.events).named("invoice_events"),
        ]
    }
}
