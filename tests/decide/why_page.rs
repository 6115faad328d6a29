//! The page about one customer says what the verbs say of it, and nothing twice.

use arrears::calendar::AsOf;
use arrears::config::Config;
use arrears::decide::{
    BaseRates, CustomerPage, PageParams, Place, WorklistPolicy, customer_page, holds, invoice_page, near_ids, worklist,
};
use arrears::forecast::{forecast, forecast_customer};
use arrears::ids::DocumentIx;
use arrears::ledger::Ledger;
use arrears::money::Total;
use arrears::outcome::Checked;
use arrears::table::Table;

use super::as_of;
use crate::support::{day, ledger, total};

const ACME: &str = "
    customer acme valid_from=2023-01-01 name=Acme segment=retail payment_terms_days=30 limit_kind=amount credit_limit=2000.00 currency=EUR
    customer bolt valid_from=2023-01-01 name=Bolt parent_id=acme
    customer cato valid_from=2023-01-01 name=Cato status=bankrupt
    invoice 1 acme issued 2024-01-01 due 2024-01-31 1000.00 EUR
    payment p acme on 2024-02-10 200.00 -> 1
    invoice 2 acme issued 2024-03-01 due 2024-04-15 500.00 EUR
    payment u acme on 2024-03-05 50.00 EUR
    dispute d acme opened_on=2024-02-20 amount=100.00 reason=price -> 1
    promise q acme made_on=2024-03-25 promised_on=2024-04-05 amount=300.00 -> 2
    contact k acme contacted_on=2024-03-20 channel=phone reached=true
    order o acme ordered_on=2024-03-20 amount=120.00 currency=EUR
    invoice 3 bolt issued 2023-11-01 due 2023-12-01 70.00 EUR
    payment r bolt on 2023-12-11 70.00 -> 3
    invoice 4 cato issued 2024-01-01 due 2024-01-31 40.00 EUR";

fn page_with(ledger: &Ledger, id: &str, on: AsOf, config: &Config, n_items: usize) -> Checked<CustomerPage> {
    let params = PageParams {
        aging: &config.aging,
        worklist: &config.worklist,
        holds: &config.holds,
        escalation: &config.escalation,
        forecast: &config.forecast,
        n_items,
        weeks_per_period: 4,
        with_rank: true,
    };
    let rates = BaseRates::of(ledger, None).unwrap();
    let customer = ledger.find_customer(id).unwrap();
    customer_page(ledger, on, customer, (None, &rates), &params).unwrap()
}

fn page(id: &str) -> CustomerPage {
    page_with(&ledger(ACME), id, as_of("2024-04-01"), &Config::built_in(), 12).value
}

fn said(page: &CustomerPage, what: &str) -> Option<String> {
    let found = page.who.iter().find(|(name, _)| *name == what);
    found.unwrap_or_else(|| panic!("no `{what}`")).1.clone()
}

fn cell(table: &Table, what: &str) -> String {
    let names = table.texts("what").unwrap();
    let row = names.iter().position(|name| name.as_deref() == Some(what));
    table.texts("value").unwrap()[row.unwrap_or_else(|| panic!("no `{what}`"))]
        .clone()
        .unwrap()
}

fn table(page: &CustomerPage, name: &str) -> Option<Table> {
    page.tables(Vec::new()).into_iter().find(|table| table.name() == name)
}

#[test]
fn the_balance_is_that_of_the_ledger_and_of_the_items() {
    let page = page("acme");
    let [account] = page.accounts.as_slice() else {
        panic!("one currency")
    };
    // 1000 - 200 stand 61 days past due, 500 are not due, 50 are not applied.
    assert_eq!(account.claims(), total("1300.00"));
    assert_eq!(account.balance(), total("1250.00"));
    assert_eq!(account.control, total("1250.00"));
    assert_eq!((account.disputed, account.promised), (total("100.00"), total("300.00")));
    let old = account.by_age.iter().find(|(age, _)| age == "61-90 days past due");
    assert_eq!(old.unwrap().1, total("800.00"));
    let items: Total = page.items.iter().map(|item| item.open).sum();
    assert_eq!(items + account.unapplied, account.control);
    let exposure = page.exposure.unwrap();
    assert_eq!(exposure.exposure, total("1370.00")); // 1300 - 50 + 120 - 0
    assert_eq!(exposure.unbilled_orders, Some(total("120.00")));
}

