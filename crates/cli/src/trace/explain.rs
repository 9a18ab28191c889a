//! `segue trace info --why`: what files are recognised as, and by what.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use netmodel::formats::{self, Member};

use crate::text::{WIDTH, printable, wrap, wrap_after};
use crate::{Error, console, load};

/// Explains each of some files, the files of a folder or an archive or those that match a pattern; of one file, also why it is nothing
/// else.
pub(crate) fn main(specs: &[String]) -> Result<(), Error> {
    let mut inputs = Vec::new();
    for path in specs.iter().map(|s| files(s)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        inputs.extend(beginnings(path)?);
    }
    let mut text = String::new();
    for (path, bytes) in &inputs {
        let told = match formats::sniff(bytes) {
            _ if qoe::logs::is_log(bytes) => "the log of a player or server, by its beginning".to_string(),
            Ok(sniffed) => format!("{}, by {}", sniffed.format.name(), sniffed.reason),
            Err(e) if inputs.len() == 1 => {
                console::print(&others(bytes))?;
                return Err(Error::input(path.display(), e));
            }
            Err(e) => format!("not recognised: {e}"),
        };
        let line = printable(&format!("{}: {told}", path.display()));
        let _ = writeln!(text, "{}", wrap(&line, WIDTH, "  "));
        if inputs.len() == 1 {
            text.push_str(&others(bytes));
        }
    }
    console::print(&text)
}

/// How a file begins or, of what is packed, each file in it.
fn beginnings(path: PathBuf) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let once = !path.is_file();
    let head = load::head(&path, once)?;
    if !formats::is_packed(&head) {
        return Ok(vec![(path, head)]);
    }
    let bytes = if once { head } else { load::head(&path, true)? };
    let unpacked = formats::unpack(bytes).map_err(|e| Error::input(path.display(), e))?;
    load::said_of(&path, &unpacked.notes).iter().for_each(|n| console::note(n));
    let named = |m: Member| match m.path.as_os_str().is_empty() {
        true => (path.clone(), m.bytes),
        false => (path.join(&m.path), m.bytes),
    };
    Ok(unpacked.members.into_iter().map(named).collect())
}

fn files(spec: &str) -> Result<Vec<PathBuf>, Error> {
    let path = Path::new(spec);
    if path.is_dir() {
        return load::files_of(path);
    }
    match path.exists() {
        true => Ok(vec![path.to_path_buf()]),
        false if spec.contains(['*', '?', '[']) => load::matches(spec),
        false => Err(load::missing(spec, "trace", std::iter::empty())),
    }
}

/// What the input would have to be in each of the other formats.
fn others(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (format, reason) in formats::explain(bytes).unwrap_or_default() {
        let told = match reason {
            Some(reason) => format!("yes: {reason}"),
            None => format!("no, it would be: {}", format.entry.about),
        };
        let _ = writeln!(text, "{}", wrap_after(&format!("  {}", format.name()), &told, 16));
    }
    text
}
