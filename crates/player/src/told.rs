//! What the driver tells: time, and what became of requests; and what is ordered at any time.

use std::ops::Deref;

use abr::{AbrStrategy, Attention, Ending, PlayerEvent, PlayerView, Progress, Track, Verdict};
use media::Video;
use playbuf::State;
use units::{Bits, Seconds};

use crate::core::{Core, PATIENCE, lane, reporter};
use crate::options::Abandoned;
use crate::phase::Phase;
use crate::scheduling::{Order, Scheduling, View};
use crate::{Ended, Event, Finished, InFlight, Look, Observer, Player, Request, RequestId, What};

impl<V: Deref<Target = Video>, A: AbrStrategy, S: Scheduling> Player<V, A, S> {
    /// So much time has passed since the last [`next`](Player::next), in all. A driver adds up as its link does, or subtracts
    /// two instants of its clock; what is less than was told before is ignored.
    #[inline]
    pub fn elapsed(&mut self, since_next: Seconds) {
        if since_next > self.core.since && since_next < Seconds::INFINITY {
            self.core.since = since_next;
        }
    }

    /// Lets the time that was told pass: in one piece, so that nothing is rounded twice.
    #[inline(always)]
    pub(crate) fn settle(&mut self, observer: &mut impl Observer) {
        let time = self.core.pending();
        if time > Seconds::ZERO {
            self.pass(time, observer);
        }
    }

    fn pass(&mut self, time: Seconds, observer: &mut impl Observer) {
        let core = &mut self.core;
        (core.passed, core.since) = (Seconds::ZERO, Seconds::ZERO);
        match &mut core.flights[..] {
            // Nearly always: no loop is set up.
            [] => {}
            [only] => only.settled += time,
            all => all.iter_mut().for_each(|f| f.settled += time),
        }
        self.deaf = false;
        if let Phase::Hold(hold) = &mut self.phase {
            hold.left -= time;
        }
        let (state, stalls) = (core.buffer.state(), core.buffer.stalls());
        core.buffer.advance(time, reporter!(self.video, *core, observer));
        if core.buffer.state() != state && core.buffer.stalls() != stalls {
            self.tell(&PlayerEvent::Stalled);
        }
    }

    /// How far a request has come that is followed with looks: what shall become of it. A read; no time is settled.
    #[inline]
    pub fn look(&mut self, id: RequestId, received: Bits) -> Look {
        let core = &mut self.core;
        let Some(index) = core.find(id) else { return Look::Ask };
        core.flights[index].received = received;
        let flight = &core.flights[index];
        let settled = flight.settled;
        if flight.appended > Seconds::ZERO {
            // What has begun to be shown is not given up.
            return Look::Continue { until: Seconds::INFINITY };
        }
        let pending = core.pending();
        let playing = core.buffer.state() == State::Playing;
        let buffer = core.buffer.level_after(pending);
        if flight.request.replaces {
            let behind = self.video.start(core.lanes[0].appended) - self.video.start(flight.request.segment);
            if buffer - behind <= Seconds::ZERO {
                core.give_up(index, Ending::ReplacementAbandoned);
                return Look::Ask;
            }
            return Look::Continue { until: Seconds::ZERO };
        }
        match show(&self.video, core, &mut self.rule, flight, buffer) {
            Verdict::Continue => Look::Continue { until: Seconds::ZERO },
            Verdict::ContinueAbove(level) if playing => {
                Look::Continue { until: settled + (core.buffer.level() - level) / core.buffer.rate() }
            }
            // The level stands still: it is below already, or never will be.
            Verdict::ContinueAbove(level) if buffer >= level => Look::Continue { until: Seconds::INFINITY },
            Verdict::ContinueAbove(_) => Look::Continue { until: Seconds::ZERO },
            Verdict::Abandon { to } => {
                core.give_up(index, Ending::Abandoned { to });
                Look::Ask
            }
        }
    }

