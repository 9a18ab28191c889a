//! `segue trace convert`: traces in another format, and changed on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use netmodel::edit::{self, Condition};
use netmodel::formats::{Content, Format, WriteOptions};
use netmodel::{Trace, stats};
use units::Seconds;

use super::{column_names, columns_lost, encode, encoded, ending, format_for};
use crate::load::{self, Source};
use crate::text::counted;
use crate::{Error, Progress, console, files};

/// The output that is no file.
const STDOUT: &str = "-";

/// What `segue trace convert` takes.
#[derive(Args, Debug)]
#[command(
    override_usage = "segue trace convert [OPTIONS] <INPUT>... <OUTPUT>",
    after_help = "\
Examples:
  segue trace convert cooked.log drive.csv
  segue trace convert cooked.log link.down --from cooked:column=2 --to mahimahi
  segue trace convert drive.csv minute.json --cut 60..120 --resample 1
  segue trace convert logs.zip out/ --to sabre --keep 'mean_mbps<6' \\
      --keep 'min_mbps>0.2'
  segue trace convert fcc/ sets/ --to cooked --split 0.8 --by 'trace_{}_http*'
Without --to the ending says the format: .csv, .json (sabre), .cooked, .mahi,
.up and .down (mahimahi); - is standard output, as CSV. What is lost is told on
standard error. Changes happen in this order: keep, cut, scale, resample,
concat, split. Pensieve's converter of FCC logs is --to mahimahi:carry=drop."
)]
pub(crate) struct ConvertArgs {
    /// Files, folders, archives, patterns or preset:NAME to read; the last is the file to write (- is standard output), or
    /// the folder (ending with /) for many
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// Format to read, with options, instead of what the content shows
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// Format to write, with options, instead of what the ending says
    #[arg(long, value_name = "FORMAT")]
    to: Option<String>,
    /// Keep traces that fulfil a condition on a number of `segue trace info --json`; may be repeated
    #[arg(long, value_name = "CONDITION")]
    keep: Vec<Condition>,
    /// Keep the time between two instants in s; either may be left out
    #[arg(long, value_name = "FROM..TO", value_parser = span)]
    cut: Option<(Seconds, Seconds)>,
    /// Multiply all rates
    #[arg(long, value_name = "FACTOR")]
    scale: Option<f64>,
    /// Take means over steps of so many s
    #[arg(long, value_name = "SECONDS")]
    resample: Option<f64>,
    /// Join all traces into one, in the order of the inputs
    #[arg(long)]
    concat: bool,
    /// Write this share of the traces to OUTPUT/train, the others to OUTPUT/test; no source is in both
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "concat")]
    split: Option<f64>,
    /// What the source of a trace is: file, folder, or a pattern of its name with {} for the source and * for the rest
    #[arg(long, value_name = "SOURCE", default_value = "file", requires = "split")]
    by: String,
    /// Seed of the division, and of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// A trace, what was measured beside it, and the file that it came from.
struct Item {
    trace: Trace,
    columns: Vec<String>,
    path: PathBuf,
}

pub(crate) fn main(args: &ConvertArgs) -> Result<(), Error> {
    let Some((output, inputs)) = args.paths.split_last().filter(|(_, inputs)| !inputs.is_empty()) else {
        return Err(Error::Input(
            "expected INPUT and OUTPUT: what to read and, as the last, the file to write".to_string(),
        ));
    };
    let named = output;
    let output = &PathBuf::from(named);
    let folder = args.split.is_some() || output.is_dir() || named.ends_with('/');
    let (to, options) = match (folder, args.to.as_deref()) {
        (true, None) => {
            return Err(Error::input(named, "is a folder: give the format with --to"));
        }
        (false, None) if named == STDOUT => format_for(output, Some("csv"))?,
        _ => format_for(output, args.to.as_deref())?,
    };
    let found = load::find(inputs, args.from.as_deref())?;
    let inputs: Vec<PathBuf> =
        found.sources.iter().filter_map(Source::file).map(|f| f.on_disk.clone()).collect();
    if !folder && named != STDOUT {
        files::check(output)?;
        files::distinct(&[("the output", output)], &inputs)?;
    }
    found.notes.iter().for_each(|n| console::note(n));
    let mut items = changed(args, &found.sources)?;
    if args.concat {
        let parts: Vec<Trace> = items.iter().map(|i| i.trace.clone()).collect();
        let name = output.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut columns: Vec<String> = Vec::new();
        for column in items.iter().flat_map(|i| &i.columns) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        items = vec![Item { trace: edit::concat(name, &parts)?, columns, path: output.clone() }];
    }
    if folder {
        return write_all(args, output, &items, to, &options, &inputs);
    }
    match items.as_slice() {
        [one] => {
            let bytes = encode(&one.trace, &one.columns, to, &options)?;
            match output.as_os_str() == STDOUT {
                true => console::print(&String::from_utf8_lossy(&bytes)),
                false => files::write(output, &bytes),
            }
        }
        _ => {
            let problem = format!(
                "is a file for {}: join them with --concat, or give a folder (ending with /)",
                counted(items.len(), "trace")
            );
            Err(Error::input(named, problem))
        }
    }
}

