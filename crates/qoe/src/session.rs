//! The session record: what happened, completely.

use serde::{Deserialize, Serialize};
use units::{BitRate, Bits, Seconds};

/// Schema name and version of a stored [`Session`].
pub const SESSION_SCHEMA: &str = "segue.session/2";

/// The version before, which is read too: it has no requests but those for segments of the picture, and no live latency.
pub const SESSION_SCHEMA_1: &str = "segue.session/1";

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its segment was appended to the buffer.
    Done,
    /// It was given up, or came too late to be of use: its bits are wasted.
    Abandoned,
    /// Its segment took the place of one already in the buffer.
    Replaced,
}

/// One request, from the decision to its end: a row of the log.
///
/// Times are on the session's clock, which starts at 0 with the first request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Download {
    /// Which segment of the video, from 0.
    pub index: usize,
    /// Which rung, 0 the lowest.
    pub level: usize,
    /// The nominal bitrate of the rung.
    pub bitrate_kbps: BitRate,
    /// The size of the whole segment.
    pub size_bits: Bits,
    pub request_s: Seconds,
    /// When its first bit came; of a request that was given up before, when it was given up.
    pub first_byte_s: Seconds,
    /// When its last bit came, or when it was given up.
    pub finish_s: Seconds,
    /// Buffer level at the request.
    pub buffer_before_s: Seconds,
    /// Buffer level after the segment was appended (or the request given up).
    pub buffer_after_s: Seconds,
    /// How long the player held back before the request (buffer full, rule, availability).
    pub wait_s: Seconds,
    /// Stalled time since the request before.
    pub stall_s: Seconds,
    pub outcome: Outcome,
    /// What was received: all of `size_bits` unless given up.
    pub received_bits: Bits,
    /// How long the segment plays.
    pub duration_s: Seconds,
    /// Which source it came from (0 where there is one).
    #[serde(default)]
    pub source: usize,
    /// Its VMAF on this rung, 0 to 100, where the video says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vmaf: Option<f64>,
    /// Its structural similarity on this rung, 0 to 1 (not in dB), where the video says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssim: Option<f64>,
}

impl Download {
    /// The throughput a player measures: what was received over the time since the first bit; None for no time.
    pub fn throughput(&self) -> Option<BitRate> {
        let time = self.finish_s - self.first_byte_s;
        (time > Seconds::ZERO).then(|| self.received_bits / time)
    }
}

/// Why playback stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StallCause {
    /// The buffer ran dry.
    Rebuffer,
    /// A seek left the buffered range.
    Seek,
}

/// One interruption of playback. The startup delay is not one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stall {
    /// When it began.
    pub start_s: Seconds,
    /// How long it lasted.
    pub duration_s: Seconds,
    /// Media time that was reached when it began.
    pub media_s: Seconds,
    pub cause: StallCause,
}

/// The medium of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaTrack {
    #[default]
    Video,
    Audio,
}

/// What a request was for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestKind {
    #[default]
    Media,
    Init,
    Playlist,
}

/// A request for something else than a segment of the picture: sound, initialisation segments, playlists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherRequest {
    pub track: MediaTrack,
    pub kind: RequestKind,
    /// Which segment, from 0; the one for whose sake it was made where it is no segment.
    pub index: usize,
    /// On which rung of its medium.
    pub level: usize,
    pub size_bits: Bits,
    pub request_s: Seconds,
    /// When its first bit came; of a request that was given up before, when it was given up.
    pub first_byte_s: Seconds,
    /// When its last bit came, or when it was given up.
    pub finish_s: Seconds,
    pub outcome: Outcome,
    pub received_bits: Bits,
    /// Which source it came from (0 where there is one).
    #[serde(default)]
    pub source: usize,
}

/// How far the viewer of a live event was behind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveLatency {
    /// Which segment began to play.
    pub index: usize,
    pub at_s: Seconds,
    /// From a moment's happening to the viewer's seeing it.
    pub latency_s: Seconds,
}

/// A jump of the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seek {
    pub at_s: Seconds,
    /// The media time jumped to.
    pub to_s: Seconds,
    /// Segments that were dropped from the buffer before they had begun to play.
    pub dropped: usize,
}

