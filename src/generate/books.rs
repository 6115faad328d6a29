//! How the life of a customer is written down: documents, receipts and their applications, and the control balance.

use super::customer::State;
use super::dice::{Dice, Purpose};
use super::life::{Item, ItemKind, Life, Outcome};
use super::rows::{DocumentId, InvoiceRow, ReceiptRow};
use super::world::{CURRENCIES, World};
use crate::calendar::Day;

/// The documents and receipts of one customer, and what they do to the control balance.
pub(super) struct Books {
    pub invoices: Vec<InvoiceRow>,
    pub receipts: Vec<ReceiptRow>,
    /// Cents added to the control balance by month and currency.
    pub control: Vec<[i64; CURRENCIES.len()]>,
}

/// Money or credit on its way into a receipt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub paid_on: Day,
    pub applied_on: Day,
    pub invoice: Option<DocumentId>,
    pub cents: i64,
    pub currency: usize,
    pub kind: &'static str,
    pub document: Option<DocumentId>,
    pub reason: Option<&'static str>,
    /// Days after which the payment bounces; such a payment has a receipt of its own.
    pub bounces_after: Option<i32>,
}

/// Writes the books of a customer.
pub(super) struct Scribe<'a> {
    pub world: &'a World,
    pub life: &'a Life,
    pub dice: Dice,
    pub books: Books,
    pub lines: Vec<Line>,
    pub n_credit_notes: u64,
}

impl Books {
    /// Writes down what happened up to the last day of the history.
    pub(super) fn of(world: &World, life: &Life) -> Books {
        let mut scribe = Scribe {
            world,
            life,
            dice: Dice::new(world.seed, Purpose::Books, life.customer.number),
            books: Books {
                invoices: Vec::with_capacity(life.items.len() + life.items.len() / 20),
                receipts: Vec::with_capacity(life.items.len() + life.items.len() / 4),
                control: vec![[0; CURRENCIES.len()]; world.n_months],
            },
            lines: Vec::with_capacity(life.items.len() + life.items.len() / 4),
            n_credit_notes: life.collection.rebates.len() as u64,
        };
        for item in &life.items {
            scribe.document(item);
            scribe.settlement(item);
        }
        for rebate in &life.collection.rebates {
            let id = scribe.credit_note(rebate.number);
            scribe.credit_document(InvoiceRow {
                business_unit: 1,
                salesperson: 1,
                ..credit_row(id, rebate.issued_on, rebate.cents, life.customer.country.currency)
            });
        }
        scribe.books.invoices.sort_by_key(|row| row.issued_on);
        scribe.receipts();
        scribe.balance();
        scribe.books
    }
}

