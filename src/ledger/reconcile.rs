//! Reconciliation: the balance of documents and postings against the plain sums of what was imported, and against the general ledger.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::{Facts, Ledger, Nature, Reads};
use crate::calendar::Day;
use crate::contract::INVOICE_KINDS;
use crate::money::{Currency, Total};
use crate::outcome::{Issue, IssueCode, Issues, Place};
use crate::table::Table;

/// Sums of everything in a ledger in one currency; each is positive where the name suggests it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlTotals {
    /// Documents, with several instalments counted each.
    pub n_documents: u64,
    /// Invoices issued.
    pub invoiced: Total,
    /// Debit notes issued.
    pub debit_notes: Total,
    /// Finance charges issued.
    pub charges: Total,
    /// Credit notes and credits without a document.
    pub credits: Total,
    /// Cash received.
    pub cash: Total,
    /// Cash paid back.
    pub refunds: Total,
    /// Lines taken back: what they added to the balance.
    pub reversals: Total,
    /// Discounts taken.
    pub discounts: Total,
    /// Claims given up.
    pub write_offs: Total,
    /// Cash after write-off; not part of the balance.
    pub recoveries: Total,
}

impl ControlTotals {
    /// Returns what is owed in the end: claims less everything that relieved them.
    pub fn balance(&self) -> Total {
        self.invoiced + self.debit_notes + self.charges + self.refunds + self.reversals
            - self.credits
            - self.cash
            - self.discounts
            - self.write_offs
    }

    fn add(&mut self, more: ControlTotals) {
        self.n_documents += more.n_documents;
        self.invoiced += more.invoiced;
        self.debit_notes += more.debit_notes;
        self.charges += more.charges;
        self.credits += more.credits;
        self.cash += more.cash;
        self.refunds += more.refunds;
        self.reversals += more.reversals;
        self.discounts += more.discounts;
        self.write_offs += more.write_offs;
        self.recoveries += more.recoveries;
    }
}

/// One comparison of a balance with a control balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieOut {
    /// What was compared with: `imported rows`, or `general ledger`.
    pub control: &'static str,
    /// Legal entity; `None` where the comparison spans all.
    pub entity: Option<String>,
    /// Currency.
    pub currency: Currency,
    /// Day of the balance; `None` for everything imported.
    pub day: Option<Day>,
    /// Balance of documents and postings.
    pub ledger: Total,
    /// Balance it should have.
    pub expected: Total,
}

impl TieOut {
    /// Returns ledger less control; zero where they agree.
    pub fn difference(&self) -> Total {
        self.ledger - self.expected
    }
}

impl TieOut {
    fn issue(&self) -> Issue {
        let of_entity = self
            .entity
            .as_ref()
            .map(|entity| format!(" of {entity}"))
            .unwrap_or_default();
        let on_day = self.day.map(|day| format!(" on {day}")).unwrap_or_default();
        Issue {
            code: IssueCode::TieOut,
            place: Place {
                file: self.control.to_owned(),
                ..Place::default()
            },
            message: format!(
                "the balance{of_entity}{on_day} is {} {}, expected {}, {} apart",
                self.ledger,
                self.currency,
                self.expected,
                self.difference()
            ),
            action: "shown as a difference, nothing was adjusted".to_owned(),
            hint: Some(
                "compare the documents posted up to that day with the journal of the control account".to_owned(),
            ),
        }
    }
}

/// What a reconciliation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    /// Control totals by currency.
    pub totals: BTreeMap<Currency, ControlTotals>,
    /// Every comparison made.
    pub tie_outs: Vec<TieOut>,
}

impl Reconciliation {
    /// Returns a finding for every balance that does not tie out; a cent is enough.
    pub fn issues(&self) -> Issues {
        let mut issues = Issues::default();
        for tie_out in self.tie_outs.iter().filter(|tie_out| !tie_out.difference().is_zero()) {
            issues.push_with(IssueCode::TieOut, || tie_out.issue());
        }
        issues
    }
}

/// Reconciles a ledger: documents and postings against the sums of the imported rows, and, where `gl_balances` was
/// imported, against the general ledger on each of its days.
pub fn reconcile(ledger: &Ledger) -> Reconciliation {
    let totals = control_totals(ledger);
    let imported = imported_balances(ledger);
    let currencies: std::collections::BTreeSet<Currency> = totals.keys().chain(imported.keys()).copied().collect();
    let mut tie_outs: Vec<TieOut> = currencies
        .into_iter()
        .map(|currency| TieOut {
            control: "imported rows",
            entity: None,
            currency,
            day: None,
            ledger: totals.get(&currency).map_or(Total::ZERO, ControlTotals::balance),
            expected: imported.get(&currency).copied().unwrap_or_default(),
        })
        .collect();
    if let Some(balances) = ledger.table("gl_balances") {
        tie_outs.extend(general_ledger(ledger, balances));
    }
    Reconciliation { totals, tie_outs }
}

