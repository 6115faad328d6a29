use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrears::metrics::roll_rates::Move;
use arrears::metrics::roll_rates::histories::{HistoriesError, StateHistories};

/// Returns the path of a real file, or says that the test is skipped.
pub fn real(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ARREARS_REAL_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: `{}` is absent", path.display());
    None
}

fn histories(rows: &str) -> Result<StateHistories, HistoriesError> {
    StateHistories::from_csv(rows.as_bytes(), None)
}

const SMALL: &str = "id,period,state
    acme,2024-01,0
    acme,2024-02,2
    acme,2024-03,2
    bolt,2024-01,0
    bolt,2024-02,1
    bolt,2024-03,0
    cato,2024-01,1
    cato,2024-03,0
    cato,2024-03,0";

#[test]
fn skips_are_counted_and_a_gap_has_no_moves() {
    let histories = histories(SMALL).unwrap();
    let moves = histories.moves(1);
    assert_eq!(moves.counts_from(0), [0, 1, 1]);
    assert_eq!(moves.counts_from(1), [1, 0, 0]);
    assert_eq!(moves.counts_from(2), [0, 0, 1]);
    assert_eq!((moves.n_of(Move::Skip), moves.n_of(Move::Cure)), (1, 1));
    assert_eq!((histories.n_gaps(), histories.n_merged()), (1, 1));
    let caveats: Vec<String> = histories.caveats().iter().map(ToString::to_string).collect();
    assert_eq!(
        caveats,
        [
            "caveat: 1 moves skip a state (0 -> 2: 1); they are counted as they stand, neither dropped nor repaired",
            "caveat: 1 times a unit is missing between two periods in which it was seen; no move leads into a gap or out of it",
            "caveat: 1 rows repeat another and were merged",
        ]
    );
}

#[test]
fn two_observed_steps_stand_beside_two_chained_ones() {
    let histories = histories(SMALL).unwrap();
    // From 0: acme ends in 2, bolt in 0. Chained: half through 1 back to 0, half to 2 and there for good.
    assert_eq!(histories.moves(2).counts_from(0), [1, 0, 1]);
    assert_eq!(histories.moves(1).chained(2)[0], Some(vec![0.5, 0.0, 0.5]));
    // cato is seen in 1 and two periods later in 0; chained, state 1 goes to 0 and from there half and half.
    let table = histories.steps_table(2, 0.95);
    assert_eq!(table.reals("rate_observed").unwrap()[3], Some(1.0));
    assert_eq!(
        table.reals("rate_chained").unwrap()[3..6],
        [Some(0.0), Some(0.5), Some(0.5)]
    );
}

#[test]
fn a_chain_through_a_state_that_nothing_left_is_null() {
    let histories = histories("id,time,state\nacme,1,a\nacme,2,b").unwrap();
    let moves = histories.moves(1);
    assert_eq!(moves.rates_from(1), None);
    assert_eq!(moves.chained(1)[0], Some(vec![0.0, 1.0]));
    assert_eq!(moves.chained(2)[0], None);
}

#[test]
fn shares_of_a_row_sum_to_one() {
    let histories = histories("id,period,state\na,1,1\na,2,3\nb,1,1\nb,2,2\nc,1,1\nc,2,0\nd,1,1\nd,2,1").unwrap();
    let shares = histories.moves(1).shares_from(1).unwrap();
    assert_eq!(
        (shares.cure, shares.stay, shares.forward, shares.skip),
        (0.25, 0.25, 0.5, 0.25)
    );
}

#[test]
fn states_keep_the_order_they_were_given_in_and_others_are_refused() {
    let order = ["ok".to_owned(), "late".to_owned(), "bad".to_owned()];
    let rows = "id,period,state\nacme,9,ok\nacme,10,bad";
    let histories = StateHistories::from_csv(rows.as_bytes(), Some(&order)).unwrap();
    assert_eq!(histories.periods(), ["9", "10"]);
    assert_eq!(histories.moves(1).n_of(Move::Skip), 1);
    let error = StateHistories::from_csv(rows.as_bytes(), Some(&order[..2])).unwrap_err();
    assert_eq!(error.to_string(), "line 3: found state `bad`, expected one of ok, late");
}

