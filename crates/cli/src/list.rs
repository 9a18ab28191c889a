//! `segue list`: everything that can be asked for by name.

use clap::{Args, ValueEnum};
use serde::Serialize;
use spec::Entry;

use crate::console::HEADING;
use crate::text::wrap;
use crate::{Error, console};

/// What `segue list` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue list abr
  segue list presets --json
An option is given after the name: bola:gp=8,basic=true, or preset:3g,seed=4")]
pub(crate) struct ListArgs {
    /// What to list
    kind: Kind,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The registries.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Rules that choose bitrates
    Abr,
    /// Models of quality of experience
    Qoe,
    /// Players and links, by the systems they behave like
    Profiles,
    /// Generated traces and videos, and bitrate ladders
    Presets,
    /// Files of traces and videos
    Formats,
}

/// A list under its title.
#[derive(Serialize)]
struct Section {
    name: &'static str,
    entries: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    name: &'static str,
    about: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<Choice>,
}

#[derive(Serialize, PartialEq)]
struct Choice {
    key: &'static str,
    default: &'static str,
    about: &'static str,
}

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    lists: Vec<Section>,
}

impl Item {
    fn of(entry: &Entry) -> Item {
        let options = entry.options.iter();
        let options = options.map(|o| Choice { key: o.key, default: o.default, about: o.about }).collect();
        Item { name: entry.name, about: entry.about.to_string(), options }
    }
}

fn section<'a>(name: &'static str, entries: impl Iterator<Item = &'a Entry>) -> Section {
    Section { name, entries: entries.map(Item::of).collect() }
}

fn sections(kind: Kind) -> Vec<Section> {
    match kind {
        Kind::Abr => vec![section("rules (--abr NAME:key=value,...)", abr::entries())],
        Kind::Qoe => {
            vec![section("QoE models (--qoe NAME:key=value,...)", qoe::models().iter().map(|m| &m.entry))]
        }
        Kind::Profiles => vec![section("profiles (--profile NAME:key=value,...)", sim::profiles())],
        Kind::Presets => {
            let ladder = |(name, about): (&'static str, &str)| Item {
                name,
                about: about.to_string(),
                options: vec![],
            };
            vec![
                section(
                    "traces (--trace preset:NAME,key=value,..., or a FILE of segue trace fit)",
                    netmodel::generators::all(),
                ),
                section("videos (--video preset:NAME,key=value,...)", media::presets::all().iter()),
                Section {
                    name: "ladders (ladder=NAME)",
                    entries: media::ladders::all().map(ladder).collect(),
                },
            ]
        }
        Kind::Formats => {
            let trace = |f: &&netmodel::formats::Format| {
                let mut item = Item::of(&f.entry);
                let read_only = if f.can_write() { "" } else { "; read only" };
                let base = f.time_base;
                item.about =
                    format!("{}; rates in {}; time: {base}; {}{read_only}", item.about, f.unit, f.hold);
                item
            };
            let video = |f: &&media::formats::Format| {
                let mut item = Item::of(&f.entry);
                let folder = if f.folder { "; a folder" } else { "" };
                item.about = format!("{}; sizes in {}{folder}", item.about, f.unit);
                item
            };
            vec![
                Section {
                    name: "trace formats (--format NAME:key=value,...)",
                    entries: netmodel::formats::all().iter().map(trace).collect(),
                },
                Section {
                    name: "video formats (--video-format NAME:key=value,...)",
                    entries: media::formats::all().iter().map(video).collect(),
                },
            ]
        }
    }
}

/// The lists as lines of at most 80 characters.
fn text(sections: &[Section]) -> String {
    let mut lines = Vec::new();
    for section in sections {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("{HEADING}{}{HEADING:#}", section.name));
        // Options that entries in a row share are told once.
        for alike in section.entries.chunk_by(|a, b| a.options == b.options) {
            for item in alike {
                lines.push(wrap_after(&format!("  {}", item.name), &item.about, 20));
            }
            let options = &alike[0].options;
            if alike.len() > 1 && !options.is_empty() {
                lines.push(match alike.len() == section.entries.len() {
                    true => "  options of each".to_string(),
                    false => format!("  options of each of these {}", alike.len()),
                });
            }
            lines.extend(options.iter().map(Choice::line));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

impl Choice {
    fn line(&self) -> String {
        let given = if self.default.is_empty() { "" } else { "=" };
        wrap_after(&format!("      {}{given}{}", self.key, self.default), self.about, 29)
    }
}

/// A text after a heading, from a column on.
fn wrap_after(head: &str, text: &str, column: usize) -> String {
    const WIDTH: usize = 80;
    let indent = " ".repeat(column);
    let body = wrap(text, WIDTH - column, "").replace('\n', &format!("\n{indent}"));
    match head.chars().count() < column {
        true => format!("{head:<column$}{body}"),
        false => format!("{head}\n{indent}{body}"),
    }
}

pub(crate) fn main(args: &ListArgs) -> Result<(), Error> {
    let lists = sections(args.kind);
    match args.json {
        true => console::json(&Json { schema: "segue.list/1", lists }),
        false => console::print(&text(&lists)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_fits_into_80_columns() {
        for kind in Kind::value_variants() {
            let text = anstream::adapter::strip_str(&text(&sections(*kind))).to_string();
            let long: Vec<&str> = text.lines().filter(|l| l.chars().count() > 80).collect();
            assert!(long.is_empty(), "{kind:?}: {long:#?}");
            assert!(text.lines().count() > 3);
        }
    }
}