/// A change of the playback rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateChange {
    pub at_s: Seconds,
    /// Media seconds per second from then on.
    pub rate: f64,
}

/// What happened in one session, completely: every QoE model, chart and summary is a function of it.
///
/// `wall_s = startup_delay_s + played_s / rate + stalls + paused_s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub schema: String,
    /// The rule, with its options.
    pub abr: String,
    pub profile: String,
    pub trace: String,
    pub video: String,
    /// The seed of everything random.
    pub seed: u64,
    /// The ladder, ascending.
    pub ladder_kbps: Vec<BitRate>,
    /// Every request for a segment of the picture, in the order in which they were made.
    pub downloads: Vec<Download>,
    /// Every stall, in order.
    pub stalls: Vec<Stall>,
    /// From the first request to the first frame.
    pub startup_delay_s: Seconds,
    /// Media time that was played.
    pub played_s: Seconds,
    /// Time that the viewer had paused.
    pub paused_s: Seconds,
    /// From the first request to the end.
    pub wall_s: Seconds,
    /// Every change of the playback rate; empty where it stayed 1.
    #[serde(default)]
    pub rates: Vec<RateChange>,
    /// Every jump of the viewer, in order.
    #[serde(default)]
    pub seeks: Vec<Seek>,
    /// Every request for something else than a segment of the picture, in the order in which they ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherRequest>,
    /// How far the viewer of a live event was behind whenever a segment began to play, in order; empty on demand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub latencies: Vec<LiveLatency>,
}

/// Differences of times that are no more than rounding.
const ROUNDING: Seconds = Seconds::from_millis(1e-6);

/// A segment as the viewer saw it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayedSegment {
    /// Which segment of the video.
    pub index: usize,
    /// The rung it was played on.
    pub level: usize,
    /// The nominal bitrate of that rung.
    pub bitrate: BitRate,
    pub size: Bits,
    /// How long it plays.
    pub duration: Seconds,
    /// Stalled time charged to it: since the segment before it was in the buffer.
    pub stall: Seconds,
    /// Its VMAF on that rung, where it is known.
    pub vmaf: Option<f64>,
    /// Its structural similarity on that rung, where it is known.
    pub ssim: Option<f64>,
}

/// An empty record of nobody's session.
impl Default for Session {
    fn default() -> Session {
        Session {
            schema: SESSION_SCHEMA.to_string(),
            abr: String::new(),
            profile: String::new(),
            trace: String::new(),
            video: String::new(),
            seed: 0,
            ladder_kbps: Vec::new(),
            downloads: Vec::new(),
            stalls: Vec::new(),
            startup_delay_s: Seconds::ZERO,
            played_s: Seconds::ZERO,
            paused_s: Seconds::ZERO,
            wall_s: Seconds::ZERO,
            rates: Vec::new(),
            seeks: Vec::new(),
            others: Vec::new(),
            latencies: Vec::new(),
        }
    }
}