    /// So much of a request has come, in all; the first time, its first bit.
    pub fn received(&mut self, id: RequestId, total: Bits, observer: &mut impl Observer) {
        let Some(index) = self.core.find(id) else { return };
        let pending = self.core.pending();
        let flight = &mut self.core.flights[index];
        let first = flight.first_byte.is_none();
        if first {
            flight.first_byte = Some(flight.settled + pending);
        }
        if total > flight.received {
            flight.received = total.min(flight.request.size);
        }
        if flight.request.attention == Attention::News {
            self.news(index, first, observer);
            self.take_chunks(index, observer);
        }
    }

    /// Appends the chunks that are complete of a segment that is delivered while it is produced; the last comes with its end.
    #[cold]
    fn take_chunks(&mut self, index: usize, observer: &mut impl Observer) {
        let flight = self.core.flights[index];
        let Request { track, what, segment, level, replaces, .. } = flight.request;
        let next = segment == self.core.lanes[0].appended && flight.giving_up.is_none();
        if track != Track::Video || what != What::Media || replaces || !next {
            return;
        }
        let duration = self.video.duration(segment);
        let complete = |k: &usize| self.video.chunk(segment, level, *k);
        // Bits are sums of what a link carried.
        let there = flight.received * (1.0 + 1e-12);
        let chunks = (0..).map_while(|k| complete(&k)).take_while(|c| c.size <= there && c.media < duration);
        let Some(media) = chunks.last().map(|c| c.media).filter(|m| *m > flight.appended) else { return };
        self.settle(observer);
        let core = &mut self.core;
        let part = media - flight.appended;
        match flight.appended > Seconds::ZERO {
            true => core.buffer.extend(part, false, reporter!(self.video, *core, &mut *observer)),
            false => {
                core.buffer.append_part(part, (segment, level), reporter!(self.video, *core, &mut *observer))
            }
        }
        core.flights[index].appended = media;
        observer.event(core.buffer.clock(), &Event::Extended { segment, media: part });
        self.tell(&PlayerEvent::Appended { segment, level, media: part });
    }

    /// News of a request whose news are events.
    #[cold]
    fn news(&mut self, index: usize, first: bool, observer: &mut impl Observer) {
        let flight = self.core.flights[index];
        let (segment, level) = (flight.request.segment, flight.request.level);
        let elapsed = flight.settled + self.core.pending();
        if first {
            let event = PlayerEvent::FirstByte { segment, level, elapsed };
            self.rule.event(&View::of(&self.video, &self.core).player(), &event);
            self.scheduling.event(&View::of(&self.video, &self.core), &event);
        }
        let event = PlayerEvent::Progress(progress(
            &self.core,
            &flight,
            View::of(&self.video, &self.core).player().buffer,
        ));
        self.rule.event(&View::of(&self.video, &self.core).player(), &event);
        self.scheduling.event(&View::of(&self.video, &self.core), &event);
        let _ = observer;
    }