#[test]
fn who_it_is_stands_on_top() {
    let acme = page("acme");
    assert_eq!(said(&acme, "name").as_deref(), Some("Acme"));
    assert_eq!(said(&acme, "group").as_deref(), Some("acme (Acme), 2 companies"));
    assert_eq!(said(&acme, "credit_limit").as_deref(), Some("2000.00 EUR"));
    // 30 days from January 1, 45 from March 1: of terms as frequent as others the shortest.
    assert_eq!(
        said(&acme, "terms").as_deref(),
        Some("30 days agreed, invoices mostly 30 days (1 of 2)")
    );
    assert_eq!(said(&page("cato"), "group").as_deref(), Some("stands alone"));
    assert_eq!(said(&page("cato"), "status").as_deref(), Some("bankrupt"));
    assert_eq!(said(&page("cato"), "credit_limit"), None);
}

#[test]
fn the_largest_items_are_listed_the_oldest_first() {
    let text = "
        invoice 1 acme issued 2024-01-01 due 2024-01-31 10.00 EUR
        invoice 2 acme issued 2024-01-01 due 2024-03-01 500.00 EUR
        invoice 3 acme issued 2024-01-01 due 2024-02-01 300.00 EUR";
    let page = page_with(&ledger(text), "acme", as_of("2024-04-01"), &Config::built_in(), 2).value;
    let listed: Vec<&str> = page.items.iter().map(|item| item.invoice_id.as_str()).collect();
    assert_eq!((listed, page.n_items), (vec!["3", "2"], 3));
    let items = table(&page, "items").unwrap();
    assert!(items.notes.contains(&(
        "items".to_owned(),
        "the 2 largest of 3, the oldest due day first".to_owned()
    )));
}

#[test]
fn behaviour_is_days_late_and_money_late_of_what_was_settled() {
    let text = "
        invoice 1 acme issued 2024-02-01 due 2024-03-01 100.00 EUR
        payment a acme on 2024-03-11 100.00 -> 1
        invoice 2 acme issued 2024-02-01 due 2024-03-20 300.00 EUR
        payment b acme on 2024-03-18 300.00 -> 2
        invoice 3 acme issued 2023-07-01 due 2023-08-01 50.00 EUR
        payment c acme on 2023-08-31 50.00 -> 3
        invoice 4 acme issued 2024-02-01 due 2024-02-02 900.00 EUR";
    let behaviour = page_with(&ledger(text), "acme", as_of("2024-04-01"), &Config::built_in(), 12)
        .value
        .behaviour;
    let lately = &behaviour.lately;
    assert_eq!(lately.n_settled, 2);
    assert_eq!(lately.days_late, Some((10.0 - 2.0) / 2.0));
    assert_eq!(lately.days_late_by_money, Some((100.0 * 10.0 - 300.0 * 2.0) / 400.0));
    assert_eq!(lately.share_late, Some(1.0 / 2.0));
    assert_eq!(lately.share_of_money_late, Some(100.0 / 400.0));
    assert_eq!(behaviour.before.days_late, Some(30.0)); // August 1 to 31
    assert_eq!(behaviour.trend(), Some(4.0 - 30.0));
    assert_eq!(behaviour.year.n_settled, 3);
    // What is open is no part of it, and nothing settled is no zero.
    let quiet = page("cato").behaviour;
    assert_eq!(
        (quiet.ever.n_settled, quiet.ever.days_late, quiet.trend()),
        (0, None, None)
    );
}

