//! The state machine.

use abr::{AbrStrategy, Decision, Ending, PlayerEvent, PlayerView, Progress, Verdict};
use media::Video;
use playbuf::{PlaybackBuffer, StallKind, State, Watcher};
use units::{Bits, Seconds};

use crate::event::cause;
use crate::options::{Abandoned, Full, OptionError, Options, Replacement};
use crate::{Event, Finished, Observer, Totals, WaitReason};

/// What the driver is to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Let this time pass and call [`Player::waited`].
    Wait(Seconds),
    /// Fetch a segment and call [`Player::finished`] or [`Player::abandoned`].
    Fetch(Request),
    /// Everything is fetched: let this time of playback pass and call [`Player::waited`]. Nothing more is requested.
    PlayOut(Seconds),
    /// The session is over.
    End,
}

/// A request for a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// Counts the requests of a session, from 0.
    pub id: u64,
    /// Which segment.
    pub segment: usize,
    /// On which level.
    pub level: usize,
    /// Its size.
    pub size: Bits,
    /// Whether [`Player::progress`] wants to be called while it is in flight, every look of the options.
    pub watched: bool,
    /// It is to replace a segment in the buffer: how many segments from the end, 1 the last.
    pub replaces: Option<usize>,
    /// When it was made.
    pub at: Seconds,
    /// Buffer level at that time.
    pub buffer: Seconds,
}

/// What shall become of a request in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// It goes on; the next look that matters is the first one after this time since the request.
    Continue {
        /// Since the request.
        until: Seconds,
    },
    /// It is given up: call [`Player::abandoned`] with this ending.
    Abandon(Ending),
}

/// How long a request took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delivery {
    /// From the request to the first bit.
    pub latency: Seconds,
    /// From the request to the last bit, or to its abandonment.
    pub total: Seconds,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Begin,
    /// Is there something to fetch, is it available, is there room?
    Schedule,
    /// Held back for room, which the rule will be told.
    Room(Seconds),
    /// Which level?
    Decide,
    /// Held back by the rule after its decision.
    Hold(Choice),
    Fetch(Choice),
    InFlight,
    /// Everything is fetched, and there was room for it.
    Last,
    PlayingOut,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Choice {
    level: usize,
    replaces: Option<usize>,
}

/// What the buffer holds: segment and level.
type Tag = (usize, usize);

/// The player. See the crate page.
#[derive(Debug)]
pub struct Player<'v, A> {
    video: &'v Video,
    rule: A,
    options: Options,
    buffer: PlaybackBuffer<Tag>,
    phase: Phase,
    next: usize,
    end: usize,
    last_level: Option<usize>,
    /// The level for which the last request was abandoned.
    target: Option<usize>,
    seeks_done: usize,
    requests: u64,
    waited_full: Seconds,
    waited_rule: Seconds,
    stalled_before: Seconds,
    /// Waits of the rule, and abandonments, since the last segment: a rule that never fetches must not hang a session.
    patience: u32,
}

/// How often a rule may wait or abandon before the player stops asking.
const PATIENCE: u32 = 10_000;

impl<'v, A: AbrStrategy> Player<'v, A> {
    /// A player before its first request.
    ///
    /// # Errors
    /// [`OptionError`] if the options do not fit each other or the video.
    pub fn new(video: &'v Video, rule: A, options: Options) -> Result<Player<'v, A>, OptionError> {
        options.check(video)?;
        Ok(Player {
            video,
            rule,
            buffer: PlaybackBuffer::new(options.buffer),
            phase: Phase::Begin,
            next: 0,
            end: options.end(video),
            options,
            last_level: None,
            target: None,
            seeks_done: 0,
            requests: 0,
            waited_full: Seconds::ZERO,
            waited_rule: Seconds::ZERO,
            stalled_before: Seconds::ZERO,
            patience: PATIENCE,
        })
    }

    /// The session's clock.
    pub fn now(&self) -> Seconds {
        self.buffer.clock()
    }

    /// The playback buffer.
    pub fn buffer(&self) -> &PlaybackBuffer<Tag> {
        &self.buffer
    }

    /// The rule.
    pub fn rule(&self) -> &A {
        &self.rule
    }

    /// The rule again, after the session.
    pub fn into_rule(self) -> A {
        self.rule
    }

    /// The options it runs under.
    pub fn options(&self) -> &Options {
        &self.options
    }

    #[inline]
    fn view(&self) -> PlayerView<'v> {
        PlayerView {
            now: self.buffer.clock(),
            video: self.video,
            segment: self.next,
            end: self.end,
            buffer: self.buffer.level(),
            capacity: self.options.capacity,
            last_level: self.last_level,
            playing: self.buffer.state() == State::Playing,
            rate: self.buffer.rate(),
        }
    }