impl Session {
    /// The first field at fault, and why.
    pub(crate) fn check(&self) -> Result<(), (String, String)> {
        if self.schema != SESSION_SCHEMA && self.schema != SESSION_SCHEMA_1 {
            return Err(("schema".to_string(), format!("is {:?}, expected {SESSION_SCHEMA:?}", self.schema)));
        }
        let times = |prefix: &dyn Fn() -> String, list: &[(&str, Seconds)]| match list
            .iter()
            .find(|(_, t)| !(t.is_finite() && *t >= -ROUNDING))
        {
            Some((field, t)) => Err((
                format!("{}{field}", prefix()),
                format!("is {}, expected a finite number, at least 0", t.get()),
            )),
            None => Ok(()),
        };
        let whole = [
            ("startup_delay_s", self.startup_delay_s),
            ("played_s", self.played_s),
            ("paused_s", self.paused_s),
            ("wall_s", self.wall_s),
        ];
        times(&String::new, &whole)?;
        for (i, d) in self.downloads.iter().enumerate() {
            let at = |field: &str| format!("downloads[{i}].{field}");
            let list = [
                ("request_s", d.request_s),
                ("first_byte_s", d.first_byte_s),
                ("finish_s", d.finish_s),
                ("buffer_before_s", d.buffer_before_s),
                ("buffer_after_s", d.buffer_after_s),
                ("wait_s", d.wait_s),
                ("stall_s", d.stall_s),
                ("duration_s", d.duration_s),
            ];
            times(&|| at(""), &list)?;
            if d.finish_s < d.request_s - ROUNDING {
                return Err((at("finish_s"), "is before request_s".to_string()));
            }
            if d.level >= self.ladder_kbps.len() {
                let problem = format!("is {}, expected a rung of the {}", d.level, self.ladder_kbps.len());
                return Err((at("level"), problem));
            }
            let kbps = d.bitrate_kbps.kbps();
            if !(kbps > 0.0 && kbps.is_finite()) {
                let problem = format!("is {kbps}, expected a finite number above 0");
                return Err((at("bitrate_kbps"), problem));
            }
            let measures = [("vmaf", d.vmaf, 100.0), ("ssim", d.ssim, 1.0)];
            for (field, x, most) in measures.iter().filter_map(|(f, x, most)| x.map(|x| (f, x, most))) {
                if !(0.0..=*most).contains(&x) {
                    return Err((at(field), format!("is {x}, expected a number from 0 to {most}")));
                }
            }
            for (field, x) in [("size_bits", d.size_bits.get()), ("received_bits", d.received_bits.get())] {
                if !(x >= 0.0 && x.is_finite()) {
                    return Err((at(field), format!("is {x}, expected a finite number, at least 0")));
                }
            }
        }
        for (i, o) in self.others.iter().enumerate() {
            let list =
                [("request_s", o.request_s), ("first_byte_s", o.first_byte_s), ("finish_s", o.finish_s)];
            times(&|| format!("others[{i}]."), &list)?;
        }
        for (i, l) in self.latencies.iter().enumerate() {
            times(&|| format!("latencies[{i}]."), &[("at_s", l.at_s)])?;
            if !l.latency_s.is_finite() {
                let problem = format!("is {}, expected a finite number", l.latency_s.get());
                return Err((format!("latencies[{i}].latency_s"), problem));
            }
        }
        for (i, s) in self.stalls.iter().enumerate() {
            let list = [("start_s", s.start_s), ("duration_s", s.duration_s), ("media_s", s.media_s)];
            times(&|| format!("stalls[{i}]."), &list)?;
        }
        for (i, r) in self.rates.iter().enumerate() {
            times(&|| format!("rates[{i}]."), &[("at_s", r.at_s)])?;
            if !(r.rate >= 0.0 && r.rate.is_finite()) {
                return Err((format!("rates[{i}].rate"), format!("is {}, expected at least 0", r.rate)));
            }
        }
        let starts = |list: &mut dyn Iterator<Item = Seconds>| {
            let times: Vec<Seconds> = list.collect();
            times.windows(2).position(|w| w[1] < w[0] - ROUNDING).map(|i| i + 1)
        };
        let out_of_order = [
            ("downloads", "request_s", starts(&mut self.downloads.iter().map(|d| d.request_s))),
            ("stalls", "start_s", starts(&mut self.stalls.iter().map(|s| s.start_s))),
            ("rates", "at_s", starts(&mut self.rates.iter().map(|r| r.at_s))),
        ];
        match out_of_order.into_iter().find(|(_, _, i)| i.is_some()) {
            Some((list, field, Some(i))) => {
                Err((format!("{list}[{i}].{field}"), "is before that of the one before".to_string()))
            }
            _ => Ok(()),
        }
    }

