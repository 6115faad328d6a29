//! What changed between two states of knowledge about the same day, fact by fact.
//!
//! # Definition
//! The balance of a day is the sum of the documents issued and of the receipt lines effective on or before it. Two states
//! of knowledge are compared document by document and line by line; the effect of a fact is what it adds to the balance in
//! the later state less what it added in the earlier one, so that the effects of a currency sum to the difference of its
//! two balances, exactly.
//! # Edge cases
//! A fact in another currency than before leaves the one and appears in the other. A changed due day, or cash that is
//! applied elsewhere than it was, has the effect zero and is listed. Cash after a write-off changes no balance.
//! # Example
//! On March 1 an invoice of 100 was known, on April 1 its correction to 90: it is listed with the effect -10.
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::{Ledger, facts_difference};
//!
//! let records = from_text(&[(
//!     "invoices",
//!     "invoice_id, customer_id, issued_on,  due_on,     amount, currency, posted_on
//!      1,          acme,        2024-03-01, 2024-03-31, 100.00, EUR,      2024-03-01
//!      1,          acme,        2024-03-01, 2024-03-31,  90.00, EUR,      2024-04-01",
//! )])?;
//! let day = |text| Day::parse(text);
//! let (ledger, _) = Ledger::from_records(records, day("2024-04-01")?).value;
//! let (before, after) = (ledger.as_known_on(day("2024-03-31")?), ledger.as_known_on(day("2024-04-01")?));
//! let difference = facts_difference(AsOf(day("2024-03-31")?), &before, &after);
//! assert_eq!(difference.facts()[0].effect().to_string(), "-10.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Ledger, Posting};
use crate::calendar::{AsOf, Day};
use crate::ids::{CustomerIx, DocumentIx};
use crate::money::{Currency, Total};
use crate::table::Table;

/// What became of a fact from the earlier to the later state of knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not known, or did not count on the day.
    Appeared,
    /// It no longer counts.
    Gone,
    /// What it adds to the balance is another amount.
    AmountChanged,
    /// Only the due day is another.
    DueDateChanged,
    /// The money stands on another document, or on another day.
    AppliedElsewhere,
}

/// One fact that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFact {
    /// Who.
    pub customer_id: String,
    /// `invoices` or `receipts`: the table of the fact.
    pub table: &'static str,
    /// Invoice or receipt id.
    pub id: String,
    /// Instalment, or line of the receipt.
    pub number: i64,
    /// Kind of the document or line, as in the contract.
    pub kind: String,
    /// Currency of the effect.
    pub currency: Currency,
    /// Legal entity of the document, or of the one the line stands on; empty where none was named.
    pub entity: String,
    /// What became of it.
    pub change: Change,
    /// First day on which its latest version counts.
    pub on: Day,
    /// Day on which its latest version was known.
    pub known_on: Day,
    /// What it added to the balance before; `None` where it was not there.
    pub before: Option<Total>,
    /// What it adds now; `None` where it is not there.
    pub after: Option<Total>,
    /// Due day before.
    pub due_before: Option<Day>,
    /// Due day now.
    pub due_after: Option<Day>,
}

/// The balances of one currency in the two states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BalanceChange {
    /// Balance as it was known before.
    pub before: Total,
    /// Balance as it was known after.
    pub after: Total,
    /// Sum of the effects of the facts listed.
    pub effects: Total,
}

/// Everything that changed between two states of knowledge about one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsDifference {
    as_of: AsOf,
    before_known_on: Option<Day>,
    after_known_on: Option<Day>,
    facts: Vec<ChangedFact>,
    balances: BTreeMap<Currency, BalanceChange>,
}

/// Compares two states of knowledge about the same day; `before` and `after` come from [`Ledger::as_known_on`].
pub fn facts_difference(as_of: AsOf, before: &Ledger, after: &Ledger) -> FactsDifference {
    let ids: BTreeSet<&str> = [before, after]
        .into_iter()
        .flat_map(|ledger| ledger.customers().map(|customer| ledger.customer_id(customer)))
        .collect();
    let mut facts = Vec::new();
    for id in ids {
        let states = [before, after].map(|ledger| match ledger.find_customer(id) {
            Some(customer) => states_of(ledger, customer, as_of),
            None => BTreeMap::new(),
        });
        let keys: BTreeSet<Key<'_>> = states.iter().flat_map(BTreeMap::keys).copied().collect();
        let changed = |key: Key<'_>| key.changed(id, states.each_ref().map(|states| states.get(&key)), [before, after]);
        facts.extend(keys.into_iter().filter_map(changed));
    }
    let mut balances: BTreeMap<Currency, BalanceChange> = BTreeMap::new();
    for (currency, balance) in before.balances_on(as_of) {
        balances.entry(currency).or_default().before = balance;
    }
    for (currency, balance) in after.balances_on(as_of) {
        balances.entry(currency).or_default().after = balance;
    }
    for fact in &facts {
        balances.entry(fact.currency).or_default().effects += fact.effect();
    }
    FactsDifference {
        as_of,
        before_known_on: before.known_on(),
        after_known_on: after.known_on(),
        facts,
        balances,
    }
}

