//! The tie-out certificate: the aged balance against the ledger and the general ledger, by currency and entity.
//!
//! # Definition
//! For each currency and entity, and each currency over all entities, on one day: `control = not_due + past_due +
//! no_due_date - unapplied_cash - unapplied_credits`. It is compared with the sum of the documents and postings of the
//! ledger, added up without ageing, and with the balance of the control account where `gl_balances` has one for that day.
//! # Inputs
//! A ledger and a day; in the as-known view, a ledger as it was known.
//! # Edge cases
//! A difference of a cent breaks the tie-out. Items that may explain it are listed: facts posted after the day that count
//! on or before it, and items that stood unapplied on the day.
//! # Source
//! Design of this program, section 5.
//! # Example
//! An invoice of 100 not due and one of 50 past due, 20 of unapplied cash: control 100 + 50 - 20 = 130. A control account of
//! 129.99 is 0.01 apart and is no tie-out.
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::aging::AgingParams;
//! use arrears::metrics::certificate::certificate;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-03-01, 2024-04-30, 100.00, EUR
//!          2,          acme,        2024-02-01, 2024-03-02,  50.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, paid_on,    amount, currency
//!          7,          acme,        2024-03-15, 20.00,  EUR",
//!     ),
//!     ("gl_balances", "currency, date, control_balance\n EUR, 2024-03-31, 129.99"),
//! ])?;
//! let day = Day::parse("2024-03-31")?;
//! let (ledger, _) = Ledger::from_records(records, day).value;
//! let certificate = certificate(&ledger, AsOf(day), None, &AgingParams::default())?;
//! let row = certificate.rows().values().next().unwrap();
//! assert_eq!(row.control().to_string(), "130.00");
//! assert_eq!(row.difference().to_string(), "0.01");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_book;

use std::collections::{BTreeMap, BTreeSet};

use self::by_book::BookSums;
use super::aging::{AgingBasis, AgingError, AgingParams, AgingScheme};
use super::flow::Flow;
use super::{ByGroup, segments, view_note};
use crate::calendar::{AsOf, Day};
use crate::history::{self, Groups};
use crate::ledger::{Ledger, NumbersOf, Posting, facts_difference};
use crate::money::{Currency, Total};
use crate::table::Table;

pub use self::by_book::CertificateByBook;

/// One currency and entity on the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateRow {
    /// Claims not past due.
    pub not_due: Total,
    /// Claims past due.
    pub past_due: Total,
    /// Claims without due day.
    pub no_due_date: Total,
    /// Cash on no claim, positive.
    pub unapplied_cash: Total,
    /// Credits on no claim, positive.
    pub unapplied_credits: Total,
    /// Documents and postings of the ledger, added up without ageing.
    pub ledger: Total,
    /// Balance of the control account, where it was given for the day.
    pub general_ledger: Option<Total>,
}

/// A currency and an entity; no entity stands for all of them.
pub type Book = (Currency, Option<String>);

/// The tie-out of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    as_of: AsOf,
    known_on: Option<Day>,
    rows: BTreeMap<Book, CertificateRow>,
}

/// Ties the aged balances of a day to the ledger and the general ledger.
///
/// # Errors
/// The bucket edges do not increase from 1.
pub fn certificate(
    ledger: &Ledger,
    as_of: AsOf,
    known_on: Option<Day>,
    params: &AgingParams,
) -> Result<Certificate, AgingError> {
    let plan = CertificatePlan::new(ledger, as_of, known_on, params)?;
    Ok(plan.result(ledger, &history::run(ledger, known_on, plan.empty())))
}

/// What a certificate is taken over, settled before the pass.
#[derive(Clone, Debug)]
pub struct CertificatePlan {
    as_of: AsOf,
    known_on: Option<Day>,
    basis: AgingBasis,
    scheme: AgingScheme,
    books: Groups,
}

