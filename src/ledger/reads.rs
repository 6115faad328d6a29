//! Which facts a pass reads; what it does not name is not decoded.

/// A set of facts, column by column where columns are costly.
///
/// Documents with kind, currency, issue day, due day and amount, and their postings with day, change, nature and money
/// are always read. Everything else has to be named; a fact that was not named is blank, or not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads(u16);

impl Reads {
    /// Documents and postings alone.
    pub const BALANCES: Reads = Reads(0);
    /// The day on which each fact was known; a pass as of an earlier knowledge reads it by itself.
    pub const KNOWN_ON: Reads = Reads(1);
    /// Legal entities of documents and their postings.
    pub const ENTITIES: Reads = Reads(1 << 1);
    /// Rows of the tables behind documents and postings.
    pub const ROWS: Reads = Reads(1 << 2);
    /// How many instalments of the same invoice stand before a document.
    pub const INSTALMENTS: Reads = Reads(1 << 3);
    /// Unapplied cash and credits.
    pub const UNAPPLIED: Reads = Reads(1 << 4);
    /// Cash after write-offs.
    pub const RECOVERIES: Reads = Reads(1 << 5);
    /// Disputes.
    pub const DISPUTES: Reads = Reads(1 << 6);
    /// Promises.
    pub const PROMISES: Reads = Reads(1 << 7);
    /// Rows of the customers table.
    pub const VERSIONS: Reads = Reads(1 << 8);
    /// Contacts.
    pub const CONTACTS: Reads = Reads(1 << 9);
    /// Orders.
    pub const ORDERS: Reads = Reads(1 << 10);
    /// Holds of the source system.
    pub const HOLDS: Reads = Reads(1 << 11);
    /// Due days of documents whose versions name several.
    pub const DUE_DAYS: Reads = Reads(1 << 12);
    /// Everything.
    pub(in crate::ledger) const ALL: Reads = Reads((1 << 13) - 1);

    /// Columns that no pass reads, since their value follows from where the row stands.
    pub(in crate::ledger) const NEVER: Reads = Reads(1 << 15);

    /// Returns both sets together.
    pub const fn and(self, other: Reads) -> Reads {
        Reads(self.0 | other.0)
    }

    /// Tells whether every fact of another set is in this one.
    pub const fn contains(self, other: Reads) -> bool {
        self.0 & other.0 == other.0
    }
}
