//! Reports of CMCD's event mode: what a player sends to whoever collects them.
//!
//! | | |
//! |---|---|
//! | source | CTA-5004-A and CTA-5004-B (CMCD version 2), "Event mode"; the keys of event reports |
//! | text | a report per line: the list as it is posted (`e=ps,sta=p,sid="a",ts=...,v=2`), as `CMCD=` with percent-encoding, or as headers (`CMCD-Request: ...`, of one report one after the other); or objects of JSON, a line each or in an array, with the keys, or with `cmcd` or headers that hold them |
//! | session | `sid` |
//! | playback | `sta` of every report but `rr`, from `ts` on. `s` to `p` is the startup (`msd` where no `s` is told), `r` a stall, `k` a seek, `a` and `w` a pause, `e`, `f` and `q` the end; an `r` while starting or seeking belongs to that |
//! | segment | a report `e=rr` with `ot` v or av, `br`, `d`, `ttlb`, and an `rc` below 400 or none: asked for at `ts`, first byte `ttfb`, end `ttlb` later; its size is `br` times `d`. Without any, pieces of 4 s of what was shown, as for Shaka |
//! | rung | `br` of the segment; of pieces `pb`, in a session without it `br`, else `ab`, from `ts` on |

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::objects::{self, Objects};
use super::states::{PIECE_S, Playback, Seen, State};
use super::timeline::{Fetched, Rung, Timeline};
use super::{Cmcd, Fault, Log};
use crate::Record;

const SOURCE: &str = "CMCD event";

/// The most reports of a log.
const MOST: usize = 1_000_000;
/// The most headers of a report.
const HEADERS: usize = 8;

/// Whether a text without a mark before it begins like such a log.
pub(super) fn is(text: &str) -> bool {
    let mut first = None;
    let _ = each(objects::head(text), &mut |_, keys| {
        first = Some(keys);
        false
    });
    first.is_some_and(|keys| keys.event.is_some() && keys.at_ms.is_some())
}

pub(super) fn read(text: &str) -> Result<Log, Fault> {
    let mut reports = Reports::default();
    let mut wrong = None;
    each(text, &mut |place, keys| {
        wrong = reports.add(&place, keys).err();
        wrong.is_none()
    })?;
    wrong.map_or_else(|| reports.log(), Err)
}

/// Calls `take` with every report and where it is, until it says that this is enough.
fn each(text: &str, take: &mut dyn FnMut(String, Cmcd) -> bool) -> Result<(), Fault> {
    if let Some(objects) = Objects::of(text) {
        for object in objects {
            let (place, object) = object?;
            let mut keys = Cmcd::default();
            of_object(&mut keys, &object);
            if !take(place, keys) {
                break;
            }
        }
        return Ok(());
    }
    // The headers of a report stand one below the other, each once.
    let mut headers: Vec<&str> = Vec::new();
    let (mut keys, mut begun) = (Cmcd::default(), 0);
    let lines = text.lines().map(str::trim).enumerate().chain([(0, "")]);
    for (i, line) in lines {
        let header = header(line);
        let goes_on = header.is_some_and(|name| headers.len() < HEADERS && !headers.contains(&name));
        if !headers.is_empty() && !goes_on {
            headers.clear();
            if !take(format!("line {begun}"), std::mem::take(&mut keys)) {
                break;
            }
        }
        if let Some(name) = header {
            if headers.is_empty() {
                begun = i + 1;
            }
            headers.push(name);
            keys.add(line);
        } else if !line.is_empty() && !line.starts_with('#') {
            let mut keys = Cmcd::default();
            match is_list(line) {
                true => keys.add_list(line),
                false => keys.add(line),
            }
            if !take(format!("line {}", i + 1), keys) {
                break;
            }
        }
    }
    Ok(())
}

/// Whether a line is a list as it is: it begins with a key, which no address and no parameter of a query does.
fn is_list(line: &str) -> bool {
    let key = line.split(['=', ',']).next().unwrap_or_default();
    key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
}

fn header(line: &str) -> Option<&str> {
    let name = line.split_once(':')?.0;
    name.get(..5).is_some_and(|n| n.eq_ignore_ascii_case("cmcd-")).then_some(name)
}

/// The keys of an object, or of what it holds under the name of a header or of CMCD.
fn of_object(keys: &mut Cmcd, object: &Map<String, Value>) {
    for (name, value) in object {
        let holds = name.get(..4).is_some_and(|n| n.eq_ignore_ascii_case("cmcd"));
        match value {
            Value::String(list) if holds => keys.add(list),
            Value::Object(inner) if holds => inner.iter().for_each(|(k, v)| set(keys, k, v)),
            value => set(keys, name, value),
        }
    }
}

fn set(keys: &mut Cmcd, name: &str, value: &Value) {
    match value {
        Value::String(text) => keys.set(name, text),
        value => keys.set(name, &structured(value)),
    }
}