#[test]
fn place_and_rules_are_those_of_the_verbs() {
    let (ledger, on) = (ledger(ACME), as_of("2024-04-01"));
    let acme = page("acme");
    let rates = BaseRates::of(&ledger, None).unwrap();
    let listed = worklist(&ledger, on, None, &rates, &WorklistPolicy::default())
        .unwrap()
        .value;
    let Some(Place::Listed { rank, n_lines, line }) = &acme.place else {
        panic!("{:?}", acme.place)
    };
    assert_eq!((*rank, *n_lines), (1, listed.lines.len()));
    assert_eq!(cell(line, "rank"), "1 of 1");
    assert_eq!(cell(line, "value"), listed.lines[0].value.to_string());
    // 800 - 100 disputed - 50 unapplied, and 200 of 500 that are not promised fall due on April 15, inside 14 days.
    assert_eq!(listed.lines[0].collectable, total("850.00"));
    assert!(cell(line, "value_made_up").starts_with("850.00 collectable x "));
    let held = holds(&ledger, on, None, &rates, &Config::built_in().holds)
        .unwrap()
        .value;
    let hold = table(&acme, "hold").unwrap();
    let own = held.table();
    let position = own
        .texts("customer_id")
        .unwrap()
        .iter()
        .position(|id| id.as_deref() == Some("acme"));
    assert_eq!(
        Some(cell(&hold, "recommendation")),
        own.texts("recommendation").unwrap()[position.unwrap()]
    );
    let rules = table(&acme, "hold_rules").unwrap();
    assert_eq!(rules.n_rows(), held.lines[position.unwrap()].rules.len());
    let cato = page("cato");
    assert!(
        matches!(&cato.place, Some(Place::LeftAlone { reason, .. }) if reason == "status bankrupt"),
        "{:?}",
        cato.place
    );
}

#[test]
fn a_customer_with_nothing_open_has_a_page() {
    let bolt = page("bolt");
    assert!(bolt.items.is_empty() && bolt.accounts.is_empty());
    assert_eq!(bolt.place, Some(Place::NothingOpen));
    assert_eq!(bolt.behaviour.ever.days_late, Some(10.0));
    assert!(table(&bolt, "forecast").is_none());
    let balance = table(&bolt, "balance").unwrap();
    assert!(
        balance
            .notes
            .contains(&("tie_out".to_owned(), "nothing open".to_owned()))
    );
}

#[test]
fn several_currencies_without_rates_leave_only_the_decisions_out() {
    let text = "
        invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
        invoice 2 acme issued 2024-01-01 due 2024-02-10 30.00 USD
        invoice 3 acme issued 2023-10-01 due 2023-11-01 30.00 USD
        payment c acme on 2023-11-11 30.00 -> 3";
    let Checked {
        value: page, caveats, ..
    } = page_with(&ledger(text), "acme", as_of("2024-04-01"), &Config::built_in(), 12);
    let balances: Vec<(String, Total)> = page
        .accounts
        .iter()
        .map(|account| (account.currency.to_string(), account.balance()))
        .collect();
    assert_eq!(
        balances,
        [("EUR".to_owned(), total("100.00")), ("USD".to_owned(), total("30.00"))]
    );
    assert!(page.place.is_none() && page.exposure.is_none());
    assert_eq!(
        (page.behaviour.ever.days_late, page.behaviour.ever.days_late_by_money),
        (Some(10.0), None)
    );
    assert!(
        caveats
            .iter()
            .any(|caveat| caveat.0.starts_with("worklist and holds are not available"))
    );
}