/// Sums documents and postings by currency.
pub(super) fn control_totals(ledger: &Ledger) -> BTreeMap<Currency, ControlTotals> {
    let reads = Reads::UNAPPLIED.and(Reads::RECOVERIES);
    let Some(n_stretches) = ledger.n_stretches() else {
        return totals(&ledger.facts(reads));
    };
    let parts = (0..n_stretches)
        .into_par_iter()
        .map(|stretch| totals(&ledger.stretch(stretch, reads).facts()));
    parts.reduce(BTreeMap::new, |mut all, part| {
        for (currency, more) in part {
            all.entry(currency).or_default().add(more);
        }
        all
    })
}

fn totals(facts: &Facts<'_>) -> BTreeMap<Currency, ControlTotals> {
    use super::DocumentKind::{CreditNote, DebitNote, FinanceCharge, Invoice};
    let mut totals: BTreeMap<Currency, ControlTotals> = BTreeMap::new();
    for document in facts.documents.all() {
        let sums = totals.entry(document.currency).or_default();
        sums.n_documents += 1;
        match document.kind {
            Invoice => sums.invoiced += document.amount,
            DebitNote => sums.debit_notes += document.amount,
            FinanceCharge => sums.charges += document.amount,
            CreditNote => sums.credits -= document.amount,
        }
    }
    let of_accounts = [facts.unapplied, facts.recoveries].into_iter().flatten();
    let postings = facts.postings.iter().chain(of_accounts.flat_map(|kind| kind.all()));
    for posting in postings {
        let sums = totals.entry(posting.currency).or_default();
        match posting.nature {
            Nature::Cash => sums.cash -= posting.delta,
            Nature::Credit => sums.credits -= posting.delta,
            Nature::Discount => sums.discounts -= posting.delta,
            Nature::WriteOff => sums.write_offs -= posting.delta,
            Nature::Refund => sums.refunds += posting.delta,
            Nature::Reversal => sums.reversals += posting.delta,
            Nature::Recovery => sums.recoveries -= posting.delta,
            // Both sums stay inside the balance; a remainder would show in the comparison with the imported rows.
            Nature::CashApplied | Nature::CreditApplied => sums.cash -= posting.delta,
        }
    }
    totals
}

/// Sums the imported rows by kind alone, without looking at what was applied to what.
fn imported_balances(ledger: &Ledger) -> BTreeMap<Currency, Total> {
    let mut balances: BTreeMap<Currency, Total> = BTreeMap::new();
    let mut currency_of: HashMap<(&str, &str), Currency> = HashMap::new();
    if let Some(invoices) = ledger.table("invoices") {
        let words = |column| invoices.texts(column).unwrap_or_default();
        let (ids, customers, kinds, currencies) = (
            words("invoice_id"),
            words("customer_id"),
            words("kind"),
            words("currency"),
        );
        let instalments = invoices.ints("instalment").unwrap_or_default();
        for row in 0..invoices.n_rows() {
            let next = row + 1;
            let replaced = next < invoices.n_rows()
                && (&ids[row], &customers[row], instalments[row]) == (&ids[next], &customers[next], instalments[next]);
            let Some(amount) = invoices.amount("amount", row).filter(|_| !replaced) else {
                continue;
            };
            let currency = currency(&currencies[row]);
            let is_credit = kinds[row].as_deref() == Some(INVOICE_KINDS[1]);
            *balances.entry(currency).or_default() += if is_credit { -amount } else { amount };
            if let (Some(customer), Some(id)) = (&customers[row], &ids[row]) {
                currency_of.insert((customer, id), currency);
            }
        }
    }
    if let Some(receipts) = ledger.table("receipts") {
        add_receipts(receipts, &currency_of, &mut balances);
    }
    balances
}