    /// A request is over.
    #[inline(always)]
    pub fn ended(&mut self, id: RequestId, how: Ended, observer: &mut impl Observer) {
        let Some(index) = self.core.find(id) else { return };
        self.settle(observer);
        let core = &mut self.core;
        let flight = match core.flights[..] {
            // Nearly always: there is nothing behind it to move up.
            [only] => {
                core.flights.clear();
                only
            }
            _ => core.flights.remove(index),
        };
        core.giving_up -= usize::from(flight.giving_up.is_some());
        let request = &flight.request;
        let (track, segment, level, size) = (request.track, request.segment, request.level, request.size);
        let received = if how == Ended::Whole { size } else { flight.received };
        let ending = match how {
            Ended::Whole if request.what != What::Media => Ending::Loaded,
            Ended::Whole if request.replaces => Ending::Replaced,
            Ended::Whole => Ending::Appended,
            Ended::Cancelled => flight.giving_up.unwrap_or(Ending::Cancelled),
            Ended::Failed => Ending::Failed,
        };
        let mut too_late = false;
        match ending {
            Ending::Appended => {
                append(&self.video, core, &flight, observer);
                core.patience = PATIENCE;
            }
            Ending::Replaced => too_late = !replace(core, segment, level),
            Ending::Abandoned { to } => {
                core.patience = core.patience.saturating_sub(1);
                self.target = (core.options.abandoned == Abandoned::TakeTarget).then_some(to);
            }
            Ending::Failed => {
                core.patience = core.patience.saturating_sub(1);
                if flight.appended > Seconds::ZERO {
                    // The rest of the segment is skipped.
                    core.lanes[0].appended += 1;
                    core.buffer.extend(Seconds::ZERO, true, reporter!(self.video, *core, &mut *observer));
                }
            }
            Ending::ReplacementAbandoned | Ending::Cancelled | Ending::Loaded => {}
        }
        let elapsed = flight.settled;
        let latency = flight.first_byte.unwrap_or(elapsed);
        if request.what == What::Media {
            core.lanes[lane(track)].last_level = Some(level);
        }
        match (request.what, track) {
            (What::Media, Track::Video) => {
                let event = PlayerEvent::Ended { segment, level, size, received, elapsed, latency, ending };
                self.rule.event(&View::of(&self.video, core).of_track(Track::Video), &event);
            }
            (What::Media, Track::Audio) => {}
            (What::Init | What::Playlist, _) => {
                let event = PlayerEvent::Loaded { level, elapsed };
                self.rule.event(&View::of(&self.video, core).of_track(track), &event);
            }
        }
        let media = View::of(&self.video, core).media(track);
        let finished = Finished {
            request,
            bitrate: media.ladder().bitrate(level),
            duration: if request.what == What::Media { media.duration(segment) } else { Seconds::ZERO },
            latency,
            elapsed,
            received,
            ending,
            too_late,
            buffer_after: match track {
                Track::Video => core.buffer.level(),
                Track::Audio => core.buffer.companion_level().unwrap_or(Seconds::ZERO),
            },
            waited_full: core.waited_full,
            waited_rule: core.waited_rule,
            stall: core.buffer.stalled() - core.stalled_before,
            estimate: self.rule.estimate(),
        };
        self.scheduling.finished(&View::of(&self.video, &self.core), &finished);
        let core = &mut self.core;
        observer.event(core.buffer.clock(), &Event::Finished(&finished));
        (core.waited_full, core.waited_rule) = (Seconds::ZERO, Seconds::ZERO);
        core.stalled_before = core.buffer.stalled();
        match self.chosen.is_some() && request.what != What::Media {
            true => self.fetched_first(ending),
            false => self.look_again(),
        }
    }

    /// What had to be fetched before a segment is here, or did not come.
    #[cold]
    fn fetched_first(&mut self, ending: Ending) {
        match self.chosen.take() {
            Some(choice) if ending == Ending::Loaded => {
                self.choice = choice;
                self.phase = Phase::Choose;
            }
            _ => self.look_again(),
        }
    }

    /// More of a live event is listed, or less: the same video with segments added at its end, or another listing. Those that were there
    /// keep their places.
    pub fn listed(&mut self, video: V, observer: &mut impl Observer) {
        self.settle(observer);
        self.video = video;
        let core = &mut self.core;
        core.lanes[0].end = core.options.end(&self.video);
        observer.event(core.buffer.clock(), &Event::Listed { video: &self.video });
        self.look_again();
    }

    /// The pictures of the session so far; only a driver that shows them knows.
    pub fn frames(&mut self, dropped: u64, total: u64, observer: &mut impl Observer) {
        self.settle(observer);
        self.tell(&PlayerEvent::Frames { dropped, total });
        observer.event(self.core.buffer.clock(), &Event::Frames { dropped, total });
    }

