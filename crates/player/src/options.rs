//! The options of a player.

use media::Video;
use playbuf::BufferOptions;
use units::{Bits, Seconds};

/// What to do when the buffer is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Full {
    /// Request only once the next segment fits: the level never exceeds the capacity.
    #[default]
    RoomForNext,
    /// Request, and let the level sink back to the capacity afterwards: it may exceed it by up to one segment (Pensieve).
    DrainAfter,
}

/// What to do after a request was abandoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Abandoned {
    /// Request the segment again on the level for which it was abandoned.
    #[default]
    TakeTarget,
    /// Ask the rule as if nothing had happened. Sabre does so by a misspelt variable (`abandon_to_quality`).
    AskAgain,
}

/// Which buffered segment to fetch again on a higher rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacement {
    #[default]
    Off,
    /// The one that plays first (Sabre's `left`).
    Earliest,
    /// The one that plays last (Sabre's `right`).
    Latest,
}

/// A seek of the viewer, planned by the media time at which the next request would start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedSeek {
    /// It happens before the first request of a segment that starts at or after this media time.
    pub when: Seconds,
    pub to: Seconds,
}

/// The options of a player. The default is a player of today without anybody's bugs. What is not about buffer, viewer, sound and
/// length is read by [`Plain`](crate::Plain) scheduling; another stack has its own ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// When playback starts, resumes and counts as stalled.
    pub buffer: BufferOptions,
    /// The most media the buffer takes.
    pub capacity: Seconds,
    /// What to do when it is full.
    pub full: Full,
    /// A wait for room is rounded up to a multiple of this (Pensieve: 0.5 s); None waits exactly.
    pub wait_quantum: Option<Seconds>,
    /// Whether requests in flight are watched for abandonment, where the rule does that.
    pub abandonment: bool,
    /// How often: once both the time and the bits have passed.
    pub look_time: Seconds,
    /// See `look_time`.
    pub look_bits: Bits,
    /// Also requests on the lowest level, and of rules that never abandon, are carried look by look. Changes nothing but the
    /// rounding; Sabre does so.
    pub look_always: bool,
    pub abandoned: Abandoned,
    /// Fast switching.
    pub replacement: Replacement,
    /// Seeks of the viewer, in order.
    pub seeks: Vec<PlannedSeek>,
    /// Play only this many segments.
    pub segments: Option<usize>,
    /// What the viewer does, in order of time.
    pub viewer: Vec<PlannedWish>,
    /// Which of the video's audio renditions is fetched and played beside the picture, and on which level.
    pub audio: Option<usize>,
    /// See `audio`.
    pub audio_level: usize,
    /// How often a request is made again after it failed; the session is given up then.
    pub retries: u32,
    /// How long the player waits before the first of these times; twice as long before each next.
    pub retry_after: Seconds,
    /// How far behind a live event the player wants to be; None takes three segments.
    pub latency: Option<Seconds>,
}

/// What a viewer may do at any time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// Stand still. Requests go on until the buffer is full.
    Pause,
    Play,
    /// Jump to a media time: what is buffered is dropped, and the segment there is fetched next.
    Seek(Seconds),
    /// Play at another rate; what is not a positive finite number is ignored.
    Rate(f64),
}

/// A wish at an instant of the session's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedWish {
    pub at: Seconds,
    pub wish: Wish,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            buffer: BufferOptions {
                start: Seconds::new(2.0),
                resume: Seconds::new(2.0),
                ..BufferOptions::default()
            },
            capacity: Seconds::new(30.0),
            full: Full::RoomForNext,
            wait_quantum: None,
            abandonment: true,
            look_time: Seconds::new(0.1),
            look_bits: Bits::ZERO,
            look_always: false,
            abandoned: Abandoned::TakeTarget,
            replacement: Replacement::Off,
            seeks: Vec::new(),
            segments: None,
            viewer: Vec::new(),
            audio: None,
            audio_level: usize::MAX,
            retries: 5,
            retry_after: Seconds::new(0.5),
            latency: None,
        }
    }
}

/// Why a player cannot be made of these options.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// An option is out of its range.
    #[error("player option {option} is {value}, expected {expected}")]
    Range { option: &'static str, value: String, expected: String },
}

impl Options {
    /// How far behind a live event the player wants to be.
    pub fn target(&self, video: &Video) -> Seconds {
        self.latency.unwrap_or(video.duration(0) * 3.0)
    }

    /// How many segments of a video are played.
    pub fn end(&self, video: &Video) -> usize {
        self.segments.map_or(video.segments(), |n| n.clamp(1, video.segments()))
    }

    /// Checks the options for a video.
    ///
    /// # Errors
    /// [`OptionError::Range`] for a negative or infinite time, a capacity below one segment, a look that would never
    /// pass any time or bits, or a seek beyond the end.
    pub fn check(&self, video: &Video) -> Result<(), OptionError> {
        let range = |option, value: String, expected: &str| OptionError::Range {
            option,
            value,
            expected: expected.to_string(),
        };
        let times = [
            ("start threshold", self.buffer.start),
            ("resume threshold", self.buffer.resume),
            ("resolution", self.buffer.resolution),
            ("look_time", self.look_time),
            ("retry_after", self.retry_after),
            ("latency", self.latency.unwrap_or(Seconds::ZERO)),
        ];
        for (option, time) in times {
            if !(time >= Seconds::ZERO && time.is_finite()) {
                return Err(range(option, time.to_string(), "a finite number of seconds of at least 0"));
            }
        }
        let sound = self.audio.map(|i| video.audio().get(i));
        if sound == Some(None) {
            let (given, expected) = (self.audio.unwrap_or(0), format!("one of the {}", video.audio().len()));
            return Err(range("audio", given.to_string(), &expected));
        }
        let sound = sound.flatten().map_or(Seconds::ZERO, |a| a.track.longest_segment());
        let longest = video.longest_segment().max(sound);
        if !(self.capacity.is_finite() && self.capacity >= longest) {
            let expected = format!("a finite number of at least one segment ({longest})");
            return Err(range("capacity", self.capacity.to_string(), &expected));
        }
        if let Some(quantum) = self.wait_quantum
            && !(quantum > Seconds::ZERO && quantum.is_finite())
        {
            return Err(range("wait_quantum", quantum.to_string(), "a finite number of seconds above 0"));
        }
        if !(self.look_bits >= Bits::ZERO && self.look_bits.is_finite())
            || (self.look_bits <= Bits::ZERO && self.look_time <= Seconds::ZERO)
        {
            return Err(range("look_bits", self.look_bits.to_string(), "above 0, or look_time above 0"));
        }
        let mut before = Seconds::ZERO;
        for planned in &self.viewer {
            if !(planned.at >= before && planned.at.is_finite()) {
                let expected = format!("a finite time not before the one before ({before})");
                return Err(range("viewer", planned.at.to_string(), &expected));
            }
            before = planned.at;
        }
        let end = video.start(self.end(video));
        for seek in &self.seeks {
            if seek.when < Seconds::ZERO || !seek.when.is_finite() {
                return Err(range("seek time", seek.when.to_string(), "at least 0"));
            }
            if !(seek.to >= Seconds::ZERO && seek.to < end) {
                let expected = format!("a media time from 0 to before the end ({end})");
                return Err(range("seek target", seek.to.to_string(), &expected));
            }
        }
        Ok(())
    }
}
