//! `segue report`: a comparison as a page that says what it shows.

mod digest;
mod page;
mod sections;
mod style;

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{Error, console, files};

pub use page::{Figure, Numbers, Page, Part, Section};
pub use sections::Told;

/// What `segue report` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue compare --trace traces/ --video movie.json --abr bola --abr bba -o out
  segue report out
  segue report out -o pages/out.html
First a picture, then sentences, numbers last. The page is one file without
scripts; it links to the pictures and tables of the folder.")]
pub(crate) struct ReportArgs {
    /// A folder that segue compare -o wrote
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The page to write [default: index.html in the folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn main(args: &ReportArgs) -> Result<(), Error> {
    let told = Told::read(&args.folder)?;
    let path = args.output.clone().unwrap_or_else(|| args.folder.join("index.html"));
    files::check(&path)?;
    let inputs: Vec<PathBuf> =
        ["summary.json", "sessions.csv", "gains.csv"].map(|n| args.folder.join(n)).to_vec();
    files::distinct(&[("the page", &path)], &inputs)?;
    page(&told)?.write(&path)?;
    console::note(&format!("the page is {}", path.display()));
    Ok(())
}

fn page(told: &Told) -> Result<Page, Error> {
    let (picture, lead) = told.first()?;
    Ok(Page { title: "Who wins?".to_string(), lead, picture, sections: told.sections()? })
}

/// The page of the folder that `segue compare -o` wrote, at a path.
///
/// # Errors
/// [`Error::Input`] for a folder that holds no comparison; [`Error::Failed`] where the page cannot be written.
pub fn report(folder: &Path, path: &Path) -> Result<(), Error> {
    page(&Told::read(folder)?)?.write(path)
}