    /// Does what the scheduling orders, now; time is settled.
    pub(crate) fn order(&mut self, order: Order, observer: &mut impl Observer) {
        match order {
            Order::Rate(rate) => {
                self.set_rate(rate, observer);
                self.look_again();
            }
            Order::Look(id) => {
                if let Some(index) = self.core.find(id).filter(|i| self.core.is_whole(*i)) {
                    let flight = self.core.flights[index];
                    let buffer = self.core.buffer.level();
                    if let Verdict::Abandon { to } =
                        show(&self.video, &self.core, &mut self.rule, &flight, buffer)
                    {
                        self.core.give_up(index, Ending::Abandoned { to });
                    }
                }
            }
            Order::Cancel { request, then } => {
                if let Some(index) = self.core.find(request).filter(|i| self.core.is_whole(*i)) {
                    let why = then.map_or(Ending::Cancelled, |to| Ending::Abandoned { to });
                    self.core.give_up(index, why);
                }
            }
            Order::Discard { track, from } => self.discard(track, from, observer),
            Order::Refetch { segment, level } => {
                let level = level.min(self.video.ladder().top());
                self.again = Some((segment, level));
                self.look_again();
            }
            Order::Seek(to) => {
                self.seek(to, observer);
                self.look_again();
            }
            Order::Again => self.look_again(),
        }
    }

    fn discard(&mut self, track: Track, from: usize, observer: &mut impl Observer) {
        let core = &mut self.core;
        if (0..core.flights.len()).any(|i| !core.is_whole(i)) {
            // Behind a part of a segment there is nothing, and its rest is on its way.
            return;
        }
        let appended = core.lanes[lane(track)].appended;
        let segments = match track {
            Track::Video => core.buffer.discard(appended.saturating_sub(from)),
            Track::Audio => {
                let media = View::of(&self.video, core).media(Track::Audio);
                let level = core.buffer.companion_level().unwrap_or(Seconds::ZERO);
                // Whole segments, and not the one that is being played.
                let whole = (from..appended)
                    .rev()
                    .take_while(|k| media.start(appended) - media.start(*k) <= level)
                    .count();
                let dropped = media.start(appended) - media.start(appended - whole);
                core.buffer.discard_companion(dropped);
                whole
            }
        };
        core.lanes[lane(track)].appended = appended - segments;
        let from = appended - segments;
        // What is on its way for a place behind, or to replace what is gone, is of no use.
        core.early.retain(|e| e.0 != track);
        for index in 0..core.flights.len() {
            let r = core.flights[index].request;
            if r.track == track && r.what == What::Media && r.segment >= from {
                core.give_up(index, Ending::Cancelled);
            }
        }
        if segments > 0 {
            observer.event(core.buffer.clock(), &Event::Discarded { track, from, segments });
            self.tell(&PlayerEvent::Discarded { from, segments });
        }
        self.look_again();
    }

    /// Media is played at this rate from now on; what is not a positive finite number is ignored.
    pub(crate) fn set_rate(&mut self, rate: f64, observer: &mut impl Observer) {
        let before = self.core.buffer.rate();
        self.core.buffer.set_rate(rate);
        let rate = self.core.buffer.rate();
        if rate != before {
            observer.event(self.core.buffer.clock(), &Event::RateChanged { rate });
            self.tell(&PlayerEvent::RateChanged);
        }
    }

