//! Files become records: a profile says how, every row that does not fit is quarantined with its reason.
//!
//! Rows read = kept + quarantined (merging is the ledger's work), and so for the money on them. A row is kept or
//! quarantined as a whole: when one of its records cannot be read, none of them is kept.

mod builder;
mod captions;
mod dates;
mod error;
mod evaluate;
mod explain;
mod formula;
mod numbers;
mod plan;
mod profile;
mod quarantine;
mod source;
mod value;

use std::fs;
use std::path::{Path, PathBuf};

use self::builder::TableBuilder;
use self::evaluate::{Draft, RowContext};
use self::explain::Explanation;
use self::plan::{Plan, RecordPlan};
use self::source::{BytesRead, Defect, Row, RowEvent};
use self::value::Fault;
use crate::contract::TABLES;
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked, Issue, IssueCode, Issues, Place};
use crate::records::{Fate, MoneyFate, Records, Rejected, Source};
use crate::table::Table;

pub use self::error::ImportError;
pub use self::profile::{Profile, ProfileErrors};
pub use self::quarantine::quarantine_table;

/// What the user says about an import besides the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportParams {
    /// Columns of the canonical tables, attributes included, that hold for every day, past days included.
    pub timeless: Vec<String>,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Rows of the canonical tables, each with the file and line it came from.
    pub records: Records,
    /// Quarantined rows in the order of the files, all of them: memory grows with what is wrong, not with what is right.
    pub rejected: Vec<Rejected>,
    /// Source rows; rows that the profile skips (subtotals) are in none of the counts.
    pub rows: Fate<u64>,
    /// Source rows that the profile skips.
    pub n_skipped: u64,
    /// Money of the `invoices` records by currency, signed by its effect on the balance: credit notes are negative.
    pub money: MoneyFate,
    /// Money of the `receipts` records by currency: what was received or relieved is positive, refunds and reversals are negative.
    /// A receipt whose currency is left to its document counts under `XXX`.
    pub receipts_money: MoneyFate,
    /// Quarantined records of invoices and receipts whose amount could not be read, and so stands in neither money.
    pub n_unreadable_amounts: u64,
    /// How each field was read: one row a field, for `import --explain`.
    pub explanation: Table,
}

/// Rows between two calls of the progress function.
const ROWS_PER_STEP: u64 = 4096;

/// Reads files by a profile; `progress` is told the bytes done and the bytes in all.
///
/// # Errors
/// A file that cannot be read or lacks a required column. Findings about single rows are issues, and their rows are in
/// [`Imported::rejected`].
pub fn read(
    files: &[PathBuf],
    profile: &Profile,
    params: &ImportParams,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Checked<Imported>, ImportError> {
    if files.is_empty() {
        return Err(ImportError::NoFiles);
    }
    let mut n_bytes = 0;
    for path in files {
        let metadata = fs::metadata(path).map_err(|source| ImportError::Io {
            path: path.clone(),
            source,
        })?;
        n_bytes += metadata.len();
    }
    let mut importer = Importer::new(profile);
    let bytes_read = BytesRead::default();
    for path in files {
        importer.file(path, bytes_read.clone(), &mut |done| {
            progress(done.min(n_bytes), n_bytes)
        })?;
    }
    progress(n_bytes, n_bytes);
    importer.finish(params)
}

/// An import under way.
struct Importer<'p> {
    profile: &'p Profile,
    tables: Vec<TableBuilder>,
    files: Vec<String>,
    issues: Issues,
    caveats: Vec<Caveat>,
    rejected: Vec<Rejected>,
    rows: Fate<u64>,
    n_skipped: u64,
    money: MoneyFate,
    receipts_money: MoneyFate,
    n_unreadable_amounts: u64,
    /// Rows per record of the profile that differ from the row kept for their key.
    n_differing: Vec<u64>,
    explanation: Explanation,
}

/// Where the records of one file go.
struct FileContext<'f> {
    name: &'f str,
    number: u32,
    header: &'f [String],
    plan: &'f Plan<'f>,
    targets: Vec<Target>,
}

/// Where the rows of one record go.
struct Target {
    table: usize,
    /// Column and place in the table of each attribute.
    attributes: Vec<(usize, usize)>,
}

