//! Aligned columns for people: notes above, numbers at the right, as many rows and columns as the terminal has room for.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, LineStyle, TableStyle, Width};

use super::{Layout, display};
use crate::table::Table;

/// A rule under the header, nothing else.
const STYLE: TableStyle = NOTHING.header_separator(LineStyle::none().fill('─'));
/// Blanks between two columns.
const GAP: usize = 2;
/// A column of text is not made narrower than this.
const NARROWEST_TEXT: usize = 12;

/// Notes that only files carry: conventions are sentences that `arrears explain-metric` prints, settings are pages that `arrears config` prints.
const IN_FILES_ALONE: [&str; 2] = ["conventions", "settings"];

/// Writes the tables one after the other, an empty line between them.
pub(super) fn write(tables: &[&Table], layout: Layout, sink: &mut dyn Write) -> io::Result<()> {
    for (position, table) in tables.iter().enumerate() {
        if position > 0 {
            writeln!(sink)?;
        }
        write_table(table, layout, sink)?;
    }
    Ok(())
}

fn write_table(table: &Table, layout: Layout, sink: &mut dyn Write) -> io::Result<()> {
    writeln!(sink, "{}", visible(table.name()))?;
    for (key, value) in table
        .notes
        .iter()
        .filter(|(key, _)| !IN_FILES_ALONE.contains(&key.as_str()))
    {
        writeln!(sink, "{}: {}", visible(key), visible(value))?;
    }
    writeln!(sink)?;
    let n_rows = layout.rows.unwrap_or(usize::MAX).min(table.n_rows());
    let columns: Vec<Vec<String>> = table
        .columns()
        .iter()
        .map(|column| {
            display::cells(&column.data, n_rows)
                .iter()
                .map(|cell| visible(cell))
                .collect()
        })
        .collect();
    let plan = Plan::fit(table, &columns, layout.width);

    let mut grid = comfy_table::Table::new();
    grid.force_no_tty().load_style(STYLE);
    grid.set_header(plan.headers.iter().map(String::as_str));
    for row in 0..n_rows {
        grid.add_row(columns[..plan.headers.len()].iter().map(|cells| Cell::new(&cells[row])));
    }
    for (position, column) in grid.column_iter_mut().enumerate() {
        let gap = if position + 1 < plan.headers.len() {
            GAP as u16
        } else {
            0
        };
        column.set_padding((0, gap));
        if display::is_number(&table.columns()[position].data) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        if let Some(width) = plan.widths[position] {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width as u16 + gap)));
        }
    }
    for line in grid.lines() {
        writeln!(sink, "{}", line.trim_end())?;
    }
    if table.n_rows() == 0 {
        writeln!(sink, "no rows")?;
    }
    if table.n_rows() > n_rows {
        let left = display::count(table.n_rows() - n_rows);
        writeln!(sink, "... {left} more rows; use --rows or --format csv")?;
    }
    let hidden: Vec<String> = table.columns()[plan.headers.len()..]
        .iter()
        .map(|column| visible(&column.name))
        .collect();
    if !hidden.is_empty() {
        let n_hidden = hidden.len();
        writeln!(
            sink,
            "... {n_hidden} more columns ({}); use --format csv",
            hidden.join(", ")
        )?;
    }
    Ok(())
}

/// What of a table fits a line.
struct Plan {
    /// Captions of the columns shown, the first ones of the table, with line breaks where they had to be folded.
    headers: Vec<String>,
    /// The width of a column of text that is folded.
    widths: Vec<Option<usize>>,
}

impl Plan {
    /// First folds captions at their underscores, then narrows the widest texts, then leaves out the last columns.
    fn fit(table: &Table, columns: &[Vec<String>], width: Option<u16>) -> Plan {
        let mut headers: Vec<String> = table.columns().iter().map(|column| visible(&column.name)).collect();
        let mut widths: Vec<Option<usize>> = vec![None; headers.len()];
        let Some(width) = width.map(usize::from) else {
            return Plan { headers, widths };
        };
        let content: Vec<usize> = columns
            .iter()
            .map(|cells| cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0))
            .collect();
        let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);

        let mut needed: Vec<usize> = headers
            .iter()
            .zip(&content)
            .map(|(header, &cell)| cell.max(widest(header)))
            .collect();
        if total(&needed) > width {
            for (position, header) in headers.iter_mut().enumerate() {
                *header = folded(header, content[position]);
                needed[position] = content[position].max(widest(header));
            }
        }
        let is_text: Vec<bool> = table
            .columns()
            .iter()
            .map(|column| !display::is_number(&column.data))
            .collect();
        while total(&needed) > width {
            let widest_text = (0..needed.len())
                .filter(|&position| is_text[position] && needed[position] > NARROWEST_TEXT)
                .filter(|&position| needed[position] > widest(&headers[position]))
                .max_by_key(|&position| (needed[position], position));
            if let Some(position) = widest_text {
                needed[position] -= 1;
                widths[position] = Some(needed[position]);
            } else if needed.len() > 1 {
                needed.pop();
                headers.pop();
                widths.pop();
            } else {
                break;
            }
        }
        Plan { headers, widths }
    }
}

fn widest(header: &str) -> usize {
    header.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// Breaks a caption after underscores so that its lines are no wider than the content, where words allow it.
fn folded(header: &str, content: usize) -> String {
    let words: Vec<&str> = header.split_inclusive('_').collect();
    let longest = words.iter().map(|word| word.chars().count()).max().unwrap_or(0);
    let room = content.max(longest);
    let mut lines = vec![String::new()];
    for word in words {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() || line.chars().count() + word.chars().count() <= room {
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// Replaces control characters, so that data cannot move the cursor or break a line.
fn visible(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