/// Names a fact inside one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    table: &'static str,
    id: &'a str,
    number: i64,
    currency: Currency,
}

/// Where a line's money stands: invoice id and instalment, or none; day; amount.
type Stand = (Option<(String, i64)>, Day, Total);

/// One fact in one state of knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    row: u32,
    entity: u16,
    on: Day,
    amount: Total,
    due_on: Option<Day>,
    stands: Vec<Stand>,
}

/// Returns one customer's facts that count on the day.
fn states_of(ledger: &Ledger, customer: CustomerIx, as_of: AsOf) -> BTreeMap<Key<'_>, State> {
    let mut states: BTreeMap<Key<'_>, State> = BTreeMap::new();
    let invoices = Rows::of(ledger, "invoices", "invoice_id", "instalment");
    let receipts = Rows::of(ledger, "receipts", "receipt_id", "application");
    let document_of = |ix: DocumentIx| {
        let row = ledger.document(ix).row;
        (invoices.id(row).to_owned(), invoices.number(row))
    };
    let mut add = |posting: &Posting, delta: Total| {
        let key = Key {
            table: "receipts",
            id: receipts.id(posting.row),
            number: receipts.number(posting.row),
            currency: posting.currency,
        };
        let state = states.entry(key).or_insert_with(|| State {
            row: posting.row,
            entity: posting.entity,
            on: posting.on,
            amount: Total::ZERO,
            due_on: None,
            stands: Vec::new(),
        });
        state.amount += delta;
        state.on = state.on.min(posting.on);
        state
            .stands
            .push((posting.document.map(document_of), posting.on, delta));
    };
    let counts = |posting: &&Posting| posting.on <= as_of.0;
    let documents = ledger.documents().of(customer);
    for posting in documents
        .iter()
        .flat_map(|document| ledger.postings_of(document))
        .filter(counts)
    {
        add(posting, posting.delta.into());
    }
    for posting in ledger.unapplied().of(customer).iter().filter(counts) {
        add(posting, posting.delta.into());
    }
    for posting in ledger.recoveries().of(customer).iter().filter(counts) {
        add(posting, Total::ZERO);
    }
    for document in documents.iter().filter(|document| document.issued_on <= as_of.0) {
        let key = Key {
            table: "invoices",
            id: invoices.id(document.row),
            number: invoices.number(document.row),
            currency: document.currency,
        };
        let state = State {
            row: document.row,
            entity: document.entity,
            on: document.issued_on,
            amount: document.amount.into(),
            due_on: document.due_on,
            stands: Vec::new(),
        };
        states.insert(key, state);
    }
    states
}

/// Ids and numbers of a table's rows.
struct Rows<'a> {
    ids: &'a [Option<String>],
    numbers: &'a [Option<i64>],
}

impl<'a> Rows<'a> {
    fn of(ledger: &'a Ledger, table: &str, id: &str, number: &str) -> Rows<'a> {
        let table = ledger.table(table);
        Rows {
            ids: table.and_then(|table| table.texts(id).ok()).unwrap_or_default(),
            numbers: table.and_then(|table| table.ints(number).ok()).unwrap_or_default(),
        }
    }

    fn id(&self, row: u32) -> &'a str {
        self.ids
            .get(row as usize)
            .and_then(Option::as_deref)
            .unwrap_or_default()
    }

    fn number(&self, row: u32) -> i64 {
        self.numbers.get(row as usize).copied().flatten().unwrap_or(1)
    }
}