impl CertificatePlan {
    /// Settles what [`certificate`] is asked for.
    ///
    /// # Errors
    /// The bucket edges do not increase from 1.
    pub fn new(
        ledger: &Ledger,
        as_of: AsOf,
        known_on: Option<Day>,
        params: &AgingParams,
    ) -> Result<CertificatePlan, AgingError> {
        Ok(CertificatePlan {
            as_of,
            known_on,
            basis: params.basis,
            scheme: params.scheme()?,
            books: segments::groups_by_entity(ledger),
        })
    }

    /// Returns the same plan for a ledger of some of the customers.
    pub fn over(&self, ledger: &Ledger) -> CertificatePlan {
        CertificatePlan {
            books: segments::groups_by_entity(ledger),
            ..self.clone()
        }
    }

    /// Says what the sums mean: plans that say the same can go on from each other's sums.
    pub(super) fn meaning(&self) -> String {
        format!(
            "certificate.v1 {} known on {:?}; {:?}; {:?}",
            self.as_of, self.known_on, self.basis, self.scheme
        )
    }

    /// Returns the accumulator, with nothing in it.
    ///
    /// The views of credits and disputes move money between columns; the certificate shows them apart.
    pub fn empty(&self) -> CertificateByBook<'_> {
        CertificateByBook {
            books: &self.books,
            as_of: self.as_of,
            scheme: &self.scheme,
            basis: self.basis,
            sums: ByGroup::default(),
        }
    }

    /// Returns the accumulator with what [`CertificateByBook::state`] laid out; `None` where a book is not among these.
    pub(super) fn restored(&self, state: &[NumbersOf]) -> Option<CertificateByBook<'_>> {
        let empty = self.empty();
        let sums = ByGroup::restored(state, &self.books, || empty.empty_book())?;
        Some(CertificateByBook { sums, ..empty })
    }

    /// Compares both sides with each other and with the general ledger.
    pub fn result(&self, ledger: &Ledger, pass: &CertificateByBook<'_>) -> Certificate {
        let mut rows: BTreeMap<Book, CertificateRow> = BTreeMap::new();
        for (at, group) in self.books.all().iter().enumerate() {
            let entity = group.values.first().cloned().flatten().unwrap_or_default();
            for entity in [None, Some(entity)] {
                let row = rows.entry((group.currency, entity)).or_default();
                let Some(BookSums { aging, balance }) = pass.sums.of(at) else {
                    continue;
                };
                row.ledger += *balance;
                row.not_due += aging.not_due;
                row.past_due += aging.overdue();
                row.no_due_date += aging.no_due_date;
                row.unapplied_cash += aging.unapplied_cash;
                row.unapplied_credits += aging.unapplied_credits;
            }
        }
        for (book, balance) in general_ledger(ledger, self.as_of) {
            rows.entry(book).or_default().general_ledger = Some(balance);
        }
        // A book with no named entity is the same as all entities together.
        let named: BTreeSet<Currency> = rows
            .keys()
            .filter(|(_, entity)| entity.as_ref().is_some_and(|name| !name.is_empty()))
            .map(|(currency, _)| *currency)
            .collect();
        rows.retain(|(currency, entity), _| entity.as_deref() != Some("") || named.contains(currency));
        Certificate {
            as_of: self.as_of,
            known_on: self.known_on,
            rows,
        }
    }
}

/// The balances of the control accounts on a day.
fn general_ledger(ledger: &Ledger, as_of: AsOf) -> Vec<(Book, Total)> {
    let Some(balances) = ledger.table("gl_balances") else {
        return Vec::new();
    };
    let (entities, currencies) = (
        balances.texts("entity").unwrap_or_default(),
        balances.texts("currency").unwrap_or_default(),
    );
    let (days, controls) = (
        balances.days("date").unwrap_or_default(),
        balances.moneys("control_balance").unwrap_or_default(),
    );
    (0..balances.n_rows())
        .filter(|&row| days[row] == Some(as_of.0))
        .filter_map(|row| {
            let currency = currencies[row].as_deref().and_then(|code| Currency::parse(code).ok());
            Some((
                (currency.unwrap_or(Currency::UNKNOWN), entities[row].clone()),
                controls[row]?,
            ))
        })
        .collect()
}

