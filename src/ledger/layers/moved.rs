//! A fact of a layer as a fact of the whole ledger: what it names by position is counted anew.

use crate::ids::DocumentIx;
use crate::ledger::{Account, Contact, CustomerVersion, Dispute, Document, DueDay, Hold, Order, Posting, Promise};

/// By how much the positions of one customer differ between a layer and the whole ledger; additions wrap.
#[derive(Clone, Copy, Debug)]
pub(in crate::ledger) struct Shift<'a> {
    /// Added to positions of documents.
    pub documents: u32,
    /// Added to rows of the table that the facts name.
    pub rows: u32,
    /// The number of each of the layer's legal entities.
    pub entities: &'a [u16],
}

impl Shift<'_> {
    fn document(&self, document: DocumentIx) -> DocumentIx {
        DocumentIx(document.0.wrapping_add(self.documents))
    }

    fn row(&self, row: u32) -> u32 {
        row.wrapping_add(self.rows)
    }

    fn entity(&self, entity: u16) -> u16 {
        self.entities[usize::from(entity)]
    }
}

/// A fact that can be counted anew.
pub(in crate::ledger) trait Moved: Copy {
    /// Returns the fact with its positions in the whole ledger.
    fn moved(self, shift: &Shift<'_>) -> Self;
}

impl Moved for Document {
    fn moved(self, shift: &Shift<'_>) -> Document {
        Document {
            entity: shift.entity(self.entity),
            row: shift.row(self.row),
            ..self
        }
    }
}

impl Moved for Posting {
    fn moved(self, shift: &Shift<'_>) -> Posting {
        Posting {
            document: self.document.map(|document| shift.document(document)),
            entity: shift.entity(self.entity),
            row: shift.row(self.row),
            ..self
        }
    }
}

impl Moved for Account {
    fn moved(self, shift: &Shift<'_>) -> Account {
        Account {
            entity: shift.entity(self.entity),
            ..self
        }
    }
}

impl Moved for DueDay {
    fn moved(self, shift: &Shift<'_>) -> DueDay {
        DueDay {
            document: shift.document(self.document),
            ..self
        }
    }
}

macro_rules! on_documents {
    ($($fact:ident)*) => {
        $(impl Moved for $fact {
            fn moved(self, shift: &Shift<'_>) -> $fact {
                $fact {
                    document: self.document.map(|document| shift.document(document)),
                    row: shift.row(self.row),
                    ..self
                }
            }
        })*
    };
}
on_documents! { Dispute Promise Contact }

macro_rules! of_rows {
    ($($fact:ident)*) => {
        $(impl Moved for $fact {
            fn moved(self, shift: &Shift<'_>) -> $fact {
                $fact {
                    row: shift.row(self.row),
                    ..self
                }
            }
        })*
    };
}
of_rows! { CustomerVersion Order Hold }
