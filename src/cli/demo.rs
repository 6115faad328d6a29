//! `arrears demo`: the whole job on a small made-up ledger, through the public verbs alone.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Parser};

use super::{Cli, Exit, Ui, asked, run as run_verb};
use crate::generate::embedded;

/// Arguments of `arrears demo`.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Folder for everything the demo writes; an earlier demo's folder is replaced, any other is left alone.
    #[arg(long, value_name = "DIR", default_value = "arrears-demo")]
    out: PathBuf,
}

/// What a user would type, one line per question; `OUT` stands for the folder and `DAY` for the as-of day.
const LINES: &[&str] = &[
    "import --ledger OUT/ledger --quarantine OUT/quarantine.csv -o OUT/import.json FILES",
    "check --ledger OUT/ledger -o OUT/check.json",
    "aging --ledger OUT/ledger --as-of DAY --by region",
    "aging --ledger OUT/ledger --as-of DAY --by customer -o OUT/aging-by-customer.csv",
    "flow --ledger OUT/ledger --as-of DAY -o OUT/flow.csv",
    "roll-rates --ledger OUT/ledger --as-of DAY -o OUT/roll-rates.csv",
    "cohorts --ledger OUT/ledger --as-of DAY -o OUT/cohorts.csv",
    "dso --ledger OUT/ledger --as-of DAY",
    "train --ledger OUT/ledger --as-of DAY --unit customer --days-late 30 --name customers --models OUT/models",
    "train --ledger OUT/ledger --as-of DAY --unit invoice --days-late 15 --name invoices --models OUT/models",
    "score --ledger OUT/ledger --as-of DAY --unit invoice --model OUT/models/invoices -o OUT/scores-invoices.csv",
    "score --ledger OUT/ledger --as-of DAY --unit customer --model OUT/models/customers -o OUT/scores-customers.csv",
    "worklist --ledger OUT/ledger --as-of DAY --model OUT/models/customers",
    "holds --ledger OUT/ledger --as-of DAY --model OUT/models/customers -o OUT/holds.csv",
    "forecast --ledger OUT/ledger --as-of DAY -o OUT/forecast.csv",
    "report --ledger OUT/ledger --as-of DAY --model OUT/models/customers -o OUT/report.html",
];

pub(super) fn run(args: &DemoArgs, ui: &mut Ui) -> anyhow::Result<Exit> {
    let exports = args.out.join("export");
    clear(&args.out)?;
    std::fs::create_dir_all(&exports).with_context(|| format!("cannot create {}", exports.display()))?;
    let mut files = Vec::new();
    for (name, text) in embedded::demo_files() {
        let path = exports.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        files.push(path);
    }
    ui.say(&format!(
        "a small made-up company exported {} files into {}",
        files.len(),
        exports.display()
    ));
    for line in LINES {
        let words = words_of(line, &args.out, &files);
        ui.say(&format!("\n$ arrears {}", shown(line, &args.out)));
        let words: Vec<OsString> = std::iter::once("arrears".into())
            .chain(words.into_iter().map(OsString::from))
            .collect();
        let cli = Cli::try_parse_from(&words)?;
        ui.ask(asked::line(&words));
        let exit = run_verb(cli, ui)?;
        if exit == Exit::Findings {
            ui.say("(findings above the limit: this line alone would exit with 1)");
        }
    }
    ui.say(&format!(
        "\nall of it is in {}; open {} first",
        args.out.display(),
        args.out.join("report.html").display()
    ));
    Ok(Exit::Fine)
}

/// Marks a folder as the demo's own.
const MARK: &str = ".arrears-demo";

/// Empties a folder that an earlier demo made, and refuses one that holds anything else.
fn clear(out: &Path) -> anyhow::Result<()> {
    let is_empty = std::fs::read_dir(out).map_or(true, |mut files| files.next().is_none());
    if !is_empty && !out.join(MARK).exists() {
        bail!(
            "{} holds files that no demo made; name a new folder with --out",
            out.display()
        );
    }
    if !is_empty {
        std::fs::remove_dir_all(out).with_context(|| format!("cannot replace {}", out.display()))?;
    }
    std::fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    std::fs::write(out.join(MARK), "").with_context(|| format!("cannot write into {}", out.display()))
}

fn words_of(line: &str, out: &Path, files: &[PathBuf]) -> Vec<String> {
    let day = embedded::demo_as_of().to_string();
    line.split(' ')
        .flat_map(|word| match word {
            "FILES" => files.iter().map(|file| file.display().to_string()).collect(),
            "DAY" => vec![day.clone()],
            word => vec![match word.strip_prefix("OUT/") {
                Some(rest) => out.join(rest).display().to_string(),
                None => word.to_owned(),
            }],
        })
        .collect()
}

fn shown(line: &str, out: &Path) -> String {
    let folder = out.display().to_string();
    line.replace("FILES", "OUT/export/*.csv")
        .replace("OUT", &folder)
        .replace("DAY", &embedded::demo_as_of().to_string())
}
