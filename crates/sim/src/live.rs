//! How a live event is watched: `latency=3,chunk=0.5,catchup=lol-plus`.

use media::{Audio, Availability, Video};
use player::rate::{CatchUpMode, DashJsCatchUp};
use spec::{Entry, Options, Spec, opt};
use units::Seconds;

use crate::SimError;

/// A live event and the player's way with it.
#[derive(Clone, Debug, PartialEq)]
pub struct LivePlay {
    pub event: media::Live,
    /// How far behind it the player wants to be.
    pub latency: Seconds,
    /// Media that starts and resumes playback, if the player does not begin with less.
    pub start: Seconds,
    /// Who catches up with it; None: nobody.
    pub catch_up: Option<DashJsCatchUp>,
}

impl LivePlay {
    /// A video as that event, for a viewer who comes so much later. Its sound comes in whole segments.
    pub(crate) fn event_of(&self, video: Video, later: Seconds) -> Video {
        let event = media::Live { join: self.event.join + later, ..self.event };
        let whole = media::Live { chunk: None, ..event };
        let sound = video
            .audio()
            .iter()
            .cloned()
            .map(|audio| Audio { track: audio.track.with_availability(Availability::Live(whole)), ..audio });
        let sound = sound.collect();
        video.with_audio(sound).with_availability(Availability::Live(event))
    }
}

/// What can be said of it.
static ENTRY: Entry = Entry {
    name: "live",
    about: "the video is a live event (--live key=value,...)",
    options: &[
        opt("latency", "3", "seconds behind the event at which the player wants to be"),
        opt(
            "chunk",
            "none",
            "seconds of media in a chunk, where segments are delivered while they are produced",
        ),
        opt(
            "request",
            "segment",
            "what a request fetches: segment (its chunks are sent as they come), or chunk (the parts of low-latency HLS)",
        ),
        opt("delay", "0", "seconds from the end of a segment or chunk to its availability"),
        opt(
            "join",
            "auto",
            "seconds that the event has been going when the session begins; auto is the latency",
        ),
        opt(
            "window",
            "none",
            "seconds of the event that can be fetched (DVR window); a player that falls behind it jumps to its target",
        ),
        opt(
            "catchup",
            "auto",
            "what dash.js changes the rate by: default, lol-plus, step or off; auto is default, and off for hls.js",
        ),
        opt("min-rate", "0.5", "slowest playback rate"),
        opt("max-rate", "1.5", "fastest playback rate"),
        opt("drift", "12", "seconds behind the target from which the player jumps to it; 0: never"),
        opt(
            "start",
            "0.5",
            "seconds of media that start and resume playback, if the profile does not say less",
        ),
    ],
};

/// What can be said of a live event.
pub fn live_options() -> &'static Entry {
    &ENTRY
}

impl LivePlay {
    /// What a text such as `latency=3,chunk=0.5` says, and its name. `catches_up`: somebody does unless the text says otherwise.
    ///
    /// # Errors
    /// [`SimError::Spec`] for an unknown option or a value out of range.
    pub fn read(text: &str, catches_up: bool) -> Result<(LivePlay, String), SimError> {
        let text = text.trim();
        let said = if text.is_empty() { "live".to_string() } else { format!("live:{text}") };
        let (_, o) = Spec::parse(&said)?.find("live option", std::iter::once(&ENTRY))?;
        let seconds = |key: &str, least: f64| o.number(key, least..=1e5).map(Seconds::new);
        let latency = seconds("latency", 0.1)?;
        let chunk = if o.text("chunk") == "none" { None } else { Some(seconds("chunk", 0.01)?) };
        let parts = o.choice("request", &[("segment", false), ("chunk", true)])?;
        if parts && chunk.is_none() {
            return Err(o
                .wrong("request", "segment, since there are no chunks without chunk=SECONDS")
                .into());
        }
        let join = if o.text("join") == "auto" { latency } else { seconds("join", 0.0)? };
        let window = match o.text("window") {
            "none" => None,
            // The target is in it.
            _ => Some(seconds("window", latency.get())?),
        };
        let event = media::Live { delay: seconds("delay", 0.0)?, chunk, parts, join, window };
        let catch_up = catch_up(&o, catches_up)?;
        Ok((LivePlay { event, latency, start: seconds("start", 0.0)?, catch_up }, said))
    }
}

fn catch_up(o: &Options, by_default: bool) -> Result<Option<DashJsCatchUp>, SimError> {
    let modes = [
        ("auto", by_default.then_some(CatchUpMode::Default)),
        ("default", Some(CatchUpMode::Default)),
        ("lol-plus", Some(CatchUpMode::LolPlus)),
        ("step", Some(CatchUpMode::Step)),
        ("off", None),
    ];
    let Some(mode) = o.choice("catchup", &modes)? else { return Ok(None) };
    let mut control = DashJsCatchUp::new(mode);
    control.slower = o.number("min-rate", 0.1..=1.0)? - 1.0;
    control.faster = o.number("max-rate", 1.001..=4.0)? - 1.0;
    control.most_drift = Seconds::new(o.number("drift", 0.0..=1e5)?);
    Ok(Some(control))
}
