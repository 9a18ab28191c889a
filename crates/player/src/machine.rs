//! The state machine: from one question of the driver to the next.
//!
//! The steps of a segment are inlined into the driver's loop whatever their size: requests are large, and passing them from step to step
//! took a tenth of the instructions.

use std::ops::Deref;

use abr::{AbrStrategy, Attention, Decision, PlayerEvent, Track};
use media::Video;
use playbuf::{PlaybackBuffer, State};
use units::{Bits, Seconds};

use crate::core::{Core, reporter};
use crate::options::{OptionError, Options};
use crate::phase::{Choice, Hold, Phase, Then};
use crate::request::{NOW, Tag};
use crate::scheduling::{Chosen, Plain, Schedule, Scheduling, View, Want};
use crate::{Action, Event, InFlight, Observer, Request, RequestId, WaitReason, What, Wish};

/// The player. See the crate page.
///
/// It has its video by anything that leads to one: a reference, a box, an `Arc`.
#[derive(Debug)]
pub struct Player<V, A, S = Plain> {
    pub(crate) video: V,
    pub(crate) core: Core,
    pub(crate) rule: A,
    pub(crate) scheduling: S,
    pub(crate) phase: Phase,
    /// The level for which the last request of the picture was given up.
    pub(crate) target: Option<usize>,
    /// What the rule outside has answered.
    answered: Option<Decision>,
    /// The level that [`Phase::Choose`] and [`Phase::Fetch`] are about.
    pub(crate) choice: Choice,
    /// A level that waits for something else to be fetched first.
    pub(crate) chosen: Option<Choice>,
    /// A segment that is to be fetched again, and its level.
    pub(crate) again: Option<(usize, usize)>,
    wishes_done: usize,
    /// The scheduling was woken at this very time, and wants to be again: not before a millisecond has passed.
    pub(crate) deaf: bool,
}

impl<V: Deref<Target = Video>, A: AbrStrategy> Player<V, A> {
    /// A player before its first request, that schedules as its options say.
    ///
    /// # Errors
    /// [`OptionError`] if the options do not fit each other or the video.
    pub fn new(video: V, rule: A, options: Options) -> Result<Player<V, A>, OptionError> {
        Player::with(video, rule, Plain::default(), options)
    }
}

impl<V: Deref<Target = Video>, A: AbrStrategy, S: Scheduling> Player<V, A, S> {
    /// A player with another scheduling.
    ///
    /// # Errors
    /// As [`Player::new`].
    pub fn with(video: V, rule: A, scheduling: S, options: Options) -> Result<Player<V, A, S>, OptionError> {
        options.check(&video)?;
        Ok(Player {
            core: Core::new(&video, options),
            video,
            rule,
            scheduling,
            phase: Phase::Begin,
            target: None,
            answered: None,
            choice: Choice::default(),
            chosen: None,
            again: None,
            wishes_done: 0,
            deaf: false,
        })
    }

    /// The session's clock, as far as it was told.
    pub fn now(&self) -> Seconds {
        self.core.buffer.clock() + self.core.pending()
    }

    /// The playback buffer, as it was when time was last settled.
    pub fn buffer(&self) -> &PlaybackBuffer<Tag> {
        &self.core.buffer
    }

    /// What is in flight, in the order of the requests.
    pub fn in_flight(&self) -> &[InFlight] {
        &self.core.flights
    }

    /// What is asked for, as long as it is in flight.
    #[inline]
    pub fn request(&self, id: RequestId) -> Option<&Request> {
        self.core.find(id).map(|index| &self.core.flights[index].request)
    }

    /// The chunks of a request for a segment that is delivered while it is produced, in their order: what is there of the segment
    /// with each of them, and when it can be sent, on the session's clock. None beyond the last, and of a segment that is whole.
    pub fn chunk(&self, request: &Request, index: usize) -> Option<media::Chunk> {
        match (request.what, request.track) {
            (What::Media, Track::Video) => self.video.chunk(request.segment, request.level, index),
            _ => None,
        }
    }

