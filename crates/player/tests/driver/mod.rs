//! A driver on a fake wall clock, and what it lets a player do: shared by the scripts and the laws.
#![allow(dead_code, reason = "each of the two uses its half")]

use std::ops::Deref;

use abr::AbrStrategy;
use media::{Audio, Ladder, Video};
use player::scheduling::{Schedule, Scheduling, View};
use player::{Action, Ended, Event, Observer, Options, Player, Request, RequestId, WaitReason, Wish};
use units::{Bits, Seconds};

pub(crate) fn s(x: f64) -> Seconds {
    Seconds::new(x)
}

/// Ten segments of 4 s on 1 and 2 Mbit/s, and a sound of 3 s segments beside it.
pub(crate) fn film(segments: usize) -> Video {
    let ladder = Ladder::from_kbps(&[1000.0, 2000.0]).expect("ascending");
    let total = s(4.0 * segments as f64);
    let sound = Ladder::from_kbps(&[64.0, 128.0]).expect("ascending");
    let track = Video::constant_bitrate("sound", sound, s(3.0), total).expect("valid");
    Video::constant_bitrate("film", ladder, s(4.0), total)
        .expect("valid")
        .with_audio(vec![Audio { language: None, track }])
}

/// Everything that was reported, in words.
#[derive(Default)]
pub(crate) struct Words(pub(crate) Vec<String>);

/// Instants and durations with as many digits as matter.
pub(crate) fn short(t: Seconds) -> String {
    let rounded = (t.get() * 1e6).round() / 1e6;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

impl Observer for Words {
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        let at = short(at);
        let text = match event {
            Event::Began { .. } | Event::Requested(_) | Event::Boundary => return,
            Event::Waiting { time, reason } => {
                let why = match reason {
                    WaitReason::Full => "room",
                    WaitReason::Rule => "the rule",
                    WaitReason::Availability => "it to appear",
                    WaitReason::Retry => "another try",
                };
                format!("holds {} for {why}", short(*time))
            }
            Event::Finished(f) => {
                format!("{} {:?} after {}", f.request.id, f.ending, short(f.elapsed)).to_lowercase()
            }
            Event::Listed { video } => format!("{} segments are listed", video.segments()),
            Event::Started => format!("starts at {at}"),
            Event::Plays { segment, level, .. } => format!("plays {segment}/{level} at {at}"),
            Event::Stalled { cause, .. } => format!("stalls at {at} ({cause:?})").to_lowercase(),
            Event::Resumed => format!("resumes at {at}"),
            Event::Paused => format!("pauses at {at}"),
            Event::Unpaused => format!("goes on at {at}"),
            Event::RateChanged { rate } => format!("rate {rate} at {at}"),
            Event::Seeked { to, dropped } => format!("seeks to {} dropping {dropped}", short(*to)),
            Event::Discarded { from, segments, .. } => format!("discards {segments} from {from}"),
            Event::Extended { segment, media } => format!("more of {segment}: {}", short(*media)),
            Event::Frames { dropped, total } => format!("frames {dropped}/{total}"),
            Event::Overruled => "overrules the rule".to_string(),
            Event::Ended(t) => format!(
                "over at {at}: startup {}, played {}, stalled {}, paused {}",
                short(t.startup),
                short(t.played),
                short(t.stalled),
                short(t.paused)
            ),
        };
        self.0.push(text);
    }
}

/// Up to `n` segments of the picture in flight, as long as there is room for all of them; a segment for which there was room has
/// it when it is asked for again.
#[derive(Clone, Debug)]
pub(crate) struct Parallel {
    n: usize,
    high: usize,
}

#[allow(non_snake_case, reason = "reads as a constructor")]
pub(crate) fn Parallel(n: usize) -> Parallel {
    Parallel { n, high: 0 }
}

impl Scheduling for Parallel {
    fn flows(&self, _: &Options) -> usize {
        self.n
    }
    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        let p = view.player();
        if p.segment >= p.end {
            return Schedule::Done;
        }
        let coming = p.video.start(p.segment) - p.video.start(view.appended());
        let above = p.buffer + coming + p.video.duration(p.segment) - view.options().capacity;
        if above <= Seconds::ZERO || p.segment < self.high {
            self.high = self.high.max(p.segment + 1);
            return Schedule::Ask(abr::Track::Video);
        }
        Schedule::Hold { time: above / p.rate, reason: WaitReason::Full, then: None }
    }
    fn event(&mut self, _: &View<'_>, event: &abr::PlayerEvent) {
        if *event == abr::PlayerEvent::Seeked {
            self.high = 0;
        }
    }
}

/// One step of a driver on a fake wall clock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Time goes on by so many seconds, or to the end of the wait if that is earlier.
    Pass(f64),
    /// The clock goes on by so many seconds, although the player wanted to be asked before.
    Oversleep(f64),
    /// A flight, counted over those there are, ends well.
    Whole(usize),
    /// A flight fails.
    Fail(usize),
    /// The first bit or more of a flight comes, as a share of it.
    Receive(usize, f64),
    /// The viewer does something.
    Wish(Wish),
    /// Nonsense, which a player must survive.
    Misuse(u8),
}

