use std::collections::{BTreeMap, HashMap, HashSet};

use arrears::calendar::Day;
use arrears::generate::{GenerateParams, Generated, generate};

use super::{ledger, table};

/// Days on which each invoice of the ledger was settled, by the test's own replay; credits and write-offs settle too.
fn settled_on(generated: &Generated) -> HashMap<String, Day> {
    let invoices = table(generated, "invoices");
    let mut open: HashMap<&str, i128> = HashMap::new();
    for (id, amount) in invoices
        .texts("invoice_id")
        .unwrap()
        .iter()
        .zip(invoices.moneys("amount").unwrap())
    {
        open.insert(id.as_deref().unwrap(), amount.unwrap().units());
    }
    let receipts = table(generated, "receipts");
    let mut applications: Vec<(Day, &str, i128)> = Vec::new();
    for row in 0..receipts.n_rows() {
        let kind = receipts.texts("kind").unwrap()[row].as_deref().unwrap();
        let Some(invoice) = receipts.texts("invoice_id").unwrap()[row].as_deref() else {
            continue;
        };
        let units = receipts.moneys("amount").unwrap()[row].unwrap().units();
        let relief = match kind {
            "recovery" => continue,
            "reversal" => -units,
            _ => units,
        };
        let on = receipts.days("applied_on").unwrap()[row]
            .or(receipts.days("paid_on").unwrap()[row])
            .unwrap();
        applications.push((on, invoice, relief));
    }
    applications.sort_by_key(|(on, ..)| *on);
    let mut settled = HashMap::new();
    for (on, invoice, relief) in applications {
        let rest = open.get_mut(invoice).unwrap();
        *rest -= relief;
        if *rest == 0 {
            settled.insert(invoice.to_owned(), on);
        } else {
            settled.remove(invoice);
        }
    }
    settled
}

struct Truth<'a> {
    invoice: &'a str,
    customer: &'a str,
    late_30: f64,
    in_advance: bool,
}

fn truths(generated: &Generated) -> Vec<Truth<'_>> {
    let given = table(generated, "truth_invoices");
    (0..given.n_rows())
        .map(|row| Truth {
            invoice: given.texts("invoice_id").unwrap()[row].as_deref().unwrap(),
            customer: given.texts("customer_id").unwrap()[row].as_deref().unwrap(),
            late_30: given.reals("late_30").unwrap()[row].unwrap(),
            in_advance: given.flags("in_advance").unwrap()[row].unwrap(),
        })
        .collect()
}

/// With nobody contacted, the ledger itself must show the true probabilities, segment by segment.
#[test]
fn the_late_share_of_an_uncalled_ledger_is_the_true_probability() {
    let params = GenerateParams {
        held_out_share: 1.0,
        ..GenerateParams::new(40_000, 24, 12)
    };
    let generated = generate(&params.check().unwrap());
    assert_eq!(table(&generated, "contacts").n_rows(), 0);
    let settled = settled_on(&generated);
    let invoices = table(&generated, "invoices");
    let due: HashMap<&str, Day> = invoices
        .texts("invoice_id")
        .unwrap()
        .iter()
        .zip(invoices.days("due_on").unwrap())
        .map(|(id, due)| (id.as_deref().unwrap(), due.unwrap()))
        .collect();
    let customers = table(&generated, "customers");
    let segment: HashMap<&str, &str> = (0..customers.n_rows())
        .map(|row| {
            let text = |column: &str| customers.texts(column).unwrap()[row].as_deref().unwrap();
            (text("customer_id"), text("industry"))
        })
        .collect();
    let mut sums: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for truth in truths(&generated).iter().filter(|truth| !truth.in_advance) {
        let judged_on = due[truth.invoice] + 30;
        if judged_on > Day::parse("2025-12-31").unwrap() {
            continue;
        }
        let late = settled.get(truth.invoice).is_none_or(|on| *on > judged_on);
        let sum = sums.entry(segment[truth.customer]).or_default();
        sum.0 += 1.0;
        sum.1 += truth.late_30;
        sum.2 += f64::from(u8::from(late));
    }
    assert_eq!(sums.len(), 7);
    for (industry, (n, expected, observed)) in sums {
        let (expected, observed) = (expected / n, observed / n);
        // Invoices are independent given the truth, so four standard errors of a share bound the difference.
        let bound = 4.0 * (expected * (1.0 - expected) / n).sqrt();
        assert!(
            (expected - observed).abs() < bound,
            "{industry}: true {expected}, observed {observed}, n {n}"
        );
        assert!((0.03..0.6).contains(&expected), "{industry}: {expected}");
    }
}

