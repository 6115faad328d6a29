//! How lines of money and credit become receipts: bundled by day and currency, now and then bounced, overpaid or in another currency.

use super::books::{Line, Scribe};
use super::rows::ReceiptRow;
use super::world::CURRENCIES;
use crate::calendar::Day;

impl Scribe<'_> {
    /// Gathers the lines into receipts: what is paid on one day in one currency comes as one payment.
    pub(super) fn receipts(&mut self) {
        let last_day = self.world.last_day;
        let mut lines = std::mem::take(&mut self.lines);
        lines.retain(|line| line.paid_on <= last_day);
        lines.sort_by_key(|line| (line.paid_on, line.currency, separate(line), line.kind == "discount"));
        let mut number = 0;
        let mut refunds: Vec<Line> = Vec::new();
        for group in
            lines.chunk_by(|a, b| !separate(a) && !separate(b) && a.paid_on == b.paid_on && a.currency == b.currency)
        {
            number += 1;
            let first = group[0];
            let posted_on = self.posted(first.paid_on);
            let channel = self.channel(&first);
            let abroad =
                (first.kind == "cash" && self.dice.chance(0.004)).then(|| (first.currency + 1) % CURRENCIES.len());
            for (position, line) in group.iter().enumerate() {
                let received = abroad.map(|currency| (self.converted(line, currency), currency));
                self.line(number, position as i64 + 1, line, posted_on, channel, received);
            }
            // Now and then too much is paid; most of it is sent back.
            if first.kind == "cash" && first.bounces_after.is_none() && self.dice.chance(0.004) {
                let extra = Line {
                    invoice: None,
                    applied_on: first.paid_on,
                    cents: (first.cents / 10).max(100),
                    kind: "cash",
                    document: None,
                    reason: None,
                    ..first
                };
                self.line(number, group.len() as i64 + 1, &extra, posted_on, channel, None);
                if self.dice.chance(0.6) {
                    let day = first.paid_on + self.dice.between(15, 60);
                    refunds.push(Line {
                        paid_on: day,
                        applied_on: day,
                        kind: "refund",
                        reason: Some("overpayment"),
                        ..extra
                    });
                }
            }
            if let Some(days) = first.bounces_after {
                let reversed_on = first.paid_on + days;
                if reversed_on <= last_day {
                    self.reverse(number, &first, reversed_on);
                    number += 1;
                }
            }
        }
        for refund in refunds.iter().filter(|refund| refund.paid_on <= last_day) {
            number += 1;
            let posted_on = self.posted(refund.paid_on);
            self.line(number, 1, refund, posted_on, Some("wire"), None);
        }
        self.books
            .receipts
            .sort_by_key(|row| (row.paid_on, row.number, row.application));
    }

    fn reverse(&mut self, reversed: u64, line: &Line, reversed_on: Day) {
        let posted_on = self.posted(reversed_on);
        let reversal = Line {
            paid_on: reversed_on,
            applied_on: reversed_on,
            kind: "reversal",
            reason: Some("returned by the bank"),
            ..*line
        };
        self.line(reversed + 1, 1, &reversal, posted_on, None, None);
        if let Some(row) = self.books.receipts.last_mut() {
            row.reverses = Some(reversed);
        }
    }

    fn line(
        &mut self,
        number: u64,
        application: i64,
        line: &Line,
        posted_on: Option<Day>,
        channel: Option<&'static str>,
        received: Option<(i64, usize)>,
    ) {
        // What is applied after the history ends has not been applied yet.
        let applied = line.applied_on <= self.world.last_day;
        self.books.receipts.push(ReceiptRow {
            number,
            application,
            invoice: line.invoice.filter(|_| applied),
            paid_on: line.paid_on,
            applied_on: (applied && line.applied_on != line.paid_on).then_some(line.applied_on),
            cents: line.cents,
            currency: line.currency,
            received,
            posted_on,
            kind: line.kind,
            reverses: None,
            document: line.document,
            reason: line.reason,
            channel,
        });
    }

    fn channel(&mut self, line: &Line) -> Option<&'static str> {
        let channels = ["ach", "wire", "check", "lockbox", "card", "portal"];
        match (line.kind, line.bounces_after) {
            ("cash" | "recovery", None) => Some(channels[self.dice.weighted(&[0.45, 0.25, 0.1, 0.1, 0.05, 0.05])]),
            ("cash", Some(_)) => Some("check"),
            _ => None,
        }
    }

    /// Returns what was received in another currency for a line, at the rate of the month.
    fn converted(&self, line: &Line, currency: usize) -> i64 {
        let rates = self.world.rates[self.world.calendar.month_of(line.paid_on).min(self.world.n_months - 1)];
        line.cents * rates[line.currency] / rates[currency]
    }
}

/// Tells whether a line has a receipt of its own.
fn separate(line: &Line) -> bool {
    !matches!(line.kind, "cash" | "discount") || line.bounces_after.is_some()
}
