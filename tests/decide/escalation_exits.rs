//! What follows after the last step: to whom a claim goes, and who may approve it.

use arrears::decide::{CandidateKind, Escalation, EscalationPolicy, escalation, simulate};
use arrears::money::Total;

use super::as_of;
use super::escalation::policy;
use crate::support::{day, ledger, total};

/// A claim due on 2024-01-01 whose three steps are done; the last on 2024-03-01.
fn through(id: &str, customer: &str, amount: &str) -> String {
    format!(
        "invoice {id} {customer} issued 2023-12-01 due 2024-01-01 {amount} EUR
         step {customer} level=1 done_on=2024-01-10 -> {id}
         step {customer} level=2 done_on=2024-02-01 -> {id}
         step {customer} level=3 done_on=2024-03-01 -> {id}\n"
    )
}

/// Others of whom every claim is paid 150 days late, so that cash may still be expected.
const OTHERS: &str = "invoice 90 zoe issued 2022-01-01 due 2022-02-01 500.00 EUR
                      payment 91 zoe on 2022-07-01 500.00 -> 90
                      invoice 92 zoe issued 2022-02-01 due 2022-03-01 500.00 EUR
                      payment 93 zoe on 2022-08-01 500.00 -> 92
                      invoice 94 zoe issued 2022-02-01 due 2022-03-01 500.00 EUR
                      payment 95 zoe on 2024-06-01 500.00 -> 94\n";

fn candidates(text: &str, on: &str, policy: &EscalationPolicy) -> Vec<(CandidateKind, String, String)> {
    let ledger = ledger(text);
    let made = escalation(&ledger, as_of(on), policy).unwrap().value;
    made.candidates
        .iter()
        .map(|candidate| {
            let id = ledger.invoice_id(candidate.item.document).to_owned();
            (candidate.kind, id, candidate.reasons.join("; "))
        })
        .collect()
}

fn kinds(text: &str, on: &str) -> Vec<(CandidateKind, String)> {
    let found = candidates(text, on, &policy());
    found.into_iter().map(|(kind, id, _)| (kind, id)).collect()
}

#[test]
fn an_agency_takes_claims_from_an_age_and_a_sum() {
    // 2024-03-31 is 90 days after 2024-01-01, and 30 after the last step.
    let text = through("1", "acme", "250.00");
    assert_eq!(kinds(&text, "2024-03-30"), []);
    assert_eq!(kinds(&text, "2024-03-31"), [(CandidateKind::Agency, "1".to_owned())]);
    assert_eq!(kinds(&through("1", "acme", "249.99"), "2024-03-31"), []);
    // Two claims of a customer reach the sum together.
    let two = through("1", "acme", "200.00") + &through("2", "acme", "50.00");
    assert_eq!(kinds(&two, "2024-03-31").len(), 2);
}

#[test]
fn the_days_after_the_last_step_are_kept() {
    let text = through("1", "acme", "250.00").replace("2024-03-01", "2024-03-20");
    // 14 days after 20 March.
    assert_eq!(kinds(&text, "2024-04-02"), []);
    assert_eq!(kinds(&text, "2024-04-03").len(), 1);
}

#[test]
fn a_court_is_for_large_sums_and_the_limitation_is_a_reason() {
    let text = through("1", "acme", "5000.00") + OTHERS;
    // 2024-04-30 is 120 days after 2024-01-01.
    assert_eq!(kinds(&text, "2024-04-29"), [(CandidateKind::Agency, "1".to_owned())]);
    let found = candidates(&text, "2024-04-30", &policy());
    assert_eq!(found[0].0, CandidateKind::Legal);
    assert_eq!(found[0].2, "120 days past due; 5000.00 EUR together, from 5000.00");
    let short = EscalationPolicy {
        limitation_days: 150,
        ..policy()
    };
    let found = candidates(&text, "2024-04-30", &short);
    assert!(found[0].2.ends_with("time-barred in 30 days"), "{}", found[0].2);
    let found = candidates(&text, "2024-05-31", &short);
    assert_eq!(found[0].0, CandidateKind::WriteOff);
    assert_eq!(found[0].2, "151 days past due; time-barred after 150 days");
}

#[test]
fn small_and_hopeless_claims_are_given_up() {
    // 2024-06-29 is 180 days after 2024-01-01.
    let small = candidates(&(through("1", "acme", "50.00") + OTHERS), "2024-06-29", &policy());
    assert_eq!(small[0].2, "180 days past due; small: at most 50.00 EUR");
    // Nobody ever paid anything later than this claim is: nothing can be expected.
    let paid_early = "invoice 90 zoe issued 2024-01-01 due 2024-02-01 500.00 EUR
                      payment 91 zoe on 2024-02-01 500.00 -> 90";
    let hopeless = candidates(&(through("1", "acme", "900.00") + paid_early), "2024-06-29", &policy());
    assert_eq!(
        hopeless[0].2,
        "180 days past due; not worth its cost: 0.00 expected, 25.00 to pursue it"
    );
    // Without a single payment nothing is said about recovery, and the claim goes to an agency.
    assert_eq!(
        kinds(&through("1", "acme", "900.00"), "2024-06-29"),
        [(CandidateKind::Agency, "1".to_owned())]
    );
}

