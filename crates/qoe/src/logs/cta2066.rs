//! Events of a player as CTA-2066 has them, in JSON.
//!
//! | | |
//! |---|---|
//! | source | CTA-2066 (March 2020), *Streaming Quality of Experience Events, Properties and Metrics*, which has no format on the wire; names also of the media events of HTML and of the Eyevinn Player Analytics Specification 0.2 |
//! | text | an object per event: a line each, or in an array. Names are compared without case and punctuation |
//! | event | `event`, `eventType`, `eventName`, `type` or `name`: see [`EVENTS`]. Others are passed over and named in a note |
//! | time | `timestamp`, `ts`, `time`, `eventTime`: a date, or ms or s since 1970; with the unit in the name (`time_ms`, `timestamp_s`) from any origin |
//! | session | `sessionId`, `playbackSessionId`, `session`, `sid`, `viewId` |
//! | bitrate | `bitrate_kbps`, `bitrate_bps`, `bitrate` or the same of `video`, in any event, or one deep in it; without a unit from 100,000 on bit/s, else kbit/s |
//! | segment | a piece of 4 s of what was shown, as for Shaka: events tell of no requests |

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::objects::{self, Objects};
use super::states::{PIECE_S, Playback, State};
use super::{Fault, Log, instant};
use crate::Record;

const SOURCE: &str = "CTA-2066 event";

/// The most events of a log.
const MOST: usize = 1_000_000;
/// How many events are looked at to tell whether a text is such a log.
const LOOKED_AT: usize = 64;
/// How many names a note has.
const NAMED: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    To(State),
    /// A jump that is over as it is told.
    Sought,
    /// Nothing about the state; what else it has counts.
    Other,
}

/// The names of events, each with what it means. HTML's `stalled` is of a request, not of the playback, and not among them.
const EVENTS: [(Meaning, &[&str]); 9] = [
    (
        Meaning::To(State::Starting),
        &[
            "playbackrequested",
            "playrequested",
            "playrequest",
            "init",
            "loading",
            "loadstart",
            "sessionstart",
        ],
    ),
    (
        Meaning::To(State::Playing),
        &[
            "playbackstarted",
            "playbackstart",
            "playing",
            "started",
            "firstframe",
            "playbackresumed",
            "resumed",
            "resume",
        ],
    ),
    (
        Meaning::To(State::Stalled),
        &[
            "playbackstalled",
            "rebufferingstart",
            "rebufferingstarted",
            "rebufferstart",
            "rebufferstarted",
            "rebuffering",
            "stallstart",
            "stallstarted",
            "bufferingstart",
            "bufferingstarted",
            "bufferstart",
            "buffering",
            "waiting",
        ],
    ),
    (
        Meaning::To(State::Back),
        &[
            "rebufferingend",
            "rebufferingended",
            "rebufferend",
            "rebufferended",
            "stallend",
            "stallended",
            "bufferingend",
            "bufferingended",
            "bufferend",
            "buffered",
            "seekend",
            "seekended",
            "seeked",
        ],
    ),
    (Meaning::To(State::Seeking), &["seekstart", "seekstarted", "seeking"]),
    (Meaning::To(State::Paused), &["playbackpaused", "paused", "pause"]),
    (
        Meaning::To(State::Ended),
        &[
            "playbackended",
            "ended",
            "playbackstopped",
            "stopped",
            "stop",
            "playbackcomplete",
            "playbackcompleted",
            "playbackfailed",
            "sessionend",
            "sessionended",
        ],
    ),
    (Meaning::Sought, &["seek"]),
    (
        Meaning::Other,
        &[
            "bitratechange",
            "bitratechanged",
            "renditionchange",
            "renditionchanged",
            "qualitychange",
            "qualitychanged",
            "heartbeat",
        ],
    ),
];

