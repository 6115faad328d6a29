//! What a change of a balance was about, where the change itself only moves money that was already there.

use std::collections::HashMap;

use crate::ledger::{Ledger, Nature, Posting};
use crate::money::Total;

/// Tells what kind of money stands behind an application or a reversal.
///
/// Cash that waited before it was applied is posted as [`Nature::CashApplied`], and so is a credit that waited; a
/// reversal takes back a line of any kind. Both are read here as the kind of the line that brought the money.
#[derive(Clone, Debug)]
pub struct LineNatures<'a> {
    kinds: Option<&'a [Option<String>]>,
    reversed: HashMap<u32, Nature>,
}

impl<'a> LineNatures<'a> {
    /// Reads the kinds of a ledger's receipt lines.
    pub fn of(ledger: &'a Ledger) -> LineNatures<'a> {
        let Some(receipts) = ledger.table("receipts") else {
            return LineNatures {
                kinds: None,
                reversed: HashMap::new(),
            };
        };
        let words = |column| receipts.texts(column).ok();
        let kinds = words("kind");
        let mut lines = LineNatures {
            kinds,
            reversed: HashMap::new(),
        };
        let (Some(ids), Some(reverses)) = (words("receipt_id"), words("reverses")) else {
            return lines;
        };
        if reverses.iter().all(Option::is_none) {
            return lines;
        }
        let applications = receipts.ints("application").unwrap_or_default();
        let rows: HashMap<(&str, i64), u32> = ids
            .iter()
            .enumerate()
            .filter_map(|(row, id)| {
                let application = applications.get(row).copied().flatten().unwrap_or(1);
                Some(((id.as_deref()?, application), row as u32))
            })
            .collect();
        let reversed = reverses.iter().enumerate().filter_map(|(row, reference)| {
            let reference = reference.as_deref()?;
            let original = match reference.rsplit_once('/') {
                Some((id, application)) => match application.parse() {
                    Ok(application) => rows.get(&(id, application)),
                    Err(_) => rows.get(&(reference, 1)),
                },
                None => rows.get(&(reference, 1)),
            };
            Some((row as u32, lines.of_row(*original?)))
        });
        let reversed = reversed.collect();
        lines.reversed = reversed;
        lines
    }

    fn of_row(&self, row: u32) -> Nature {
        let kind = self.kinds.and_then(|kinds| kinds.get(row as usize)?.as_deref());
        match kind {
            Some("credit") => Nature::Credit,
            Some("write_off") => Nature::WriteOff,
            Some("discount") => Nature::Discount,
            Some("refund") => Nature::Refund,
            Some("recovery") => Nature::Recovery,
            _ => Nature::Cash,
        }
    }

    /// Returns the kind of money a change of a balance moved: never an application and never a reversal.
    pub fn money(&self, posting: &Posting) -> Nature {
        match posting.nature {
            Nature::CashApplied => self.of_row(posting.row),
            Nature::CreditApplied => Nature::Credit,
            Nature::Reversal => self.reversed.get(&posting.row).copied().unwrap_or(Nature::Cash),
            nature => nature,
        }
    }

    /// Returns the cash that a change of a claim brought; negative where a reversal or a refund took cash back.
    pub fn cash(&self, posting: &Posting) -> Total {
        match self.money(posting) {
            Nature::Cash | Nature::Refund => Total::ZERO - posting.delta.into(),
            _ => Total::ZERO,
        }
    }

    /// Tells whether a change of the customer's unapplied items belongs to credits rather than to cash.
    pub fn is_credit(&self, posting: &Posting) -> bool {
        matches!(
            self.money(posting),
            Nature::Credit | Nature::Discount | Nature::WriteOff
        )
    }
}