impl Scribe<'_> {
    fn id(&self, item: &Item) -> DocumentId {
        document_id(self.world, self.life.customer.number, item)
    }

    fn credit_note(&self, number: u64) -> DocumentId {
        DocumentId::Other("CN", self.life.customer.number + 1, number + 1)
    }

    /// Returns the day of posting, where it differs: one row in six is posted up to three days later.
    pub(super) fn posted(&mut self, day: Day) -> Option<Day> {
        let lag = if self.dice.chance(0.16) {
            self.dice.between(1, 3)
        } else {
            0
        };
        Some(self.world.posted(day, lag)).filter(|posted_on| *posted_on != day)
    }

    fn document(&mut self, item: &Item) {
        let posted_on = self.posted(item.issued_on);
        self.books.invoices.push(InvoiceRow {
            id: self.id(item),
            kind: match item.kind {
                ItemKind::Invoice => "invoice",
                ItemKind::DebitNote => "debit_note",
                ItemKind::FinanceCharge => "finance_charge",
            },
            issued_on: item.issued_on,
            due_on: item.due_on,
            cents: item.cents,
            currency: item.currency,
            posted_on,
            business_unit: item.business_unit,
            salesperson: item.salesperson,
        });
    }

    fn credit_document(&mut self, row: InvoiceRow) {
        if row.issued_on <= self.world.last_day {
            let posted_on = self.posted(row.issued_on);
            self.books.invoices.push(InvoiceRow { posted_on, ..row });
        }
    }

    /// Splits the amount of an item into the lines that settle it; they never sum to more than the amount.
    fn settlement(&mut self, item: &Item) {
        let mut rest = item.cents;
        let base = Line {
            paid_on: item.issued_on,
            applied_on: item.issued_on,
            invoice: Some(self.id(item)),
            cents: 0,
            currency: item.currency,
            kind: "cash",
            document: None,
            reason: None,
            bounces_after: None,
        };
        let on = |day: Day, cents: i64, kind| Line {
            paid_on: day,
            applied_on: day,
            cents,
            kind,
            ..base
        };
        if let Some((number, applied_on, cents)) = item.credit {
            let applied_on = item.settles.map_or(applied_on, |settles| settles.min(applied_on));
            rest -= cents;
            self.lines.push(Line {
                document: Some(self.credit_note(number)),
                reason: Some("rebate"),
                ..on(applied_on, cents, "credit")
            });
        }
        if let Some(part) = item.part {
            let halfway = match item.settles {
                Some(settles) => item.due_on.max(item.issued_on + 1) + (settles - item.due_on).max(0) / 2,
                None => item.due_on + 30,
            };
            let solvent = self
                .life
                .customer
                .insolvent_on
                .is_none_or(|insolvent_on| halfway <= insolvent_on);
            let in_time = item.settles.is_none_or(|settles| halfway < settles)
                && item.written_off.is_none_or(|day| halfway < day);
            let cents = (rest as f64 * part) as i64;
            if solvent && in_time && cents > 0 {
                rest -= cents;
                self.lines.push(on(halfway, cents, "cash"));
            }
        }
        match (item.written_off, item.settles) {
            (Some(written_off), settles) => {
                self.lines.push(Line {
                    reason: Some("uncollectible"),
                    ..on(written_off, rest, "write_off")
                });
                // Some of what was given up comes after all; of an insolvent estate a small dividend.
                let cents = (rest as f64 * (0.05 + 0.15 * self.dice.uniform())) as i64;
                match settles {
                    Some(settles) if settles > written_off => self.lines.push(on(settles, rest, "recovery")),
                    None if cents > 0 && self.dice.chance(0.15) => {
                        let day = written_off + self.dice.between(40, 200);
                        self.lines.push(on(day, cents, "recovery"));
                    }
                    _ => {}
                }
            }
            (None, Some(settles)) => self.last_money(item, base, settles, rest),
            (None, None) => {}
        }
    }

    /// Writes what settles the rest of an item on its day: discount, credit notes, deductions, and cash.
    fn last_money(&mut self, item: &Item, base: Line, settles: Day, mut rest: i64) {
        let on = |day: Day, cents: i64, kind| Line {
            paid_on: day,
            applied_on: day,
            cents,
            kind,
            ..base
        };
        if item.early && settles <= item.issued_on + 10 {
            let discount = rest / 50;
            rest -= discount;
            if discount > 0 {
                self.lines.push(Line {
                    reason: Some("early payment"),
                    ..on(settles, discount, "discount")
                });
            }
        }
        if let Some(dispute) = item
            .dispute
            .filter(|dispute| dispute.outcome != Outcome::Rejected && dispute.closed_on <= settles)
        {
            let credited = dispute.cents.min(rest);
            rest -= credited;
            let issued_on = (settles - 2).max(item.issued_on);
            let id = self.credit_note(self.n_credit_notes);
            self.n_credit_notes += 1;
            self.credit_document(InvoiceRow {
                business_unit: item.business_unit,
                salesperson: item.salesperson,
                ..credit_row(id, issued_on, credited, item.currency)
            });
            self.lines.push(Line {
                document: Some(id),
                reason: Some(dispute.reason),
                ..on(settles, credited, "credit")
            });
        } else if rest > 20_000 && item.part.is_none() && !item.prepaid && self.dice.chance(0.015) {
            // An allowance without a document behind it, or a few cents too little that are not worth a call.
            let (kind, cents, reason) = if self.dice.chance(0.5) {
                ("credit", rest / 100 * i64::from(self.dice.between(2, 8)), "allowance")
            } else {
                ("write_off", i64::from(self.dice.between(5, 490)), "small difference")
            };
            rest -= cents;
            self.lines.push(Line {
                reason: Some(reason),
                ..on(settles, cents, kind)
            });
        }
        if rest <= 0 {
            return;
        }
        let state = self.life.customer.state_on(self.world, settles);
        let bounces = match state {
            State::Healthy => 0.003,
            State::Strained => 0.02,
            State::Distressed | State::Insolvent => 0.06,
        };
        if self.dice.chance(bounces) {
            // A first payment bounces before the one that stays.
            let (before, after) = (self.dice.between(8, 14), self.dice.between(2, 5));
            let tried_on = settles - item.unnamed_days - before;
            if tried_on > item.issued_on {
                self.lines.push(Line {
                    bounces_after: Some(after),
                    ..on(tried_on, rest, "cash")
                });
            }
        }
        self.lines.push(Line {
            paid_on: settles - item.unnamed_days,
            ..on(settles, rest, "cash")
        });
    }

    /// Adds up what the rows do to the control balance, by the signs of the data contract.
    fn balance(&mut self) {
        for row in &self.books.invoices {
            let sign = if row.kind == "credit_note" { -1 } else { 1 };
            self.books.control[self.world.calendar.month_of(row.issued_on)][row.currency] += sign * row.cents;
        }
        for row in &self.books.receipts {
            let sign = match row.kind {
                "refund" | "reversal" => 1,
                "recovery" => 0,
                "credit" if row.document.is_some() => 0,
                _ => -1,
            };
            self.books.control[self.world.calendar.month_of(row.paid_on)][row.currency] += sign * row.cents;
        }
    }
}

/// Returns the row of a credit note, which is due when it is issued.
fn credit_row(id: DocumentId, issued_on: Day, cents: i64, currency: usize) -> InvoiceRow {
    InvoiceRow {
        id,
        kind: "credit_note",
        issued_on,
        due_on: issued_on,
        cents,
        currency,
        posted_on: None,
        business_unit: 0,
        salesperson: 0,
    }
}

/// Returns the id of an item.
pub(super) fn document_id(world: &World, customer: u64, item: &Item) -> DocumentId {
    match item.kind {
        ItemKind::Invoice => DocumentId::Invoice(world.invoices_before[customer as usize] + item.number + 1),
        ItemKind::DebitNote => DocumentId::Other("DN", customer + 1, item.number + 1),
        ItemKind::FinanceCharge => DocumentId::Other("FC", customer + 1, item.number + 1),
    }
}
