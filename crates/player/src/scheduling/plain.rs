//! The scheduling of a player of today without anybody's bugs, and of the published simulators: all that
//! [`Options`](crate::Options) say.

use abr::{Attention, Ending, Track};
use media::Video;
use playbuf::PlaybackBuffer;
use units::{Bits, Seconds};

use super::{Chosen, Order, Schedule, Scheduling, View, Want};
use crate::options::{Full, Replacement};
use crate::request::Tag;
use crate::{Finished, Options, WaitReason, What};

/// One request at a time (two where the sound is fetched apart), as soon as there is room.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    /// Planned seeks that were made.
    seeks: usize,
    /// Everything is fetched, and there was room for it.
    drained: bool,
    /// Requests that failed one after the other, and whether the last of them has not been waited for.
    failures: u32,
    failed: bool,
}

impl Plain {
    /// What to do about the picture.
    #[inline(always)]
    fn picture(&mut self, view: View<'_>) -> Schedule {
        let (p, o) = (view.player(), view.options());
        if p.segment >= p.end {
            let above = p.buffer - o.capacity;
            if o.full == Full::DrainAfter && above > Seconds::ZERO && !self.drained {
                self.drained = true;
                return room(view, above, None);
            }
            return Schedule::Done;
        }
        if let Some(seek) = o.seeks.get(self.seeks)
            && p.video.start(p.segment) >= seek.when
        {
            self.seeks += 1;
            self.drained = false;
            return Schedule::Order(Order::Seek(seek.to));
        }
        if p.live.is_some()
            && let Some(order) = view.left_window()
        {
            return Schedule::Order(order);
        }
        let available = p.video.available_at(p.segment);
        if p.now < available {
            let (time, reason) = (available - p.now, WaitReason::Availability);
            return Schedule::Hold { time, reason, then: None };
        }
        let above = match o.full {
            Full::RoomForNext => p.buffer + p.video.duration(p.segment) - o.capacity,
            Full::DrainAfter => p.buffer - o.capacity,
        };
        if above <= Seconds::ZERO {
            return Schedule::Ask(Track::Video);
        }
        // What is in the window now may have left it then.
        let then = if p.live.is_some() { None } else { Some(Track::Video) };
        room(view, above, then)
    }

    /// Picture and sound, each in flight once at most: the one that is behind first.
    #[cold]
    fn both(&mut self, view: View<'_>, audio: &Video, next: usize) -> Schedule {
        let p = view.player();
        let picture = match view.flight(Track::Video) {
            Some(_) => Schedule::Later,
            None => self.picture(view),
        };
        if matches!(picture, Schedule::Order(_)) {
            return picture;
        }
        let end = p.video.start(p.end);
        let sound = match next < audio.segments() && audio.start(next) < end {
            false => Schedule::Done,
            true if view.flight(Track::Audio).is_some() => Schedule::Later,
            true => {
                let level = view.buffer().companion_level().unwrap_or(Seconds::ZERO);
                let above = level + audio.duration(next) - view.options().capacity;
                let available = audio.available_at(next);
                if p.now < available {
                    let (time, reason) = (available - p.now, WaitReason::Availability);
                    Schedule::Hold { time, reason, then: None }
                } else if above > Seconds::ZERO {
                    room(view, above, None)
                } else {
                    let level = view.options().audio_level.min(audio.ladder().top());
                    let size = Bits::ZERO;
                    Schedule::Fetch(Want { track: Track::Audio, what: What::Media, level, size, source: 0 })
                }
            }
        };
        let goes = |s: &Schedule| matches!(s, Schedule::Ask(_) | Schedule::Fetch(_));
        match (goes(&picture), goes(&sound)) {
            (true, true) if audio.start(next) < p.video.start(p.segment) => sound,
            (true, _) => picture,
            (false, true) => sound,
            (false, false) => match (picture, sound) {
                (Schedule::Done, Schedule::Done) => Schedule::Done,
                // Asked again when the first of two holds is over: what is behind then may have changed.
                (Schedule::Hold { time: a, reason, .. }, Schedule::Hold { time: b, reason: other, .. }) => {
                    match a <= b {
                        true => Schedule::Hold { time: a, reason, then: None },
                        false => Schedule::Hold { time: b, reason: other, then: None },
                    }
                }
                (Schedule::Hold { time, reason, .. }, _) | (_, Schedule::Hold { time, reason, .. }) => {
                    Schedule::Hold { time, reason, then: None }
                }
                _ => Schedule::Later,
            },
        }
    }
}

/// Holds back until `above` of the buffered media has been played.
#[inline]
fn room(view: View<'_>, above: Seconds, then: Option<Track>) -> Schedule {
    let exact = above / view.buffer().rate();
    let time = view.options().wait_quantum.map_or(exact, |q| (exact / q).ceil() * q);
    Schedule::Hold { time, reason: WaitReason::Full, then }
}

/// The first of the buffered segments that are worth fetching again on `level`, or the last: not the one being played, nor
/// what would begin within the time of half a segment or so.
#[inline(never)]
fn replacement(
    buffer: &PlaybackBuffer<Tag>,
    which: Replacement,
    duration: Seconds,
    level: usize,
) -> Option<usize> {
    let first = (1.5 + buffer.head() / duration).ceil() as usize;
    let mut candidates = buffer.tags().skip(first);
    let found = match which {
        Replacement::Off => None,
        Replacement::Earliest => candidates.find(|tag| tag.1 < level),
        Replacement::Latest => candidates.rfind(|tag| tag.1 < level),
    };
    found.map(|tag| tag.0)
}

impl Scheduling for Plain {
    #[inline]
    fn flows(&self, options: &Options) -> usize {
        1 + usize::from(options.audio.is_some())
    }

    #[inline(always)]
    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        if self.failed {
            self.failed = false;
            let o = view.options();
            if self.failures > o.retries {
                return Schedule::GiveUp;
            }
            let time = o.retry_after * f64::from(1u32 << (self.failures - 1).min(10));
            if time > Seconds::ZERO {
                return Schedule::Hold { time, reason: WaitReason::Retry, then: None };
            }
        }
        match view.audio() {
            None => self.picture(*view),
            Some((audio, next)) => self.both(*view, audio, next),
        }
    }

    #[inline(always)]
    fn chosen(&mut self, view: &View<'_>, track: Track, level: usize) -> Chosen {
        let which = view.options().replacement;
        if which == Replacement::Off || track != Track::Video || view.buffer().is_empty() {
            return Chosen::Next;
        }
        let duration = {
            let p = view.player();
            p.video.duration(p.segment)
        };
        replacement(view.buffer(), which, duration, level).map_or(Chosen::Next, Chosen::Again)
    }

    #[inline]
    fn attention(&self, view: &View<'_>, level: usize, again: bool) -> Option<Attention> {
        let o = view.options();
        if !o.abandonment || view.first() || view.patience() == 0 {
            Some(Attention::Ending)
        } else if o.look_always || again {
            Some(Attention::Looks)
        } else if level == 0 {
            Some(Attention::Ending)
        } else {
            None
        }
    }

    #[inline]
    fn finished(&mut self, _: &View<'_>, finished: &Finished<'_>) {
        match finished.ending {
            Ending::Failed => (self.failures, self.failed) = (self.failures + 1, true),
            _ => self.failures = 0,
        }
    }
}
