//! `arrears config`: the settings and what they mean.

use std::io::Write;

use super::Exit;
use crate::config::DEFAULT;

/// Prints the built-in settings: complete, commented, ready to be copied and changed.
pub(super) fn run() -> anyhow::Result<Exit> {
    std::io::stdout().lock().write_all(DEFAULT.as_bytes())?;
    Ok(Exit::Fine)
}
