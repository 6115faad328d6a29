//! Talk with the person at the terminal: findings, caveats, progress and errors, all on stderr.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::outcome::{Caveat, Checked, Issues};

/// The terminal's stderr, or silence.
#[derive(Debug)]
pub struct Ui {
    quiet: bool,
    asked: String,
}

impl Ui {
    /// Builds the talk of one run.
    pub fn new(quiet: bool) -> Ui {
        Ui {
            quiet,
            asked: String::new(),
        }
    }

    /// Takes note of what was asked.
    pub(super) fn ask(&mut self, line: String) {
        self.asked = line;
    }

    /// Returns what was asked: the verb and its own arguments.
    pub(super) fn asked(&self) -> &str {
        &self.asked
    }

    /// Says one line.
    pub fn say(&mut self, line: &str) {
        if !self.quiet {
            // Talk that nobody hears must not end the work.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }

    /// Lists what was found about the data: the first few of each code, then the counts.
    pub fn issues(&mut self, issues: &Issues) {
        if issues.is_empty() {
            return;
        }
        for (code, count) in issues.counts() {
            let mut examples = issues.examples().iter().filter(|issue| issue.code == *code);
            if let Some(example) = examples.next() {
                self.say(&example.to_string());
            }
            if *count > 1 {
                self.say(&format!("  {} more of issue[{code}]", count - 1));
            }
        }
    }

    /// Lists limits on how to read the result.
    pub fn caveats(&mut self, caveats: &[Caveat]) {
        for caveat in caveats {
            self.say(&caveat.to_string());
        }
    }

    /// Says what travels with a result and hands out the result.
    pub fn unpack<T>(&mut self, checked: Checked<T>) -> T {
        self.issues(&checked.issues);
        self.caveats(&checked.caveats);
        checked.value
    }

    /// Says why the run failed, with every cause below it.
    pub fn error(&mut self, error: &anyhow::Error) {
        let mut text = format!("error: {error}");
        for cause in error.chain().skip(1) {
            text.push_str(&format!("\n  because: {cause}"));
        }
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Shows a bar that fills while `done` of `in all` is reported, on a terminal only.
    pub fn bar(&self, what: &str) -> ProgressBar {
        self.progress(what, "{spinner} {msg} {wide_bar} {percent}% {elapsed}")
    }

    /// Shows a moving sign while something takes long, on a terminal only.
    pub fn spinner(&self, what: &str) -> ProgressBar {
        self.progress(what, "{spinner} {msg} {elapsed}")
    }

    fn progress(&self, what: &str, template: &str) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        // One step that is not done: a bar of none would begin with all of it done.
        let bar = ProgressBar::new(1).with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_secs(1));
        bar
    }
}