/// Lists what may explain a difference on a day: facts posted after it that count on or before it, and unapplied items.
///
/// Only items of the given books are listed; `None` as the entity means all of a currency.
pub fn suspects(ledger: &Ledger, as_of: AsOf, books: &[Book]) -> Table {
    let asked = |currency: Currency, entity: &str| {
        books
            .iter()
            .any(|(of, name)| *of == currency && name.as_deref().is_none_or(|name| name == entity))
    };
    let difference = facts_difference(as_of, &ledger.as_known_on(as_of.0), ledger);
    let late = difference
        .facts()
        .iter()
        .filter(|fact| asked(fact.currency, &fact.entity));
    let mut rows: Vec<Suspect> = late
        .map(|fact| Suspect {
            why: format!("{} after the day", fact.change),
            currency: fact.currency,
            entity: fact.entity.clone(),
            customer_id: fact.customer_id.clone(),
            table: fact.table,
            id: fact.id.clone(),
            number: fact.number,
            on: fact.on,
            known_on: fact.known_on,
            amount: fact.effect(),
        })
        .collect();
    for customer in ledger.customers() {
        let mut waiting: BTreeMap<u32, (Posting, Total)> = BTreeMap::new();
        for posting in ledger
            .unapplied()
            .of(customer)
            .iter()
            .filter(|posting| posting.on <= as_of.0)
        {
            waiting.entry(posting.row).or_insert((*posting, Total::ZERO)).1 += posting.delta;
        }
        for (row, (posting, amount)) in waiting {
            // Money without an entity may belong to any.
            let entity = ledger.entity(posting.entity);
            let is_asked = asked(posting.currency, entity)
                || (entity.is_empty() && books.iter().any(|(currency, _)| *currency == posting.currency));
            if amount.is_zero() || !is_asked {
                continue;
            }
            let number = ledger
                .table("receipts")
                .and_then(|table| table.ints("application").ok()?[row as usize]);
            rows.push(Suspect {
                why: "unapplied on the day".to_owned(),
                currency: posting.currency,
                entity: entity.to_owned(),
                customer_id: ledger.customer_id(customer).to_owned(),
                table: "receipts",
                id: ledger
                    .text("receipts", "receipt_id", row)
                    .unwrap_or_default()
                    .to_owned(),
                number: number.unwrap_or(1),
                on: posting.on,
                known_on: posting.known_on,
                amount,
            });
        }
    }
    let all = || rows.iter();
    Table::new("may_explain_it")
        .text("currency", all().map(|row| row.currency.to_string()))
        .text("entity", all().map(|row| row.entity.clone()))
        .text("why", all().map(|row| row.why.clone()))
        .text("customer_id", all().map(|row| row.customer_id.clone()))
        .text("table", all().map(|row| row.table.to_owned()))
        .text("id", all().map(|row| row.id.clone()))
        .int("number", all().map(|row| row.number))
        .day("on", all().map(|row| row.on))
        .day("known_on", all().map(|row| row.known_on))
        .money("amount", all().map(|row| row.amount))
        .note("as_of", as_of)
}

/// One item that may explain a difference.
struct Suspect {
    why: String,
    currency: Currency,
    entity: String,
    customer_id: String,
    table: &'static str,
    id: String,
    number: i64,
    on: Day,
    known_on: Day,
    amount: Total,
}

impl CertificateRow {
    /// Returns the aged balance, by the identity.
    pub fn control(&self) -> Total {
        self.not_due + self.past_due + self.no_due_date - self.unapplied_cash - self.unapplied_credits
    }

    /// Returns control less what it is compared with: the ledger, then the control account; zero where all agree.
    pub fn difference(&self) -> Total {
        let to_ledger = self.control() - self.ledger;
        match self.general_ledger {
            Some(balance) if to_ledger.is_zero() => self.control() - balance,
            _ => to_ledger,
        }
    }
}

impl Certificate {
    /// Returns the rows by currency and entity; no entity stands for all of them.
    pub fn rows(&self) -> &BTreeMap<Book, CertificateRow> {
        &self.rows
    }

