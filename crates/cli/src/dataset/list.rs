//! `segue dataset list`: the data sets, or everything about one.

use clap::Args;
use netmodel::datasets::{self, DataSet};
use netmodel::formats::Measurement;
use serde::Serialize;

use crate::text::HEADING;
use crate::text::{counted, wrap, wrap_after};
use crate::{Error, console};

/// What `segue dataset list` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue dataset list
  segue dataset list oboe
  segue dataset list --json")]
pub(crate) struct ListArgs {
    /// A data set, to be told everything about it
    name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    sets: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    #[serde(flatten)]
    set: &'static DataSet,
    readable: bool,
}

pub(crate) fn main(args: &ListArgs) -> Result<(), Error> {
    let sets = match &args.name {
        Some(name) => vec![datasets::by_name(name)?],
        None => datasets::all().iter().collect(),
    };
    if args.json {
        let item = |set: &'static DataSet| Item { set, readable: set.reader().is_ok() };
        return console::json(&Json {
            schema: "segue.datasets/1",
            sets: sets.into_iter().map(item).collect(),
        });
    }
    match (&args.name, &sets[..]) {
        (Some(_), [set]) => console::print(&everything(set)),
        _ => console::print(&overview(&sets)),
    }
}

fn measures(measures: Measurement) -> &'static str {
    match measures {
        Measurement::Capacity => "capacity",
        Measurement::Observed => "observed",
    }
}

/// Where the name of a set ends and the text about it begins.
const COLUMN: usize = 25;

fn overview(sets: &[&DataSet]) -> String {
    let mut lines = vec![format!("{HEADING}{}{HEADING:#}", counted(sets.len(), "public data set"))];
    for set in sets {
        let unreadable = if set.reader().is_ok() { "" } else { "; no reader yet" };
        let (form, kind) = (&set.format, measures(set.measures));
        let about = format!("{} ({form}, {kind}{unreadable})", set.title);
        lines.push(wrap_after(&format!("  {}", set.name), &about, COLUMN));
    }
    let last = "Origin, terms, what to cite and what to beware of: segue dataset list NAME. Observed: what an \
                application got, to be replayed as a capacity only with care.";
    lines.extend([String::new(), wrap(last, 80, ""), String::new()]);
    lines.join("\n")
}

fn everything(set: &DataSet) -> String {
    let mut lines = vec![format!("{HEADING}{}{HEADING:#}", set.name)];
    let mut line = |name: &str, text: &str| lines.push(wrap_after(name, text, 11));
    line("what", &set.title);
    line("where", &set.url);
    if let Some(take) = &set.take {
        line("take", take);
    }
    if let Some(commit) = &set.commit {
        line("revision", commit);
    }
    line("licence", &set.licence);
    line("cite", &set.citation);
    line("format", &set.readings().collect::<Vec<_>>().join(" and "));
    if let Err(e) = set.reader() {
        line("", &format!("not readable by this version: {e}"));
    }
    line(
        "measures",
        match set.measures {
            Measurement::Capacity => "capacity: what the link could carry",
            Measurement::Observed => "observed: what an application got, an effect of its own choices",
        },
    );
    let total = set.total.map_or_else(String::new, |n| format!(" of {n} at the origin"));
    line("files", &format!("{}{total} known by SHA-256", set.files.len()));
    for (i, trap) in set.traps.iter().enumerate() {
        line(if i == 0 { "beware" } else { "" }, trap);
    }
    lines.push(String::new());
    lines.join("\n")
}