#[test]
fn the_forecast_of_a_customer_is_its_part_of_the_forecast() {
    let (ledger, on) = (ledger(ACME), as_of("2024-04-01"));
    let params = Config::built_in().forecast;
    let all = forecast(&ledger, on, &params).unwrap().value;
    let mut items = Vec::new();
    let mut open = Total::ZERO;
    for customer in ledger.customers() {
        let own = forecast_customer(&ledger, on, customer, 1, &params).unwrap().value;
        items.extend(own.items);
        open += own.currencies.iter().map(|of| of.open_receivables).sum::<Total>();
    }
    assert_eq!(items, all.items);
    assert_eq!(open, all.currencies.iter().map(|of| of.open_receivables).sum());
}

#[test]
fn what_happened_last_comes_first() {
    let events = page("acme").events;
    let told: Vec<(String, &str, &str)> = events
        .iter()
        .map(|event| (event.on.to_string(), event.event, event.what.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("2024-03-25".to_owned(), "promise", "for 2024-04-05: open, 0.00 came"),
            ("2024-03-20".to_owned(), "contact", "phone, reached"),
            ("2024-03-05".to_owned(), "payment", "on 1 item"),
            ("2024-02-20".to_owned(), "dispute", "price, open"),
            ("2024-02-10".to_owned(), "payment", "on 1 item"),
        ]
    );
}

#[test]
fn nothing_on_the_page_is_later_than_its_day() {
    let later = format!(
        "{ACME}
        payment x acme on 2024-04-02 500.00 -> 2
        contact y acme contacted_on=2024-04-03 reached=false
        invoice 9 acme issued 2024-04-02 due 2024-05-02 80.00 EUR"
    );
    let (on, config) = (as_of("2024-04-01"), Config::built_in());
    let (before, after) = (ledger(ACME), ledger(&later));
    let page = |ledger: &Ledger| page_with(ledger, "acme", on, &config, 12).value.tables(Vec::new());
    assert_eq!(page(&before), page(&after));
}

#[test]
fn an_invoice_has_its_own_facts() {
    let ledger = ledger(ACME);
    let config = Config::built_in();
    let params = PageParams {
        aging: &config.aging,
        worklist: &config.worklist,
        holds: &config.holds,
        escalation: &config.escalation,
        forecast: &config.forecast,
        n_items: 12,
        weeks_per_period: 4,
        with_rank: false,
    };
    let acme = ledger.find_customer("acme").unwrap();
    let page = |position: u32| {
        let document = DocumentIx(ledger.documents().range(acme).start as u32 + position);
        invoice_page(&ledger, as_of("2024-04-01"), (acme, document), &params)
            .unwrap()
            .value
    };
    let first = page(0).unwrap();
    assert_eq!(
        (first.item.invoice_id.as_str(), first.item.open),
        ("1", total("800.00"))
    );
    let told: Vec<&str> = first.events.iter().map(|event| event.event).collect();
    assert_eq!(told, ["dispute", "payment"]);
    assert_eq!(page(1).unwrap().events[0].event, "promise");
    assert_eq!(first.tables()[0].name(), "invoice");
    let before = invoice_page(
        &ledger,
        AsOf(day("2024-01-15")),
        (acme, DocumentIx(ledger.documents().range(acme).start as u32 + 1)),
        &params,
    );
    assert!(before.unwrap().value.is_none(), "not issued yet");
}

#[test]
fn ids_near_to_one_that_nobody_has_are_found() {
    let ledger = ledger(
        "customer C00034 name=Acme\ncustomer C00340 name=Bolt\ncustomer D1 name=Cato
         invoice 1 C00034 issued 2024-01-01 10.00 EUR\ninvoice 2 C00340 issued 2024-01-01 10.00 EUR\ninvoice 3 D1 issued 2024-01-01 10.00 EUR",
    );
    let near = |id: &str| near_ids(&ledger, as_of("2025-01-01"), id);
    assert_eq!(near("c00034"), ["C00034", "C00340"]);
    assert_eq!(near("0340"), ["C00340"]);
    assert_eq!(near("acme"), ["C00034"]);
    assert!(near("nobody").is_empty());
    assert!(near("D").is_empty());
}
