//! Profiles: named sets of options under which the engine behaves as a certain system does.
//!
//! Compatibility is configuration: what an original does differently, its bugs included, is an option of the player or the
//! link with a name and a sentence, and a profile sets them. Every option below can be set for every profile.

use media::Video;
use netmodel::impair::{self, Impairment};
use netmodel::{End, LinkOptions};
use playbuf::BufferOptions;
use player::rate::WithRate;
use player::scheduling::{HlsJs, HlsJsBuffer};
use player::{Abandoned, Full, Options as PlayerOptions, Plain, PlannedSeek, Replacement, Scheduling};
use spec::{Entry, Opt, Options, Spec, SpecError, opt};
use units::{Bits, Seconds};

use crate::SimError;
use crate::live::LivePlay;

/// A named set of options of player and link.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The specification it was made of.
    pub name: String,
    /// How the player schedules its requests.
    pub player: PlayerOptions,
    /// How the trace is replayed.
    pub link: LinkOptions,
    /// The video is cut or repeated to this length.
    pub length: Option<Seconds>,
    /// The level that ends the ramp-up of Sabre's metrics; None for the sustainable one.
    pub ramp: Option<usize>,
    /// What stands around the link, from the trace outward.
    pub impairments: Vec<Impairment>,
    /// The original whose behaviour it reproduces.
    pub original: Option<Original>,
    /// Who decides when to request, and what.
    pub stack: Stack,
    /// The video is a live event.
    pub live: Option<LivePlay>,
}

/// The scheduling of a player.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Stack {
    /// As the player's options say.
    #[default]
    Plain,
    /// As hls.js 1.7.4.
    HlsJs(HlsJsBuffer),
}

impl Stack {
    fn scheduling(&self) -> Box<dyn Scheduling> {
        match self {
            Stack::Plain => Box::new(Plain::default()),
            Stack::HlsJs(buffer) => Box::new(HlsJs::new(*buffer)),
        }
    }
}

/// A system that a profile reproduces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Original {
    /// UMass-LIDS/sabre at commit 09b03bb.
    Sabre,
    /// hongzimao/pensieve at commit 1120bb1.
    Pensieve,
}

impl Profile {
    /// The same with impairments around its link, such as `slow-start:initial=14600`, from the trace outward. Its name says
    /// so: `default + slow-start:initial=14600`.
    ///
    /// # Errors
    /// [`SimError::Network`], as [`impair::chain`].
    pub fn impaired<S: AsRef<str>>(mut self, specs: &[S]) -> Result<Profile, SimError> {
        for impairment in impair::chain(specs)? {
            self.name = format!("{} + {}", self.name, impairment.name());
            self.impairments.push(impairment);
        }
        Ok(self)
    }

    /// The same player at a live event, such as `latency=3,chunk=0.5`. Its name says so.
    ///
    /// # Errors
    /// [`SimError::Spec`] for an unknown option or a value out of range; [`SimError::Live`] for a profile whose original knows
    /// no live events.
    pub fn live(mut self, text: &str) -> Result<Profile, SimError> {
        if self.original.is_some() {
            return Err(SimError::Live { profile: self.name });
        }
        let (live, said) = LivePlay::read(text, matches!(self.stack, Stack::Plain))?;
        self.player.latency = Some(live.latency);
        self.player.buffer.start = self.player.buffer.start.min(live.start);
        self.player.buffer.resume = self.player.buffer.resume.min(live.start);
        self.name = format!("{} + {said}", self.name);
        self.live = Some(live);
        Ok(self)
    }

    /// The scheduling of a new player, and who catches up with a live event.
    pub fn scheduling(&self) -> Box<dyn Scheduling> {
        let stack = self.stack.scheduling();
        match self.live.as_ref().and_then(|l| l.catch_up.clone()) {
            Some(control) => Box::new(WithRate::new(stack, control)),
            None => stack,
        }
    }

    /// The video as this profile plays it, if that is not the video itself.
    pub fn adapt(&self, video: &Video) -> Option<Video> {
        match &self.live {
            Some(_) => Some(self.joining(video, Seconds::ZERO)),
            None => self.cut(video),
        }
    }

    /// The same for a viewer of a live event who comes later than others.
    pub(crate) fn joining(&self, video: &Video, later: Seconds) -> Video {
        let cut = self.cut(video).unwrap_or_else(|| video.clone());
        match &self.live {
            Some(live) => live.event_of(cut, later),
            None => cut,
        }
    }

    /// The video as long as the profile says, where it is not.
    fn cut(&self, video: &Video) -> Option<Video> {
        // A length is checked to be finite when the profile is read; the video bounds what is sensible.
        let segments = (self.length? / video.duration(0)).ceil().clamp(1.0, 1e7) as usize;
        (segments != video.segments()).then(|| video.with_segments(segments))
    }
}

