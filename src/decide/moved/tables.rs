//! Moves as tables.

use super::kinds::CellKind;
use super::rows::{Cell, RunRow};
use super::{Move, Moved, MovedTotal};
use crate::money::Total;
use crate::table::Table;

impl Moved {
    /// Returns one row per move: what names the row, the cause, `because`, what is said of the move, each sum before and after with its
    /// change, and every other cell before and after.
    pub fn table(&self, because: impl Fn(&Move<'_>) -> Option<String>) -> Table {
        let moves = self.moves();
        let kind = self.before.kind();
        let mut table = Table::new("moved");
        for (position, key) in self.before.keys().iter().enumerate() {
            table = table.text(key, moves.iter().map(|made| made.key[position].clone()));
        }
        table = table
            .text("cause", moves.iter().map(|made| made.cause.to_string()))
            .text("because", moves.iter().map(because));
        for (position, sum) in kind.sums.iter().enumerate() {
            let money = |row: Option<&RunRow>| row.and_then(|row| row.sums[position]);
            table = table
                .money(&format!("{sum}_before"), moves.iter().map(|made| money(made.before)))
                .money(&format!("{sum}_after"), moves.iter().map(|made| money(made.after)))
                .money(&format!("{sum}_change"), moves.iter().map(|made| made.change(position)));
        }
        for (position, (name, kind)) in kind.shown.iter().enumerate() {
            let cell = |row: Option<&RunRow>| row.and_then(|row| row.shown[position].clone());
            let before = moves.iter().map(|made| cell(made.before)).collect();
            let after = moves.iter().map(|made| cell(made.after)).collect();
            table = with_cells(table, &format!("{name}_before"), *kind, before);
            table = with_cells(table, &format!("{name}_after"), *kind, after);
        }
        table
    }

    /// Returns what each cause moved, by currency, and all of them together.
    pub fn totals_table(&self) -> Table {
        let causes = self.causes().into_iter().map(Some).chain([None]);
        let causes: Vec<_> = causes.collect();
        let currencies = self.currencies();
        let rows: Vec<(String, &str, MovedTotal)> = currencies
            .iter()
            .flat_map(|currency| causes.iter().map(move |cause| (*cause, *currency)))
            .map(|(cause, currency)| {
                let name = cause.map_or("all".to_owned(), |cause| cause.to_string());
                (name, currency, self.total(cause, currency))
            })
            .filter(|(name, _, total)| total.n_moved > 0 || name == "all")
            .collect();
        let kind = self.before.kind();
        let mut table = Table::new("totals").text("cause", rows.iter().map(|(cause, ..)| cause.clone()));
        if !currencies.contains("") {
            table = table.text("currency", rows.iter().map(|(_, currency, _)| (*currency).to_owned()));
        }
        let count =
            |of: fn(&MovedTotal) -> u64| rows.iter().map(move |(.., total)| of(total) as i64).collect::<Vec<_>>();
        table = table
            .int("n_moved", count(|total| total.n_moved))
            .int("n_entered", count(|total| total.n_entered))
            .int("n_left", count(|total| total.n_left));
        for (position, sum) in kind.sums.iter().enumerate() {
            let changes: Vec<Total> = rows.iter().map(|(.., total)| total.changes[position]).collect();
            table = table.money(&format!("{sum}_change"), changes);
        }
        if kind.has_holds() {
            table = table
                .int("n_holds_placed", count(|total| total.n_holds_placed))
                .int("n_holds_lifted", count(|total| total.n_holds_lifted));
        }
        table
    }
}

fn with_cells(table: Table, name: &str, kind: CellKind, cells: Vec<Option<Cell>>) -> Table {
    match kind {
        CellKind::Int => table.int(
            name,
            cells.into_iter().map(|cell| match cell {
                Some(Cell::Int(value)) => Some(value),
                _ => None,
            }),
        ),
        CellKind::Real => table.real(
            name,
            cells.into_iter().map(|cell| match cell {
                Some(Cell::Real(value)) => Some(value),
                _ => None,
            }),
        ),
        CellKind::Text => table.text(
            name,
            cells.into_iter().map(|cell| match cell {
                Some(Cell::Text(value)) => Some(value),
                _ => None,
            }),
        ),
        CellKind::Money => table.money(
            name,
            cells.into_iter().map(|cell| match cell {
                Some(Cell::Money(value)) => Some(value),
                _ => None,
            }),
        ),
    }
}
