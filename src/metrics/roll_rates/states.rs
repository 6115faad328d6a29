//! The states a claim can be in, and the sums of its moves between them.

use super::matrix::Move;
use crate::calendar::Day;
use crate::ledger::{Nature, Posting};
use crate::metrics::aging::AgingScheme;
use crate::metrics::{Movement, sums};
use crate::money::{Amount, Total};

/// The states of a scheme, by position.
///
/// Open states come first: not due, the buckets, no due date. Rows go on with `entered` and `reopened`; columns of the
/// count matrix with the exits, those of the amount matrix with what happened to the money. Where due days can change,
/// `re_aged` is a column (claims that a changed due day took elsewhere) and a row (where it took them); where customers
/// with nothing above the materiality stand apart, `below_materiality` is a row and a column of the count matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollStates {
    scheme: AgingScheme,
    has_re_aged: bool,
    has_below_materiality: bool,
}

/// Sums of one group over one or several months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollSums {
    n_count_to: usize,
    n_amount_to: usize,
    // Row by row.
    counts: Vec<u64>,
    amounts: Vec<Total>,
    n_below_materiality: u64,
}

/// Which of the two matrices a column belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matrix {
    Count,
    Amount,
}

/// Columns after the open states, by matrix.
const EXITS: [&str; 3] = ["paid", "credited", WRITTEN_OFF];
const MONEY: [&str; 6] = [
    "over_applied",
    "collected",
    "credited",
    "discounted",
    WRITTEN_OFF,
    "reversed",
];
pub(super) const WRITTEN_OFF: &str = "written_off";
const RE_AGED: &str = "re_aged";
const BELOW_MATERIALITY: &str = "below_materiality";

/// Positions of the exits after the open states of the count matrix.
const AT_PAID: usize = 0;
const AT_CREDITED: usize = 1;
const AT_WRITTEN_OFF: usize = 2;

impl RollStates {
    /// Builds the states of an ageing scheme.
    pub fn new(scheme: AgingScheme) -> RollStates {
        RollStates {
            scheme,
            has_re_aged: false,
            has_below_materiality: false,
        }
    }

    /// Sets claims that a changed due day took to another state apart, or not.
    pub fn with_re_aged(self, has_re_aged: bool) -> RollStates {
        RollStates { has_re_aged, ..self }
    }

    /// Sets customers with nothing above the materiality apart, or not.
    pub fn with_below_materiality(self, has_below_materiality: bool) -> RollStates {
        RollStates {
            has_below_materiality,
            ..self
        }
    }

    /// Returns how many open states there are: not due, the buckets, no due date.
    #[inline]
    pub fn n_open(&self) -> usize {
        self.scheme.n_buckets() + 2
    }

    #[inline]
    pub(in crate::metrics) fn entered(&self) -> usize {
        self.n_open()
    }

    #[inline]
    pub(super) fn reopened(&self) -> usize {
        self.n_open() + 1
    }

    /// Returns the row and the columns (of counts, of amounts) of claims that a changed due day took elsewhere.
    #[inline]
    pub(super) fn re_aged(&self) -> Option<(usize, usize, usize)> {
        let after = self.n_open();
        self.has_re_aged
            .then_some((after + 2, after + EXITS.len(), after + MONEY.len()))
    }

    /// Returns the row and the column of customers with nothing above the materiality.
    #[inline]
    pub(super) fn below_materiality(&self) -> Option<(usize, usize)> {
        let after = self.n_open() + usize::from(self.has_re_aged);
        self.has_below_materiality.then_some((after + 2, after + EXITS.len()))
    }

    /// Returns the captions of the open states.
    pub(super) fn open(&self) -> Vec<String> {
        let buckets = self.scheme.labels();
        let not_due = std::iter::once("not_due".to_owned());
        not_due.chain(buckets).chain(["no_due_date".to_owned()]).collect()
    }

