//! Output files: they appear complete or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::Error;

/// Checks that a file can be made at this path, before any work is done for it.
///
/// # Errors
/// [`Error::Input`] for a folder in its place, or a folder to hold it that does not exist.
pub fn check(path: &Path) -> Result<(), Error> {
    if path.as_os_str().is_empty() {
        return Err(Error::Input("the name of an output file is empty".to_string()));
    }
    if path.is_dir() {
        return Err(Error::input(path.display(), "is a folder, expected the name of a file to write"));
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(Error::input(path.display(), format_args!("there is no folder {}", folder.display())));
    }
    Ok(())
}

/// Writes a file: beside its place, then renamed, so that nobody ever sees half of it. What is no plain file (a pipe, a
/// device) is written as it is.
///
/// # Errors
/// [`Error::Failed`] where the system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // A link stays a link: what it leads to is written.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let special = fs::metadata(&real).is_ok_and(|m| !m.is_file());
    let written = if special { fs::write(&real, bytes) } else { replace(&real, bytes) };
    written.map_err(|e| Error::write(path, e))
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".segue-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666)); // less what the user's mask takes away
    }
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.persist(path).map(|_| ()).map_err(|e| e.error)
}

/// Makes a folder, with those above it.
///
/// # Errors
/// [`Error::Input`] where something else has its name; [`Error::Failed`] where the system refuses.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    if path.exists() && !path.is_dir() {
        return Err(Error::input(path.display(), "is a file, expected a folder to write to"));
    }
    fs::create_dir_all(path).map_err(|e| Error::write(path, e))
}

/// Checks that no output overwrites another or an input. The first of a pair is what the user calls it.
///
/// # Errors
/// [`Error::Input`] which names both.
pub(crate) fn distinct(outputs: &[(&str, &Path)], inputs: &[PathBuf]) -> Result<(), Error> {
    let place = |p: &Path| {
        let folder = fs::canonicalize(folder_of(p)).unwrap_or_default();
        fs::canonicalize(p).unwrap_or_else(|_| folder.join(p.file_name().unwrap_or_default()))
    };
    for (i, (what, path)) in outputs.iter().enumerate() {
        let same = |other: &Path| place(other) == place(path);
        if let Some((other, _)) = outputs[..i].iter().find(|(_, p)| same(p)) {
            return Err(Error::input(
                path.display(),
                format_args!("{other} and {what} would both be written there"),
            ));
        }
        if inputs.iter().any(|p| same(p)) {
            return Err(Error::input(path.display(), format_args!("{what} would overwrite an input")));
        }
    }
    Ok(())
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        write(&path, b"one").expect("written");
        write(&path, b"two").expect("written again");
        assert_eq!(fs::read(&path).expect("there"), b"two");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert!(check(folder.path()).is_err());
        assert!(check(&folder.path().join("none/a.txt")).is_err());
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_change_them() {
        assert_eq!(quoted("preset:4g,seed=1..20"), "preset:4g,seed=1..20");
        assert_eq!(quoted("logs/bus_*.json"), "'logs/bus_*.json'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn outputs_keep_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let [a, b] = ["a.csv", "b.csv"].map(|n| folder.path().join(n));
        let odd = folder.path().join("./a.csv");
        assert!(distinct(&[("the log", &a), ("the chart", &b)], &[]).is_ok());
        assert!(distinct(&[("the log", &a), ("the chart", &odd)], &[]).is_err());
        assert!(distinct(&[("the log", &a)], &[odd]).is_err());
    }
}