const NAMES: [&str; 5] = ["event", "eventtype", "eventname", "type", "name"];
const SESSIONS: [&str; 5] = ["sessionid", "playbacksessionid", "session", "sid", "viewid"];
/// With how many ms each is; 0 where the value tells.
const TIMES: [(&str, f64); 10] = [
    ("timestamp", 0.0),
    ("ts", 0.0),
    ("time", 0.0),
    ("eventtime", 0.0),
    ("timestampms", 1.0),
    ("tsms", 1.0),
    ("timems", 1.0),
    ("timestamps", 1e3),
    ("tss", 1e3),
    ("times", 1e3),
];
/// With how many bit/s each is; 0 where the value tells.
const BITRATES: [(&str, f64); 6] = [
    ("bitratekbps", 1e3),
    ("videobitratekbps", 1e3),
    ("bitratebps", 1.0),
    ("videobitratebps", 1.0),
    ("videobitrate", 0.0),
    ("bitrate", 0.0),
];
/// From here on a bitrate without a unit is one in bit/s.
const BITS: f64 = 1e5;

/// Whether a text without a mark before it begins like such a log.
pub(super) fn is(text: &str) -> bool {
    let Some(objects) = Objects::of(objects::head(text)) else { return false };
    let known = |object: Map<String, Value>| {
        let fields = Fields::of(&object);
        fields.event().is_some_and(|e| meaning(e).is_some())
            && TIMES.iter().any(|(name, _)| fields.find(name).is_some())
    };
    objects.take(LOOKED_AT).map_while(Result::ok).any(|(_, object)| known(object))
}

/// A name without case and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).take(64).map(|c| c.to_ascii_lowercase()).collect()
}

fn meaning(event: &str) -> Option<Meaning> {
    let event = plain(event);
    EVENTS.iter().find(|(_, names)| names.contains(&event.as_str())).map(|e| e.0)
}

/// The fields of an event with their plain names: its own before those of the objects in it.
struct Fields<'a>(Vec<(String, &'a Value)>);

impl<'a> Fields<'a> {
    fn of(object: &'a Map<String, Value>) -> Fields<'a> {
        let inner = object.values().filter_map(Value::as_object).flatten();
        Fields(object.iter().chain(inner).map(|(name, value)| (plain(name), value)).collect())
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        self.0.iter().find(|f| f.0 == name && !f.1.is_null()).map(|f| f.1)
    }

    fn event(&self) -> Option<&'a str> {
        NAMES.iter().find_map(|name| self.find(name)?.as_str())
    }

    fn session(&self) -> String {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.chars().take(64).collect()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        SESSIONS.iter().find_map(|name| text(self.find(name)?)).unwrap_or_default()
    }

    /// When it was, in ms.
    fn time(&self, place: &str) -> Result<f64, Fault> {
        let Some((name, unit, value)) = TIMES.iter().find_map(|(n, unit)| Some((n, unit, self.find(n)?)))
        else {
            return Err(Fault::new(
                format!("{place}, timestamp"),
                "is missing, expected a date or ms since 1970",
            ));
        };
        let field = format!("{place}, {name}");
        let Some(number) = number(value) else {
            return Ok(instant(&field, value.as_str().unwrap_or_default())? * 1e3);
        };
        match *unit {
            unit if unit > 0.0 => Ok(number * unit),
            _ if number >= 1e11 => Ok(number),
            _ if number >= 1e9 => Ok(number * 1e3),
            _ => {
                let expected = "expected ms or s since 1970, or a name with its unit (time_ms, time_s)";
                Err(Fault::new(field, format!("is {number}, {expected}")))
            }
        }
    }

    /// The bitrate of the picture, with how many bit/s its unit has.
    fn bitrate(&self) -> Option<(f64, f64)> {
        let above = |value| number(value).filter(|x| *x > 0.0);
        BITRATES.iter().find_map(|(name, unit)| Some((above(self.find(name)?)?, *unit)))
    }
}

/// A number, also as text.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    number.is_finite().then_some(number)
}

/// A session as it is read: in s since its first event.
#[derive(Default)]
struct Told {
    begin_ms: f64,
    times: Vec<(f64, Meaning)>,
    rates: Vec<(f64, f64)>,
}