    /// The segments in the order in which they were appended, on the rung that was in the buffer in the end; the stalled
    /// time of requests that were given up is charged to the segment that came instead. What a seek dropped is not among
    /// them.
    pub fn played_segments(&self) -> Vec<PlayedSegment> {
        let mut played: Vec<PlayedSegment> = Vec::with_capacity(self.downloads.len());
        let mut stall = Seconds::ZERO;
        let mut seeks = self.seeks.iter().peekable();
        for d in &self.downloads {
            while let Some(seek) = seeks.next_if(|s| s.at_s <= d.request_s) {
                played.truncate(played.len().saturating_sub(seek.dropped));
            }
            stall += d.stall_s;
            match d.outcome {
                Outcome::Done => {
                    played.push(PlayedSegment {
                        index: d.index,
                        level: d.level,
                        bitrate: d.bitrate_kbps,
                        size: d.size_bits,
                        duration: d.duration_s,
                        stall,
                        vmaf: d.vmaf,
                        ssim: d.ssim,
                    });
                    stall = Seconds::ZERO;
                }
                Outcome::Replaced => {
                    if let Some(p) = played.iter_mut().rev().find(|p| p.index == d.index) {
                        (p.level, p.bitrate, p.size) = (d.level, d.bitrate_kbps, d.size_bits);
                        (p.vmaf, p.ssim) = (d.vmaf, d.ssim);
                    }
                }
                Outcome::Abandoned => {}
            }
        }
        played
    }

    /// Stalled time in all, waiting after seeks included.
    pub fn stall_time(&self) -> Seconds {
        self.stalls.iter().map(|s| s.duration_s).sum()
    }

    /// The buffer level over time as `(time, level)` corners: between two of them it is linear; a jump is two corners at
    /// one time. Starts at (0, 0) and ends with the session.
    pub fn buffer_levels(&self) -> Vec<(Seconds, Seconds)> {
        let mut corners =
            Corners { session: self, stall: 0, rate: 0, line: vec![(Seconds::ZERO, Seconds::ZERO)] };
        // The levels that are known. Requests may overlap: then their ends are not in the order of their beginnings. At one
        // time, a download ends, the viewer seeks, and a request is made.
        let ended = self.downloads.iter().map(|d| (d.finish_s, 0, d.buffer_after_s));
        let sought = self.seeks.iter().map(|s| (s.at_s, 1, Seconds::ZERO));
        let made = self.downloads.iter().map(|d| (d.request_s, 2, d.buffer_before_s));
        let mut known: Vec<(Seconds, u8, Seconds)> = ended.chain(sought).chain(made).collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (at, _, level) in known {
            corners.drain_to(at);
            corners.jump(level);
        }
        corners.drain_to(self.wall_s);
        corners.line
    }
}

/// Follows the buffer between two known levels: it falls at the playback rate while playing, and stands otherwise.
struct Corners<'a> {
    session: &'a Session,
    /// The first stall that has not ended.
    stall: usize,
    /// How many rate changes have happened.
    rate: usize,
    line: Vec<(Seconds, Seconds)>,
}

impl Corners<'_> {
    fn last(&self) -> (Seconds, Seconds) {
        self.line[self.line.len() - 1]
    }

    /// Sets the level here, where it differs by more than rounding.
    fn jump(&mut self, level: Seconds) {
        let (at, before) = self.last();
        if (level - before).abs() > Seconds::new(1e-9) {
            self.line.push((at, level));
        }
    }

    fn drain_to(&mut self, to: Seconds) {
        let s = self.session;
        loop {
            let (at, level) = self.last();
            if at >= to {
                return;
            }
            while s.stalls.get(self.stall).is_some_and(|x| x.start_s + x.duration_s <= at) {
                self.stall += 1;
            }
            while s.rates.get(self.rate).is_some_and(|x| x.at_s <= at) {
                self.rate += 1;
            }
            let rate = if self.rate == 0 { 1.0 } else { s.rates[self.rate - 1].rate };
            let change = s.rates.get(self.rate).map_or(Seconds::INFINITY, |x| x.at_s);
            // Standing: before the first frame, and in a stall.
            let (until, playing) = match s.stalls.get(self.stall) {
                _ if at < s.startup_delay_s => (s.startup_delay_s, false),
                Some(x) if x.start_s <= at => (x.start_s + x.duration_s, false),
                Some(x) => (x.start_s, true),
                None => (Seconds::INFINITY, true),
            };
            let mut next = until.min(to).min(change);
            if playing && rate > 0.0 && level > Seconds::ZERO {
                next = next.min(at + level / rate);
            }
            // A step below the resolution of the clock would not move.
            let next = if next > at { next } else { to };
            let fall = if playing { (next - at) * rate } else { Seconds::ZERO };
            self.line.push((next, (level - fall).max(Seconds::ZERO)));
        }
    }
}
