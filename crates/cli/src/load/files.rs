//! The files that a word of the command line stands for, and what is said where there is none.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use netmodel::formats;

use super::preset::PRESET;
use crate::Error;

/// The most bytes of what is no plain file, a pipe or a device: it is kept in memory.
const MAX_PIPED: u64 = 256 << 20;

/// The first bytes of a file, more than formats are recognised by; or all of them, unless these say that it is no trace.
pub(crate) fn head(path: &Path, all: bool) -> Result<Vec<u8>, Error> {
    let failed = |e: std::io::Error| Error::read(path.display(), e);
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path).map_err(failed)?;
    file.by_ref().take(16_384).read_to_end(&mut bytes).map_err(failed)?;
    if all && bytes.len() == 16_384 {
        if !formats::is_packed(&bytes) && bytes.iter().all(|b| *b == 0) {
            return Err(Error::input(path.display(), "begins with 16384 zeros, expected a network trace"));
        }
        file.take(MAX_PIPED + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_PIPED {
            return Err(Error::input(path.display(), "is no plain file and larger than 256 MiB"));
        }
    }
    Ok(bytes)
}

/// The files of a folder and of the folders in it, in the order of their paths; hidden ones are none, and links to
/// folders are not followed.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed =
        |e: std::io::Error| Error::input(folder.display(), format_args!("cannot read the folder: {e}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            files.extend(files_of(&path)?);
        } else if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The files that match a pattern, in the order of their names.
pub(crate) fn matches(pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let paths =
        glob::glob(pattern).map_err(|e| Error::input(pattern, format_args!("no valid pattern: {e}")))?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|e| Error::input(pattern, e))?;
        if path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Error::input(pattern, "no file matches this pattern"));
    }
    Ok(files)
}

/// There is nothing of that name: perhaps a preset was meant, or a file with nearly that name.
pub(crate) fn missing<'a>(spec: &str, what: &str, presets: impl Iterator<Item = &'a str>) -> Error {
    if spec.is_empty() {
        return Error::Input(format!("the name of the {what} is empty"));
    }
    let path = Path::new(spec);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let preset = spec.split(',').next().unwrap_or_default();
    let presets: Vec<&str> = presets.collect();
    if presets.contains(&preset) {
        return Error::input(spec, format_args!("no such file, did you mean '{PRESET}{spec}'?"));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    let mut names: Vec<&str> = names.iter().map(String::as_str).filter(|n| !n.starts_with('.')).collect();
    names.sort_unstable();
    let near = spec::nearest(&name, names).filter(|n| name.len() > 2 && n.len() > 2);
    let hint = match near {
        Some(near) => format!("did you mean '{}'?", path.with_file_name(near).display()),
        None if presets.is_empty() => format!("expected a {what} file"),
        None => format!("expected a {what} file or {PRESET}NAME ({})", presets.join(", ")),
    };
    Error::input(spec, format_args!("no such file, {hint}"))
}

pub(crate) fn said_of(path: &Path, notes: &[String]) -> Vec<String> {
    notes.iter().map(|n| format!("{}: {n}", path.display())).collect()
}