#[test]
fn what_came_back_from_an_agency_is_not_placed_again() {
    let text = through("1", "acme", "900.00")
        + "placement k acme agency=north placed_on=2024-03-10 recalled_on=2024-05-01 -> 1";
    assert_eq!(kinds(&text, "2024-06-29"), []);
    // 2025-12-21 is 720 days after 2024-01-01.
    let found = candidates(&text, "2025-12-21", &policy());
    assert_eq!(found[0].2, "720 days past due; came back from north");
}

#[test]
fn a_bankrupt_customer_goes_past_the_ladder() {
    let text = "invoice 1 acme issued 2023-12-01 due 2024-01-01 900.00 EUR
                customer acme valid_from=2023-01-01 status=bankrupt";
    assert_eq!(kinds(text, "2024-06-28"), []);
    let found = candidates(text, "2024-06-29", &policy());
    assert_eq!(found[0].2, "180 days past due; customer bankrupt: file the claim first");
}

fn approvals(text: &str) -> Vec<String> {
    let ledger = ledger(text);
    let policy = policy();
    let made = escalation(&ledger, as_of("2024-04-10"), &policy).unwrap().value;
    made.candidates
        .iter()
        .map(|candidate| candidate.approval.clone())
        .collect()
}

#[test]
fn a_sum_is_approved_by_whoever_may_approve_all_of_it() {
    let claims = through("1", "acme", "300.00") + &through("2", "acme", "200.00");
    let with = |limits: &[(&str, &str)]| {
        let mut text = claims.clone() + "customer acme valid_from=2023-01-01 collector=ann\n";
        for (name, limit) in limits {
            text.push_str(&format!("collector {name} authority_limit={limit}\n"));
        }
        approvals(&text)
    };
    assert_eq!(with(&[("ann", "500.00"), ("bob", "900.00")]), ["ann", "ann"]);
    // Each claim alone would be within ann's limit, both together are not.
    assert_eq!(
        with(&[("ann", "499.99"), ("bob", "900.00"), ("cid", "800.00")]),
        ["cid", "cid"]
    );
    assert_eq!(with(&[("ann", "400.00")]), ["needs approval above 400.00"; 2]);
    assert_eq!(approvals(&claims), ["needs approval: no authority limits are known"; 2]);
}

#[test]
fn the_hand_off_says_what_is_owed_and_what_was_tried() {
    let text = through("1", "acme", "300.00")
        + "payment 7 acme on 2024-02-10 40.00 -> 1
           promise p acme made_on=2024-02-11 promised_on=2024-02-20 amount=100.00 -> 1
           customer acme valid_from=2023-01-01 name=Acme";
    let ledger = ledger(&text);
    let policy = policy();
    let made: Escalation<'_> = escalation(&ledger, as_of("2024-04-10"), &policy).unwrap().value;
    let tables = made.hand_off_tables();
    let rows: Vec<_> = tables.iter().map(|table| (table.name(), table.n_rows())).collect();
    assert_eq!(rows, [("write_off", 0), ("legal", 0), ("agency", 1)]);
    let cell = |column: &str| tables[2].column(column).unwrap().text(0);
    assert_eq!(
        (cell("amount"), cell("open"), cell("handed_over")),
        ("300.00".into(), "260.00".into(), "260.00".into())
    );
    assert_eq!(
        cell("steps"),
        "reminder on 2024-01-10; second on 2024-02-01; call on 2024-03-01"
    );
    assert_eq!(cell("promises"), "100.00 by 2024-02-20 broken");
    assert_eq!(
        (cell("last_payment"), cell("name")),
        ("40.00 on 2024-02-10".into(), "Acme".into())
    );
    let money: Total = made.candidates.iter().map(|candidate| candidate.item.free).sum();
    assert_eq!(money, total("260.00"));
}

#[test]
fn a_walk_over_past_days_counts_the_steps_it_would_have_taken() {
    let ledger = ledger("invoice 1 acme issued 2024-01-01 due 2024-02-01 500.00 EUR");
    let walked = simulate(&ledger, day("2024-02-01"), as_of("2024-05-10"), &policy()).unwrap();
    let table = walked.table(&policy());
    let rows: Vec<(String, String)> = (0..table.n_rows())
        .map(|row| {
            (
                table.column("month").unwrap().text(row),
                table.column("level").unwrap().text(row),
            )
        })
        .collect();
    // 6 February, 21 February, and 45 days after the due day, on 17 March.
    let rows: Vec<(&str, &str)> = rows
        .iter()
        .map(|(month, level)| (month.as_str(), level.as_str()))
        .collect();
    assert_eq!(rows, [("2024-02", "1"), ("2024-02", "2"), ("2024-03", "3")]);
    assert_eq!(walked.candidates.get(&CandidateKind::Agency), Some(&1));
}
