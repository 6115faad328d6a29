//! Ranges of days past due, and what age is counted from.

use super::AgingError;
use super::sums::Slot;
use crate::calendar::{AsOf, Day, DaysPastDue};
use crate::ledger::{Document, Reads};

/// Ordered ranges of days past due, from day 1 upward; the last one has no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgingScheme {
    // Invariant: strictly increasing, the first at least 1, never empty.
    upper_edges: Vec<i32>,
    boundary: AgingBoundary,
    // Where an item stands, by days after the last one on which it is not past due; the last entry holds for all later days.
    places: Vec<u16>,
}

/// Whether the due day itself is past due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgingBoundary {
    /// What is due on the as-of day is not past due: day 1 is the first.
    #[default]
    NotPastDue,
    /// What is due on the as-of day is past due: day 0 is the first.
    PastDue,
}

/// Where cash and credits on no claim stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgingCredits {
    /// In columns of their own, not aged.
    #[default]
    Separate,
    /// As negative amounts in the bucket of their own day: a credit note's due day, else its issue; the day of the cash.
    OwnDate,
    /// Set against the customer's open claims of the same group, the oldest first; what is left stays in its column.
    Fifo,
}

/// Where disputed money stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgingDisputes {
    /// In the buckets; `disputed` says how much of them.
    #[default]
    Gross,
    /// Carved out of the buckets; `disputed` is a summand of its own.
    Net,
    /// In the buckets and past due: what would be not due stands in the first bucket.
    AsLate,
}

/// What the age of a claim is counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgingBasis {
    /// The day of payment agreed.
    #[default]
    Due,
    /// The day of issue.
    Issue,
    /// The day on which the document was known.
    Posting,
}

impl AgingScheme {
    /// Builds a scheme from the last day of each bounded bucket, for example `[30, 60, 90, 120]`.
    ///
    /// # Errors
    /// [`AgingError::EdgesNotIncreasing`] names the first edge that is not above the one before it (or above 0).
    pub fn from_upper_edges(edges: &[i32]) -> Result<AgingScheme, AgingError> {
        if edges.is_empty() {
            return Err(AgingError::NoEdges);
        }
        let mut before = 0;
        for &edge in edges {
            if edge <= before {
                return Err(AgingError::EdgesNotIncreasing { edge, before });
            }
            before = edge;
        }
        let scheme = AgingScheme {
            upper_edges: edges.to_vec(),
            boundary: AgingBoundary::NotPastDue,
            places: Vec::new(),
        };
        Ok(scheme.with_boundary(AgingBoundary::NotPastDue))
    }

    /// Takes the due day itself as past due, or not.
    pub fn with_boundary(self, boundary: AgingBoundary) -> AgingScheme {
        let mut scheme = AgingScheme { boundary, ..self };
        scheme.places = vec![0];
        let mut day = scheme.first_day();
        for (edge, place) in scheme.upper_edges.iter().zip(1..) {
            // No item of a ledger is older than all its days; an edge beyond them needs no entries.
            let n_days = edge.min(&(Day::LATEST - Day::EARLIEST)) - day + 1;
            scheme.places.extend(std::iter::repeat_n(place, n_days.max(0) as usize));
            day = edge.saturating_add(1);
        }
        scheme.places.push(scheme.n_buckets() as u16);
        scheme
    }

    /// Returns whether the due day itself is past due.
    pub fn boundary(&self) -> AgingBoundary {
        self.boundary
    }

    /// Returns the number of buckets: one more than edges.
    pub fn n_buckets(&self) -> usize {
        self.upper_edges.len() + 1
    }

    /// Returns the position of the bucket, or `None` for what is not past due.
    #[inline]
    pub fn bucket(&self, days: DaysPastDue) -> Option<usize> {
        let after = days.0.saturating_sub(self.first_day() - 1).max(0) as usize;
        usize::from(self.places[after.min(self.places.len() - 1)]).checked_sub(1)
    }

    /// Returns where an item stands on a day whose age is counted from another: 0 not past due, then the buckets from 1,
    /// after them the place of items without a day to count from.
    #[inline]
    pub fn place(&self, from: Option<Day>, on: Day) -> usize {
        match from {
            Some(from) => self.bucket(AsOf(on).days_past(from)).map_or(0, |bucket| bucket + 1),
            None => self.n_buckets() + 1,
        }
    }

