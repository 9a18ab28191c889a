//! `segue list`: everything that can be asked for by name.

use std::collections::BTreeMap;

use abr::ReachesTop;
use clap::{Args, ValueEnum};
use netmodel::formats::Measurement;
use serde::Serialize;
use serde_json::{Value, json};
use spec::Entry;

use crate::text::HEADING;
use crate::text::{Ordered, wrap_after};
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
    /// What can be said of a live event
    Live,
    /// What can be put around a link
    Impairments,
    /// What goes wrong at an origin on request
    Faults,
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
    /// What else there is to know, under its name.
    #[serde(flatten)]
    facts: Ordered<Value>,
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
        Item { name: entry.name, about: entry.about.to_string(), facts: Ordered(vec![]), options }
    }

    fn with_facts<const N: usize>(mut self, facts: [(&str, String); N]) -> Item {
        self.facts = Ordered(facts.map(|(name, fact)| (name.to_string(), fact.into())).into());
        self
    }
}

fn told(fact: &Value) -> String {
    match fact {
        Value::String(text) => text.clone(),
        Value::Object(parts) => {
            let parts: Vec<String> =
                parts.iter().map(|(name, value)| format!("{name} {}", told(value))).collect();
            parts.join(", ")
        }
        other => other.to_string(),
    }
}

fn section<'a>(name: &'static str, entries: impl Iterator<Item = &'a Entry>) -> Section {
    Section { name, entries: entries.map(Item::of).collect() }
}

fn sections(kind: Kind) -> Vec<Section> {
    match kind {
        Kind::Abr => {
            let rule = |entry: &'static Entry| {
                let reaches = match abr::reaches_top(entry.name) {
                    ReachesTop::Always => json!("always"),
                    ReachesTop::FromCapacity(capacity) => json!({ "from_capacity_s": capacity.get() }),
                    ReachesTop::Never(why) => json!({ "never": why }),
                };
                let mut item = Item::of(entry);
                item.facts = Ordered(vec![("reaches_top".to_string(), reaches)]);
                item
            };
            let name = "rules (--abr NAME:key=value,...)";
            vec![Section { name, entries: abr::entries().map(rule).collect() }]
        }
        Kind::Qoe => {
            vec![section("QoE models (--qoe NAME:key=value,...)", qoe::models().iter().map(|m| &m.entry))]
        }
        Kind::Live => {
            vec![section("live events (--live key=value,...)", std::iter::once(sim::live_options()))]
        }
        Kind::Profiles => vec![section("profiles (--profile NAME:key=value,...)", sim::profiles())],
        Kind::Presets => {
            let ladder = |(name, about): (&'static str, &str)| Item {
                name,
                about: about.to_string(),
                facts: Ordered(vec![]),
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
        Kind::Impairments => {
            vec![section("impairments (--impair NAME:key=value,...)", netmodel::impair::all())]
        }
        Kind::Faults => {
            vec![section("faults of an origin (--fault NAME:key=value,...)", origin::fault::all().iter())]
        }
        Kind::Formats => {
            let trace = |f: &&netmodel::formats::Format| {
                let measures = match f.measures {
                    Measurement::Capacity => "capacity of the link",
                    Measurement::Observed => "observed: what an application got",
                };
                let access = if f.can_write() { "read, write" } else { "read" };
                Item::of(&f.entry).with_facts([
                    ("unit", f.unit.to_string()),
                    ("time", f.time_base.to_string()),
                    ("hold", f.hold.to_string()),
                    ("end", f.end.to_string()),
                    ("rates", measures.to_string()),
                    ("access", access.to_string()),
                ])
            };
            let video = |f: &&media::formats::Format| {
                let source = if f.folder { "a folder" } else { "a file" };
                let access = if f.can_write() { "read, write" } else { "read" };
                Item::of(&f.entry).with_facts([
                    ("unit", format!("{} per segment", f.unit)),
                    ("source", source.to_string()),
                    ("access", access.to_string()),
                ])
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
        // Where entries say more than what they are, the options are explained once, below the list.
        let apart = section.entries.iter().any(|e| !e.facts.0.is_empty());
        if apart {
            for item in &section.entries {
                lines.push(wrap_after(&format!("  {}", item.name), &item.about, 20));
                lines.extend(
                    item.facts
                        .0
                        .iter()
                        .map(|(name, fact)| wrap_after(&format!("      {name}"), &told(fact), 20)),
                );
                if !item.options.is_empty() {
                    let options: Vec<String> = item.options.iter().map(Choice::given).collect();
                    lines.push(wrap_after("      options", &options.join(" "), 20));
                }
            }
            lines.push("  options".to_string());
            lines.extend(explained(&section.entries));
            continue;
        }
        // Options that entries in a row share are told once, and with each entry the defaults that are its own.
        for alike in section.entries.chunk_by(Item::takes_what) {
            let common = |i: usize| alike.iter().all(|item| item.options[i] == alike[0].options[i]);
            for item in alike {
                lines.push(wrap_after(&format!("  {}", item.name), &item.about, 20));
                let own = item.options.iter().enumerate().filter(|(i, _)| !common(*i));
                let own: Vec<String> = own.map(|(_, option)| option.given()).collect();
                if !own.is_empty() {
                    lines.push(wrap_after("", &own.join(" "), 20));
                }
            }
            let options = &alike[0].options;
            if alike.len() > 1 && !options.is_empty() {
                lines.push(match alike.len() == section.entries.len() {
                    true => "  options of each".to_string(),
                    false => format!("  options of each of these {}", alike.len()),
                });
            }
            lines.extend(options.iter().enumerate().map(|(i, option)| match common(i) {
                true => option.line(),
                false => wrap_after(&format!("      {}", option.key), option.about, 29),
            }));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Every option of some entries once; where a key has several meanings, with the names of the entries.
fn explained(entries: &[Item]) -> Vec<String> {
    let mut meanings: BTreeMap<&str, Vec<(&str, Vec<&str>)>> = BTreeMap::new();
    for (item, option) in entries.iter().flat_map(|e| e.options.iter().map(move |o| (e, o))) {
        let of_key = meanings.entry(option.key).or_default();
        match of_key.iter_mut().find(|m| m.0 == option.about) {
            Some((_, names)) => names.push(item.name),
            None => of_key.push((option.about, vec![item.name])),
        }
    }
    let mut lines = Vec::new();
    for (key, of_key) in meanings {
        let several = of_key.len() > 1;
        for (about, names) in of_key {
            let whose = if several { format!(" ({})", names.join(", ")) } else { String::new() };
            lines.push(wrap_after(&format!("      {key}"), &format!("{about}{whose}"), 23));
        }
    }
    lines
}

impl Item {
    /// Whether another entry has the same options, though perhaps other defaults.
    fn takes_what(&self, other: &Item) -> bool {
        let meaning = |item: &Item| item.options.iter().map(|o| (o.key, o.about)).collect::<Vec<_>>();
        meaning(self) == meaning(other)
    }
}

impl Choice {
    /// The option as it would be given.
    fn given(&self) -> String {
        let given = if self.default.is_empty() { "" } else { "=" };
        format!("{}{given}{}", self.key, self.default)
    }

    fn line(&self) -> String {
        wrap_after(&format!("      {}", self.given()), self.about, 29)
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