/// Drives a player on a fake wall clock: every question is asked at an instant, and what has passed since is subtracted.
pub(crate) struct Wall<V, A, S> {
    pub(crate) player: Player<V, A, S>,
    pub(crate) now: f64,
    asked: f64,
    pub(crate) air: Vec<Request>,
    /// Ask every question so often.
    pub(crate) times: usize,
    pub(crate) over: bool,
}

impl<V: Deref<Target = Video>, A: AbrStrategy, S: Scheduling> Wall<V, A, S> {
    pub(crate) fn new(player: Player<V, A, S>) -> Wall<V, A, S> {
        Wall { player, now: 0.0, asked: 0.0, air: Vec::new(), times: 1, over: false }
    }

    /// Asks until the player waits, doing what it says. How long it wants to wait; None when it is over.
    pub(crate) fn ask(&mut self, observer: &mut impl Observer) -> Option<f64> {
        loop {
            self.asked = self.now;
            let mut action = self.player.next(observer);
            for _ in 1..self.times {
                if matches!(action, Action::Fetch(_)) {
                    break;
                }
                let again = self.player.next(observer);
                assert_eq!(again, action, "the same answer");
                action = again;
            }
            match action {
                Action::Fetch(id) => self.air.extend(self.player.request(id)),
                Action::Cancel(id) => {
                    self.air.retain(|r| r.id != id);
                    self.player.ended(id, Ended::Cancelled, observer);
                }
                Action::Wait(most) => return Some(most.get()),
                Action::Decide => self.player.answer(abr::Decision::fetch(1)),
                Action::End => {
                    self.over = true;
                    return None;
                }
            }
        }
    }

    fn tell(&mut self) {
        self.player.elapsed(s(self.now - self.asked));
    }

    fn flight(&self, index: usize) -> Option<RequestId> {
        (!self.air.is_empty()).then(|| self.air[index % self.air.len()].id)
    }

    /// One step, and the question after it.
    pub(crate) fn step(&mut self, step: Step, observer: &mut impl Observer) {
        let Some(most) = self.ask(observer) else { return };
        match step {
            // A clock knows nothing below a nanosecond.
            Step::Pass(time) => self.now += time.min(most.max(1e-9)),
            Step::Oversleep(time) => self.now += time,
            Step::Whole(i) | Step::Fail(i) => {
                let Some(id) = self.flight(i) else { return };
                self.air.retain(|r| r.id != id);
                self.tell();
                let how = if matches!(step, Step::Whole(_)) { Ended::Whole } else { Ended::Failed };
                self.player.ended(id, how, observer);
                return;
            }
            Step::Receive(i, share) => {
                let Some(id) = self.flight(i) else { return };
                let size = self.air.iter().find(|r| r.id == id).map_or(Bits::ZERO, |r| r.size);
                self.tell();
                self.player.received(id, size * share, observer);
                return;
            }
            Step::Wish(wish) => {
                self.tell();
                self.player.viewer(wish, observer);
                return;
            }
            Step::Misuse(kind) => match kind % 6 {
                0 => self.player.ended(999_999, Ended::Whole, observer),
                1 => self.player.elapsed(s(f64::NAN)),
                2 => self.player.elapsed(s(-5.0)),
                3 => self.player.answer(abr::Decision::fetch(7)),
                4 => self.player.received(999_999, Bits::new(f64::NAN), observer),
                _ => self.player.viewer(Wish::Rate(f64::NAN), observer),
            },
        }
        self.tell();
    }

    /// Runs the session where each segment takes its time of `times` (over and over), and nothing else happens but what is planned.
    /// False if it would never end.
    pub(crate) fn run(&mut self, times: &[f64], observer: &mut impl Observer) -> bool {
        let mut ends: Vec<(f64, RequestId)> = Vec::new();
        for _ in 0..100_000 {
            let Some(most) = self.ask(observer) else { return true };
            for r in std::mem::take(&mut self.air) {
                let which = r.segment + 7 * (r.track as usize);
                ends.push((self.now + times[which % times.len()], r.id));
            }
            ends.sort_by(|a, b| a.0.total_cmp(&b.0));
            let end = ends.first().map_or(f64::INFINITY, |e| e.0);
            if self.now + most < end {
                self.now += most.max(1e-9);
                self.tell();
            } else if end.is_finite() {
                self.now = end;
                self.tell();
                self.player.ended(ends.remove(0).1, Ended::Whole, observer);
            } else {
                return false;
            }
        }
        false
    }

    /// Lets everything that is asked for come at once, and the rest play out. False if it would never end.
    pub(crate) fn finish(&mut self, observer: &mut impl Observer) -> bool {
        for _ in 0..10_000 {
            let Some(most) = self.ask(observer) else { return true };
            if let Some(id) = self.flight(0) {
                self.air.retain(|r| r.id != id);
                self.player.ended(id, Ended::Whole, observer);
            } else if most.is_finite() {
                self.now += most.max(1e-9);
                self.tell();
            } else {
                self.player.viewer(Wish::Play, observer);
            }
        }
        false
    }
}