    /// Returns where an item stands on a day whose age is counted from another.
    pub(super) fn slot(&self, from: Option<Day>, as_of: AsOf) -> Slot {
        match from.map(|from| self.bucket(as_of.days_past(from))) {
            None => Slot::NoDueDate,
            Some(None) => Slot::NotDue,
            Some(Some(bucket)) => Slot::PastDue(bucket),
        }
    }

    /// Returns the day ranges in words: `1-30`, ..., `121+`.
    pub fn labels(&self) -> Vec<String> {
        self.ranges()
            .map(|(first, last)| match last {
                Some(last) => format!("{first}-{last}"),
                None => format!("{first}+"),
            })
            .collect()
    }

    /// Returns the day ranges as captions of columns: `days_1_30`, ..., `days_121_plus`.
    pub fn columns(&self) -> Vec<String> {
        self.ranges()
            .map(|(first, last)| match last {
                Some(last) => format!("days_{first}_{last}"),
                None => format!("days_{first}_plus"),
            })
            .collect()
    }

    fn first_day(&self) -> i32 {
        match self.boundary {
            AgingBoundary::NotPastDue => 1,
            AgingBoundary::PastDue => 0,
        }
    }

    fn ranges(&self) -> impl Iterator<Item = (i32, Option<i32>)> + '_ {
        let firsts = std::iter::once(self.first_day()).chain(self.upper_edges.iter().map(|edge| edge + 1));
        firsts.zip(self.upper_edges.iter().copied().map(Some).chain([None]))
    }
}

impl AgingBasis {
    /// Every choice, the default first.
    pub const ALL: [AgingBasis; 3] = [AgingBasis::Due, AgingBasis::Issue, AgingBasis::Posting];

    /// Returns the day from which a document's age is counted.
    pub fn day_of(self, document: &Document) -> Option<Day> {
        match self {
            AgingBasis::Due => document.due_on,
            AgingBasis::Issue => Some(document.issued_on),
            AgingBasis::Posting => Some(document.known_on),
        }
    }

    /// Says what of a document it looks at, beyond what every pass reads.
    pub const fn reads(self) -> Reads {
        match self {
            AgingBasis::Due | AgingBasis::Issue => Reads::BALANCES,
            AgingBasis::Posting => Reads::KNOWN_ON,
        }
    }

    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            AgingBasis::Due => "due",
            AgingBasis::Issue => "issue",
            AgingBasis::Posting => "posting",
        }
    }
}

impl AgingBoundary {
    /// Every choice, the default first.
    pub const ALL: [AgingBoundary; 2] = [AgingBoundary::NotPastDue, AgingBoundary::PastDue];

    /// Returns the name as it is configured.
    pub const fn as_str(self) -> &'static str {
        match self {
            AgingBoundary::NotPastDue => "not-past-due",
            AgingBoundary::PastDue => "past-due",
        }
    }

    /// Returns the rule in words, for the header of results.
    pub const fn as_note(self) -> &'static str {
        match self {
            AgingBoundary::NotPastDue => "due on the as-of day is not past due; ranges of days are closed on the right",
            AgingBoundary::PastDue => "due on the as-of day is past due; ranges of days are closed on the right",
        }
    }
}

impl AgingCredits {
    /// Every choice, the default first.
    pub const ALL: [AgingCredits; 3] = [AgingCredits::Separate, AgingCredits::OwnDate, AgingCredits::Fifo];

    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            AgingCredits::Separate => "separate",
            AgingCredits::OwnDate => "own-date",
            AgingCredits::Fifo => "fifo",
        }
    }
}

impl AgingDisputes {
    /// Every choice, the default first.
    pub const ALL: [AgingDisputes; 3] = [AgingDisputes::Gross, AgingDisputes::Net, AgingDisputes::AsLate];

    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            AgingDisputes::Gross => "gross",
            AgingDisputes::Net => "net",
            AgingDisputes::AsLate => "as-late",
        }
    }
}
