//! Several steps: on a ledger, on histories, on matrices read from files.

use arrears::metrics::roll_rates::histories::StateHistories;
use arrears::metrics::roll_rates::matrix_file::MatrixFile;
use arrears::metrics::roll_rates::steps::{RollSteps, roll_steps};
use arrears::metrics::roll_rates::{RollRatesError, RollRatesParams, TransitionMatrix};
use arrears::metrics::wilson_interval;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::state_histories::real;
use super::{groups, month};
use crate::support::random::cases;
use crate::support::{ledger, total};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn steps(text: &str, from: &str, to: &str, n_steps: usize) -> Result<RollSteps, RollRatesError> {
    let ledger = ledger(text);
    let params = RollRatesParams {
        upper_edges: vec![30, 60],
        ..RollRatesParams::default()
    };
    let groups = groups(&ledger, &[]);
    roll_steps(&ledger, month(from), month(to), &groups, None, n_steps, &params).map(|checked| checked.value)
}

/// Both 20 days late at the end of February; one is paid in March, the other half in April and written off in May.
const TWO: &str = "
    invoice 1 acme issued 2024-01-05 due 2024-02-09 100.00 EUR
    payment 11 acme on 2024-03-12 100.00 -> 1
    invoice 2 bolt issued 2024-01-05 due 2024-02-09 60.00 EUR
    payment 12 bolt on 2024-04-12 20.00 -> 2
    write_off 13 bolt on 2024-05-02 40.00 -> 2";