pub(super) fn read(text: &str) -> Result<Log, Fault> {
    let Some(objects) = Objects::of(text) else {
        return Err(Fault::new("the log", "has no objects, expected one per event"));
    };
    let (mut sessions, mut unknown) = (BTreeMap::<String, Told>::new(), BTreeSet::new());
    let (mut passed, mut guessed) = (0, [None; 2]);
    for (i, object) in objects.enumerate() {
        if i == MOST {
            return Err(Fault::new("the log", format!("has more events than the {MOST} that are read")));
        }
        let (place, object) = object?;
        let fields = Fields::of(&object);
        let Some(event) = fields.event() else {
            return Err(Fault::new(format!("{place}, event"), "is missing, expected the name of the event"));
        };
        let at_ms = fields.time(&place)?;
        let told =
            sessions.entry(fields.session()).or_insert_with(|| Told { begin_ms: at_ms, ..Told::default() });
        let at = (at_ms - told.begin_ms) / 1e3;
        match meaning(event) {
            Some(meaning) => told.times.push((at, meaning)),
            None => {
                passed += 1;
                if unknown.len() < NAMED {
                    unknown.insert(event.chars().take(40).collect::<String>());
                }
            }
        }
        if let Some((rate, unit)) = fields.bitrate() {
            let in_bits = rate >= BITS;
            if unit == 0.0 {
                guessed[usize::from(in_bits)] = Some(rate);
            }
            let unit = if unit > 0.0 {
                unit
            } else if in_bits {
                1.0
            } else {
                1e3
            };
            told.rates.push((at, rate * unit));
        }
    }
    if let [Some(a), Some(b)] = guessed {
        let expected = "expected one unit, or its name (bitrate_kbps, bitrate_bps)";
        return Err(Fault::new("bitrate", format!("is {a} and {b}, {expected}")));
    }
    let mut notes = vec![format!(
        "events do not tell of requests: pieces of {PIECE_S} s are taken to arrive when they play, of their nominal size"
    )];
    match guessed {
        [Some(x), _] => notes.push(format!("bitrates have no unit: {x} is taken to be in kbit/s")),
        [_, Some(x)] => notes.push(format!("bitrates have no unit: {x} is taken to be in bit/s")),
        _ => {}
    }
    let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
    if passed > 0 {
        notes.push(format!("{passed} event(s) of other names are passed over: {names}"));
    }
    records(sessions, &names, notes)
}

/// The records of the sessions; `names` are those of events that were passed over.
fn records(sessions: BTreeMap<String, Told>, names: &str, mut notes: Vec<String>) -> Result<Log, Fault> {
    let (all, mut records, mut problem) = (sessions.len(), Vec::new(), None);
    let (mut startless, mut sought) = (0, 0);
    for (name, mut told) in sessions {
        told.times.sort_by(|a, b| a.0.total_cmp(&b.0));
        told.rates.sort_by(|a, b| a.0.total_cmp(&b.0));
        sought += told
            .times
            .iter()
            .filter(|t| matches!(t.1, Meaning::Sought | Meaning::To(State::Seeking)))
            .count();
        match session(&told, names, &mut startless) {
            Ok(record) => records.push((name, record)),
            Err(fault) => problem = problem.or(Some(fault)),
        }
    }
    match problem {
        Some(fault) if records.is_empty() => return Err(fault),
        Some(Fault { field, problem }) => {
            notes.push(format!("{} session(s) are left out: {field} {problem}", all - records.len()));
        }
        None => {}
    }
    if startless > 0 {
        notes.push(format!(
            "{startless} session(s) did not tell of their start: the startup counts from the first event"
        ));
    }
    if sought > 0 {
        notes
            .push(format!("{sought} seek(s): where to is not told, and all that was shown counts as played"));
    }
    Ok(Log { source: SOURCE, sessions: records, notes, nominal: true })
}

fn session(told: &Told, names: &str, startless: &mut usize) -> Result<Record, Fault> {
    let states = told.times.iter().filter_map(|(at, meaning)| match meaning {
        Meaning::To(state) => Some((*at, *state)),
        Meaning::Sought | Meaning::Other => None,
    });
    let states: Vec<(f64, State)> = states.collect();
    let heard = told.times.first().zip(told.times.last()).map_or((0.0, 0.0), |(a, b)| (a.0, b.0));
    let seen = Playback { states, heard, startup: None }.seen().ok_or_else(|| {
        let found = if names.is_empty() { String::new() } else { format!(" among others ({names})") };
        Fault::new(
            "a session",
            format!("has no event playbackStarted, playing or firstFrame{found}, expected one"),
        )
    })?;
    *startless += usize::from(!seen.start_told);
    seen.in_pieces(PIECE_S, &told.rates, ("a session", "a session"))?.record(SOURCE)
}
