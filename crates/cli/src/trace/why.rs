//! `segue trace info --why`: what files are recognised as, and by what.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use netmodel::formats;

use crate::text::{printable, wrap_after};
use crate::{Error, console, load};

/// Explains each of some files, the files of a folder or those that match a pattern; of one file, also why it is nothing
/// else.
pub(crate) fn main(specs: &[String]) -> Result<(), Error> {
    let mut paths = Vec::new();
    for spec in specs {
        paths.extend(files(spec)?);
    }
    let mut text = String::new();
    for path in &paths {
        let bytes = load::head(path, !path.is_file())?;
        let told = match formats::sniff(&bytes) {
            Ok(sniffed) => format!("{}, by {}", sniffed.format.name(), sniffed.reason),
            Err(e) if paths.len() == 1 => {
                console::print(&others(&bytes))?;
                return Err(Error::input(path.display(), e));
            }
            Err(e) => format!("not recognised: {e}"),
        };
        let _ = writeln!(text, "{}", printable(&format!("{}: {told}", path.display())));
        if paths.len() == 1 {
            text.push_str(&others(&bytes));
        }
    }
    console::print(&text)
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