    /// The viewer jumps to a media time: everything buffered is dropped, the segment there is fetched next.
    pub(crate) fn seek(&mut self, to: Seconds, observer: &mut impl Observer) {
        let core = &mut self.core;
        let to = if to > Seconds::ZERO { to } else { Seconds::ZERO };
        let position = View::of(&self.video, core).position();
        let begun = usize::from(core.buffer.head() > Seconds::ZERO);
        let dropped = core.buffer.len().saturating_sub(begun);
        observer.event(core.buffer.clock(), &Event::Seeked { to, dropped });
        let leaving = reporter!(self.video, *core, &mut *observer);
        leaving.left = Some(position);
        core.buffer.seek(leaving);
        core.lanes[0].appended = self.video.segment_at(to).min(core.lanes[0].end.saturating_sub(1));
        if core.options.audio.is_some() {
            let segment = View::of(&self.video, core)
                .media(Track::Audio)
                .segment_at(self.video.start(core.lanes[0].appended));
            core.lanes[1].appended = segment;
        }
        core.early.clear();
        for index in 0..core.flights.len() {
            if core.flights[index].request.what == What::Media {
                core.flights[index].appended = Seconds::ZERO;
                core.give_up(index, Ending::Cancelled);
            }
        }
        (self.target, self.chosen, self.again) = (None, None, None);
        if !matches!(self.phase, Phase::Begin | Phase::Over) {
            self.look_again();
            self.phase = Phase::Schedule;
        }
        self.tell(&PlayerEvent::Seeked);
    }
}

/// How far a flight has come.
#[inline]
fn progress(core: &Core, flight: &InFlight, buffer: Seconds) -> Progress {
    let elapsed = flight.settled + core.pending();
    let r = &flight.request;
    Progress {
        segment: r.segment,
        level: r.level,
        size: r.size,
        received: flight.received,
        elapsed,
        latency: flight.first_byte.unwrap_or(elapsed),
        buffer,
    }
}

/// Shows a flight to the rule.
#[inline(always)]
fn show<A: AbrStrategy>(
    video: &Video,
    core: &Core,
    rule: &mut A,
    flight: &InFlight,
    buffer: Seconds,
) -> Verdict {
    let progress = progress(core, flight, buffer);
    let now = core.buffer.clock() + core.pending();
    let view = PlayerView {
        now,
        buffer,
        segment: flight.request.segment,
        ..View::of(video, core).of_track(Track::Video)
    };
    rule.progress(&view, &progress)
}

/// A segment came: it is appended, unless one that plays earlier is missing.
#[inline(always)]
fn append(video: &Video, core: &mut Core, flight: &InFlight, observer: &mut impl Observer) {
    let (track, segment, level) = (flight.request.track, flight.request.segment, flight.request.level);
    if segment != core.lanes[lane(track)].appended {
        if segment > core.lanes[lane(track)].appended {
            core.early.push((track, segment, level));
        }
        return;
    }
    append_next(video, core, track, (segment, level), flight.appended, observer);
    while !core.early.is_empty() {
        let next = core.lanes[lane(track)].appended;
        let Some(i) = core.early.iter().position(|e| (e.0, e.1) == (track, next)) else { break };
        let (_, segment, level) = core.early.swap_remove(i);
        append_next(video, core, track, (segment, level), Seconds::ZERO, observer);
    }
}

/// Appends the next segment of a track, of which some may be there already.
#[inline(always)]
fn append_next(
    video: &Video,
    core: &mut Core,
    track: Track,
    tag: (usize, usize),
    there: Seconds,
    observer: &mut impl Observer,
) {
    let duration = View::of(video, core).media(track).duration(tag.0);
    match track {
        Track::Video if there > Seconds::ZERO => {
            core.buffer.extend(duration - there, true, reporter!(video, *core, &mut *observer));
        }
        Track::Video => core.buffer.append(duration, tag, reporter!(video, *core, &mut *observer)),
        Track::Audio => core.buffer.append_companion(duration, reporter!(video, *core, &mut *observer)),
    }
    let place = &mut core.lanes[lane(track)];
    place.appended += 1;
    if track == Track::Audio && place.appended >= place.end {
        core.buffer.complete_companion(reporter!(video, *core, observer));
    }
}

/// A segment came that was to replace one in the buffer. False if that has begun to play, or is gone.
fn replace(core: &mut Core, segment: usize, level: usize) -> bool {
    match core.lanes[0].appended.checked_sub(segment + 1) {
        Some(from_end) => core.buffer.replace(from_end, (segment, level)),
        None => false,
    }
}