impl<'p> Importer<'p> {
    fn new(profile: &'p Profile) -> Importer<'p> {
        Importer {
            profile,
            tables: Vec::new(),
            files: Vec::new(),
            issues: Issues::default(),
            caveats: Vec::new(),
            rejected: Vec::new(),
            rows: Fate::default(),
            n_skipped: 0,
            money: MoneyFate::new(),
            receipts_money: MoneyFate::new(),
            n_unreadable_amounts: 0,
            n_differing: vec![0; profile.records.len()],
            explanation: Explanation::default(),
        }
    }

    fn file(&mut self, path: &Path, bytes_read: BytesRead, progress: &mut dyn FnMut(u64)) -> Result<(), ImportError> {
        let mut reader = source::open(path, &self.profile.source, bytes_read.clone())?;
        let header = reader.captions().to_vec();
        let plan = Plan::bind(self.profile, path, &header)?;
        let name = path.display().to_string();
        let number = u32::try_from(self.files.len()).expect("fewer than 2^32 files are named on a command line");
        self.files.push(name.clone());
        let targets = plan.records.iter().map(|record| self.target(record)).collect();
        self.explanation.start(&plan, &header);
        let context = FileContext {
            name: &name,
            number,
            header: &header,
            plan: &plan,
            targets,
        };
        let mut n_rows = 0_u64;
        reader.for_each(&mut |event| {
            self.row(&context, event);
            n_rows += 1;
            if n_rows.is_multiple_of(ROWS_PER_STEP) {
                progress(bytes_read.get());
            }
        })?;
        if n_rows == 0 {
            self.caveats
                .push(Caveat(format!("`{name}` holds a header and no rows")));
        }
        Ok(())
    }

    fn target(&mut self, record: &RecordPlan<'_>) -> Target {
        let found = self.tables.iter().position(|table| table.spec() == record.spec);
        let table = found.unwrap_or_else(|| {
            self.tables.push(TableBuilder::new(record.spec));
            self.tables.len() - 1
        });
        for column in &self.profile.records[record.position].timeless {
            self.tables[table].set_timeless(&captions::snake_case(column));
        }
        let attributes = record.attributes.iter();
        let attributes = attributes
            .map(|(column, name)| (*column, self.tables[table].attribute(name)))
            .collect();
        Target { table, attributes }
    }

    fn row(&mut self, file: &FileContext<'_>, event: RowEvent<'_>) {
        let row = RowContext {
            row: event.row,
            header: file.header,
            number: self.rows.read + 1,
            plan: file.plan,
        };
        let skips = file.plan.skip.iter();
        if skips
            .into_iter()
            .any(|skip| row.holds(std::slice::from_ref(skip)).unwrap_or(false))
        {
            self.n_skipped += 1;
            return;
        }
        self.rows.read += 1;
        if let Some(defect) = event.defect {
            self.reject_whole(file, event.line, event.row, defect);
            return;
        }
        let mut drafts: Vec<(usize, Draft<'_>)> = Vec::with_capacity(file.plan.records.len());
        let mut fault = None;
        for (at, record) in file.plan.records.iter().enumerate() {
            match row.holds(&record.when) {
                Ok(true) => {
                    let mut draft = row.draft(record);
                    fault = fault.or_else(|| draft.fault.take());
                    drafts.push((at, draft));
                }
                Ok(false) => {}
                Err(found) => fault = fault.or(Some(found)),
            }
        }
        match fault {
            None => self.keep(file, event.line, row, drafts),
            Some(fault) => self.reject(file, event.line, event.row, fault, &drafts),
        }
    }

    fn keep(&mut self, file: &FileContext<'_>, line: u64, row: RowContext<'_>, drafts: Vec<(usize, Draft<'_>)>) {
        self.rows.kept += 1;
        let source = Source {
            file: file.number,
            line,
        };
        for (at, draft) in drafts {
            let (record, target) = (&file.plan.records[at], &file.targets[at]);
            if let Some((fate, currency, total)) = self.fate(record, &draft) {
                let fate = fate.entry(currency).or_default();
                fate.read += total;
                fate.kept += total;
            }
            for &(field, code) in &draft.assumed {
                self.issues.push_with(code, || {
                    quarantine::assumption(file.name, line, record, field, &draft, code)
                });
            }
            let table = &mut self.tables[target.table];
            if record.once {
                let key = quarantine::key(record, &draft);
                if let Some(kept) = table.claim(key) {
                    let attributes = target
                        .attributes
                        .iter()
                        .map(|&(column, at)| (at, row.attribute(column)));
                    self.n_differing[record.position] += u64::from(table.differs(kept, &draft.values, attributes));
                    continue;
                }
            }
            self.explanation.count(record, &draft);
            let attributes = target.attributes.iter();
            let attributes =
                attributes.map(|&(column, at)| (at, row.attribute(column).map(std::borrow::Cow::into_owned)));
            table.push(draft.values, attributes, source);
        }
    }

    /// Returns the money of a draft and where it is counted.
    fn fate(&mut self, record: &RecordPlan<'_>, draft: &Draft<'_>) -> Option<(&mut MoneyFate, Currency, Total)> {
        let fate = match record.spec.name {
            "invoices" => &mut self.money,
            "receipts" => &mut self.receipts_money,
            _ => return None,
        };
        let (currency, total) = evaluate::money(record, draft)?;
        Some((fate, currency, total))
    }

    fn reject(
        &mut self,
        file: &FileContext<'_>,
        line: u64,
        row: &dyn Row,
        fault: Fault,
        drafts: &[(usize, Draft<'_>)],
    ) {
        let mut money = None;
        for (at, draft) in drafts {
            let record = &file.plan.records[*at];
            if !is_document(record) {
                continue;
            }
            match self.fate(record, draft) {
                Some((fate, currency, total)) => {
                    let fate = fate.entry(currency).or_default();
                    fate.read += total;
                    fate.quarantined += total;
                    money = money.or(Some((currency, total)));
                }
                None => self.n_unreadable_amounts += 1,
            }
        }
        self.quarantine(file, line, row, fault, money);
    }

    /// Quarantines a row whose cells cannot be told apart: its money is unknown.
    fn reject_whole(&mut self, file: &FileContext<'_>, line: u64, row: &dyn Row, defect: Defect) {
        self.n_unreadable_amounts += file.plan.records.iter().filter(|record| is_document(record)).count() as u64;
        let fault = Fault {
            code: defect.code,
            column: None,
            found: defect.found,
            expected: defect.expected,
        };
        self.quarantine(file, line, row, fault, None);
    }

    fn quarantine(
        &mut self,
        file: &FileContext<'_>,
        line: u64,
        row: &dyn Row,
        fault: Fault,
        money: Option<(Currency, Total)>,
    ) {
        self.rows.quarantined += 1;
        let place = Place {
            file: file.name.to_owned(),
            line: Some(line),
            column: fault.column.clone(),
        };
        self.issues
            .push_with(fault.code, || quarantine::refusal(place.clone(), &fault));
        self.rejected.push(Rejected {
            code: fault.code,
            place,
            found: fault.found,
            expected: fault.expected,
            money,
            row: row.text(),
        });
    }

    fn finish(mut self, params: &ImportParams) -> Result<Checked<Imported>, ImportError> {
        for column in &params.timeless {
            self.declare_timeless(column)?;
        }
        for (record, &n_differing) in self.profile.records.iter().zip(&self.n_differing) {
            if n_differing > 0 {
                self.caveats.push(Caveat(format!(
                    "{n_differing} rows say something else about their `{}` than the first row with the same key; the first row counts",
                    record.spec.name
                )));
            }
        }
        let in_contract_order = |table: &TableBuilder| TABLES.iter().position(|spec| spec == table.spec());
        self.tables.sort_by_key(in_contract_order);
        let explanation = self.explanation.table(&self.profile.name);
        Ok(Checked {
            value: Imported {
                records: Records {
                    tables: self.tables.into_iter().map(TableBuilder::finish).collect(),
                    files: self.files,
                },
                rejected: self.rejected,
                rows: self.rows,
                n_skipped: self.n_skipped,
                money: self.money,
                receipts_money: self.receipts_money,
                n_unreadable_amounts: self.n_unreadable_amounts,
                explanation,
            },
            issues: self.issues,
            caveats: self.caveats,
        })
    }

    fn declare_timeless(&mut self, column: &str) -> Result<(), ImportError> {
        let name = captions::snake_case(column);
        let mut found = false;
        for table in &mut self.tables {
            if table.optional_columns().any(|known| known == name) {
                table.set_timeless(&name);
                found = true;
            }
        }
        if found {
            return Ok(());
        }
        let mut known: Vec<&str> = self.tables.iter().flat_map(TableBuilder::optional_columns).collect();
        known.sort_unstable();
        known.dedup();
        Err(ImportError::TimelessUnknown {
            column: column.to_owned(),
            hint: captions::hint(known.iter().copied(), &[column.to_owned()]),
            present: captions::list(known),
        })
    }
}

fn is_document(record: &RecordPlan<'_>) -> bool {
    matches!(record.spec.name, "invoices" | "receipts")
}

/// Codes an import can report, each with an example under `tests/issues/`.
pub const ISSUE_CODES: &[IssueCode] = &[
    IssueCode::ValueMissing,
    IssueCode::AmountUnreadable,
    IssueCode::AmountOutOfRange,
    IssueCode::AmountNegative,
    IssueCode::DateUnreadable,
    IssueCode::NumberUnreadable,
    IssueCode::CurrencyUnreadable,
    IssueCode::KindUnknown,
    IssueCode::RowShape,
    IssueCode::TextUndecodable,
    IssueCode::NegativeInvoice,
    IssueCode::IssuedOnAssumed,
    IssueCode::DueOnAssumed,
    IssueCode::ValueAssumed,
    IssueCode::CurrencyMissing,
];

/// Wraps an issue that a whole row gave rise to.
fn issue(code: IssueCode, place: Place, message: String, action: &str, hint: Option<String>) -> Issue {
    Issue {
        code,
        place,
        message,
        action: action.to_owned(),
        hint,
    }
}