    /// What to do next. After [`Action::End`] it stays at that.
    pub fn next(&mut self, observer: &mut impl Observer) -> Action {
        loop {
            match self.phase {
                Phase::Begin => {
                    self.rule.begin(&self.view());
                    observer.event(self.now(), &Event::Began { video: self.video, end: self.end });
                    self.phase = Phase::Schedule;
                }
                Phase::Schedule => {
                    if let Some(action) = self.schedule(observer) {
                        return action;
                    }
                }
                Phase::Decide => {
                    if let Some(action) = self.decide(observer) {
                        return action;
                    }
                }
                Phase::Last => return self.play_out(observer),
                Phase::Fetch(choice) => return Action::Fetch(self.request(choice, observer)),
                // The driver asks again before it has done what it was told.
                Phase::Room(_) | Phase::Hold(_) | Phase::InFlight | Phase::PlayingOut | Phase::Over => {
                    return Action::End;
                }
            }
        }
    }

    fn schedule(&mut self, observer: &mut impl Observer) -> Option<Action> {
        if self.next >= self.end {
            let above = self.buffer.level() - self.options.capacity;
            if self.options.full == Full::DrainAfter && above > Seconds::ZERO {
                return Some(self.make_room(above, observer));
            }
            return Some(self.play_out(observer));
        }
        if let Some(seek) = self.options.seeks.get(self.seeks_done)
            && self.video.start(self.next) >= seek.when
        {
            self.seeks_done += 1;
            self.seek(seek.to, observer);
        }
        let (now, available) = (self.now(), self.video.available_at(self.next));
        if now < available {
            return Some(self.wait(available - now, WaitReason::Availability, observer));
        }
        let above = match self.options.full {
            Full::RoomForNext => self.buffer.level() + self.video.duration(self.next) - self.options.capacity,
            Full::DrainAfter => self.buffer.level() - self.options.capacity,
        };
        if above <= Seconds::ZERO {
            self.phase = Phase::Decide;
            return None;
        }
        Some(self.make_room(above, observer))
    }

    /// Holds back until `above` of the buffered media has been played.
    fn make_room(&mut self, above: Seconds, observer: &mut impl Observer) -> Action {
        // A full buffer below the start or resume threshold would wait for ever.
        if self.buffer.state() != State::Playing {
            let position = self.video.start(self.next);
            self.buffer.play_what_is_there(&mut Reporter { observer, video: self.video, position });
        }
        let exact = above / self.buffer.rate();
        let time = self.options.wait_quantum.map_or(exact, |q| (exact / q).ceil() * q);
        self.phase = Phase::Room(time);
        self.wait(time, WaitReason::Full, observer)
    }

    fn wait(&mut self, time: Seconds, reason: WaitReason, observer: &mut impl Observer) -> Action {
        observer.event(self.now(), &Event::Waiting { time, reason });
        *match reason {
            WaitReason::Rule => &mut self.waited_rule,
            WaitReason::Full | WaitReason::Availability => &mut self.waited_full,
        } += time;
        Action::Wait(time)
    }

