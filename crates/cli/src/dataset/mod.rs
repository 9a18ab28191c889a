//! `segue dataset`: the public data sets by name, checks of downloads, their files as traces.

mod import;
mod list;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use netmodel::datasets::{self, Candidate, Company, Identity};
use netmodel::formats::{self, Member};
use rayon::prelude::*;

use crate::{Error, Progress, console, load};

/// What `segue dataset` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue dataset list
  segue dataset list hsdpa-sabre
  segue dataset verify downloads/
  segue dataset import downloads/ -o traces/
What is in zip archives and under gzip is looked at as if it lay in a folder.
Nothing is ever downloaded: list says where to get the data.")]
pub(crate) struct DatasetArgs {
    #[command(subcommand)]
    command: DatasetCommand,
}

#[derive(Subcommand, Debug)]
enum DatasetCommand {
    /// List the public data sets, or tell everything about one
    List(list::ListArgs),
    /// Say which data sets the files of a folder are of, and what is missing or changed
    Verify(verify::VerifyArgs),
    /// Write the files of a folder as traces that Segue reads, a folder per data set
    Import(import::ImportArgs),
}

pub(crate) fn main(args: &DatasetArgs) -> Result<(), Error> {
    match &args.command {
        DatasetCommand::List(args) => list::main(args),
        DatasetCommand::Verify(args) => verify::main(args),
        DatasetCommand::Import(args) => import::main(args),
    }
}

/// A file of a folder or of an archive in it, and what it is.
struct Found {
    /// Its path; the path of a file in an archive begins with that of the archive.
    path: PathBuf,
    /// Below the folder, with `/` on every system.
    name: String,
    sha256: String,
    /// Its content, if that was packed.
    bytes: Option<Vec<u8>>,
    identity: Identity,
}

impl Found {
    fn candidate(&self) -> Candidate<'_> {
        Candidate { path: &self.path, sha256: &self.sha256, bytes: self.bytes.as_deref() }
    }

    fn content(&self) -> Result<Vec<u8>, Error> {
        match &self.bytes {
            Some(bytes) => Ok(bytes.clone()),
            None => fs::read(&self.path).map_err(|e| Error::read(self.path.display(), e)),
        }
    }
}

/// Looks at every file of a folder, of those in it and of the archives in them.
fn look(folder: &Path) -> Result<Vec<Found>, Error> {
    if !folder.is_dir() {
        let found = if folder.exists() { "is a file" } else { "no such folder" };
        return Err(Error::input(
            folder.display(),
            format_args!("{found}, expected a folder of downloaded data"),
        ));
    }
    let paths = files_below(folder)?;
    if paths.is_empty() {
        return Err(Error::input(
            folder.display(),
            "the folder is empty, expected files of public data sets",
        ));
    }
    let progress = Progress::new(paths.len(), "files");
    let found: Vec<Vec<Found>> = paths
        .par_iter()
        .map(|path| {
            let found = open(path, folder);
            progress.step();
            found
        })
        .collect::<Result<_, _>>()?;
    drop(progress);
    let mut found: Vec<Found> = found.into_iter().flatten().collect();
    let company = Company::of(&found.iter().map(Found::candidate).collect::<Vec<_>>());
    found.par_iter_mut().for_each(|f| f.identity = company.identify(&f.candidate()));
    Ok(found)
}

/// A file with its hash or, of what is packed, what is in it; not yet what it is.
fn open(path: &Path, folder: &Path) -> Result<Vec<Found>, Error> {
    let failed = |e| Error::read(path.display(), e);
    let found = |path: PathBuf, sha256, bytes| {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let name = below.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        Found { path, name, sha256, bytes, identity: Identity::Unknown }
    };
    let sha256 = fs::File::open(path).and_then(datasets::sha256).map_err(failed)?;
    // What an origin gives out packed is known as it is.
    if datasets::by_sha256(&sha256).is_none() && formats::is_packed(&load::head(path, false)?) {
        match formats::unpack(fs::read(path).map_err(failed)?) {
            Ok(unpacked) => {
                load::said_of(path, &unpacked.notes).iter().for_each(|n| console::note(n));
                let member = |m: Member| {
                    let inside =
                        if m.path.as_os_str().is_empty() { path.to_path_buf() } else { path.join(&m.path) };
                    let sha256 = datasets::sha256(&m.bytes[..]).map_err(failed)?;
                    Ok(found(inside, sha256, Some(m.bytes)))
                };
                return unpacked.members.into_iter().map(member).collect();
            }
            Err(e) => console::note(&format!("{}: not looked into: {e}", path.display())),
        }
    }
    Ok(vec![found(path.to_path_buf(), sha256, None)])
}

/// The files of a folder and of those in it, in the order of their names. Hidden ones are none, and links to folders are not
/// followed.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let failed =
            |e: std::io::Error| Error::input(folder.display(), format_args!("cannot read the folder: {e}"));
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            match entry.file_type().map_err(failed)? {
                kind if kind.is_dir() => folders.push(path),
                _ if path.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}
