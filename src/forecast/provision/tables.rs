//! The provision as tables: one set of numbers under the captions of two standards.

use super::{Provision, ProvisionRow, RollForward, RollForwardRow};
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::table::Table;

/// Under whose captions the provision is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presentation {
    /// IFRS 9, simplified approach: gross carrying amount, lifetime expected credit loss.
    #[default]
    Ifrs9,
    /// CECL: ageing schedule with amortised cost, historical rate and adjustment.
    Cecl,
}

/// A row of the table: of a pool and bucket, or the total of a currency.
struct Line<'a> {
    currency: Currency,
    caption: String,
    row: Option<&'a ProvisionRow>,
    n_items: u64,
    open: Total,
    provision: Option<Total>,
}

/// Says whose rates a row takes.
fn rates_of(row: &ProvisionRow) -> String {
    let words = match (row.place.bucket, row.from_currency) {
        (None, _) => "assessed alone",
        (_, true) => "currency",
        (_, false) => "pool",
    };
    words.to_owned()
}

impl Provision {
    /// Returns one row per currency, pool and bucket, and one for each currency.
    pub fn table(&self, presentation: Presentation) -> Table {
        let (open, rate, provided) = match presentation {
            Presentation::Ifrs9 => (
                "gross_carrying_amount",
                "expected_loss_rate",
                "lifetime_expected_credit_loss",
            ),
            Presentation::Cecl => ("amortised_cost", "adjusted_loss_rate", "allowance"),
        };
        let lines = self.lines();
        let of_row = |of: fn(&ProvisionRow) -> Option<f64>| lines.iter().map(move |line| line.row.and_then(of));
        let pool = match self.params.pool_by.as_str() {
            "" => "pool",
            by => by,
        };
        let (first, last) = self.months;
        let mut table = Table::new("provision")
            .text("currency", lines.iter().map(|line| line.currency.to_string()))
            .text(
                pool,
                lines.iter().map(|line| line.row.and_then(|row| row.place.pool.clone())),
            )
            .text("bucket", lines.iter().map(|line| line.caption.clone()))
            .int("n_items", lines.iter().map(|line| line.n_items as i64))
            .money(open, lines.iter().map(|line| line.open))
            .real("historical_loss_rate", of_row(|row| row.loss_rate.ok()))
            .real("overlay", of_row(|row| Some(row.adjusted_rate? - row.loss_rate.ok()?)))
            .real(
                rate,
                lines.iter().map(|line| match line.row {
                    Some(row) => row.adjusted_rate,
                    None => line.provision?.ratio(line.open),
                }),
            )
            .money(provided, lines.iter().map(|line| line.provision))
            .text("rates_of", lines.iter().map(|line| line.row.map(rates_of)))
            .note("as_of", self.as_of)
            .note("history", format!("{first} to {last}, as known on {}", self.as_of))
            .note("claims", "gross: unapplied cash and credits are not set against them");
        if self.params.overlay != 1.0 {
            table = table.note(
                "overlay",
                format!("{}: {}", self.params.overlay, self.params.overlay_reason),
            );
        }
        if self.params.discount_rate > 0.0 {
            table = table.note("discount_rate", format!("{} a year", self.params.discount_rate));
        }
        table
    }

    /// Returns the rows of each currency and its total, of which nothing is known where a part has no rate.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        for currency in self.currencies() {
            let own = || self.rows.iter().filter(move |row| row.place.currency == currency);
            lines.extend(own().map(|row| Line {
                currency,
                caption: self.caption(&row.place),
                row: Some(row),
                n_items: row.n_items,
                open: row.open,
                provision: row.provision,
            }));
            let (open, provided) = self.total(currency);
            lines.push(Line {
                currency,
                caption: "total".to_owned(),
                row: None,
                n_items: own().map(|row| row.n_items).sum(),
                open,
                provision: own().all(|row| row.provision.is_some()).then_some(provided),
            });
        }
        lines
    }

    /// Returns every claim with what is provided for it.
    pub fn claims_table(&self, ledger: &Ledger) -> Table {
        let claims = || self.claims.iter();
        let document = |document| ledger.document(document);
        Table::new("provision_items")
            .text(
                "customer_id",
                claims().map(|claim| ledger.customer_id(document(claim.document).customer).to_owned()),
            )
            .text(
                "invoice_id",
                claims().map(|claim| ledger.invoice_id(claim.document).to_owned()),
            )
            .text("currency", claims().map(|claim| claim.place.currency.to_string()))
            .text("bucket", claims().map(|claim| self.caption(&claim.place)))
            .money("open", claims().map(|claim| claim.open))
            .money("provision", claims().map(|claim| claim.provision))
            .note("as_of", self.as_of)
    }
}

impl RollForward {
    /// Returns one row per currency: the allowance rolled forward, and its change explained.
    pub fn table(&self) -> Table {
        let rows = || self.rows.iter();
        let money = |of: fn(&RollForwardRow) -> Total| rows().map(of);
        Table::new("allowance")
            .text("currency", rows().map(|row| row.currency.to_string()))
            .money("opening", money(|row| row.opening))
            .money("new", money(|row| row.new))
            .money("released", money(|row| -row.released))
            .money("used", money(|row| -row.used))
            .money("remeasured", money(|row| row.remeasured))
            .money("closing", money(|row| row.closing))
            .money("by_volume", money(|row| row.volume))
            .money("by_ageing", money(|row| row.ageing))
            .money("by_rates", money(|row| row.rates))
            .money("by_overlay", money(|row| row.overlay))
            .money("by_assessed_alone", money(|row| row.alone))
            .note("since", self.since)
            .note("as_of", self.as_of)
            .note("closing", "opening + new + released + used + remeasured = opening + by_volume + by_ageing + by_rates + by_overlay + by_assessed_alone")
    }
}