#[test]
fn what_cannot_be_read_is_named() {
    let message = |rows: &str| histories(rows).unwrap_err().to_string();
    assert_eq!(
        message("id,state\nacme,1"),
        "found the columns `id`, `state`, expected `id`, `period` (or `time`) and `state`"
    );
    assert_eq!(
        message("id,period,state\nacme,,1"),
        "line 2: found an empty `period`, expected a value"
    );
    assert_eq!(
        message("id,period,state\nacme,1,0\nacme,1,1"),
        "line 3: `acme` is in state `1` in period `1`, an earlier line says another state"
    );
}

/// Transition counts of transitionMatrix 0.5.1, data set `synthetic_data5`.
#[test]
fn simulated_histories_give_the_known_counts() {
    let Some(path) = real("transitions/synthetic_data5.csv") else {
        return;
    };
    let histories = StateHistories::from_csv(std::fs::File::open(path).unwrap(), None).unwrap();
    let moves = histories.moves(1);
    assert_eq!(
        (moves.counts_from(0), moves.n_from(0)),
        ([9109, 1684, 565].as_slice(), 11358)
    );
    assert_eq!(
        (moves.counts_from(1), moves.n_from(1)),
        ([1065, 7531, 2158].as_slice(), 10754)
    );
    assert_eq!(moves.counts_from(2), [0, 0, 17888]);
    assert_eq!(histories.n_gaps(), 0);
    // Simulated without memory from [[.8, .15, .05], [.1, .7, .2], [0, 0, 1]]: two steps are about the square of it.
    let truth = [
        0.8 * 0.8 + 0.15 * 0.1,
        0.8 * 0.15 + 0.15 * 0.7,
        0.8 * 0.05 + 0.15 * 0.2 + 0.05,
    ];
    let observed = histories.moves(2).rates_from(0).unwrap();
    let chained = moves.chained(2)[0].clone().unwrap();
    for ((truth, observed), chained) in truth.into_iter().zip(observed).zip(chained) {
        assert!((observed - truth).abs() < 0.02, "{observed} {truth}");
        assert!((observed - chained).abs() < 0.02, "{observed} {chained}");
    }
}

/// Default of credit card clients (UCI repository, Yeh 2009): six months of delinquency codes, -2, -1 and 0 being nothing due.
#[test]
fn credit_card_histories_keep_their_jumps() {
    let Some(path) = real("uci-credit-card/UCI_Credit_Card.csv.gz") else {
        return;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let captions = lines.next().unwrap();
    let months = ["PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0"]
        .map(|name| captions.iter().position(|caption| *caption == name).unwrap());
    let mut rows = "id,period,state\n".to_owned();
    let mut expected: BTreeMap<(i32, i32), u64> = BTreeMap::new();
    for cells in lines {
        let states = months.map(|at| cells[at].parse::<i32>().unwrap().max(0));
        for (period, state) in states.iter().enumerate() {
            writeln!(rows, "{},{period},{state}", cells[0]).unwrap();
        }
        for pair in states.windows(2) {
            *expected.entry((pair[0], pair[1])).or_default() += 1;
        }
    }
    let histories = histories(&rows).unwrap();
    let moves = histories.moves(1);
    assert_eq!(histories.states(), ["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
    for from in 0..9 {
        for to in 0..9 {
            let n = expected.get(&(from, to)).copied().unwrap_or_default();
            assert_eq!(moves.counts_from(from as usize)[to as usize], n, "{from} -> {to}");
        }
    }
    // More jump from nothing due to two months late than pass through one month: all of them are there, all are 0 -> 2.
    assert_eq!(moves.counts_from(0)[..3], [123_723, 1_860, 6_209]);
    assert_eq!(moves.n_of(Move::Skip), 6_209);
}
