//! Output files: they appear complete or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Error;

/// How the names begin of what is not complete yet.
pub(crate) const PART: &str = ".segue-";

/// A part is locked by the run that writes it, at the latest so long after it was made.
const LOCKED_WITHIN: Duration = Duration::from_secs(1);

/// Checks that a file can be made at this path, before any work is done for it. What a killed run has left beside it goes.
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
    sweep(folder);
    Ok(())
}

/// Writes a file: beside its place, then renamed, so that nobody ever sees half of it. What is no plain file (a pipe, a
/// device) is written as it is.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // A link stays a link: what it leads to is written.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let special = fs::metadata(&real).is_ok_and(|m| !m.is_file());
    let written = if special { fs::write(&real, bytes) } else { replace(&real, bytes) };
    written.map_err(|e| Error::write(path, e))
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PART);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666)); // less what the user's mask takes away
    }
    let mut file = builder.tempfile_in(folder_of(path))?;
    let _held = hold(file.path());
    file.write_all(bytes)?;
    file.persist(path).map(|_| ()).map_err(|e| e.error)
}

/// Holds a part for as long as the handle lives, so that no other run takes it for one that was left.
pub(crate) fn hold(part: &Path) -> Option<fs::File> {
    let file = fs::File::open(part).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

/// Removes from a folder what killed runs have left in it: their locks ended with them. What cannot be looked at or removed stays.
fn sweep(folder: &Path) {
    // As tempfile names them: six letters or digits.
    let ours = |name: &str| {
        name.strip_prefix(PART)
            .is_some_and(|rest| rest.len() == 6 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_str().is_some_and(ours) {
            continue;
        }
        let Ok(about) = entry.metadata() else { continue };
        let old = about.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LOCKED_WITHIN));
        // The handle is closed before the part goes.
        let left = old && hold(&entry.path()).is_some();
        if left && about.is_dir() {
            let _ = fs::remove_dir_all(entry.path());
        } else if left {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a folder, with those above it. What a killed run has left in it goes.
///
/// # Errors
/// [`Error::Input`] where something else has its name; [`Error::Failed`] where the system refuses.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    if path.exists() && !path.is_dir() {
        return Err(Error::input(path.display(), "is a file, expected a folder to write to"));
    }
    fs::create_dir_all(path).map_err(|e| Error::write(path, e))?;
    sweep(path);
    Ok(())
}

/// The list of what a run has written into a folder, a name per line.
const LIST: &str = ".segue.files";

/// A folder that a run writes into: what an earlier run wrote there and this one does not is removed, and nothing else.
pub(crate) struct Filled<'a> {
    folder: &'a Path,
    names: Vec<String>,
    old: Vec<String>,
}

impl<'a> Filled<'a> {
    /// Before anything is written: makes the folder. Until [`finish`](Filled::finish) its list has the old names and the new, so that
    /// what a killed run leaves is known to the next.
    pub(crate) fn begin(folder: &'a Path, names: Vec<String>) -> Result<Filled<'a>, Error> {
        make_folder(folder)?;
        let list = spec::file::text(&folder.join(LIST)).unwrap_or_default();
        let old = list.lines().filter(|n| is_inside(n)).map(str::to_string);
        let old: Vec<String> = old.filter(|n| !names.contains(n)).collect();
        let filled = Filled { folder, names, old };
        filled.list(&[&filled.names[..], &filled.old].concat())?;
        Ok(filled)
    }

    /// After everything is written.
    pub(crate) fn finish(self) -> Result<(), Error> {
        for name in &self.old {
            let path = self.folder.join(name);
            if fs::symlink_metadata(&path).is_ok_and(|m| m.is_file()) {
                fs::remove_file(&path).map_err(|e| Error::write(&path, e))?;
            }
            // A folder that is empty now was made for it.
            if let Some(inner) = path.parent().filter(|p| *p != self.folder) {
                let _ = fs::remove_dir(inner);
            }
        }
        self.list(&self.names)
    }

    fn list(&self, names: &[String]) -> Result<(), Error> {
        write(&self.folder.join(LIST), (names.join("\n") + "\n").as_bytes())
    }
}

/// Whether a name leads to something below its folder.
fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)))
}

/// Checks that no output overwrites another or an input. The first of a pair is what the user calls it.
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
    fn what_killed_runs_have_left_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let names = [".segue-killed", ".segue-writes", ".segue-young1", ".segue-notes.txt", "other"];
        let then = std::time::SystemTime::UNIX_EPOCH;
        for name in names {
            let file = fs::File::create(at(name)).expect("a file");
            if name != ".segue-young1" {
                file.set_modified(then).expect("a time");
            }
        }
        let held = hold(&at(".segue-writes")).expect("nobody else has it");
        check(&at("new")).expect("room for it");
        let left: Vec<bool> = names.iter().map(|n| at(n).exists()).collect();
        assert_eq!(left, [false, true, true, true, true]);
        drop(held);
        make_folder(folder.path()).expect("it is there");
        assert!(!at(".segue-writes").exists());
    }

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
