//! A score from outside, such as a credit bureau's, as it was known on a day.

use crate::calendar::Day;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::table::Data;

/// The numbers of one outside score, by customer and the day they were known.
#[derive(Clone, Debug)]
pub(super) struct OutsideScore {
    // One more entry than customers: where each one's numbers start.
    starts: Vec<u32>,
    numbers: Vec<(Day, f64)>,
}

impl OutsideScore {
    /// Reads the `external` table: of all attributes whose name holds `score`, the source and name known first.
    pub fn of(ledger: &Ledger) -> Option<OutsideScore> {
        let column = |name: &str| ledger.column("external", name);
        let (customers, sources, names) = (column("customer_id")?, column("source")?, column("name")?);
        let (values, known_on, posted_on) = (column("value")?, column("known_on")?, column("posted_on"));
        let (Data::Text(customers), Data::Text(sources), Data::Text(names), Data::Text(values), Data::Day(known_on)) =
            (&*customers, &*sources, &*names, &*values, &*known_on)
        else {
            return None;
        };
        let posted = |row: usize| match posted_on.as_deref() {
            Some(Data::Day(days)) => days[row],
            _ => None,
        };
        let known = |row: usize| known_on[row].map(|day| posted(row).map_or(day, |posted| day.max(posted)));
        let score = |row: usize| {
            let name = names[row].as_deref()?;
            let number: f64 = values[row].as_deref()?.trim().parse().ok()?;
            let is_score = name.to_ascii_lowercase().contains("score") && number.is_finite();
            is_score.then_some((known(row)?, sources[row].as_deref()?, name, number))
        };
        let rows = 0..values.len();
        let first = rows
            .clone()
            .filter_map(score)
            .min_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)))?;
        let mut last: Option<(&str, Option<CustomerIx>)> = None;
        let mut numbers = Vec::new();
        for row in rows {
            let (Some((day, source, name, number)), Some(id)) = (score(row), customers[row].as_deref()) else {
                continue;
            };
            if (source, name) != (first.1, first.2) {
                continue;
            }
            // Rows of one customer stand together.
            let customer = match last {
                Some((known, customer)) if known == id => customer,
                _ => ledger.find_customer(id),
            };
            last = Some((id, customer));
            numbers.extend(customer.map(|customer| (customer, day, number)));
        }
        numbers.sort_by(|a: &(CustomerIx, Day, f64), b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let customers = (0..=ledger.n_customers() as u32).map(CustomerIx);
        let start = |customer| numbers.partition_point(|(whose, _, _)| *whose < customer) as u32;
        Some(OutsideScore {
            starts: customers.map(start).collect(),
            numbers: numbers.iter().map(|&(_, day, number)| (day, number)).collect(),
        })
    }

    /// Returns the newest number of a customer that was known at the end of a day.
    pub fn on(&self, customer: CustomerIx, day: Day) -> Option<f64> {
        let own = self.starts[customer.at()] as usize..self.starts[customer.at() + 1] as usize;
        let known = self.numbers[own].iter().take_while(|(known, _)| *known <= day);
        known.last().map(|(_, number)| *number)
    }
}