#[test]
fn two_months_seen_stand_beside_two_months_chained() {
    let steps = steps(TWO, "2024-03", "2024-05", 2).unwrap();
    // Rows: not_due, 1-30, 31-60, 61+, no_due_date; then paid, credited, written_off.
    let one = steps.one_month(0).unwrap();
    assert_eq!(one.counts_from(1), [0, 0, 1, 0, 0, 1, 0, 0]);
    assert_eq!(one.counts_from(2), [0, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(one.counts_from(3), [0, 0, 0, 0, 0, 0, 0, 1]);
    // From the end of February to that of April, and from the end of March to that of May.
    let seen = steps.observed(0).unwrap();
    assert_eq!(seen.counts_from(1), [0, 0, 0, 1, 0, 1, 0, 0]);
    assert_eq!(seen.counts_from(2), [0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(seen.n_from(3), 0);
    assert_eq!(one.chained(2)[1].as_ref().unwrap()[3], 0.5 * 1.0);
    // In the long run half is paid and half is written off.
    assert_eq!(one.transitions().long_run()[1].as_ref().unwrap()[5..], [0.5, 0.0, 0.5]);
    let sums = &steps.sums()[0].all;
    assert_eq!(sums.opening(1), total("160.00"));
    // 40 remaining in 61+, 100 and 20 collected.
    assert_eq!(sums.amounts_from(1)[3], total("40.00"));
    assert_eq!(sums.amounts_from(1)[6], total("120.00"));
    let table = steps.table();
    let at = |row: &usize| {
        let text = |column: &str| table.column(column).unwrap().text(*row);
        (text("kind"), text("from_state"), text("to_state")) == ("amount".into(), "31-60".into(), "written_off".into())
    };
    let row = (0..table.n_rows()).find(at).unwrap();
    // The roll to write-off of 60: 40 seen within two months; chained, 40 of the 60 go on and all of them are written off.
    let cell = |column: &str| table.reals(column).unwrap()[row].unwrap();
    assert_eq!(cell("rate_observed"), 40.0 / 60.0);
    assert!((cell("rate_chained") - 40.0 / 60.0).abs() < 1e-12);
    assert!(cell("difference").abs() < 1e-12);
}

#[test]
fn steps_need_as_many_months() {
    let message = |n_steps| steps(TWO, "2024-03", "2024-04", n_steps).unwrap_err().to_string();
    assert_eq!(
        message(3),
        "found 3 steps over 2 months, expected at least 1 step and at most as many as there are months"
    );
    assert!(message(0).starts_with("found 0 steps"));
    let one = steps(TWO, "2024-03", "2024-04", 1).unwrap();
    assert_eq!(one.observed(0), one.one_month(0));
}

#[test]
fn a_claim_that_comes_back_is_where_it_stands_then() {
    let text = "invoice 1 acme issued 2024-01-05 due 2024-02-09 100.00 EUR
        payment 11 acme on 2024-03-12 100.00 -> 1
        reversal 12 acme on 2024-04-15 100.00 reverses=11/1";
    let steps = steps(text, "2024-03", "2024-05", 2).unwrap();
    assert_eq!(steps.observed(0).unwrap().counts_from(1), [0, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(steps.one_month(0).unwrap().counts_from(1)[5], 1);
    let sums = &steps.sums()[0].all;
    // 100 open again, 100 collected, 100 taken back: still the 100 that were open.
    let amounts = sums.amounts_from(1);
    assert_eq!(
        (amounts[3], amounts[6], amounts[10]),
        (total("100.00"), total("100.00"), total("-100.00"))
    );
}

#[test]
fn histories_drawn_from_a_known_matrix_give_it_back_over_one_step_and_several() {
    let truth = TransitionMatrix::new(
        words(&["0", "1", "2"]),
        Vec::new(),
        vec![
            Some(vec![0.8, 0.15, 0.05]),
            Some(vec![0.3, 0.5, 0.2]),
            Some(vec![0.0, 0.1, 0.9]),
        ],
    );
    assert!(truth.findings().is_empty());
    proptest!(cases(12), |(seed in any::<u64>(), n_steps in 2..5_usize)| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = "id,period,state\n".to_owned();
        for unit in 0..1_500 {
            let mut state = unit % 3;
            for period in 0..8 {
                rows += &format!("{unit},{period},{state}\n");
                let draw = f64::from((random.next_u64() >> 40) as u32) / f64::from(1 << 24);
                let rates = truth.rates_from(state).unwrap();
                state = if draw < rates[0] { 0 } else if draw < rates[0] + rates[1] { 1 } else { 2 };
            }
        }
        let histories = StateHistories::from_csv(rows.as_bytes(), None).unwrap();
        let (one, seen) = (histories.moves(1), histories.moves(n_steps));
        let chained = one.chained(n_steps);
        let power = truth.power(n_steps);
        for from in 0..3 {
            for to in 0..3 {
                let wide = |n, of| wilson_interval(n, of, 1.0 - 1e-6).unwrap();
                let (low, high) = wide(one.counts_from(from)[to], one.n_from(from));
                let rate = truth.rates_from(from).unwrap()[to];
                prop_assert!(low <= rate && rate <= high, "{from} {to}: {low} {rate} {high}");
                // Units are seen from several periods: the starts overlap, and the interval is taken for a third of them.
                let (low, high) = wide(seen.counts_from(from)[to] / 3, seen.n_from(from) / 3);
                let (expected, chained) = (power[from].as_ref().unwrap()[to], chained[from].as_ref().unwrap()[to]);
                prop_assert!(low <= expected && expected <= high, "{from} {to}: {low} {expected} {high}");
                prop_assert!(low <= chained && chained <= high, "{from} {to}: {low} {chained} {high}");
            }
        }
    });
}

/// Jarrow, R. A., Lando, D. and Turnbull, S. M., A Markov model for the term structure of credit risk spreads, Review of
/// Financial Studies 10 (1997), table 3: one-year moves between eight ratings, AAA to default, printed to four digits.
const JARROW_LANDO_TURNBULL: &str = "AAA,AA,A,BBB,BB,B,CCC,D
    0.8910,0.0963,0.0078,0.0019,0.0030,0,0,0
    0.0086,0.9010,0.0747,0.0099,0.0029,0.0029,0,0
    0.0009,0.0291,0.8894,0.0649,0.0101,0.0045,0,0.0009
    0.0006,0.0043,0.0656,0.8427,0.0644,0.0160,0.0018,0.0045
    0.0004,0.0022,0.0079,0.0719,0.7764,0.1043,0.0127,0.0241
    0,0.0019,0.0031,0.0066,0.0517,0.8246,0.0435,0.0685
    0,0,0.0116,0.0116,0.0203,0.0754,0.6493,0.2319
    0,0,0,0,0,0,0,1";

fn found(file: &MatrixFile) -> Vec<String> {
    file.findings().iter().map(ToString::to_string).collect()
}

#[test]
fn a_published_matrix_whose_rows_miss_one_is_named_and_used_as_it_stands() {
    let file = MatrixFile::from_csv(JARROW_LANDO_TURNBULL.as_bytes()).unwrap();
    assert_eq!(
        found(&file),
        [
            "row `A` sums to 0.9998, expected 1",
            "row `BBB` sums to 0.9999, expected 1",
            "row `BB` sums to 0.9999, expected 1",
            "row `B` sums to 0.9999, expected 1",
            "row `CCC` sums to 1.0001, expected 1",
        ]
    );
    assert!(!file.is_sound());
    // As it stands: two years from A to default through every rating on the way.
    let (matrix, rates) = (file.matrix(), |from: usize| {
        file.matrix().rates_from(from).unwrap().to_vec()
    });
    let two_years: f64 = (0..8).map(|through| rates(2)[through] * rates(through)[7]).sum();
    assert!((matrix.power(2)[2].as_ref().unwrap()[7] - two_years).abs() < 1e-15);
    let sum: f64 = matrix.power(2)[2].as_ref().unwrap().iter().sum();
    assert!(sum < 0.9998);
    assert!(matrix.is_absorbing(7) && !matrix.is_absorbing(6));
    // Rescaled on request, every row ends in default for certain.
    let rescaled = file.rescaled();
    assert!(rescaled.is_sound());
    assert_eq!(found(&rescaled).len(), 5);
    for row in rescaled.matrix().long_run() {
        assert!((row.unwrap()[7] - 1.0).abs() < 1e-9);
    }
}

#[test]
fn the_file_of_the_published_matrix_says_the_same() {
    let Some(path) = real("transitions/JLT.csv") else {
        return;
    };
    let file = MatrixFile::from_csv(std::fs::File::open(path).unwrap()).unwrap();
    let published = MatrixFile::from_csv(JARROW_LANDO_TURNBULL.as_bytes()).unwrap();
    assert_eq!(file.matrix().from(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
    for from in 0..8 {
        assert_eq!(file.matrix().rates_from(from), published.matrix().rates_from(from));
    }
    assert_eq!(file.findings().len(), 5);
}

#[test]
fn a_matrix_has_a_long_run_where_it_has_a_way_out() {
    // Paid back with 0.6, lost with 0.4; `stuck` and `loop` go round for ever, `odd` may get there.
    let file = MatrixFile::from_csv(
        "from,late,odd,stuck,loop,paid,lost
         late,0.5,0,0,0,0.3,0.2
         odd,0.5,0,0.5,0,0,0
         stuck,0,0,0,1,0,0
         loop,0,0,1,0,0,0"
            .as_bytes(),
    )
    .unwrap();
    assert!(file.is_sound());
    let long_run = file.matrix().long_run();
    let late = long_run[0].as_ref().unwrap();
    assert!((late[4] - 0.6).abs() < 1e-12 && (late[5] - 0.4).abs() < 1e-12);
    assert_eq!(long_run[1..], [None, None, None]);
    let caveats: Vec<String> = file.caveats().iter().map(ToString::to_string).collect();
    assert_eq!(
        caveats,
        ["caveat: no row for paid, lost: taken as states that nothing leaves"]
    );
}

#[test]
fn what_is_no_matrix_is_refused_and_what_is_no_probability_is_named() {
    let message = |text: &str| MatrixFile::from_csv(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        message("a,b\n0.5,0.5\n0.1\n"),
        "found 2 rows of 1 cells below a header of 2, expected a header of states and one row each, with or without its name"
    );
    assert_eq!(
        message("a,b\n0.5,x\n0,1\n"),
        "line 2: found `x` under `b`, expected a rate such as 0.05"
    );
    assert_eq!(
        message("a,b\n0.5,NaN\n0,1\n"),
        "line 2: found `NaN` under `b`, expected a rate such as 0.05"
    );
    assert_eq!(
        message("s,a,b\na,1,0\nc,0,1\n"),
        "line 3: found a row `c`, expected one of a, b"
    );
    assert_eq!(
        message("s,a,b\na,1,0\na,0,1\n"),
        "found the state `a` twice, expected it once"
    );
    assert_eq!(
        message("a,a\n1,0\n0,1\n"),
        "found the state `a` twice, expected it once"
    );
    assert!(message("").starts_with("found 0 rows"));
    let file = MatrixFile::from_csv("s,a,b\nb,-0.2,1.2\na,1,0\n".as_bytes()).unwrap();
    assert_eq!(
        found(&file),
        [
            "`b` to `a` is -0.2, expected a share of at least 0",
            "`b` to `b` is 1.2, expected a share of at most 1"
        ]
    );
}

/// Transition counts of transitionMatrix 0.5.1, data set `synthetic_data5`, drawn from [[.8, .15, .05], [.1, .7, .2], [0, 0, 1]].
#[test]
fn published_counts_are_in_keeping_with_the_matrix_they_were_drawn_from() {
    let mut moves = arrears::metrics::roll_rates::MoveCounts::new(words(&["0", "1", "2"]), Vec::new());
    for (from, counts) in [[9109, 1684, 565], [1065, 7531, 2158], [0, 0, 17888]]
        .into_iter()
        .enumerate()
    {
        for (to, n) in counts.into_iter().enumerate() {
            moves.add(from, to, n);
        }
    }
    assert_eq!(
        (moves.n_from(0), moves.n_from(1), moves.n_from(2)),
        (11358, 10754, 17888)
    );
    let truth = [[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.0, 0.0, 1.0]];
    for (from, rates) in truth.into_iter().enumerate() {
        for (to, rate) in rates.into_iter().enumerate() {
            let (low, high) = wilson_interval(moves.counts_from(from)[to], moves.n_from(from), 0.95).unwrap();
            assert!(low <= rate && rate <= high, "{from} {to}: {low} {rate} {high}");
        }
    }
    assert!(moves.transitions().is_absorbing(2));
    assert_eq!(moves.transitions().long_run()[0].as_ref().unwrap()[..2], [0.0, 0.0]);
}

/// Runs `arrears roll-rates` on a matrix; returns its exit code, stdout and stderr.
fn run(matrix: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("matrix.csv");
    std::fs::write(&path, matrix).unwrap();
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_arrears"))
        .arg("roll-rates")
        .arg("--from-matrix")
        .arg(path)
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (run.status.code(), text(run.stdout), text(run.stderr))
}

#[test]
fn the_program_names_what_is_wrong_with_a_matrix_and_ends_with_1() {
    let (code, result, said) = run(JARROW_LANDO_TURNBULL, &["--steps", "5", "--format", "json"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        result.contains("matrix_states") && result.contains("rate_long_run"),
        "{result}"
    );
    assert!(
        said.contains("row `CCC` sums to 1.0001, expected 1; nothing was repaired"),
        "{said}"
    );
    let (code, _, said) = run(JARROW_LANDO_TURNBULL, &["--rescale"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("rows were divided by their sums, as asked"), "{said}");
    let (code, _, said) = run("a,b\n0.5,0.5\n0,one\n", &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("line 3: found `one` under `b`"), "{said}");
}
