//! `segue dataset`: the public data sets by name; what was got of them; their files as traces.

mod import;
mod list;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use netmodel::datasets::{self, Candidate, Company, Identity};
use rayon::prelude::*;

use crate::{Error, Progress};

/// What `segue dataset` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue dataset list
  segue dataset list hsdpa-sabre
  segue dataset verify downloads/
  segue dataset import downloads/ -o traces/
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

/// A file of a folder, and what it is.
struct Found {
    path: PathBuf,
    /// Below the folder, with `/` on every system.
    name: String,
    sha256: String,
    identity: Identity,
}

/// Looks at every file of a folder and of those in it.
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
    let hashes: Vec<String> = paths
        .par_iter()
        .map(|path| {
            let hash = fs::File::open(path).and_then(datasets::sha256);
            progress.step();
            hash.map_err(|e| Error::input(path.display(), format_args!("cannot read: {e}")))
        })
        .collect::<Result<_, _>>()?;
    drop(progress);
    let candidates: Vec<Candidate<'_>> =
        paths.iter().zip(&hashes).map(|(path, sha256)| Candidate { path, sha256 }).collect();
    let company = Company::of(&candidates);
    let identities: Vec<Identity> = candidates.par_iter().map(|c| company.identify(c)).collect();
    let name = |path: &Path| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        below.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let found = |((path, sha256), identity): ((PathBuf, String), Identity)| Found {
        name: name(&path),
        path,
        sha256,
        identity,
    };
    Ok(paths.into_iter().zip(hashes).zip(identities).map(found).collect())
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
