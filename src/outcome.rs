//! Results that travel with their findings: issues about the data, caveats about how to read a number.

use std::collections::BTreeMap;
use std::fmt;

/// A result with the findings made on the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    /// The result.
    pub value: T,
    /// Findings about the data.
    pub issues: Issues,
    /// Limits on how to read the result.
    pub caveats: Vec<Caveat>,
}

impl<T> Checked<T> {
    /// Wraps a result that has no findings.
    pub fn clean(value: T) -> Checked<T> {
        Checked {
            value,
            issues: Issues::default(),
            caveats: Vec::new(),
        }
    }

    /// Replaces the value, keeping the findings.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Checked<U> {
        Checked {
            value: f(self.value),
            issues: self.issues,
            caveats: self.caveats,
        }
    }
}

macro_rules! issue_codes {
    ($($variant:ident = $code:literal, $meaning:literal;)*) => {
        /// The stable name of a kind of finding; each has an example under `tests/issues/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum IssueCode { $(#[doc = $meaning] $variant,)* }

        impl IssueCode {
            /// Every code, in the order of the gallery.
            pub const ALL: &'static [IssueCode] = &[$(IssueCode::$variant,)*];

            /// Returns the code as it is printed.
            pub const fn as_str(self) -> &'static str {
                match self { $(IssueCode::$variant => $code,)* }
            }

            /// Returns what the code means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(IssueCode::$variant => $meaning,)* }
            }
        }
    };
}

issue_codes! {
    // Import: what a row says.
    ValueMissing = "value-missing", "a required cell is empty; the row is quarantined";
    AmountUnreadable = "amount-unreadable", "an amount cannot be read in the declared number format; the row is quarantined";
    AmountOutOfRange = "amount-out-of-range", "an amount does not fit 64-bit ten-thousandths, or has more than four decimals; the row is quarantined";
    AmountNegative = "amount-negative", "an amount is negative where its kind gives the sign; the row is quarantined";
    DateUnreadable = "date-unreadable", "a date cannot be read in the declared formats, or lies outside 1900 to 2199; the row is quarantined";
    NumberUnreadable = "number-unreadable", "a count or a rate is no number; the row is quarantined";
    CurrencyUnreadable = "currency-unreadable", "a currency is not three letters; the row is quarantined";
    KindUnknown = "kind-unknown", "a cell holds none of the allowed words; the row is quarantined";
    RowShape = "row-shape", "a row has more or fewer cells than the header; the row is quarantined";
    TextUndecodable = "text-undecodable", "bytes do not decode in the declared encoding; the row is quarantined";
    NegativeInvoice = "negative-invoice", "an invoice with a negative amount is read as a credit note";
    IssuedOnAssumed = "issued-on-assumed", "an issue date was missing or impossible and was assumed as the profile says";
    DueOnAssumed = "due-on-assumed", "a due date was missing and was assumed as the profile says";
    ValueAssumed = "value-assumed", "another cell was missing and was assumed as the profile says";
    CurrencyMissing = "currency-missing", "no currency was named; the amount is kept under XXX with its own control total";
    // Ledger: what rows say together.
    DuplicateRow = "duplicate-row", "a row repeats an earlier one word for word; merged";
    InvoiceConflict = "invoice-conflict", "two invoices share a key and differ without a posting date that orders them; the later one is quarantined";
    ReceiptConflict = "receipt-conflict", "two receipts share a key and differ; the later one is quarantined";
    RecordConflict = "record-conflict", "two rows of another table share a key and differ; the later one is quarantined";
    DueBeforeIssue = "due-before-issue", "an invoice is due before it was issued; kept, aged from its due date";
    DueOnMissing = "due-on-missing", "an invoice has no due date; kept, shown under `no due date`";
    ReceiptOrphan = "receipt-orphan", "a receipt names an invoice that is not in the ledger; kept as unapplied cash";
    ReceiptBeforeIssue = "receipt-before-issue", "a receipt is applied before its invoice was issued; kept, it counts from the issue day on the invoice";
    ReceiptCurrency = "receipt-currency", "a receipt and its invoice differ in currency; kept as unapplied cash in its own currency";
    OverApplied = "over-applied", "more was applied to an invoice than it was worth; the excess is unapplied cash";
    ReversalOrphan = "reversal-orphan", "a reversal names no receipt line in the ledger; kept as a debit on the customer's unapplied cash";
    CustomerUnknown = "customer-unknown", "a row names a customer that is not in the customers table; the customer is kept without attributes";
    TieOut = "tie-out", "an aged total and the control balance differ";
}

impl fmt::Display for IssueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where in an input a finding was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// File name as given, or a table of the ledger.
    pub file: String,
    /// Line in the file, counted from 1, where there is one.
    pub line: Option<u64>,
    /// Column caption, where one is to blame.
    pub column: Option<String>,
}

/// One finding about the data: collected, never thrown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Stable kind.
    pub code: IssueCode,
    /// Where it was found.
    pub place: Place,
    /// What was found and what was expected, lower case, no full stop.
    pub message: String,
    /// What was done about it: "kept, aged from the issue date".
    pub action: String,
    /// What the user can do, where there is something.
    pub hint: Option<String>,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "issue[{}] {}", self.code, self.place.file)?;
        if let Some(line) = self.place.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}\n  {}", self.message, self.action)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// Findings counted by code, with the first few of each kept whole, so that five million bad rows cost no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issues {
    counts: BTreeMap<IssueCode, u64>,
    examples: Vec<Issue>,
}

/// Examples kept of each code.
const EXAMPLES_PER_CODE: u64 = 5;

impl Issues {
    /// Records a finding.
    pub fn push(&mut self, issue: Issue) {
        self.push_with(issue.code, || issue);
    }

    /// Records a finding whose text is only built while examples of its code are still wanted.
    pub fn push_with(&mut self, code: IssueCode, issue: impl FnOnce() -> Issue) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= EXAMPLES_PER_CODE {
            self.examples.push(issue());
        }
    }

    /// Adds the findings of another part of the work.
    pub fn extend(&mut self, other: Issues) {
        for issue in other.examples {
            let kept = self.examples.iter().filter(|kept| kept.code == issue.code).count() as u64;
            if kept < EXAMPLES_PER_CODE {
                self.examples.push(issue);
            }
        }
        for (code, count) in other.counts {
            *self.counts.entry(code).or_default() += count;
        }
    }

    /// Returns how many findings there are of each code.
    pub fn counts(&self) -> &BTreeMap<IssueCode, u64> {
        &self.counts
    }

    /// Returns how many findings there are of one code.
    pub fn count(&self, code: IssueCode) -> u64 {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    /// Returns how many findings there are in all.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Returns the findings kept whole: the first few of each code.
    pub fn examples(&self) -> &[Issue] {
        &self.examples
    }

    /// Tells whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// A limit on how to read a result: the fact, the reason, what would lift it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caveat(pub String);

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "caveat: {}", self.0)
    }
}