/// `auto` is what the profile says.
const OPTIONS: &[Opt] = &[
    opt("capacity", "auto", "seconds of media the buffer takes"),
    opt("start", "auto", "seconds of media that start playback"),
    opt("resume", "auto", "seconds of media that resume it after a stall"),
    opt(
        "full",
        "auto",
        "when the buffer is full: room (wait for the next to fit) or drain (wait afterwards)",
    ),
    opt("wait-quantum", "auto", "seconds of which a wait for room is a multiple; 0 waits exactly"),
    opt("abandonment", "auto", "whether requests in flight may be abandoned"),
    opt("look", "auto", "seconds between two looks at a request in flight"),
    opt("replacement", "auto", "fetch buffered segments again on a higher rung: off, left or right"),
    opt(
        "audio",
        "none",
        "which audio of the video is fetched and played beside the picture: none, or its number from 0",
    ),
    opt("seek", "none", "seeks of the viewer, WHEN/TO in seconds of media"),
    opt("length", "auto", "seconds to which the video is cut or repeated"),
    opt("rate", "1", "factor on the link's rate"),
    opt("payload", "auto", "share of the rate that is payload"),
    opt("latency", "auto", "seconds from a request to its first bit, instead of the trace's own"),
    opt("ramp", "auto", "level that ends the ramp-up of Sabre's metrics; auto is the sustainable one"),
    opt("offset", "0", "seconds into the trace at which the session begins"),
    opt("end", "loop", "after the end of the trace: loop, hold or stop"),
];

/// What hls.js has of them, and its own. A stack reads none of the options of plain scheduling.
const HLSJS_OPTIONS: &[Opt] = &[
    opt("max-buffer", "30", "seconds ahead below which fragments are asked for (maxBufferLength)"),
    opt("max-max-buffer", "600", "seconds ahead above which none are (maxMaxBufferLength)"),
    opt("max-size", "60", "Mbyte ahead for which more than max-buffer is asked for (maxBufferSize)"),
    opt("playlist", "2", "kbyte that the playlist of a level has"),
    opt("length", "auto", "seconds to which the video is cut or repeated"),
    opt("rate", "1", "factor on the link's rate"),
    opt("payload", "auto", "share of the rate that is payload"),
    opt("latency", "auto", "seconds from a request to its first bit, instead of the trace's own"),
    opt("offset", "0", "seconds into the trace at which the session begins"),
    opt("end", "loop", "after the end of the trace: loop, hold or stop"),
];

static PROFILES: [Entry; 4] = [
    Entry {
        name: "default",
        about: "a player of today: 30 s buffer, starts at 2 s, nobody's bugs",
        options: OPTIONS,
    },
    Entry {
        name: "sabre-09b03bb",
        about: "Sabre (UMass-LIDS/sabre): starts on one segment, looks every 50 ms and 12 kbit, forgets abandonment targets",
        options: OPTIONS,
    },
    Entry {
        name: "pensieve-1120bb1",
        about: "Pensieve's fixed_env: 60 s buffer drained in 0.5 s steps, 0.95 payload, 80 ms outside trace time",
        options: OPTIONS,
    },
    Entry {
        name: "hlsjs-1.7.4",
        about: "hls.js 1.7.4: playlists at a switch, fragments looked at every 100 ms; its own rule is hlsjs",
        options: HLSJS_OPTIONS,
    },
];

/// Every profile's name, description and options.
pub fn profiles() -> impl Iterator<Item = &'static Entry> {
    PROFILES.iter()
}

/// The profile of a specification such as `default:capacity=20,start=4`.
///
/// # Errors
/// [`SimError::Spec`] for an unknown profile or option, or a value out of range.
pub fn profile(text: &str) -> Result<Profile, SimError> {
    let (entry, o) = Spec::parse(text)?.find("profile", profiles())?;
    let mut p = base(entry.name);
    p.name = text.trim().to_string();
    apply(&mut p, &o)?;
    Ok(p)
}

/// Playback starts and resumes with anything, and every gap is a stall, be it of rounding.
fn any_segment_plays(o: &mut PlayerOptions) {
    (o.buffer.start, o.buffer.resume, o.buffer.resolution) = (Seconds::ZERO, Seconds::ZERO, Seconds::ZERO);
}

fn base(name: &str) -> Profile {
    let mut p = Profile {
        name: String::new(),
        player: PlayerOptions::default(),
        link: LinkOptions::default(),
        length: None,
        ramp: None,
        impairments: Vec::new(),
        original: None,
        stack: Stack::Plain,
        live: None,
    };
    match name {
        "sabre-09b03bb" => {
            any_segment_plays(&mut p.player);
            p.player.capacity = Seconds::new(25.0);
            p.player.look_time = Seconds::from_millis(50.0);
            p.player.look_bits = Bits::new(12_000.0);
            p.player.look_always = true;
            p.player.abandoned = Abandoned::AskAgain;
            p.link.leap = false;
            p.original = Some(Original::Sabre);
        }
        "pensieve-1120bb1" => {
            any_segment_plays(&mut p.player);
            p.player.capacity = Seconds::new(60.0);
            p.player.full = Full::DrainAfter;
            p.player.wait_quantum = Some(Seconds::new(0.5));
            p.player.abandonment = false;
            p.player.segments = Some(48);
            p.link.payload = 0.95;
            p.link.latency = Some(Seconds::from_millis(80.0));
            p.link.latency_takes_link_time = false;
            p.link.leap = false;
            p.original = Some(Original::Pensieve);
        }
        "hlsjs-1.7.4" => {
            p.player.buffer =
                BufferOptions { start: Seconds::ZERO, resume: Seconds::ZERO, ..p.player.buffer };
            p.player.capacity = HlsJsBuffer::default().most_length;
            p.stack = Stack::HlsJs(HlsJsBuffer::default());
        }
        _ => {}
    }
    p
}

