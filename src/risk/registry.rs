//! The registry: `models/<name>/v<version>/` with `model.json` and `card.md`, and which version is promoted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

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
        let json = serde_json::to_string_pretty(model).map_err(|error| RegistryError::Unreadable {
            path: place.clone(),
            message: error.to_string(),
        })?;
        let write = |name: &str, text: &str| {
            let path = beside.join(name);
            fs::write(&path, text).map_err(at(&path))
        };
        write("model.json", &(json + "\n"))?;
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

/// Loads a model from `models/NAME` (the promoted version), `models/NAME/v2` or `models/NAME/2`, and checks that it fits.
///
/// # Errors
/// There is none, it cannot be read, or its layout, unit or catalogue differ from this program's.
pub fn load(path: &Path) -> Result<Model, RegistryError> {
    let folder = version_folder(path)?;
    let file = folder.join("model.json");
    let text = fs::read_to_string(&file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => RegistryError::NoModel { path: path.to_owned() },
        _ => RegistryError::Io {
            path: file.clone(),
            source,
        },
    })?;
    let model: Model = serde_json::from_str(&text).map_err(|error| RegistryError::Unreadable {
        path: file.clone(),
        message: error.to_string(),
    })?;
    let fits = match model.label.target {
        Some(_) => model.check_itself(),
        None => model.check().map(|_| ()),
    };
    fits.map_err(|message| RegistryError::Mismatch { path: file, message })?;
    Ok(model)
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
