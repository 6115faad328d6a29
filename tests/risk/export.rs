//! A card in other programs' forms says of every row what the card says.

use arrears::risk::{Estimator, Fitted, Scorecard, ScorecardParams};
use arrears::table::Table;
use ndarray::ArrayView1;

use super::estimators::{known_chance, rows_of};

fn card() -> (Scorecard, Vec<Vec<f64>>) {
    let (rows, _) = rows_of(3_000, 5, known_chance);
    let Fitted::Scorecard(card) = ScorecardParams::default().fit(&rows).unwrap().model else {
        panic!("a scorecard fits a scorecard");
    };
    let mut examples: Vec<Vec<f64>> = rows.x.outer_iter().take(500).map(|row| row.to_vec()).collect();
    let edges = card.characteristics.iter().flat_map(|characteristic| {
        let edges = characteristic.binning.upper.iter();
        edges.map(|edge| (characteristic.column, *edge)).collect::<Vec<_>>()
    });
    for (column, edge) in edges {
        let mut on_the_edge = examples[0].clone();
        on_the_edge[column] = edge;
        examples.push(on_the_edge);
    }
    let missing = vec![f64::NAN; examples[0].len()];
    examples.push(missing);
    (card, examples)
}

/// Adds up a column of the points table as its reader would: one row per feature holds.
fn added_up(table: &Table, card: &Scorecard, row: &[f64], column: &str) -> f64 {
    let features = table.texts("feature").unwrap();
    let (over, up_to) = (table.reals("over").unwrap(), table.reals("up_to").unwrap());
    let missing = table.flags("missing").unwrap();
    let values = table.data(column).unwrap();
    let holds = |at: usize| {
        let name = features[at].as_deref().unwrap();
        let of = |characteristic: &&arrears::risk::scorecard::Characteristic| characteristic.feature == name;
        let value = row[card.characteristics.iter().find(of).unwrap().column];
        if missing[at] == Some(true) {
            value.is_nan()
        } else {
            over[at].is_none_or(|over| value > over) && up_to[at].is_none_or(|up_to| value <= up_to) && !value.is_nan()
        }
    };
    let held = (0..table.n_rows()).filter(|&at| holds(at));
    held.map(|at| values.text(at).parse::<f64>().unwrap()).sum()
}

#[test]
fn the_table_of_points_adds_up_to_the_score_of_every_row() {
    let (card, examples) = card();
    let table = card.points_table();
    let intercept: f64 = table.notes[0].1.parse().unwrap();
    for row in &examples {
        let view = ArrayView1::from(row);
        assert_eq!(added_up(&table, &card, row, "points"), card.points(view), "{row:?}");
        let log_odds = intercept + added_up(&table, &card, row, "log_odds");
        assert!((log_odds - card.log_odds(view)).abs() < 1e-12, "{row:?}");
    }
}

#[test]
fn the_query_has_a_case_for_every_feature_and_no_rounded_number() {
    let (card, _) = card();
    let query = card.sql("panel");
    assert_eq!(query.matches("+ CASE").count(), 2 * card.characteristics.len());
    for characteristic in &card.characteristics {
        let name = &characteristic.feature;
        assert_eq!(query.matches(&format!("WHEN {name} IS NULL THEN")).count(), 2);
        for edge in &characteristic.binning.upper {
            let condition = format!("WHEN {name} <= {edge:e} THEN");
            assert_eq!(query.matches(&condition).count(), 2, "{condition}");
            assert_eq!(format!("{edge:e}").parse::<f64>().unwrap(), *edge);
        }
    }
}