/// The ledger shows the effect of contacts when contacted accounts are set beside the randomised hold-out.
#[test]
fn the_effect_of_contacts_is_recovered_from_the_hold_out() {
    let params = GenerateParams {
        held_out_share: 0.5,
        ..GenerateParams::new(60_000, 24, 31)
    };
    let generated = generate(&params.check().unwrap());
    let given = table(&generated, "truth_contacts");
    let money = |column: &str, row: usize| given.moneys(column).unwrap()[row].unwrap().to_feature();
    // First selection of each account: until then both arms have the same history.
    let mut seen = HashSet::new();
    let mut arms = [(0.0_f64, 0.0), (0.0, 0.0)];
    let (mut effect, mut n) = (0.0, 0.0);
    for row in 0..given.n_rows() {
        let customer = given.texts("customer_id").unwrap()[row].as_deref().unwrap();
        if !seen.insert(customer) {
            continue;
        }
        let contacted = given.flags("contacted").unwrap()[row].unwrap();
        let (with, without) = (money("settled_30_if_contacted", row), money("settled_30_if_not", row));
        let overdue = money("overdue", row);
        effect += (with - without) / overdue;
        n += 1.0;
        let arm = &mut arms[usize::from(contacted)];
        arm.0 += 1.0;
        let settled = if contacted { with } else { without };
        arm.1 += settled / overdue;
    }
    let (effect, observed) = (effect / n, arms[1].1 / arms[1].0 - arms[0].1 / arms[0].0);
    assert!(n > 500.0 && arms[0].0 > 200.0 && arms[1].0 > 200.0, "{n} {arms:?}");
    assert!((0.08..0.50).contains(&effect), "{effect}");
    // A share has a standard deviation of at most one half; four standard errors of the difference of two means.
    let bound = 4.0 * 0.5 * (1.0 / arms[0].0 + 1.0 / arms[1].0).sqrt();
    assert!(
        (effect - observed).abs() < bound,
        "true {effect}, observed {observed}, bound {bound}"
    );
}

#[test]
fn contacts_move_only_the_persuadable_and_never_delay() {
    let generated = ledger(20_000, 8);
    let given = table(&generated, "truth_contacts");
    let (mut moved, mut unmoved) = (0, 0);
    for row in 0..given.n_rows() {
        let money = |column: &str| given.moneys(column).unwrap()[row].unwrap();
        let (with, without) = (money("settled_30_if_contacted"), money("settled_30_if_not"));
        assert!(without <= with && with <= money("overdue"));
        if given.flags("moves_payment").unwrap()[row].unwrap() {
            moved += 1;
        } else {
            unmoved += 1;
            assert_eq!(with, without);
        }
    }
    assert!(moved > 50 && unmoved > 50, "{moved} moved, {unmoved} not");
}

#[test]
fn the_true_settlement_is_what_the_ledger_shows() {
    let generated = ledger(8000, 19);
    let settled = settled_on(&generated);
    let given = table(&generated, "truth_invoices");
    let last_day = Day::parse("2025-12-31").unwrap();
    for row in 0..given.n_rows() {
        let id = given.texts("invoice_id").unwrap()[row].as_deref().unwrap();
        let true_day = given.days("written_off_on").unwrap()[row].or(given.days("settles_on").unwrap()[row]);
        let found = settled.get(id).copied();
        // A payment of the last days may still bounce; until it does, the ledger cannot know.
        let may_bounce = found.is_some_and(|day| last_day - day < 5) && true_day.is_some_and(|day| day > last_day);
        assert!(
            may_bounce || found == true_day.filter(|day| *day <= last_day),
            "{id}: {found:?}, true {true_day:?}"
        );
    }
}
