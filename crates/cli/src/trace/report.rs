//! What `segue trace info` tells of traces, as JSON and as lines of at most 80 characters.

use std::collections::BTreeMap;

use netmodel::formats::{Measurement, Recording};
use netmodel::problems::{self, Problem, Shared};
use netmodel::stats::{FamilyStats, Measured, Outage, RateStats, RecordingStats, of_family, of_recording};
use rayon::prelude::*;
use serde::Serialize;
use units::Seconds;

use super::corpus::Corpus;
use crate::text::HEADING;
use crate::text::{Ordered, Table, counted, fixed, pairs, printable, short, wrap};

/// The lags of the autocorrelation, in s.
const LAGS: [usize; 5] = [1, 5, 10, 20, 60];
/// The quantiles, in per cent.
const QUANTILES: [u8; 9] = [1, 5, 10, 25, 50, 75, 90, 95, 99];
/// The bounds of the histogram in Mbit/s: the same for every trace, so that histograms compare.
const BOUNDS: [f64; 14] = [0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
/// So many outages, and groups of traces, are listed; `--json` has all.
const LISTED: usize = 12;

/// Everything about some traces.
#[derive(Serialize)]
pub(super) struct Report {
    schema: &'static str,
    files: Ordered<OfTrace>,
    /// What tables without a time series say.
    #[serde(skip_serializing_if = "is_empty")]
    tables: Ordered<OfTable>,
    aggregate: Option<FamilyStats>,
    /// What the outages of all of them are together.
    outages: OutageStats,
    /// How many traces have each problem alone.
    problems: BTreeMap<&'static str, usize>,
    /// What is wrong with several of them together.
    shared_problems: Vec<OfSet>,
}

#[derive(Serialize)]
struct OfTrace {
    #[serde(flatten)]
    stats: RecordingStats,
    read_as: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    measures: Measurement,
    /// Autocorrelation of the means of full seconds, by the lag in s; none for a trace that is too short or does not vary.
    autocorrelation: Ordered<Option<f64>>,
    /// In Mbit/s, by the percentage of the time.
    quantiles_mbps: Ordered<f64>,
    histogram: Vec<Bar>,
    outages: Vec<Outage>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct OfTable {
    read_as: &'static str,
    #[serde(flatten)]
    facts: serde_json::Map<String, serde_json::Value>,
}

fn is_empty(tables: &Ordered<OfTable>) -> bool {
    tables.0.is_empty()
}

/// A range of rates and the share of the time in it.
#[derive(Serialize)]
struct Bar {
    from_mbps: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_mbps: Option<f64>,
    share: f64,
}

#[derive(Serialize)]
struct OutageStats {
    count: usize,
    total_s: f64,
    mean_s: Option<f64>,
    longest_s: f64,
    per_hour: f64,
}

#[derive(Serialize)]
struct OfSet {
    traces: Vec<String>,
    #[serde(flatten)]
    problem: Problem,
}

impl Report {
    /// What is to be said of these traces and tables, each under its name.
    pub(super) fn of(corpus: &Corpus) -> Report {
        let (names, recordings) = (&corpus.names, &corpus.recordings);
        let measured: Vec<Measured> = recordings.par_iter().map(Measured::of).collect();
        let each: Vec<OfTrace> =
            recordings.par_iter().zip(&measured).map(|(r, m)| OfTrace::of(r, m)).collect();
        let members: Vec<(&str, &Measured)> =
            recordings.iter().map(|r| r.trace.name()).zip(&measured).collect();
        let mut alone = BTreeMap::new();
        each.iter().flat_map(|t| &t.problems).for_each(|p| *alone.entry(p.kind.name).or_default() += 1);
        let of_set = |s: Shared| OfSet {
            traces: s.members.iter().filter_map(|m| names.get(*m).cloned()).collect(),
            problem: s.problem,
        };
        Report {
            schema: "segue.trace-info/1",
            outages: OutageStats::of(&each),
            problems: alone,
            shared_problems: problems::of_set(&members).into_iter().map(of_set).collect(),
            aggregate: of_family(recordings),
            files: Ordered(names.iter().cloned().zip(each).collect()),
            tables: Ordered(
                corpus
                    .tables
                    .iter()
                    .map(|(name, t)| (name.clone(), OfTable { read_as: t.format, facts: t.facts.clone() }))
                    .collect(),
            ),
        }
    }

    pub(super) fn text(&self, recordings: &[Recording]) -> String {
        let tables: Vec<String> = self.tables.0.iter().map(|(name, table)| table.text(name)).collect();
        let tables = tables.join("\n");
        let traces = match (&self.files.0[..], recordings) {
            ([], _) => return tables,
            ([(name, of_trace)], [recording]) => of_trace.text(name, recording),
            _ => self.table(),
        };
        match tables.is_empty() {
            true => traces,
            false => format!("{traces}\n{HEADING}tables without a time series{HEADING:#}\n{tables}"),
        }
    }

    fn table(&self) -> String {
        let mut table = Table::new(["", "s", "mean", "sd", "5 %", "95 %", "out %", "acf1", "!"]);
        let mut row = |name: &str, r: &RateStats, acf: Option<f64>, problems: usize| {
            let mut cells = vec![name.to_string(), fixed(r.duration_s, 1)];
            cells.extend([r.mean_mbps, r.std_mbps, r.p5_mbps, r.p95_mbps].map(short));
            cells.extend([fixed(r.outage_share * 100.0, 1), number(acf)]);
            cells.push(if problems == 0 { String::new() } else { problems.to_string() });
            table.row(cells);
        };
        for (name, t) in &self.files.0 {
            row(name, &t.stats.rates, t.stats.acf1, t.problems.len());
        }
        if let Some(all) = &self.aggregate {
            row("all together", &all.rates, all.acf1_mean, self.problems.values().sum());
        }
        let mut formats: Vec<&str> = self.files.0.iter().map(|f| f.1.read_as).collect();
        formats.sort_unstable();
        formats.dedup();
        let observed = self.files.0.iter().filter(|f| f.1.measures == Measurement::Observed).count();
        let observed =
            if observed > 0 { format!("; {observed} observed, no capacity") } else { String::new() };
        let count = counted(self.files.0.len(), "trace");
        let head = format!("{count}, read as {}{observed}; rates in Mbit/s", formats.join(", "));
        let mut text = format!("{}\n\n{}", wrap(&head, 80, "  "), table.render());
        text += &format!("\n{}\n", self.outages.text());
        text + &self.problems_text()
    }

    fn problems_text(&self) -> String {
        if self.problems.is_empty() && self.shared_problems.is_empty() {
            return "no problem found\n".to_string();
        }
        let mut text = format!("\n{HEADING}problems (!){HEADING:#}\n");
        for kind in problems::kinds() {
            let Some(count) = self.problems.get(kind.name) else { continue };
            let has = |t: &OfTrace| t.problems.iter().any(|p| p.kind == *kind);
            let example = self.files.0.iter().find(|(_, t)| has(t));
            let example = example.map_or(String::new(), |(name, t)| {
                let evidence = t.problems.iter().find(|p| p.kind == *kind).map_or("", |p| &p.evidence);
                format!(", e.g. {name}: {evidence}")
            });
            let head = format!("{}{example}", counted(*count, "trace"));
            text += &finding(kind.name, &head, kind.advice);
        }
        for shared in self.shared_problems.iter().take(LISTED) {
            text += &finding(shared.problem.kind.name, &shared.problem.evidence, shared.problem.kind.advice);
        }
        if self.shared_problems.len() > LISTED {
            let more = counted(self.shared_problems.len() - LISTED, "group");
            text += &format!("  and {more} of traces more, see --json\n");
        }
        text
    }
}

/// A problem as an indented paragraph.
fn finding(kind: &str, evidence: &str, advice: &str) -> String {
    let body = wrap(&printable(&format!("{kind}: {evidence}")), 78, "    ");
    let advice = wrap(advice, 76, "");
    format!("  {}\n    {}\n", body.replace('\n', "\n  "), advice.replace('\n', "\n    "))
}

impl OfTable {
    fn text(&self, name: &str) -> String {
        let mut lines = vec![("table".to_string(), name.to_string())];
        lines.push(("read as".to_string(), self.read_as.to_string()));
        for (fact, value) in &self.facts {
            lines.push((fact.replace(':', " of "), told(value)));
        }
        pairs(&lines)
    }
}

/// A fact as a person reads it.
fn told(fact: &serde_json::Value) -> String {
    use serde_json::Value;
    match fact {
        Value::String(text) => text.clone(),
        Value::Number(x) if x.is_f64() => x.as_f64().map_or_else(String::new, short),
        Value::Array(all) => all.iter().map(told).collect::<Vec<_>>().join(", "),
        Value::Object(all) => {
            let part = |(name, value): (&String, &Value)| {
                format!("{} {}", if name.is_empty() { "(none)" } else { name }, told(value))
            };
            all.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

impl OfTrace {
    fn of(recording: &Recording, measured: &Measured) -> OfTrace {
        let quantiles = QUANTILES.iter().map(u8::to_string).zip(measured.quantiles(&QUANTILES)).collect();
        OfTrace {
            stats: of_recording(recording),
            read_as: recording.format,
            part: recording.part.clone(),
            measures: recording.measures,
            autocorrelation: Ordered(LAGS.iter().map(|lag| (lag.to_string(), measured.acf(*lag))).collect()),
            quantiles_mbps: Ordered(quantiles),
            histogram: histogram(measured),
            outages: measured.outages(),
            problems: problems::of_trace(recording.trace.name(), measured),
        }
    }

    fn text(&self, name: &str, recording: &Recording) -> String {
        let r = &self.stats.rates;
        let mbps = |x: f64| format!("{} Mbit/s", short(x));
        let measures = match self.measures {
            Measurement::Capacity => "capacity: what the link could carry",
            Measurement::Observed => "observed: what an application got, no capacity",
        };
        let list = |pairs: Vec<String>| pairs.join("  ");
        let acf = self.autocorrelation.0.iter().map(|(lag, r)| format!("{lag} s: {}", number(*r)));
        let quantiles = |range: std::ops::Range<usize>| {
            list(self.quantiles_mbps.0[range].iter().map(|(p, q)| format!("{p} %: {}", short(*q))).collect())
        };
        let mut lines = vec![
            ("trace", name.to_string()),
            ("read as", self.read_as.to_string()),
            ("measures", measures.to_string()),
            ("duration", format!("{} s, {}", fixed(r.duration_s, 1), counted(r.n_segments, "segment"))),
            ("carries", format!("{} Mbit", short(r.total_mbit))),
            ("mean rate", format!("{}, sd {} (cv {})", mbps(r.mean_mbps), short(r.std_mbps), number(r.cv))),
            ("lowest, highest", format!("{}, {}", short(r.min_mbps), mbps(r.max_mbps))),
            ("quantiles", quantiles(0..5)),
            ("", quantiles(5..9)),
            ("outage", format!("{} % of the time", fixed(r.outage_share * 100.0, 1))),
            (
                "longest outage",
                format!("{} s of {}", fixed(r.longest_outage_s, 1), counted(self.outages.len(), "outage")),
            ),
            ("autocorrelation", list(acf.collect())),
            ("rate over time", spark(recording, 60)),
        ];
        if let Some(part) = &self.part {
            lines.insert(1, ("part", part.clone()));
        }
        let lines: Vec<(String, String)> = lines.into_iter().map(|(n, v)| (n.to_string(), v)).collect();
        let mut text = pairs(&lines);
        text += &format!("\n{HEADING}share of the time by rate in Mbit/s{HEADING:#}\n");
        for bar in &self.histogram {
            text += &bar.text();
        }
        if !self.outages.is_empty() {
            text += &format!("\n{HEADING}outages (below 0.1 Mbit/s){HEADING:#}\n");
            text += &outage_lines(&self.outages);
        }
        if self.problems.is_empty() {
            text += "\nno problem found\n";
        } else {
            text += &format!("\n{HEADING}problems{HEADING:#}\n");
            for p in &self.problems {
                text += &finding(p.kind.name, &p.evidence, p.kind.advice);
            }
        }
        text
    }
}

/// The longest outages, in the order in which they come.
fn outage_lines(outages: &[Outage]) -> String {
    let mut longest: Vec<&Outage> = outages.iter().collect();
    longest.sort_by(|a, b| b.duration.get().total_cmp(&a.duration.get()));
    longest.truncate(LISTED);
    longest.sort_by(|a, b| a.start.get().total_cmp(&b.start.get()));
    let line =
        |o: &&Outage| format!("{:>14} s  for {:>7} s\n", fixed(o.start.get(), 1), fixed(o.duration.get(), 1));
    let mut text: String = longest.iter().map(line).collect();
    if outages.len() > LISTED {
        text += &format!("  the {LISTED} longest of {}; all: --json\n", outages.len());
    }
    text
}

/// The share of the time in each range of rates that lies between the lowest and the highest.
fn histogram(measured: &Measured) -> Vec<Bar> {
    let [lowest, highest] = measured.quantiles(&[0, 100])[..] else { return vec![] };
    let ends = BOUNDS.iter().skip(1).map(|b| Some(*b)).chain([None]);
    BOUNDS
        .iter()
        .zip(ends)
        .filter(|(from, to)| highest >= **from && to.is_none_or(|to| lowest < to))
        .map(|(from, to)| Bar {
            from_mbps: *from,
            to_mbps: to,
            share: measured.share_between(*from, to.unwrap_or(f64::INFINITY)),
        })
        .collect()
}

impl Bar {
    fn text(&self) -> String {
        let range = match self.to_mbps {
            Some(to) => format!("{} to {to}", self.from_mbps),
            None => format!("{} and more", self.from_mbps),
        };
        let bar = "█".repeat((self.share * 50.0).round() as usize);
        format!("{range:>14}  {:>5} %  {bar}\n", fixed(self.share * 100.0, 1)).replace("  \n", "\n")
    }
}

/// The mean rates of equal stretches of time, as blocks up to the highest of them.
fn spark(recording: &Recording, width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let trace = &recording.trace;
    let at = |i: usize| trace.duration() * (i as f64 / width as f64);
    let means: Vec<f64> = (0..width).map(|i| trace.bits_between(at(i), at(i + 1)).get()).collect();
    let highest = means.iter().copied().fold(0.0, f64::max);
    let block = |mean: f64| {
        let part = if highest > 0.0 { (mean / highest * 8.0).ceil() as usize } else { 0 };
        // Nothing is a blank, something at least the lowest block.
        part.checked_sub(1).map_or(' ', |i| BLOCKS[i.min(7)])
    };
    means.into_iter().map(block).collect()
}

impl OutageStats {
    fn of(traces: &[OfTrace]) -> OutageStats {
        let all = || traces.iter().flat_map(|t| &t.outages).map(|o| o.duration);
        let (count, total) = (all().count(), all().fold(Seconds::ZERO, |a, b| a + b).get());
        let hours: f64 = traces.iter().map(|t| t.stats.rates.duration_s).sum::<f64>() / 3600.0;
        OutageStats {
            count,
            total_s: total,
            mean_s: (count > 0).then(|| total / count as f64),
            longest_s: all().map(Seconds::get).fold(0.0, f64::max),
            per_hour: if hours > 0.0 { count as f64 / hours } else { 0.0 },
        }
    }

    fn text(&self) -> String {
        match self.mean_s {
            None => "no outage (below 0.1 Mbit/s)".to_string(),
            Some(mean) => format!(
                "{} below 0.1 Mbit/s: {} an hour, mean {} s, longest {} s",
                counted(self.count, "outage"),
                short(self.per_hour),
                fixed(mean, 1),
                fixed(self.longest_s, 1)
            ),
        }
    }
}

fn number(x: Option<f64>) -> String {
    x.map_or("-".to_string(), |x| fixed(x, 2))
}