impl Key<'_> {
    /// Returns the fact where the two states differ.
    fn changed(self, customer_id: &str, states: [Option<&State>; 2], ledgers: [&Ledger; 2]) -> Option<ChangedFact> {
        let [before, after] = states;
        let change = match (before, after) {
            (None, None) => return None,
            (None, Some(_)) => Change::Appeared,
            (Some(_), None) => Change::Gone,
            (Some(before), Some(after)) if before.amount != after.amount => Change::AmountChanged,
            (Some(before), Some(after)) if before.due_on != after.due_on => Change::DueDateChanged,
            (Some(before), Some(after)) if before.on != after.on || before.stands != after.stands => {
                Change::AppliedElsewhere
            }
            (Some(_), Some(_)) => return None,
        };
        let (latest, ledger) = match (before, after) {
            (_, Some(after)) => (after, ledgers[1]),
            (Some(before), None) => (before, ledgers[0]),
            (None, None) => return None,
        };
        let posted = ledger.table(self.table).and_then(|table| table.days("posted_on").ok());
        let posted = posted.and_then(|days| days[latest.row as usize]);
        Some(ChangedFact {
            customer_id: customer_id.to_owned(),
            table: self.table,
            id: self.id.to_owned(),
            number: self.number,
            kind: ledger
                .text(self.table, "kind", latest.row)
                .unwrap_or_default()
                .to_owned(),
            currency: self.currency,
            entity: ledger.entity(latest.entity).to_owned(),
            change,
            on: latest.on,
            known_on: posted.unwrap_or(latest.on),
            before: before.map(|state| state.amount),
            after: after.map(|state| state.amount),
            due_before: before.and_then(|state| state.due_on),
            due_after: after.and_then(|state| state.due_on),
        })
    }
}

impl Ledger {
    /// Returns the balance of every currency at the end of a day: documents issued and postings effective by then.
    pub fn balances_on(&self, as_of: AsOf) -> BTreeMap<Currency, Total> {
        let mut balances: BTreeMap<Currency, Total> = BTreeMap::new();
        for document in self
            .documents()
            .all()
            .iter()
            .filter(|document| document.issued_on <= as_of.0)
        {
            *balances.entry(document.currency).or_default() += document.amount;
        }
        for posting in self
            .postings()
            .iter()
            .chain(self.unapplied().all())
            .filter(|posting| posting.on <= as_of.0)
        {
            *balances.entry(posting.currency).or_default() += posting.delta;
        }
        balances
    }
}

impl ChangedFact {
    /// Returns what the change adds to the balance.
    pub fn effect(&self) -> Total {
        self.after.unwrap_or_default() - self.before.unwrap_or_default()
    }
}

impl FactsDifference {
    /// Returns the facts that changed, by customer, then documents before receipt lines, by id.
    pub fn facts(&self) -> &[ChangedFact] {
        &self.facts
    }

    /// Returns the balances by currency; the effects sum to after less before.
    pub fn balances(&self) -> &BTreeMap<Currency, BalanceChange> {
        &self.balances
    }

    /// Returns the balances as a table, one row per currency.
    pub fn balance_table(&self) -> Table {
        let rows = || self.balances.values();
        self.noted(Table::new("balances"))
            .text("currency", self.balances.keys().map(ToString::to_string))
            .money("before", rows().map(|row| row.before))
            .money("after", rows().map(|row| row.after))
            .money("difference", rows().map(|row| row.after - row.before))
            .money("effects", rows().map(|row| row.effects))
    }

    /// Returns one row per fact that changed.
    pub fn table(&self) -> Table {
        let facts = || self.facts.iter();
        self.noted(Table::new("changed_facts"))
            .text("customer_id", facts().map(|fact| fact.customer_id.clone()))
            .text("table", facts().map(|fact| fact.table.to_owned()))
            .text("id", facts().map(|fact| fact.id.clone()))
            .int("number", facts().map(|fact| fact.number))
            .text("kind", facts().map(|fact| fact.kind.clone()))
            .text("change", facts().map(|fact| fact.change.to_string()))
            .day("on", facts().map(|fact| fact.on))
            .day("known_on", facts().map(|fact| fact.known_on))
            .text("entity", facts().map(|fact| fact.entity.clone()))
            .text("currency", facts().map(|fact| fact.currency.to_string()))
            .money("before", facts().map(|fact| fact.before))
            .money("after", facts().map(|fact| fact.after))
            .money("effect", facts().map(ChangedFact::effect))
            .day("due_before", facts().map(|fact| fact.due_before))
            .day("due_after", facts().map(|fact| fact.due_after))
    }

    fn noted(&self, table: Table) -> Table {
        let state = |known_on: Option<Day>| {
            known_on.map_or("as corrected since".to_owned(), |day| format!("as known on {day}"))
        };
        table
            .note("as_of", self.as_of)
            .note("before", state(self.before_known_on))
            .note("after", state(self.after_known_on))
            .note(
                "identity",
                "after - before = sum of the effects of the changed facts, by currency",
            )
    }
}

impl Change {
    /// Returns the words as they are printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::Appeared => "appeared",
            Change::Gone => "gone",
            Change::AmountChanged => "amount changed",
            Change::DueDateChanged => "due date changed",
            Change::AppliedElsewhere => "applied elsewhere",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