    fn decide(&mut self, observer: &mut impl Observer) -> Option<Action> {
        if let Some(rate) = self.rule.playback_rate(&self.view()) {
            self.set_rate(rate, observer);
        }
        let view = self.view();
        let (level, mut after) = match self.target.take() {
            Some(level) => (level, Seconds::ZERO),
            None => match self.rule.decide(&view) {
                Decision::Fetch { level, after } => (level, after),
                Decision::Wait(time) if time > Seconds::ZERO && time.is_finite() && self.patience > 0 => {
                    self.patience -= 1;
                    return Some(self.wait(time, WaitReason::Rule, observer));
                }
                Decision::Wait(_) | Decision::Keep => (self.last_level.unwrap_or(0), Seconds::ZERO),
            },
        };
        let level = level.min(self.video.ladder().top());
        let replaces = self.replacement(level);
        if replaces.is_some() || !after.is_finite() {
            after = Seconds::ZERO;
        }
        let choice = Choice { level, replaces };
        if after > Seconds::ZERO {
            self.phase = Phase::Hold(choice);
            return Some(self.wait(after, WaitReason::Rule, observer));
        }
        self.phase = Phase::Fetch(choice);
        None
    }

    /// Which buffered segment is worth fetching again on `level`: not the one being played, nor what would begin within
    /// the time of half a segment or so.
    fn replacement(&self, level: usize) -> Option<usize> {
        if self.options.replacement == Replacement::Off || self.buffer.is_empty() {
            return None;
        }
        let n = self.buffer.len();
        let first = (1.5 + self.buffer.head() / self.video.duration(self.next)).ceil() as usize;
        let mut candidates = self.buffer.tags().enumerate().skip(first);
        let found = match self.options.replacement {
            Replacement::Earliest => candidates.find(|(_, tag)| tag.1 < level),
            _ => candidates.rfind(|(_, tag)| tag.1 < level),
        };
        found.map(|(i, _)| n - i)
    }

    fn request(&mut self, choice: Choice, observer: &mut impl Observer) -> Request {
        let segment = self.next - choice.replaces.unwrap_or(0);
        let level = choice.level;
        let looked_at =
            self.options.look_always || choice.replaces.is_some() || (level > 0 && self.rule.watches(level));
        let request = Request {
            id: self.requests,
            segment,
            level,
            size: self.video.size(segment, level),
            watched: self.options.abandonment && self.requests > 0 && looked_at && self.patience > 0,
            replaces: choice.replaces,
            at: self.now(),
            buffer: self.buffer.level(),
        };
        self.requests += 1;
        self.phase = Phase::InFlight;
        observer.event(request.at, &Event::Requested(&request));
        request
    }

    /// The time of the last [`Action::Wait`] or [`Action::PlayOut`] has passed.
    pub fn waited(&mut self, time: Seconds, observer: &mut impl Observer) {
        self.advance(time, observer);
        match self.phase {
            Phase::Room(time) => {
                self.phase = if self.next < self.end { Phase::Decide } else { Phase::Last };
                self.rule.event(&self.view(), &PlayerEvent::WaitedForRoom(time));
            }
            Phase::Hold(choice) => self.phase = Phase::Fetch(choice),
            Phase::PlayingOut => self.ended(observer),
            _ => {}
        }
    }

    /// Time passed on the driver's link, which has entered its periods at these times.
    #[inline]
    pub fn link_moved<O: Observer>(&self, entries: &[Seconds], observer: &mut O) {
        if O::LINK {
            let best_buffered = self.buffer.tags().map(|tag| tag.1).max();
            observer.event(self.now(), &Event::LinkMoved { entries, best_buffered });
        }
    }

