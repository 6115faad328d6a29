//! The value of a cause that each claim, or each part of one, stands under.

use super::RootCauseError;
use crate::calendar::{AsOf, Day};
use crate::history::Groups;
use crate::ids::{Dictionary, DocumentIx};
use crate::ledger::{Dispute, Ledger};
use crate::metrics::segments;
use crate::money::Total;
use crate::outcome::Checked;

/// The cause whose values are the reasons of open disputes.
pub const DISPUTE_REASON: &str = "dispute_reason";
/// The cause whose values are bands of days from issue to due.
pub const TERMS: &str = "terms";

/// What stands under no reason.
const NOT_DISPUTED: &str = "not disputed";

/// What money is split by.
pub(super) enum Cause<'a> {
    DisputeReason,
    Terms,
    Attribute(&'a str),
}

/// The values of one cause, by number.
#[derive(Clone, Debug)]
pub struct CauseValues {
    of: Of,
}

#[derive(Clone, Debug)]
enum Of {
    // One number per document.
    Documents { numbers: Vec<u32>, words: Vec<String> },
    // The number of a document's group.
    Groups(Groups),
    // One number per row of the disputes table; 0 is `not disputed`, 1 a dispute without a reason.
    Disputes { numbers: Vec<u32>, words: Dictionary },
}

/// How the claims of one customer split; disputes are used up from claim to claim.
pub(super) struct Parts<'a> {
    ledger: &'a Ledger,
    values: &'a CauseValues,
    disputes: Vec<OpenDispute>,
}

struct OpenDispute {
    document: DocumentIx,
    code: u32,
    // `None`: the whole open amount.
    rest: Option<Total>,
}

impl<'a> Cause<'a> {
    pub(super) fn find(name: &'a str) -> Cause<'a> {
        match name {
            DISPUTE_REASON => Cause::DisputeReason,
            TERMS => Cause::Terms,
            name => Cause::Attribute(name),
        }
    }

    /// Numbers the values; the inner error says what to import where there are none.
    pub(super) fn values(
        &self,
        ledger: &Ledger,
        as_of: AsOf,
        terms_upper_edges: &[i32],
    ) -> Result<Result<Checked<CauseValues>, String>, RootCauseError> {
        match self {
            Cause::DisputeReason if !ledger.has("disputes") => Ok(Err("disputes".to_owned())),
            Cause::DisputeReason => Ok(Ok(Checked::clean(CauseValues::reasons(ledger)))),
            Cause::Terms => Ok(Ok(Checked::clean(CauseValues::terms(ledger, terms_upper_edges)))),
            Cause::Attribute(name) => {
                let groups = segments::groups(ledger, as_of, &[(*name).to_owned()])?;
                let all = groups.value.all();
                if all.iter().all(|group| group.values.iter().all(Option::is_none)) {
                    return Ok(Err(format!("a column `{name}`")));
                }
                Ok(Ok(groups.map(|groups| CauseValues { of: Of::Groups(groups) })))
            }
        }
    }
}

impl CauseValues {
    /// Numbers the bands of days from issue to due; claims without a due day are never overdue and need none.
    pub fn terms(ledger: &Ledger, upper_edges: &[i32]) -> CauseValues {
        let mut words = vec!["due before issue".to_owned()];
        let mut first = 0;
        for &edge in upper_edges {
            words.push(match edge {
                0 => "0 days".to_owned(),
                edge => format!("{first}-{edge} days"),
            });
            first = edge + 1;
        }
        words.push(format!("{first}+ days"));
        let band = |days: i32| match days {
            ..0 => 0,
            days => 1 + upper_edges.iter().take_while(|&&edge| edge < days).count() as u32,
        };
        let documents = ledger.documents().all().iter();
        CauseValues {
            of: Of::Documents {
                numbers: documents
                    .map(|document| document.due_on.map_or(0, |due_on| band(due_on - document.issued_on)))
                    .collect(),
                words,
            },
        }
    }

    /// Numbers the reasons of disputes.
    pub fn reasons(ledger: &Ledger) -> CauseValues {
        let mut words = Dictionary::default();
        words.number(NOT_DISPUTED);
        words.number("");
        let reasons = ledger.table("disputes").and_then(|table| table.texts("reason").ok());
        let reasons = reasons.unwrap_or_default().iter();
        CauseValues {
            of: Of::Disputes {
                numbers: reasons
                    .map(|reason| words.number(reason.as_deref().unwrap_or_default()))
                    .collect(),
                words,
            },
        }
    }

    /// Returns the value behind a number, or `None` where it is missing.
    pub fn word(&self, number: u32) -> Option<&str> {
        let word = match &self.of {
            Of::Documents { words, .. } => words[number as usize].as_str(),
            Of::Groups(groups) => groups.all()[number as usize].values.first()?.as_deref()?,
            Of::Disputes { words, .. } => words.word(number),
        };
        Some(word).filter(|word| !word.is_empty())
    }

    pub(super) fn parts_of<'a>(
        &'a self,
        ledger: &'a Ledger,
        disputes: &[Dispute],
        day: Day,
        known_on: Option<Day>,
    ) -> Parts<'a> {
        let Of::Disputes { numbers, .. } = &self.of else {
            return Parts {
                ledger,
                values: self,
                disputes: Vec::new(),
            };
        };
        let open = disputes
            .iter()
            .filter(|dispute| dispute.is_open_on(day, known_on.unwrap_or(Day::LATEST)));
        let open = open.filter_map(|dispute| {
            Some(OpenDispute {
                document: dispute.document?,
                code: numbers[dispute.row as usize],
                rest: dispute.amount.map(Total::from),
            })
        });
        Parts {
            ledger,
            values: self,
            disputes: open.collect(),
        }
    }
}

impl Parts<'_> {
    /// Splits what is open on a claim by the number of the value; the parts add up to it.
    pub(super) fn split(&mut self, claim: DocumentIx, open: Total) -> Vec<(u32, Total)> {
        match &self.values.of {
            Of::Documents { numbers, .. } => vec![(numbers[claim.at()], open)],
            Of::Groups(groups) => vec![(groups.of_document(claim, self.ledger.document(claim)) as u32, open)],
            Of::Disputes { .. } => self.split_by_reason(claim, open),
        }
    }

    fn split_by_reason(&mut self, claim: DocumentIx, open: Total) -> Vec<(u32, Total)> {
        let mut parts: Vec<(u32, Total)> = Vec::new();
        let mut rest = open;
        for dispute in &mut self.disputes {
            // A dispute of an invoice covers all its instalments.
            let is_own = self.ledger.first_instalment(dispute.document) == self.ledger.first_instalment(claim);
            let part = match dispute.rest {
                _ if !is_own => continue,
                None => rest,
                Some(left) => left.min(rest),
            };
            if part <= Total::ZERO {
                continue;
            }
            rest -= part;
            if let Some(left) = &mut dispute.rest {
                *left -= part;
            }
            match parts.iter_mut().find(|(code, _)| *code == dispute.code) {
                Some((_, sum)) => *sum += part,
                None => parts.push((dispute.code, part)),
            }
        }
        if rest > Total::ZERO {
            parts.push((0, rest));
        }
        parts
    }
}
