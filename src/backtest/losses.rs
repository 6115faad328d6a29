//! What was lost of a claim in the end.

use crate::calendar::Day;
use crate::history::CustomerHistory;
use crate::ids::DocumentIx;
use crate::ledger::{Nature, Posting};
use crate::money::Total;

/// Returns what was written off of a claim after a day, net of what was recovered, as far as the history goes up to another day.
pub(super) fn written_off_net(history: &CustomerHistory<'_>, document: DocumentIx, after: Day, until: Day) -> Total {
    let is_in = |posting: &&Posting| posting.on > after && posting.on <= until;
    let postings = history.document(document).postings().filter(is_in);
    let written_off: Total = postings
        .filter(|posting| posting.money == Nature::WriteOff)
        .map(|posting| posting.delta)
        .sum();
    let recoveries = history.recoveries().filter(is_in);
    let recovered: Total = recoveries
        .filter(|posting| posting.document == Some(document))
        .map(|posting| posting.delta)
        .sum();
    // Both take away: a write-off from the balance, cash that is recovered from nothing.
    recovered - written_off
}