/// The traces of the sources that are kept, each changed as asked.
fn changed(args: &ConvertArgs, sources: &[Source]) -> Result<Vec<Item>, Error> {
    let progress = Progress::new(sources.len(), "traces");
    let (mut items, mut all, mut tables) = (Vec::new(), 0, 0);
    for source in sources {
        let contents = match source.contents(args.seed) {
            Err(Error::Input(why)) if source.is_unsure() => {
                console::note(&format!("skipped, no trace: {why}"));
                continue;
            }
            contents => contents?,
        };
        for content in contents {
            let Content::Trace(recording) = content else {
                tables += 1;
                continue;
            };
            let path =
                source.file().map_or_else(|| PathBuf::from(recording.trace.name()), |f| f.path.clone());
            load::said_of(&path, &recording.notes).iter().for_each(|n| console::note(n));
            all += 1;
            let kept = match args.keep.is_empty() {
                true => true,
                false => {
                    let stats = stats::of_recording(&recording);
                    args.keep.iter().try_fold(true, |kept, c| Ok::<_, Error>(c.holds(&stats)? && kept))?
                }
            };
            if !kept {
                continue;
            }
            let columns = column_names(&recording);
            let mut trace = recording.trace;
            let of_file = |e| Error::input(path.display(), e);
            if let Some((from, to)) = args.cut {
                trace = edit::cut(&trace, from, to).map_err(of_file)?;
            }
            if let Some(factor) = args.scale {
                trace = edit::scale(&trace, factor).map_err(of_file)?;
            }
            if let Some(step) = args.resample {
                trace = edit::resample(&trace, Seconds::new(step)).map_err(of_file)?;
            }
            items.push(Item { trace, columns, path });
        }
        progress.step();
    }
    drop(progress);
    if tables > 0 {
        console::note(&format!("{} without a time series passed over", counted(tables, "table")));
    }
    if items.is_empty() {
        return Err(Error::Input(format!("none of {} is kept, nothing is written", counted(all, "trace"))));
    }
    if items.len() < all {
        console::note(&format!("{} of {} kept", items.len(), counted(all, "trace")));
    }
    Ok(items)
}

/// Every trace as a file of the output's folder, or of its training and test folders.
fn write_all(
    args: &ConvertArgs,
    output: &Path,
    items: &[Item],
    to: &Format,
    options: &WriteOptions,
    inputs: &[PathBuf],
) -> Result<(), Error> {
    let folders = match args.split {
        None => vec![output.to_path_buf(); items.len()],
        Some(share) => {
            let sources = items.iter().map(|i| source_of(i, &args.by)).collect::<Result<Vec<_>, _>>()?;
            let training = edit::split(&sources, share, args.seed);
            let count = sources.iter().collect::<BTreeSet<_>>().len();
            let train = training.iter().filter(|t| **t).count();
            console::note(&format!(
                "{} from {}: {train} to train, {} to test",
                counted(items.len(), "trace"),
                counted(count, "source"),
                items.len() - train
            ));
            let folder = |train: &bool| output.join(if *train { "train" } else { "test" });
            training.iter().map(folder).collect()
        }
    };
    let mut taken = BTreeSet::new();
    let mut outputs = Vec::with_capacity(items.len());
    for (item, folder) in items.iter().zip(&folders) {
        let name = file_name(item.trace.name());
        let path = |n: usize| match n {
            1 => folder.join(format!("{name}.{}", ending(to))),
            n => folder.join(format!("{name}-{n}.{}", ending(to))),
        };
        let free = (1..).map(path).find(|p| !taken.contains(p)).unwrap_or_else(|| path(1));
        taken.insert(free.clone());
        outputs.push(free);
    }
    for path in &outputs {
        files::distinct(&[("an output", path)], inputs)?;
    }
    folders.iter().collect::<BTreeSet<_>>().into_iter().try_for_each(|f| files::make_folder(f))?;
    let progress = Progress::new(items.len(), "traces");
    let mut losses: Vec<(String, usize)> = Vec::new();
    for (item, path) in items.iter().zip(&outputs) {
        let (bytes, mut lost) =
            encoded(&item.trace, to, options).map_err(|e| Error::input(item.path.display(), e))?;
        lost.extend(columns_lost(&item.columns));
        for loss in lost {
            match losses.iter_mut().find(|(known, _)| kind(known) == kind(&loss)) {
                Some((_, count)) => *count += 1,
                None => losses.push((loss, 1)),
            }
        }
        files::write(path, &bytes)?;
        progress.step();
    }
    drop(progress);
    for (loss, count) in &losses {
        let more = if *count > 1 { format!(" (and the like in {} more)", count - 1) } else { String::new() };
        console::note(&format!("lost in {}: {loss}{more}", to.name()));
    }
    Ok(())
}

