//! Groups of companies on the days of a panel: the judged claims of all their customers.

use super::Tally;

/// Claims by group of companies and day, as how many more than on the day before; days without a change have no entry.
#[derive(Clone, Debug, Default)]
pub(super) struct FamilyCounts {
    more: Vec<(u32, u32, Tally)>,
}

impl FamilyCounts {
    pub fn add(&mut self, family: u32, at: usize, n: i64, is_late: bool) {
        let mut tally = Tally::default();
        tally.add(n, is_late);
        self.more.push((family, at as u32, tally));
    }

    pub fn len(&self) -> usize {
        self.more.len()
    }

    /// Puts the entries from a position on together, so that a customer leaves one for each day at most.
    pub fn compress(&mut self, from: usize) {
        let added = &mut self.more[from..];
        added.sort_unstable_by_key(|(family, at, _)| (*family, *at));
        let mut n_kept = 0;
        for position in 0..added.len() {
            let (family, at, tally) = added[position];
            match added[..n_kept]
                .last_mut()
                .filter(|last| (last.0, last.1) == (family, at))
            {
                Some(last) => last.2.include(tally),
                None => {
                    added[n_kept] = (family, at, tally);
                    n_kept += 1;
                }
            }
        }
        self.more.truncate(from + n_kept);
    }

    pub fn merge(&mut self, other: FamilyCounts) {
        self.more.extend(other.more);
    }

    /// Adds the entries up from day to day.
    pub fn finish(mut self) -> Families {
        self.compress(0);
        let mut last: Option<(u32, Tally)> = None;
        for (family, _, tally) in &mut self.more {
            if let Some((_, before)) = last.filter(|(before, _)| before == family) {
                tally.include(before);
            }
            last = Some((*family, *tally));
        }
        Families(self.more)
    }
}

/// The judged claims of every group of companies, from the days on which they changed.
#[derive(Clone, Debug)]
pub(in crate::features) struct Families(Vec<(u32, u32, Tally)>);

impl Families {
    /// Returns the judged claims of a group at the end of the day at a position of the panel.
    pub fn on(&self, family: u32, at: usize) -> Tally {
        let after = self
            .0
            .partition_point(|(of, day, _)| (*of, *day as usize) <= (family, at));
        let last = self.0[..after].last().filter(|(of, _, _)| *of == family);
        last.map_or(Tally::default(), |(_, _, tally)| *tally)
    }
}
