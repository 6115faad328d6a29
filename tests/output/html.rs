//! The report is one self-contained file, and nothing from data becomes markup.

use arrears::output::report::{Report, ReportError, Section};

use super::samples::{self, EVIL};

#[test]
fn names_from_data_stay_text() {
    let html = samples::report().html().unwrap();
    assert!(!html.contains(EVIL));
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"),
        "the table shows the name"
    );
    assert!(
        html.contains("invoice &lt;b&gt;118&lt;&#x2f;b&gt; is due"),
        "the finding shows its message"
    );
    assert_eq!(html.matches("<script").count(), 1, "only the report's own script");
    let hostile = Report {
        title: EVIL.to_owned(),
        subtitle: EVIL.to_owned(),
        facts: vec![(EVIL.to_owned(), EVIL.to_owned())],
        sections: vec![Section {
            id: format!("\"{EVIL}"),
            heading: EVIL.to_owned(),
            lead: EVIL.to_owned(),
            definitions: vec![(EVIL.to_owned(), EVIL.to_owned())],
            ..Section::default()
        }],
        ..Report::default()
    };
    assert_eq!(hostile.html().unwrap().matches("<script").count(), 1);
}

#[test]
fn the_file_loads_nothing_from_anywhere() {
    let html = samples::report().html().unwrap();
    let without_namespaces = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for loading in [
        "http:", "https:", "src=", "@import", "url(", "<link", "<img", "<iframe", "//cdn",
    ] {
        assert!(!without_namespaces.contains(loading), "found `{loading}`");
    }
    assert!(html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"));
}

#[test]
fn the_policy_allows_the_reports_own_script_and_no_other() {
    use sha2::Digest;
    let html = samples::report().html().unwrap();
    let (_, script) = html.split_once("<script>").unwrap();
    let (script, _) = script.split_once("</script>").unwrap();
    let (_, hash) = html.split_once("script-src 'sha256-").unwrap();
    let (hash, _) = hash.split_once('\'').unwrap();
    // Base 64 read back by its definition: six bits a digit.
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = hash
        .trim_end_matches('=')
        .chars()
        .map(|digit| format!("{:06b}", digits.find(digit).unwrap()))
        .collect();
    let bytes: Vec<u8> = (0..32)
        .map(|byte| u8::from_str_radix(&bits[8 * byte..8 * byte + 8], 2).unwrap())
        .collect();
    assert_eq!(hash.len(), 44);
    assert_eq!(bytes, sha2::Sha256::digest(script).to_vec());
    assert!(!html.contains("onclick") && !html.contains("onload"));
}

#[test]
fn every_number_of_a_table_is_there_without_script() {
    let html = samples::report().html().unwrap();
    assert_eq!(html.matches("<tr>").count(), (1 + 5) + (1 + 20));
    assert!(html.contains("<td class=\"number\" data-exact=\"6103451.23\">6,103,451.23</td>"));
    assert!(
        html.contains("<td class=\"number\" data-exact=\"\"></td>"),
        "a missing value is an empty cell"
    );
    assert!(html.contains("not available"), "a tile without a figure says so");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(samples::report().html().unwrap(), samples::report().html().unwrap());
}

#[test]
fn anchors_are_unique_and_reached_from_the_navigation() {
    let report = samples::report();
    let html = report.html().unwrap();
    for section in &report.sections {
        assert_eq!(html.matches(&format!("id=\"{}\"", section.id)).count(), 1);
        assert_eq!(html.matches(&format!("href=\"#{}\"", section.id)).count(), 1);
    }
    let twice = Report {
        sections: vec![report.sections[0].clone(), report.sections[0].clone()],
        ..Report::default()
    };
    assert!(matches!(twice.html(), Err(ReportError::SameId { id }) if id == "aging"));
}

#[test]
fn an_empty_report_is_still_a_page() {
    let html = Report::default().html().unwrap();
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>"));
}
