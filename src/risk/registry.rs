//! The registry: `models/<name>/v<version>/` with `model.json`, `card.md` and `manifest.json`, and which version is promoted.
//!
//! The manifest holds the hash of `model.json`: what was changed by hand is refused. Two small models come with the program
//! ([`embedded`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::embedded;
use super::model::Model;

/// File in a model's folder that names the promoted version.
const PROMOTED: &str = "promoted";

/// Why a model cannot be stored or loaded.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// No such model.
    #[error("no model in `{}`, expected a folder such as `models/NAME` or `models/NAME/v1` with a `model.json`", .path.display())]
    NoModel {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Several versions, none promoted.
    #[error("no version is promoted in `{}`: name one of {versions}, or promote one", .path.display())]
    NonePromoted {
        /// The model's folder.
        path: PathBuf,
        /// The versions there are.
        versions: String,
    },
    /// A file that cannot be read as a model.
    #[error("`{}` is no model of this program: {message}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was wrong with it.
        message: String,
    },
    /// A model that this program must not use.
    #[error("model `{}` does not fit this program: {message}", .path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// What differs.
        message: String,
    },
    /// A file that is not as it was stored.
    #[error("`{}` was changed after it was stored: its SHA-256 is {found}, the manifest says {expected}; train the model again, or restore the file", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Its hash.
        found: String,
        /// The hash it was stored with.
        expected: String,
    },
    /// A model without its manifest.
    #[error("`{}` has no `{MANIFEST}` beside it, so nothing says that it is as it was stored; train the model again", .path.display())]
    NoManifest {
        /// The model's file.
        path: PathBuf,
    },
    /// The file system.
    #[error("`{}`: {source}", .path.display())]
    Io {
        /// The path at fault.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
}

/// File with the hash of the model.
const MANIFEST: &str = "manifest.json";

/// What a stored version is checked against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    model: String,
    program: String,
    /// SHA-256 of `model.json`.
    sha256: String,
}

/// A stored model with what it is stored as.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The model.
    pub model: Model,
    /// Its file, byte for byte.
    pub text: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Version of the program that stored it.
    pub program: String,
    /// Folder of the version; of a model that comes with the program, its name.
    pub folder: PathBuf,
}

/// Returns a model as it is written to its file.
///
/// # Errors
/// A number that JSON cannot hold.
pub fn to_json(model: &Model) -> Result<String, RegistryError> {
    let json = serde_json::to_string_pretty(model).map_err(|error| RegistryError::Unreadable {
        path: PathBuf::from(model.id()),
        message: error.to_string(),
    })?;
    Ok(json + "\n")
}

fn sha256(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Stores a model as the next version of its name and returns its folder; the model gets the version.
///
/// Written beside and renamed into place: a crash leaves the whole version or none. The first version of a name is promoted.
///
/// # Errors
/// The folder cannot be written.
pub fn store(models: &Path, model: &mut Model) -> Result<PathBuf, RegistryError> {
    let folder = models.join(&model.name);
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| RegistryError::Io { path, source }
    };
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    loop {
        let version = versions(&folder)?.last().map_or(1, |last| last + 1);
        model.version = version;
        let place = folder.join(format!("v{version}"));
        let beside = folder.join(format!(".v{version}.{}", std::process::id()));
        fs::create_dir_all(&beside).map_err(at(&beside))?;
        let json = to_json(model)?;
        let manifest = Manifest {
            model: model.id(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            sha256: sha256(&json),
        };
        let manifest = serde_json::to_string_pretty(&manifest).expect("three words always have a JSON form");
        let write = |name: &str, text: &str| {
            let path = beside.join(name);
            fs::write(&path, text).map_err(at(&path))
        };
        write("model.json", &json)?;
        write(MANIFEST, &(manifest + "\n"))?;
        write("card.md", &model.card())?;
        match fs::rename(&beside, &place) {
            Ok(()) => {
                if version == 1 {
                    promote(models, &model.name, 1)?;
                }
                return Ok(place);
            }
            Err(source) => {
                fs::remove_dir_all(&beside).map_err(at(&beside))?;
                // Another process took the version in the meantime: try the next one.
                if !place.exists() {
                    return Err(RegistryError::Io { path: place, source });
                }
            }
        }
    }
}

/// Makes a version the one that is loaded where none is named.
///
/// # Errors
/// There is no such version, or the pointer cannot be written.
pub fn promote(models: &Path, name: &str, version: u32) -> Result<(), RegistryError> {
    let folder = models.join(name);
    let place = folder.join(format!("v{version}"));
    if !place.join("model.json").is_file() {
        return Err(RegistryError::NoModel { path: place });
    }
    let (pointer, beside) = (
        folder.join(PROMOTED),
        folder.join(format!(".{PROMOTED}.{}", std::process::id())),
    );
    fs::write(&beside, format!("v{version}\n"))
        .and_then(|()| fs::rename(&beside, &pointer))
        .map_err(|source| RegistryError::Io { path: pointer, source })
}

/// Loads a model from `models/NAME` (the promoted version), `models/NAME/v2` or `models/NAME/2`, or one that comes with the program by
/// its name alone, and checks that it is as it was stored and fits.
///
/// # Errors
/// There is none, it cannot be read, it was changed, or its layout, unit or catalogue differ from this program's.
pub fn load(path: &Path) -> Result<Model, RegistryError> {
    Ok(open(path)?.model)
}

/// Loads a model with what it is stored as.
///
/// # Errors
/// As [`load`].
pub fn open(path: &Path) -> Result<Loaded, RegistryError> {
    if !path.exists()
        && let Some((model, manifest)) = path.to_str().and_then(embedded::files)
    {
        return read(path.to_owned(), path, model.to_owned(), manifest);
    }
    let folder = version_folder(path)?;
    let file = folder.join("model.json");
    let text = fs::read_to_string(&file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => RegistryError::NoModel { path: path.to_owned() },
        _ => RegistryError::Io {
            path: file.clone(),
            source,
        },
    })?;
    let manifest = fs::read_to_string(folder.join(MANIFEST)).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => RegistryError::NoManifest { path: file.clone() },
        _ => RegistryError::Io {
            path: folder.join(MANIFEST),
            source,
        },
    })?;
    read(folder, &file, text, &manifest)
}

