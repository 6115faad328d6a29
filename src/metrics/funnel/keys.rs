//! What contacts are grouped by: their own columns, and the parts of their time.

use std::collections::{BTreeMap, BTreeSet};

use super::FunnelError;
use crate::calendar::Day;
use crate::ledger::Ledger;
use crate::table::{Data, Table};

const WEEKDAYS: [&str; 7] = [
    "1 Monday",
    "2 Tuesday",
    "3 Wednesday",
    "4 Thursday",
    "5 Friday",
    "6 Saturday",
    "7 Sunday",
];
/// Columns by which nothing is grouped: keys, days, and what the funnel itself counts.
const NOT_ATTRIBUTES: &[&str] = &[
    "contact_id",
    "invoice_id",
    "contacted_at",
    "hour",
    "reached",
    "posted_on",
];

/// The key of every contact of a ledger; keys are sorted, a missing value first.
#[derive(Clone, Debug)]
pub struct ContactKeys {
    keys: Vec<Vec<Option<String>>>,
    // One number per row of the contacts table.
    of_row: Vec<u32>,
}

impl ContactKeys {
    /// Reads the values that contacts are grouped by; `by` may be empty, then all have the same key.
    ///
    /// # Errors
    /// An attribute is unknown, or contacts have no hour.
    pub fn of(ledger: &Ledger, by: &[String]) -> Result<ContactKeys, FunnelError> {
        let none = Table::new("contacts");
        let contacts = ledger.table("contacts").unwrap_or(&none);
        let columns = by
            .iter()
            .map(|name| values(contacts, name))
            .collect::<Result<Vec<Vec<Option<String>>>, FunnelError>>()?;
        let key = |row: usize| columns.iter().map(|values| values[row].clone()).collect::<Vec<_>>();
        let distinct: BTreeSet<Vec<Option<String>>> = (0..contacts.n_rows()).map(key).collect();
        let number: BTreeMap<&Vec<Option<String>>, u32> = distinct.iter().zip(0..).collect();
        Ok(ContactKeys {
            of_row: (0..contacts.n_rows()).map(|row| number[&key(row)]).collect(),
            keys: distinct.into_iter().collect(),
        })
    }

    /// Returns the values behind a number, in the order asked for.
    pub fn key(&self, number: u32) -> &[Option<String>] {
        &self.keys[number as usize]
    }

    /// Returns the number of a contact's key.
    pub fn of_row(&self, row: u32) -> u32 {
        self.of_row[row as usize]
    }
}

fn values(contacts: &Table, name: &str) -> Result<Vec<Option<String>>, FunnelError> {
    let of_days = |part: fn(Day) -> String| {
        let days = contacts.days("contacted_on").unwrap_or_default();
        days.iter().map(|day| day.map(part)).collect()
    };
    match name {
        "weekday" => Ok(of_days(|day| WEEKDAYS[day.weekday() as usize].to_owned())),
        "month" => Ok(of_days(|day| day.month().to_string())),
        "hour" => hours(contacts),
        name if is_attribute(contacts, name) => {
            let data = contacts.column(name);
            let texts = (0..contacts.n_rows()).map(|row| data.map(|data| data.text(row)));
            Ok(texts.map(|text| text.filter(|text| !text.is_empty())).collect())
        }
        name => {
            let columns = contacts.columns().iter().map(|column| column.name.as_str());
            let own = columns.filter(|column| is_attribute(contacts, column));
            let names: BTreeSet<&str> = own.chain(["weekday", "month", "hour"]).collect();
            Err(FunnelError::Unknown {
                attribute: name.to_owned(),
                available: names
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
        }
    }
}

fn is_attribute(contacts: &Table, name: &str) -> bool {
    matches!(
        contacts.column(name),
        Some(Data::Text(_) | Data::Flag(_) | Data::Int(_))
    ) && !NOT_ATTRIBUTES.contains(&name)
}

/// Takes the hour from a column `hour`, or from the time of day in `contacted_at`, in the source's own time.
fn hours(contacts: &Table) -> Result<Vec<Option<String>>, FunnelError> {
    let column = |name: &str| {
        contacts
            .texts(name)
            .ok()
            .filter(|texts| texts.iter().any(Option::is_some))
    };
    let two_digits = |text: &str| text.trim().parse::<u8>().ok().filter(|hour| *hour < 24);
    let of_time = |text: &str| {
        let (_, time) = text.trim().split_once(['T', ' '])?;
        two_digits(time.split(':').next()?)
    };
    let hours: Vec<Option<u8>> = match (column("hour"), column("contacted_at")) {
        (Some(hours), _) => hours.iter().map(|hour| two_digits(hour.as_deref()?)).collect(),
        (None, Some(times)) => times.iter().map(|time| of_time(time.as_deref()?)).collect(),
        (None, None) => return Err(FunnelError::NoHour),
    };
    if hours.iter().all(Option::is_none) {
        return Err(FunnelError::NoHour);
    }
    Ok(hours
        .into_iter()
        .map(|hour| hour.map(|hour| format!("{hour:02}")))
        .collect())
}