/// A loss without its numbers.
fn kind(loss: &str) -> String {
    loss.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

fn file_name(name: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_alphanumeric() || "-_.,=+@".contains(c) => c,
        _ => '_',
    };
    let name: String = name.chars().map(plain).take(120).collect();
    match name.trim_start_matches('.') {
        "" => "trace".to_string(),
        name => name.to_string(),
    }
}

/// Where a trace comes from, as `--by` says.
fn source_of(item: &Item, by: &str) -> Result<String, Error> {
    let name = item.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = item.path.parent().map(|f| f.display().to_string()).unwrap_or_default();
    match by {
        "file" => Ok(item.path.display().to_string()),
        "folder" => Ok(folder),
        pattern => match between(pattern, &name)? {
            Some(source) => Ok(source.to_string()),
            None => {
                Err(Error::input(item.path.display(), format_args!("its name does not fit --by '{pattern}'")))
            }
        },
    }
}

/// What stands for `{}` where a name fits a pattern with `*`: the shortest such text.
fn between<'a>(pattern: &str, name: &'a str) -> Result<Option<&'a str>, Error> {
    let wrong = "expected file, folder, or a pattern with one {} such as 'trace_{}_http*'";
    let Some((before, after)) = pattern.split_once("{}").filter(|(_, after)| !after.contains("{}")) else {
        return Err(Error::input("--by", format_args!("`{pattern}`: {wrong}")));
    };
    let ends = |text: &str| (0..=text.len()).filter(|i| text.is_char_boundary(*i)).collect::<Vec<_>>();
    for start in ends(name) {
        if !fits(before, &name[..start]) {
            continue;
        }
        for end in ends(&name[start..]).into_iter().skip(1) {
            if fits(after, &name[start + end..]) {
                return Ok(Some(&name[start..start + end]));
            }
        }
    }
    Ok(None)
}

/// Whether a text fits a pattern whose `*` stand for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pattern.contains('*').then(|| parts.next_back()).flatten() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn span(text: &str) -> Result<(Seconds, Seconds), String> {
    let wrong = || format!("`{text}`: expected FROM..TO in seconds, such as 60..120 or 60..");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, empty: f64| match text.trim() {
        "" => Ok(empty),
        text => text.parse::<f64>().map_err(|_| wrong()),
    };
    Ok((Seconds::new(number(from, 0.0)?), Seconds::new(number(to, f64::INFINITY)?)))
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err(format!("`{text}`: expected a share between 0 and 1, such as 0.8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_the_source_in_a_name() {
        let of = |pattern: &str, name: &'static str| between(pattern, name).expect("a pattern");
        assert_eq!(of("trace_{}_http*", "trace_14731_http---www.x_600_0"), Some("14731"));
        assert_eq!(of("*trace_{}_http*", "test_fcc_trace_14731_http---www.x_600_0"), Some("14731"));
        assert_eq!(of("{}-*.csv", "bus-a-b.csv"), Some("bus"));
        assert_eq!(of("{}", "bus"), Some("bus"));
        assert_eq!(of("x{}", "bus"), None);
        assert_eq!(of("bus{}", "bus"), None); // a source has a name
        assert!(between("bus", "bus").is_err() && between("{}{}", "bus").is_err());
    }

    #[test]
    fn patterns() {
        for (pattern, text, is) in [
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("ab", "abc", false),
        ] {
            assert_eq!(fits(pattern, text), is, "{pattern} {text}");
        }
    }

    #[test]
    fn names_of_files_are_harmless() {
        assert_eq!(file_name("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(file_name("3g,seed=7"), "3g,seed=7");
        assert_eq!(file_name(".."), "trace");
    }
}