fn add_receipts(
    receipts: &Table,
    currency_of: &HashMap<(&str, &str), Currency>,
    balances: &mut BTreeMap<Currency, Total>,
) {
    let words = |column| receipts.texts(column).unwrap_or_default();
    let (ids, customers, invoices, kinds, currencies, reverses, notes) = (
        words("receipt_id"),
        words("customer_id"),
        words("invoice_id"),
        words("kind"),
        words("currency"),
        words("reverses"),
        words("document_id"),
    );
    let applications = receipts.ints("application").unwrap_or_default();
    let row_of: HashMap<(Option<&str>, String), usize> = (0..receipts.n_rows())
        .filter(|_| reverses.iter().any(Option::is_some))
        .filter_map(|row| {
            let line = format!("{}/{}", ids[row].as_ref()?, applications[row].unwrap_or(1));
            Some(((customers[row].as_deref(), line), row))
        })
        .collect();
    let own_currency = |row: usize| {
        let invoice = customers[row].as_deref().zip(invoices[row].as_deref());
        match &currencies[row] {
            Some(_) => Some(currency(&currencies[row])),
            None => invoice.and_then(|key| currency_of.get(&key).copied()),
        }
    };
    for row in 0..receipts.n_rows() {
        let Some(amount) = receipts.amount("amount", row) else {
            continue;
        };
        let reversed = reverses[row].as_ref().and_then(|reference| {
            let line = |reference: String| row_of.get(&(customers[row].as_deref(), reference)).copied();
            line(reference.clone()).or_else(|| line(format!("{reference}/1")))
        });
        let is_note = customers[row]
            .as_deref()
            .zip(notes[row].as_deref())
            .is_some_and(|key| currency_of.contains_key(&key));
        let (sign, currency) = match (kinds[row].as_deref().unwrap_or("cash"), reversed) {
            ("recovery", _) => continue,
            ("credit", _) if is_note && invoices[row].is_some() => continue,
            ("reversal", Some(original)) => match kinds[original].as_deref() {
                Some("recovery") => continue,
                Some("refund") => (-1, own_currency(row).or(own_currency(original))),
                _ => (1, own_currency(row).or(own_currency(original))),
            },
            ("refund" | "reversal", _) => (1, own_currency(row)),
            _ => (-1, own_currency(row)),
        };
        let sum = balances.entry(currency.unwrap_or(Currency::UNKNOWN)).or_default();
        *sum += if sign > 0 { amount } else { -amount };
    }
}

fn currency(text: &Option<String>) -> Currency {
    text.as_deref()
        .and_then(|text| Currency::parse(text).ok())
        .unwrap_or(Currency::UNKNOWN)
}

/// Currency and legal entity of a control account; no entity stands for all of them.
type Book<'a> = (Currency, Option<&'a str>);

fn general_ledger(ledger: &Ledger, balances: &Table) -> Vec<TieOut> {
    let mut changes: Vec<(Currency, u16, Day, Total)> = Vec::new();
    for document in ledger.documents().all() {
        changes.push((
            document.currency,
            document.entity,
            document.issued_on,
            document.amount.into(),
        ));
    }
    for posting in ledger.postings().iter().chain(ledger.unapplied().all()) {
        changes.push((posting.currency, posting.entity, posting.on, posting.delta.into()));
    }
    let mut by_book: HashMap<Book<'_>, Vec<(Day, Total)>> = HashMap::new();
    for (currency, entity, day, delta) in changes {
        by_book.entry((currency, None)).or_default().push((day, delta));
        by_book
            .entry((currency, Some(ledger.entity(entity))))
            .or_default()
            .push((day, delta));
    }
    for book in by_book.values_mut() {
        book.sort_by_key(|(day, _)| *day);
        let mut running = Total::ZERO;
        for (_, balance) in book.iter_mut() {
            running += *balance;
            *balance = running;
        }
    }
    let (entities, currencies, days, controls) = (
        balances.texts("entity").unwrap_or_default(),
        balances.texts("currency").unwrap_or_default(),
        balances.days("date").unwrap_or_default(),
        balances.moneys("control_balance").unwrap_or_default(),
    );
    (0..balances.n_rows())
        .filter_map(|row| {
            let (currency, day, expected) = (currency(&currencies[row]), days[row]?, controls[row]?);
            let entity = entities[row].as_deref();
            let balance_on = |book: &Vec<(Day, Total)>| {
                let after = book.partition_point(|(posted, _)| *posted <= day);
                after.checked_sub(1).map_or(Total::ZERO, |last| book[last].1)
            };
            Some(TieOut {
                control: "general ledger",
                entity: entity.map(str::to_owned),
                currency,
                day: Some(day),
                ledger: by_book.get(&(currency, entity)).map_or(Total::ZERO, balance_on),
                expected,
            })
        })
        .collect()
}