    fn apart(&self) -> Vec<&'static str> {
        let re_aged = self.has_re_aged.then_some(RE_AGED);
        re_aged
            .into_iter()
            .chain(self.has_below_materiality.then_some(BELOW_MATERIALITY))
            .collect()
    }

    /// Returns the captions of the rows.
    pub fn from(&self) -> Vec<String> {
        with(with(self.open(), &["entered", "reopened"]), &self.apart())
    }

    /// Returns the captions of the columns of the count matrix.
    pub fn count_to(&self) -> Vec<String> {
        with(with(self.open(), &EXITS), &self.apart())
    }

    /// Returns the captions of the columns of the amount matrix.
    pub fn amount_to(&self) -> Vec<String> {
        let re_aged = if self.has_re_aged { &[RE_AGED][..] } else { &[] };
        with(with(self.open(), &MONEY), re_aged)
    }

    pub(super) fn to(&self, matrix: Matrix) -> Vec<String> {
        match matrix {
            Matrix::Count => self.count_to(),
            Matrix::Amount => self.amount_to(),
        }
    }

    /// Returns what a move from an open state is; `None` from the rows after them, which are no states.
    pub(super) fn kind(&self, matrix: Matrix, from: usize, to: usize) -> Option<Move> {
        let n_open = self.n_open();
        let n_exits = match matrix {
            Matrix::Count => EXITS.len(),
            Matrix::Amount => MONEY.len(),
        };
        if from >= n_open {
            return None;
        }
        Some(match to {
            to if to < n_open => Move::between(self.rank(from), self.rank(to)),
            to if to < n_open + n_exits => Move::Exit,
            to if self.has_re_aged && to == n_open + n_exits => Move::ReAged,
            // Nothing left that is worth a call is better than any state.
            _ => Move::Cure,
        })
    }

    pub(in crate::metrics) fn empty(&self) -> RollSums {
        let n_open = self.n_open();
        let (re_aged, below) = (usize::from(self.has_re_aged), usize::from(self.has_below_materiality));
        let n_from = n_open + 2 + re_aged + below;
        let (n_count_to, n_amount_to) = (n_open + EXITS.len() + re_aged + below, n_open + MONEY.len() + re_aged);
        RollSums {
            n_count_to,
            n_amount_to,
            counts: vec![0; n_from * n_count_to],
            amounts: vec![Total::ZERO; n_from * n_amount_to],
            n_below_materiality: 0,
        }
    }

    /// Returns sums that count, and have no place for money; [`RollSums::with_money_of`] gives them that of the claims.
    pub(in crate::metrics) fn empty_counts(&self) -> RollSums {
        RollSums {
            amounts: Vec::new(),
            ..self.empty()
        }
    }

    /// Returns the state of an open claim at the end of a day, given its due day.
    #[inline]
    pub fn on(&self, due_on: Option<Day>, day: Day) -> usize {
        self.scheme.place(due_on, day)
    }

    /// Returns the ageing scheme whose places the open states are.
    pub(in crate::metrics) fn scheme(&self) -> &AgingScheme {
        &self.scheme
    }

    /// Returns the open states from best to worst: no due date, not due, the buckets.
    pub(super) fn best_to_worst(&self) -> Vec<usize> {
        let mut states: Vec<usize> = (0..self.n_open()).collect();
        states.sort_by_key(|&state| self.rank(state));
        states
    }

    /// Returns the rank of an open state for the worst claim of a customer: later buckets are worse, no due date is least.
    #[inline]
    pub(super) fn rank(&self, state: usize) -> usize {
        if state + 1 == self.n_open() { 0 } else { state + 1 }
    }

    /// Returns the open state of a rank.
    pub(super) fn of_rank(&self, rank: usize) -> usize {
        rank.checked_sub(1).unwrap_or(self.n_open() - 1)
    }

    #[inline]
    pub(in crate::metrics) fn exit(&self, last_money: Option<(Day, Nature)>) -> usize {
        self.n_open()
            + match last_money {
                Some((_, Nature::Credit)) => AT_CREDITED,
                Some((_, Nature::WriteOff)) => AT_WRITTEN_OFF,
                _ => AT_PAID,
            }
    }
}

/// Returns the place of a movement after the open states of the amount matrix.
const fn money_column(movement: Movement) -> usize {
    match movement {
        Movement::Collected => 1,
        Movement::Credited => 2,
        Movement::Discounted => 3,
        Movement::WrittenOff => 4,
        Movement::Reversed => 5,
    }
}

fn with(mut words: Vec<String>, more: &[&str]) -> Vec<String> {
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words
}

sums!(RollSums {
    counts,
    amounts,
    n_below_materiality,
});

impl RollSums {
    /// Returns how many units were in a row's state.
    pub fn n_from(&self, from: usize) -> u64 {
        self.counts_from(from).iter().sum()
    }