/// A value as a list has it: an item may be an object with its `value` and its `params`.
fn structured(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "?1" } else { "?0" }.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(structured).collect();
            format!("({})", items.join(" "))
        }
        Value::Object(item) => {
            let value = item.get("value").map(structured).unwrap_or_default();
            let parameters = item.get("params").and_then(Value::as_object);
            let parameters = parameters.into_iter().flatten().map(|(name, _)| format!(";{name}"));
            value + &parameters.collect::<String>()
        }
        value => value.to_string(),
    }
}

struct Report {
    /// In s since the first one of the session.
    at: f64,
    /// Its number, -1 where it has none, and its kind.
    id: (f64, bool),
    state: Option<State>,
    startup: Option<f64>,
    shown: Option<f64>,
    bitrate: Option<f64>,
    aggregate: Option<f64>,
    response: Option<Response>,
}

/// What became of a request for a segment of the picture.
enum Response {
    Came(Box<Fetched>),
    Failed,
    /// Without what a segment needs.
    Bare,
}

/// The reports of a log, by session.
#[derive(Default)]
pub(super) struct Reports {
    sessions: BTreeMap<String, (f64, Vec<Report>)>,
    all: usize,
    rated: usize,
    advertised: usize,
    repeated: usize,
}

impl Reports {
    /// How many there are.
    pub(super) fn all(&self) -> usize {
        self.all
    }

    /// Takes the report at a place of the log.
    pub(super) fn add(&mut self, place: &str, keys: Cmcd) -> Result<(), Fault> {
        self.all += 1;
        if self.all > MOST {
            return Err(Fault::new("the log", format!("has more reports than the {MOST} that are read")));
        }
        let Some(at_ms) = keys.at_ms else {
            return Err(Fault::new(format!("{place}, ts"), "is missing, expected ms since 1970"));
        };
        let response = keys.event.as_deref() == Some("rr");
        let state = keys.state.as_deref().map(state).transpose();
        let state = state.map_err(|problem| Fault::new(format!("{place}, sta"), problem))?;
        self.rated += usize::from(keys.rate.is_some_and(|r| r != 1.0 && r != 0.0));
        self.advertised += usize::from(matches!(keys.event.as_deref(), Some("abs" | "as")));
        let above = |x: Option<f64>| x.filter(|x| *x > 0.0);
        let of_picture = keys.kind.as_deref().is_none_or(|kind| kind == "v" || kind == "av");
        let rate = |kbps: Option<f64>| above(kbps).filter(|_| of_picture).map(|k| k * 1e3);
        let (begin, reports) =
            self.sessions.entry(keys.session.clone().unwrap_or_default()).or_insert((at_ms, Vec::new()));
        let at = (at_ms - *begin) / 1e3;
        let mut report = Report {
            at,
            id: (keys.sequence.unwrap_or(-1.0), response),
            // What a response tells of the state is not of the time of its request.
            state: state.filter(|_| !response),
            startup: above(keys.startup_ms).map(|ms| ms / 1e3),
            shown: above(keys.shown_kbps).map(|k| k * 1e3),
            bitrate: rate(keys.bitrate_kbps),
            aggregate: rate(keys.aggregate_kbps),
            response: None,
        };
        if response && keys.is_picture() {
            let parts = (report.bitrate, above(keys.duration_ms), above(keys.last_byte_ms));
            report.response = Some(match (keys.status, parts) {
                (Some(status), _) if !(1.0..400.0).contains(&status) => Response::Failed,
                (_, (Some(bps), Some(ms), Some(last))) => {
                    let finish = at + last / 1e3;
                    Response::Came(Box::new(Fetched {
                        rung: Rung::Nominal(bps.round() as u64),
                        bytes: bps * ms / 8e3,
                        request: at,
                        first_byte: (at + keys.first_byte_ms.unwrap_or(last).max(0.0) / 1e3).min(finish),
                        finish,
                        duration: ms / 1e3,
                        ssim: None,
                    }))
                }
                _ => Response::Bare,
            });
        }
        reports.push(report);
        Ok(())
    }