    /// What it would show its rule now.
    pub fn view(&self) -> abr::PlayerView<'_> {
        View::of(&self.video, &self.core).player()
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
        &self.core.options
    }

    /// What to do next; asking twice gives the same answer. After [`Action::End`] it stays at that.
    #[inline]
    pub fn next<O: Observer>(&mut self, observer: &mut O) -> Action {
        self.core.passed += self.core.since;
        self.core.since = Seconds::ZERO;
        if O::LIVE {
            self.settle(observer);
        }
        loop {
            if self.core.giving_up > 0
                && let Some(f) = self.core.flights.iter().find(|f| f.giving_up.is_some())
            {
                return Action::Cancel(f.request.id);
            }
            let action = match self.phase {
                Phase::Begin => self.begin(observer),
                Phase::Schedule => self.schedule(observer),
                Phase::Decide(track) => {
                    self.settle(observer);
                    self.decide(track, observer)
                }
                Phase::Pending(_) => Some(Action::Decide),
                // Time has passed since it was scheduled, and a live event went on.
                Phase::Choose | Phase::Fetch if self.is_gone() => {
                    self.phase = Phase::Schedule;
                    None
                }
                Phase::Choose => {
                    self.settle(observer);
                    self.choose(self.choice, self.core.next(self.choice.track), observer)
                }
                Phase::Fetch => {
                    self.settle(observer);
                    Some(self.fetch(self.choice, self.core.next(self.choice.track), observer))
                }
                Phase::Hold(Hold { left, .. }) => self.wait(Some(left), observer),
                Phase::Waiting => self.wait(None, observer),
                Phase::PlayingOut => {
                    self.wait(Some(self.core.buffer.level() / self.core.buffer.rate()), observer)
                }
                Phase::Over => Some(Action::End),
            };
            if let Some(action) = action {
                return action;
            }
        }
    }

    pub(crate) fn begin(&mut self, observer: &mut impl Observer) -> Option<Action> {
        self.rule.begin(&View::of(&self.video, &self.core).of_track(Track::Video));
        let (at, end) = (self.core.buffer.clock(), self.core.lanes[0].end);
        observer.event(at, &Event::Began { video: &self.video, end });
        self.phase = Phase::Schedule;
        None
    }

    #[inline(always)]
    fn schedule(&mut self, observer: &mut impl Observer) -> Option<Action> {
        if self.core.flights.len() >= self.scheduling.flows(&self.core.options) {
            self.phase = Phase::Waiting;
            return None;
        }
        self.settle(observer);
        if self.again.is_some() && self.schedule_again() {
            return None;
        }
        match self.scheduling.schedule(&View::of(&self.video, &self.core)) {
            Schedule::Ask(track) => self.phase = Phase::Decide(track),
            Schedule::Fetch(want) => return self.fetch_wanted(want, observer),
            Schedule::Hold { time, reason, then } => {
                let then = then.map_or(Then::Schedule, Then::Decide);
                self.hold(time, reason, then, observer);
            }
            Schedule::Order(order) => {
                self.bear();
                self.order(order, observer);
            }
            Schedule::Later if !self.core.flights.is_empty() => self.phase = Phase::Waiting,
            Schedule::Done if !self.core.flights.is_empty() => self.phase = Phase::Waiting,
            Schedule::Later | Schedule::Done => self.play_out(observer),
            Schedule::GiveUp => self.network_ended(observer),
        }
        None
    }

    /// Whether a segment that is to be fetched again is still there to be replaced; then it comes next.
    #[cold]
    fn schedule_again(&mut self) -> bool {
        let Some((segment, level)) = self.again.take() else { return false };
        if segment >= self.core.lanes[0].appended {
            return false;
        }
        self.choice = Choice { track: Track::Video, level, after: Seconds::ZERO, again: Some(segment) };
        self.phase = Phase::Fetch;
        true
    }

    /// Holds back; the phase says for how long.
    fn hold(&mut self, time: Seconds, reason: WaitReason, then: Then, observer: &mut impl Observer) {
        let core = &mut self.core;
        if reason == WaitReason::Full && core.buffer.state() != State::Playing {
            // A full buffer below the start or resume threshold would wait for ever.
            core.buffer.play_what_is_there(reporter!(self.video, *core, observer));
            if core.buffer.state() != State::Playing {
                // The viewer has paused, or the other medium is missing: no room comes of waiting.
                self.phase = Phase::Waiting;
                return;
            }
        }
        if time.get().is_nan() || time == Seconds::INFINITY {
            self.phase = Phase::Waiting;
            return;
        }
        if time <= Seconds::ZERO {
            self.bear();
            return;
        }
        observer.event(core.buffer.clock(), &Event::Waiting { time, reason });
        *match reason {
            WaitReason::Rule => &mut core.waited_rule,
            _ => &mut core.waited_full,
        } += time;
        self.phase = Phase::Hold(Hold { left: time, time, reason, then });
    }

    /// Somebody asked for something without any time passing.
    fn bear(&mut self) {
        self.core.patience = self.core.patience.saturating_sub(1);
        if self.core.patience == 0 {
            self.phase = Phase::Waiting;
        }
    }

    #[inline(always)]
    fn decide(&mut self, track: Track, observer: &mut impl Observer) -> Option<Action> {
        let view = View::of(&self.video, &self.core).of_track(track);
        if view.segment >= view.end {
            self.phase = Phase::Waiting;
            return None;
        }
        if self.answered.is_some() || self.target.is_some() {
            return self.decide_as_told(track, observer);
        }
        let (segment, decision) = (view.segment, self.rule.decide(&view));
        self.decided(track, segment, decision, observer)
    }

    /// The level is known already: the rule outside has answered, or a request was given up for it.
    #[cold]
    fn decide_as_told(&mut self, track: Track, observer: &mut impl Observer) -> Option<Action> {
        let target = if track == Track::Video { self.target.take() } else { None };
        let decision = match target {
            Some(level) => Decision::fetch(level),
            None => self
                .answered
                .take()
                .unwrap_or_else(|| self.rule.decide(&View::of(&self.video, &self.core).of_track(track))),
        };
        self.decided(track, self.core.next(track), decision, observer)
    }

    /// Does what was decided for the next segment of a track.
    #[inline(always)]
    fn decided(
        &mut self,
        track: Track,
        segment: usize,
        decision: Decision,
        observer: &mut impl Observer,
    ) -> Option<Action> {
        let (level, after) = match decision {
            Decision::Fetch { level, after } => (level, after),
            Decision::Pending => {
                self.phase = Phase::Pending(track);
                return Some(Action::Decide);
            }
            Decision::Keep => (self.core.last_level(track), Seconds::ZERO),
            Decision::Wait(time) => {
                if time > Seconds::ZERO && time < Seconds::INFINITY && self.core.patience > 0 {
                    self.core.patience -= 1;
                    self.hold(time, WaitReason::Rule, Then::Decide(track), observer);
                    return None;
                }
                observer.event(self.core.buffer.clock(), &Event::Overruled);
                (self.core.last_level(track), Seconds::ZERO)
            }
        };
        let level = level.min(View::of(&self.video, &self.core).media(track).ladder().top());
        self.choose(Choice { track, level, after, again: None }, segment, observer)
    }

    #[inline(always)]
    fn choose(&mut self, mut choice: Choice, next: usize, observer: &mut impl Observer) -> Option<Action> {
        let Choice { track, level, .. } = choice;
        match self.scheduling.chosen(&View::of(&self.video, &self.core), track, level) {
            Chosen::Next => {}
            Chosen::Again(segment) => {
                choice.again = Some(segment);
                choice.after = Seconds::ZERO;
            }
            Chosen::First(want) if self.core.patience > 0 => {
                self.bear();
                self.chosen = Some(choice);
                return self.fetch_wanted(want, observer);
            }
            Chosen::Later(time) if self.core.patience > 0 => {
                self.hold(time.max(NOW), WaitReason::Availability, Then::Schedule, observer);
                return None;
            }
            Chosen::First(_) | Chosen::Later(_) => {}
        }
        if choice.after > Seconds::ZERO && choice.after < Seconds::INFINITY {
            self.choice = choice;
            self.hold(choice.after, WaitReason::Rule, Then::Fetch, observer);
            return None;
        }
        Some(self.fetch(choice, next, observer))
    }

    /// Whether what comes next has left the window of a live event: nobody has it any more.
    fn is_gone(&self) -> bool {
        let choice = &self.choice;
        let media = View::of(&self.video, &self.core).media(choice.track);
        let segment = self.core.next(choice.track);
        choice.again.is_none() && segment < media.segments() && media.gone_at(segment) <= self.now()
    }

    #[inline(always)]
    fn fetch(&mut self, choice: Choice, next: usize, observer: &mut impl Observer) -> Action {
        let Choice { track, level, again, .. } = choice;
        let core = &self.core;
        let segment = again.unwrap_or(next);
        let own = self.scheduling.attention(&View::of(&self.video, core), level, again.is_some());
        let mut attention = own.unwrap_or_else(|| self.rule.attention(level));
        if track == Track::Video && again.is_none() && self.video.chunk(segment, level, 0).is_some() {
            // Every chunk is appended as it comes.
            attention = Attention::News;
        }
        let size = View::of(&self.video, core).media(track).size(segment, level);
        let (what, replaces) = (What::Media, again.is_some());
        self.send(track, what, segment, level, size, 0, attention, replaces, observer)
    }

    fn fetch_wanted(&mut self, want: Want, observer: &mut impl Observer) -> Option<Action> {
        let Want { track, what, level, size, source } = want;
        let core = &self.core;
        let (media, segment) = (View::of(&self.video, core).media(track), core.next(track));
        let size = match what {
            What::Media if segment >= core.lanes[crate::core::lane(track)].end => {
                self.phase = Phase::Waiting;
                return None;
            }
            What::Media => media.size(segment, level.min(media.ladder().top())),
            What::Init | What::Playlist => size,
        };
        let level = level.min(media.ladder().top());
        Some(self.send(track, what, segment, level, size, source, Attention::Ending, false, observer))
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of the request, in its order")]
    #[inline(always)]
    fn send(
        &mut self,
        track: Track,
        what: What,
        segment: usize,
        level: usize,
        size: Bits,
        source: u16,
        attention: Attention,
        replaces: bool,
        observer: &mut impl Observer,
    ) -> Action {
        let core = &mut self.core;
        let request = Request {
            id: core.requests,
            track,
            what,
            segment,
            level,
            size,
            source,
            attention,
            replaces,
            at: core.buffer.clock(),
            buffer: match track {
                Track::Video => core.buffer.level(),
                Track::Audio => core.buffer.companion_level().unwrap_or(Seconds::ZERO),
            },
            latency: View::of(&self.video, core).live().map(|l| l.latency),
        };
        core.requests += 1;
        core.flights.push(InFlight {
            request,
            received: Bits::ZERO,
            first_byte: None,
            settled: Seconds::ZERO,
            giving_up: None,
            appended: Seconds::ZERO,
        });
        self.phase = match core.flights.len() < self.scheduling.flows(&core.options) {
            true => Phase::Schedule,
            false => Phase::Waiting,
        };
        self.scheduling.requested(&View::of(&self.video, &self.core), &request);
        observer.event(request.at, &Event::Requested(&request));
        Action::Fetch(request.id)
    }

    /// Waits until `left` has passed since time was settled, or until something else is due before. None when something
    /// was due, and was done.
    #[inline(always)]
    fn wait<O: Observer>(&mut self, left: Option<Seconds>, observer: &mut O) -> Option<Action> {
        let passed = self.core.passed;
        let mut time = left.map_or(Seconds::INFINITY, |l| l - passed);
        if let Some(planned) = self.core.options.viewer.get(self.wishes_done) {
            let due = planned.at - (self.core.buffer.clock() + passed);
            if due <= NOW {
                let wish = planned.wish;
                self.wishes_done += 1;
                self.viewer(wish, observer);
                return None;
            }
            time = time.min(due);
        }
        let wake = self.scheduling.wake(&View::of(&self.video, &self.core));
        if wake < Seconds::INFINITY {
            if wake <= NOW && !self.deaf {
                self.wake(observer);
                return None;
            }
            time = time.min(wake.max(if self.deaf { Seconds::from_millis(1.0) } else { Seconds::ZERO }));
        }
        // A clock that subtracts instants may be short of it by rounding.
        let is_over = |rest: Seconds| rest <= NOW && (rest <= Seconds::ZERO || passed > Seconds::ZERO);
        if left.is_some_and(|l| is_over(l - passed)) {
            self.waited(observer);
            return None;
        }
        if O::LIVE {
            // A little later, where a gap is a stall and no rounding.
            let b = &self.core.buffer;
            time = time.min(b.dry_in() + b.options().resolution * 2.0 + NOW - passed);
        }
        Some(Action::Wait(time))
    }

    /// The scheduling is woken.
    #[cold]
    fn wake(&mut self, observer: &mut impl Observer) {
        self.settle(observer);
        self.deaf = true;
        for _ in 0..64 {
            match self.scheduling.woken(&View::of(&self.video, &self.core)) {
                Some(order) => self.order(order, observer),
                None => break,
            }
        }
        let again = self.scheduling.wake(&View::of(&self.video, &self.core));
        self.deaf = again <= NOW;
    }

    #[inline(always)]
    fn waited(&mut self, observer: &mut impl Observer) {
        self.settle(observer);
        match self.phase {
            Phase::PlayingOut => self.ended_playing(observer),
            Phase::Hold(Hold { time, reason, then, .. }) => {
                match then {
                    Then::Schedule => self.phase = Phase::Schedule,
                    Then::Decide(track) => self.phase = Phase::Decide(track),
                    Then::Fetch => self.phase = Phase::Fetch,
                }
                if reason == WaitReason::Full {
                    self.tell(&PlayerEvent::WaitedForRoom(time));
                }
            }
            _ => {}
        }
    }

    /// Something has changed while the player waited: it looks again. What the rule has decided stands.
    pub(crate) fn look_again(&mut self) {
        match self.phase {
            Phase::Hold(Hold { then: Then::Fetch, .. }) => {}
            Phase::Hold(Hold { left, reason, .. }) => {
                let waited = match reason {
                    WaitReason::Rule => &mut self.core.waited_rule,
                    _ => &mut self.core.waited_full,
                };
                *waited = (*waited - left).max(Seconds::ZERO);
                self.phase = Phase::Schedule;
            }
            Phase::Waiting | Phase::PlayingOut => self.phase = Phase::Schedule,
            _ => {}
        }
    }

    /// The rule lives outside, and has decided. Ignored unless [`Action::Decide`] asked for it.
    pub fn answer(&mut self, decision: Decision) {
        if let Phase::Pending(track) = self.phase
            && decision != Decision::Pending
        {
            self.answered = Some(decision);
            self.phase = Phase::Decide(track);
        }
    }

    /// Tells rule and scheduling what happened.
    #[inline]
    pub(crate) fn tell(&mut self, event: &PlayerEvent) {
        self.rule.event(&View::of(&self.video, &self.core).of_track(Track::Video), event);
        self.scheduling.event(&View::of(&self.video, &self.core), event);
    }

    /// The viewer does something; at any time.
    pub fn viewer(&mut self, wish: Wish, observer: &mut impl Observer) {
        let nonsense = match wish {
            Wish::Seek(to) => to.get().is_nan(),
            Wish::Rate(rate) => !(rate > 0.0 && rate.is_finite()),
            Wish::Pause | Wish::Play => false,
        };
        if nonsense || self.phase == Phase::Over {
            return;
        }
        if self.phase == Phase::Begin {
            self.begin(observer);
        }
        self.settle(observer);
        let at = self.core.buffer.clock();
        match wish {
            Wish::Pause => {
                if self.core.buffer.state() != State::Paused {
                    self.core.buffer.pause();
                    observer.event(at, &Event::Paused);
                }
            }
            Wish::Play => {
                if self.core.buffer.state() == State::Paused {
                    observer.event(at, &Event::Unpaused);
                    let core = &mut self.core;
                    core.buffer.unpause(reporter!(self.video, *core, &mut *observer));
                }
            }
            Wish::Seek(to) => self.seek(to, observer),
            Wish::Rate(rate) => self.set_rate(rate, observer),
        }
        self.look_again();
    }
}