    /// Returns the books that do not tie out.
    pub fn broken(&self) -> Vec<Book> {
        let broken = self.rows.iter().filter(|(_, row)| !row.difference().is_zero());
        broken.map(|(book, _)| book.clone()).collect()
    }

    /// Returns closing of the flow less aged control, by currency, where they differ; the flow must end on the same day.
    pub fn flow_differences(&self, flow: &Flow) -> Vec<(Currency, Total)> {
        let mut closings: BTreeMap<Currency, Total> = BTreeMap::new();
        for (group, sums) in flow.labels().all().iter().zip(flow.groups()) {
            let closing = sums.balances().last().map_or(sums.opening, |(_, closing)| closing);
            *closings.entry(group.currency).or_default() += closing;
        }
        let of_all = self.rows.iter().filter(|((_, entity), _)| entity.is_none());
        of_all
            .map(|((currency, _), row)| {
                (
                    *currency,
                    closings.get(currency).copied().unwrap_or_default() - row.control(),
                )
            })
            .filter(|(_, difference)| !difference.is_zero())
            .collect()
    }

    /// Says the outcome in one line, for the header of results: the balances where all agree, else what is apart.
    pub fn summary(&self) -> String {
        let broken = self.differences();
        if !broken.is_empty() {
            return broken.join("; ");
        }
        let of_all = self.rows.iter().filter(|((_, entity), _)| entity.is_none());
        let balances: Vec<String> = of_all
            .map(|((currency, _), row)| format!("{} {currency}", row.control()))
            .collect();
        let in_general_ledger = self.rows.values().filter(|row| row.general_ledger.is_some()).count();
        let general_ledger = match in_general_ledger {
            0 => "the general ledger was not imported for the day".to_owned(),
            n => format!("{n} balances of the general ledger agree"),
        };
        format!(
            "control {} ties out to the ledger; {general_ledger}",
            balances.join(", ")
        )
    }

    /// Says what is apart, in one line for each book that does not tie out.
    pub fn differences(&self) -> Vec<String> {
        let broken = self.rows.iter().filter(|(_, row)| !row.difference().is_zero());
        let line = |((currency, entity), row): (&Book, &CertificateRow)| {
            let of = match entity.as_deref() {
                None => String::new(),
                Some("") => " without entity".to_owned(),
                Some(name) => format!(" {name}"),
            };
            let general_ledger = row
                .general_ledger
                .map_or_else(String::new, |balance| format!(", general ledger {balance}"));
            format!(
                "{currency}{of}: control {}, ledger {}{general_ledger}: {} apart",
                row.control(),
                row.ledger,
                row.difference()
            )
        };
        broken.map(line).collect()
    }

    /// Returns one row per currency and entity; `all` in the column `scope` marks a currency over all entities.
    pub fn table(&self) -> Table {
        let rows = || self.rows.values();
        let money = |of: fn(&CertificateRow) -> Total| rows().map(of).collect::<Vec<Total>>();
        let scope = |entity: &Option<String>| if entity.is_none() { "all" } else { "entity" };
        Table::new("certificate")
            .text("currency", self.rows.keys().map(|(currency, _)| currency.to_string()))
            .text("scope", self.rows.keys().map(|(_, entity)| scope(entity).to_owned()))
            .text("entity", self.rows.keys().map(|(_, entity)| entity.clone()))
            .money("not_due", money(|row| row.not_due))
            .money("past_due", money(|row| row.past_due))
            .money("no_due_date", money(|row| row.no_due_date))
            .money("unapplied_cash", money(|row| row.unapplied_cash))
            .money("unapplied_credits", money(|row| row.unapplied_credits))
            .money("control", money(CertificateRow::control))
            .money("ledger", money(|row| row.ledger))
            .money("general_ledger", rows().map(|row| row.general_ledger))
            .money("difference", money(CertificateRow::difference))
            .flag("ties_out", rows().map(|row| row.difference().is_zero()))
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note(
                "identity",
                "control = not_due + past_due + no_due_date - unapplied_cash - unapplied_credits",
            )
    }
}