    pub(super) fn log(mut self) -> Result<Log, Fault> {
        let (mut sessions, mut notes, mut told) = (Vec::new(), Vec::new(), Told::default());
        let mut problem = None;
        for (name, (_, mut reports)) in std::mem::take(&mut self.sessions) {
            let before = reports.len();
            reports.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.id.0.total_cmp(&b.id.0)));
            reports.dedup_by(|b, a| a.at == b.at && a.id == b.id && a.id.0 >= 0.0);
            self.repeated += before - reports.len();
            match session(reports, &mut told) {
                Ok(record) => sessions.push((name, record)),
                Err(fault) => problem = problem.or(Some(fault)),
            }
        }
        match problem {
            Some(fault) if sessions.is_empty() => return Err(fault),
            Some(Fault { field, problem }) => {
                notes.push(format!(
                    "{} session(s) are left out: {field} {problem}",
                    told.begun - sessions.len()
                ));
            }
            None if sessions.is_empty() => return Err(Fault::new("the lines", "have no report of CMCD")),
            None => {}
        }
        let mut note = |count: usize, text: &str| {
            if count > 0 {
                notes.push(format!("{count} {text}"));
            }
        };
        let responses = "session(s) told of responses, not of their sizes: a size is the bitrate (br) times the duration (d)";
        note(told.fetched, responses);
        let pieces = "session(s) did not tell of responses: they are in pieces of 4 s, each taken to arrive when it plays, of its nominal size";
        note(told.in_pieces, pieces);
        note(told.stateless, "session(s) told of no state: start and stalls follow from the arrivals");
        note(
            told.startless,
            "session(s) did not tell of their start: the startup counts from the first report",
        );
        note(
            told.ahead,
            "segment(s) were asked for before the viewer began to wait, and count as there by then",
        );
        note(told.unlike, "session(s) played more or less than arrived: what arrived counts as played");
        note(
            told.sought,
            "seek(s): where to is not told, and all that was shown or fetched counts as played",
        );
        note(told.failed, "response(s) that failed are left out");
        note(told.bare, "response(s) without br, d or ttlb are left out");
        note(self.repeated, "report(s) that came twice count once");
        note(self.rated, "report(s) of another playback rate (pr): all counts as played at rate 1");
        note(self.advertised, "advertisement(s): they count as the rest does");
        Ok(Log { source: SOURCE, sessions, notes, nominal: true })
    }
}

/// What notes are about: how many sessions, segments or seeks.
#[derive(Default)]
struct Told {
    begun: usize,
    fetched: usize,
    in_pieces: usize,
    stateless: usize,
    startless: usize,
    ahead: usize,
    unlike: usize,
    sought: usize,
    failed: usize,
    bare: usize,
}

/// The session of reports in the order of time.
fn session(mut reports: Vec<Report>, told: &mut Told) -> Result<Record, Fault> {
    told.begun += 1;
    let heard = (reports.first().map_or(0.0, |r| r.at), reports.last().map_or(0.0, |r| r.at));
    let states: Vec<(f64, State)> = reports.iter().filter_map(|r| Some((r.at, r.state?))).collect();
    let startup = reports.iter().find_map(|r| r.startup);
    let seen = Playback { states, heard, startup }.seen();
    let mut fetched = Vec::new();
    for response in reports.iter_mut().filter_map(|r| r.response.take()) {
        match response {
            Response::Came(segment) => fetched.push(*segment),
            Response::Failed => told.failed += 1,
            Response::Bare => told.bare += 1,
        }
    }
    let timeline = match (seen, fetched.is_empty()) {
        (None, true) => {
            return Err(Fault::new(
                "a session",
                "has no state p (playing) and no response (e=rr) of a segment",
            ));
        }
        (None, false) => {
            (told.stateless, told.fetched) = (told.stateless + 1, told.fetched + 1);
            Timeline::of_arrivals(fetched)
        }
        (Some(seen), no_responses) => {
            told.startless += usize::from(!seen.start_told);
            told.sought += seen.timeline.seeks.len();
            if no_responses {
                told.in_pieces += 1;
                let rates = rates(&reports);
                seen.in_pieces(PIECE_S, &rates, ("a session", "a session"))?
            } else {
                told.fetched += 1;
                with(seen, fetched, told)
            }
        }
    };
    timeline.record(SOURCE)
}

fn with(seen: Seen, mut fetched: Vec<Fetched>, told: &mut Told) -> Timeline {
    let mut timeline = seen.timeline;
    let (mut media, mut longest) = (0.0, 0.0f64);
    for f in &mut fetched {
        (media, longest) = (media + f.duration, longest.max(f.duration));
        if f.request < timeline.origin {
            told.ahead += 1;
            f.finish = f.finish.max(timeline.origin);
            (f.request, f.first_byte) = (f.finish, f.finish);
        }
    }
    told.unlike += usize::from((media - seen.played).abs() > longest);
    timeline.fetched = fetched;
    timeline
}

/// The bitrates of what was shown, from when on.
fn rates(reports: &[Report]) -> Vec<(f64, f64)> {
    let of = |rate: fn(&Report) -> Option<f64>| -> Vec<(f64, f64)> {
        reports.iter().filter_map(|r| Some((r.at, rate(r)?))).collect()
    };
    let lists = [of(|r| r.shown), of(|r| r.bitrate), of(|r| r.aggregate)];
    lists.into_iter().find(|l| !l.is_empty()).unwrap_or_default()
}

fn state(token: &str) -> Result<State, String> {
    Ok(match token {
        "d" => State::Idle,
        "s" => State::Starting,
        "p" => State::Playing,
        "r" => State::Stalled,
        "k" => State::Seeking,
        "a" | "w" => State::Paused,
        "e" | "f" | "q" => State::Ended,
        other => return Err(format!("is '{other}', expected one of s, p, k, r, a, w, e, f, q and d")),
    })
}
