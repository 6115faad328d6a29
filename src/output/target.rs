//! Where a result goes: a writer, a file that appears only when it is complete, or a folder of such files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Format, OutputError};

/// Where a result goes.
pub enum Target<'a> {
    /// Standard output, or a buffer.
    Writer(&'a mut dyn Write),
    /// A file.
    File(NewFile),
    /// A folder that gets one file for each table.
    Folder(NewFolder),
}

impl Target<'_> {
    /// Tries a path before the long work: opens the file beside its destination, or the folder where the path ends with a slash.
    ///
    /// # Errors
    /// The path is a directory without a slash at the end, its folder is missing, or the operating system refuses to write there.
    pub fn prepare(path: &Path) -> Result<Target<'static>, OutputError> {
        if path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]) {
            NewFolder::open(path).map(Target::Folder)
        } else {
            NewFile::open(path).map(Target::File)
        }
    }
}

/// A file in the making, under a temporary name beside its destination.
///
/// [`NewFile::finish`] gives it its name in one step; dropped before that, it leaves what stood there untouched.
#[derive(Debug)]
pub struct NewFile {
    destination: PathBuf,
    // The temporary name; `None` for a device, which is written directly and never replaced.
    temporary: Option<PathBuf>,
    writer: BufWriter<File>,
}

impl NewFile {
    /// Opens the file under its temporary name.
    ///
    /// A link is followed, so that it stays a link; a device such as `/dev/null` is written directly.
    ///
    /// # Errors
    /// The path is a directory, its folder is missing, or the operating system refuses.
    pub fn open(path: &Path) -> Result<NewFile, OutputError> {
        if path.is_dir() {
            return Err(OutputError::IsDirectory { path: path.to_owned() });
        }
        if path.exists() && !path.is_file() {
            let device = OpenOptions::new().write(true).open(path);
            return Ok(NewFile {
                destination: path.to_owned(),
                temporary: None,
                writer: BufWriter::new(device.map_err(|source| refused(path, source))?),
            });
        }
        let destination = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let parent = match destination.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        if !parent.is_dir() {
            return Err(OutputError::ParentMissing { parent });
        }
        let temporary = parent.join(temporary_name(&destination));
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary);
        Ok(NewFile {
            writer: BufWriter::new(file.map_err(|source| refused(path, source))?),
            destination,
            temporary: Some(temporary),
        })
    }

    /// Returns the path under which the file will appear.
    pub fn path(&self) -> &Path {
        &self.destination
    }

    /// Returns a second handle of the file under its temporary name, for a writer that keeps it; both share one position.
    pub(super) fn handle(&self) -> io::Result<File> {
        self.writer.get_ref().try_clone()
    }

    /// Writes the content with a function that knows nothing of the file.
    ///
    /// # Errors
    /// What the function returns, with the path.
    pub fn fill(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
        write(&mut self.writer).map_err(|source| refused(&self.destination, source))
    }

    /// Stores all bytes and gives the file its name.
    ///
    /// # Errors
    /// The operating system refuses; what stood under the name is then untouched.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.store().map_err(|source| refused(&self.destination, source))
    }

    fn store(&mut self) -> io::Result<()> {
        self.writer.flush()?;
        if let Some(temporary) = &self.temporary {
            self.writer.get_ref().sync_all()?;
            fs::rename(temporary, &self.destination)?;
            self.temporary = None;
        }
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nobody is left to tell; the half-written file is ours and carries a name of its own.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A folder that gets one file for each table of a result.
#[derive(Debug)]
pub struct NewFolder {
    path: PathBuf,
}

impl NewFolder {
    /// Opens a folder, creating it where it is missing.
    ///
    /// # Errors
    /// A file stands there, the folder above is missing, or the operating system refuses.
    pub fn open(path: &Path) -> Result<NewFolder, OutputError> {
        if !path.is_dir() {
            fs::create_dir(path).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => OutputError::ParentMissing {
                    parent: path.parent().unwrap_or(path).to_owned(),
                },
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                    OutputError::NotADirectory { path: path.to_owned() }
                }
                _ => refused(path, source),
            })?;
        }
        Ok(NewFolder { path: path.to_owned() })
    }

    /// Opens the file of one table.
    ///
    /// # Errors
    /// As [`NewFile::open`].
    pub fn file(&self, table: &str, format: Format) -> Result<NewFile, OutputError> {
        NewFile::open(&self.path.join(format!("{table}.{}", format.ending())))
    }
}

pub(super) fn refused(path: &Path, source: io::Error) -> OutputError {
    OutputError::Write {
        to: path.display().to_string(),
        source,
    }
}

/// Two runs, or two files of one run, never share a temporary name.
fn temporary_name(destination: &Path) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!(
        ".{}.{}-{}.part",
        destination
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default(),
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}