fn read(folder: PathBuf, file: &Path, text: String, manifest: &str) -> Result<Loaded, RegistryError> {
    let unreadable = |error: serde_json::Error| RegistryError::Unreadable {
        path: file.to_owned(),
        message: error.to_string(),
    };
    let manifest: Manifest = serde_json::from_str(manifest).map_err(unreadable)?;
    let found = sha256(&text);
    if found != manifest.sha256 {
        return Err(RegistryError::Changed {
            path: file.to_owned(),
            found,
            expected: manifest.sha256,
        });
    }
    let model: Model = serde_json::from_str(&text).map_err(unreadable)?;
    let fits = match model.label.target {
        Some(_) => model.check_itself(),
        None => model.check().map(|_| ()),
    };
    fits.map_err(|message| RegistryError::Mismatch {
        path: file.to_owned(),
        message,
    })?;
    Ok(Loaded {
        model,
        text,
        sha256: manifest.sha256,
        program: manifest.program,
        folder,
    })
}

/// One stored version of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its folder, as [`load`] takes it.
    pub path: PathBuf,
    /// Name of the model.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Whether it is the one that is loaded where none is named.
    pub is_promoted: bool,
}

/// Returns every stored version under a folder of models, by name and version; empty where there is none.
///
/// # Errors
/// The folder cannot be read.
pub fn list(models: &Path) -> Result<Vec<Stored>, RegistryError> {
    let at = |source| RegistryError::Io {
        path: models.to_owned(),
        source,
    };
    let entries = match fs::read_dir(models) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(at)?,
    };
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| Ok(entry.map_err(at)?.path()))
        .collect::<Result<_, RegistryError>>()?;
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    let mut stored = Vec::new();
    for folder in folders {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let promoted = fs::read_to_string(folder.join(PROMOTED)).unwrap_or_default();
        for version in versions(&folder)? {
            stored.push(Stored {
                path: folder.join(format!("v{version}")),
                name: name.to_owned(),
                version,
                is_promoted: promoted.trim() == format!("v{version}"),
            });
        }
    }
    Ok(stored)
}

/// Returns the stored versions of a model, ascending; empty where there is none.
///
/// # Errors
/// The folder cannot be read.
pub fn versions(folder: &Path) -> Result<Vec<u32>, RegistryError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|source| RegistryError::Io {
            path: folder.to_owned(),
            source,
        })?,
    };
    let mut versions: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix('v')?.parse().ok())
        .collect();
    versions.sort_unstable();
    Ok(versions)
}

fn version_folder(path: &Path) -> Result<PathBuf, RegistryError> {
    if path.join("model.json").is_file() {
        return Ok(path.to_owned());
    }
    // `NAME/2` stands for `NAME/v2`.
    if let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) {
        let versioned = parent.join(format!("v{name}"));
        if name.parse::<u32>().is_ok() && versioned.join("model.json").is_file() {
            return Ok(versioned);
        }
    }
    if let Ok(version) = fs::read_to_string(path.join(PROMOTED)) {
        return Ok(path.join(version.trim()));
    }
    let versions = versions(path)?;
    match versions.as_slice() {
        [] => Err(RegistryError::NoModel { path: path.to_owned() }),
        [only] => Ok(path.join(format!("v{only}"))),
        several => Err(RegistryError::NonePromoted {
            path: path.to_owned(),
            versions: several
                .iter()
                .map(|version| format!("`v{version}`"))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}