    /// Returns how many units went from a row's state to each column of the count matrix.
    pub fn counts_from(&self, from: usize) -> &[u64] {
        &self.counts[from * self.n_count_to..(from + 1) * self.n_count_to]
    }

    /// Returns how many units are open in a state at the end of the months.
    pub(in crate::metrics) fn n_closing(&self, state: usize) -> u64 {
        self.counts.chunks_exact(self.n_count_to).map(|row| row[state]).sum()
    }

    /// Returns the amount that was open in a row's state (for `entered`: the amount issued): all that became of it.
    pub fn opening(&self, from: usize) -> Total {
        self.amounts_from(from).iter().copied().sum()
    }

    /// Returns what became of that amount, by column of the amount matrix; it sums to the opening amount.
    pub fn amounts_from(&self, from: usize) -> &[Total] {
        &self.amounts[from * self.n_amount_to..(from + 1) * self.n_amount_to]
    }

    /// Returns what is open in a state at the end of the months: what stayed in it, came to it, entered it or was reopened in it.
    pub fn closing(&self, state: usize) -> Total {
        self.amounts.chunks_exact(self.n_amount_to).map(|row| row[state]).sum()
    }

    /// Returns how many claims, month by month, were too small to decide the state of their customer.
    pub fn n_below_materiality(&self) -> u64 {
        self.n_below_materiality
    }

    #[inline]
    pub(super) fn count(&mut self, from: usize, to: usize) {
        self.counts[from * self.n_count_to + to] += 1;
    }

    pub(in crate::metrics) fn count_below_materiality(&mut self) {
        self.n_below_materiality += 1;
    }

    /// Adds the money of one claim over some months: what is open at their end, in its column, by default `over_applied`, and what its
    /// postings moved.
    #[inline]
    pub(super) fn add_amounts<'p>(
        &mut self,
        n_open: usize,
        from: usize,
        to: Option<usize>,
        closing: Total,
        postings: impl Iterator<Item = &'p Posting>,
    ) {
        let row = &mut self.amounts[from * self.n_amount_to..(from + 1) * self.n_amount_to];
        row[to.unwrap_or(n_open)] += closing;
        for posting in postings {
            row[n_open + money_column(Movement::of(posting))] -= posting.delta;
        }
    }

    /// Adds a claim that is open by its whole amount at the end of a month: [`RollSums::count`] and [`RollSums::add_amounts`].
    #[inline]
    pub(in crate::metrics) fn add_open(&mut self, from: usize, state: usize, amount: Amount) {
        self.counts[from * self.n_count_to + state] += 1;
        self.amounts[from * self.n_amount_to + state] += amount;
    }

    /// Adds a claim that one posting closes.
    #[inline]
    pub(in crate::metrics) fn add_closed(&mut self, states: &RollStates, from: usize, by: &Posting) {
        let (n_open, movement) = (states.n_open(), Movement::of(by));
        self.count(from, states.exit(movement.money(by)));
        self.amounts[from * self.n_amount_to + n_open + money_column(movement)] -= by.delta;
    }

    /// Takes over the money of sums by claim, whose rows and columns are the first of these or all of them.
    pub(in crate::metrics) fn with_money_of(self, claims: &RollSums) -> RollSums {
        let mut amounts = claims.amounts.clone();
        amounts.resize(self.counts.len() / self.n_count_to * self.n_amount_to, Total::ZERO);
        RollSums { amounts, ..self }
    }

    /// Adds money that a changed due day took to a state.
    pub(super) fn add_re_aged(&mut self, row: usize, to: usize, amount: Total) {
        self.amounts[row * self.n_amount_to + to] += amount;
    }

    /// Returns how many cells of money there are: amounts, then openings.
    pub(super) fn n_cells(&self) -> usize {
        self.amounts.len() + self.amounts.len() / self.n_amount_to
    }

    /// Returns the number of an amount's cell.
    pub(super) fn amount_cell(&self, from: usize, to: usize) -> usize {
        from * self.n_amount_to + to
    }

    /// Returns the number of an opening's cell.
    pub(super) fn opening_cell(&self, from: usize) -> usize {
        self.amounts.len() + from
    }

    /// Returns the money in the cells by number.
    pub(super) fn cells(&self) -> impl Iterator<Item = Total> + '_ {
        let openings = self.amounts.chunks_exact(self.n_amount_to);
        let openings = openings.map(|row| row.iter().copied().sum());
        self.amounts.iter().copied().chain(openings)
    }
}