/// A number of seconds; None is what the profile says.
fn seconds(o: &Options, key: &str, least: f64) -> Result<Option<Seconds>, SpecError> {
    match o.text(key) {
        "auto" => Ok(None),
        _ => o.number(key, least..=1e7).map(|s| Some(Seconds::new(s))),
    }
}

fn apply(p: &mut Profile, o: &Options) -> Result<(), SpecError> {
    let seconds = |key: &str, least: f64| seconds(o, key, least);
    if let Stack::HlsJs(buffer) = &mut p.stack {
        let of = |key: &str| o.number(key, 0.001..=1e7);
        buffer.length = Seconds::new(of("max-buffer")?);
        buffer.most_length = Seconds::new(of("max-max-buffer")?);
        buffer.size = Bits::new(8e6 * of("max-size")?);
        buffer.playlist = Bits::new(8e3 * of("playlist")?);
        return network(p, o);
    }
    let set = |slot: &mut Seconds, value: Option<Seconds>| *slot = value.unwrap_or(*slot);
    set(&mut p.player.capacity, seconds("capacity", 0.001)?);
    set(&mut p.player.buffer.start, seconds("start", 0.0)?);
    set(&mut p.player.buffer.resume, seconds("resume", 0.0)?);
    set(&mut p.player.look_time, seconds("look", 0.001)?);
    if let Some(quantum) = seconds("wait-quantum", 0.0)? {
        p.player.wait_quantum = (quantum > Seconds::ZERO).then_some(quantum);
    }
    if o.text("full") != "auto" {
        p.player.full = o.choice("full", &[("room", Full::RoomForNext), ("drain", Full::DrainAfter)])?;
    }
    if o.text("abandonment") != "auto" {
        p.player.abandonment = o.flag("abandonment")?;
    }
    if o.text("replacement") != "auto" {
        let words =
            [("off", Replacement::Off), ("left", Replacement::Earliest), ("right", Replacement::Latest)];
        p.player.replacement = o.choice("replacement", &words)?;
    }
    if o.text("audio") != "none" {
        p.player.audio = Some(o.whole("audio", 0..=1_000)?);
    }
    if o.text("seek") != "none" {
        let times = o.numbers("seek", 0.0..=1e7)?;
        let [when, to] = times[..] else { return Err(o.wrong("seek", "WHEN/TO, two numbers of seconds")) };
        p.player.seeks = vec![PlannedSeek { when: Seconds::new(when), to: Seconds::new(to) }];
    }
    if o.text("ramp") != "auto" {
        p.ramp = Some(o.whole("ramp", 0..=1_000)?);
    }
    network(p, o)
}

/// The options of film and network, which every profile has.
fn network(p: &mut Profile, o: &Options) -> Result<(), SpecError> {
    let seconds = |key: &str, least: f64| seconds(o, key, least);
    p.length = seconds("length", 0.001)?.or(p.length);
    p.link.rate_multiplier = o.number("rate", 1e-6..=1e6)?;
    p.link.latency = seconds("latency", 0.0)?.or(p.link.latency);
    if o.text("payload") != "auto" {
        p.link.payload = o.number("payload", 0.01..=1.0)?;
    }
    p.link.start = Seconds::new(o.number("offset", 0.0..=1e9)?);
    p.link.end = o.choice("end", &[("loop", End::Loop), ("hold", End::HoldLast), ("stop", End::Stop)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_read_and_its_options_stand_over_it() {
        for entry in profiles() {
            assert!(profile(entry.name).is_ok(), "{}", entry.name);
        }
        let p = profile("sabre-09b03bb:capacity=40,seek=30/90,replacement=left").expect("valid");
        assert_eq!(p.player.capacity, Seconds::new(40.0));
        assert_eq!(p.player.abandoned, Abandoned::AskAgain);
        assert_eq!(p.player.replacement, Replacement::Earliest);
        assert_eq!(p.player.seeks, [PlannedSeek { when: Seconds::new(30.0), to: Seconds::new(90.0) }]);
    }

    #[test]
    fn wrong_profiles_say_what_is_wrong() {
        let text = |t: &str| profile(t).expect_err("wrong").to_string();
        assert!(text("sabre").contains("did you mean 'sabre-09b03bb'?"));
        assert!(text("default:start=-1").contains("option start is '-1'"));
        assert!(text("default:seek=3").contains("WHEN/TO"));
    }
}