    /// How far a watched request has come: what shall become of it.
    #[inline]
    pub fn progress(
        &mut self,
        request: &Request,
        received: Bits,
        elapsed: Seconds,
        latency: Seconds,
    ) -> Look {
        let playing = self.buffer.state() == State::Playing;
        let played = if playing { elapsed * self.buffer.rate() } else { Seconds::ZERO };
        let buffer = (request.buffer - played).max(Seconds::ZERO);
        if request.replaces.is_some() {
            let behind = self.video.start(self.next) - self.video.start(request.segment);
            return match buffer - behind <= Seconds::ZERO {
                true => Look::Abandon(Ending::ReplacementAbandoned),
                false => Look::Continue { until: Seconds::ZERO },
            };
        }
        let Request { segment, level, size, .. } = *request;
        let progress = Progress { segment, level, size, received, elapsed, latency, buffer };
        let view = PlayerView { now: request.at + elapsed, buffer, ..self.view() };
        match self.rule.progress(&view, &progress) {
            Verdict::Continue => Look::Continue { until: Seconds::ZERO },
            Verdict::ContinueAbove(level) if playing => {
                Look::Continue { until: (request.buffer - level) / self.buffer.rate() }
            }
            // The level stands still: it is below already, or never will be.
            Verdict::ContinueAbove(level) if buffer >= level => Look::Continue { until: Seconds::INFINITY },
            Verdict::ContinueAbove(_) => Look::Continue { until: Seconds::ZERO },
            Verdict::Abandon { to } => Look::Abandon(Ending::Abandoned { to }),
        }
    }

    /// A request completed.
    pub fn finished(&mut self, request: &Request, delivery: Delivery, observer: &mut impl Observer) {
        let ending = if request.replaces.is_some() { Ending::Replaced } else { Ending::Appended };
        self.over(request, delivery, request.size, ending, observer);
    }

    /// A request was given up, with the ending of [`Look::Abandon`].
    pub fn abandoned(
        &mut self,
        request: &Request,
        delivery: Delivery,
        received: Bits,
        ending: Ending,
        observer: &mut impl Observer,
    ) {
        self.over(request, delivery, received, ending, observer);
    }

    #[inline]
    fn over(
        &mut self,
        request: &Request,
        delivery: Delivery,
        received: Bits,
        ending: Ending,
        observer: &mut impl Observer,
    ) {
        self.advance(delivery.total, observer);
        let Request { segment, level, size, .. } = *request;
        let duration = self.video.duration(segment);
        let mut too_late = false;
        match ending {
            Ending::Appended => {
                let position = self.video.start(self.next);
                let mut reporter = Reporter { observer, video: self.video, position };
                self.buffer.append(duration, (segment, level), &mut reporter);
                self.next += 1;
                self.patience = PATIENCE;
            }
            Ending::Replaced => {
                let from_end = request.replaces.unwrap_or(1) - 1;
                too_late = !self.buffer.replace(from_end, (segment, level));
            }
            Ending::Abandoned { to } => {
                self.patience = self.patience.saturating_sub(1);
                self.target = (self.options.abandoned == Abandoned::TakeTarget).then_some(to);
            }
            Ending::ReplacementAbandoned => {}
        }
        self.last_level = Some(level);
        let (elapsed, latency) = (delivery.total, delivery.latency);
        let event = PlayerEvent::Ended { segment, level, size, received, elapsed, latency, ending };
        self.rule.event(&self.view(), &event);
        let finished = Finished {
            request: *request,
            bitrate: self.video.ladder().bitrate(level),
            duration,
            latency,
            elapsed,
            received,
            ending,
            too_late,
            buffer_after: self.buffer.level(),
            waited_full: self.waited_full,
            waited_rule: self.waited_rule,
            stall: self.buffer.stalled() - self.stalled_before,
            estimate: self.rule.estimate(),
        };
        observer.event(self.now(), &Event::Finished(&finished));
        (self.waited_full, self.waited_rule) = (Seconds::ZERO, Seconds::ZERO);
        self.stalled_before = self.buffer.stalled();
        self.phase = Phase::Schedule;
    }

    /// Time passes.
    #[inline]
    fn advance(&mut self, time: Seconds, observer: &mut impl Observer) {
        let (state, stalls) = (self.buffer.state(), self.buffer.stalls());
        let mut reporter = Reporter { observer, video: self.video, position: self.video.start(self.next) };
        self.buffer.advance(time, &mut reporter);
        if self.buffer.stalls() != stalls {
            self.rule.event(&self.view(), &PlayerEvent::Stalled);
        } else if state == State::Stalled && self.buffer.state() == State::Playing {
            self.rule.event(&self.view(), &PlayerEvent::Resumed);
        }
    }

    /// Media is played at this rate from now on; what is not a positive finite number is ignored.
    pub fn set_rate(&mut self, rate: f64, observer: &mut impl Observer) {
        let before = self.buffer.rate();
        self.buffer.set_rate(rate);
        let rate = self.buffer.rate();
        if rate != before {
            observer.event(self.now(), &Event::RateChanged { rate });
            self.rule.event(&self.view(), &PlayerEvent::RateChanged);
        }
    }

    /// The viewer pauses. Requests go on until the buffer is full.
    pub fn pause(&mut self) {
        self.buffer.pause();
    }

    /// The viewer plays on.
    pub fn unpause(&mut self, observer: &mut impl Observer) {
        let position = self.video.start(self.next);
        self.buffer.unpause(&mut Reporter { observer, video: self.video, position });
    }

    /// The viewer jumps to a media time: everything buffered is dropped, the segment there is fetched next.
    fn seek(&mut self, to: Seconds, observer: &mut impl Observer) {
        let position = self.video.start(self.next) - self.buffer.level();
        let begun = usize::from(self.buffer.head() > Seconds::ZERO);
        let dropped = self.buffer.len() - begun;
        observer.event(self.now(), &Event::Seeked { to, dropped });
        self.buffer.seek(&mut Reporter { observer, video: self.video, position });
        self.next = self.video.segment_at(to);
        self.target = None;
        self.rule.event(&self.view(), &PlayerEvent::Seeked);
    }

    fn play_out(&mut self, observer: &mut impl Observer) -> Action {
        let position = self.video.start(self.next);
        self.buffer.complete(&mut Reporter { observer, video: self.video, position });
        if self.buffer.state() == State::Playing {
            self.phase = Phase::PlayingOut;
            return Action::PlayOut(self.buffer.level() / self.buffer.rate());
        }
        self.ended(observer);
        Action::End
    }

    fn ended(&mut self, observer: &mut impl Observer) {
        let position = self.video.start(self.next);
        self.buffer.play_out(&mut Reporter { observer, video: self.video, position });
        self.stop(observer);
    }

    /// Ends the session here, whatever is left: the network is gone, or the viewer is.
    pub fn stop(&mut self, observer: &mut impl Observer) {
        if self.phase == Phase::Over {
            return;
        }
        self.phase = Phase::Over;
        let b = &self.buffer;
        let totals = Totals {
            startup: b.startup(),
            played: b.played(),
            stalled: b.stalled(),
            paused: b.paused(),
            wall: b.clock(),
            level_integral: b.level_integral(),
        };
        observer.event(b.clock(), &Event::Ended(&totals));
    }

    /// The link of the network ended for good while a request was in flight: what is buffered plays out, then the session
    /// stops.
    pub fn network_ended(&mut self, observer: &mut impl Observer) {
        let position = self.video.start(self.next);
        self.buffer.complete(&mut Reporter { observer, video: self.video, position });
        self.ended(observer);
    }
}

/// Passes on to an observer what the buffer reports.
struct Reporter<'a, O> {
    observer: &'a mut O,
    video: &'a Video,
    /// Media time that playback has reached when it stops.
    position: Seconds,
}

impl<O: Observer> Watcher<Tag> for Reporter<'_, O> {
    #[inline]
    fn started(&mut self, at: Seconds) {
        self.observer.event(at, &Event::Started);
    }

    #[inline]
    fn segment(&mut self, at: Seconds, &(segment, level): &Tag) {
        let (bitrate, duration) = (self.video.ladder().bitrate(level), self.video.duration(segment));
        self.observer.event(at, &Event::Plays { segment, level, bitrate, duration });
    }

    fn stalled(&mut self, at: Seconds, kind: StallKind, ran_dry: bool) {
        let event = Event::Stalled { cause: cause(kind), media: self.position, ran_dry };
        self.observer.event(at, &event);
    }

    fn resumed(&mut self, at: Seconds) {
        self.observer.event(at, &Event::Resumed);
    }

    #[inline]
    fn boundary(&mut self, at: Seconds) {
        self.observer.event(at, &Event::Boundary);
    }
}
